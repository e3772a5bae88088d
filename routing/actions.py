"""The machine that acts: a yes is written down, checked again, and performed once under a key.

No session is held while the core is asked. Between any two steps the process may die: the rows say
what may have left the house, and whoever goes on asks the core what it did before sending again.
"""

import logging
import time
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from datetime import datetime
from decimal import Decimal
from typing import Any, Literal, cast

from sqlalchemy import Engine

from bot.procurement.port import (
    Action,
    Attachment,
    CoreError,
    Found,
    Money,
    Preview,
    ProcurementCore,
    Reason,
    Receipt,
    Refused,
    Unknown,
    Unreachable,
)
from crm import actions, clock, credentials, db, delegations, messages, tickets, watches
from crm.db import Session
from crm.events import BOT, SYSTEM
from crm.messages import Draft
from crm.models import Action as Row
from crm.models import Contact, Conversation, File
from routing import calling_back, policy, words
from routing.acts import Acts

log = logging.getLogger(__name__)

TRIES = 3  # how often the core is asked what it did, and how often an act may be sent in one go
PAUSE = 0.3
LATE = 12.0  # seconds that a request without an answer is looked for before a person is asked
WAIT_FOR_OTHER = 40.0  # seconds for another performer of the same act to end
# What stands at the core the moment it is sent; all else is drafted first, and a draft is nothing.
AT_ONCE = frozenset({"question", "complaint"})
LOCAL = frozenset({"follow", "unfollow", "callback"})
QUEUE_OF = {
    "bid": "bidding",
    "submit_bid": "bidding",
    "amend_bid": "bidding",
    "withdraw_bid": "bidding",
    "callback": "technical",
    "request_certificate": "contract",
    "registration_help": "registration",
    "inspection": "contract",
    "approve_certificate": "contract",
    "complaint": "complaint",
    "withdraw_complaint": "complaint",
    "payment": "payment",
}
BUYERS_QUEUE = "buyer_support"

State = Literal["done", "failed", "unknown", "away", "nothing"]


@dataclass(frozen=True, slots=True)
class Outcome:
    """What came of a yes. `error` is the core's refusal; `receipt` is plain JSON."""

    state: State
    action: Mapping[str, Any]
    kind: str = ""
    receipt: Mapping[str, Any] | None = None
    error: Refused | None = None
    undo: str | None = None


@dataclass(frozen=True, slots=True)
class Job:
    """A claimed action with all that is needed while no session is held."""

    id: str
    attempt: int
    key: str
    kind: str
    conversation: str
    organisation: str
    role: str | None
    tender: str | None
    action: Action | None
    payload: Mapping[str, Any]
    preview: Mapping[str, Any]
    sent_at: datetime | None


