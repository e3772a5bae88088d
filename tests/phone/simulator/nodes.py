"""What a telephone was told, whichever language it was told in: the same few nodes."""

import json
from dataclasses import dataclass, field
from xml.etree import ElementTree as ET


@dataclass
class Node:
    kind: str
    text: str = ""
    language: str = ""
    attrs: dict[str, str] = field(default_factory=dict)
    children: list["Node"] = field(default_factory=list)


def from_twiml(document: bytes) -> list[Node]:
    root = ET.fromstring(document)  # noqa: S314 - the desk's own answer
    assert root.tag == "Response", root.tag
    return [_of_element(child) for child in root]


def _of_element(element: ET.Element) -> Node:
    return Node(
        element.tag,
        (element.text or "").strip(),
        element.attrib.get("language", ""),
        dict(element.attrib),
        [_of_element(child) for child in element],
    )


def from_jambonz(document: bytes) -> list[Node]:
    verbs = json.loads(document)
    assert isinstance(verbs, list), verbs
    return [_of_verb(verb) for verb in verbs]


def _of_verb(verb: dict) -> Node:
    kind = verb["verb"]
    if kind == "say":
        return Node("Say", verb["text"], verb["synthesizer"]["language"])
    if kind == "play":
        return Node("Play", verb["url"])
    if kind == "pause":
        return Node("Pause", attrs={"length": str(verb["length"])})
    if kind == "gather":
        how = [{"digits": "dtmf"}.get(i, i) for i in verb["input"]]
        attrs = {
            "input": " ".join(how),
            "action": verb["actionHook"],
            "timeout": str(verb["timeout"]),
            "finishOnKey": verb.get("finishOnKey", ""),
            "actionOnEmptyResult": "true",
        }
        if "numDigits" in verb or "maxDigits" in verb:
            attrs["numDigits"] = str(verb.get("numDigits") or verb["maxDigits"])
        inner = [{"verb": k, **verb[k]} for k in ("say", "play") if k in verb]
        return Node("Gather", "", "", attrs, [_of_verb(v) for v in inner])
    if kind == "enqueue":
        attrs = {"action": verb["actionHook"], "waitUrl": verb["waitHook"]}
        return Node("Enqueue", verb["name"], "", attrs)
    if kind == "conference":
        tag = verb.get("memberTag", "")
        attrs = {
            "statusCallback": verb["statusHook"],
            "participantLabel": tag if tag == "contact" else "",
            "muted": str(verb.get("joinMuted", False)).lower(),
            "coach": verb.get("speakOnlyTo", ""),
        }
        conference = Node("Conference", verb["name"], "", attrs)
        return Node("Dial", "", "", {"action": verb.get("actionHook", "")}, [conference])
    if kind == "dial":
        number = Node("Number", verb["target"][0]["number"])
        return Node("Dial", "", "", {"action": verb["actionHook"]}, [number])
    if kind == "redirect":
        return Node("Redirect", verb["actionHook"])
    return Node({"hangup": "Hangup", "leave": "Leave", "sip:decline": "Reject"}[kind])
