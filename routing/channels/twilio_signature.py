"""Whether a web hook is Twilio's: HMAC over the public URL and the form, as Twilio publishes it.

Signed is the URL that Twilio was told, so it is built from the desk's own public URL and from the
path and query exactly as they came; Host and X-Forwarded-* are whatever the sender likes.
"""

import base64
import hashlib
import hmac
from collections.abc import Iterable
from urllib.parse import parse_qsl, urlsplit

HEADER = "x-twilio-signature"
MAX_FIELDS = 200


def form_fields(body: bytes) -> list[tuple[str, str]]:
    """The fields of a form in their order, empty ones too; raises ValueError beyond all reason."""
    text = body.decode("utf-8", "replace")
    return parse_qsl(text, keep_blank_values=True, errors="replace", max_num_fields=MAX_FIELDS)


def signature(token: str, url: str, fields: Iterable[tuple[str, str]]) -> str:
    """Base64 of HMAC-SHA1 over the URL and every field, sorted, a repeated value counted once."""
    signed = url + "".join(name + value for name, value in sorted(set(fields)))
    digest = hmac.new(token.encode(), signed.encode("utf-8", "surrogatepass"), hashlib.sha1)
    return base64.b64encode(digest.digest()).decode()


def is_twilios(
    token: str,
    public_url: str,
    target: str,
    fields: Iterable[tuple[str, str]],
    given: str | None,
) -> bool:
    """Whether `given`, the header's value or None, signs a hook sent to `target`.

    `target` is the path and query as they stood in the request line, percent signs and all
    (`Hook.target`). Pure; a missing or senseless signature is False and never an error. Only the
    SHA-1 of an auth token is known here: an algorithm named by the request would be the sender's.
    """
    if not given or not token:
        return False
    fields = list(fields)
    matches = False
    for url in _spellings(public_url.rstrip("/") + target):
        expected = signature(token, url, fields)
        matches |= hmac.compare_digest(expected.encode(), given.encode("utf-8", "surrogatepass"))
    return matches


def _spellings(url: str) -> set[str]:
    """The URL as configured, and with the scheme's own port written out or left away.

    Twilio has signed both over the years. No other port is taken for the same.
    """
    parts = urlsplit(url)
    own = {"https": 443, "http": 80}.get(parts.scheme)
    if own is None or parts.port not in {None, own}:
        return {url}
    host = parts.netloc.removesuffix(f":{own}")
    start = len(parts.scheme) + len("://") + len(parts.netloc)
    rest = url[start:]
    return {f"{parts.scheme}://{host}{rest}", f"{parts.scheme}://{host}:{own}{rest}"}
