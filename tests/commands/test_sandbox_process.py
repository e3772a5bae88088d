"""The sandbox as the child process that `./desk up` starts."""

import os
import signal
import time
from pathlib import Path

import httpx
import pytest

from api.commands.sandbox_process import SandboxProcess, answers

ROOT = Path(__file__).resolve().parents[2]


def test_it_serves_keeps_its_tenders_through_a_crash_and_ends(tmp_path: Path) -> None:
    sandbox = SandboxProcess(ROOT, tmp_path / "core.sqlite", tmp_path / "core.log",
                             zone="Asia/Seoul", demo=True, control="a control token")  # fmt: skip
    sandbox.start()
    try:
        assert sandbox.wait(), (tmp_path / "core.log").read_text()
        tenders = sandbox.demo_tenders()
        assert {"open_enquiry", "open_bidding", "sealed"} <= set(tenders)
        before, pid = tenders["sealed"]["number"], sandbox.pid
        assert pid
        os.kill(pid, signal.SIGKILL)
        end = time.monotonic() + 60
        while sandbox.pid == pid and time.monotonic() < end:
            time.sleep(0.1)
        assert sandbox.wait(60)
        assert sandbox.demo_tenders()["sealed"]["number"] == before
    finally:
        sandbox.stop()
    assert not answers(sandbox.url)


def test_without_a_demo_it_is_empty_and_its_clock_is_closed(tmp_path: Path) -> None:
    sandbox = SandboxProcess(ROOT, tmp_path / "core.sqlite", tmp_path / "core.log",
                             zone="Asia/Seoul", control="a control token")  # fmt: skip
    sandbox.start()
    try:
        assert sandbox.wait(), (tmp_path / "core.log").read_text()
        feed = httpx.get(f"{sandbox.url}/api/2.5/tenders").json()
        assert feed["data"] == []
        moved = httpx.post(f"{sandbox.url}/control/clock", json={"ahead": 9},
                           headers={"X-Control-Token": "a control token"})  # fmt: skip
        assert moved.status_code == 403
        with pytest.raises(httpx.HTTPStatusError):
            sandbox.demo_tenders()
    finally:
        sandbox.stop()
