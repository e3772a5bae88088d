"""Texts as they come in: what no database and no reader can take is left out at the door."""

import unicodedata
from typing import Annotated

from fastapi import Query
from pydantic import AfterValidator


def clean(text: str) -> str:
    """The text without NUL, lone surrogates and invisible controls; line breaks and tabs stay."""
    whole = text.encode("utf-16", "surrogatepass").decode("utf-16", "replace")
    return "".join(c for c in whole if c in "\n\t" or unicodedata.category(c) not in {"Cc", "Cs"})


def one_line(text: str) -> str:
    return " ".join(clean(text).split())


Plain = AfterValidator(one_line)
Clean = AfterValidator(clean)
# Somebody's id as they wrote it: it may name nothing, but every database can be asked for it.
Named = Annotated[str, Clean]
# The id of an event: as large as the journal's own column can hold.
EventId = Annotated[int, Query(ge=0, le=2**63 - 1)]
