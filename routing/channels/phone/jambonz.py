"""One's own trunk through jambonz: JSON in, JSON verbs out.

A hook is signed in the header `Jambonz-Signature: t=SECONDS,v1=HEX`, the HMAC-SHA256 over
`SECONDS.BODY` with the account's web hook secret.
"""

import hashlib
import hmac
import json
import re
from collections.abc import Mapping, Sequence
from datetime import UTC, datetime
from typing import Any

from crm import clock
from crm.words import storable
from routing.calls.plan import (
    Ask,
    Bridge,
    Conference,
    HangUp,
    Join,
    Leave,
    Pause,
    Plan,
    Play,
    Prompt,
    Queue,
    Record,
    Redirect,
    Say,
    Verb,
)
from routing.calls.speakable import clean
from routing.channels.phone import numbers
from routing.channels.phone.port import Heard, PhoneHook
from routing.channels.phone.twiml import LOCALES
from routing.channels.port import Forged, Unreadable

SIGNATURE = "jambonz-signature"
# What the people of a room are tagged as there.
CONTACT, COUNSELOR, SUPERVISOR = "contact", "counselor", "supervisor"
SIGNED = re.compile(r"t=(\d{1,12}),v1=([0-9a-f]{64})")
FRESH_SECONDS = 300
# jambonz speaks SIP's words for a call's state.
CALL_STATUS: Mapping[str, str] = {
    "trying": "ringing",
    "ringing": "ringing",
    "early-media": "ringing",
    "in-progress": "live",
    "completed": "completed",
    "busy": "busy",
    "failed": "failed",
    "no-answer": "no_answer",
    "queued": "ringing",
}
QUEUE_RESULT: Mapping[str, str] = {
    "hangup": "gone",
    "leave": "left",
    "bridged": "connected",
    "error": "failed",
}
# What its answering-machine detection tells; all else it tells is no verdict.
ANSWERED_BY: Mapping[str, str] = {
    "amd_human_detected": "person",
    "amd_machine_detected": "machine",
}
CONFERENCE_EVENT: Mapping[str, str] = {
    "start": "began",
    "end": "ended",
    "join": "joined",
    "leave": "left",
}


class Jambonz:
    name = "jambonz"
    media_type = "application/json"

    def __init__(self, secret: str) -> None:
        self._secret = secret.encode()

    def verify(self, hook: PhoneHook) -> None:
        found = SIGNED.fullmatch(hook.headers.get(SIGNATURE, ""))
        if found is None:
            raise Forged
        at, given = found.groups()
        signed = hmac.new(self._secret, at.encode() + b"." + hook.body, hashlib.sha256)
        fresh = abs(clock.now().timestamp() - int(at)) <= FRESH_SECONDS
        if not hmac.compare_digest(signed.hexdigest(), given) or not fresh:
            raise Forged

    def heard(self, hook: PhoneHook) -> Heard:
        try:
            told = json.loads(hook.body)
        except ValueError as error:
            raise Unreadable("not JSON") from error
        call_id = told.get("call_sid") if isinstance(told, dict) else None
        if not isinstance(call_id, str) or not call_id:
            raise Unreadable("no call is named")
        return Heard(
            call_id=storable(call_id)[:100],
            number=numbers.known(_text(told.get("from"))),
            own=numbers.known(_text(told.get("to"))),
            digits=re.sub(r"[^0-9*#]", "", _text(told.get("digits")))[:40],
            speech=_transcript(told.get("speech")),
            confidence=_confidence(told.get("speech")),
            # After a bridge the caller's own line still runs: how the other's ended is the news.
            state=CALL_STATUS.get(_text(told.get("dial_call_status") or told.get("call_status"))),
            left_queue=QUEUE_RESULT.get(_text(told.get("queue_result"))),
            event=CONFERENCE_EVENT.get(_text(told.get("event"))),
            conference=_text(told.get("conference_sid"))[:100] or None,
            room=_text(told.get("friendly_name")) or None,
            answered_by=ANSWERED_BY.get(_text(told.get("type"))),
            at=_moment(told.get("time")),
        )

    def render(self, plan: Plan, base: str) -> bytes:
        return render(plan, base)


def render(plan: Plan, base: str) -> bytes:
    verbs = [made for verb in plan for made in _made(verb, base)]
    return json.dumps(verbs, ensure_ascii=False).encode()


def _made(verb: Verb, base: str) -> list[dict[str, Any]]:  # noqa: C901, PLR0911 - one case a verb
    match verb:
        case Say() | Play() | Pause():
            return _prompt(verb, base)
        case Ask():
            return _ask(verb, base)
        case Queue():
            there = {"actionHook": f"{base}/{verb.to}", "waitHook": f"{base}/{verb.loop}"}
            return [{"verb": "enqueue", "name": verb.name, **there}]
        case Leave():
            return [{"verb": "leave"}]
        case Conference():
            return [_conference(verb, base)]
        case Join():
            return [_join(verb, base)]
        case Bridge():
            return [
                {
                    "verb": "dial",
                    "actionHook": f"{base}/{verb.to}",
                    "timeout": verb.seconds,
                    "target": [{"type": "phone", "number": verb.number}],
                    **({"callerId": verb.caller_id} if verb.caller_id else {}),
                }
            ]
        case Record():
            return [_message(verb, base)]
        case Redirect():
            return [{"verb": "redirect", "actionHook": f"{base}/{verb.to}"}]
        case HangUp("done"):
            return [{"verb": "hangup"}]
        case HangUp():
            return [{"verb": "sip:decline", "status": 486}]


