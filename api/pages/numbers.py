"""Figures as people of each language read them."""

from knowledge.port import Language


def figure(value: float | None, unit: str, language: Language) -> str:
    """By its unit: `82.1%`, `3:05` (minutes), `12.3 s`, `75.0`, `1,234`; none is a dash."""
    if value is None:
        return "–"
    if unit == "share":
        return number(value * 100, 1, language) + (
            "\N{NO-BREAK SPACE}%" if language == "es" else "%"
        )
    if unit == "seconds":
        return duration(value, language)
    if unit == "index":
        return number(value, 1, language)
    return number(value, 0, language)


def duration(seconds: float, language: Language) -> str:
    """Up to a minute in seconds, above in minutes, above an hour in hours."""
    if seconds < 60:
        return number(seconds, 1, language) + ("초" if language == "ko" else "\N{NO-BREAK SPACE}s")
    whole = round(seconds)
    if whole < 3600:
        return f"{whole // 60}:{whole % 60:02d}"
    return f"{whole // 3600}:{whole % 3600 // 60:02d}:{whole % 60:02d}"


def number(value: float, decimals: int, language: Language) -> str:
    text = f"{value:,.{decimals}f}"
    if language == "es":
        return text.translate(str.maketrans(",.", ".,"))
    return text
