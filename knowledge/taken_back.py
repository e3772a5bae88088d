"""What was withdrawn: nobody is told it, though an index still holds it."""

import re
from collections.abc import Collection, Iterable

from sqlalchemy import bindparam, exists, or_, select

from crm.db import Session, table
from knowledge.models import ArticleVersion
from knowledge.port import Citation, Finding, Hit

# (article, language, number) of a version.
Version = tuple[str, str, int]
# The address of an article names its language.
IN_ADDRESS = re.compile(r"^/help/(?P<language>[a-z]{2})/")
TAKEN_BACK = ("withdrawn", "removed")
_VERSIONS = table(ArticleVersion)
_STANDING = _VERSIONS.alias()
# A version that an index still holds may have been followed by one that was withdrawn too.
_IS_LEFT = exists().where(
    _STANDING.c.article_id == _VERSIONS.c.article_id,
    _STANDING.c.language == _VERSIONS.c.language,
    _STANDING.c.status == "published",
)
# Made once: every answer asks it.
_OF_ARTICLES = select(_VERSIONS.c.article_id, _VERSIONS.c.language, _VERSIONS.c.number).where(
    or_(_VERSIONS.c.status.in_(TAKEN_BACK), ~_IS_LEFT),
    _VERSIONS.c.article_id.in_(bindparam("articles", expanding=True)),
)


def finding(s: Session, found: Finding) -> Finding:
    """What was found, or nothing where a version that it cites was taken back since."""
    cited = {version for one in found.citations for version in _cited(one)}
    if not _among(s, cited):
        return found
    return Finding("none", language=found.language, topic=found.topic)


def hits(s: Session, found: Iterable[Hit]) -> list[Hit]:
    """The hits without those whose version was taken back since."""
    found = list(found)
    gone = _among(s, {(hit.article, hit.language, hit.version) for hit in found})
    return [hit for hit in found if (hit.article, hit.language, hit.version) not in gone]


def _cited(one: Citation) -> Iterable[Version]:
    said = IN_ADDRESS.search(one.url)
    if said:
        yield one.article, said["language"], one.version


def _among(s: Session, versions: Collection[Version]) -> set[Version]:
    if not versions:
        return set()
    asked = {"articles": [article for article, _, _ in versions]}
    rows = s.connection().execute(_OF_ARTICLES, asked)
    return {(article, language, number) for article, language, number in rows} & set(versions)
