"""The demo desk: people in every role, a portal's users, and a few tenders. All of it invented."""

import json
import secrets
from collections.abc import Iterable, Mapping
from datetime import timedelta
from pathlib import Path
from typing import Any

import jwt
from sqlalchemy import Engine, select

from api.commands.keys import write_private
from crm import clock, contacts, counselors, credentials, db, macros, replies, tenders
from crm.access import Member
from crm.db import Session
from crm.errors import Unauthorized
from crm.events import SYSTEM
from crm.models import Counselor, Tender
from crm.settings import QUEUES, Settings

FIRST_LINE = tuple(queue for queue in QUEUES if queue != "legal")
LANGUAGES = ("en", "es", "ko")
# "example" is a name that can never belong to anybody (RFC 2606).
PEOPLE = (
    ("counselor", "Counselor Demo-One", FIRST_LINE),
    ("senior", "Senior Demo-Two", QUEUES),
    ("supervisor", "Supervisor Demo-Three", QUEUES),
    ("editor", "Editor Demo-Four", ()),
    ("admin", "Admin Demo-Five", ()),
    ("auditor", "Auditor Demo-Six", ()),
)
REPLIES = (
    ("Greeting",
     "Good day, {contact}. My name is {counselor}. I have read what you wrote; one moment, please.",
     "Buen día, {contact}. Soy {counselor}. Ya leí lo que escribió; un momento, por favor.",
     "안녕하세요, {contact}님. 상담원 {counselor}입니다. 남겨 주신 내용을 확인하고 있습니다."),
    ("More time",
     "I need a little longer to check this. Please stay here; I will write again shortly.",
     "Necesito un poco más de tiempo. No cierre el chat, por favor: le escribo enseguida.",
     "확인에 시간이 조금 더 필요합니다. 창을 닫지 말고 기다려 주시면 곧 다시 안내드리겠습니다."),
    ("Follow-up in the ticket",
     "I will follow this up under ticket {ticket} and write to you as soon as I know more.",
     "Daré seguimiento en el ticket {ticket} y le escribiré en cuanto sepa más.",
     "접수 번호 {ticket}번으로 계속 확인하여 결과가 나오는 대로 알려 드리겠습니다."),
)  # fmt: skip
# Name, changes, note, and the words by language.
MACROS: tuple[tuple[str, dict[str, Any], str | None, tuple[str, ...]], ...] = (
    ("Waiting for a document",
     {"status": "pending", "assignee": "me", "add_tags": ["document"]},
     "A document was asked for; the clocks stand until it is here.",
     ("Please send us the document here, {contact}. Your ticket {ticket} waits for it.",
      "Por favor, envíenos el documento por aquí, {contact}. Su ticket {ticket} queda a la espera.",
      "{contact}님, 서류를 여기로 보내 주세요. 접수 번호 {ticket}번은 그때까지 보류됩니다.")),
    ("To the payment team",
     {"queue": "payment", "category": "payment", "assignee": "nobody"},
     None,
     ("I pass your ticket {ticket} to {queue}. You need not repeat anything.",
      "Paso su ticket {ticket} a {queue}. No tiene que repetir nada.",
      "접수 번호 {ticket}번을 {queue} 담당으로 넘깁니다. 다시 설명하지 않으셔도 됩니다.")),
    ("Solved",
     {"status": "solved", "assignee": "me"},
     None,
     ("Your ticket {ticket} is solved. If anything is left, simply write here.",
      "Su ticket {ticket} queda resuelto. Si falta algo, escriba aquí.",
      "접수 번호 {ticket}번 처리가 완료되었습니다. 더 필요한 것이 있으면 여기에 남겨 주세요.")),
)  # fmt: skip
DEMO_BUYER = "Demo City Hall"
TOKEN_LASTS = timedelta(days=30)


# Which state shows which part of a demo, where the core is not the sandbox.
PARTS = {"open_enquiry": "active.enquiries", "open_bidding": "active.tendering",
         "sealed": "active.tendering"}  # fmt: skip


def furnish(engine: Engine, settings: Settings, url: str, put_up: dict[str, str]) -> Path:
    """Sign up the demo people and write demo.json (mode 0600).

    `put_up` are numbers by their part: open_enquiry, open_bidding, sealed.
    """
    path = settings.data / "demo.json"
    kept = _passwords(path)
    with db.transaction(engine) as s:
        users = [_user(s, *person, kept) for person in PEOPLE]
        _word_replies(s)
        _write_macros(s)
    told = {
        "url": url,
        "users": users,
        "suppliers": [_portal_user(settings, "supplier", f"Ficticia {n} Ltd.", n) for n in (1, 2)],
        "buyers": [_portal_user(settings, "buyer", DEMO_BUYER, 1)],
        "tenders": put_up,
    }
    write_private(path, json.dumps(told, ensure_ascii=False, indent=2))
    return path


