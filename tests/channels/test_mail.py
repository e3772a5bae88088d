"""E-mail with real servers: in by IMAP and by hook, answered over SMTP, drafts, bounces, faults."""

import smtplib
import ssl
from collections.abc import Iterator
from pathlib import Path

import pytest
from aiosmtpd.smtp import AuthResult
from sqlalchemy import Engine, func, select

from api.auth import COOKIE
from crm import counselors, db
from crm.models import Conversation, Counselor, Delivery, Event, Identity, InboxItem, Message, Turn
from routing import hooks, outbound
from routing.channels.email.bounces import REASONS, reason_of
from routing.channels.email.imap import TAKEN, Mailbox
from routing.channels.email.smtp import REPLIES, Server
from routing.channels.port import Refused, Unreachable
from tests.channels.mail_desk import MailDesk, mail_desk
from tests.channels.mails.corpus import KIM, LEE, PDF, attached, mail, multi, part
from tests.channels.servers import Dovecot, SmtpServer, certificate_for
from tests.conftest import on_sqlite
from tests.routing.test_turns import settled, until


@pytest.fixture
def smtp() -> Iterator[SmtpServer]:
    with SmtpServer() as server:
        yield server


@pytest.fixture
def house(engine: Engine, tmp_path: Path, smtp: SmtpServer) -> Iterator[MailDesk]:
    with mail_desk(engine, tmp_path, SMTP_URL=f"smtp://127.0.0.1:{smtp.port}") as house:
        yield house


@pytest.fixture(scope="module")
def certificate(tmp_path_factory: pytest.TempPathFactory) -> tuple[Path, Path]:
    return certificate_for(tmp_path_factory.mktemp("tls"))


@pytest.fixture(scope="module")
def dovecot(certificate: tuple[Path, Path]) -> Iterator[Dovecot]:
    with Dovecot(*certificate) as server:
        yield server


def all_settled(engine: Engine) -> None:
    with db.reading(engine) as s:
        ids = s.scalars(select(Turn.id)).all()
    until(lambda: all(settled(engine, turn_id) for turn_id in ids))


def talks(engine: Engine) -> list[Conversation]:
    with db.reading(engine) as s:
        return list(s.scalars(select(Conversation).order_by(Conversation.created_at)))


def count(engine: Engine, model: type) -> int:
    with db.reading(engine) as s:
        return s.scalar(select(func.count()).select_from(model)) or 0


QUESTION = mail(
    "what is the floor?", sender=f"Kim <{KIM}>", subject="Deposit", headers="Message-ID: <k1@x>\n"
)


def test_a_mail_is_answered_by_a_mail_in_its_thread(house: MailDesk, smtp: SmtpServer) -> None:
    assert house.mail(QUESTION) == 200
    all_settled(house.engine)
    house.send()
    [arrived] = smtp.arrived
    answer = arrived.mail
    [talk] = talks(house.engine)
    assert arrived.to == [KIM]
    assert answer["Subject"] == "Re: Deposit"
    assert answer["In-Reply-To"] == answer["References"] == "<k1@x>"
    assert answer["Auto-Submitted"] == "auto-replied"
    assert answer["X-Auto-Response-Suppress"] == "All"
    assert house.addresses.conversation_in(answer["Reply-To"]) == talk.id
    assert house.addresses.delivery_of_ids(answer["Message-ID"])
    assert house.addresses.delivery_in(arrived.sender)
    assert not [name for name in answer if name.lower().startswith("list-")]
    plain = answer.get_body(("plain",)).get_content().replace("\r\n", "\n")
    shown = answer.get_body(("html",)).get_content()
    assert plain.startswith("The floor is 88 %.")
    assert "Sources:\n- Price floor (1): https://desk.example/help/en/price-floor#floor" in plain
    assert '<a href="https://desk.example/help/en/price-floor#floor">Price floor</a>' in shown
    assert '<html lang="en">' in shown


