"""The certificates that outgoing connections are judged by, read once a process.

A client of httpx reads them anew, which takes longer than the rest of its making twentyfold; a desk
has a client for each channel, core and model.
"""

import os
import ssl
from functools import cache

import httpx


def context(*, trust_env: bool = True) -> ssl.SSLContext:
    """What httpx would make for itself: SSL_CERT_FILE and SSL_CERT_DIR count unless not trusted."""
    named = (os.environ.get("SSL_CERT_FILE"), os.environ.get("SSL_CERT_DIR"))
    return _read(*(named if trust_env else (None, None)), trust_env=trust_env)


@cache
def _read(file: str | None, folder: str | None, *, trust_env: bool) -> ssl.SSLContext:
    del file, folder  # httpx looks for itself; who names others gets others
    return httpx.create_ssl_context(trust_env=trust_env)
