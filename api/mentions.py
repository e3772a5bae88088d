"""Who is told of a note, at the door: nobody is called to what they may not see."""

from collections.abc import Callable, Sequence

from api.auth import as_member
from crm import access, mentions
from crm.access import Member
from crm.db import Session
from crm.errors import Invalid
from crm.models import Conversation, Counselor, Ticket


def of_ticket(s: Session, ticket: Ticket, text: str, ids: Sequence[str] = ()) -> list[str]:
    """Whom a ticket's note mentions, by `@` and name or by id. Raises Invalid."""
    return _called(s, text, ids, lambda person: access.may_read_ticket(person, ticket))


def of_talk(s: Session, talk: Conversation, text: str) -> list[str]:
    """Whom an internal note of a talk mentions. Raises Invalid."""
    return _called(s, text, (), lambda person: access.may_read(person, talk))


def _called(s: Session, text: str, ids: Sequence[str], sees: Callable[[Member], bool]) -> list[str]:
    people = {person.id: person for person in mentions.named(s, text)}
    for person_id in ids:
        found = s.get(Counselor, person_id)
        if found is None or found.disabled_at:
            raise Invalid("One of those mentioned is not of this desk.", field="mentions")
        people[found.id] = found
    blind = [person.name for person in people.values() if not sees(as_member(s, person))]
    if blind:
        told = f"{', '.join(sorted(blind))} may not see this and cannot be mentioned here."
        raise Invalid(told, field="mentions", people=sorted(blind))
    return sorted(people)
