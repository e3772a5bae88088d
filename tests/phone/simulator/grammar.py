"""The grammar of TwiML, read out of Twilio's own library: which element holds which, and with what
attributes. The library itself lets almost everything pass; this does not."""

import ast
import inspect
from dataclasses import dataclass, field
from functools import cache
from xml.etree import ElementTree as ET

from twilio.twiml import messaging_response, voice_response

METHODS = {"GET", "POST"}
BOOLEANS = {"true", "false"}
# What the library's signatures do not say.
ENUMS: dict[tuple[str, str], set[str]] = {
    ("Gather", "input"): {"dtmf", "speech", "dtmf speech", "speech dtmf"},
    ("Conference", "beep"): {"true", "false", "onEnter", "onExit"},
    ("Conference", "record"): {"do-not-record", "record-from-start"},
    ("Reject", "reason"): {"rejected", "busy"},
}
OWN_TEXT = {("Enqueue", "name"), ("Queue", "name"), ("Conference", "name"), ("Say", "message"),
            ("Play", "url"), ("Redirect", "url"), ("Number", "phoneNumber"),
            ("Client", "identity")}  # fmt: skip
LANGUAGES = {"en-US", "es-MX", "ko-KR"}
NEEDS_TEXT = {"Say", "Redirect", "Play", "Conference", "Number", "Enqueue"}
LARGEST = 64_000
LONGEST_SAY = 4096
BOOLEAN_ATTRIBUTES = {"bargeIn", "actionOnEmptyResult", "muted", "startConferenceOnEnter",
                      "endConferenceOnExit", "playBeep"}  # fmt: skip


@dataclass
class Element:
    children: set[str] = field(default_factory=set)
    attributes: set[str] = field(default_factory=set)


@cache
def grammar() -> dict[str, Element]:
    """Every class's methods that call `nest(Child(…))`: children, and the attributes of each."""
    found: dict[str, Element] = {}
    for module in (voice_response, messaging_response):
        tree = ast.parse(inspect.getsource(module))
        for made in (n for n in tree.body if isinstance(n, ast.ClassDef)):
            parent = found.setdefault(_tag(made.name), Element())
            for call in (n for n in ast.walk(made) if isinstance(n, ast.Call)):
                inner = _nested(call)
                if inner is None:
                    continue
                child = _tag(inner.func.id)
                parent.children.add(child)
                named = {_camel(k.arg) for k in inner.keywords if k.arg}
                element = found.setdefault(child, Element())
                element.attributes |= {n for n in named if (child, n) not in OWN_TEXT}
    return found


def _nested(call: ast.Call) -> ast.Call | None:
    nests = isinstance(call.func, ast.Attribute) and call.func.attr == "nest"
    inner = call.args[0] if nests and call.args else None
    made = isinstance(inner, ast.Call) and isinstance(inner.func, ast.Name)
    return inner if made else None


def _tag(name: str) -> str:
    return {"VoiceResponse": "Response", "MessagingResponse": "Response"}.get(name, name)


def _camel(name: str) -> str:
    head, *rest = name.rstrip("_").split("_")
    return head + "".join(part.title() for part in rest)


def faults(document: bytes) -> list[str]:
    """Everything that Twilio would not take, in words; none for a good document."""
    if len(document) > LARGEST:
        return [f"{len(document)} bytes"]
    try:
        root = ET.fromstring(document)  # noqa: S314 - the desk's own answer
    except ET.ParseError as error:
        return [f"not well formed: {error}"]
    if root.tag != "Response":
        return [f"the root is {root.tag}"]
    return _faults(root)


def _faults(element: ET.Element) -> list[str]:
    known = grammar()[element.tag]
    wrong = [f for name, value in element.attrib.items() for f in _attribute(element, name, value)]
    text = element.text or ""
    if element.tag in NEEDS_TEXT and not text.strip():
        wrong.append(f"{element.tag} is empty")
    if element.tag == "Say" and len(text) > LONGEST_SAY:
        wrong.append("Say is too long")
    for child in element:
        if child.tag not in known.children:
            wrong.append(f"{child.tag} inside {element.tag}")
        elif child.tag in grammar():
            wrong += _faults(child)
    return wrong


def _attribute(element: ET.Element, name: str, value: str) -> list[str]:
    known, wrong = grammar()[element.tag], []
    where = f"{element.tag}@{name}={value!r}"
    if name not in known.attributes:
        wrong.append(f"{where}: no such attribute")
    allowed = ENUMS.get((element.tag, name))
    if allowed and value not in allowed:
        wrong.append(f"{where}: not one of {sorted(allowed)}")
    if name.casefold().endswith("method") and value not in METHODS:
        wrong.append(f"{where}: not a method")
    if name in BOOLEAN_ATTRIBUTES and value not in BOOLEANS:
        wrong.append(f"{where}: not true or false")
    if name == "language" and value not in LANGUAGES:
        wrong.append(f"{where}: not a language of this desk")
    if (name == "action" or name.endswith("Url")) and not value.startswith("https://"):
        wrong.append(f"{where}: not an address")
    return wrong
