"""The desk's own secrets: made once, kept beside the data, readable by nobody else.

What the environment names wins; these files only stand in where it names nothing.
"""

import os
import secrets
from pathlib import Path

OWN = ("DESK_SECRET",)
DEMO = ("PORTAL_KEY", "SIMULATOR_KEY")


def ensure(data: Path, *, demo: bool) -> None:
    """Point NAME_FILE at a key of our own for each secret that is not set."""
    for name in (*OWN, *(DEMO if demo else ())):
        if name in os.environ or f"{name}_FILE" in os.environ:
            continue
        path = data / "keys" / name.casefold()
        if not path.exists():
            path.parent.mkdir(mode=0o700, parents=True, exist_ok=True)
            write_private(path, secrets.token_urlsafe(48))
        os.environ[f"{name}_FILE"] = str(path)


def write_private(path: Path, text: str) -> None:
    """Write a file that only its owner can read, from its first byte on."""
    handle = os.open(path, os.O_WRONLY | os.O_CREAT | os.O_TRUNC, 0o600)
    with os.fdopen(handle, "w") as file:
        file.write(text)
