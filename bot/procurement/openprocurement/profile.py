"""What differs from one openprocurement core to another."""

from dataclasses import dataclass, field
from datetime import datetime
from zoneinfo import ZoneInfo

FIRST_YEAR, LAST_YEAR = 1900, 2999


@dataclass(frozen=True, slots=True)
class Profile:
    """`zone` matters most: the server compares moments as text, so all are sent in its own zone.

    `feed_mode` is "" for real tenders, "test" for those made in test mode, "_all_" for both.
    `new_mode` is the mode of tenders that are made here. `objection` is the code under which
    complaints are filed when the person chose none: the core's code list has to know it.
    """

    zone: ZoneInfo = field(default_factory=lambda: ZoneInfo("Europe/Kyiv"))
    currency: str = "UAH"
    country: str = "Україна"
    identifier_scheme: str = "UA-EDR"
    class_scheme: str = "ДК021"
    account_scheme: str = "IBAN"
    objection: tuple[str, str] = ("violation_amcu", "other")
    feed_mode: str = ""
    new_mode: str = ""
    acceleration: str = ""
    page: int = 100

    def write(self, moment: datetime) -> str:
        return moment.astimezone(self.zone).isoformat()

    def read(self, written: str) -> datetime | None:
        """A moment of an answer; upstream writes some without a zone.

        None for what is no moment, and for one so far away that it only stands for "never".
        """
        try:
            moment = datetime.fromisoformat(written)
        except ValueError:
            return None
        if not FIRST_YEAR <= moment.year <= LAST_YEAR:
            return None
        return moment if moment.tzinfo else moment.replace(tzinfo=self.zone)
