"""Campaigns: drafted, started, paused, finished; each contact reached at most once by each."""

import hashlib
import secrets
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta

from sqlalchemy import ColumnElement, CursorResult, and_, false, func, or_, select, update

from crm import access, clock, db, events, merging
from crm.access import Member
from crm.db import Session
from crm.errors import Conflict, Invalid, NotFound
from crm.events import SYSTEM, Actor
from crm.models import Campaign, CampaignTarget, Contact, Conversation, Event, Rating

KINDS = ("happy_call", "survey", "notice", "promotion")
PURPOSE = {
    "happy_call": "service",
    "survey": "research",
    "notice": "service",
    "promotion": "promotion",
}
QUESTIONS = ("overall", "activeness", "kindness", "accuracy", "speed")
RESULTS = ("satisfied", "follow_up", "no_answer", "refused", "wrong_person")
MOVES = {
    "start": (frozenset({"draft", "paused"}), "running"),
    "pause": (frozenset({"running"}), "paused"),
    "finish": (frozenset({"draft", "running", "paused"}), "done"),
}
TRIES = 3
TRY_AGAIN = timedelta(hours=4)
MOST_TARGETS = 20_000
MOST_SHOWN = 20
# So many values go into one statement on either database.
PORTION = 500


@dataclass(frozen=True, slots=True)
class Person:
    """Whom to reach, the talk that it is about, who had it, and when; now where nobody says."""

    contact_id: str
    about_id: str | None = None
    counselor_id: str | None = None
    due_at: datetime | None = None


def draft(
    s: Session, actor: Actor, *, name: str, kind: str, texts: Mapping[str, str], per_minute: int
) -> Campaign:
    if kind not in KINDS:
        raise Invalid(f"kind is one of {', '.join(KINDS)}.", field="kind")
    campaign = Campaign(
        name=name,
        kind=kind,
        texts=dict(texts),
        per_minute=per_minute,
        created_by=actor.id or "",
        created_at=clock.now(),
    )
    s.add(campaign)
    s.flush()
    events.emit(s, "campaign.drafted", actor, data={"campaign": campaign.id, "kind": kind})
    return campaign


def get(s: Session, campaign_id: str, *, lock: bool = False) -> Campaign:
    campaign = s.get(Campaign, campaign_id, with_for_update=lock)
    if campaign is None:
        raise NotFound("There is no such campaign.")
    return campaign


def move(s: Session, actor: Actor, campaign: Campaign, verb: str) -> Campaign:
    """Start, pause or finish; raises Conflict from a state that does not allow it."""
    before, after = MOVES[verb]
    if campaign.state not in before:
        raise Conflict(f"This campaign is {campaign.state}.", state=campaign.state)
    campaign.state = after
    events.emit(s, "campaign.moved", actor, data={"campaign": campaign.id, "state": after})
    return campaign


def add_contacts(s: Session, actor: Actor, campaign: Campaign, contact_ids: Sequence[str]) -> int:
    """Take contacts in; who is in already stays once. Returns how many are new."""
    _must_fit(len(set(contact_ids)))
    known: set[str] = set()
    for at in range(0, len(contact_ids), PORTION):
        some = list(contact_ids[at : at + PORTION])
        known.update(s.scalars(select(Contact.id).where(Contact.id.in_(some))))
    unknown = sorted(set(contact_ids) - known)
    if unknown:
        raise Invalid("These contacts are not known.", contacts=unknown[:10])
    return _take_in(s, actor, campaign, [Person(c) for c in dict.fromkeys(contact_ids)])


def add_closed(
    s: Session,
    actor: Actor,
    campaign: Campaign,
    *,
    since: datetime,
    until: datetime,
    queue: str | None,
) -> int:
    """Take in everybody whose talk with a counselor was wrapped up in [since, until)."""
    query = select(Conversation.contact_id, Conversation.id).where(
        Conversation.closed_at >= since,
        Conversation.closed_at < until,
        Conversation.accepted_at.is_not(None),
        Conversation.wrap_code != "abuse",
    )
    if queue:
        query = query.where(Conversation.queue == queue)
    latest: dict[str, str] = {}
    for contact, talk in s.execute(query.order_by(Conversation.closed_at.desc())):
        latest.setdefault(contact, talk)
    _must_fit(len(latest))
    people = [Person(contact, talk, _counselor_of(s, talk)) for contact, talk in latest.items()]
    return _take_in(s, actor, campaign, people)


