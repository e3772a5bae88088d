"""Acts of the client against the recorded answers of a real server.

A server made of recordings: each act's requests must be, in order, those that the real server
took, at the same paths and with no field that it was not given; its recorded answers must make the
receipt.
"""

import json
import re
from dataclasses import dataclass, field
from datetime import UTC, datetime
from email.utils import format_datetime
from typing import Any

import httpx
import pytest

from bot.procurement.openprocurement import OpenProcurement
from bot.procurement.openprocurement.link import mark
from bot.procurement.port import Action, Attachment, Credential, Kind, Party, Receipt, Refused
from tests.procurement import recorded
from tests.procurement.recorded import Recording

SIGNED = Attachment("signed.p7s", "application/pkcs7-signature", b"dummy")
PARTY = Party("ACME LLC", id="00137226", person="Ann", email="ann@example.com")
SIGNER = {"position": "Director", "authority": "Statute", "account": "111111111111111"}
LIFE = {r.name: r for r in recorded.load("life")}
COMPLAINT = {r.name: r for r in recorded.load("complaint")}
AWARD_COMPLAINTS = {r.name: r for r in recorded.load("complaints")}
REJECTION = {r.name: r for r in recorded.load("pricequotation")}
# What the client adds of its own accord, and what a recording happens to leave out.
OWN = {"description", "status", "title", "relatedLot", "quantity", "reason", "currency",
       "valueAddedTaxIncluded", "amountNet", "kind"}  # fmt: skip


@dataclass
class Server:
    """Answers writes with recordings in their order, reads with `documents` by path."""

    writes: list[Recording]
    reads: dict[str, Any]
    at: str
    problems: list[str] = field(default_factory=list)

    def __call__(self, request: httpx.Request) -> httpx.Response:
        moment = datetime.fromisoformat(self.at).astimezone(UTC)
        headers = {"Date": format_datetime(moment, usegmt=True)}
        path = request.url.path
        if path == "/upload":
            data = {"url": "http://ds/get/1", "title": "signed.p7s", "hash": "md5:" + "0" * 32,
                    "format": SIGNED.media_type}  # fmt: skip
            return httpx.Response(201, json={"data": data}, headers=headers)
        if request.method == "GET":
            return httpx.Response(200, json=self.reads[path.removeprefix("/api/2.5")],
                                  headers=headers)  # fmt: skip
        step = self.writes.pop(0)
        asked = f"{request.method} {path}"
        owned = "acc_token=" in step.path or "X-Access-Token" in step.headers
        if owned and "X-Access-Token" not in request.headers:
            self.problems.append(f"{asked}: without the owner token that the recording has")
        if _template(asked) != _template(f"{step.method} {step.path}"):
            self.problems.append(f"{asked}, where the recording has {step.method} {step.path}")
        body = json.loads(request.content) if request.content else None
        known = _names(step.body) | OWN
        self.problems += [f"{asked}: {name}" for name in _names(body) if name not in known]
        return httpx.Response(step.status, text=json.dumps(step.answer), headers=headers)


def _template(text: str) -> str:
    return re.sub(r"[0-9a-f]{32}", "{id}", text.split("?", maxsplit=1)[0])


def _names(value: Any) -> set[str]:
    if isinstance(value, dict):
        return set(value) | {name for each in value.values() for name in _names(each)}
    if isinstance(value, list):
        return {name for each in value for name in _names(each)}
    return set()


def tender(status: str = "active.enquiries", **more: Any) -> dict[str, Any]:
    whole = LIFE["11-tender-get"].answer
    return whole | {"data": whole["data"] | {"status": status} | more}


TENDER = LIFE["11-tender-get"].answer["data"]["id"]
BID = LIFE["29-bid-create-draft"].answer["data"]["id"]
AWARD = LIFE["51-awards-list"].answer["data"][0]
CONTRACT = LIFE["57-contract-get"].answer["data"]["id"]
QUESTION = LIFE["14-question-create"].answer["data"]
ASKING, BIDDING = "2026-11-22T01:45:35+02:00", "2026-11-22T01:46:02+02:00"
AFTER = "2026-11-22T01:46:50+02:00"
HERE = f"/tenders/{TENDER}"
OPEN = {HERE: tender("active.tendering")}


def of(name: str) -> Any:
    return LIFE[name].answer


@dataclass
class Case:
    kind: Kind
    writes: list[str]
    reads: dict[str, Any]
    at: str
    values: dict[str, Any] = field(default_factory=dict)
    target: str | None = None
    holds: str | None = None
    files: tuple[Attachment, ...] = ()
    number: str | None = None


