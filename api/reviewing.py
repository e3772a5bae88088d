"""The decisions on articles as the API and the console both make them."""

from api.desk import Desk
from crm import access, db
from crm.access import Member
from crm.errors import Forbidden
from crm.events import Actor
from knowledge import editing, reviewing, steps

OWN = "You wrote in this draft yourself: someone else approves it."


def submit(
    here: Desk, member: Member, article: str, language: str, comment: str, edition: str | None
) -> None:
    """Ask for a look at a draft."""
    require(member, "article.write")
    with db.transaction(here.engine) as s:
        reviewing.submit(s, _actor(member), article, language, edition=edition, comment=comment)


def approve(
    here: Desk, member: Member, article: str, language: str, comment: str, edition: str | None
) -> None:
    """Approve what is in review; raises Forbidden where four eyes are asked for and two look."""
    require(member, "article.approve")
    with db.transaction(here.engine) as s:
        version = reviewing.approve(
            s, _actor(member), article, language, edition=edition, comment=comment
        )
        writers = steps.writers(s, version)
        if not access.may_approve(member, writers, four_eyes=here.settings.four_eyes):
            raise Forbidden(OWN)


def send_back(
    here: Desk, member: Member, article: str, language: str, reason: str, edition: str | None
) -> None:
    """Give a draft back to its writer with the reason."""
    require(member, "article.approve")
    with db.transaction(here.engine) as s:
        reviewing.send_back(s, _actor(member), article, language, reason=reason, edition=edition)


def publish(
    here: Desk, member: Member, article: str, language: str, comment: str, edition: str | None
) -> None:
    """Put what was approved in force; the index follows when it is refreshed."""
    require(member, "article.write")
    with db.transaction(here.engine) as s:
        editing.publish(
            s,
            _actor(member),
            article,
            language,
            comment=comment,
            edition=edition,
            reviewed_only=True,
        )


def withdraw(here: Desk, member: Member, article: str, language: str, comment: str) -> None:
    """Take one language of an article out of every answer."""
    require(member, "article.write")
    with db.transaction(here.engine) as s:
        editing.withdraw(s, _actor(member), article, language, comment=comment)


def roll_back(here: Desk, member: Member, article: str, language: str, number: int) -> None:
    """A new draft that says what an older version said."""
    require(member, "article.write")
    with db.transaction(here.engine) as s:
        editing.roll_back(s, _actor(member), article, language, number)


def require(member: Member, verb: str) -> None:
    if not access.may(member, verb):
        raise Forbidden("Your role does not allow this.")


def _actor(member: Member) -> Actor:
    return Actor("counselor", member.id)
