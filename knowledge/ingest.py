"""Taking in a folder of articles: new wordings become versions, missing files are withdrawn."""

from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path

from sqlalchemy import select

from crm.db import Session
from crm.events import Actor
from knowledge import article_text, editing
from knowledge.article_text import ArticleText, BadArticle
from knowledge.models import ArticleVersion

Say = Callable[[str], None]


class BadFolder(ValueError):
    """The folder cannot be taken in; one line for each problem, with file and line number."""


@dataclass(frozen=True, slots=True)
class Taken:
    """How many wordings a taking-in published, withdrew and left as they were."""

    published: int
    withdrawn: int
    unchanged: int


def read_folder(folder: Path) -> list[ArticleText]:
    """Every article file under `folder`, by path; raises BadFolder naming all problems at once."""
    paths = sorted(folder.rglob("*.md"))
    if not paths:
        raise BadFolder(f"{folder} holds no article (*.md): name the folder that does.")
    problems: list[str] = []
    texts: list[ArticleText] = []
    place_of: dict[tuple[str, str], Path] = {}
    for path in paths:
        try:
            text = article_text.parse(path.read_text(encoding="utf-8"))
        except BadArticle as error:
            problems += [f"{path}:{line}: {problem}" for line, problem in error.problems]
            continue
        except UnicodeDecodeError:
            problems.append(f"{path}:1: the file is not UTF-8 text")
            continue
        key = (text.id, text.language)
        if key in place_of:
            problems.append(f"{path}:2: id {text.id} in {text.language} is {place_of[key]} already")
        place_of[key] = path
        texts.append(text)
    if problems:
        raise BadFolder("\n".join(problems))
    return texts


def take_in(s: Session, actor: Actor, texts: list[ArticleText]) -> Taken:
    """Bring the record to what the folder says. Twice the same folder changes nothing."""
    published = [version for text in texts if (version := editing.take_in(s, actor, text))]
    present = {(text.id, text.language) for text in texts}
    standing = select(ArticleVersion).where(
        ArticleVersion.origin == "folder", ArticleVersion.status == "published"
    )
    gone = [v for v in s.scalars(standing) if (v.article_id, v.language) not in present]
    for version in gone:
        editing.remove(s, actor, version)
    return Taken(len(published), len(gone), len(texts) - len(published))