class Machine:
    """Performs confirmed actions on one core. May be shared by threads and processes.

    `tell` words an outcome for a contact who hears of it after their turn was over.
    """

    def __init__(
        self,
        engine: Engine,
        core: ProcurementCore,
        acts: Acts,
        tell: Callable[[str, Outcome], str],
    ) -> None:
        self._engine, self._core, self._acts, self._tell = engine, core, acts, tell

    def start(self) -> None:
        """At the start of the only process of a SQLite desk, every performer is dead."""
        if self._engine.dialect.name == "sqlite":
            with db.transaction(self._engine) as s:
                actions.release_all(s)

    def perform(self, conversation_id: str, turn_id: str) -> Outcome:
        """Do what the contact said yes to in this turn; the same turn again does nothing twice."""
        with db.transaction(self._engine) as s:
            confirmed = actions.confirm(s, conversation_id, turn_id)
            action_id = confirmed.id if confirmed else None
        if action_id is None:
            return Outcome("nothing", {})
        self.drive(action_id)
        return self._outcome(action_id)

    def drive(self, action_id: str) -> bool:
        """Bring a confirmed action to an end, or wait until whoever performs it has done so.

        True when it was this call that performed it.
        """
        until = time.monotonic() + WAIT_FOR_OTHER
        while True:
            with db.transaction(self._engine) as s:
                row = actions.claim(s, action_id)
                job = _job(row) if row else None
                busy = row is None and s.get_one(Row, action_id).state == "performing"
            if job is not None:
                self._work(job)
                return True
            if not busy or time.monotonic() > until:
                return False
            time.sleep(PAUSE)

    def sweep(self) -> int:
        """Take up what a dead performer left; returns how many actions were brought on."""
        with db.reading(self._engine) as s:
            left = [(row.id, row.conversation_id) for row in actions.unfinished(s)]
        for action_id, conversation_id in left:
            if self.drive(action_id):
                self._tell_late(action_id, conversation_id)
        with db.transaction(self._engine) as s:
            actions.expire(s)
        return len(left)

    # --- one action ------------------------------------------------------------------------------

    def _work(self, job: Job) -> None:
        try:
            if job.organisation:
                self._must_still_stand(job)
            if job.kind in LOCAL or job.kind not in self._core.capabilities:
                self._here(job)
                return
            self._at_core(job)
        except Refused as error:
            if error.reason == "not_offered":  # not for this tender: the team in charge takes it
                self._here(job)
            else:
                self._refuse(job, error)
        except Unreachable:
            self._away(job)

    def _at_core(self, job: Job) -> None:
        if job.action is None:
            raise Refused("malformed")
        if job.sent_at is not None and self._settled_before(job, job.sent_at):
            return
        credential = self._acts.for_action(job.conversation, job.organisation, job.action)
        preview = self._core.prepare(job.action, credential)
        _must_be_as_shown(job, preview)
        late = False
        for _ in range(TRIES):
            if not self._sending(job):
                return
            began = clock.now()
            try:
                receipt = self._core.perform(
                    preview, self._begun(job) or credential, job.key,
                    files=self._files(job), keep=lambda new: self._keep(job, new),
                )  # fmt: skip
            except Unknown as error:
                late = error.late
                if self._settled_before(
                    job, job.sent_at or began, late=late and job.kind in AT_ONCE
                ):
                    return
                continue
            self._finish(job, receipt)
            return
        # A try that was answered by a failure and left no trace at the core did nothing.
        if late:
            self._doubt(job)
        else:
            self._away(job)

    def _settled_before(self, job: Job, since: datetime, *, late: bool = False) -> bool:
        """Ask the core what an unanswered request did; True when nothing is left to send.

        A `late` one may still arrive: what has left no trace by then is for a person to find out,
        because whatever is sent after it could be the second.
        """
        until = time.monotonic() + (LATE if late else 0.0)
        while True:
            found = self._found(job, since)
            if found is not None and found.state == "done" and found.receipt is not None:
                self._finish(job, found.receipt)
                return True
            if found is None or found.state != "absent" or (late and time.monotonic() > until):
                self._doubt(job)
                return True
            if not late:
                return False
            time.sleep(PAUSE)

    def _found(self, job: Job, since: datetime) -> Found | None:
        """What the core knows of the request; None when it does not say."""
        assert job.action is not None  # noqa: S101 - narrows the type
        credential = self._acts.for_action(job.conversation, job.organisation, job.action)
        credential = self._begun(job) or credential
        for n in range(TRIES):
            try:
                return self._core.match(job.action, credential, job.key, since=since)
            except CoreError:
                time.sleep(PAUSE * (n + 1))
        return None

    def _begun(self, job: Job) -> Any:
        """The token of an object that an earlier try of this very act already made."""
        with db.reading(self._engine) as s:
            began = s.get_one(Row, job.id).payload.get("began")
        if not began:
            return None
        return self._acts.credential(job.conversation, job.organisation, *began)

    def _keep(self, job: Job, new: Any) -> None:
        self._acts.keep(job.conversation, job.organisation, job.tender, new)
        with db.transaction(self._engine) as s:
            actions.began(s, job.id, [new.kind, new.object])

    def _must_still_stand(self, job: Job) -> None:
        with db.reading(self._engine) as s:
            talk = s.get_one(Conversation, job.conversation)
            stands = delegations.stands(s, talk.contact_id, job.organisation, job.role or "")
        if not stands:
            raise NoPermission

    def _sending(self, job: Job) -> bool:
        with db.transaction(self._engine) as s:
            return actions.sending(s, job.id, job.attempt)

    def _files(self, job: Job) -> list[Attachment]:
        wanted = [str(one) for one in job.payload.get("files") or ()]
        with db.reading(self._engine) as s:
            found = [s.get(File, one) for one in wanted]
            return [
                Attachment(f.name, f.media_type, f.content)
                for f in found
                if f is not None and f.conversation_id == job.conversation
            ]

    # --- ends ------------------------------------------------------------------------------------

    def _finish(self, job: Job, receipt: Receipt) -> None:
        if receipt.credential is not None:
            self._keep(job, receipt.credential)
        shown = {
            "number": receipt.number,
            "at": receipt.at.isoformat(),
            "object": receipt.object,
            "state": receipt.state,
            "status": receipt.status,
            "fee": f"{receipt.fee.amount} {receipt.fee.currency}" if receipt.fee else None,
        }
        with db.transaction(self._engine) as s:
            if job.kind == "withdraw_bid" and job.action and job.action.target:
                credentials.end(s, kind="bid", object_id=job.action.target)
            actions.finish(s, job.id, job.attempt, shown)

    def _here(self, job: Job) -> None:
        """What the desk does itself: watches and call-backs, and a ticket for what no core can."""
        with db.transaction(self._engine) as s:
            row = s.get_one(Row, job.id)
            talk = s.get_one(Conversation, job.conversation)
            number = _watch(s, row, talk) if job.kind in ("follow", "unfollow") else None
            ticket = None if number else _ticket(s, row, talk, job)
            if ticket and job.kind == "callback":
                _call_back(s, talk, ticket.queue, job)
            receipt = {
                "number": number or (ticket.number if ticket else ""),
                "at": clock.now().isoformat(),
                "state": "done",
                "ticket": ticket.number if ticket and job.kind != "callback" else None,
            }
            actions.finish(s, job.id, job.attempt, receipt, ticket.id if ticket else None)

    def _refuse(self, job: Job, error: Refused) -> None:
        reason = "no_permission" if isinstance(error, NoPermission) else error.reason
        with db.transaction(self._engine) as s:
            if actions.fail(s, job.id, job.attempt, reason):
                actions.note_refusal(s, job.id, _refusal_json(error, reason))

    def _away(self, job: Job) -> None:
        with db.transaction(self._engine) as s:
            actions.put_back(s, job.id, job.attempt)

    def _doubt(self, job: Job) -> None:
        """A person finds out: a ticket with what was sent, and the action counted as unknown."""
        with db.transaction(self._engine) as s:
            row = s.get_one(Row, job.id)
            talk = s.get_one(Conversation, job.conversation)
            subject = words.say(
                talk.language, "act_doubt_subject", kind=row.kind, number=row.tender_number or ""
            )
            ticket = tickets.open_ticket(
                s,
                actor=SYSTEM,
                contact_id=talk.contact_id,
                subject=subject,
                category="unknown_act",
                queue=QUEUE_OF.get(row.kind, "bidding"),
                priority="urgent",
                reference=row.tender_number,
                conversation=talk,
            )
            actions.doubt(s, job.id, job.attempt, ticket.id)

    # --- telling ---------------------------------------------------------------------------------

    def _outcome(self, action_id: str) -> Outcome:
        with db.reading(self._engine) as s:
            return outcome_of(s.get_one(Row, action_id))

    def _tell_late(self, action_id: str, conversation_id: str) -> None:
        """Who said yes hears of the end also when it came after their turn was over."""
        with db.transaction(self._engine) as s:
            row = s.get_one(Row, action_id)
            if not actions.owes_word(s, row):
                return
            talk = s.get_one(Conversation, conversation_id, with_for_update=True)
            outcome = outcome_of(row)
            text = self._tell(talk.language, outcome)
            draft = Draft(BOT, text, talk.language, action=outcome.action)
            messages.say(s, talk, draft)


