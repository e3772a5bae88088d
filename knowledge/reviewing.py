"""From draft to approved: in review, sent back, approved. Publishing is a verb of `editing`.

Each verb runs in its caller's transaction; who may decide is the caller's to ask.
"""

from crm.db import Session
from crm.errors import Conflict, Invalid, NotFound
from crm.events import Actor
from knowledge import editing, steps
from knowledge.models import ArticleVersion


def submit(
    s: Session,
    actor: Actor,
    article_id: str,
    language: str,
    *,
    edition: str | None = None,
    comment: str = "",
) -> ArticleVersion:
    """Ask others to look at a draft; raises Conflict unless it is one."""
    version = _locked(s, article_id, language, "draft", edition)
    version.status = "in_review"
    steps.take(s, actor, "submitted", version, comment)
    return version


def approve(
    s: Session,
    actor: Actor,
    article_id: str,
    language: str,
    *,
    edition: str | None = None,
    comment: str = "",
) -> ArticleVersion:
    """Say that what is in review may be published as it is; raises Conflict unless it is there."""
    version = _locked(s, article_id, language, "in_review", edition)
    version.status = "approved"
    steps.take(s, actor, "approved", version, comment)
    return version


def send_back(
    s: Session,
    actor: Actor,
    article_id: str,
    language: str,
    *,
    reason: str,
    edition: str | None = None,
) -> ArticleVersion:
    """Give what is in review or approved back to its writer; raises Invalid without a reason."""
    if not reason.strip():
        raise Invalid("Say why: the writer needs to know what to change.", field="reason")
    version = _locked(s, article_id, language, ("in_review", "approved"), edition)
    version.status = "draft"
    steps.take(s, actor, "sent_back", version, reason)
    return version


def _newest(s: Session, article_id: str, language: str) -> ArticleVersion:
    """The version that is to be decided on; raises NotFound without the article in the language."""
    version = editing.newest(s, article_id, language)
    if version is None:
        raise NotFound(f"There is no article {article_id} in {language}.")
    return version


def _locked(
    s: Session, article_id: str, language: str, wanted: str | tuple[str, ...], edition: str | None
) -> ArticleVersion:
    editing.alone(s, article_id)
    version = _newest(s, article_id, language)
    editing.require_edition(version, edition)
    statuses = (wanted,) if isinstance(wanted, str) else wanted
    if version.status not in statuses:
        raise Conflict(
            f"Version {version.number} is {version.status}, not {' or '.join(statuses)}.",
            field="status",
            status=version.status,
        )
    return version