def test_the_thread_goes_on_and_no_other_begins(house: MailDesk, smtp: SmtpServer) -> None:
    house.mail(QUESTION)
    all_settled(house.engine)
    house.send()
    sent = smtp.arrived[0].mail
    reply = mail(
        "and for works?",
        sender=KIM,
        subject=sent["Subject"],
        headers=f"In-Reply-To: {sent['Message-ID']}\n",
        to=sent["Reply-To"],
    )
    house.mail(reply)
    all_settled(house.engine)
    house.send()
    again = smtp.arrived[1].mail
    assert len(talks(house.engine)) == 1
    assert again["References"].split()[:2] == ["<k1@x>", sent["Message-ID"]]
    with db.reading(house.engine) as s:
        proven = s.scalars(select(Identity.proven_at).where(Identity.value == KIM)).one()
        assert proven is not None  # who answers our signed address reads that mailbox


def test_a_draft_waits_for_a_counselor_and_is_sent_in_their_name(
    engine: Engine, tmp_path: Path, smtp: SmtpServer
) -> None:
    url = f"smtp://127.0.0.1:{smtp.port}"
    with mail_desk(engine, tmp_path, policy="draft", SMTP_URL=url) as house:
        house.mail(QUESTION)
        all_settled(house.engine)
        [talk] = talks(house.engine)
        path = f"/api/v1/conversations/{talk.id}"
        seen = house.desk.as_("supervisor", "GET", path).json()
        [draft] = [m for m in seen["messages"] if m["draft"]]
        assert (draft["draft"], draft["audience"], draft["text"]) == (
            "offered", "internal", "The floor is 88 %.",
        )  # fmt: skip
        assert (seen["status"], seen["handoff"]["reason"]) == ("waiting", "draft")
        house.send()
        assert "received your message as ticket T-" in smtp.arrived[0].raw.decode()
        assert "88 %" not in smtp.arrived[0].raw.decode()
        settle = f"{path}/drafts/{draft['id']}"
        accept = {"json": {"decision": "accept"}}
        assert house.desk.as_("supervisor", "POST", settle, **accept).status_code == 403
        house.desk.as_("supervisor", "POST", f"{path}/accept")
        said = house.desk.as_("supervisor", "POST", settle, **accept).json()
        assert (said["author"], said["audience"], said["text"]) == (
            "counselor", "public", "The floor is 88 %.",
        )  # fmt: skip
        assert [c["article"] for c in said["citations"]] == ["price-floor"]
        again = house.desk.as_("supervisor", "POST", settle, **accept).json()
        assert again["id"] == said["id"]
        other = house.desk.as_("supervisor", "POST", settle, json={"decision": "discard"})
        assert other.status_code == 409
        house.send()
        answer = smtp.arrived[-1].mail
        assert "88 %" in answer.get_body(("plain",)).get_content()
        assert answer["Auto-Submitted"] is None  # a person wrote it
        assert answer["Subject"].startswith("Re: Deposit [T-")


def test_a_draft_can_be_changed_or_discarded(engine: Engine, tmp_path: Path) -> None:
    with mail_desk(engine, tmp_path, policy="draft", SMTP_URL="smtp://127.0.0.1:9") as house:
        for n, sender in enumerate((KIM, LEE)):
            house.mail(mail("what is the floor?", sender=sender, headers=f"Message-ID: <{n}@x>\n"))
        all_settled(house.engine)
        for talk, how in zip(
            talks(house.engine),
            ({"decision": "accept", "text": "It is 90 %."}, {"decision": "discard"}),
            strict=True,
        ):
            path = f"/api/v1/conversations/{talk.id}"
            house.desk.as_("supervisor", "POST", f"{path}/accept")
            seen = house.desk.as_("supervisor", "GET", path).json()
            [draft] = [m for m in seen["messages"] if m["draft"]]
            said = house.desk.as_("supervisor", "POST", f"{path}/drafts/{draft['id']}", json=how)
            assert said.json()["text"] == how.get("text", draft["text"])
            seen = house.desk.as_("supervisor", "GET", path).json()
            public = [m["text"] for m in seen["messages"] if m["author"] == "counselor"]
            assert public == ([how["text"]] if "text" in how else [])


