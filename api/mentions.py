"""Who is told of a note, at the door: nobody is called to what they may not see."""

from collections.abc import Callable, Iterator, Sequence
from typing import NoReturn

from pydantic import BaseModel

from api.auth import as_member, as_members
from crm import access, counselors, mentions
from crm.access import Member
from crm.db import Session
from crm.errors import Invalid
from crm.models import Conversation, Counselor, Ticket


class Colleague(BaseModel):
    """`called` is what a note writes after the `@`."""

    id: str
    called: str


class ColleagueList(BaseModel):
    items: list[Colleague]
    next: str | None = None


def of_ticket(s: Session, ticket: Ticket, text: str, ids: Sequence[str] = ()) -> list[str]:
    """Whom a ticket's note mentions, by `@` and name or by id. Raises Invalid."""
    return _called(s, text, ids, lambda person: access.may_read_ticket(person, ticket))


def of_talk(s: Session, talk: Conversation, text: str) -> list[str]:
    """Whom an internal note of a talk mentions. Raises Invalid."""
    return _called(s, text, (), lambda person: access.may_read(person, talk))


def for_ticket(s: Session, member: Member, ticket: Ticket) -> ColleagueList:
    """Whom a note of the member's on a ticket may call upon, by name."""
    everybody = counselors.everybody(s)
    members = as_members(s, everybody)
    return _listed(member, everybody, [x for x in members if access.may_read_ticket(x, ticket)])


def for_talk(s: Session, member: Member, talk: Conversation) -> ColleagueList:
    """Whom an internal note of the member's in a talk may call upon, by name."""
    everybody = counselors.everybody(s)
    members = as_members(s, everybody, talk.id)
    return _listed(member, everybody, [x for x in members if access.may_read(x, talk)])


def _listed(
    member: Member, everybody: Sequence[Counselor], seeing: Sequence[Member]
) -> ColleagueList:
    called = counselors.told_apart(everybody)
    others = (x.id for x in seeing if x.id != member.id)
    return ColleagueList(items=[Colleague(id=one, called=called[one]) for one in others])


def _called(s: Session, text: str, ids: Sequence[str], sees: Callable[[Member], bool]) -> list[str]:
    people = {person.id: person for person in _by_id(s, ids)}
    for meant in mentions.named(s, text):
        seeing = [person for person in meant if sees(as_member(s, person))] or meant
        chosen = [person for person in seeing if person.id in people] or seeing
        if len(chosen) > 1 and chosen[0].id not in people:
            _ask_which(s, chosen)
        people |= {person.id: person for person in chosen}
    blind = [person.name for person in people.values() if not sees(as_member(s, person))]
    if blind:
        told = f"{', '.join(sorted(blind))} may not see this and cannot be mentioned here."
        raise Invalid(told, field="mentions", people=sorted(blind))
    return sorted(people)


def _by_id(s: Session, ids: Sequence[str]) -> Iterator[Counselor]:
    for person_id in ids:
        found = s.get(Counselor, person_id)
        if found is None or found.disabled_at:
            raise Invalid("One of those mentioned is not of this desk.", field="mentions")
        yield found


def _ask_which(s: Session, alike: Sequence[Counselor]) -> NoReturn:
    called = counselors.names(s)
    ways = sorted(f"@{called[person.id]}" for person in alike)
    told = f"Several colleagues have this name. Please write {' or '.join(ways)}."
    raise Invalid(told, field="mentions", reason="which", people=ways)
