"""When counselors are there, as it is said on the phone."""

from crm.settings import WEEKDAYS, Hours
from knowledge.port import Language
from routing.calls import words


def spoken(hours: Hours, language: Language) -> str:
    """`Monday to Friday from 9:00 to 18:00`: days of equal hours said together."""
    runs: list[tuple[int, int, tuple[str, str]]] = []
    for index, day in enumerate(WEEKDAYS):
        span = hours.days.get(day)
        if span is None:
            continue
        if runs and runs[-1][1] == index - 1 and runs[-1][2] == span:
            runs[-1] = (runs[-1][0], index, span)
        else:
            runs.append((index, index, span))
    names = words.catalogue(language)["days"]
    said = []
    for first, last, (start, end) in runs:
        days = names[WEEKDAYS[first]]
        if last > first:
            both = {"first": days, "last": names[WEEKDAYS[last]]}
            days = words.say(language, "days_to", **both)
        said.append(words.say(language, "hours_span", days=days, start=start, end=end))
    return ", ".join(said)