def test_the_console_shows_a_draft_and_what_was_held(sqlite_engine: Engine, tmp_path: Path) -> None:
    with mail_desk(sqlite_engine, tmp_path, policy="draft", SMTP_URL="smtp://127.0.0.1:9") as house:
        house.mail(QUESTION)
        house.mail(mail("news", headers="List-Id: x\n"))
        all_settled(house.engine)
        talk = talks(house.engine)[0]
        with db.transaction(house.engine) as s:
            person = house.desk.people["supervisor"].id
            secret, session = counselors.sign_in(s, s.get_one(Counselor, person))
        cookie = {"Cookie": f"{COOKIE}={secret}"}
        for language, drafts, held in (("en", "Drafts by", "Take in"), ("ko", "초안", "접수")):
            with db.transaction(house.engine) as s:
                counselors.use_interface(s, person, language)
            side = house.desk.http.get(f"/console/talks/{talk.id}", headers=cookie)
            assert drafts in side.text
            assert held in house.desk.http.get("/console/post", headers=cookie).text
        house.desk.as_("supervisor", "POST", f"/api/v1/conversations/{talk.id}/accept")
        with db.reading(house.engine) as s:
            draft = s.scalars(select(Message.id).where(Message.draft == "offered")).one()
            item = s.scalars(select(InboxItem.id).where(InboxItem.state == "quarantined")).one()
        form = {"decision": "accept", "csrf": session.csrf}
        path = f"/console/talks/{talk.id}/drafts/{draft}"
        assert house.desk.http.post(path, data=form, headers=cookie).status_code == 204
        settle = {"row": item, "do": "discard", "csrf": session.csrf}
        for expected in ("/console/post", "/console/post?problem=gone"):
            told = house.desk.http.post(
                "/console/post", data=settle, headers=cookie, follow_redirects=False
            )
            assert told.headers["location"] == expected
        assert "Drafts" not in house.desk.http.get(f"/console/talks/{talk.id}", headers=cookie).text


def test_where_people_alone_answer_the_bot_is_silent(engine: Engine, tmp_path: Path) -> None:
    with mail_desk(engine, tmp_path, policy="human", SMTP_URL="smtp://127.0.0.1:9") as house:
        house.mail(mail("I was not paid my invoice", sender=KIM))
        [talk] = talks(house.engine)
        assert (talk.owner_kind, talk.queue, talk.handoff["reason"]) == ("queue", "payment", "mail")
        assert count(house.engine, Turn) == 0


def test_an_answer_to_a_counselors_mail_starts_the_clock_of_the_next(
    engine: Engine, tmp_path: Path, smtp: SmtpServer
) -> None:
    url = f"smtp://127.0.0.1:{smtp.port}"
    with mail_desk(engine, tmp_path, policy="human", SMTP_URL=url) as house:
        house.mail(mail("I was not paid my invoice", sender=KIM))
        [talk] = talks(house.engine)
        path = f"/api/v1/conversations/{talk.id}"
        house.desk.as_("counselor", "POST", f"{path}/accept")
        said = {"client_id": "1", "text": "Which invoice is it?", "audience": "public"}
        assert house.desk.as_("counselor", "POST", f"{path}/messages", json=said).is_success
        house.send()
        ticket = f"/api/v1/tickets/{talk.ticket_id}"
        pending = house.desk.as_("counselor", "PATCH", ticket, json={"status": "pending"})
        assert pending.json()["next_answer_due"] is None
        to = smtp.arrived[-1].mail["Reply-To"]
        house.mail(mail("Number 77", sender=KIM, to=to))
        asked = house.desk.as_("counselor", "GET", ticket).json()
        assert (asked["status"], asked["next_answer_due"] is None) == ("open", False)


