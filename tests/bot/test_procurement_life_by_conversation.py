"""A whole purchase by conversation alone, over HTTP: real Rasa, real desk, the sandbox core.

Nobody touches the core but through the chat; each line is what a person types and the act that
the desk must answer with. Digressions, corrections, a no and a withdrawal are part of the talk.
"""

from pathlib import Path
from typing import Any

import pytest
from sqlalchemy import Engine

from tests.acting.talks import Person, Talks, talks_on

pytestmark = pytest.mark.rasa

# Who says what, and the act of the reply; "ahead" lets that many days pass at the core.
Line = tuple[str, str, str] | tuple[str, int]
CLARIFY, PREVIEW, DONE, ANSWER = "clarify", "action_preview", "action_done", "answer"
LIVES: dict[str, list[Line]] = {
    "en": [
        ("buyer", "I want to publish a tender", CLARIFY),
        ("buyer", "Sixty office chairs", CLARIFY),
        ("buyer", "goods", CLARIFY),
        ("buyer", "39112000-0", CLARIFY),
        ("buyer", "60", CLARIFY),
        ("buyer", "pieces", CLARIFY),
        ("buyer", "6000 UAH", CLARIFY),
        ("buyer", "in 5 days", CLARIFY),
        ("buyer", "in 12 days", PREVIEW),
        ("buyer", "yes", DONE),
        ("supplier", "when does tender {number} close?", ANSWER),
        ("supplier", "follow tender {number}", PREVIEW),
        ("supplier", "yes", DONE),
        ("supplier", "I want to bid 5,400 on tender {number}", "abstain"),  # not open for bids yet
        ("supplier", "I want to ask a clarification question on tender {number}", CLARIFY),
        ("supplier", "how do I register as a supplier?", ANSWER),  # a look aside
        ("supplier", "Do the chairs need armrests?", PREVIEW),
        ("supplier", "yes", DONE),
        ("buyer", "answer the question on our tender", CLARIFY),
        ("buyer", "Yes, height-adjustable ones", PREVIEW),
        ("buyer", "yes", DONE),
        ("ahead", 6),
        ("supplier", "I want to bid 5,400 on tender {number}", PREVIEW),
        ("supplier", "no, 5,300", PREVIEW),
        ("supplier", "yes", DONE),
        ("supplier", "what is the status of my bid?", ANSWER),
        ("supplier", "withdraw my bid", PREVIEW),
        ("supplier", "no", "cancel"),
        ("supplier", "change my bid to 5,200.50", PREVIEW),
        ("supplier", "yes", DONE),
        ("ahead", 7),
        ("supplier", "who won tender {number}?", ANSWER),
        ("buyer", "award the contract for {number}", PREVIEW),
        ("buyer", "yes", DONE),
        ("supplier", "I want to sign the contract", CLARIFY),
        ("supplier", "Director", CLARIFY),
        ("supplier", "Statute", CLARIFY),
        ("supplier", "XX00 1234 5678 9012 EXAMPLE", PREVIEW),
        ("supplier", "yes", DONE),
        ("buyer", "activate the contract", CLARIFY),
        ("buyer", "C-1", CLARIFY),
        ("buyer", "today", CLARIFY),
        ("buyer", "today", CLARIFY),
        ("buyer", "in 90 days", CLARIFY),
        ("buyer", "Mayor", CLARIFY),
        ("buyer", "Law", CLARIFY),
        ("buyer", "XX001234567890", PREVIEW),
        ("buyer", "yes", DONE),
        ("buyer", "record a payment on our contract", CLARIFY),
        ("buyer", "2600.25 UAH", CLARIFY),
        ("buyer", "today", CLARIFY),
        ("buyer", "XX00123456789BUY", CLARIFY),
        ("buyer", "XX00123456789SUP", PREVIEW),
        ("buyer", "yes", DONE),
        ("supplier", "have I been paid for that tender?", ANSWER),
        ("supplier", "request a performance certificate for that contract", PREVIEW),
        ("supplier", "yes", DONE),
    ],
    "es": [
        ("buyer", "quiero publicar una licitación", CLARIFY),
        ("buyer", "Sesenta sillas de oficina", CLARIFY),
        ("buyer", "bienes", CLARIFY),
        ("buyer", "39112000-0", CLARIFY),
        ("buyer", "60", CLARIFY),
        ("buyer", "piezas", CLARIFY),
        ("buyer", "6000 UAH", CLARIFY),
        ("buyer", "en 5 días", CLARIFY),
        ("buyer", "en 12 días", PREVIEW),
        ("buyer", "sí", DONE),
        ("supplier", "¿cuándo cierra la licitación {number}?", ANSWER),
        ("supplier", "quiero seguir la licitación {number}", PREVIEW),
        ("supplier", "sí", DONE),
        (
            "supplier",
            "quiero hacer una pregunta de aclaración sobre la licitación {number}",
            CLARIFY,
        ),
        ("supplier", "¿cómo me registro como proveedor?", ANSWER),
        ("supplier", "¿Las sillas llevan reposabrazos?", PREVIEW),
        ("supplier", "sí", DONE),
        ("buyer", "responder la pregunta de nuestra licitación", CLARIFY),
        ("buyer", "Sí, ajustables", PREVIEW),
        ("buyer", "sí", DONE),
        ("buyer", "ampliar el plazo de nuestra licitación", CLARIFY),
        ("buyer", "en 14 días", PREVIEW),
        ("buyer", "sí", DONE),
        ("ahead", 6),
        ("supplier", "quiero ofertar 5,400 en la licitación {number}", PREVIEW),
        ("supplier", "no, 5,300", PREVIEW),
        ("supplier", "sí", DONE),
        ("supplier", "¿cuál es el estado de mi oferta?", ANSWER),
        ("supplier", "retirar mi oferta", PREVIEW),
        ("supplier", "no", "cancel"),
        ("supplier", "retirar mi oferta", PREVIEW),
        ("supplier", "Sí, hazlo", DONE),
        ("supplier", "quiero ofertar 5,200 en la licitación {number}", PREVIEW),
        ("supplier", "sí", DONE),
        ("ahead", 9),
        ("supplier", "¿quién ganó la licitación {number}?", ANSWER),
        ("buyer", "adjudica el contrato de nuestra licitación", PREVIEW),
        ("buyer", "sí", DONE),
        ("supplier", "quiero firmar el contrato", CLARIFY),
        ("supplier", "Directora", CLARIFY),
        ("supplier", "Acta constitutiva", CLARIFY),
        ("supplier", "XX00123456789012EJEMPLO", PREVIEW),
        ("supplier", "sí", DONE),
        ("buyer", "activar el contrato", CLARIFY),
        ("buyer", "C-1", CLARIFY),
        ("buyer", "hoy", CLARIFY),
        ("buyer", "hoy", CLARIFY),
        ("buyer", "en 90 días", CLARIFY),
        ("buyer", "Alcalde", CLARIFY),
        ("buyer", "Ley", CLARIFY),
        ("buyer", "XX001234567890", PREVIEW),
        ("buyer", "sí", DONE),
        ("buyer", "registrar un pago de nuestro contrato", CLARIFY),
        ("buyer", "2600.25 UAH", CLARIFY),
        ("buyer", "hoy", CLARIFY),
        ("buyer", "XX00123456789BUY", CLARIFY),
        ("buyer", "XX00123456789SUP", PREVIEW),
        ("buyer", "sí", DONE),
        ("supplier", "¿ya me pagaron esa licitación?", ANSWER),
        ("supplier", "solicitar una constancia de cumplimiento de ese contrato", PREVIEW),
        ("supplier", "sí", DONE),
    ],
    "ko": [
        ("buyer", "새 입찰 공고를 내고 싶어요", CLARIFY),
        ("buyer", "사무용 의자 60개", CLARIFY),
        ("buyer", "물품", CLARIFY),
        ("buyer", "39112000-0", CLARIFY),
        ("buyer", "60", CLARIFY),
        ("buyer", "개", CLARIFY),
        ("buyer", "6000 UAH", CLARIFY),
        ("buyer", "5일 후", CLARIFY),
        ("buyer", "12일 후", PREVIEW),
        ("buyer", "네", DONE),
        ("supplier", "{number} 언제 마감이에요?", ANSWER),
        ("supplier", "공고 {number} 관심 등록해 주세요", PREVIEW),
        ("supplier", "네", DONE),
        ("supplier", "공고 {number}에 질의하고 싶어요", CLARIFY),
        ("supplier", "공급업체 등록은 어떻게 하나요?", ANSWER),
        ("supplier", "의자에 팔걸이가 있나요?", PREVIEW),
        ("supplier", "네", DONE),
        ("buyer", "우리 공고 질의에 답변할게요", CLARIFY),
        ("buyer", "네, 높이 조절이 됩니다", PREVIEW),
        ("buyer", "네", DONE),
        ("ahead", 6),
        ("supplier", "{number}에 5,400에 투찰할게요", PREVIEW),
        ("supplier", "아니요, 5,300이요", PREVIEW),
        ("supplier", "네", DONE),
        ("supplier", "제 투찰 상태가 어떻게 되나요?", ANSWER),
        ("supplier", "제 투찰 철회해 주세요", PREVIEW),
        ("supplier", "아니요", "cancel"),
        ("supplier", "투찰 금액을 변경하고 싶어요", CLARIFY),
        ("supplier", "5200", PREVIEW),
        ("supplier", "네, 진행해 주세요", DONE),
        ("ahead", 7),
        ("supplier", "{number} 누가 낙찰됐어요?", ANSWER),
        ("buyer", "우리 공고 낙찰자 정해줘", PREVIEW),
        ("buyer", "네", DONE),
        ("supplier", "계약에 서명하겠습니다", CLARIFY),
        ("supplier", "이사", CLARIFY),
        ("supplier", "정관", CLARIFY),
        ("supplier", "XX00123456789012EJ", PREVIEW),
        ("supplier", "네", DONE),
        ("buyer", "우리 계약 활성화", CLARIFY),
        ("buyer", "C-1", CLARIFY),
        ("buyer", "오늘", CLARIFY),
        ("buyer", "오늘", CLARIFY),
        ("buyer", "90일 후", CLARIFY),
        ("buyer", "시장", CLARIFY),
        ("buyer", "법률", CLARIFY),
        ("buyer", "XX001234567890", PREVIEW),
        ("buyer", "네", DONE),
        ("buyer", "우리 계약 지급 등록할게요", CLARIFY),
        ("buyer", "2600.25 UAH", CLARIFY),
        ("buyer", "오늘", CLARIFY),
        ("buyer", "XX00123456789BUY", CLARIFY),
        ("buyer", "XX00123456789SUP", PREVIEW),
        ("buyer", "네", DONE),
        ("supplier", "그 공고 대금 지급됐나요?", ANSWER),
        ("supplier", "납품실적증명서 요청할게요", PREVIEW),
        ("supplier", "네", DONE),
    ],
}