CASES = [
    Case("question", ["14-question-create"], {HERE: tender()}, ASKING, {"text": "Calories?"}),
    Case("answer_question", ["16-question-answer"], {HERE: tender(questions=[QUESTION])}, ASKING,
         {"answer": "Table added in file"}, QUESTION["id"], "tender"),
    Case("bid", ["29-bid-create-draft", "31-bid-proposal-doc", "32-bid-submit"],
         OPEN | {f"{HERE}/bids/{BID}": of("29-bid-create-draft")}, BIDDING, {"amount": "400"},
         files=(SIGNED,), number="UA-2026-11-22-000001-a-B168014"),
    Case("bid", ["29-bid-create-draft", "30-bid-submit-without-proposal-422"],
         OPEN | {f"{HERE}/bids/{BID}": of("29-bid-create-draft")}, BIDDING, {"amount": "400"}),
    Case("amend_bid", ["34-bid-change-price", "31-bid-proposal-doc", "41-bid-resubmit"],
         OPEN | {f"{HERE}/bids/{BID}": of("35-bid-get-own")}, BIDDING, {"amount": "380"}, BID,
         "bid", (SIGNED,)),
    Case("withdraw_bid", ["38-bid-withdraw"], OPEN | {f"{HERE}/bids/{BID}": of("35-bid-get-own")},
         BIDDING, {}, BID, "bid"),
    Case("award", ["54-award-notice-doc", "55-award-activate"],
         {HERE: tender("active.qualification"), f"{HERE}/awards/{AWARD['id']}": {"data": AWARD}},
         AFTER, {}, AWARD["id"], "tender", (SIGNED,)),
    Case("sign_contract", ["60-contract-supplier-signer"],
         {f"/contracts/{CONTRACT}": of("57-contract-get")}, AFTER, SIGNER, CONTRACT, "bid",
         number="UA-2026-11-22-000001-a-a1"),
    Case("activate_contract",
         ["61-contract-buyer-signer", "62-contract-details", "64-contract-activate"],
         {f"/contracts/{CONTRACT}": of("62-contract-details")}, AFTER,
         SIGNER | {"contract_number": "c-1", "signed_at": AFTER, "starts": AFTER,
                   "ends": "2026-12-22T01:46:50+02:00"}, CONTRACT, "tender"),
    Case("payment", ["65-contract-transaction-put"],
         {f"/contracts/{CONTRACT}": of("64-contract-activate")}, AFTER,
         {"amount": "190", "paid_at": AFTER, "payer_account": "UA111", "payee_account": "UA222"},
         CONTRACT, "tender"),
    Case("close_contract", ["70-contract-terminate"],
         {f"/contracts/{CONTRACT}": of("64-contract-activate")}, AFTER, {"amount_paid": "380"},
         CONTRACT, "tender"),
]  # fmt: skip


@pytest.mark.parametrize("case", CASES, ids=lambda case: f"{case.kind}-{len(case.writes)}")
def test_acts_send_what_the_real_server_took(case: Case) -> None:
    server = Server([LIFE[name] for name in case.writes], case.reads, case.at)
    receipt = perform(server, case)
    assert server.problems == []
    assert server.writes == []
    assert receipt.object
    unsigned = LIFE[case.writes[-1]].status == 422
    assert receipt.state == ("awaiting_signature" if unsigned else "done")
    assert case.number in {None, receipt.number}


def test_a_complaint_as_the_real_server_took_it() -> None:
    whole = COMPLAINT["23-tender-get"].answer
    place = f"/tenders/{whole['data']['id']}"
    case = Case("complaint", [], {place: whole}, "2026-11-22T01:48:56+02:00",
                {"title": "Too little said", "text": "The terms say too little."})  # fmt: skip
    server = Server([COMPLAINT["11-complaint-create"]], case.reads, case.at)
    receipt = perform(server, case, whole["data"]["id"])
    assert server.problems == []
    assert (receipt.state, receipt.number) == ("awaiting_payment", "UA-2026-11-22-000001-a.a2")
    assert receipt.fee
    assert receipt.fee.amount == 2000
    assert receipt.credential


def test_a_rejected_bid_as_the_real_server_took_it() -> None:
    taken = REJECTION["award-unsuccesful"]
    tender_id = taken.path.split("/")[4]
    award = taken.answer["data"] | {"status": "pending", "documents": []}
    place = f"/tenders/{tender_id}"
    reads = {
        place: tender("active.qualification"),
        f"{place}/awards/{award['id']}": {"data": award},
    }
    case = Case("reject_bid", [], reads, AFTER, {"reason": "No licence"}, award["id"], "tender",
                (SIGNED,))  # fmt: skip
    notice = REJECTION["award-add-notice-document-for-unsuccessful"]
    server = Server([notice, taken], reads, case.at)
    receipt = perform(server, case, tender_id)
    assert (server.problems, server.writes) == ([], [])
    assert (receipt.object, receipt.status) == (award["id"], "unsuccessful")