def test_files_leave_with_a_counselors_mail(house: MailDesk, smtp: SmtpServer) -> None:
    house.mail(mail("a person please", sender=KIM, subject="Form"))
    all_settled(house.engine)
    [talk] = talks(house.engine)
    path = f"/api/v1/conversations/{talk.id}"
    house.desk.as_("counselor", "POST", f"{path}/accept")
    kept = house.desk.as_("counselor", "POST", f"{path}/files", files={"file": ("form.pdf", PDF)})
    body = {
        "client_id": "1",
        "text": "here",
        "audience": "public",
        "files": [kept.json()["file_id"]],
    }
    assert house.desk.as_("counselor", "POST", f"{path}/messages", json=body).status_code == 201
    house.send()
    [file] = smtp.arrived[-1].mail.iter_attachments()
    assert (file.get_filename(), file.get_content_type()) == ("form.pdf", "application/pdf")
    assert file.get_content() == PDF


def test_a_fax_waits_for_a_person_with_its_pages(house: MailDesk) -> None:
    fax = multi(part(""), attached("fax.pdf", PDF), subject="Fax from +82 2 1234 5678")
    house.mail(fax)
    [talk] = talks(house.engine)
    assert (talk.status, talk.owner_kind) == ("waiting", "queue")


@pytest.mark.parametrize("signature", ["", "t=1,v1=zz", "é", "t=1,v1=" + "0" * 64])
def test_a_mail_with_a_wrong_signature_is_403(house: MailDesk, signature: str) -> None:
    assert house.answer(QUESTION, signature=signature.encode()).status_code == 403
    assert count(house.engine, InboxItem) == 0


def test_a_signature_is_good_for_five_minutes_and_for_its_mail_alone(house: MailDesk) -> None:
    assert house.answer(QUESTION, age=600).status_code == 403
    assert house.answer(QUESTION, age=-600).status_code == 403
    assert house.answer(QUESTION, age=200).json() == {"new": True}
    assert house.answer(QUESTION).json() == {"new": False}
    assert count(house.engine, Message) >= 1


def test_a_mail_of_ten_megabytes_is_taken_and_one_over_the_limit_is_413(house: MailDesk) -> None:
    large = multi(part("large"), attached("a.pdf", PDF + b"0" * 7_000_000), sender=KIM)
    assert len(large) > 9_000_000
    assert house.mail(large) == 200
    assert house.mail(large + b"0" * 20_000_000) == 413
    with db.reading(house.engine) as s:
        assert s.scalars(select(InboxItem.state)).all() == ["done"]


@on_sqlite
def test_two_machines_that_answer_each_other_come_to_rest(
    house: MailDesk, smtp: SmtpServer
) -> None:
    """A robot that marks nothing answers every mail of ours with a new one."""
    for n in range(25):
        house.mail(mail(f"hello {n}", sender=KIM, headers=f"Message-ID: <r{n}@x>\n"))
        all_settled(house.engine)
    house.send()
    assert len(smtp.arrived) <= 16
    assert {talk.status for talk in talks(house.engine)} == {"open", "waiting"}


def test_held_mail_is_seen_taken_in_or_discarded(house: MailDesk) -> None:
    for n in range(2):
        house.mail(mail(f"news {n}", headers=f"List-Id: x\nMessage-ID: <n{n}@x>\n"))
    as_ = house.desk.as_
    held = as_("supervisor", "GET", "/api/v1/inbox").json()
    assert [item["reason"] for item in held["items"]] == ["automatic", "automatic"]
    first, second = (item["id"] for item in held["items"])
    raw = as_("supervisor", "GET", f"/api/v1/inbox/{first}/raw")
    assert raw.content.startswith(b"From: lee@other.example")
    assert raw.headers["content-disposition"].startswith("attachment")
    assert as_("supervisor", "POST", f"/api/v1/inbox/{first}/retry").json()["state"] == "done"
    assert as_("supervisor", "POST", f"/api/v1/inbox/{first}/retry").status_code == 409
    assert as_("supervisor", "POST", f"/api/v1/inbox/{second}/discard").json()["state"] == "done"
    assert as_("supervisor", "GET", "/api/v1/inbox").json()["items"] == []
    assert len(talks(house.engine)) == 1
    page = as_("supervisor", "GET", "/api/v1/inbox?limit=1")
    assert page.json() == {"items": [], "next": None}


