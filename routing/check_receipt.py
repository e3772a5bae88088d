#!/usr/bin/env python3
"""Check a receipt without the desk. Standard library only, one file.

    python3 check_receipt.py receipt.json [journal.jsonl]

Every event's hash is recomputed from what the event says. With the journal's export, its whole
chain is checked too, and that the receipt's events and its own place in the journal stand in it.
Prints one line for each check; ends with 0 only where all hold.
"""

import hashlib
import json
import sys
from collections.abc import Iterable, Iterator
from pathlib import Path
from typing import Any

GENESIS = "0" * 64


def hash_of(event: dict[str, Any]) -> str:
    fields = {
        "kind": event["kind"],
        "at": event["at"],
        "actor": [event["actor"]["kind"], event["actor"]["id"]],
        "about": [event["conversation_id"], event["message_id"], event["ticket_id"]],
        "data": event["data"],
        "digest": event["digest"],
        "previous": event["previous"],
    }
    text = json.dumps(fields, sort_keys=True, ensure_ascii=False, separators=(",", ":"))
    return hashlib.sha256(text.encode()).hexdigest()


def checks(receipt: dict[str, Any], journal: Iterable[dict[str, Any]] | None) -> Iterator[Any]:
    """(what is checked, whether it holds), one after the other."""
    told = receipt["events"]
    yield "it has events", bool(told)
    yield "each event is what its hash says", all(e["hash"] == hash_of(e) for e in told)
    ids = [e["id"] for e in told]
    yield "the events are in their order", ids == sorted(set(ids))
    if journal is None:
        return
    previous, chained, found = GENESIS, True, {}
    wanted = {*ids, receipt["journal"]["id"]}
    for event in journal:
        chained = chained and event["previous"] == previous and event["hash"] == hash_of(event)
        previous = event["hash"]
        if event["id"] in wanted:
            found[event["id"]] = event
    yield "the journal's chain is whole", chained
    yield "the events stand in the journal", all(found.get(e["id"]) == e for e in told)
    place = found.get(receipt["journal"]["id"], {})
    yield "the journal goes on from the receipt", place.get("hash") == receipt["journal"]["hash"]


def main(arguments: list[str]) -> int:
    receipt = json.loads(Path(arguments[0]).read_text("utf-8"))
    journal = None
    if len(arguments) > 1:
        with Path(arguments[1]).open(encoding="utf-8") as lines:
            journal = [json.loads(line) for line in lines if line.strip()]
    found = list(checks(receipt, journal))
    for what, holds in found:
        sys.stdout.write(f"{'ok    ' if holds else 'WRONG '} {what}\n")
    return 0 if all(holds for _, holds in found) else 1


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
