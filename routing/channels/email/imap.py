"""The mailbox of IMAP_URL: what is new in it, each mail marked only after it was taken in.

A keyword of our own marks what was taken, not \\Seen: a person who reads the same mailbox takes
nothing away from the desk. Whatever dies in between is fetched again and known by its identity.
"""

import contextlib
import logging
import ssl
import threading
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from datetime import timedelta
from urllib.parse import unquote, urlsplit

from imapclient import IMAPClient  # type: ignore[import-untyped]
from imapclient.exceptions import IMAPClientError  # type: ignore[import-untyped]

from crm import clock
from routing.channels.port import Hook

log = logging.getLogger(__name__)

TAKEN = "$DeskTaken"
SEEN = "\\Seen"
# A box that is connected for the first time is not read back to its beginning.
LOOKS_BACK = timedelta(days=30)
SECONDS = 30
LONGEST_PAUSE = 300.0
LOOPBACK = frozenset({"localhost", "127.0.0.1", "::1"})
PORTS = {"imap": 143, "imaps": 993}
# Set on the hook of a mail that is too large to be fetched: its headers alone are the body.
TOO_LARGE = ":too_large"


@dataclass(frozen=True, slots=True)
class Mailbox:
    """`imaps://user:password@host:port/Folder`, or `imap://…` (STARTTLS, but on loopback)."""

    url: str
    max_bytes: int
    account: str = "main"

    def watch(self, take: Callable[[Hook], None], stop: threading.Event, *, every: float) -> None:
        """Look again and again; a server that is away is asked more and more rarely."""
        pause = every
        while not stop.is_set():
            try:
                while self.fetch_new(take, stop) and not stop.is_set():
                    pass
                pause = every
            except (OSError, IMAPClientError) as error:
                pause = min(pause * 2, LONGEST_PAUSE)
                log.warning("the mailbox cannot be read: %s", type(error).__name__)
            except Exception:
                pause = min(pause * 2, LONGEST_PAUSE)
                log.exception("a mail could not be kept; it stays in the mailbox")
            stop.wait(pause)

    def fetch_new(
        self, take: Callable[[Hook], None], stop: threading.Event | None = None, limit: int = 50
    ) -> int:
        """Take in at most `limit` mails and mark them; returns how many."""
        with self._opened() as (imap, mark):
            wanted = ["UNKEYWORD", TAKEN] if mark == TAKEN else ["UNSEEN"]
            since = (clock.now() - LOOKS_BACK).date()
            found = imap.search([*wanted, "UNDELETED", "SINCE", since])[:limit]
            for uid in found:
                if stop is not None and stop.is_set():
                    break
                hook = self._hook(imap, uid)
                if hook is not None:
                    take(hook)
                imap.add_flags([uid], [mark], silent=True)
            return len(found)

    def _hook(self, imap: IMAPClient, uid: int) -> Hook | None:
        sizes = imap.fetch([uid], ["RFC822.SIZE"]).get(uid)
        if sizes is None:  # someone deleted it since
            return None
        size = int(sizes[b"RFC822.SIZE"])
        part = b"BODY[]" if size <= self.max_bytes else b"BODY[HEADER]"
        asked = part.decode().replace("BODY", "BODY.PEEK")
        body = imap.fetch([uid], [asked]).get(uid, {}).get(part)
        if body is None:
            return None
        headers = {TOO_LARGE: str(size)} if size > self.max_bytes else {}
        return Hook(self.account, headers, bytes(body))

    @contextlib.contextmanager
    def _opened(self) -> Iterator[tuple[IMAPClient, str]]:
        parts = urlsplit(self.url)
        host, port = parts.hostname or "", parts.port or PORTS[parts.scheme]
        context = ssl.create_default_context()
        imap = IMAPClient(
            host, port, ssl=parts.scheme == "imaps", ssl_context=context, timeout=SECONDS
        )
        try:
            if parts.scheme == "imap" and host not in LOOPBACK:
                imap.starttls(context)
            imap.login(unquote(parts.username or ""), unquote(parts.password or ""))
            opened = imap.select_folder(unquote(parts.path.strip("/")) or "INBOX")
            allowed = {flag.decode().lower() for flag in opened.get(b"PERMANENTFLAGS", ())}
            keeps = "\\*" in allowed or TAKEN.lower() in allowed
            yield imap, TAKEN if keeps else SEEN
        finally:
            with contextlib.suppress(OSError, IMAPClientError):
                imap.logout()
