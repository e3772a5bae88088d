"""The member behind a page, with the secret that the page's forms and scripts must send back."""

from dataclasses import dataclass
from typing import Annotated, cast

from fastapi import Depends, Request

from api import auth, desk
from api.pages import forms
from crm.access import Member
from crm.errors import Forbidden, Unauthorized
from knowledge.port import Language


@dataclass(frozen=True, slots=True)
class Session:
    member: Member
    csrf: str

    @property
    def language(self) -> Language:
        return cast("Language", self.member.interface)

    def check(self, sent: str) -> None:
        """Raises Forbidden unless a form carries this session's own secret."""
        if not forms.same(self.csrf, sent):
            raise Forbidden(forms.OUT_OF_DATE)


def session(request: Request) -> Session:
    found = auth.member_by_cookie(request)
    if found is None:
        raise Unauthorized("Please sign in.")
    member, csrf = found
    desk.of(request).limiter.count("requests_per_token", member.id)
    auth.heard(request, member)
    return Session(member, csrf)


ASession = Annotated[Session, Depends(session)]
