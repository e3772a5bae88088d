import pytest

from bot.queues import QUEUES, queue_of_topic, queue_of_words


@pytest.mark.parametrize(
    ("text", "queue"),
    [
        ("when is my invoice paid", "payment"),
        ("no me pagan la factura", "payment"),
        ("대금이 아직 안 나왔어요", "payment"),
        ("I cannot log in, the page shows an error", "technical"),
        ("홈페이지 로그인 오류", "technical"),
        ("quiero renovar mi certificado de registro", "registration"),
        ("투찰을 취소하고 싶어요", "bidding"),
        ("which law applies, I need a legal interpretation", "legal"),
        ("soy comprador y quiero publicar una licitación", "buyer_support"),
        ("직접생산확인 중소기업", "sme_support"),
        ("the inspection of the delivery under our contract", "contract"),
    ],
)
def test_words_find_their_queue(text: str, queue: str) -> None:
    assert queue_of_words(text) == queue


def test_only_queues_of_the_contract_come_out() -> None:
    topics = (
        "registration bidding contract payment sme innovation legal callcenter compranet koneps"
    )
    found = {queue_of_topic(topic) for topic in [*topics.split(), "complaint", "buyer", None]}
    assert found - {None} <= set(QUEUES)
    assert queue_of_words("a person please") is None
