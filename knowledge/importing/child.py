"""The program that reads one file, with little memory and time, and nothing else in its reach.

It is told how many seconds of CPU it has. The name and the bytes come by standard input; a Read, or
why there is none, goes out as JSON.
"""

import json
import resource
import sys
import warnings
from dataclasses import asdict
from importlib import import_module
from typing import Any

from knowledge.importing import kinds, sections, tongue
from knowledge.importing.port import MEMORY, Kind, Note, Reader, Unreadable


def main() -> None:
    _bound(int(sys.argv[1]))
    warnings.simplefilter("ignore")
    name = sys.stdin.buffer.readline().decode("utf-8").rstrip("\n")
    content = sys.stdin.buffer.read()
    try:
        told = _read(name, content)
    except Unreadable as error:
        told = {"unreadable": error.code, "figures": dict(error.figures)}
    except MemoryError:
        told = {"unreadable": "too_much", "figures": {}}
    sys.stdout.write(json.dumps(told))


def _bound(cpu_seconds: int) -> None:
    """What goes over this ends the process; it writes no file."""
    resource.setrlimit(resource.RLIMIT_AS, (MEMORY, MEMORY))
    resource.setrlimit(resource.RLIMIT_CPU, (cpu_seconds, cpu_seconds))
    resource.setrlimit(resource.RLIMIT_FSIZE, (0, 0))
    resource.setrlimit(resource.RLIMIT_CORE, (0, 0))


def _read(name: str, content: bytes) -> dict[str, Any]:
    kind, notes = kinds.kind_of(name, content)
    text = _reader(kind)(content)
    title = " ".join(text.title.split())[:200]
    body, more = sections.of(title, text.markdown)
    language = text.about.get("language") or tongue.guess(f"{title}\n{body}")
    if language is None:
        more.append(Note("no_language"))
    return {
        "kind": kind,
        "title": title,
        "language": language,
        "markdown": body,
        "notes": [asdict(note) for note in (*notes, *text.notes, *more)],
        "about": dict(text.about),
    }


def _reader(kind: Kind) -> Reader:
    """The module of its name: loading those of the others takes longer than most files."""
    read: Reader = import_module(f"knowledge.importing.{kind}").read
    return read


if __name__ == "__main__":
    main()
