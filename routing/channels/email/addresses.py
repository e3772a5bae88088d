"""Addresses that carry a proof: replies come back to a conversation, bounces to a delivery.

`help+c<conversation>.<proof>@…` is where we ask to be answered, `help+b<delivery>.<proof>@…` is the
envelope sender. Lower-case hex alone: some systems lower local parts. The proof is 64 bits of
HMAC-SHA256, so that nobody can write into a talk whose id he happens to know.
"""

import hashlib
import hmac
import re
from dataclasses import dataclass

PLUS = re.compile(r"\+([cb])([0-9a-f]{24})\.([0-9a-f]{16})@", re.IGNORECASE)
OUR_ID = re.compile(r"<d\.([0-9a-f]{24})\.([0-9a-f]{16})@[^>\s]+>", re.IGNORECASE)


@dataclass(frozen=True, slots=True)
class Addresses:
    """The desk's own mail address, with the secret that proves what was added to it."""

    address: str
    secret: bytes

    @property
    def domain(self) -> str:
        return self.address.rpartition("@")[2]

    def of_conversation(self, conversation_id: str) -> str:
        return self._plus("c", conversation_id)

    def of_delivery(self, delivery_id: str) -> str:
        return self._plus("b", delivery_id)

    def message_id(self, delivery_id: str) -> str:
        """The Message-ID of a delivery: the same for each try, so that servers can see doubles."""
        return f"<d.{delivery_id}.{self._proof('b', delivery_id)}@{self.domain}>"

    def conversation_in(self, text: str) -> str | None:
        """The conversation that one of the addresses in `text` proves."""
        return self._found("c", text)

    def delivery_in(self, text: str) -> str | None:
        return self._found("b", text)

    def delivery_of_ids(self, text: str) -> str | None:
        """The delivery that one of the Message-IDs in `text` names and proves."""
        for named, proof in OUR_ID.findall(text):
            if hmac.compare_digest(proof.lower(), self._proof("b", named.lower())):
                return str(named.lower())
        return None

    def is_own(self, address: str) -> bool:
        """Whether a mail from there is from this desk itself."""
        local, _, domain = address.lower().rpartition("@")
        own_local, _, own_domain = self.address.lower().rpartition("@")
        return (local.partition("+")[0], domain) == (own_local, own_domain)

    def _plus(self, kind: str, row: str) -> str:
        local, _, domain = self.address.rpartition("@")
        return f"{local}+{kind}{row}.{self._proof(kind, row)}@{domain}"

    def _found(self, wanted: str, text: str) -> str | None:
        for kind, row, proof in PLUS.findall(text):
            proven = hmac.compare_digest(proof.lower(), self._proof(kind.lower(), row.lower()))
            if kind.lower() == wanted and proven:
                return str(row.lower())
        return None

    def _proof(self, kind: str, row: str) -> str:
        said = f"mail/{kind}/{row}".encode()
        return hmac.new(self.secret, said, hashlib.sha256).hexdigest()[:16]
