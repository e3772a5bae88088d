"""Moments that the desk sets itself to come back at: the end of a lease, the next try.

Nothing waits longer for one than it was set ahead, wherever the clock was put back to since.
"""

from datetime import datetime, timedelta
from typing import Any

from sqlalchemy import ColumnElement, or_

from crm import clock


def span(ahead: timedelta) -> tuple[datetime, datetime]:
    """Now, and the furthest moment that can be set `ahead` from now."""
    now = clock.now()
    return now, now + ahead + clock.JITTER


def come(moment: Any, now: Any, furthest: Any) -> ColumnElement[bool]:
    """Whether a moment has come, or can only have been set before the clock was put back."""
    return or_(moment <= now, moment > furthest)
