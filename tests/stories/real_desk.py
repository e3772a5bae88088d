"""The whole desk as `./desk up --demo` starts it, for stories: real Rasa, real index, real port."""

import json
import os
import shutil
import signal
import subprocess
import sys
import time
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import httpx

from api.commands.rasa_process import free_port

ROOT = Path(__file__).resolve().parents[2]
PATIENCE = 900  # a first start builds the index


@dataclass
class RealDesk:
    url: str
    data: Path
    demo: dict[str, Any]
    http: httpx.Client

    def token(self, role: str) -> dict[str, str]:
        user = next(u for u in self.demo["users"] if u["role"] == role)
        return {"Authorization": f"Bearer {user['token']}"}

    def guest(self, language: str = "en", **more: str) -> "RealGuest":
        answer = self.http.post("/api/v1/chat/sessions", json={"language": language, **more})
        assert answer.status_code == 201, answer.text
        return RealGuest(self.http, **answer.json())

    def running(self) -> dict[str, Any]:
        found: dict[str, Any] = json.loads((self.data / "running.json").read_text())
        return found


@dataclass
class RealGuest:
    http: httpx.Client
    conversation_id: str
    token: str
    said: int = 0

    @property
    def headers(self) -> dict[str, str]:
        return {"Authorization": f"Bearer {self.token}"}

    def say(self, text: str) -> list[dict[str, Any]]:
        self.said += 1
        body = {"client_id": f"m{self.said}", "text": text}
        answer = self.http.post(
            "/api/v1/chat/messages?wait=30", json=body, headers=self.headers, timeout=60
        )
        assert answer.status_code == 200, answer.text
        replies: list[dict[str, Any]] = answer.json()["replies"]
        return replies

    def outcome(self, text: str) -> dict[str, Any]:
        """The one reply of the turn that has an act."""
        acted = [reply for reply in self.say(text) if reply["act"]]
        assert len(acted) == 1, acted
        return acted[0]


def prepared() -> Path:
    """Where `./desk test` has put environments, models, articles and the index."""
    return Path(os.environ.get("DESK_TEST_DATA", ROOT / "var" / "test"))


@contextmanager
def started(data: Path, *options: str) -> Iterator[RealDesk]:
    port = free_port()
    url = f"http://127.0.0.1:{port}"
    log = data / "up.log"
    environment = {k: v for k, v in os.environ.items() if k != "DESK_DATABASE_URL"}
    environment |= {"DESK_DATA": str(data), "DESK_RATE_LIMITS": "off", "PYTHONPATH": str(ROOT)}
    command = [sys.executable, "-m", "api.commands.up", "--demo", "--port", str(port), *options]
    with log.open("wb") as out:
        child = subprocess.Popen(command, cwd=ROOT, env=environment, stdout=out, stderr=out)
    try:
        wait_until_ready(url, child, log)
        demo = json.loads((data / "demo.json").read_text())
        with httpx.Client(base_url=url, timeout=30, trust_env=False) as http:
            yield RealDesk(url, data, demo, http)
    finally:
        child.send_signal(signal.SIGTERM)
        child.wait(30)


def wait_until_ready(url: str, child: subprocess.Popen[bytes], log: Path) -> None:
    for _ in range(PATIENCE):
        assert child.poll() is None, log.read_text()[-3000:]
        try:
            if httpx.get(f"{url}/readyz", timeout=5, trust_env=False).status_code == 200:
                return
        except httpx.HTTPError:
            pass
        time.sleep(1)
    raise AssertionError(f"the desk is not ready:\n{log.read_text()[-3000:]}")


@contextmanager
def furnished(folder: Path) -> Iterator[Path]:
    """A data folder of its own whose slow parts are those that `./desk test` prepared."""
    for name in ("env", "models", "rasa"):
        (folder / name).symlink_to(prepared() / name)
    # A story may change articles, so it has its own index and its own record.
    shutil.copytree(prepared() / "index", folder / "index")
    shutil.copy(prepared() / "desk.sqlite", folder / "desk.sqlite")
    yield folder
