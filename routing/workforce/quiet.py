"""The hours in which nobody is reached who did not ask to be."""

from datetime import datetime
from zoneinfo import ZoneInfo


def is_quiet(hours: tuple[str, str], zone: str, moment: datetime) -> bool:
    """Whether a moment lies in quiet hours such as ("21:00", "08:00"), which may span midnight."""
    begin, end = hours
    local = moment.astimezone(ZoneInfo(zone)).strftime("%H:%M")
    if begin == end:
        return False
    if begin < end:
        return begin <= local < end
    return local >= begin or local < end
