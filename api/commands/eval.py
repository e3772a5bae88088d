"""`./desk eval`: how well the base answers, on the question sets of the project.

The calibration set is what the decision was fitted on; the quality set is kept apart from it and
from the articles, and only its figures count. `--check` fails below the floors.
"""

import os
import sys
from pathlib import Path

from api.commands import keys, understanding, up
from api.commands.environments import say
from api.knowledge import open_library, prepare
from crm import clock
from crm.settings import BadSetting, load
from knowledge import calibrate, evaluate
from knowledge.evaluate import Report, Result
from knowledge.ingest import BadFolder
from knowledge.port import LANGUAGES
from knowledge.search import Library

ROOT = Path(__file__).resolve().parents[2]
SETS = ("knowledge/calibration", "tests/quality")
JUDGED = "tests/quality"
# Shares of answerable questions answered right, and of unanswerable ones declined.
RIGHT, ABSTAINED = 0.85, 0.90


def main() -> None:
    data = Path(os.environ["DESK_DATA"])
    if "--understanding" in sys.argv:
        sets = Path(sys.argv[sys.argv.index("--understanding") + 1])
        check, keep = "--check" in sys.argv, "--keep" in sys.argv
        understanding.run(ROOT, data, sets, check=check, keep=keep)
        return
    keys.ensure(data, demo=False)
    try:
        settings = load(ROOT, data, os.environ)
        engine = up.connect(settings)
        prepare(settings, engine, say)
    except (BadSetting, BadFolder, up.CannotStart) as error:
        sys.exit(str(error))
    library = open_library(settings)
    measured = {name: _measure(library, name) for name in SETS if (ROOT / name).is_dir()}
    engine.dispose()
    if "--check" in sys.argv and not _holds(measured[JUDGED]):
        sys.exit(f"Below the floors: right {RIGHT:.2f}, abstained {ABSTAINED:.2f}, invented 0.")


def _measure(library: Library, name: str) -> list[Result]:
    questions = calibrate.read_questions(ROOT / name)
    results = evaluate.run(library, questions, clock.now().date())
    say(f"\n{name}\n{evaluate.table(results)}")
    return results


def _holds(results: list[Result]) -> bool:
    reports = [evaluate.report(results, language) for language in LANGUAGES]
    return all(_floor(report) for report in reports)


def _floor(report: Report) -> bool:
    return report.right >= RIGHT and report.abstained >= ABSTAINED and report.invented == 0


if __name__ == "__main__":
    main()
