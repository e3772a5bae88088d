"""What is counted. Every figure is made of these, summed over intervals of a quarter of an hour."""

from dataclasses import dataclass

# Seconds of the smallest interval; all longer ones are sums of it.
INTERVAL = 900
WITHIN_MS = 20_000  # the service level's time
SHORT_MS = 5_000  # who leaves sooner than this hardly waited
# The same contact, or person, in the same queue again within this is a repeat. So long a merge of
# contacts may still change what a hand-off was.
REPEAT_MS = 7 * 86_400_000
RETURN_MS = 86_400_000  # who comes to a person within this was not helped by the bot
SATISFIED = 4  # of 5: the bot's help is then confirmed

MEASURES = (
    "contacts",
    "handed",
    "answered",
    "answered_in",
    "wait_ms",
    "abandoned",
    "abandoned_short",
    "handled",
    "talk_ms",
    "hold_ms",
    "wrap_ms",
    "closed",
    "repeated",
    "repeats",
    "person_repeated",
    "person_repeats",
    "busy_ms",
    "idle_ms",
    "surveys",
    "survey_points",
    "talk_surveys",
    "bot_talks",
    "bot_confirmed",
    "bot_assumed",
    "bot_turns",
    "bot_ms",
    "human_firsts",
    "human_first_ms",
)


@dataclass(frozen=True, slots=True)
class Cell:
    """Where a measure is counted: interval start (epoch seconds) and the four dimensions.

    A dimension that does not apply is empty: nobody's queue, no counselor.
    """

    start: int
    queue: str = ""
    channel: str = ""
    language: str = ""
    counselor: str = ""


def interval_of(ms: int) -> int:
    return ms // 1000 // INTERVAL * INTERVAL
