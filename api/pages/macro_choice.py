"""The macros that a ticket's page offers, and what the one that was chosen would do."""

from collections.abc import Sequence
from dataclasses import dataclass, field

from crm import macros
from crm.access import Member
from crm.db import Session, new_id
from crm.models import Macro, MacroUse, Ticket
from routing import macros as work
from routing.macros import Preview


@dataclass(frozen=True, slots=True)
class Choice:
    every: Sequence[Macro]
    plan: Preview | None
    # The use that can be taken back.
    last: MacroUse | None
    # One form is one act, however often it is sent.
    client_id: str = field(default_factory=new_id)


def of(s: Session, member: Member, ticket: Ticket, named: str) -> Choice:
    """`named` is the macro that was chosen; one that is not there (any more) is none."""
    every = macros.usable(s, member)
    known = any(macro.id == named for macro in every)
    plan = work.preview(s, member, ticket, named, None) if known else None
    last = macros.last(s, ticket.id)
    return Choice(every, plan, last if last and last.before != last.after else None)