def follow_up(
    s: Session,
    actor: Actor,
    *,
    incident_id: str,
    name: str,
    texts: Mapping[str, str],
    people: Sequence[Person],
) -> None:
    """The happy calls after an incident: one campaign that runs at once, its calls apart in time,
    and holds all who were affected however many they are."""
    campaign = draft(s, actor, name=name, kind="happy_call", texts=texts, per_minute=1)
    campaign.incident_id = incident_id
    _take_in(s, actor, campaign, people, limited=False)
    move(s, actor, campaign, "start")


def after_incident(s: Session, member: Member, incident_id: str) -> Sequence[CampaignTarget]:
    """The happy calls after an incident that no wall keeps from the member, the next in front."""
    return s.scalars(
        select(CampaignTarget)
        .join(Campaign, Campaign.id == CampaignTarget.campaign_id)
        .where(Campaign.incident_id == incident_id, _in_sight(member))
        .order_by(CampaignTarget.due_at, CampaignTarget.id)
    ).all()


def happy_calls_of(s: Session, contact_ids: Sequence[str]) -> int:
    """How many happy calls were planned or made for these contacts."""
    query = (
        select(func.count())
        .select_from(CampaignTarget)
        .join(Campaign, Campaign.id == CampaignTarget.campaign_id)
        .where(Campaign.kind == "happy_call", CampaignTarget.contact_id.in_(contact_ids))
    )
    return s.scalar(query) or 0


def happy_calls(
    s: Session,
    member: Member,
    *,
    contact_ids: Sequence[str],
    talks: Sequence[str] | None = None,
    incident_id: str | None = None,
) -> list[tuple[CampaignTarget, Campaign]]:
    """Happy calls to a person, the newest first. With `talks` only those about one of these talks,
    or after this incident."""
    to_them = CampaignTarget.contact_id.in_(contact_ids)
    after = and_(to_them, Campaign.incident_id == incident_id) if incident_id else false()
    about_it = or_(CampaignTarget.about_id.in_(talks or ()), after)
    rows = s.execute(
        select(CampaignTarget, Campaign)
        .join(Campaign, Campaign.id == CampaignTarget.campaign_id)
        .where(Campaign.kind == "happy_call", to_them if talks is None else about_it)
        .where(_in_sight(member))
        .order_by(CampaignTarget.due_at.desc(), CampaignTarget.id)
        .limit(MOST_SHOWN)
    )
    return [(target, campaign) for target, campaign in rows]


def running(s: Session) -> Sequence[Campaign]:
    query = select(Campaign).where(Campaign.state == "running", Campaign.kind != "happy_call")
    return s.scalars(query.order_by(Campaign.created_at)).all()


def room(s: Session, campaign: Campaign) -> int:
    """How many more may be reached in this minute."""
    sent = s.scalar(
        select(func.count())
        .select_from(CampaignTarget)
        .where(
            CampaignTarget.campaign_id == campaign.id,
            CampaignTarget.contacted_at > clock.now() - timedelta(minutes=1),
            CampaignTarget.contacted_at < clock.now() + clock.JITTER,  # else it was set back since
        )
    )
    return max(campaign.per_minute - (sent or 0), 0)


def due(s: Session, campaign: Campaign, limit: int) -> Sequence[CampaignTarget]:
    """The next targets, kept from other workers until the transaction ends."""
    db.alone(s, "campaign", campaign.id)
    query = select(CampaignTarget).where(
        CampaignTarget.campaign_id == campaign.id,
        CampaignTarget.state == "due",
        CampaignTarget.due_at <= clock.now(),
    )
    return s.scalars(query.order_by(CampaignTarget.due_at, CampaignTarget.id).limit(limit)).all()


def reached_since(s: Session, contact_id: str, since: datetime) -> bool:
    """Whether any campaign reached a person, under whichever of their contacts, since a moment."""
    who = CampaignTarget.contact_id.in_(merging.ids(s, contact_id))
    found = s.scalar(
        select(CampaignTarget.id).where(who, CampaignTarget.contacted_at > since).limit(1)
    )
    return found is not None


