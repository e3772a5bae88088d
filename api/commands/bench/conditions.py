"""What else the machine had to do while something was measured."""

import os


def load() -> str:
    """The mean number of processes that wanted a core in the last minute and the last five."""
    one, five, _ = os.getloadavg()
    return f"load average {one:.1f}, {five:.1f} in five minutes, on {os.cpu_count()} cores"