# --- SMTP -------------------------------------------------------------------------------------


def test_a_server_that_is_away_is_waited_for(engine: Engine, tmp_path: Path) -> None:
    with mail_desk(engine, tmp_path, SMTP_URL="smtp://127.0.0.1:9") as house:
        house.mail(QUESTION)
        all_settled(house.engine)
        outbound.send_due(house.engine, house.channels)
        with db.reading(house.engine) as s:
            delivery = s.scalars(select(Delivery)).one()
            assert (delivery.state, delivery.attempts) == ("due", 1)
            assert "ConnectionRefusedError" in delivery.reason


@on_sqlite
@pytest.mark.parametrize(
    ("line", "state", "reason"),
    [
        ("550 5.1.1 who?", "failed", "no such address (5.1.1)"),
        ("552 5.2.2 full", "failed", "the mailbox is full (5.2.2)"),
        ("550 no", "failed", "no such address"),
        ("571 no", "failed", "code 571"),
        ("450 4.7.1 later", "due", "greylisted (4.7.1)"),
        ("451 later", "due", "the server failed"),
    ],
)
def test_what_a_server_answers_decides(
    house: MailDesk, smtp: SmtpServer, line: str, state: str, reason: str
) -> None:
    smtp.refuse = lambda _: line
    house.mail(QUESTION)
    all_settled(house.engine)
    outbound.send_due(house.engine, house.channels)
    with db.reading(house.engine) as s:
        delivery = s.scalars(select(Delivery)).one()
        assert (delivery.state, delivery.reason) == (state, reason)
        notes = s.scalars(
            select(Message.text).where(Message.audience == "internal").order_by(Message.created_at)
        ).all()
    assert notes == ([f"The last message did not reach the person: {reason}"] if state == "failed"
                     else [])  # fmt: skip


def test_a_server_that_dies_after_the_content_leaves_the_delivery_unknown(
    house: MailDesk, smtp: SmtpServer, monkeypatch: pytest.MonkeyPatch
) -> None:
    def dies(self: smtplib.SMTP, msg: bytes) -> None:
        del msg
        self.close()
        raise smtplib.SMTPServerDisconnected("gone")

    monkeypatch.setattr(smtplib.SMTP, "data", dies)
    house.mail(QUESTION)
    all_settled(house.engine)
    outbound.send_due(house.engine, house.channels)
    with db.reading(house.engine) as s:
        delivery = s.scalars(select(Delivery)).one()
        notes = s.scalars(
            select(Message.text).where(Message.audience == "internal").order_by(Message.created_at)
        ).all()
    assert delivery.state == "unknown"
    assert notes[0].startswith("Nobody knows whether the last message reached the person")
    assert outbound.send_due(house.engine, house.channels) == 0
    monkeypatch.undo()
    listed = house.desk.as_("admin", "GET", "/api/v1/deliveries").json()["items"]
    assert [(row["id"], row["state"]) for row in listed] == [(delivery.id, "unknown")]
    again = house.desk.as_("admin", "POST", f"/api/v1/deliveries/{delivery.id}/resend")
    assert again.json()["state"] == "due"
    house.send()
    assert smtp.arrived[0].mail["Message-ID"] == house.addresses.message_id(delivery.id)


@pytest.mark.parametrize("code", sorted(REASONS))
def test_every_enhanced_code_of_the_table_says_its_reason(code: str) -> None:
    assert reason_of(f"550 {code} words") == f"{REASONS[code]} ({code})"


@pytest.mark.parametrize("code", sorted(REPLIES))
def test_every_reply_of_the_table_means_later_or_never(code: int, smtp: SmtpServer) -> None:
    smtp.refuse = lambda _: f"{code} words"
    later = code < 500 or code in {530, 535}
    letter = mail_of()
    with pytest.raises(Unreachable if later else Refused, match=REPLIES[code]):
        Server(f"smtp://127.0.0.1:{smtp.port}").deliver(
            letter, sender="a@b.example", to="c@d.example"
        )


