"""`./desk eval`: how well the base answers, on the question sets of the project.

The calibration set is what the decision was fitted on; the quality set is kept apart from it and
from the articles, and only its figures count. `--check` fails below the floors. `--public DIR`
measures retrieval on public sets instead (`api.commands.eval_public`).
"""

import argparse
import os
import sys
from pathlib import Path

from api.commands import eval_public, keys, understanding
from api.commands.database import connect
from api.commands.progress import say
from api.commands.starting import CannotStart
from api.knowledge import open_library, prepare
from crm import clock
from crm.desk_toml import BadSetting
from crm.settings import load
from knowledge import calibrate, evaluate
from knowledge.encoder import MissingModel
from knowledge.evaluate import Report, Result
from knowledge.ingest import BadFolder
from knowledge.port import LANGUAGES
from knowledge.proof import drawing
from knowledge.search import Library

ROOT = Path(__file__).resolve().parents[2]
SETS = ("knowledge/calibration", "tests/quality")
JUDGED = "tests/quality"
# Shares of answerable questions answered right, and of unanswerable ones declined.
RIGHT, ABSTAINED = 0.85, 0.90
STEADY_EVERY = 5  # one question in five is asked again in other forms


def main() -> None:
    options = _options()
    data = Path(os.environ["DESK_DATA"])
    if options.understanding:
        sets = options.understanding
        understanding.run(ROOT, data, sets, check=options.check, keep=options.keep)
        return
    keys.ensure(data, demo=False)
    try:
        settings = load(ROOT, data, os.environ)
        if options.public:
            eval_public.run(settings, options.public, keep=options.keep)
            return
        engine = connect(settings)
        prepare(settings, engine, say)
    except (BadSetting, BadFolder, MissingModel, CannotStart) as error:
        sys.exit(str(error))
    library = open_library(settings)
    measured = {name: _measure(library, name) for name in SETS if (ROOT / name).is_dir()}
    engine.dispose()
    _draw(data, measured[JUDGED])
    if options.check and not _holds(measured[JUDGED]):
        sys.exit(f"Below the floors: right {RIGHT:.2f}, abstained {ABSTAINED:.2f}, invented 0.")


def _options() -> argparse.Namespace:
    parser = argparse.ArgumentParser()
    parser.add_argument("--check", action="store_true")
    parser.add_argument("--public", type=Path)
    parser.add_argument("--understanding", type=Path)
    parser.add_argument("--keep", action="store_true")
    return parser.parse_args()


def _draw(data: Path, results: list[Result]) -> None:
    curves: dict[str, list[tuple[float, float]]] = {
        one: evaluate.risk_by_coverage(results, one) for one in LANGUAGES
    }
    picture = drawing.curves(
        "Risk by coverage", "share of all questions answered", "share of wrong answers", curves,
        y=(0, 0.5),
    )  # fmt: skip
    path = data / "eval" / "risk-coverage.svg"
    path.parent.mkdir(exist_ok=True)
    path.write_text(picture, encoding="utf-8")
    say(f"\nRisk by coverage is drawn in {path}")


def _measure(library: Library, name: str) -> list[Result]:
    questions = calibrate.read_questions(ROOT / name)
    results = evaluate.run(library, questions, clock.now().date())
    say(f"\n{name}\n{evaluate.table(results)}")
    steady = evaluate.steadiness(library, questions[::STEADY_EVERY], clock.now().date())
    say(f"{'same in near forms':<18}{steady:>6.3f}")
    return results


def _holds(results: list[Result]) -> bool:
    reports = [evaluate.report(results, language) for language in LANGUAGES]
    return all(_floor(report) for report in reports)


def _floor(report: Report) -> bool:
    return report.right >= RIGHT and report.abstained >= ABSTAINED and report.invented == 0


if __name__ == "__main__":
    main()
