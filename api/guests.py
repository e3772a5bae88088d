"""Guests by the digest of their token, as last seen: a hint that spares a message one look-up.

It proves nothing. The transaction that keeps the message holds the conversation anyway, and there
the digest is compared with the row (`routing.inbound.from_chat`), so a token that is no longer the
conversation's is refused at once, by whichever process it was taken away.
"""

from collections import OrderedDict

from crm.access import Guest

MOST = 20_000  # of some 200 bytes each


class Guests:
    """Used on the event loop alone, so nothing is locked."""

    def __init__(self) -> None:
        self._seen: OrderedDict[str, Guest] = OrderedDict()

    def find(self, digest: str) -> Guest | None:
        return self._seen.get(digest)

    def keep(self, digest: str, guest: Guest) -> None:
        self._seen[digest] = guest
        while len(self._seen) > MOST:
            self._seen.popitem(last=False)

    def forget(self, digest: str) -> None:
        self._seen.pop(digest, None)
