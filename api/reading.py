"""Texts as they come in: what no database and no reader can take is left out at the door."""

import unicodedata

from pydantic import AfterValidator


def clean(text: str) -> str:
    """The text without NUL, lone surrogates and invisible controls; line breaks and tabs stay."""
    whole = text.encode("utf-16", "surrogatepass").decode("utf-16", "replace")
    return "".join(
        c for c in whole if c in "\n\t" or unicodedata.category(c) not in {"Cc", "Cs", "Cn"}
    )


def _one_line(text: str) -> str:
    return " ".join(clean(text).split())


Plain = AfterValidator(_one_line)
