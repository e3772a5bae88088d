"""Reaching out: campaigns and their results, happy calls to make, and what contacts consent to."""

from datetime import datetime, timedelta
from typing import Annotated, Literal

from fastapi import APIRouter, Request
from pydantic import AwareDatetime, BaseModel, Field, StringConstraints
from sqlalchemy import select

from api import desk
from api.auth import AMember
from api.errors import TOLD
from api.reading import Clean, Named, Plain
from api.routes.placing import DEFAULT_QUEUE, PlacedView
from bot.personal_numbers import masked
from crm import access, campaigns, consents, db, segments
from crm.access import Member
from crm.errors import Conflict, Invalid, NotFound
from crm.events import Actor
from crm.models import Campaign, CampaignTarget, Contact, Conversation
from routing import outlook
from routing.calls import placing

router = APIRouter(prefix="/api/v1", tags=["Reaching out"], responses=TOLD)

MOST_DAYS = 92
Kind = Literal["happy_call", "survey", "notice", "promotion"]
Text = Annotated[str, Clean, StringConstraints(min_length=1, max_length=1000)]
Score = Annotated[int, Field(ge=1, le=5)]


class NewCampaign(BaseModel):
    """`texts` by language: what is sent, or what the counselor says first."""

    name: Annotated[str, Plain, StringConstraints(min_length=1, max_length=200)]
    kind: Kind
    texts: dict[Literal["en", "es", "ko"], Text] = Field(min_length=1)
    per_minute: int = Field(20, ge=1, le=600)


class Closed(BaseModel):
    """Talks that were wrapped up in [since, until)."""

    since: AwareDatetime
    until: AwareDatetime
    queue: Annotated[str, Clean] | None = None


class SegmentBody(BaseModel):
    """Contacts of whom all that is named holds; at least one thing is named."""

    audience: Literal["supplier", "buyer"] | None = None
    language: Literal["en", "es", "ko"] | None = None
    tag: Annotated[str, Plain, StringConstraints(min_length=1, max_length=40)] | None = None
    organisation: Annotated[str, Plain, StringConstraints(min_length=1, max_length=200)] | None = (
        None
    )


class Targets(BaseModel):
    """`listed` are e-mail addresses, telephone numbers, accounts or ids, one each."""

    contacts: list[Annotated[str, Clean]] = Field(default=[], max_length=5000)
    closed: Closed | None = None
    segment: SegmentBody | None = None
    listed: list[Annotated[str, Clean, StringConstraints(max_length=320)]] = Field(
        default=[], max_length=20_000
    )


class Added(BaseModel):
    """How many are new in the campaign; of a list, the entries by which nobody is known."""

    added: int
    unknown: list[str] | None = None


class OutlookView(BaseModel):
    """What would come of it if it began now: how many persons it reaches, and how many of those who
    are due are left out, by reason. In quiet hours it waits for their end."""

    reached: int
    left_out: dict[
        Literal["do_not_contact", "refused", "no_consent", "reached_lately", "no_address"], int
    ]
    quiet: bool


class CampaignView(BaseModel):
    id: str
    name: str
    kind: Kind
    state: Literal["draft", "running", "paused", "done"]
    texts: dict[str, str]
    per_minute: int
    created_at: datetime


class Results(BaseModel):
    """`index` has each question on 0 to 100; `response_rate` is the share of the reached."""

    targets: dict[str, int]
    results: dict[str, int]
    ratings: int
    response_rate: float | None
    index: dict[str, float] | None


class CampaignDetail(CampaignView):
    results: Results


class CampaignList(BaseModel):
    items: list[CampaignView]
    next: str | None = None


class CallView(BaseModel):
    """A happy call to make. `about` is the talk that it is about, `phone` where it is made to."""

    id: str
    campaign: str
    contact: str
    name: str | None
    phone: str | None
    language: str
    opening: str
    about: str | None
    attempts: int
    state: Literal["due", "taken", "done"]
    result: str | None


class CallList(BaseModel):
    items: list[CallView]
    next: str | None = None


class CallResult(BaseModel):
    result: Literal["satisfied", "follow_up", "no_answer", "refused", "wrong_person"]
    note: Annotated[str, Clean, StringConstraints(max_length=2000)] | None = None
    scores: dict[str, Score] | None = None


class ConsentIn(BaseModel):
    """`any` refused is the do-not-contact list."""

    purpose: Literal["service", "research", "promotion", "any"]
    given: bool


class ConsentView(BaseModel):
    contact: str
    consents: dict[str, bool]


@router.get("/campaigns")
def list_campaigns(request: Request, member: AMember) -> CampaignList:
    """All campaigns, the newest first."""
    access.must(member, "campaign.read")
    with db.reading(desk.of(request).engine) as s:
        rows = s.scalars(select(Campaign).order_by(Campaign.created_at.desc()).limit(200))
        return CampaignList(items=[_view(c) for c in rows])


