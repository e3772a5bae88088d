"""Which act words mean, on utterances that were written apart from the training data."""

from pathlib import Path
from typing import Any

import pytest

from bot.rasa_http import RasaClient

pytestmark = pytest.mark.rasa

FLOOR = 0.8  # share of held-out wishes that are taken for the right act, per language
N = "UA-2026-03-04-000123-a"
WISHES = {
    "en": [
        ("find_tenders", "anything out there for school furniture tenders?"),
        ("tender_status", f"give me the closing time of {N}"),
        ("bid_status", "has our bid been accepted by the system?"),
        ("award_result", f"who came out on top in {N}?"),
        ("payment_status", "did the agency pay our contract already?"),
        ("follow", f"let me know whenever {N} is modified"),
        ("unfollow", f"I don't need updates on {N} any longer, stop them"),
        ("question", f"please put a clarification question to the agency on {N}"),
        ("bid", f"we'd like to put in an offer of 12,000 for {N}"),
        ("amend_bid", "reduce the price in my bid to 11,500"),
        ("withdraw_bid", f"pull our bid out of {N}"),
        ("complaint", f"we wish to lodge a formal objection against the award in {N}"),
        ("request_certificate", "get me a certificate of performance for our finished contract"),
        ("publish_tender", "set up a new tender for me and publish it"),
        ("answer_question", "I'd like to respond to a bidder's clarification question"),
        ("extend", "push our tender's closing date to next Friday"),
        ("cancel_tender", f"scrap our tender {N}"),
        ("award", f"award {N} to the best bidder"),
        ("payment", "note a payment to the supplier on our contract"),
        ("inspection", "log the inspection of yesterday's delivery"),
    ],
    "es": [
        ("find_tenders", "¿qué licitaciones hay de muebles escolares?"),
        ("tender_status", f"dime a qué hora cierra {N}"),
        ("bid_status", "¿quedó bien recibida nuestra oferta?"),
        ("award_result", f"¿a quién adjudicaron {N}?"),
        ("payment_status", "¿la dependencia ya pagó nuestro contrato?"),
        ("follow", f"avísenme siempre que modifiquen {N}"),
        ("unfollow", f"ya no quiero avisos de {N}"),
        ("question", f"quiero plantear una pregunta de aclaración en {N}"),
        ("bid", f"queremos meter una oferta de 12,000 en {N}"),
        ("amend_bid", "baja el precio de mi oferta a 11,500"),
        ("withdraw_bid", f"saquen nuestra oferta de {N}"),
        ("complaint", f"deseamos interponer una inconformidad contra el fallo de {N}"),
        ("request_certificate", "pide la constancia de cumplimiento de nuestro contrato terminado"),
        ("publish_tender", "arma una licitación nueva y publícala"),
        ("answer_question", "quiero contestar la pregunta de un licitante"),
        ("extend", "recorre el cierre de nuestra licitación al viernes"),
        ("cancel_tender", f"cancela la licitación nuestra {N}"),
        ("award", f"adjudica {N} al mejor licitante"),
        ("payment", "anota un pago al proveedor en nuestro contrato"),
        ("inspection", "captura la inspección de la entrega de ayer"),
    ],
    "ko": [
        ("find_tenders", "학교 가구 입찰 공고 뭐 있어요?"),
        ("tender_status", f"{N} 마감 시각 알려 주세요"),
        ("bid_status", "저희 투찰 제대로 접수됐어요?"),
        ("award_result", f"{N} 낙찰 업체가 어디예요?"),
        ("payment_status", "저희 계약 대금 지급됐어요?"),
        ("follow", f"{N} 변경될 때마다 알려 주세요"),
        ("unfollow", f"{N} 알림 이제 그만 보내 주세요"),
        ("question", f"{N} 수요기관에 질의를 올려 주세요"),
        ("bid", f"{N}에 12,000으로 입찰하고 싶습니다"),
        ("amend_bid", "제 투찰 가격을 11,500으로 내려 주세요"),
        ("withdraw_bid", f"{N}에 낸 저희 투찰을 철회해 주세요"),
        ("complaint", f"{N} 낙찰에 대해 정식 이의신청을 내고 싶습니다"),
        ("request_certificate", "끝난 계약 납품실적증명서를 신청하고 싶어요"),
        ("publish_tender", "새 공고를 작성해서 게시해 주세요"),
        ("answer_question", "입찰자가 올린 질의에 답을 달고 싶어요"),
        ("extend", "우리 공고 마감을 다음 주 금요일로 늦춰 주세요"),
        ("cancel_tender", f"우리 공고 {N} 취소해 주세요"),
        ("award", f"{N} 낙찰자를 결정해 주세요"),
        ("payment", "우리 계약 공급업체 지급을 기록해 주세요"),
        ("inspection", "어제 납품 검수 결과를 입력해 주세요"),
    ],
}


@pytest.mark.parametrize("language", WISHES)
def test_held_out_wishes_are_taken_for_the_right_act(rasa: Any, language: str) -> None:
    client = RasaClient(rasa.url, timeout=60)
    meant = [(act, client.understand("nlu", text, language, {})) for act, text in WISHES[language]]
    client.close()
    wrong = [(act, one.act, one.intent) for act, one in meant if one.act != act]
    assert 1 - len(wrong) / len(meant) >= FLOOR, wrong


def test_the_wishes_are_not_in_the_training_data() -> None:
    root = Path(__file__).resolve().parents[2] / "bot/rasa/data"
    trained = "\n".join(p.read_text(encoding="utf-8").lower() for p in root.rglob("acts.yml"))
    said = [text.lower() for wishes in WISHES.values() for _, text in wishes]
    assert [text for text in said if f"- {text}\n" in trained] == []