@pytest.mark.parametrize("language", LIVES)
def test_procurement_life_by_conversation(
    rasa: Any, sqlite_engine: Engine, tmp_path: Path, language: str
) -> None:
    with talks_on(sqlite_engine, tmp_path, rasa.url) as talks:
        people = {
            "buyer": talks.person("buyer", "Town of Examples", language),
            "supplier": talks.person("supplier", "Ficticia Ltd.", language),
        }
        _live(talks, people, LIVES[language])
        _check_record(people, language)


def _live(talks: Talks, people: dict[str, Person], lines: list[Line]) -> None:
    number = ""
    for line in lines:
        if line[0] == "ahead":
            talks.core.ahead(days=float(line[1]))
            continue
        who, text, wanted = line  # type: ignore[misc]
        reply = people[who].say(text.format(number=number))
        assert reply["act"] == wanted, (who, text, reply["act"], reply["text"])
        action = reply["action"]
        if action and action["kind"] == "publish_tender" and wanted == DONE:
            number = action["receipt"]["number"]


def _check_record(people: dict[str, Person], language: str) -> None:
    done = {who: person.actions() for who, person in people.items()}
    assert {a["state"] for items in done.values() for a in items} <= {"done", "cancelled"}
    kinds = [a["kind"] for a in done["supplier"] if a["state"] == "done"]
    assert {"follow", "question", "bid", "sign_contract", "request_certificate"} <= set(kinds)
    assert kinds.count("question") == 1
    bought = {a["kind"] for a in done["buyer"] if a["state"] == "done"}
    assert {"publish_tender", "answer_question", "award", "activate_contract", "payment"} <= bought
    for item in [*done["supplier"], *done["buyer"]]:
        assert (item["receipt"] is not None) == (item["state"] == "done")
    last = people["supplier"].last
    assert last is not None
    assert last["language"] == language