@router.post("/campaigns", status_code=201)
def draft_campaign(request: Request, member: AMember, new: NewCampaign) -> CampaignView:
    """A draft: nobody is reached before it is started."""
    access.must(member, "campaign.write")
    with db.transaction(desk.of(request).engine) as s:
        made = campaigns.draft(
            s,
            _actor(member),
            name=new.name,
            kind=new.kind,
            texts={language: text for language, text in new.texts.items()},  # noqa: C416 - plain keys
            per_minute=new.per_minute,
        )
        return _view(made)


@router.get("/campaigns/{campaign_id}")
def get_campaign(request: Request, member: AMember, campaign_id: Named) -> CampaignDetail:
    """A campaign and what came of it so far."""
    access.must(member, "campaign.read")
    with db.reading(desk.of(request).engine) as s:
        campaign = campaigns.get(s, campaign_id)
        return CampaignDetail(**_view(campaign).model_dump(), results=results_of(s, campaign))


@router.get("/campaigns/{campaign_id}/outlook")
def get_outlook(request: Request, member: AMember, campaign_id: Named) -> OutlookView:
    """Whom it would reach now, who is left out, and why. Asked before it is started."""
    access.must(member, "campaign.read")
    here = desk.of(request)
    with db.reading(here.engine) as s:
        told = outlook.outlook(s, here.settings, campaigns.get(s, campaign_id))
    left_out = {str(why): n for why, n in told.left_out.items()}
    return OutlookView(reached=told.reached, left_out=left_out, quiet=told.quiet)  # type: ignore[arg-type]  # reasons of the outlook


@router.post("/campaigns/{campaign_id}/targets", status_code=201, response_model_exclude_none=True)
def add_targets(request: Request, member: AMember, campaign_id: Named, targets: Targets) -> Added:
    """Take contacts in: by id, by the talks that were closed in a span, by what is known of them,
    or from a list; each person at most once. 422 with `found` and `most` where the campaign would
    have more people than it may; nobody is taken in then."""
    access.must(member, "campaign.write")
    if targets.segment and segments.Segment(**targets.segment.model_dump()).names_nothing:
        raise Invalid("Name what the segment has in common.", field="segment")
    span = targets.closed
    if span and not span.since < span.until <= span.since + timedelta(days=MOST_DAYS):
        raise Invalid(f"`since` comes before `until`, at most {MOST_DAYS} days.", field="closed")
    with db.transaction(desk.of(request).engine) as s:
        campaign = campaigns.get(s, campaign_id, lock=True)
        ids, unknown = _meant(s, member, targets)
        added = campaigns.add_contacts(s, _actor(member), campaign, ids)
        if span:
            added += campaigns.add_closed(
                s,
                _actor(member),
                campaign,
                since=span.since,
                until=span.until,
                queue=span.queue,
            )
        return Added(added=added, unknown=unknown)


@router.post("/campaigns/{campaign_id}/{verb}")
def move_campaign(
    request: Request, member: AMember, campaign_id: Named, verb: Literal["start", "pause", "finish"]
) -> CampaignView:
    """Start, pause or finish. A paused one reaches nobody; a finished one never again."""
    access.must(member, "campaign.write")
    here = desk.of(request)
    with db.transaction(here.engine) as s:
        campaign = campaigns.get(s, campaign_id, lock=True)
        if verb == "start" and campaign.kind == "survey" and not here.settings.public_url:
            raise Invalid("A survey needs PUBLIC_URL: its address is sent out.", field="PUBLIC_URL")
        return _view(campaigns.move(s, _actor(member), campaign, verb))


@router.get("/happy-calls")
def list_calls(request: Request, member: AMember) -> CallList:
    """The happy calls to make now: your own first, and nobody who refused to be called."""
    access.must(member, "campaign.call")
    with db.reading(desk.of(request).engine) as s:
        due = [
            target
            for target in campaigns.calls_due(s, member)
            if target.state == "taken" or not consents.refusal(s, target.contact_id, "service")
        ]
        return CallList(items=[call(s, target) for target in due])


@router.post("/happy-calls/{target_id}/take")
def take_call(request: Request, member: AMember, target_id: Named) -> CallView:
    """Take a call, so that nobody else rings the same person. 409 when someone has it, or when the
    person refused to be called: then it is off."""
    access.must(member, "campaign.call")
    with db.transaction(desk.of(request).engine) as s:
        target = campaigns.take(s, target_id, member)
        refusal = consents.refusal(s, target.contact_id, "service")
        if refusal:
            campaigns.skip(s, target, refusal)
        taken = call(s, target)
    if refusal:
        raise Conflict("This person does not want to be contacted.", reason=refusal)
    return taken


