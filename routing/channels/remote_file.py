"""A file at a provider: its body as far as we take it, or why it is not to be had."""

from collections.abc import Collection, Iterable

from routing.channels.port import Refused, Unreachable

OK = 200
GONE = frozenset({404, 410})
CHUNK = 65_536


def body(
    status: int, chunks: Iterable[bytes], limit: int, *, gone: Collection[int] = GONE
) -> bytes:
    """At most `limit` bytes. Raises Refused for what is gone or larger, which asking again would
    not change, and Unreachable for any other answer than 200."""
    if status in gone:
        raise Refused(f"the provider has it no more ({status})")
    if status != OK:
        raise Unreachable(f"status {status}")
    content = bytearray()
    for chunk in chunks:
        content += chunk
        if len(content) > limit:
            raise Refused("the file is too large")
    return bytes(content)
