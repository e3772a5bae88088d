"""Texts as they come in: what no database and no reader can take is left out at the door."""

from typing import Annotated

from fastapi import Query
from pydantic import AfterValidator

from crm.words import storable


def one_line(text: str) -> str:
    return " ".join(storable(text).split())


Plain = AfterValidator(one_line)
Clean = AfterValidator(storable)
# Somebody's id as they wrote it: it may name nothing, but every database can be asked for it.
Named = Annotated[str, Clean]
# The id of an event: as large as the journal's own column can hold.
EventId = Annotated[int, Query(ge=0, le=2**63 - 1)]
