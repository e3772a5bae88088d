"""When counselors are there."""

from datetime import datetime
from zoneinfo import ZoneInfo

from crm.settings import WEEKDAYS, Hours

SHORT = {
    "en": ("Mon", "Tue", "Wed", "Thu", "Fri", "Sat", "Sun"),
    "es": ("lun", "mar", "mié", "jue", "vie", "sáb", "dom"),
    "ko": ("월", "화", "수", "목", "금", "토", "일"),
}


def is_open(hours: Hours, moment: datetime) -> bool:
    """Whether the desk is staffed at a moment; closing time itself is closed."""
    if hours.always:
        return True
    local = moment.astimezone(ZoneInfo(hours.zone))
    span = hours.days.get(WEEKDAYS[local.weekday()])
    return span is not None and span[0] <= local.strftime("%H:%M") < span[1]


def in_words(hours: Hours, language: str) -> str:
    """The week in one line, days of equal hours joined: `Mon-Fri 09:00-18:00 (Asia/Seoul)`."""
    runs: list[tuple[int, int, tuple[str, str]]] = []
    for index, day in enumerate(WEEKDAYS):
        span = hours.days.get(day)
        if span is None:
            continue
        if runs and runs[-1][1] == index - 1 and runs[-1][2] == span:
            runs[-1] = (runs[-1][0], index, span)
        else:
            runs.append((index, index, span))
    names = SHORT[language]
    spans = [
        f"{names[a] if a == b else f'{names[a]}-{names[b]}'} {span[0]}-{span[1]}"
        for a, b, span in runs
    ]
    return f"{', '.join(spans)} ({hours.zone})"
