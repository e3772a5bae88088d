# ruff: noqa: E501 - rows of tables read best on one line
"""Counterparts of providers that tests cannot reach, each judging by its published contract."""

import base64
import hashlib
import re
import time
from dataclasses import dataclass, field
from datetime import UTC, datetime
from email.utils import format_datetime, parsedate_to_datetime
from urllib.parse import parse_qsl

from starlette.applications import Starlette
from starlette.requests import Request
from starlette.responses import JSONResponse, Response
from starlette.routing import Route

from tests.phone.simulator import openapi

ACCOUNT_SID, AUTH_TOKEN = "AC" + "a" * 32, "t" * 32
MESSAGES = f"/2010-04-01/Accounts/{ACCOUNT_SID}/Messages.json"
PDF = b"%PDF-1.4\n%%EOF\n"


@dataclass
class FakeTwilio:
    """The REST side for messages, judged by Twilio's own OpenAPI document.

    `bad_days` are played one a request: `busy` 429, `down` 503 before doing anything, `lost` does
    it and answers 500, `stall` does it and is silent for longer than anybody waits, a number is
    that Twilio error.
    """

    sent: list[dict] = field(default_factory=list)
    faults: list[str] = field(default_factory=list)
    bad_days: list[str | int] = field(default_factory=list)
    stall_seconds: float = 3.0
    contents: list[dict] = field(default_factory=list)

    @property
    def app(self) -> Starlette:
        return Starlette(routes=[Route("/{path:path}", self._all, methods=["GET", "POST"])])

    async def _all(self, request: Request) -> Response:
        login = base64.b64encode(f"{ACCOUNT_SID}:{AUTH_TOKEN}".encode()).decode()
        if request.headers.get("authorization") != f"Basic {login}":
            return self._error(401, 20003)
        if "/Media/" in request.url.path:
            return Response(PDF, media_type="application/pdf")
        if request.url.path == "/v1/Content":
            return await self._content(request)
        form = parse_qsl((await request.body()).decode(), keep_blank_values=True)
        wrong = openapi.faults(request.method, request.url.path, form)
        if request.method == "GET":
            return self._listed(dict(request.query_params))
        given = dict(form)
        if not {"Body", "MediaUrl", "ContentSid"} & set(given):
            wrong.append("21602: neither Body nor MediaUrl nor ContentSid")
        if len(given.get("Body", "")) > 1600:
            wrong.append("21617: Body is too long")
        if wrong:
            self.faults += wrong
            return self._error(400, 20001)
        return self._take(given, self.bad_days.pop(0) if self.bad_days else "")

    async def _content(self, request: Request) -> Response:
        """Shapes of choices: listed, and made once each."""
        if request.method == "GET":
            return JSONResponse({"contents": self.contents, "meta": {"key": "contents"}})
        told = await request.json()
        self.faults += content_faults(told)
        sid = "HX" + hashlib.md5(told["friendly_name"].encode()).hexdigest()  # noqa: S324 - a name
        self.contents.append({"sid": sid, **told})
        return JSONResponse(self.contents[-1], 201)

    def _take(self, form: dict, day: str | int) -> Response:
        if isinstance(day, int):
            return self._error(400, day)
        if day in {"busy", "down"}:
            return self._error(429 if day == "busy" else 503, 20429 if day == "busy" else 20503)
        sid = "SM" + hashlib.md5(f"{len(self.sent)}".encode()).hexdigest()  # noqa: S324 - a name
        now = format_datetime(datetime.now(UTC))
        self.sent.append({"sid": sid, "form": form, "at": now})
        if day == "stall":
            time.sleep(self.stall_seconds)
        if day == "lost":
            return self._error(500, 20500)
        return JSONResponse(self._shown(self.sent[-1]), 201)

    def _listed(self, query: dict) -> Response:
        found = [
            self._shown(m)
            for m in reversed(self.sent)
            if m["form"]["To"] == query.get("To") and m["form"]["From"] == query.get("From")
        ]
        return JSONResponse({"messages": found, "next_page_uri": None, "page": 0, "uri": MESSAGES})

    def _shown(self, m: dict) -> dict:
        form = m["form"]
        assert parsedate_to_datetime(m["at"])
        return {
            "sid": m["sid"], "body": form.get("Body", ""), "to": form["To"], "from": form["From"],
            "status": "queued", "date_created": m["at"], "date_sent": None, "date_updated": m["at"],
            "direction": "outbound-api", "num_media": "0", "num_segments": "1", "price": None,
            "price_unit": "USD", "error_code": None, "error_message": None, "api_version": "2010-04-01",
            "account_sid": ACCOUNT_SID, "messaging_service_sid": None, "subresource_uris": {},
            "uri": MESSAGES,
        }  # fmt: skip

    def _error(self, status: int, code: int) -> Response:
        return JSONResponse({"code": code, "message": "no", "status": status}, status)


