"""The call plan in TwiML, through Twilio's own library. What the library lets pass, tests catch."""

from twilio.twiml.voice_response import Dial, Gather, VoiceResponse

from knowledge.port import Language
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

MEDIA_TYPE = "text/xml; charset=utf-8"
LOCALES: dict[Language, str] = {"en": "en-US", "es": "es-MX", "ko": "ko-KR"}
LONGEST_SAY = 3900  # Twilio takes 4,096 characters
CONFERENCE_EVENTS = "start end join leave hold mute"


def render(plan: Plan, base: str) -> bytes:
    """`base` is the account's public address, without a slash at its end."""
    response = VoiceResponse()
    for verb in plan:
        _add(response, verb, base)
    return str(response).encode()


def _add(response: VoiceResponse, verb: Verb, base: str) -> None:  # noqa: C901 - one case a verb
    match verb:
        case Say() | Play() | Pause():
            _prompt(response, verb, base)
        case Ask():
            _ask(response, verb, base)
        case Queue():
            response.enqueue(
                verb.name,
                action=f"{base}/{verb.to}",
                method="POST",
                wait_url=f"{base}/{verb.loop}",
                wait_url_method="POST",
            )
        case Leave():
            response.leave()
        case Conference():
            _conference(response, verb, base)
        case Join():
            _join(response, verb, base)
        case Bridge():
            dial = response.dial(
                action=f"{base}/{verb.to}",
                method="POST",
                caller_id=verb.caller_id or None,
                timeout=verb.seconds,
            )
            dial.number(verb.number)
        case Record():
            response.record(
                action=f"{base}/{verb.to}",
                method="POST",
                max_length=verb.seconds,
                timeout=6,
                finish_on_key="#",
                play_beep=True,
                recording_status_callback=f"{base}/{verb.done}",
                recording_status_callback_method="POST",
            )
        case Redirect():
            response.redirect(f"{base}/{verb.to}", method="POST")
        case HangUp("done"):
            response.hangup()
        case HangUp(why):
            response.reject(reason="busy" if why == "busy" else "rejected")


def _prompt(parent: VoiceResponse | Gather, prompt: Prompt, base: str) -> None:
    match prompt:
        case Say():
            text = clean(prompt.text)[:LONGEST_SAY]
            if text:
                parent.say(text, language=LOCALES[prompt.language])
        case Play():
            parent.play(_desk(base) + prompt.path)
        case Pause():
            parent.pause(length=prompt.seconds)


def _ask(response: VoiceResponse, ask: Ask, base: str) -> None:
    how = ["dtmf"] * bool(ask.keys) + ["speech"] * ask.speech
    gather = response.gather(
        input=" ".join(how),
        action=f"{base}/{ask.to}",
        method="POST",
        timeout=ask.seconds,
        language=LOCALES[ask.language],
        barge_in=True,
        action_on_empty_result=True,
    )
    extra: dict[str, object] = {}
    if ask.keys == 1:  # then `#` and `*` are keys like all others
        extra |= {"numDigits": 1, "finishOnKey": ""}
    elif ask.keys > 1:
        extra |= {"numDigits": ask.keys, "finishOnKey": "#"}
    if ask.speech:
        extra |= {"speechTimeout": "auto"}
        hints = ",".join(clean(h).replace(",", " ") for h in ask.hints)[:500]
        extra |= {"hints": hints} if hints else {}
    gather.attrs |= extra
    for prompt in ask.prompts:
        _prompt(gather, prompt, base)


def _conference(response: VoiceResponse, verb: Conference, base: str) -> None:
    dial: Dial = response.dial(action=f"{base}/{verb.to}", method="POST")
    recording: dict[str, object] = {}
    if verb.record_to:
        recording = {
            "record": "record-from-start",
            "recording_status_callback": f"{base}/{verb.record_to}",
            "recording_status_callback_method": "POST",
            "recording_status_callback_event": "completed absent",
        }
    dial.conference(
        verb.room,
        beep="false",
        start_conference_on_enter=True,
        end_conference_on_exit=True,
        participant_label="contact",
        wait_url=f"{base}/{verb.wait}",
        wait_method="POST",
        status_callback=f"{base}/{verb.events}",
        status_callback_method="POST",
        status_callback_event=CONFERENCE_EVENTS,
        **recording,
    )


def _join(response: VoiceResponse, verb: Join, base: str) -> None:
    coached = {"coach": verb.coached} if verb.mode == "whisper" and verb.coached else {}
    response.dial().conference(
        verb.room,
        beep="false",
        muted=verb.mode == "monitor",
        start_conference_on_enter=True,
        end_conference_on_exit=False,
        participant_label=verb.leg,
        status_callback=f"{base}/{verb.events}",
        status_callback_method="POST",
        status_callback_event=CONFERENCE_EVENTS,
        **coached,
    )


def _desk(base: str) -> str:
    """The desk's own public address, out of the account's."""
    return base.split("/hooks/", 1)[0]
