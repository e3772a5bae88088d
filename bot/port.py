"""The bot's port: a turn goes in, steps come out. Nothing here touches the record."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date, datetime
from typing import Any, Literal, Protocol

from knowledge.port import Citation, Language, Search

Act = Literal[
    "answer",
    "clarify",
    "abstain",
    "handoff",
    "action_preview",
    "action_done",
    "cancel",
    "smalltalk",
]

# The outcome of a turn is the act of its weightiest step; every other reply of the turn has none.
ACTS_BY_WEIGHT: tuple[Act, ...] = (
    "handoff",
    "action_done",
    "action_preview",
    "cancel",
    "answer",
    "abstain",
    "clarify",
    "smalltalk",
)

# What the bot remembers of a conversation between two turns: plain JSON, kept in the record.
State = Mapping[str, Any]


@dataclass(frozen=True, slots=True)
class Said:
    """One earlier public message of the conversation."""

    author: Literal["contact", "bot", "counselor", "system"]
    text: str
    act: Act | None = None


@dataclass(frozen=True, slots=True)
class SentFile:
    id: str
    name: str
    media_type: str


@dataclass(frozen=True, slots=True)
class Turn:
    """One message of a contact with all that the bot may know when it answers.

    `language` is the language of the conversation so far; the bot finds out that of the message.
    `history` is oldest first and ends before `text`. `as_of` is the day the answer must be true on.
    """

    conversation: str
    text: str
    language: Language
    as_of: date
    channel: str = "web"
    history: Sequence[Said] = ()
    state: State = field(default_factory=dict)
    files: Sequence[SentFile] = ()


@dataclass(frozen=True, slots=True)
class Answer:
    """`sealed_until`: it tells of a sealed bid, which nobody of the desk may read till then."""

    text: str
    citations: Sequence[Citation]
    choices: Sequence[str] = ()
    sealed_until: datetime | None = None
    act: Act = "answer"


@dataclass(frozen=True, slots=True)
class AskBack:
    """The bot needs something: which of these did you mean, what is your e-mail address.

    `sealed_until` as in an Answer.
    """

    text: str
    choices: Sequence[str] = ()
    sealed_until: datetime | None = None
    act: Act = "clarify"


@dataclass(frozen=True, slots=True)
class Abstain:
    """No article holds the answer; the text says so and offers a counselor."""

    text: str
    choices: Sequence[str] = ()
    act: Act = "abstain"


@dataclass(frozen=True, slots=True)
class HandOff:
    """A counselor takes over. `facts` are what the person already gave, by name."""

    text: str
    reason: Literal[
        "asked",
        "failed_turns",
        "complaint",
        "abuse",
        "bot_down",
        "form",
        "unknown_act",
        "draft",
        "mail",
    ]
    queue: str | None
    goal: str
    facts: Mapping[str, str] = field(default_factory=dict)
    deadline: str | None = None
    urgent: bool = False
    act: Act = "handoff"


@dataclass(frozen=True, slots=True)
class OpenTicket:
    """The person left a matter to be followed up (a report, a call-back); routing opens a ticket.

    `text` has a `{number}` field that routing fills with the ticket's number.
    """

    text: str
    category: str
    subject: str
    facts: Mapping[str, str]
    act: Act = "action_done"


@dataclass(frozen=True, slots=True)
class Propose:
    """What would be done on a yes, in plain words; routing keeps it as the one live proposal.

    `payload` and `preview` are plain JSON: the core's action with its files, and what was checked.
    """

    text: str
    kind: str
    payload: Mapping[str, Any]
    preview: Mapping[str, Any]
    choices: Sequence[str] = ()
    organisation: str | None = None
    role: str | None = None
    tender: str | None = None
    tender_number: str | None = None
    deadline: datetime | None = None
    sealed_until: datetime | None = None
    act: Act = "action_preview"


@dataclass(frozen=True, slots=True)
class Perform:
    """The explicit yes to the live proposal. Routing does it and says what came of it instead."""

    text: str = ""
    act: Act = "action_done"


@dataclass(frozen=True, slots=True)
class Acted:
    """What came of an act; `action` is what the reply shows of it."""

    text: str
    action: Mapping[str, Any]
    choices: Sequence[str] = ()
    act: Act = "action_done"


@dataclass(frozen=True, slots=True)
class Cancel:
    text: str
    act: Act = "cancel"


@dataclass(frozen=True, slots=True)
class Talk:
    text: str
    choices: Sequence[str] = ()
    act: Act = "smalltalk"


@dataclass(frozen=True, slots=True)
class Remember:
    """Not said: the state to keep for the next turn, and the language the person now writes in.

    `sealed_until`: this turn tells of a sealed bid, which nobody of the desk may read till then.
    """

    state: State
    language: Language
    sealed_until: datetime | None = None


Spoken = (
    Answer | AskBack | Abstain | HandOff | OpenTicket | Propose | Perform | Acted | Cancel | Talk
)
Step = Spoken | Remember


class Bot(Protocol):
    def turn(self, turn: Turn) -> Sequence[Step]:
        """Decide what to say. Never raises for what a person typed; may take seconds."""
        ...

    def ready(self) -> bool:
        """Whether the dialogue engine behind the bot answers now."""
        ...

    def over(self, search: Search) -> "Bot":
        """The same bot over another base. It only talks: nothing is looked up or done elsewhere."""
        ...


def outcome(steps: Sequence[Step]) -> Spoken | None:
    """The one step whose act is the turn's; None when nothing was said."""
    spoken = [step for step in steps if not isinstance(step, Remember)]
    return min(spoken, key=lambda step: ACTS_BY_WEIGHT.index(step.act), default=None)
