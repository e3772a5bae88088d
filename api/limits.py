"""Rate limits: sliding windows in memory, per conversation and token first, per address last."""

import threading
import time
from collections import OrderedDict, deque
from collections.abc import Mapping

from crm.errors import DeskError
from crm.settings import Rate

MAX_KEYS = 50_000


class TooMany(DeskError):
    """Over a limit; `retry_after` says in how many seconds it makes sense to come back."""

    code = "rate_limited"

    def __init__(self, retry_after: int) -> None:
        super().__init__("Too many requests. Please wait a moment and try again.")
        self.retry_after = retry_after


class Limiter:
    def __init__(self, rates: Mapping[str, Rate]) -> None:
        self._rates = rates
        # One shelf for each limit: strangers at one of them cannot push out another's counters.
        self._seen: dict[str, OrderedDict[str, deque[float]]] = {n: OrderedDict() for n in rates}
        self._lock = threading.Lock()

    def count(self, name: str, key: str) -> None:
        """Count one request of `key` against the limit `name`; raises TooMany over it."""
        rate = self._rates.get(name)
        if rate is None:
            return
        now = time.monotonic()
        with self._lock:
            shelf = self._seen[name]
            times = shelf.setdefault(key, deque())
            shelf.move_to_end(key)
            while times and times[0] <= now - rate.seconds:
                times.popleft()
            if len(times) >= rate.count:
                raise TooMany(max(1, round(times[0] + rate.seconds - now)))
            times.append(now)
            while len(shelf) > MAX_KEYS:
                shelf.popitem(last=False)
