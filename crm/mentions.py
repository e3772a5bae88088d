"""Mentions: whom an internal note calls upon with `@` and a name.

Where several have one name, each is called by it and their address: `@Ana Peña (ana@desk.example)`.
"""

import re
from collections.abc import Sequence

from crm import counselors
from crm.db import Session
from crm.models import Counselor

# Within an address (`kim@desk.example`) it is no call.
AT = re.compile(r"(?<![\w.+-])[@＠]")
HANGUL = re.compile(r"[가-힣]")
ADDRESS = re.compile(r"\s?\(\s?([^\s()]+)\s?\)")


def named(s: Session, text: str) -> list[list[Counselor]]:
    """For each `@` that a name follows, all who can be meant by it."""
    if AT.search(text) is None:
        return []
    people = counselors.everybody(s)
    called = (_at(text[at.end() :], people) for at in AT.finditer(text))
    return [meant for meant in called if meant]


def _at(rest: str, people: Sequence[Counselor]) -> list[Counselor]:
    """Those of the longest name that the text begins with, or the one whose address follows it."""
    fitting = [person for person in people if _begins_with(rest, person.name)]
    longest = max((len(person.name) for person in fitting), default=0)
    alike = [person for person in fitting if len(person.name) == longest]
    address = ADDRESS.match(rest, longest)
    by_address = [x for x in alike if address and x.email.casefold() == address[1].casefold()]
    return by_address or alike


def _begins_with(rest: str, name: str) -> bool:
    if rest[: len(name)].casefold() != name.casefold():
        return False
    # A Korean particle follows a name without a space: `@김상담에게`.
    behind = rest[len(name) : len(name) + 1]
    return not behind.isalnum() or HANGUL.match(behind) is not None
