"""The sandbox answers recorded requests as the real server did: same status, same fields.

Each set is one server's run in its order. Steps that the recording leaves out (documents handed in
between, items tied to their lot) are made here, where the next recorded answer shows their effect.
"""

import re
from datetime import datetime, timedelta
from typing import Any

import pytest
from starlette.testclient import TestClient

from bot.procurement.sandbox.app import create
from bot.procurement.sandbox.clock import Clock
from bot.procurement.sandbox.core import Core, Rules
from bot.procurement.sandbox.store import Store
from tests.procurement import recorded
from tests.procurement.recorded import Likeness, Recording

KEYS = {"broker": "broker", "bot": "bot_identification", "reviewer": "aboveThresholdReviewer"}
# The sandbox has no electronic auction, and explains no reasons for changes of a contract.
LEFT_OUT = frozenset({"auctionPeriod", "submissionMethod", "hash", "url", "transfer"})
# OCDS is read by an adapter of its own; the sandbox speaks the API's own form alone.
NOT_SPOKEN = {"13-tender-get-ocds", "73-tender-final-ocds"}
# Refusals carry no date; these need the period to have changed since the step before.
MOMENTS = {"24-question-late-403": "2026-11-22T01:44:03.200000+02:00"}
PROFORMA = {"title": "name.doc", "documentType": "contractProforma", "url": "http://ds/get/1",
            "hash": "md5:" + "0" * 32, "format": "application/msword"}  # fmt: skip
SIGNED = {"title": "sign.p7s", "documentType": "contractSigned", "url": "http://ds/get/2",
          "hash": "md5:" + "0" * 32, "format": "application/pkcs7-signature"}  # fmt: skip


class Replay:
    def __init__(self, name: str) -> None:
        self.steps = recorded.load(name)
        self.likeness = Likeness(LEFT_OUT)
        rules = Rules(KEYS, signatures=True, any_documents=True, lag=timedelta(seconds=2.4))
        self.core = Core(Store(None), Clock("Europe/Kyiv"), rules)
        self.http = TestClient(create(self.core), base_url="http://127.0.0.1:6543")
        self.token = ""

    def run(self) -> dict[str, list[str]]:
        """Differences by step."""
        found: dict[str, list[str]] = {}
        for step in self.steps:
            if step.name in NOT_SPOKEN:
                continue
            moment = _moment_of(step)
            if moment:
                self.core.clock.move(moment)
            self._between(step)
            differences = self._replay(step)
            if differences:
                found[step.name] = differences
        return found

    def _replay(self, step: Recording) -> list[str]:
        answer = self.send(step.method, step.path, step.body, step.headers)
        if answer.status_code != step.status:
            return [f"status {answer.status_code}, not {step.status}: {answer.text[:300]}"]
        body = answer.json()
        if step.name.endswith("tender-create"):
            self.token = (body or {}).get("access", {}).get("token", "")
        expected = step.answer
        if step.name == "10-tenders-feed":  # that server held tenders of earlier runs too
            expected = expected | {"data": expected["data"][:1]}
        return self.likeness.differences(expected, body)

    def send(self, method: str, path: str, body: Any = None, headers: Any = None) -> Any:
        say = self.likeness.translate
        return self.http.request(method, say(path), json=say(body) if body is not None else None,
                                 headers=say(headers or {}))  # fmt: skip

    def _between(self, step: Recording) -> None:
        """What happened unrecorded just before this step."""
        if step.name == "07-tender-notice-doc":
            self._tie_items(step)
            self._hand_in(step.path, PROFORMA)
        if step.name == "08-tender-activate" and "criteria" in step.answer["data"]:
            self._tie_items(step)
            for document in step.answer["data"]["documents"]:
                self._hand_in(step.path + "/documents",
                              {n: document[n] for n in PROFORMA if n in document})  # fmt: skip
        if step.name == "64-contract-activate":
            self._hand_in(step.path + "/documents", SIGNED)

    def _tie_items(self, step: Recording) -> None:
        place = step.path.removesuffix("/documents")
        tender = self.send("GET", place).json()["data"]
        lot = tender["lots"][0]["id"]
        items = [item | {"relatedLot": lot} for item in tender["items"]]
        self._write("PATCH", place, {"items": items})

    def _hand_in(self, path: str, document: dict[str, str]) -> None:
        self._write("POST", path, document)

    def _write(self, method: str, path: str, data: Any) -> None:
        headers = {"Authorization": "Bearer broker", "X-Access-Token": self.token}
        answer = self.send(method, path, {"data": data}, headers)
        assert answer.is_success, answer.text


def _moment_of(step: Recording) -> datetime | None:
    """When the step was made. Some refusals name the period that they are outside of."""
    if step.name in MOMENTS:
        return datetime.fromisoformat(MOMENTS[step.name])
    if step.moment():
        return step.moment()
    named = re.findall(r"to \((\d\S+)\)", str(step.answer))
    return (datetime.fromisoformat(named[0]) + timedelta(seconds=1)) if named else None


@pytest.mark.parametrize("name", ["life", "minimal", "complaint", "edge"])
def test_the_sandbox_answers_recorded_requests_as_the_real_server_did(name: str) -> None:
    assert Replay(name).run() == {}
