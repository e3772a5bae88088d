"""A search that is made while the engine thinks, where the words are likely a question.

Both take about as long, and the engine is a process of its own: what is known of the message is
then there when it says that it was a question. For what turns out to be none, the search was for
nothing.
"""

import contextlib
from collections.abc import Callable, Iterator
from threading import Lock

from bot.acting.state import Filling
from bot.memory import Memory
from bot.plain_words import is_question, wish_in
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


class Guesses:
    """What is searched for ahead. Used by many threads."""

    def __init__(self) -> None:
        self._one = Lock()

    @contextlib.contextmanager
    def worth(self, text: str, memory: Memory) -> Iterator[bool]:
        """Whether to search for these words while the engine thinks of them.

        Always for what has the shape of a question. What only shows no sign of being anything else
        is searched for one at a time: a busy desk has no time to search for nothing.
        """
        if not _possible(text, memory):
            yield False
        elif is_question(text):
            yield True
        elif self._one.acquire(blocking=False):
            try:
                yield True
            finally:
                self._one.release()
        else:
            yield False


def _possible(text: str, memory: Memory) -> bool:
    """Whether the words are said outside any form and show no wish and no tender's number."""
    if memory.form or Filling.of(memory.act) is not None:
        return False
    return wish_in(text) is None and tender_number(text) is None