def survey_token(target: CampaignTarget) -> str:
    """A new secret for the survey's address; only its digest is kept."""
    token = secrets.token_urlsafe(18)
    target.token_digest = _digest(token)
    return token


def contacted(s: Session, target: CampaignTarget, conversation_id: str, channel: str) -> None:
    target.state, target.contacted_at = "sent", clock.now()
    target.attempts += 1
    codes = {"campaign": target.campaign_id, "target": target.id, "channel": channel}
    events.emit(s, "campaign.contacted", SYSTEM, conversation=conversation_id, data=codes)


def skip(s: Session, target: CampaignTarget, reason: str) -> None:
    target.state, target.result = "skipped", reason
    codes = {"campaign": target.campaign_id, "target": target.id, "reason": reason}
    events.emit(s, "campaign.skipped", SYSTEM, data=codes)


def calls_due(s: Session, member: Member, limit: int = 50) -> Sequence[CampaignTarget]:
    """Happy calls to make now: the member's own first, then what nobody has taken."""
    query = (
        select(CampaignTarget)
        .join(Campaign, Campaign.id == CampaignTarget.campaign_id)
        .where(
            Campaign.state == "running",
            Campaign.kind == "happy_call",
            CampaignTarget.due_at <= clock.now(),
            (CampaignTarget.state == "due")
            | ((CampaignTarget.state == "taken") & (CampaignTarget.taken_by == member.id)),
            _in_sight(member),
        )
        .order_by(CampaignTarget.state.desc(), CampaignTarget.due_at, CampaignTarget.id)
        .limit(limit)
    )
    return s.scalars(query).all()


def take(s: Session, target_id: str, member: Member) -> CampaignTarget:
    """A counselor takes a happy call; the same counselor again is the same answer."""
    counselor_id = member.id
    _must_be_in_sight(member, _target(s, target_id))
    result = s.execute(
        update(CampaignTarget)
        .where(CampaignTarget.id == target_id, CampaignTarget.state == "due")
        .values(state="taken", taken_by=counselor_id)
        .execution_options(synchronize_session=False)
    )
    assert isinstance(result, CursorResult)  # noqa: S101 - narrows the type for rowcount
    target = _target(s, target_id)
    if not result.rowcount:
        if (target.state, target.taken_by) == ("taken", counselor_id):
            return target
        raise Conflict("Someone else has this call.", state=target.state)
    codes = {"campaign": target.campaign_id, "target": target.id}
    events.emit(s, "campaign.taken", Actor("counselor", counselor_id), data=codes)
    return target


def called(
    s: Session, target_id: str, member: Member, *, result: str, note: str | None
) -> CampaignTarget:
    """What came of a happy call. Nobody there: it is due again later, three times in all."""
    target, counselor_id = _target(s, target_id), member.id
    _must_be_in_sight(member, target)
    if (target.state, target.taken_by) != ("taken", counselor_id):
        raise Conflict("Take the call first.", state=target.state)
    if result not in RESULTS:
        raise Invalid(f"result is one of {', '.join(RESULTS)}.", field="result")
    target.attempts += 1
    target.result, target.note, target.contacted_at = result, note, clock.now()
    if result == "no_answer" and target.attempts < TRIES:
        target.state, target.taken_by = "due", None
        target.due_at = clock.now() + TRY_AGAIN
    else:
        target.state = "done"
    codes = {"campaign": target.campaign_id, "target": target.id, "result": result}
    codes |= {"attempts": str(target.attempts)}
    events.emit(s, "campaign.called", Actor("counselor", counselor_id), data=codes, content=note)
    return target


def by_token(s: Session, token: str) -> CampaignTarget:
    target = s.scalar(select(CampaignTarget).where(CampaignTarget.token_digest == _digest(token)))
    if target is None:
        raise NotFound("There is no such survey.")
    return target


def is_rated(s: Session, target: CampaignTarget) -> bool:
    return s.scalar(select(Rating.id).where(Rating.target_id == target.id)) is not None