@router.post("/happy-calls/{target_id}/call", status_code=201)
def place_happy_call(request: Request, member: AMember, target_id: Named) -> PlacedView:
    """Take a call and make it: you are rung, and then the person at the number known of them.

    409 as for taking it, and where nobody may be rung now (`reason` says why); it is yours then.
    """
    access.must(member, "call.control")
    taken = take_call(request, member, target_id)
    here = desk.of(request)
    if here.lines.outgoing is None:
        raise Conflict("This desk has no line to ring anybody by.", reason="no_line")
    if taken.phone is None:
        raise Conflict("No telephone number of this person is known.", reason="no_number")
    with db.transaction(here.engine) as s:
        talk = s.get(Conversation, taken.about) if taken.about else None
        placed = placing.place(
            s,
            here.settings,
            member,
            s.get_one(Contact, taken.contact),
            line=here.lines.outgoing,
            queue=(talk and talk.queue) or next(iter(member.queues), DEFAULT_QUEUE),
            number=taken.phone,
            reason="happy_call",
            about=taken.opening,
        )
        return PlacedView(conversation=placed.conversation_id, call=placed.id, number=taken.phone)


@router.post("/happy-calls/{target_id}/result")
def report_call(request: Request, member: AMember, target_id: Named, told: CallResult) -> CallView:
    """What came of it, with the five answers where the person gave them."""
    access.must(member, "campaign.call")
    with db.transaction(desk.of(request).engine) as s:
        target = campaigns.called(s, target_id, member, result=told.result, note=told.note)
        if told.scores is not None:
            campaigns.rate(s, target, told.scores, None)
        if told.result == "refused":
            consents.say(
                s, _actor(member), target.contact_id, "service", given=False, source="happy_call"
            )
        return call(s, target)


@router.get("/contacts/{contact_id}/consents")
def get_consents(request: Request, member: AMember, contact_id: Named) -> ConsentView:
    """What a contact said about being reached."""
    access.must(member, "consent.write")
    with db.reading(desk.of(request).engine) as s:
        access.must_know(member, contact_id)
        if s.get(Contact, contact_id) is None:
            raise NotFound("There is no such contact.")
        return ConsentView(contact=contact_id, consents=consents.of(s, contact_id))


@router.put("/contacts/{contact_id}/consents")
def put_consent(
    request: Request, member: AMember, contact_id: Named, said: ConsentIn
) -> ConsentView:
    """Note a yes or a no. `any` refused takes the contact out of every campaign."""
    access.must(member, "consent.write")
    with db.transaction(desk.of(request).engine) as s:
        access.must_know(member, contact_id)
        consents.say(
            s, _actor(member), contact_id, said.purpose, given=said.given, source="counselor"
        )
        return ConsentView(contact=contact_id, consents=consents.of(s, contact_id))


def _meant(s: db.Session, member: Member, targets: Targets) -> tuple[list[str], list[str] | None]:
    """The contacts that are meant, and the entries of a list by which nobody is known."""
    ids, unknown = list(targets.contacts), None
    if targets.segment:
        segment = segments.Segment(**targets.segment.model_dump())
        ids += segments.find(s, member, segment)
    if targets.listed:
        named = segments.named(s, member, targets.listed)
        ids += named.people
        unknown = list(named.unknown)
    return ids, unknown


def results_of(s: db.Session, campaign: Campaign) -> Results:
    states, told, ratings = campaigns.results(s, campaign)
    reached = sum(n for state, n in states.items() if state in {"sent", "answered", "done"})
    return Results(
        targets=states,
        results=told,
        ratings=len(ratings),
        response_rate=len(ratings) / reached if reached else None,
        index=campaigns.index(ratings),
    )


def call(s: db.Session, target: CampaignTarget) -> CallView:
    campaign = s.get_one(Campaign, target.campaign_id)
    contact = s.get_one(Contact, target.contact_id)
    said = campaign.texts.get(contact.language) or next(iter(campaign.texts.values()))
    state = target.state if target.state in {"due", "taken"} else "done"
    return CallView(
        id=target.id,
        campaign=campaign.name,
        contact=contact.id,
        name=masked(contact.name) if contact.name else None,
        phone=next(iter(placing.numbers_of(s, contact.id)), None),
        language=contact.language,
        opening=said,
        about=target.about_id,
        attempts=target.attempts,
        state=state,  # type: ignore[arg-type]  # one of the three above
        result=target.result,
    )


def _view(c: Campaign) -> CampaignView:
    return CampaignView(
        id=c.id,
        name=c.name,
        kind=c.kind,  # type: ignore[arg-type]  # checked by the table's own constraint
        state=c.state,  # type: ignore[arg-type]  # the same
        texts=c.texts,
        per_minute=c.per_minute,
        created_at=c.created_at,
    )


def _actor(member: Member) -> Actor:
    return Actor("counselor", member.id)
