"""What came of a yes, as the contact reads it."""

from datetime import tzinfo
from typing import get_args
from zoneinfo import ZoneInfo

from bot import port
from bot.acting.refusals import MENDABLE
from bot.acting.telling import names_a_value, receipt_text, refusal
from bot.phrases import catalogue
from bot.procurement.port import Refused
from bot.wording import Wording
from knowledge.port import Language
from routing.actions import QUEUE_OF, Outcome

_zone: tzinfo | None = None


def use_zone(name: str) -> None:
    """The agency's time zone, in which receipts tell the time."""
    global _zone  # noqa: PLW0603 - one agency per process, set once at its start
    _zone = ZoneInfo(name)


def told_of(language: str, outcome: Outcome) -> port.Spoken:
    """The step that a turn says instead of `Perform`."""
    words = Wording(catalogue(), _known(language))
    if outcome.state == "done" and outcome.receipt is not None:
        text = receipt_text(words, outcome.kind, outcome.receipt, _zone, outcome.undo)
        return port.Acted(text, outcome.action)
    if outcome.state == "unknown":
        return port.HandOff(
            text=words("act_unknown"),
            reason="unknown_act",
            queue=QUEUE_OF.get(outcome.kind, "bidding"),
            goal=words("act_unknown")[:160],
        )
    if outcome.state == "away":
        choices = (words("choice_yes_do"), words("choice_cancel"))
        return port.AskBack(words("act_core_away"), choices)
    if outcome.state == "nothing" or outcome.error is None:
        return port.Abstain(words("nothing_proposed"), ())
    ways = ["choice_counselor"]
    if goes_on(outcome.error):
        ways.insert(0, "choice_go_on")
    said = refusal(words, outcome.error, _zone)
    return port.Abstain(said, tuple(words(key) for key in ways))


def goes_on(error: Refused) -> bool:
    """Whether the act, refused at the yes, is kept: it is checked anew and shown again."""
    if error.reason in ("changed", "over_limit"):
        return True
    return error.reason in MENDABLE and names_a_value(Wording(catalogue(), "en"), error)


def late_text(language: str, outcome: Outcome) -> str:
    """The words alone, for a contact whose turn is over."""
    return told_of(language, outcome).text


def _known(language: str) -> Language:
    return next((one for one in get_args(Language) if one == language), "en")
