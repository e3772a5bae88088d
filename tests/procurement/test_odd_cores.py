"""Cores that are not as the book says: odd shapes and odd answers, and what the client tells."""

import gzip
import json
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from datetime import UTC, datetime, timedelta
from decimal import Decimal
from email.utils import format_datetime
from typing import Any

import pytest
from starlette.applications import Starlette
from starlette.requests import Request
from starlette.responses import Response
from starlette.routing import Route

from bot.procurement.openprocurement import OpenProcurement, Profile
from bot.procurement.openprocurement.access import Doing
from bot.procurement.port import (
    Action,
    Attachment,
    Credential,
    Found,
    Preview,
    Refused,
    Unknown,
    Unreachable,
    Wanted,
)
from tests.conftest import served
from tests.procurement.cores import SUPPLIER

ONE = "1" * 32
Answer = Callable[[Request], Response]


def said(data: Any, status: int = 200, **beside: Any) -> Response:
    return Response(json.dumps({"data": data, **beside}), status, media_type="application/json")


@contextmanager
def a_core(answer: Answer, **more: Any) -> Iterator[tuple[OpenProcurement, list[Request]]]:
    """A core that answers everything by `answer`, and what it was asked."""
    asked: list[Request] = []

    async def all_of(request: Request) -> Response:
        await request.body()
        asked.append(request)
        return answer(request)

    methods = ["GET", "POST", "PATCH", "PUT", "DELETE"]
    with served(Starlette(routes=[Route("/{path:path}", all_of, methods=methods)])) as url:
        core = OpenProcurement(url, "key", Profile(), sleep=lambda _: None, **more)
        yield core, asked
        core.close()


def doing(core: OpenProcurement, action: Action) -> Doing:
    """The sending itself, without the check before it: the core answers one thing to all."""
    return Doing(Preview(action, core.now()), None, "key", (), None)


def open_tender(**fields: Any) -> dict[str, Any]:
    now = datetime.now(UTC)
    period = {
        "startDate": (now - timedelta(days=1)).isoformat(),
        "endDate": (now + timedelta(days=5)).isoformat(),
    }
    tender = {
        "id": ONE, "tenderID": "UA-1", "title": "Chairs", "status": "active.tendering",
        "tenderPeriod": period, "enquiryPeriod": period,
        "value": {"amount": 500, "currency": "EUR"},
        "items": [{"id": "2" * 32, "quantity": 4, "unit": {"code": "H87"}}],
    }  # fmt: skip
    return tender | fields


@pytest.mark.parametrize(
    "fields",
    [
        dict.fromkeys(
            ("title", "description", "procuringEntity", "value", "items", "lots", "questions",
             "documents", "tenderPeriod", "enquiryPeriod", "mainProcurementCategory")
        ),
        {"procuringEntity": ["x"], "value": [1], "items": {"a": 1}, "lots": "no", "title": 7},
        {"questions": [None, "x", {"title": "no id"}], "documents": [None, {"id": None}]},
        {"items": [{"id": "3" * 32, "classification": None, "unit": None, "deliveryAddress": "x"}]},
        {"value": {"amount": "a lot"}, "tenderPeriod": {"endDate": "2026-13-45T99:00:00"}},
        {"value": {"amount": 1e300, "currency": "USD"}, "enquiryPeriod": {"endDate": 12345}},
    ],
)  # fmt: skip
def test_a_tender_of_odd_shape_is_read_as_far_as_it_goes(fields: dict[str, Any]) -> None:
    with a_core(lambda _: said(open_tender(**fields))) as (core, _):
        tender = core.tender(ONE)
    assert (tender.id, tender.number) == (ONE, "UA-1")
    assert tender.questions == []
    assert tender.value is None or tender.value.amount == Decimal(500)


def test_a_moment_that_stands_for_never_binds_nobody() -> None:
    never = {"startDate": "1890-01-01T00:00:00+02:02:04", "endDate": "9999-12-31T23:59:59-12:00"}
    with a_core(lambda _: said(open_tender(tenderPeriod=never))) as (core, _):
        assert core.tender(ONE).tender_ends is None
        preview = core.prepare(Action("bid", SUPPLIER, ONE, values={"amount": "400"}))
    assert preview.deadline is None


@pytest.mark.parametrize("offset", [1795304734.2251954, "opaque|1"])
def test_the_place_in_the_feed_may_be_a_number(offset: float | str) -> None:
    rows = [{"id": ONE}, {"id": ONE}, None, {"id": 5}]
    page = said(rows, next_page={"offset": offset})
    with a_core(lambda _: page) as (core, asked):
        first = core.feed()
        core.feed(first.cursor)
    assert [change.id for change in first.changes] == [ONE]
    assert asked[1].query_params["offset"] == str(offset)


