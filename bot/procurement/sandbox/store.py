"""The sandbox's own file: whole objects as JSON, owner tokens as digests, handed-in files.

One connection, used by one request at a time (`Core` holds the lock).
"""

import hashlib
import json
import sqlite3
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import datetime
from pathlib import Path
from typing import Any

Doc = dict[str, Any]

SCHEMA = """
CREATE TABLE IF NOT EXISTS objects (
    kind TEXT NOT NULL, id TEXT NOT NULL, body TEXT NOT NULL, config TEXT NOT NULL,
    place INTEGER, mode TEXT NOT NULL, due REAL, PRIMARY KEY (kind, id));
CREATE INDEX IF NOT EXISTS objects_by_place ON objects (kind, place);
DROP INDEX IF EXISTS objects_by_due;
CREATE INDEX IF NOT EXISTS objects_by_kind_and_due ON objects (kind, due) WHERE due IS NOT NULL;
CREATE TABLE IF NOT EXISTS tokens (
    object TEXT NOT NULL, role TEXT NOT NULL, digest TEXT NOT NULL,
    PRIMARY KEY (object, role, digest));
CREATE TABLE IF NOT EXISTS numbers (name TEXT PRIMARY KEY, value INTEGER NOT NULL);
CREATE TABLE IF NOT EXISTS files (id TEXT PRIMARY KEY, media_type TEXT, title TEXT, content BLOB);
"""


class Store:
    def __init__(self, path: Path | None) -> None:
        self._db = sqlite3.connect(
            path or ":memory:", isolation_level=None, check_same_thread=False
        )
        self._db.execute("PRAGMA journal_mode=WAL")
        self._db.execute("PRAGMA synchronous=NORMAL")
        self._db.executescript(SCHEMA)

    def close(self) -> None:
        self._db.close()

    @contextmanager
    def transaction(self) -> Iterator[None]:
        self._db.execute("BEGIN IMMEDIATE")
        try:
            yield
        except BaseException:
            self._db.execute("ROLLBACK")
            raise
        self._db.execute("COMMIT")

    def get(self, kind: str, key: str) -> tuple[Doc, Doc] | None:
        """The object and its config."""
        row = self._db.execute(
            "SELECT body, config FROM objects WHERE kind = ? AND id = ?", (kind, key)
        ).fetchone()
        return (json.loads(row[0]), json.loads(row[1])) if row else None

    def put(
        self,
        kind: str,
        doc: Doc,
        config: Doc,
        *,
        public: bool,
        due: datetime | None = None,
        quiet: bool = False,
    ) -> None:
        """Keep an object. A public one takes the last place of its feed, unless `quiet`."""
        place = self.next("feed") if public and not quiet else None
        self._db.execute(
            "INSERT INTO objects VALUES (?, ?, ?, ?, ?, ?, ?) ON CONFLICT (kind, id) DO UPDATE SET "
            "body = excluded.body, config = excluded.config, "
            "place = coalesce(excluded.place, objects.place), due = excluded.due",
            (
                kind, doc["id"], json.dumps(doc, ensure_ascii=False), json.dumps(config), place,
                doc.get("mode", ""), due.timestamp() if due else None,
            ),
        )  # fmt: skip

    def is_due(self, kind: str, now: datetime) -> bool:
        found = self._db.execute(
            "SELECT 1 FROM objects WHERE kind = ? AND due IS NOT NULL AND due <= ? LIMIT 1",
            (kind, now.timestamp()),
        )
        return found.fetchone() is not None

    def due(self, kind: str, now: datetime) -> list[str]:
        """Objects whose time has come."""
        rows = self._db.execute(
            "SELECT id FROM objects WHERE kind = ? AND due IS NOT NULL AND due <= ? ORDER BY due",
            (kind, now.timestamp()),
        )
        return [row[0] for row in rows]

    def feed(
        self, kind: str, after: int | None, limit: int, *, descending: bool, mode: str
    ) -> list[tuple[int, Doc]]:
        """Public objects by the place of their last change, with that place."""
        compare, order = ("<", "DESC") if descending else (">", "ASC")
        where, values = "kind = ? AND place IS NOT NULL", [kind]
        if mode != "_all_":
            where += " AND mode = ?"
            values.append(mode)
        if after is not None:
            where += f" AND place {compare} {after:d}"
        rows = self._db.execute(
            f"SELECT place, body FROM objects WHERE {where} ORDER BY place {order} LIMIT {limit:d}",  # noqa: S608 - only whole numbers are written in
            values,
        )
        return [(row[0], json.loads(row[1])) for row in rows]

    def all(self, kind: str) -> Iterator[Doc]:
        for row in self._db.execute("SELECT body FROM objects WHERE kind = ?", (kind,)).fetchall():
            yield json.loads(row[0])

    def next(self, name: str) -> int:
        row = self._db.execute(
            "INSERT INTO numbers VALUES (?, 1) ON CONFLICT (name) "
            "DO UPDATE SET value = value + 1 RETURNING value",
            (name,),
        ).fetchone()
        value: int = row[0]
        return value

    def entrust(self, key: str, role: str, token: str) -> None:
        self._db.execute(
            "INSERT OR IGNORE INTO tokens VALUES (?, ?, ?)", (key, role, _digest(token))
        )

    def holds(self, key: str, role: str, token: str) -> bool:
        """Whether the token is one of this object in this role."""
        found = self._db.execute(
            "SELECT 1 FROM tokens WHERE object = ? AND role = ? AND digest = ?",
            (key, role, _digest(token)),
        )
        return found.fetchone() is not None

    def lend(self, source: str, target: str, role: str) -> None:
        """Whoever holds `source` also holds `target` in this role."""
        self._db.execute(
            "INSERT OR IGNORE INTO tokens SELECT ?, ?, digest FROM tokens WHERE object = ?",
            (target, role, source),
        )

    def keep_file(self, key: str, media_type: str, title: str, content: bytes) -> None:
        self._db.execute("INSERT INTO files VALUES (?, ?, ?, ?)", (key, media_type, title, content))

    def file(self, key: str) -> tuple[str, str, bytes] | None:
        row: tuple[str, str, bytes] | None = self._db.execute(
            "SELECT media_type, title, content FROM files WHERE id = ?", (key,)
        ).fetchone()
        return row


def _digest(token: str) -> str:
    return hashlib.sha256(token.encode()).hexdigest()
