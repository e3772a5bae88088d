"""Twilio's words in the desk's. A test holds each table against Twilio's own list."""

from collections.abc import Mapping

# Call.state; the last five are final.
CALL_STATUS: Mapping[str, str] = {
    "queued": "ringing",
    "initiated": "ringing",
    "ringing": "ringing",
    "in-progress": "live",
    "answered": "live",
    "completed": "completed",
    "busy": "busy",
    "failed": "failed",
    "no-answer": "no_answer",
    "canceled": "canceled",
}
# What becomes of someone the desk rang.
PARTICIPANT_STATUS: Mapping[str, str] = {
    "queued": "ringing",
    "connecting": "ringing",
    "ringing": "ringing",
    "connected": "joined",
    "complete": "left",
    "failed": "failed",
}
CONFERENCE_EVENT: Mapping[str, str] = {
    "conference-start": "began",
    "conference-end": "ended",
    "participant-join": "joined",
    "participant-leave": "left",
    "participant-hold": "held",
    "participant-unhold": "resumed",
    "participant-mute": "muted",
    "participant-unmute": "unmuted",
    "participant-modify": "changed",
    "participant-speech-start": "changed",
    "participant-speech-stop": "changed",
    "announcement-end": "changed",
    "announcement-fail": "changed",
}
# `completed` has sound to copy; `absent` never will.
RECORDING_STATUS: Mapping[str, str] = {
    "in-progress": "running",
    "paused": "running",
    "stopped": "running",
    "processing": "running",
    "completed": "completed",
    "absent": "absent",
    "deleted": "absent",
    "failed": "absent",
}
# How a wait in the queue ended.
QUEUE_RESULT: Mapping[str, str] = {
    "bridged": "connected",
    "bridging-in-process": "connected",
    "leave": "left",
    "hangup": "gone",
    "redirected": "moved",
    "redirected-from-bridged": "moved",
    "queue-full": "full",
    "error": "failed",
    "system-error": "failed",
}
DIAL_STATUS: Mapping[str, str] = {
    "completed": "completed",
    "answered": "completed",
    "busy": "busy",
    "no-answer": "no_answer",
    "failed": "failed",
    "canceled": "canceled",
}
ANSWERED_BY: Mapping[str, str] = {
    "human": "person",
    "unknown": "person",
    "machine_start": "machine",
    "machine_end_beep": "machine",
    "machine_end_silence": "machine",
    "machine_end_other": "machine",
    "fax": "fax",
}
# What Twilio sends for a caller who withholds the number.
WITHHELD = frozenset(
    {
        "",
        "anonymous",
        "restricted",
        "private",
        "unavailable",
        "unknown",
        "asserted",
        "+7378742833",
        "+7378742883",
        "+2562533",
        "+8566696",
        "+8656696",
        "+86282452253",
        "+464",
        "+266696687",
    }
)
