"""From an evaluator's answers to a score, and how far evaluators agree."""

from collections import defaultdict
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

BEST = 4  # answers go from 0 (not at all) to 4 (fully)
WEAK = 60.0  # an area below this is trained


class BadAnswers(ValueError):
    """Answers that do not fit the scorecard; the message names the item."""


@dataclass(frozen=True, slots=True)
class Scored:
    """`score` and `areas` from 0 to 100; a fatal item failed makes the whole score 0."""

    score: float
    areas: dict[str, float]
    fatal: bool


def score(items: Sequence[Mapping[str, Any]], answers: Mapping[str, int | None]) -> Scored:
    """Weighted share of the best answers; what did not apply (None) is left out.

    A fatal item applies always, and 0 fails it. Raises BadAnswers for an item without an answer, an
    answer without an item, or nothing that applied.
    """
    codes = {item["code"] for item in items}
    if set(answers) != codes:
        wrong = sorted(set(answers) ^ codes)
        raise BadAnswers(f"Each item of the scorecard has one answer: {', '.join(wrong)}.")
    got: defaultdict[str, float] = defaultdict(float)
    most: defaultdict[str, float] = defaultdict(float)
    fatal = False
    for item in items:
        answer = answers[item["code"]]
        if answer is None:
            if item["fatal"]:
                raise BadAnswers(f"A fatal item always applies: {item['code']}.")
            continue
        if not 0 <= answer <= BEST:
            raise BadAnswers(f"Answers go from 0 to {BEST}: {item['code']}.")
        fatal = fatal or (item["fatal"] and answer == 0)
        got[item["area"]] += item["weight"] * answer
        most[item["area"]] += item["weight"] * BEST
    whole = sum(most.values())
    if not whole:
        raise BadAnswers("At least one item applies.")
    areas = {area: 100.0 * got[area] / most[area] for area in most if most[area]}
    return Scored(0.0 if fatal else 100.0 * sum(got.values()) / whole, areas, fatal)


def agreement(judged: Sequence[Mapping[str, int | None]]) -> dict[str, Any]:
    """How far evaluators of one talk agree: `share` of pairs of answers at most one step apart.

    `spread` is the widest distance on each item. None where fewer than two have judged.
    """
    if len(judged) < 2:
        return {"share": None, "spread": {}}
    spread: dict[str, int | None] = {}
    near = pairs = 0
    for code in judged[0]:
        given = [answers.get(code) for answers in judged]
        known = [answer for answer in given if answer is not None]
        spread[code] = max(known) - min(known) if known else None
        for i, one in enumerate(given):
            for other in given[i + 1 :]:
                pairs += 1
                alike = one is None and other is None
                near += int(
                    alike or (one is not None and other is not None and abs(one - other) <= 1)
                )
    return {"share": near / pairs, "spread": spread}