def _prompt(prompt: Prompt, base: str) -> list[dict[str, Any]]:
    match prompt:
        case Say():
            told = spoken(prompt)
            return [{"verb": "say", **told}] if told["text"] else []
        case Play():
            return [{"verb": "play", "url": base.split("/hooks/", 1)[0] + prompt.path}]
        case Pause():
            return [{"verb": "pause", "length": prompt.seconds}]


def spoken(prompt: Say) -> dict[str, Any]:
    """The words and the voice of a `say`, there and wherever else jambonz is to speak."""
    voice = {"vendor": "default", "language": LOCALES[prompt.language]}
    return {"text": clean(prompt.text), "synthesizer": voice}


def _ask(ask: Ask, base: str) -> list[dict[str, Any]]:
    """A gather holds one thing to say: sentences of one voice are one, and what comes before the
    last voice is said first, without barge-in."""
    prompts = [made for prompt in _joined(ask.prompts) for made in _prompt(prompt, base)]
    before, last = prompts[:-1], prompts[-1] if prompts else None
    how = ["digits"] * bool(ask.keys) + ["speech"] * ask.speech
    gather: dict[str, Any] = {
        "verb": "gather",
        "actionHook": f"{base}/{ask.to}",
        "input": how,
        "timeout": ask.seconds,
        "bargein": True,
    }
    if ask.keys == 1:
        gather |= {"numDigits": 1}
    elif ask.keys > 1:
        gather |= {"minDigits": 1, "maxDigits": ask.keys, "finishOnKey": "#"}
    if ask.speech:
        hears: dict[str, Any] = {"vendor": "default", "language": LOCALES[ask.language]}
        hears |= {"hints": [clean(h) for h in ask.hints]} if ask.hints else {}
        gather["recognizer"] = hears
    if last:
        gather[str(last["verb"])] = {k: v for k, v in last.items() if k != "verb"}
    return [*before, gather]


def _joined(prompts: Sequence[Prompt]) -> list[Prompt]:
    joined: list[Prompt] = []
    for prompt in prompts:
        last = joined[-1] if joined else None
        same = (
            isinstance(prompt, Say) and isinstance(last, Say) and prompt.language == last.language
        )
        if same and isinstance(prompt, Say) and isinstance(last, Say):
            joined[-1] = Say(f"{last.text} {prompt.text}", last.language)
        else:
            joined.append(prompt)
    return joined


def _conference(verb: Conference, base: str) -> dict[str, Any]:
    return {
        "verb": "conference",
        "name": verb.room,
        "memberTag": CONTACT,
        "beep": False,
        "startConferenceOnEnter": True,
        "endConferenceOnExit": True,
        "actionHook": f"{base}/{verb.to}",
        "waitHook": f"{base}/{verb.wait}",
        "statusHook": f"{base}/{verb.events}",
        "statusEvents": ["start", "end", "join", "leave"],
    }


def _join(verb: Join, base: str) -> dict[str, Any]:
    """Who whispers speaks to those of the counselor's tag alone; a listener has a tag of no use."""
    quiet = {"joinMuted": True} if verb.mode == "monitor" else {}
    coach = {"speakOnlyTo": COUNSELOR} if verb.mode == "whisper" else {}
    return {
        "verb": "conference",
        "name": verb.room,
        "memberTag": SUPERVISOR if quiet or coach else COUNSELOR,
        "beep": False,
        "startConferenceOnEnter": True,
        "endConferenceOnExit": False,
        "statusHook": f"{base}/{verb.events}",
        "statusEvents": ["start", "end", "join", "leave"],
        **quiet,
        **coach,
    }


def _message(verb: Record, base: str) -> dict[str, Any]:
    """jambonz keeps no sound of its own: the message is taken down in words."""
    return {
        "verb": "gather",
        "actionHook": f"{base}/{verb.to}",
        "input": ["digits", "speech"],
        "finishOnKey": "#",
        "timeout": 10,
        "recognizer": {
            "vendor": "default",
            "language": LOCALES[verb.language],
            "asrTimeout": 4,
        },
    }


def _transcript(speech: Any) -> str:
    """The likeliest words; jambonz gives them as `{"alternatives": [{"transcript": …}]}`."""
    try:
        words = speech["alternatives"][0]["transcript"]
    except (KeyError, IndexError, TypeError):
        return ""
    return storable(words).strip()[:2000] if isinstance(words, str) else ""


def _confidence(speech: Any) -> float:
    """How sure the recogniser is; those that do not say, or say nothing by a 0, count as sure."""
    try:
        sure = float(speech["alternatives"][0]["confidence"])
    except (KeyError, IndexError, TypeError, ValueError):
        return 1.0
    return sure if 0 < sure <= 1 else 1.0


def _moment(value: Any) -> datetime | None:
    try:
        moment = datetime.fromisoformat(_text(value))
    except ValueError:
        return None
    return moment if moment.tzinfo else moment.replace(tzinfo=UTC)


def _text(value: Any) -> str:
    return storable(value) if isinstance(value, str) else ""