def content_faults(told: dict) -> list[str]:
    """What WhatsApp would not show: kinds, and the lengths that its buttons and lists have."""
    wrong = [f"content lacks {name}" for name in ("language", "types") if not told.get(name)]
    for kind, shape in {k: v for k, v in told["types"].items() if v}.items():
        if kind == "twilio/quick-reply":
            titles = [a["title"] for a in shape["actions"]]
            wrong += [f"{len(titles)} buttons"] * (not 1 <= len(titles) <= 3)
            wrong += [f"button {t!r}" for t in titles if not 0 < len(t) <= 20]
        elif kind == "twilio/list-picker":
            titles = [i["item"] for i in shape["items"]]
            wrong += [f"{len(titles)} items"] * (not 1 <= len(titles) <= 10)
            wrong += [f"item {t!r}" for t in titles if not 0 < len(t) <= 24]
            wrong += ["button of the list"] * (not 0 < len(shape["button"]) <= 20)
        else:
            wrong.append(f"kind {kind}")
    return wrong


@dataclass
class FakeTelegram:
    """The bot API: its token in the address, its limits, `{"ok": …}` answers."""

    token: str
    calls: list[tuple[str, dict]] = field(default_factory=list)
    faults: list[str] = field(default_factory=list)
    bad_days: list[int] = field(default_factory=list)
    # The other end of every request's connection.
    callers: list[object] = field(default_factory=list)

    @property
    def app(self) -> Starlette:
        return Starlette(routes=[Route("/{path:path}", self._all, methods=["GET", "POST"])])

    def of(self, method: str) -> list[dict]:
        return [fields for name, fields in self.calls if name == method]

    async def _all(self, request: Request) -> Response:
        path = request.url.path
        self.callers.append(request.client)
        if path == f"/file/bot{self.token}/documents/file_1.pdf":
            return Response(PDF)
        found = re.fullmatch(rf"/bot{re.escape(self.token)}/(\w+)", path)
        if found is None:
            return JSONResponse({"ok": False, "error_code": 401}, 401)
        fields = await self._fields(request)
        if self.bad_days:
            code = self.bad_days.pop(0)
            return JSONResponse({"ok": False, "error_code": code, "description": "no"}, code)
        wrong = self._wrong(found.group(1), fields)
        if wrong:
            self.faults.append(wrong)
            return JSONResponse({"ok": False, "error_code": 400, "description": wrong}, 400)
        self.calls.append((found.group(1), fields))
        result: object = {"message_id": len(self.calls)}
        if found.group(1) == "getFile":
            result = {"file_id": fields["file_id"], "file_path": "documents/file_1.pdf"}
        return JSONResponse({"ok": True, "result": result})

    async def _fields(self, request: Request) -> dict:
        if "json" in request.headers.get("content-type", ""):
            return dict(await request.json())
        fields: dict = {}
        async with request.form() as form:
            for name, given in form.items():
                is_text = isinstance(given, str)
                fields[name] = given if is_text else (given.filename, await given.read())
        return fields

    def _wrong(self, method: str, fields: dict) -> str:
        text = fields.get("text", "")
        if method == "sendMessage" and not 0 < len(text.encode("utf-16-le")) // 2 <= 4096:
            return "message is too long or empty"
        if method == "sendDocument" and "document" not in fields:
            return "there is no document"
        secret = fields.get("secret_token", "a")
        if method == "setWebhook" and not re.fullmatch(r"[A-Za-z0-9_-]{1,256}", secret):
            return "secret token contains unallowed characters"
        return ""


@dataclass
class FakeKakao:
    """Where callbacks go: each address takes one answer, of skill JSON 2.0, within its limits."""

    taken: dict[str, dict] = field(default_factory=dict)
    faults: list[str] = field(default_factory=list)

    @property
    def app(self) -> Starlette:
        return Starlette(routes=[Route("/{path:path}", self._all, methods=["POST"])])

    async def _all(self, request: Request) -> Response:
        told = await request.json()
        self.faults += skill_faults(told)
        if request.url.path in self.taken:
            return JSONResponse({"status": "FAIL", "message": "used"}, 400)
        self.taken[request.url.path] = told
        return JSONResponse({"status": "SUCCESS"})


def skill_faults(told: dict) -> list[str]:
    """What Kakao would not show of a skill's answer."""
    wrong = [] if told.get("version") == "2.0" else ["version is not 2.0"]
    if told.get("useCallback"):
        return wrong
    template = told.get("template", {})
    outputs = template.get("outputs", [])
    if not 1 <= len(outputs) <= 3:
        wrong.append(f"{len(outputs)} outputs")
    kinds = [next(iter(output)) for output in outputs]
    known = {"simpleText", "simpleImage", "textCard"}
    wrong += [f"an output of kind {kind}" for kind in kinds if kind not in known]
    shown = [output["simpleText"]["text"] for output in outputs if "simpleText" in output]
    for output in outputs:
        image, card = output.get("simpleImage"), output.get("textCard")
        if image and not (image["imageUrl"].startswith("https://") and image["altText"]):
            wrong.append(f"image {image}")
        if card and not (0 < len(card["title"]) <= 50 and 1 <= len(card["buttons"]) <= 3):
            wrong.append(f"card {card}")
    wrong += [
        "not a simpleText of 1 to 1000 letters" for text in shown if not 0 < len(text) <= 1000
    ]
    replies = template.get("quickReplies", [])
    if len(replies) > 10:
        wrong.append("more than ten quickReplies")
    wrong += [f"label {r['label']!r}" for r in replies if not 0 < len(r["label"]) <= 14]
    return wrong
