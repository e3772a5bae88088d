"""What the bot may look up while it fills an act: the core, the desk's index, and whose is what.

Every call opens and closes its own short session; the core is asked with none held.
"""

from collections.abc import Sequence
from datetime import datetime
from decimal import Decimal
from email.message import EmailMessage
from typing import Protocol

from sqlalchemy import Engine

from bot.acting.port import Checked, CodeWay, Held, Named, Sent, Standing
from bot.acting.searching import Sought
from bot.procurement.port import (
    Action,
    Award,
    Bid,
    Complaint,
    Contract,
    Credential,
    Kind,
    Money,
    Party,
    Preview,
    ProcurementCore,
    Refused,
    Tender,
    Wanted,
)
from crm import clock, codes, credentials, db, delegations, registered_phones, tenders
from crm.models import Contact, Conversation
from crm.models import Tender as Row
from routing import words
from routing.channels.phone import numbers

OPEN_FIRST = ("active.enquiries", "active.tendering")
# Which owner token an act on an object needs; a new object needs that of the tender, if any.
TOKEN_OF = {
    "submit_bid": "bid",
    "amend_bid": "bid",
    "withdraw_bid": "bid",
    "withdraw_complaint": "complaint",
    "sign_contract": "bid",
    "answer_question": "tender",
    "extend": "tender",
    "cancel_tender": "tender",
    "award": "tender",
    "reject_bid": "tender",
    "activate_contract": "tender",
    "payment": "tender",
    "close_contract": "tender",
}


class CodePost(Protocol):
    """The way a one-time code goes out; None where there is none."""

    def send(self, address: str, subject: str, text: str) -> bool:
        """Whether the provider took it; a text has no subject."""
        ...


