"""When counselors are there, as it is said on the phone."""

from crm.settings import WEEKDAYS, Hours
from knowledge.port import Language
from routing.calls import words


def spoken(hours: Hours, language: Language) -> str:
    """`Monday to Friday from 9:00 to 18:00`: days of equal hours said together."""
    names = words.catalogue(language)["days"]
    said = []
    for first, last, (start, end) in hours.runs():
        days = names[WEEKDAYS[first]]
        if last > first:
            both = {"first": days, "last": names[WEEKDAYS[last]]}
            days = words.say(language, "days_to", **both)
        from_to = {"start": _clock(start, language), "end": _clock(end, language)}
        said.append(words.say(language, "hours_span", days=days, **from_to))
    return ", ".join(said)


def _clock(written: str, language: Language) -> str:
    """`18:00` as it is said: `6 p.m.`, `18`, `오후 6시`."""
    hour, minute = (int(part) for part in written.split(":"))
    half = words.catalogue(language)["clock"]["am" if hour < 12 or hour == 24 else "pm"]
    twelve = hour % 12 or 12
    key = "noon" if (hour, minute) == (12, 0) else "minutes" if minute else "sharp"
    how = words.catalogue(language)["clock"][key]
    return how.format(half=half, twelve=twelve, hour=hour, minute=f"{minute:02}")