def test_a_search_walks_past_what_is_gone_or_broken() -> None:
    answers = {"2" * 32: Response("gone", 410), "3" * 32: Response("<html>", 500)}

    def answer(request: Request) -> Response:
        key = request.url.path.rsplit("/", 1)[-1]
        if key == "tenders":
            return said([{"id": "2" * 32}, {"id": "3" * 32}, {"id": ONE}])
        return answers.get(key) or said(open_tender())

    with a_core(answer) as (core, _):
        assert [one.id for one in core.find_tenders(Wanted(text="chairs"))] == [ONE]


@pytest.mark.parametrize("status", [301, 302, 307, 308])
def test_a_moved_core_is_followed_with_the_same_request(status: int) -> None:
    def answer(request: Request) -> Response:
        if not request.url.path.startswith("/new"):
            return Response("moved", status, {"Location": f"/new{request.url.path}"})
        return said({"id": "4" * 32, "date": "2026-11-22T01:45:34+02:00"}, 201)

    ask = Action("question", SUPPLIER, ONE, values={"text": "Which colour?"})
    with a_core(answer) as (core, asked):
        receipt = core._act(ask).perform(core._access, doing(core, ask))
    assert receipt.object == "4" * 32
    assert [request.method for request in asked] == ["POST", "POST"]
    assert asked[1].headers["Authorization"] == "Bearer key"


def test_no_token_goes_to_another_host() -> None:
    with a_core(lambda _: said([])) as (other, told):
        elsewhere = str(other._link._api).replace("127.0.0.1", "localhost")
        away = Response("moved", 307, {"Location": elsewhere})
        with a_core(lambda _: away) as (core, _), pytest.raises(Unreachable):
            core.bid(ONE, "2" * 32, Credential("bid", "2" * 32, "secret"))
    assert told == []


@pytest.mark.parametrize("port", [":9", ""])
def test_no_token_goes_to_another_port_of_the_same_host(port: str) -> None:
    away = Response("moved", 307, {"Location": f"http://127.0.0.1{port}/api/2.5/tenders"})
    with a_core(lambda _: away) as (core, asked), pytest.raises(Unreachable):
        core.bid(ONE, "2" * 32, Credential("bid", "2" * 32, "secret"))
    assert len(asked) == 3  # asked again here, and nowhere else


SIGNATURE = Attachment("signed.p7s", "application/pkcs7-signature", b"signed")


@pytest.mark.parametrize(("user", "sent"), [("", None), ("us%40er:p%3Aw@", "Basic dXNAZXI6cDp3")])
def test_a_document_service_on_another_host_hears_no_key_and_no_token(
    user: str, sent: str | None
) -> None:
    kept = said({"url": "http://public.example/get/1", "title": "signed.p7s", "hash": "md5:0"}, 201)
    with a_core(lambda _: kept) as (service, handed_in), a_core(lambda _: said({})) as (own, asked):
        place = str(service._link._api).replace("http://127.0.0.1", f"http://{user}localhost")
        core = OpenProcurement(own._link._api, "key", documents=f"{place}/upload")
        assert core._link.upload(SIGNATURE)["url"] == "http://public.example/get/1"
        core.close()
    assert asked == []
    [request] = handed_in
    assert request.headers.get("Authorization") == sent
    assert "X-Access-Token" not in request.headers


def test_what_a_document_service_says_of_its_password_is_struck_out() -> None:
    def parrot(request: Any) -> Response:
        words = f"no such user {request.headers['Authorization']}, password p:w"
        errors = [{"location": "body", "name": "data", "description": words}]
        return Response(json.dumps({"status": "error", "errors": errors}), 422)

    with a_core(parrot) as (service, _), a_core(lambda _: said({})) as (own, _asked):
        place = str(service._link._api).replace(
            "http://127.0.0.1", "http://us%40er:p%3Aw@localhost"
        )
        core = OpenProcurement(own._link._api, "key", documents=f"{place}/upload")
        with pytest.raises(Refused) as refused:
            core._link.upload(SIGNATURE)
        assert "no such user" in refused.value.words
        for secret in ("p:w", "dXNAZXI6cDp3"):
            assert secret not in str(refused.value)
            assert secret not in repr(core._link._files)
        core.close()


def test_a_document_service_beside_the_core_knows_the_core_s_key() -> None:
    with a_core(lambda _: said({"url": "http://public.example/get/1"}, 201)) as (core, asked):
        core._link.upload(SIGNATURE)
    assert asked[0].headers["Authorization"] == "Bearer key"


def test_a_document_service_that_sends_on_to_another_host_is_not_followed() -> None:
    with a_core(lambda _: said({})) as (other, told):
        elsewhere = str(other._link._api).replace("127.0.0.1", "localhost")
        away = Response("moved", 308, {"Location": elsewhere})
        with a_core(lambda _: away) as (core, _), pytest.raises(Unreachable):
            core._link.upload(SIGNATURE)
    assert told == []