class Acts:
    """Implements `bot.acting.port.Desk` over the record and one core."""

    def __init__(
        self,
        engine: Engine,
        core: ProcurementCore,
        key: bytes,
        post: CodePost | None = None,
        texts: CodePost | None = None,
        region: str | None = None,
    ) -> None:
        """`post` takes codes by e-mail, `texts` by SMS; `region` is where numbers without a country
        code are meant.
        """
        self._engine, self._core, self._key = engine, core, key
        self._post, self._texts, self._region = post, texts, region

    def can(self, kind: Kind) -> bool:
        return kind in self._core.capabilities

    def now(self) -> datetime:
        return self._core.now()

    def named(self, number: str) -> Named | None:
        with db.reading(self._engine) as s:
            row = tenders.by_number(s, number)
            known = _named(row) if row else None
        if known and known.id:
            return known
        found = self._core.find_tenders(Wanted(number=number, limit=1))
        return _of_core(found[0]) if found else known

    def found(self, words: str, limit: int = 5) -> Sequence[Named]:
        found = self.searched(Sought(words=words), limit)
        with db.reading(self._engine) as s:
            caught_up = tenders.is_caught_up(s)
        if found or caught_up:
            return found
        return [_of_core(one) for one in self._core.find_tenders(Wanted(text=words, limit=limit))]

    def searched(self, sought: Sought, limit: int = 5) -> Sequence[Named]:
        wanted = tenders.Wanted(
            text=sought.words,
            category=sought.kind,
            currency=sought.currency,
            at_least=None if sought.at_least is None else float(sought.at_least),
            at_most=None if sought.at_most is None else float(sought.at_most),
            closes_after=sought.closes_after,
            closes_before=sought.closes_before,
        )
        with db.reading(self._engine) as s:
            rows = [_named(row) for row in tenders.find(s, wanted, behind=None, limit=50)]
        if sought.open_only:
            return [one for one in rows if one.status in OPEN_FIRST][:limit]
        return sorted(rows, key=lambda one: one.status not in OPEN_FIRST)[:limit]

    def tender(self, tender: str) -> Tender:
        try:
            return self._core.tender(tender)
        except Refused as refused:
            if refused.reason != "not_found":
                raise
        with db.transaction(self._engine) as s:
            status = tenders.doubt(s, tender)
        if status is None:
            raise Refused("not_found")
        # Once may be a machine of the core's that has not heard of it: the crawl finds out.
        raise Refused("withdrawn" if status == tenders.WITHDRAWN else "not_shown")

    def held(self, conversation: str, organisation: str, kind: str, tender: str) -> Sequence[Held]:
        with db.reading(self._engine) as s:
            found = credentials.held(
                s,
                contact_id=self._person(s, conversation),
                organisation=organisation,
                kind=kind,
                tender=tender,
            )
            return [Held(one.object, one.tender) for one in found]

    def bid(self, conversation: str, organisation: str, tender: str, bid: str) -> Bid:
        token = self.credential(conversation, organisation, "bid", bid)
        return self._core.bid(tender, bid, token)

    def bids(self, tender: str) -> Sequence[Bid]:
        return self._core.bids(tender)

    def awards(self, tender: str) -> Sequence[Award]:
        return self._core.awards(tender)

    def contracts(self, tender: str) -> Sequence[Contract]:
        return [self._core.contract(short.id) for short in self._core.contracts(tender)]

    def complaints(self, tender: str) -> Sequence[Complaint]:
        return self._core.complaints(tender)

    def party(self, conversation: str, organisation: str) -> Party:
        with db.reading(self._engine) as s:
            contact = s.get_one(Contact, self._person(s, conversation))
            name = organisation or contact.name or ""
            return Party(name=name, person=contact.name or "", email=contact.email or "")

    def prepare(self, conversation: str, organisation: str, action: Action) -> Preview:
        return self._core.prepare(action, self.for_action(conversation, organisation, action))

    def organisations(self, conversation: str) -> Standing:
        with db.reading(self._engine) as s:
            talk = s.get_one(Conversation, conversation)
            proven = s.get_one(Contact, talk.contact_id).proven
            all_of = delegations.of(s, talk.contact_id) if proven else []
            live = [d for d in all_of if d.expires_at > clock.now()]
            old = [d for d in all_of if d.expires_at <= clock.now()]
            return Standing(
                proven,
                [(d.organisation, d.role) for d in live],
                [(d.organisation, d.role) for d in old],
            )

    def code_ways(self) -> frozenset[CodeWay]:
        ways: tuple[tuple[CodeWay, CodePost | None], ...] = (
            ("email", self._post),
            ("sms", self._texts),
        )
        return frozenset(way for way, post in ways if post is not None)

    def send_code(self, conversation: str, address: str, language: str) -> Sent:
        kind: CodeWay = "email" if "@" in address else "sms"
        post = self._post if kind == "email" else self._texts
        to = address if kind == "email" else numbers.normal(address, self._region)
        if post is None or to is None:
            return "no_way"
        with db.transaction(self._engine) as s:
            talk = s.get_one(Conversation, conversation, with_for_update=True)
            digits = codes.issue(s, talk, to, key=self._key, kind=kind)
        if digits is None:
            return "too_many"
        subject = words.say(language, "code_subject")
        sent = post.send(to, subject, words.say(language, "code_text", code=digits))
        return "sent" if sent else "no_way"

    def send_code_to_phone(self, conversation: str, language: str) -> Sent:
        if self._texts is None:
            return "no_way"
        with db.transaction(self._engine) as s:
            talk = s.get_one(Conversation, conversation, with_for_update=True)
            phone = registered_phones.of_number(s, talk.address)
            number = phone.number if phone else ""
            digits = codes.issue(s, talk, number, key=self._key, kind="sms") if number else None
        if digits is None:
            return "too_many" if number else "no_way"
        text = words.say(language, "code_text", code=digits)
        return "sent" if self._texts.send(number, "", text) else "no_way"

    def check_code(self, conversation: str, digits: str) -> Checked:
        with db.transaction(self._engine) as s:
            talk = s.get_one(Conversation, conversation, with_for_update=True)
            return codes.check(s, talk, digits, key=self._key)

    # --- for the machine that performs (routing/actions.py) -------------------------------------

    def for_action(self, conversation: str, organisation: str, action: Action) -> Credential | None:
        """The token that an act needs, if the person holds it for this organisation."""
        kind = "bid" if _about_an_award(action) else TOKEN_OF.get(action.kind)
        if kind is None:
            return None
        target = action.target if action.target and kind in ("bid", "complaint") else None
        if target is None or action.kind == "sign_contract":
            held = self.held(conversation, organisation, kind, action.tender or "")
            target = held[0].id if held else None
        return self.credential(conversation, organisation, kind, target) if target else None

    def credential(
        self, conversation: str, organisation: str, kind: str, object_id: str
    ) -> Credential | None:
        with db.reading(self._engine) as s:
            token = credentials.opened(
                s,
                key=self._key,
                kind=kind,
                object_id=object_id,
                contact_id=self._person(s, conversation),
                organisation=organisation,
            )
        return Credential(kind, object_id, token) if token else None  # type: ignore[arg-type]  # what was kept is one of them

    def keep(
        self, conversation: str, organisation: str, tender: str | None, new: Credential
    ) -> None:
        """Keep the owner token of a new object before anything else happens with it."""
        with db.transaction(self._engine) as s:
            credentials.keep(
                s,
                key=self._key,
                kind=new.kind,
                object_id=new.object,
                token=new.token,
                contact_id=self._person(s, conversation),
                organisation=organisation,
                tender=new.object if new.kind == "tender" else tender,
            )

    @staticmethod
    def _person(s: db.Session, conversation: str) -> str:
        talk = s.get_one(Conversation, conversation)
        return delegations.person_of(s, talk.contact_id)


def _about_an_award(action: Action) -> bool:
    """Only who bid may complain about an award."""
    return action.kind == "complaint" and bool(action.values.get("award"))


def mail(sender: str, address: str, subject: str, text: str) -> EmailMessage:
    message = EmailMessage()
    message["From"], message["To"], message["Subject"] = sender, address, subject
    message.set_content(text)
    return message


def _named(row: Row) -> Named:
    value = Money(Decimal(str(row.amount)), row.currency) if row.amount is not None else None
    return Named(
        row.core_id or "", row.number, row.title, row.status, row.buyer, row.tender_ends, value
    )


def _of_core(tender: Tender) -> Named:
    return Named(
        tender.id,
        tender.number,
        tender.title,
        tender.status,
        tender.buyer,
        tender.tender_ends,
        tender.value,
    )
