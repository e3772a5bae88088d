"""The sandbox core as a child process, where PROCUREMENT_URL names no other core."""

import os
import secrets
import sys
import time
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

import httpx

from api.commands.child_process import ChildProcess

PATIENCE = 30.0


class SandboxProcess(ChildProcess):
    """One sandbox with a key of its own. Its clock moves, and only in a demo, by `control`."""

    def __init__(
        self,
        root: Path,
        file: Path,
        log_file: Path,
        *,
        zone: str,
        demo: bool = False,
        control: str = "",
        fill: int = 0,
    ) -> None:
        super().__init__("The sandbox core", root, log_file)
        self.key = secrets.token_urlsafe(24)
        self._file, self._zone, self._demo, self._fill = file, zone, demo, fill
        self._control = control if demo else ""

    def command(self) -> Sequence[str]:
        demo = ["--demo"] if self._demo else []
        return [
            sys.executable, "-m", "bot.procurement.sandbox", "--port", str(self._port),
            "--data", str(self._file), "--zone", self._zone, "--parent", str(os.getpid()),
            "--fill", str(self._fill), *demo,
        ]  # fmt: skip

    def environment(self) -> Mapping[str, str]:
        return {"SANDBOX_KEY": self.key, "SANDBOX_CONTROL": self._control}

    def wait(self, patience: float = PATIENCE) -> bool:
        """Until it answers; False when it does not come up."""
        end = time.monotonic() + patience
        while time.monotonic() < end:
            if answers(self.url):
                return True
            time.sleep(0.1)
        return False

    def demo_tenders(self) -> dict[str, dict[str, Any]]:
        """The demo's tenders by their part: id, number, and a buyer's token for each."""
        answer = httpx.get(
            f"{self.url}/control/demo", headers={"X-Control-Token": self._control}, timeout=10
        )
        answer.raise_for_status()
        tenders: dict[str, dict[str, Any]] = answer.json()["tenders"]
        return tenders


def answers(url: str) -> bool:
    """Whether an openprocurement core answers at this address."""
    try:
        answer = httpx.get(f"{url}/api/2.5/tenders", params={"limit": "1"}, timeout=5)
    except httpx.HTTPError:
        return False
    return answer.is_success