class NoPermission(Refused):
    """The delegation ran out or was taken back between the preview and the yes."""

    def __init__(self) -> None:
        super().__init__("forbidden")


def outcome_of(row: Row) -> Outcome:
    """What became of an action, from its row alone."""
    shown = public(row)
    undo = row.preview.get("undo")
    if row.state == "done":
        receipt = dict(row.receipt or {}) | {"tender_number": row.tender_number}
        return Outcome("done", shown, row.kind, receipt, undo=undo)
    if row.state == "unknown":
        return Outcome("unknown", shown, row.kind)
    if row.state == "failed":
        return Outcome("failed", shown, row.kind, error=_refusal(row))
    return Outcome("away", shown, row.kind)


def public(row: Row) -> dict[str, Any]:
    """An action as a reply shows it: nothing of what it carries."""
    return {
        "id": row.id,
        "kind": row.kind,
        "state": row.state,
        "key": row.key,
        "receipt": row.receipt,
        "performed_at": row.performed_at.isoformat() if row.performed_at else None,
    }


def _job(row: Row) -> Job:
    kept = row.payload.get("action")
    local = row.kind in LOCAL
    return Job(
        id=row.id,
        attempt=row.attempt,
        key=row.key,
        kind=row.kind,
        conversation=row.conversation_id,
        organisation=row.organisation or "",
        role=row.role,
        tender=row.tender,
        action=None if local or not kept else Action.from_json(kept),
        payload=row.payload,
        preview=row.preview,
        sent_at=row.sent_at,
    )


