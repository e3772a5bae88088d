"""Whether questions of one matter come together: everyday questions of our sections, all languages.

A floor below what is measured, so that a change that mixes matters up is seen.
"""

import random
import sys
from collections import Counter
from datetime import UTC, datetime

import pytest
from sqlalchemy import Engine

from crm.gaps import Lack
from knowledge import article_text, ingest
from knowledge.alike import QuestionSpace
from knowledge.encoder import OnnxEncoder
from routing import gaps
from tests.quality.conftest import ROOT

pytestmark = pytest.mark.quality
SECTIONS, WAYS, SEED = 60, 2, 7


def asked() -> list[tuple[tuple[str, str], str, str]]:
    """(matter, language, question): two ways of asking in each language, of some sections."""
    ways: dict[tuple[str, str], list[tuple[str, str]]] = {}
    for text in ingest.read_folder(ROOT / "knowledge" / "articles"):
        for section in article_text.sections(text.body):
            said = [(text.language, way) for way in section.alternates[:WAYS]]
            ways.setdefault((text.id, section.anchor), []).extend(said)
    chosen = random.Random(SEED).sample(sorted(ways), SECTIONS)
    return [(matter, language, way) for matter in chosen for language, way in ways[matter]]


def test_groups_hold_one_matter_more_often_than_not(base: Engine, encoder: OnnxEncoder) -> None:
    questions = asked()
    now = datetime.now(UTC)
    lacks = [
        Lack("question", f"{at:04}", way, language, "abstain", None, None, now)
        for at, (_, language, way) in enumerate(questions)
    ]
    matter = {f"{at:04}": which for at, (which, _, _) in enumerate(questions)}
    groups = gaps._groups(lacks, QuestionSpace(encoder, base))
    first = [Counter(matter[x.id] for x in group).most_common(1)[0][1] for group in groups]
    pure = sum(first) / len(lacks)
    pairs = sum(len(group) * (len(group) - 1) // 2 for group in groups)
    right = sum(
        n * (n - 1) // 2 for group in groups for n in Counter(matter[x.id] for x in group).values()
    )
    sys.stdout.write(f"\n{len(lacks)} questions, {SECTIONS} matters, {len(groups)} groups; "
          f"of one matter {pure:.3f}; pairs right {right / pairs:.3f}")  # fmt: skip
    assert len(groups) < 0.75 * len(lacks)
    assert pure >= 0.78
    assert right / pairs >= 0.45
