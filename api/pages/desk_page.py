"""What every page behind the sign-in is rendered with."""

from typing import Any

from fastapi import Request, Response

from api import desk
from api.pages.render import page
from api.pages.session import Session
from crm import access, db, notifications


def desk_page(
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
        unread=lambda: _unread(request, session),
        **fields,
    )


def _unread(request: Request, session: Session) -> int:
    """How many notifications are new to whoever reads the page."""
    with db.reading(desk.of(request).engine) as s:
        return notifications.unread(s, session.member)


must = access.must
