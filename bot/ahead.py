"""A search that is made while the engine thinks, where the words are likely a question.

Both take about as long, and the engine is a process of its own: what is known of the message is
then there when it says that it was a question. For what turns out to be none, the search was for
nothing.
"""

import contextlib
from collections.abc import Callable

from bot.acting.state import Filling
from bot.memory import Memory
from bot.plain_words import wish_in
from bot.spotting import tender_number
from knowledge.port import Finding


class Once:
    """A search made at most once, when it is first asked for or before."""

    def __init__(self, find: Callable[[], Finding]) -> None:
        self._find = find
        self._found: Finding | None = None

    def __call__(self) -> Finding:
        if self._found is None:
            self._found = self._find()
        return self._found

    def ahead(self) -> None:
        """Find already; what fails now is tried again by whoever asks for it."""
        with contextlib.suppress(Exception):
            self()


def likely_asked(text: str, memory: Memory) -> bool:
    """Whether the words, outside any form, show no sign of being anything but a question."""
    if memory.form or Filling.of(memory.act) is not None:
        return False
    return wish_in(text) is None and tender_number(text) is None
