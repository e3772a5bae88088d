"""A page behind the sign-in, for what is asked of a session."""

from api.pages.desk_page import desk_page
from api.pages.session import Session
from crm import access

member_page = desk_page


def must(session: Session, verb: str) -> None:
    """Raises Forbidden where the member's role lacks a verb."""
    access.must(session.member, verb)
