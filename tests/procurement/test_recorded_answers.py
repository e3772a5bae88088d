"""The client reads every recorded answer that its acts touch, and knows what each refusal means."""

import json
import re
from collections.abc import Callable
from typing import Any

import httpx
import pytest

from bot.procurement.openprocurement import OpenProcurement, Profile
from bot.procurement.openprocurement.reading import Reader
from bot.procurement.openprocurement.refusals import plain, refusal
from bot.procurement.port import Credential, Refused, Unreachable
from tests.procurement import recorded
from tests.procurement.recorded import SETS, Recording

READER = Reader(Profile())
ALL = [recording for name in SETS for recording in recorded.load(name)]
READS: dict[str, Callable[[dict[str, Any]], Any]] = {
    "tenders": READER.tender,
    "questions": READER.question,
    "bids": READER.bid,
    "awards": READER.award,
    "contracts": READER.contract,
    "complaints": READER.complaint,
    "plans": READER.plan,
}
PLACE = re.compile(r"(?:/api/2\.5)?((?:/\w+/[0-9a-f]{32})*)/(\w+)(?:/[0-9a-f]{32})?(?:\?.*)?$")


def noun(recording: Recording) -> str | None:
    """What the answer of a successful request holds."""
    found = PLACE.search(recording.path.split("?")[0])
    name = found[2] if found else None
    if name not in READS or "opt_schema" in recording.path or "history" in recording.path:
        return None
    feed = recording.method == "GET" and recording.path.count("/") == 3
    return None if feed else name


SUCCESSES = [r for r in ALL if r.status < 300 and noun(r) and r.answer]
REFUSALS = [r for r in ALL if r.status >= 400]
FEEDS = [
    r for r in ALL if r.status == 200 and isinstance(r.answer, dict) and "next_page" in r.answer
]


@pytest.mark.parametrize("recording", SUCCESSES, ids=lambda r: r.file)
def test_every_recorded_answer_is_read(recording: Recording) -> None:
    data = recording.answer["data"]
    read = READS[noun(recording) or ""]
    for doc in data if isinstance(data, list) else [data]:
        row = read(doc)
        assert row.id == doc["id"]
        status = getattr(row, "status", doc.get("status"))
        assert status == doc.get("status", status)


@pytest.mark.parametrize("recording", FEEDS, ids=lambda r: r.file)
def test_every_recorded_feed_is_read(recording: Recording) -> None:
    with replaying(recording) as core:
        page = core.feed()
    assert [change.id for change in page.changes] == [r["id"] for r in recording.answer["data"]]
    assert (page.cursor or "") == recording.answer["next_page"]["offset"]


@pytest.mark.parametrize("recording", REFUSALS, ids=lambda r: r.file)
def test_every_recorded_refusal_has_words_and_a_reason(recording: Recording) -> None:
    refused = refusal(recording.status, recording.answer, token=True)
    assert refused.words
    assert refused.reason != "refused" or recording.status not in {403, 404, 422}


@pytest.mark.parametrize(
    ("name", "reason", "field"),
    [
        ("02-tender-create-noauth", "forbidden", None),
        ("12-tender-get-404", "not_found", None),
        ("15-question-create-422", "incomplete", "author"),
        ("15-question-author-incomplete-422", "incomplete", "author"),
        ("18-claim-create", "not_offered", None),
        ("19-bid-create-too-early-403", "too_early", None),
        ("24-question-late-403", "closed", None),
        ("25-bid-minimal-1", "incomplete", "tenderers"),
        ("30-bid-submit-without-proposal-422", "signature_needed", "documents"),
        ("32-bid-back-to-draft", "wrong_state", "bid"),
        ("33-bid-over-budget-422", "over_limit", "lotValues"),
        ("36-bid-get-anon-403", "sealed", None),
        ("20-open-bids-public-during-tendering", "sealed", None),
        ("39-bid-after-deadline-403", "closed", None),
        ("13-complaint-submit-by-owner", "fee_unpaid", None),
        ("13-tender-rogue-field-422", "malformed", "foo"),
    ],
)
def test_what_refusals_mean(name: str, reason: str, field: str | None) -> None:
    [recording] = [r for r in REFUSALS if r.name == name and "local_run" in r.file][:1]
    refused = refusal(recording.status, recording.answer, token=True)
    assert (refused.reason, refused.field) == (reason, field)


def test_descriptions_of_all_four_shapes() -> None:
    assert plain("Forbidden") == "Forbidden"
    assert plain(["This field is required."]) == "This field is required."
    assert plain({"address": ["This field is required."]}) == "address: This field is required."
    assert plain([{"value": ["too much"]}]) == "value: too much"


def test_a_null_body_is_an_answer() -> None:
    [again] = [r for r in ALL if r.name == "31-bid-submit-again"]
    with replaying(again) as core:
        assert core._link.write("PATCH", "/tenders/1/bids/2", {"status": "pending"}) is None


def test_no_secret_is_in_an_error() -> None:
    secret = "f" * 32
    body = {"errors": [{"location": "body", "name": "x", "description": f"bad token {secret}"}]}
    credential = Credential("bid", "1", secret)
    with served_by(lambda _: httpx.Response(422, json=body)) as core, pytest.raises(Refused) as no:
        core.bid("1", "2", credential)
    assert secret not in str(no.value)
    assert secret not in repr(credential)


def test_what_cannot_be_read_is_no_answer() -> None:
    half = httpx.Response(200, content=b'{"data": {"id"', headers={"Date": "no date"})
    with served_by(lambda _: half) as core, pytest.raises(Unreachable):
        core.tender("1")


class served_by:  # noqa: N801 - read as a phrase: `with served_by(answer) as core`
    """A client whose server is a function of the test."""

    def __init__(self, answer: Callable[[httpx.Request], httpx.Response]) -> None:
        transport = httpx.MockTransport(answer)
        self._core = OpenProcurement("http://core.example", "key", transport=transport,
                                     sleep=lambda _: None)  # fmt: skip

    def __enter__(self) -> OpenProcurement:
        return self._core

    def __exit__(self, *_: object) -> None:
        self._core.close()


def replaying(recording: Recording) -> served_by:
    body = json.dumps(recording.answer)
    return served_by(lambda _: httpx.Response(recording.status, text=body))
