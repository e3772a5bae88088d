"""Where callers stand, worked out once for all who hear it at about the same time.

Everybody in a waiting room asks again every few seconds, and each answer needs the whole line: the
work of many callers would grow with the square of their number. What is heard is at most
`GOOD_FOR` old; whoever has come since makes it be worked out anew.
"""

from collections.abc import Mapping
from datetime import datetime, timedelta
from weakref import WeakKeyDictionary

from sqlalchemy import Engine

from crm import clock
from crm.db import Session
from crm.models import Conversation
from routing import waits
from routing.waits import Place

GOOD_FOR = timedelta(seconds=2)

Line = Mapping[str, Place]
_lines: WeakKeyDictionary[Engine, dict[str, tuple[datetime, Line]]] = WeakKeyDictionary()


def of(s: Session, conversation: Conversation) -> Place | None:
    """The place of one who waits, or None where the conversation stands in no line."""
    if conversation.status != "waiting" or conversation.queue is None:
        return None
    found = _recent(s, conversation.queue).get(conversation.id)
    return found or _anew(s, conversation.queue).get(conversation.id)


def _recent(s: Session, queue: str) -> Line:
    worked_out, line = _kept(s).get(queue, (None, {}))
    now = clock.now()
    return line if worked_out and now - GOOD_FOR < worked_out <= now else {}


def _anew(s: Session, queue: str) -> Line:
    now = clock.now()
    line = {place.conversation_id: place for place in waits.places(s, queue)}
    _kept(s)[queue] = now, line
    return line


def _kept(s: Session) -> dict[str, tuple[datetime, Line]]:
    engine = s.connection().engine
    return _lines.setdefault(engine, {})
