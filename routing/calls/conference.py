"""The conference in which a call meets people, by the name that the provider knows it by."""

from crm.models import Call


def room_of(call: Call) -> str:
    """A name for the room that the caller enters next: what is told of an earlier one is known."""
    return f"call-{call.id}-{call.serial}"


def call_of(room: str | None) -> str | None:
    """The id of the call whose room this is."""
    parts = (room or "").split("-")
    return parts[1] if len(parts) == 3 and parts[0] == "call" else None
