"""The fit of answers from other languages, on a made-up town that is told of in three of them.

Half of the town's questions are fitted on; what became of the other half, in a base that was drawn
anew, is judged. The own language never answers here, so that each answer is the fit's.
"""

import os
from collections.abc import Sequence
from dataclasses import dataclass, replace
from datetime import date
from pathlib import Path
from typing import Any

import pytest

from crm import db, events, migrate
from knowledge import article_text, calibrate_abroad, decide, evidence, index, ingest, partly
from knowledge.calibrate_abroad import Foreign
from knowledge.encoder import OnnxEncoder
from knowledge.packaged import build
from knowledge.port import LANGUAGES, Language, Query
from knowledge.search import Library
from tests.knowledge.conftest import silent, write

pytestmark = pytest.mark.quality

ROOT = Path(__file__).resolve().parents[2]
TODAY = date(2026, 11, 22)
FITTED, JUDGED = 0, 1  # draws of what is translated
NEVER = 2.0  # a bar that no chance reaches

SIGHTS: dict[Language, Sequence[str]] = {
    "en": (
        "the lighthouse", "the botanical garden", "the clock tower", "the swimming pool",
        "the aquarium", "the puppet theatre", "the old prison", "the cable car",
        "the planetarium", "the bell foundry", "the salt mine", "the ice rink",
        "the butterfly house", "the toy museum", "the observatory", "the windmill",
        "the monastery", "the shipyard", "the opera house", "the maze",
    ),
    "es": (
        "el faro", "el jardín botánico", "la torre del reloj", "la piscina",
        "el acuario", "el teatro de títeres", "la antigua cárcel", "el teleférico",
        "el planetario", "la fundición de campanas", "la mina de sal", "la pista de hielo",
        "el mariposario", "el museo del juguete", "el observatorio", "el molino de viento",
        "el monasterio", "el astillero", "el teatro de ópera", "el laberinto",
    ),
    "ko": (
        "등대", "식물원", "시계탑", "수영장", "수족관", "인형극장", "옛 교도소", "케이블카",
        "천문관", "종 주조소", "소금 광산", "빙상장", "나비 온실", "장난감 박물관", "천문대",
        "풍차", "수도원", "조선소", "오페라 극장", "미로",
    ),
}  # fmt: skip


@dataclass(frozen=True, slots=True)
class Wording:
    heading: str
    fact: str
    asked: str
    strange: str


WORDINGS: dict[Language, Wording] = {
    "en": Wording(
        "What does it cost to see {}?",
        "A ticket to see {} costs {} crowns.",
        "How much do I have to pay to get into {}?",
        "Which family of architects once designed {}?",
    ),
    "es": Wording(
        "¿Cuánto cuesta ver {}?",
        "La entrada para ver {} cuesta {} coronas.",
        "¿Qué precio hay que pagar para entrar y ver {}?",
        "¿Qué familia de arquitectos diseñó en su día {}?",
    ),
    "ko": Wording(
        "{} 입장료는 얼마인가요?",
        "{} 입장권은 {}크라운입니다.",
        "{} 들어가려면 돈을 얼마나 내야 하나요?",
        "{} 설계한 건축가 집안은 어디인가요?",
    ),
}


@dataclass(frozen=True, slots=True)
class Outcome:
    friends: float  # of questions whose fact stands abroad, the share that is answered with it
    strangers: float  # of questions without an answer, the share that is answered all the same


@pytest.fixture(scope="module")
def encoder() -> OnnxEncoder:
    data = Path(os.environ.get("DESK_TEST_DATA") or ROOT / "var" / "test")
    if not (data / "models" / build.NAME).exists():
        pytest.skip("the packaged model is not built; ./desk index builds it")
    return OnnxEncoder(data / "models" / build.NAME)


@pytest.fixture(scope="module")
def town(encoder: OnnxEncoder, tmp_path_factory: pytest.TempPathFactory) -> Library:
    place = tmp_path_factory.mktemp("town")
    engine = db.connect(f"sqlite:///{place / 'town.sqlite'}")
    migrate.upgrade(engine)
    texts = [_article(at, language) for language in LANGUAGES for at in range(len(SIGHTS["en"]))]
    with db.transaction(engine) as s:
        ingest.take_in(s, events.SYSTEM, texts)
    index.build(engine, encoder, place / "index", silent)
    engine.dispose()
    silenced = replace(decide.load(names=evidence.NAMES), answer=NEVER, ask=0.0)
    return Library(place / "index", encoder, silenced)


@pytest.fixture(scope="module")
def found(town: Library) -> list[Foreign]:
    return calibrate_abroad.examples(town, _questions(0), TODAY, [FITTED])


def test_friends_from_abroad_are_answered_and_strangers_declined(
    town: Library, encoder: OnnxEncoder, found: list[Foreign]
) -> None:
    said = _outcome(town, calibrate_abroad.fit(found, encoder, NEVER))
    assert said.friends >= 0.5
    assert said.strangers <= 0.1


def test_the_passages_of_the_town_decide_nothing_by_themselves(
    town: Library, encoder: OnnxEncoder, found: list[Foreign]
) -> None:
    """A fit that learnt the opposite, or whose bar is none, would not pass."""
    turned = [Foreign(one.question, one.rows, ~one.right, one.own) for one in found]
    assert _outcome(town, calibrate_abroad.fit(turned, encoder, NEVER)).friends < 0.1
    fitted = calibrate_abroad.fit(found, encoder, NEVER)
    assert _outcome(town, replace(fitted, answer=0.0)).strangers > 0.5


def _article(at: int, language: Language) -> article_text.ArticleText:
    wording, sight = WORDINGS[language], SIGHTS[language][at]
    heading = f"## {wording.heading.format(sight)} {{#price}}\n"
    body = heading + wording.fact.format(sight, _price(at)) + "\n"
    return article_text.parse(write(f"sight-{at}", body, language, sight.capitalize()))


def _price(at: int) -> int:
    return 137 + 11 * at


def _questions(half: int) -> list[dict[str, Any]]:
    """Of every second sight its price, which the base holds, and its architects, which it lacks."""
    found: list[dict[str, Any]] = []
    for language, wording in WORDINGS.items():
        for at in range(half, len(SIGHTS[language]), 2):
            about = {"language": language, "source": f"sight-{at}"}
            sight, facts = SIGHTS[language][at], [[str(_price(at))]]
            known = {"question": wording.asked.format(sight), "answerable": True, "near": None}
            strange = {"question": wording.strange.format(sight), "answerable": False, "near": True}
            found += [{**about, **known, "facts": facts}, {**about, **strange, "facts": []}]
    return found


def _outcome(town: Library, model: decide.Model) -> Outcome:
    tongues = partly.drawn(town.place, JUDGED)
    base = town.partly(tongues)
    base._abroad_model = model
    friends, strangers = [], []
    for asked in _questions(1):
        own = {one.article for one in tongues[asked["language"]].records}
        if asked["source"] in own:
            continue
        said = base.find(Query(asked["question"], asked["language"], TODAY))
        if asked["answerable"]:
            friends.append(said.verdict == "answer" and asked["facts"][0][0] in said.text)
        else:
            strangers.append(said.verdict == "answer")
    return Outcome(sum(friends) / len(friends), sum(strangers) / len(strangers))
