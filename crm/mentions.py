"""Mentions: whom an internal note calls upon with `@` and a name."""

import re
from collections.abc import Iterable, Sequence

from sqlalchemy import select

from crm.db import Session
from crm.models import Counselor

# Within an address (`kim@desk.example`) it is no call.
AT = re.compile(r"(?<![\w.+-])[@＠]")
HANGUL = re.compile(r"[가-힣]")


def named(s: Session, text: str) -> list[Counselor]:
    """The people whose name follows an `@`; all of them where several have that name."""
    if AT.search(text) is None:
        return []
    people = s.scalars(select(Counselor).where(Counselor.disabled_at.is_(None))).all()
    found: dict[str, Counselor] = {}
    for at in AT.finditer(text):
        for person in _at(text[at.end() :], people):
            found[person.id] = person
    return list(found.values())


def _at(rest: str, people: Sequence[Counselor]) -> Iterable[Counselor]:
    """Those of the longest name that the text begins with."""
    fitting = [person for person in people if _begins_with(rest, person.name)]
    longest = max((len(person.name) for person in fitting), default=0)
    return (person for person in fitting if len(person.name) == longest)


def _begins_with(rest: str, name: str) -> bool:
    if rest[: len(name)].casefold() != name.casefold():
        return False
    # A Korean particle follows a name without a space: `@김상담에게`.
    behind = rest[len(name) : len(name) + 1]
    return not behind.isalnum() or HANGUL.match(behind) is not None
