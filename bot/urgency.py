"""Whether a person said that something falls due today or within 24 hours."""

import re
from dataclasses import dataclass
from datetime import datetime, timedelta

from bot.moments import due
from bot.spotting import EMAIL, PHONE, TENDER

URGENT_WITHIN = timedelta(hours=24)

_FALLS_DUE = re.compile(
    r"\b(?:deadlines?|due|clos(?:e|es|ed|ing)|expir(?:e|es|ing|y)|ends?|ending|submi(?:t"
    r"|ts|tting|ssion)"
    r"|(?:left|remaining)|last day|hand in|(?:have|only) until|(?:bid|offer|tender"
    r"|proposal) (?:must|has to|needs to)"
    r"|(?:send|upload|file|bid)\b.{0,40}\b(?:by|before|within|until|today|tonight))\b"
    r"|\b(?:cierra|cierran|cierre|cerrar|vence|vencen|venc(?:er|imiento)|plazo"
    r"|fecha l[ií]mite|l[ií]mite"
    r"|presentar|entregar|enviar|mandar|subir|termina|acaba|caduca|expira|qued[ao]n?"
    r"|faltan?|[uú]ltimo d[ií]a|antes de|tenemos hasta)\b"
    r"|마감|제출|기한|투찰|까지|만료|종료|끝나|남았|남음|마지막\s?날|내야|개찰",
    re.IGNORECASE,
)
_AT_ONCE = re.compile(
    r"(?:마감|입찰|투찰).{0,6}임박|closing (?:right )?now|a punto de (?:cerrar|vencer)",
    re.IGNORECASE,
)
_SENTENCE = re.compile(r"(?<=[.!?。])\s+|\n+")


@dataclass(frozen=True, slots=True)
class Deadline:
    """`at` is in the time zone of the `now` that was handed in."""

    at: datetime

    def urgent(self, now: datetime) -> bool:
        overdue_yesterday = self.at.date() < now.date()
        return not overdue_yesterday and (self.at - now <= URGENT_WITHIN)

    def written(self) -> str:
        return self.at.isoformat(timespec="minutes")


def deadline_in(text: str, now: datetime) -> Deadline | None:
    """The nearest deadline that the text speaks of, or None."""
    # Digits of numbers are no dates: UA-2026-11-22-000008-a names a tender, not a day.
    plain = PHONE.sub(_blank_if_long, EMAIL.sub(" ", TENDER.sub(" ", text)))
    found = [at for sentence in _SENTENCE.split(plain) if (at := _due(sentence, now))]
    return Deadline(min(found)) if found else None


def read_deadline(written: str | None) -> Deadline | None:
    """What `written` gave, or None when it is not a time."""
    try:
        return Deadline(datetime.fromisoformat(written)) if written else None
    except ValueError:
        return None


def _due(sentence: str, now: datetime) -> datetime | None:
    if _AT_ONCE.search(sentence):
        return due(sentence, now) or now + timedelta(hours=1)
    return due(sentence, now) if _FALLS_DUE.search(sentence) else None


def _blank_if_long(match: re.Match[str]) -> str:
    dated = re.match(r"\d{1,2}[./-]\d{1,2}|20\d\d", match.group())
    return match.group() if dated or sum(c.isdigit() for c in match.group()) < 9 else " "
