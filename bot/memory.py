"""What the bot keeps of a conversation between two turns: small, plain JSON, in the record."""

from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from typing import Any, Self

from bot.acting.table import plain

MOST_FACTS = 12
LONGEST_FACT = 300


@dataclass(frozen=True, slots=True)
class Memory:
    """`engine` is the dialogue engine's own state; `options` are the questions last offered."""

    engine: Mapping[str, Any] = field(default_factory=dict)
    failed: int = 0
    abused: int = 0
    offered: bool = False
    asked_back: bool = False
    options: tuple[str, ...] = ()
    topic: str | None = None
    deadline: str | None = None
    goal: str = ""
    facts: Mapping[str, str] = field(default_factory=dict)
    # The act that is being filled (`bot/acting/state.py`), and a question kept for the guard.
    act: Mapping[str, Any] | None = None
    # The list that was shown last (`bot/acting/listed.py`).
    listed: Mapping[str, Any] | None = None
    guarded: str | None = None

    @classmethod
    def of(cls, state: Mapping[str, Any]) -> Self:
        """From a state of any age: what is missing or of another type is as if never said."""
        kept = state.get("bot")
        kept = kept if isinstance(kept, Mapping) else {}
        engine = state.get("engine")
        return cls(
            engine=engine if isinstance(engine, Mapping) else {},
            failed=_count(kept.get("failed")),
            abused=_count(kept.get("abused")),
            offered=kept.get("offered") is True,
            asked_back=kept.get("asked_back") is True,
            options=tuple(str(option) for option in _list(kept.get("options"))),
            topic=_text(kept.get("topic")),
            deadline=_text(kept.get("deadline")),
            goal=_text(kept.get("goal")) or "",
            facts=_facts(kept.get("facts")),
            act=kept["act"] if isinstance(kept.get("act"), Mapping) else None,
            listed=kept["listed"] if isinstance(kept.get("listed"), Mapping) else None,
            guarded=_text(kept.get("guarded")),
        )

    def state(self) -> dict[str, Any]:
        return {
            "engine": dict(self.engine),
            "bot": {
                "failed": self.failed,
                "abused": self.abused,
                "offered": self.offered,
                "asked_back": self.asked_back,
                "options": list(self.options),
                "topic": self.topic,
                "deadline": self.deadline,
                "goal": self.goal,
                "facts": dict(self.facts),
                "act": dict(self.act) if self.act else None,
                "listed": dict(self.listed) if self.listed else None,
                "guarded": self.guarded,
            },
        }

    @property
    def form(self) -> str | None:
        """The short name of the form being filled, such as `problem`."""
        if self.act:
            return "act"
        form = self.engine.get("form")
        return form.removesuffix("_form") if isinstance(form, str) else None

    def with_facts(self, more: Mapping[str, str]) -> "Memory":
        facts = {**self.facts, **{k: v[:LONGEST_FACT] for k, v in more.items() if v}}
        return replace(self, facts=dict(list(facts.items())[-MOST_FACTS:]))

    def after_hand_off(self) -> "Memory":
        """The next talk with the bot starts without old forms, options and counts."""
        return Memory(topic=self.topic, deadline=self.deadline, facts=self.facts)

    def for_engine(self) -> dict[str, Any]:
        """The engine's state with the one thing that only the desk knows."""
        if self.act:
            slot = plain(str(self.act.get("asked") or ""))
            inside = {"offered": self.offered, "act_slot": slot, "act_kind": self.act.get("kind")}
            return {"form": "act_form", "requested": "act_value", "slots": inside}
        slots = self.engine.get("slots")
        known = dict(slots) if isinstance(slots, Mapping) else {}
        return {**self.engine, "slots": {**known, "offered": self.offered}}


def _count(value: Any) -> int:
    return value if isinstance(value, int) and value >= 0 else 0


def _text(value: Any) -> str | None:
    return value if isinstance(value, str) else None


def _list(value: Any) -> list[Any]:
    return value if isinstance(value, list) else []


def _facts(value: Any) -> dict[str, str]:
    return {str(k): str(v) for k, v in value.items()} if isinstance(value, Mapping) else {}
