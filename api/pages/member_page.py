"""A page behind the sign-in, with what its frame needs to know of the member."""

from typing import Any

from fastapi import Request, Response

from api.pages.render import page
from api.pages.session import Session
from crm import access
from crm.errors import Forbidden


def member_page(
    request: Request, session: Session, template: str, status: int = 200, **fields: Any
) -> Response:
    may = {verb: access.may(session.member, verb) for verb in access.VERBS}
    return page(
        request,
        template,
        language=session.language,
        status=status,
        private=True,
        me=session.member,
        csrf=session.csrf,
        may=may,
        **fields,
    )


def must(session: Session, verb: str) -> None:
    """Raises Forbidden where the member's role lacks a verb."""
    if not access.may(session.member, verb):
        raise Forbidden("Your role does not allow this.")