@pytest.mark.parametrize("status", [408, 409, 412, 423, 425, 429])
@pytest.mark.parametrize("wait", [None, "1", "date", "nan", "-5"])
def test_what_the_core_had_no_time_for_is_asked_again(status: int, wait: str | None) -> None:
    soon = format_datetime(datetime.now(UTC) + timedelta(seconds=1), usegmt=True)
    headers = {"Retry-After": soon if wait == "date" else wait} if wait else {}
    answers = iter([Response("<html>busy", status, headers)])
    made = said({"id": "4" * 32}, 201)
    ask = Action("question", SUPPLIER, ONE, values={"text": "Which colour?"})
    with a_core(lambda _: next(answers, made)) as (core, asked):
        assert core._act(ask).perform(core._access, doing(core, ask)).object == "4" * 32
    assert len(asked) == 2


def test_a_core_that_wants_to_be_left_alone_for_long_is_left_alone() -> None:
    later = format_datetime(datetime.now(UTC) + timedelta(minutes=5), usegmt=True)
    busy = Response("busy", 503, {"Retry-After": later})
    with a_core(lambda _: busy) as (core, asked), pytest.raises(Unreachable) as away:
        core.tender(ONE)
    assert away.value.wait
    assert away.value.wait > 60
    assert len(asked) == 1


@pytest.mark.parametrize(
    "body",
    ["", "null", "[]", '{"data": null}', '{"data": []}', '{"data": {"title": "x"}}', "<html>"],
)
def test_an_answer_that_says_nothing_is_no_success(body: str) -> None:
    ask = Action("question", SUPPLIER, ONE, values={"text": "Which colour?"})
    with a_core(lambda _: Response(body, 200)) as (core, _):
        with pytest.raises(Unreachable):
            core.tender(ONE)
        with pytest.raises(Unknown):
            core._act(ask).perform(core._access, doing(core, ask))


def test_a_body_that_cannot_be_unpacked_is_asked_for_again() -> None:
    packed = {"Content-Encoding": "gzip"}
    whole = Response(gzip.compress(json.dumps({"data": open_tender()}).encode()), 200, packed)
    answers = iter([Response(b"\x1f\x8bnonsense", 200, packed)])
    with a_core(lambda _: next(answers, whole)) as (core, _):
        assert core.tender(ONE).title == "Chairs"


@pytest.mark.parametrize(
    "errors", [["a text"], {"name": "x"}, None, [{"description": None}], [[1]], "no"]
)
def test_errors_of_any_shape_are_a_refusal(errors: Any) -> None:
    body = json.dumps({"status": "error", "errors": errors})
    with a_core(lambda _: Response(body, 422)) as (core, _), pytest.raises(Refused) as no:
        core.tender(ONE)
    assert no.value.reason == "malformed"


@pytest.mark.parametrize(
    "description",
    ["It is no code", ["It is no code"], {"id": ["It is no code"]}, [{"id": ["It is no code"]}]],
)
def test_the_words_of_a_refusal_are_kept_in_each_shape(description: Any) -> None:
    error = {"location": "body", "name": "classification", "description": description}
    body = json.dumps({"status": "error", "errors": [error]})
    with a_core(lambda _: Response(body, 422)) as (core, _), pytest.raises(Refused) as no:
        core.tender(ONE)
    assert (no.value.reason, no.value.field) == ("malformed", "code")
    assert "It is no code" in no.value.words


def test_an_object_without_an_owner_token_is_not_told_as_handed_in() -> None:
    tender = said(open_tender())

    def answer(request: Request) -> Response:
        if request.method == "POST":
            return said({"id": "5" * 32, "status": "draft"}, 201)
        return tender

    action = Action("bid", SUPPLIER, ONE, values={"amount": "400"})
    with a_core(answer) as (core, asked):
        preview = core.prepare(action)
        with pytest.raises(Refused):
            core.perform(preview, None, "key")
    assert [request.method for request in asked if request.method != "GET"] == ["POST"]


def test_a_cancelled_tender_is_not_told_to_have_ended_in_the_future() -> None:
    with a_core(lambda _: said(open_tender(status="cancelled"))) as (core, _):
        for kind, values in (("bid", {"amount": "400"}), ("question", {"text": "Which colour?"})):
            with pytest.raises(Refused) as no:
                core.prepare(Action(kind, SUPPLIER, ONE, values=values))  # type: ignore[arg-type]
            assert (no.value.reason, no.value.moment) == ("wrong_state", None)


@pytest.mark.parametrize("ending", ["", "/", "/api/2.5", "/api/2.5/"])
def test_the_address_may_name_the_api_or_not(ending: str) -> None:
    with a_core(lambda _: said(open_tender())) as (core, asked):
        root = core._link._api.removesuffix("/api/2.5")
        other = OpenProcurement(root + ending, "key")
        other.tender(ONE)
        other.close()
    assert asked[0].url.path == f"/api/2.5/tenders/{ONE}"


def test_what_is_found_later_is_no_answer_of_now() -> None:
    """The match of a question reads a list; rows without an id are none of ours."""
    ask = Action("question", SUPPLIER, ONE, values={"text": "Which colour?"})
    with a_core(lambda _: said([None, {"description": "x"}])) as (core, _):
        found = core.match(ask, None, "key", since=datetime.now(UTC))
    assert found == Found("absent")
