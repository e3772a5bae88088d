from datetime import datetime

import pytest

from bot.urgency import deadline_in


@pytest.mark.parametrize(
    ("text", "at"),
    [
        ("my bid closes in 2 hours", "2026-11-22T16:00"),
        ("the deadline is today at 18:00", "2026-11-22T18:00"),
        ("it closes in half an hour", "2026-11-22T14:30"),
        ("we must submit by tomorrow at 9 am", "2026-11-23T09:00"),
        ("la licitación cierra hoy a las 6 de la tarde", "2026-11-22T18:00"),
        ("vence en dos horas", "2026-11-22T16:00"),
        ("el plazo acaba mañana a las 10", "2026-11-23T10:00"),
        ("오늘 오후 6시 마감이에요", "2026-11-22T18:00"),
        ("두시간뒤마감인데요", "2026-11-22T16:00"),
        ("내일 오전 10시까지 제출해야 합니다", "2026-11-23T10:00"),
        ("UA-2026-12-30-000008-a closes today at 17:00", "2026-11-22T17:00"),
    ],
)
def test_a_deadline_within_a_day_is_urgent(text: str, at: str, now: datetime) -> None:
    deadline = deadline_in(text, now)
    assert deadline is not None
    assert deadline.urgent(now)
    assert deadline.written().startswith(at)


@pytest.mark.parametrize(
    "text",
    [
        "my bid closes on 2026-12-24",
        "la licitación cierra el 24 de diciembre",
        "12월 24일 마감입니다",
        "the tender ends in 5 days",
        "I registered today",
        "hola, hoy quiero registrarme",
        "오늘 등록했어요",
        "how long does registration take",
        "what if the platform fails on the last day",
        "the tender UA-2026-11-22-000008-a closes when?",
    ],
)
def test_a_far_deadline_or_none_is_not_urgent(text: str, now: datetime) -> None:
    deadline = deadline_in(text, now)
    assert deadline is None or not deadline.urgent(now)
