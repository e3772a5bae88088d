"""What every page behind the sign-in is rendered with."""

from typing import Any

from fastapi import Request, Response

from api.pages.render import page
from api.pages.session import Session
from crm import access


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
        **fields,
    )


must = access.must
