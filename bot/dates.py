"""Days and moments as people of a language write them. `days` and `moments` read them."""

from datetime import date, datetime, tzinfo

from bot.phrases import catalogue
from knowledge.port import LANGUAGES, Language


def day(on: date, language: str) -> str:
    """`1 December 2026`, `1 de diciembre de 2026`, `2026년 12월 1일`."""
    known: Language = next((one for one in LANGUAGES if one == language), "en")
    words = catalogue()
    month = words(known, f"month_{on.month}")
    return words(known, "day", day=str(on.day), month=month, year=str(on.year))


def day_and_time(at: datetime, zone: tzinfo | None, language: str) -> str:
    """`1 December 2026, 14:30 (KST)`: never without its zone."""
    local = at.astimezone(zone)
    return f"{day(local, language)}{_between(language)}{local:%H:%M (%Z)}"


def _between(language: str) -> str:
    return " " if language == "ko" else ", "
