"""A base on a subject that nothing was fitted on: does it tell what it does not hold?

Fifty pages of Doc2Dial are the base. Near questions are asked of the other pages, by the same
people of the same agencies, and some of them the fifty do answer; far ones are CLINC150's out of
scope (Larson et al. 2019).
"""

import json
import random
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path

from knowledge import own_bar
from knowledge.port import Finding, Query
from knowledge.proof import doc2dial
from knowledge.proof.collection import Asked, Collection, file
from knowledge.proof.figures import Share, share
from knowledge.proof.measuring import DAY
from knowledge.search import Library

PAGES, FAR = 50, 100
DRAWS = (0, 1)
HELD, NEAR, OUT = "held", "near", "far"


@dataclass(frozen=True, slots=True)
class Told:
    """What the base says from the bar it found: shares of the questions of each kind."""

    bar: float
    answered: Share  # of what the base holds, whatever was cited
    from_page: Share  # of what the base holds, with a citation of the page asked about
    near: Share  # declined
    far: Share  # declined

    def __str__(self) -> str:
        return (
            f"own bar {self.bar:.2f}: of what is held answered {self.answered}, from its page "
            f"{self.from_page}; declined of near {self.near}, of far {self.far}"
        )


def read(folder: Path, draw: int) -> Collection:
    """The base of one draw and what is asked of it. Raises MissingSet."""
    whole = doc2dial.read(folder)
    pages = sorted({record.article for record in whole.records})
    base = set(random.Random(draw).sample(pages, min(PAGES, len(pages) - 1)))
    asked: dict[str, list[Asked]] = {HELD: [], NEAR: [], OUT: _far(folder, draw)}
    for one in whole.asked[doc2dial.FIRST]:
        asked[HELD if _page(one) in base else NEAR].append(one)
    records = [record for record in whole.records if record.article in base]
    return Collection(f"doc2dial-{PAGES}-{draw}", records, asked)


def measure(library: Library, asked: Mapping[str, Sequence[Asked]]) -> Told:
    """Ask the base by the bar that it finds for itself."""
    settled = library.deciding(own_bar.fit(library, DAY))
    found = {
        kind: [(one, settled.find(Query(one.text, one.language, DAY))) for one in questions]
        for kind, questions in asked.items()
    }
    return Told(
        settled.model.answer,
        share(finding.verdict == "answer" for _, finding in found[HELD]),
        share(_from_page(one, finding) for one, finding in found[HELD]),
        share(finding.verdict == "none" for _, finding in found[NEAR]),
        share(finding.verdict == "none" for _, finding in found[OUT]),
    )


def _far(folder: Path, draw: int) -> list[Asked]:
    path = file(folder, "clinc150", "data_full.json")
    texts = [text for text, _ in json.loads(path.read_text(encoding="utf-8"))["oos_test"]]
    drawn = random.Random(draw).sample(texts, min(FAR, len(texts)))
    return [Asked(text, "en", frozenset()) for text in drawn]


def _page(one: Asked) -> str:
    return next(iter(one.right)).rpartition("@")[0]


def _from_page(one: Asked, finding: Finding) -> bool:
    cited = {citation.article for citation in finding.citations}
    return finding.verdict == "answer" and _page(one) in cited