def mail_of() -> object:
    from email.message import EmailMessage  # noqa: PLC0415 - for these two tests alone

    letter = EmailMessage()
    letter["From"], letter["To"] = "a@b.example", "c@d.example"
    letter.set_content("words")
    return letter


def test_mail_leaves_over_starttls_with_a_login(
    certificate: tuple[Path, Path], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("SSL_CERT_FILE", str(certificate[0]))
    logins: list[bytes] = []

    def check(
        server: object, session: object, envelope: object, kind: str, given: object
    ) -> object:
        del server, session, envelope, kind
        logins.append(given.password)
        return AuthResult(success=given.password == b"s/cr:t@", handled=False)

    options = {
        "tls_context": server_side(certificate), "require_starttls": True, "auth_required": True,
        "authenticator": check,
    }  # fmt: skip
    with SmtpServer(options=options) as server:
        url = f"smtp://desk:{{}}@localhost:{server.port}"
        send_by(url.format("s%2Fcr%3At%40"))
        with pytest.raises(Unreachable, match="login"):
            send_by(url.format("wrong"))
    assert len(server.arrived) == 1
    assert (logins[0], set(logins)) == (b"s/cr:t@", {b"s/cr:t@", b"wrong"})


def test_mail_leaves_over_smtps(
    certificate: tuple[Path, Path], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("SSL_CERT_FILE", str(certificate[0]))
    with SmtpServer(options={"ssl_context": server_side(certificate)}) as server:
        send_by(f"smtps://localhost:{server.port}")
    assert [arrived.to for arrived in server.arrived] == [["c@d.example"]]


def server_side(certificate: tuple[Path, Path]) -> ssl.SSLContext:
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    context.load_cert_chain(*certificate)
    return context


def send_by(url: str) -> None:
    Server(url).deliver(mail_of(), sender="a@b.example", to="c@d.example")


def test_a_server_with_a_certificate_of_nobodys_trust_gets_no_mail(
    certificate: tuple[Path, Path],
) -> None:
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    context.load_cert_chain(*certificate)
    with (
        SmtpServer(options={"ssl_context": context}) as server,
        pytest.raises(Unreachable, match="SSLCertVerificationError"),
    ):
        Server(f"smtps://localhost:{server.port}").deliver(
            mail_of(), sender="a@b.example", to="c@d.example"
        )
    assert server.arrived == []


# --- IMAP -------------------------------------------------------------------------------------


def test_a_mailbox_is_read_over_tls_and_each_mail_taken_once(
    engine: Engine, tmp_path: Path, dovecot: Dovecot, certificate: tuple[Path, Path],
    monkeypatch: pytest.MonkeyPatch,
) -> None:  # fmt: skip
    monkeypatch.setenv("SSL_CERT_FILE", str(certificate[0]))
    user = f"box-{engine.dialect.name}"
    dovecot.deliver(*(numbered(n) for n in range(5)), user=user)
    with mail_desk(engine, tmp_path, IMAP_URL=dovecot.url(user=user), works=True) as house:
        until(lambda: count(house.engine, InboxItem) == 5)
        until(lambda: all(TAKEN in flags for flags in dovecot.flags(user)))
        dovecot.deliver(numbered(5), numbered(0), user=user)  # one new, one that came before
        until(lambda: all(TAKEN in flags for flags in dovecot.flags(user)))
        assert count(house.engine, InboxItem) == 6
        all_settled(house.engine)
        assert len(talks(house.engine)) == 6
        assert not any("\\Seen" in flags for flags in dovecot.flags(user))


def numbered(n: int) -> bytes:
    return mail(
        f"what is the floor {n}?", sender=f"p{n}@x.example", headers=f"Message-ID: <i{n}@x>\n"
    )


def test_a_mail_whose_taking_in_died_is_fetched_again(
    sqlite_engine: Engine, tmp_path: Path, dovecot: Dovecot
) -> None:
    dovecot.deliver(*(numbered(n) for n in range(3)), user="dies")
    mailbox = Mailbox(
        dovecot.url(secure=False, user="dies").replace("localhost", "127.0.0.1"), 10**6
    )
    with mail_desk(sqlite_engine, tmp_path) as house:
        seen = []

        def dies(hook: object) -> None:
            seen.append(hook)
            hooks.take(house.engine, house.desk.settings, house.channels["email"], hook)
            if len(seen) == 2:
                raise KeyboardInterrupt  # kept, but not yet marked

        with pytest.raises(KeyboardInterrupt):
            mailbox.fetch_new(dies)
        assert count(house.engine, InboxItem) == 2
        take = lambda hook: hooks.take(  # noqa: E731 - one line says it
            house.engine, house.desk.settings, house.channels["email"], hook
        )
        assert mailbox.fetch_new(take) == 2
        assert mailbox.fetch_new(take) == 0
        assert count(house.engine, InboxItem) == 3
        assert len(talks(house.engine)) == 3


def test_a_mail_that_is_too_large_waits_for_a_person_and_stays_in_the_box(
    sqlite_engine: Engine, tmp_path: Path, dovecot: Dovecot
) -> None:
    dovecot.deliver(mail("z" * 40_000 + "\n", subject="a large one"), numbered(1), user="large")
    mailbox = Mailbox(
        dovecot.url(secure=False, user="large").replace("localhost", "127.0.0.1"), 20_000
    )
    with mail_desk(sqlite_engine, tmp_path) as house:
        mailbox.fetch_new(
            lambda hook: hooks.take(
                house.engine, house.desk.settings, house.channels["email"], hook
            )
        )
        [held] = house.desk.as_("auditor", "GET", "/api/v1/inbox").json()["items"]
        assert held["reason"].startswith("too_large")
        assert held["size"] < 1000  # its headers alone
        assert len(dovecot.flags("large")) == 2
        house.desk.as_("admin", "POST", f"/api/v1/inbox/{held['id']}/retry")
        with db.reading(house.engine) as s:
            assert "a large one" in s.scalars(select(Message.text)).all()


def test_the_worker_outlives_a_mailbox_that_goes_away(
    sqlite_engine: Engine, tmp_path: Path, certificate: tuple[Path, Path]
) -> None:
    with Dovecot(*certificate) as server:
        server.deliver(numbered(0))
        url = server.url(secure=False).replace("localhost", "127.0.0.1")
        with mail_desk(sqlite_engine, tmp_path, IMAP_URL=url, works=True) as house:
            until(lambda: count(house.engine, InboxItem) == 1)
            server.stop()
            server.start()
            server.deliver(numbered(1))
            until(lambda: count(house.engine, InboxItem) == 2)


# --- bounces ----------------------------------------------------------------------------------


def test_a_bounce_fails_the_delivery_and_tells_the_counselor(
    house: MailDesk, smtp: SmtpServer
) -> None:
    house.mail(QUESTION)
    all_settled(house.engine)
    house.send()
    [sent] = smtp.arrived
    told = mail(
        "552 5.2.2 mailbox full",
        sender="MAILER-DAEMON@x.example",
        subject="failure",
        to=sent.sender,
    )
    for _ in range(2):
        assert house.mail(told) == 200
    with db.reading(house.engine) as s:
        delivery = s.scalars(select(Delivery)).one()
        assert (delivery.state, delivery.reason) == ("failed", "the mailbox is full (5.2.2)")
        notes = s.scalars(
            select(Message.text).where(Message.audience == "internal").order_by(Message.created_at)
        ).all()
        kinds = s.scalars(select(Event.kind).order_by(Event.id)).all()
    assert notes == ["The last message did not reach the person: the mailbox is full (5.2.2)"]
    assert kinds.count("delivery.failed") == 1
