"""`./desk calibrate`: fit anew when an answer is given, on the calibration questions, and store it.

To be run when an encoder, the evidence or many articles have changed. The figures it prints are of
questions that the model did not see; what counts are those of `./desk eval`.
"""

import os
from collections.abc import Sequence
from pathlib import Path

from api.commands import index
from api.commands.progress import say
from api.knowledge import encoder_for
from crm import clock
from knowledge import calibrate, calibrate_abroad, decide, elsewhere
from knowledge.calibrate import Example, Outcome
from knowledge.decide import Model
from knowledge.port import LANGUAGES
from knowledge.search import Library

ROOT = Path(__file__).resolve().parents[2]
QUESTIONS = ROOT / "knowledge" / "calibration"


def main() -> None:
    settings = index.prepared(Path(os.environ["DESK_DATA"]))
    encoder = encoder_for(settings, say)
    # The stored weights may be of other evidence: nothing is judged by them.
    library = Library(settings.data / "index", encoder, decide.load())
    questions, today = calibrate.read_questions(QUESTIONS), clock.now().date()

    found = calibrate.examples(library, questions, today)
    model = calibrate.fit(found, encoder)
    decide.save(model)
    say(_table(found, model))
    judging = Library(settings.data / "index", encoder, model)
    others = calibrate_abroad.examples(judging, questions, today)
    decide.save(calibrate_abroad.fit(others, encoder, model.answer), elsewhere.CALIBRATED)
    say(f"Stored in {decide.CALIBRATED} and {elsewhere.CALIBRATED}")


def _table(found: Sequence[Example], model: Model) -> str:
    """What becomes of questions left out of the fit, at the model's bar."""
    chances = calibrate.held_out(found)
    lines = [f"bar {model.answer:.2f}      right  declined      near       far"]
    for language in LANGUAGES:
        ours = [at for at, one in enumerate(found) if one.question["language"] == language]
        outcome = Outcome.of([found[at] for at in ours], [chances[at] for at in ours])
        near, far = (float((sure < model.answer).mean()) for sure in (outcome.near, outcome.far))
        figures = (outcome.right(model.answer), outcome.declined(model.answer), near, far)
        lines.append(f"{language:<8}" + "".join(f"{figure:>10.3f}" for figure in figures))
    return "\n".join(lines)


if __name__ == "__main__":
    main()
