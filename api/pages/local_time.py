"""Moments as a form's own field writes them: by the clock of the desk."""

from datetime import datetime
from zoneinfo import ZoneInfo


def moment(text: str, zone: str) -> datetime:
    """`2026-11-26T14:00` as a moment. Raises ValueError for anything else."""
    at = datetime.fromisoformat(text)
    return at.replace(tzinfo=ZoneInfo(zone)) if at.tzinfo is None else at