def award_complaint(name: str) -> tuple[Recording, str, str, dict[str, Any]]:
    """The recording, its tender's and its award's ids, and how both stood before it."""
    taken = AWARD_COMPLAINTS[name]
    tender_id, award_id = taken.path.split("/")[4], taken.path.split("/")[6]
    period = {"startDate": BIDDING, "endDate": "2026-12-02T00:00:00+02:00"}
    award = AWARD | {"id": award_id, "status": "active", "complaintPeriod": period}
    whole = tender("active.awarded", awards=[award])
    whole["config"] = whole.get("config", {}) | {"hasAwardComplaints": True}
    place = f"/tenders/{tender_id}"
    reads = {
        place: whole,
        f"{place}/awards": {"data": [award]},
        f"{place}/complaints": {"data": []},
    }
    return taken, tender_id, award_id, reads


OBJECTION = {"title": "Too little said", "text": "The terms say too little."}


def test_a_complaint_about_an_award_as_the_real_server_took_it() -> None:
    taken, tender_id, award, reads = award_complaint("award-complaint-submission")
    case = Case("complaint", [], reads, AFTER, OBJECTION | {"award": award}, holds="bid")
    server = Server([taken], reads, case.at)
    receipt = perform(server, case, tender_id)
    assert (server.problems, server.writes) == ([], [])
    assert (receipt.state, receipt.object) == ("awaiting_payment", taken.answer["data"]["id"])
    assert receipt.credential


def test_a_complaint_found_again_does_not_take_the_bids_token_for_its_own() -> None:
    _, tender_id, award, reads = award_complaint("award-complaint-submission")
    filed = {"id": "c" * 32, "status": "draft", "description": f"Too little.\n({mark('key')})"}
    reads[f"/tenders/{tender_id}/awards/{award}/complaints"] = {"data": [filed]}
    action = Action("complaint", PARTY, tender_id, values=OBJECTION | {"award": award})
    core = OpenProcurement("http://core.example", "broker", sleep=lambda _: None,
                           transport=httpx.MockTransport(Server([], reads, AFTER)))  # fmt: skip
    bid = Credential("bid", "b" * 32, "t" * 32)
    found = core.match(action, bid, "key", since=core.now())
    assert found.receipt is not None
    assert (found.receipt.object, found.receipt.credential) == (filed["id"], None)
    core.close()


def test_who_did_not_bid_is_told_before_a_complaint_about_the_award_is_sent() -> None:
    taken, tender_id, award, reads = award_complaint("award-complaint-submission")
    case = Case("complaint", [], reads, AFTER, OBJECTION | {"award": award})
    server = Server([taken], reads, case.at)
    with pytest.raises(Refused) as no:
        perform(server, case, tender_id)
    assert (no.value.reason, server.writes) == ("forbidden", [taken])


def test_a_complaint_about_an_award_is_taken_back_where_it_stands() -> None:
    taken, tender_id, award, reads = award_complaint("award-complaint-mistaken")
    filed = taken.answer["data"] | {"status": "draft"}
    place = f"/tenders/{tender_id}/awards/{award}/complaints"
    reads |= {place: {"data": [filed]}, f"{place}/{filed['id']}": {"data": filed}}
    case = Case("withdraw_complaint", [], reads, AFTER, {}, filed["id"], "complaint")
    server = Server([taken], reads, case.at)
    receipt = perform(server, case, tender_id)
    assert (server.problems, server.writes) == ([], [])
    assert (receipt.number, receipt.status) == (filed["complaintID"], "mistaken")


def perform(server: Server, case: Case, tender_id: str = TENDER) -> Receipt:
    core = OpenProcurement("http://core.example", "broker", sleep=lambda _: None,
                           transport=httpx.MockTransport(server))  # fmt: skip
    held = Credential(case.holds, case.target or "", "t" * 32) if case.holds else None  # type: ignore[arg-type]
    try:
        server.reads.setdefault("/tenders", {"data": []})
        core.ready()
        action = Action(case.kind, PARTY, tender_id, case.target, case.values)
        return core.perform(core.prepare(action, held), held, "key", files=case.files)
    finally:
        core.close()