def rate(
    s: Session, target: CampaignTarget, scores: Mapping[str, int], comment: str | None
) -> Rating:
    """Five answers of 1 to 5, given once."""
    db.alone(s, "rating", target.id)
    if is_rated(s, target):
        raise Conflict("This survey was answered already.")
    if set(scores) != set(QUESTIONS) or any(not 1 <= n <= 5 for n in scores.values()):
        raise Invalid("Each question is answered from 1 to 5.", field="scores")
    rating = Rating(target_id=target.id, comment=comment, answered_at=clock.now(), **scores)
    s.add(rating)
    if target.state == "sent":
        target.state = "answered"
    codes = {"campaign": target.campaign_id, "target": target.id, "counselor": target.counselor_id}
    actor = Actor("contact", target.contact_id)
    events.emit(s, "campaign.rated", actor, data={**codes, **scores}, content=comment)
    return rating


def results(s: Session, campaign: Campaign) -> tuple[dict[str, int], dict[str, int], list[Rating]]:
    """Targets by state, by result, and the ratings."""
    of_campaign = CampaignTarget.campaign_id == campaign.id
    states = s.execute(
        select(CampaignTarget.state, func.count()).where(of_campaign).group_by(CampaignTarget.state)
    )
    told = s.execute(
        select(CampaignTarget.result, func.count())
        .where(of_campaign, CampaignTarget.result.is_not(None))
        .group_by(CampaignTarget.result)
    )
    ratings = s.scalars(
        select(Rating)
        .join(CampaignTarget, CampaignTarget.id == Rating.target_id)
        .where(of_campaign)
    )
    return (
        {state: n for state, n in states},  # noqa: C416 - rows are not pairs to mypy
        {result or "": n for result, n in told},
        list(ratings),
    )


def index(ratings: Sequence[Rating]) -> dict[str, float] | None:
    """Each question on 0 to 100 (1 is 0, 5 is 100); None where nobody answered."""
    if not ratings:
        return None
    return {
        name: sum((getattr(r, name) - 1) * 25 for r in ratings) / len(ratings) for name in QUESTIONS
    }


def _take_in(
    s: Session,
    actor: Actor,
    campaign: Campaign,
    people: Sequence[Person],
    *,
    limited: bool = True,
) -> int:
    """Take persons in, each once under whichever of their contacts; returns how many are new."""
    if campaign.state == "done":
        raise Conflict("This campaign is done.", state=campaign.state)
    db.alone(s, "campaign", campaign.id)
    roots = merging.roots(s)
    of_campaign = CampaignTarget.campaign_id == campaign.id
    there = s.scalars(select(CampaignTarget.contact_id).where(of_campaign)).all()
    known = {roots.get(contact, contact) for contact in there}
    new: dict[str, Person] = {}
    for person in people:
        new.setdefault(roots.get(person.contact_id, person.contact_id), person)
    fresh = [person for who, person in new.items() if who not in known]
    if limited:
        _must_fit(len(there) + len(fresh))
    for person in fresh:
        s.add(
            CampaignTarget(
                campaign_id=campaign.id,
                contact_id=person.contact_id,
                about_id=person.about_id,
                counselor_id=person.counselor_id,
                due_at=person.due_at or clock.now(),
            )
        )
    s.flush()
    codes = {"campaign": campaign.id, "contacts": len(fresh)}
    events.emit(s, "campaign.targeted", actor, data=codes)
    return len(fresh)


def _must_fit(people: int) -> None:
    if people > MOST_TARGETS:
        told = f"A campaign has at most {MOST_TARGETS} contacts; these would be {people}."
        raise Invalid(told, field="contacts", found=people, most=MOST_TARGETS)


def _counselor_of(s: Session, conversation_id: str) -> str | None:
    wrapped = s.scalar(
        select(Event)
        .where(Event.conversation_id == conversation_id, Event.kind == "conversation.wrapped")
        .order_by(Event.id.desc())
        .limit(1)
    )
    return wrapped.data.get("counselor") if wrapped else None


def _in_sight(member: Member) -> ColumnElement[bool]:
    return access.behind_no_wall(member, CampaignTarget.contact_id, CampaignTarget.about_id)


def _must_be_in_sight(member: Member, target: CampaignTarget) -> None:
    if access.is_walled(member, target.contact_id, target.about_id):
        raise NotFound("There is no such call.")


def _target(s: Session, target_id: str) -> CampaignTarget:
    target = s.get(CampaignTarget, target_id, populate_existing=True, with_for_update=True)
    if target is None:
        raise NotFound("There is no such call.")
    return target


def _digest(token: str) -> str:
    return hashlib.sha256(token.encode()).hexdigest()
