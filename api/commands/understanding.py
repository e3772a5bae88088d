"""`./desk eval --understanding DIR`: intents, scope and language on published sets.

DIR holds BANKING77, HWU64, CLINC150, BANKING77-OOS, XQuAD and ParaKQC in their own layouts. Figures
stand beside those of the stored baseline; `--check` fails where one is below its interval there.
"""

import json
import subprocess
import sys
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from api.commands.environments import CannotInstall, ensure
from api.commands.progress import progress, say
from bot.measuring import figures, languages, public_sets
from bot.measuring.figures import Figure
from bot.measuring.public_sets import MissingSets

BASELINE = "bot/measuring/baseline.json"
# What the desk aims at; a false positive rate is better the lower it is.
AIMS = {
    "BANKING77 10-shot accuracy": 0.86,
    "BANKING77 full accuracy": 0.935,
    "HWU64 accuracy": 0.92,
    "CLINC150 accuracy": 0.96,
    "CLINC150 any AUROC": 0.98,
    "BANKING77-OOS near AUROC": 0.85,
    "BANKING77-OOS far AUROC": 0.99,
    "language, questions": 0.998,
    "language, three words": 0.99,
    "language, no accents": 0.99,
}


@dataclass(frozen=True, slots=True)
class Measured:
    name: str
    figure: Figure

    @property
    def lower_is_better(self) -> bool:
        return self.name.endswith("FPR95")


def run(root: Path, data: Path, sets: Path, *, check: bool, keep: bool) -> None:
    """Measure, print the table, compare; ends the program when something is missing or worse."""
    try:
        public_sets.check(sets)
        python = ensure(root, data, "rasa")
    except (MissingSets, CannotInstall) as error:
        sys.exit(str(error))
    found = [*_languages(sets), *_intents(root, python, sets, data / "eval" / "understanding")]
    path = root / BASELINE
    before = json.loads(path.read_text()) if path.is_file() else {}
    say("\n" + table(found, before))
    if keep:
        kept = {one.name: round(one.figure.value, 4) for one in found}
        path.write_text(json.dumps(kept, indent=2) + "\n")
    worse = [one.name for one in found if is_worse(one, before.get(one.name))]
    if check and worse:
        sys.exit(f"Below the baseline: {', '.join(worse)}.")


def is_worse(one: Measured, before: float | None) -> bool:
    """Whether the baseline lies outside the interval, on the better side."""
    if before is None:
        return False
    return before < one.figure.low if one.lower_is_better else before > one.figure.high


def table(found: Sequence[Measured], before: dict[str, float]) -> str:
    """One line a figure: value, interval, how many questions, the baseline and the aim."""
    head = f"{'measure':<28}{'value':>8}{'95 % interval':>18}{'n':>7}{'before':>9}{'aim':>7}"
    return "\n".join([head, *(_line(one, before) for one in found)])


def _line(one: Measured, before: dict[str, float]) -> str:
    said, interval = one.figure, f"{one.figure.low:.4f}-{one.figure.high:.4f}"
    earlier = f"{before[one.name]:.4f}" if one.name in before else "-"
    aim = f"{AIMS[one.name]:.3f}" if one.name in AIMS else ""
    missed = " below" if one.name in AIMS and said.value < AIMS[one.name] else ""
    return (
        f"{one.name:<28}{said.value:>8.4f}{interval:>18}{said.count:>7}{earlier:>9}{aim:>7}{missed}"
    )


def _languages(sets: Path) -> Iterator[Measured]:
    for name, hits in languages.told(sets).items():
        yield Measured(f"language, {name}", figures.share(hits))


def _intents(root: Path, python: Path, sets: Path, place: Path) -> Iterator[Measured]:
    """What is kept in `place` from an earlier run, whole or broken off, is not measured again."""
    place.mkdir(parents=True, exist_ok=True)
    command = [str(python), "-m", "bot.measuring.intents", "--sets", str(sets)]
    with progress("Learning the published sets"):
        subprocess.run([*command, "--out", str(place)], cwd=root, check=True)
    for one in public_sets.intent_sets(sets):
        kept = (place / f"{one.name}.json").read_text(encoding="utf-8")
        yield from _of_set(json.loads(kept))


def _of_set(one: dict[str, Any]) -> Iterator[Measured]:
    name, inside = one["name"], one["inside"]
    say(f"{name}: {one['milliseconds']:.1f} ms of CPU a message")
    yield Measured(f"{name} accuracy", figures.share(one["right"]))
    for far, scores in one["outside"].items():
        yield Measured(f"{name} {far} AUROC", figures.auroc(inside, scores))
        yield Measured(f"{name} {far} FPR95", figures.fpr95(inside, scores))
