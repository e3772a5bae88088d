"""A tiny base in two languages, encoded by hashing, so that nothing here needs a model."""

from collections.abc import Callable
from pathlib import Path

import pytest
from sqlalchemy import Engine

from crm import db, events
from knowledge import article_text, decide, evidence, index, ingest
from knowledge.article_text import ArticleText
from knowledge.encoder import HashEncoder
from knowledge.search import Library

FRONT = """\
---
id: {id}
language: {language}
title: {title}
topic: payment
audience: supplier
queue: payment
law: ""
valid-from: {start}
valid-until: {end}
source: "KSP report 2020/21, ch. 4, 3.2.6"
owner: knowledge-editors
---

"""
ADVANCE = """\
## How much of a contract can be paid in advance? {#share}
? advance payment percent | money up front
Up to 70% of the contract amount can be paid in advance in Korea (2021).

## How long must the bond run? {#bond}
? guarantee duration
The advance payment bond must run 60 days longer than the contract.
"""
LOAN = """\
## What can a company borrow through the network loan? {#loan}
? bank credit on a contract
A company can borrow up to 80% of the contract amount from one of 14 banks.
"""
ANTICIPO = """\
## ¿Qué parte del contrato se puede pagar por adelantado? {#share}
? porcentaje del anticipo
En Corea se puede anticipar hasta el 70 % del importe del contrato (2021).
"""

# The weights of a person who trusts words alone: enough to tell a hit from a miss.
TRUSTING = decide.Model(
    names=evidence.NAMES,
    weights=[8.0 if name == "coverage" else 0.0 for name in evidence.NAMES],
    bias=-4.0,
    answer=0.5,
    ask=0.1,
    fingerprint="",
)


def silent(said: str) -> None:
    """Progress that nobody watches."""
    del said


def write(
    id: str,  # noqa: A002 - the field's own name
    body: str,
    language: str = "en",
    title: str = "Paying",
    start: str = "2021-01-01",
    end: str = "",
) -> str:
    return FRONT.format(id=id, language=language, title=title, start=start, end=end) + body


def text(*args: str, **more: str) -> ArticleText:
    return article_text.parse(write(*args, **more))


@pytest.fixture
def articles(tmp_path: Path) -> Path:
    folder = tmp_path / "articles"
    folder.mkdir()
    (folder / "advance.en.md").write_text(write("advance", ADVANCE, title="Advance payment"))
    (folder / "loan.en.md").write_text(write("loan", LOAN, title="Network loan"))
    (folder / "advance.es.md").write_text(write("advance", ANTICIPO, "es", "Anticipo"))
    return folder


@pytest.fixture
def take_in(engine: Engine, articles: Path) -> Callable[[], ingest.Taken]:
    def run() -> ingest.Taken:
        texts = ingest.read_folder(articles)
        with db.transaction(engine) as s:
            return ingest.take_in(s, events.SYSTEM, texts)

    return run


@pytest.fixture
def library(engine: Engine, take_in: Callable[[], ingest.Taken], tmp_path: Path) -> Library:
    take_in()
    encoder = HashEncoder()
    index.build(engine, encoder, tmp_path / "index", silent)
    return Library(tmp_path / "index", encoder, TRUSTING)