def _must_be_as_shown(job: Job, fresh: Preview) -> None:
    """What the contact said yes to is what will be done, or nothing is."""
    shown = job.preview.get("amount")
    now = [str(fresh.amount.amount), fresh.amount.currency] if fresh.amount else None
    if shown != now:
        raise Refused("changed")


def _watch(s: Session, row: Row, talk: Conversation) -> str:
    person = delegations.person_of(s, talk.contact_id)
    number = row.tender_number or ""
    if row.kind == "follow":
        watches.follow(s, talk, person=person, number=number, tender=row.tender)
    else:
        watches.unfollow(s, person=person, number=number)
    return number


def _call_back(s: Session, talk: Conversation, queue: str, job: Job) -> None:
    """The promise itself; the ticket holds what it is about."""
    values = dict((job.payload.get("action") or {}).get("values") or {})
    calling_back.promise(
        s,
        talk,
        queue=queue,
        when=str(values.get("when") or ""),
        number=str(values.get("phone") or ""),
        about=str(job.payload.get("title") or ""),
    )


def _queue(row: Row, talk: Conversation, about: str) -> str:
    """The team in charge; of a call-back it is whoever the matter belongs to."""
    usual = QUEUE_OF.get(row.kind, BUYERS_QUEUE)
    if row.kind != "callback":
        return usual
    return talk.queue or policy.likely_queue(talk, about) or usual


def _ticket(s: Session, row: Row, talk: Conversation, job: Job) -> Any:
    """The structured request as a ticket of the team in charge, its values as an internal note."""
    kept = job.payload.get("action") or {}
    values = dict(kept.get("values") or {})
    about = row.tender_number or str(job.payload.get("title") or "") or row.kind
    moved = row.kind == "callback" and talk.ticket_id and calling_back.standing(s, talk)
    if moved:
        ticket = tickets.get(s, talk.ticket_id or "")
    else:
        ticket = tickets.open_ticket(
            s,
            actor=BOT,
            contact_id=talk.contact_id,
            subject=words.say(talk.language, "act_ticket_subject", kind=row.kind, number=about),
            category="callback" if row.kind == "callback" else row.kind,
            queue=_queue(row, talk, about),
            reference=row.tender_number,
            conversation=talk,
        )
    facts = {"kind": row.kind, "tender": row.tender_number, "organisation": row.organisation}
    told = facts if actions.is_sealed(row) else facts | values  # a bid's price is no one's note
    lines = [f"{name}: {value}" for name, value in told.items() if value]
    draft = Draft(SYSTEM, "\n".join(lines), talk.language, audience="internal")
    messages.say(s, talk, draft)
    contact = s.get_one(Contact, talk.contact_id)
    if values.get("email") and not contact.email:
        contact.email = str(values["email"])
    return ticket


def _refusal_json(error: Refused, reason: str) -> dict[str, Any]:
    return {
        "reason": reason,
        "words": error.words[:300],
        "field": error.field,
        "moment": error.moment.isoformat() if error.moment else None,
        "limit": [str(error.limit.amount), error.limit.currency] if error.limit else None,
    }


def _refusal(row: Row) -> Refused:
    kept = row.preview.get("refusal") or {}
    limit = kept.get("limit")
    return Refused(
        cast("Reason", kept.get("reason") or row.reason or "refused"),
        kept.get("words") or "",
        field=kept.get("field"),
        moment=datetime.fromisoformat(kept["moment"]) if kept.get("moment") else None,
        limit=Money(Decimal(limit[0]), limit[1]) if limit else None,
    )