def entrust(engine: Engine, settings: Settings, put_up: Iterable[Mapping[str, Any]]) -> None:
    """Give the demo's buyer the owner tokens of the sandbox tenders that are its own."""
    with db.transaction(engine) as s:
        contact = contacts.recognise(s, kind="portal", value="demo-buyer-1", language="en")
        for one in put_up:
            tender = tenders.by_number(s, str(one["number"]))
            if tender is None or tender.buyer != DEMO_BUYER:
                continue
            credentials.keep(
                s,
                key=settings.secret,
                kind="tender",
                object_id=str(one["id"]),
                token=str(one["token"]),
                contact_id=contact.id,
                organisation=DEMO_BUYER,
                tender=str(one["id"]),
            )


def tenders_by_state(engine: Engine) -> dict[str, str]:
    """For each part the number of the newest tender in its state, where there is one."""
    with db.reading(engine) as s:
        found = {
            part: s.scalar(
                select(Tender.number)
                .where(Tender.status == status)
                .order_by(Tender.place_in_line.desc())
                .limit(1)
            )
            for part, status in PARTS.items()
        }
    return {part: number for part, number in found.items() if number}


def read(path: Path) -> dict[str, Any]:
    told: dict[str, Any] = json.loads(path.read_text())
    return told


def _passwords(path: Path) -> dict[str, str]:
    """What an earlier start wrote down, by address; nothing where it was interrupted."""
    try:
        return {user["email"]: user["password"] for user in read(path)["users"]}
    except (OSError, ValueError):
        return {}


def _word_replies(s: Session) -> None:
    """A few canned replies to begin with; who has worded any keeps their own."""
    if replies.every(s):
        return
    for name, *texts in REPLIES:
        replies.save(s, SYSTEM, name=name, texts=dict(zip(LANGUAGES, texts, strict=True)))


def _write_macros(s: Session) -> None:
    """A few macros of the demo's supervisor for everybody; who has written any keeps their own."""
    email = "supervisor@desk.example"
    person = s.scalars(select(Counselor).where(Counselor.email == email)).one()
    member = Member(person.id, person.role, person.queues, person.name)
    if macros.usable(s, member):
        return
    for name, changes, note, texts in MACROS:
        macros.save(
            s,
            member,
            name=name,
            scope="all",
            queue=None,
            changes=changes,
            note=note,
            texts=dict(zip(LANGUAGES, texts, strict=True)),
        )


def _user(
    s: Session, role: str, name: str, queues: tuple[str, ...], kept: Mapping[str, str]
) -> dict[str, str]:
    """A person with a password and a new token; `kept` are an earlier start's passwords.

    One that still opens the desk stays, so that nobody is signed out by a restart.
    """
    email = f"{role}@desk.example"
    known = s.scalar(select(Counselor).where(Counselor.email == email))
    if known and _opens(s, email, kept.get(email, "")):
        return _signed_up(s, known, kept[email])
    password = secrets.token_urlsafe(12)
    if known:
        counselors.set_password(s, known, password)
    else:
        known = counselors.sign_up(
            s,
            email=email,
            name=name,
            password=password,
            role=role,
            languages=LANGUAGES,
            queues=queues,
        )
    return _signed_up(s, known, password)


def _opens(s: Session, email: str, password: str) -> bool:
    try:
        counselors.by_password(s, email, password)
    except Unauthorized:
        return False
    return True


def _signed_up(s: Session, known: Counselor, password: str) -> dict[str, str]:
    token = counselors.issue_token(s, known)
    return {"role": known.role, "email": known.email, "password": password, "token": token}


def _portal_user(settings: Settings, role: str, organisation: str, n: int) -> dict[str, str]:
    email = f"{role}{n}@{role}s.example"
    claims = {
        "aud": "sinmungo",
        "sub": f"demo-{role}-{n}",
        "email": email,
        "name": f"{role.title()} Demo-{n}",
        "organisation": organisation,
        "role": role,
        "exp": clock.now() + TOKEN_LASTS,
    }
    token = jwt.encode(claims, settings.portal_key or b"", algorithm="HS256")
    return {"email": email, "organisation": organisation, "user_token": token}
