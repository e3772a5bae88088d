"""Links to files for providers that fetch what they are to send: signed, and soon dead."""

import hashlib
import hmac
import re
from datetime import timedelta

from crm import clock

GOOD_FOR = timedelta(hours=2)
TOKEN = re.compile(r"([0-9a-f]{24})\.(\d{10})\.([0-9a-f]{32})")


def link(secret: bytes, public_url: str, file_id: str) -> str:
    """An address under which anybody may fetch the file for `GOOD_FOR`."""
    ends = int((clock.now() + GOOD_FOR).timestamp())
    return f"{public_url}/media/{file_id}.{ends}.{_proof(secret, file_id, ends)}"


def file_of(secret: bytes, token: str) -> str | None:
    """The file that a token of ours still opens."""
    found = TOKEN.fullmatch(token)
    if found is None:
        return None
    file_id, ends, given = found.group(1), int(found.group(2)), found.group(3)
    good = hmac.compare_digest(given, _proof(secret, file_id, ends))
    return file_id if good and ends > clock.now().timestamp() else None


def _proof(secret: bytes, file_id: str, ends: int) -> str:
    return hmac.new(secret, f"media/{file_id}/{ends}".encode(), hashlib.sha256).hexdigest()[:32]
