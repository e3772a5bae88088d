"""The words of one language, and the few texts that are put together from facts."""

from collections.abc import Mapping

from bot.personal_numbers import masked
from bot.phrases import Phrases
from bot.port import OpenTicket
from bot.queues import queue_of_words
from knowledge.port import Language

SUBJECT_LENGTH = 120
_FORM_SLOTS = {
    "problem": ("problem_what", "problem_since", "email"),
    "callback": ("callback_topic", "phone", "callback_time"),
    "ticket": ("matter", "email"),
}
_MATTER = {"problem": "problem_what", "callback": "callback_topic", "ticket": "matter"}


class Wording:
    """`words("greet")` in the language it was made for; personal numbers never come out of it."""

    def __init__(self, phrases: Phrases, language: Language) -> None:
        self._phrases = phrases
        self.language = language

    def __call__(self, key: str, **fields: str) -> str:
        hidden = {name: masked(value) for name, value in fields.items()}
        return self._phrases(self.language, key, **hidden)

    def has(self, key: str) -> bool:
        return key in self._phrases.keys(self.language)

    def choices(self) -> frozenset[str]:
        """Every choice the bot may offer, in the words that clicking it sends."""
        keys = self._phrases.keys(self.language)
        return frozenset(self(key) for key in keys if key.startswith("choice_"))


def summary(facts: Mapping[str, str], words: Wording) -> str:
    """One line a fact, in the order in which the form asked for them."""
    slots = next((s for f, s in _FORM_SLOTS.items() if _MATTER[f] in facts), ())
    return "\n".join(
        f"{words('label_' + slot)}: {masked(facts[slot])}" for slot in slots if slot in facts
    )


def ticket_of(form: str, facts: Mapping[str, str], words: Wording) -> OpenTicket:
    given = {slot: masked(facts[slot]) for slot in _FORM_SLOTS[form] if slot in facts}
    matter = given.get(_MATTER[form], "")
    return OpenTicket(
        text=words("submit_" + form),
        category=_category(form, matter),
        subject=one_line(matter, SUBJECT_LENGTH),
        facts=given,
    )


def one_line(text: str, longest: int) -> str:
    line = " ".join(text.split())
    return line if len(line) <= longest else line[: longest - 1].rstrip() + "…"


def _category(form: str, matter: str) -> str:
    return (
        {"problem": "technical", "callback": "callback"}.get(form)
        or queue_of_words(matter)
        or "general"
    )
