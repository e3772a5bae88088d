"""Happy calls to make, and the campaigns with what came of them."""

from datetime import timedelta
from typing import Annotated

from fastapi import APIRouter, Form, Request, Response, UploadFile
from fastapi.responses import RedirectResponse
from pydantic import BaseModel, StringConstraints, ValidationError

from api import desk, target_list
from api.pages import numbers
from api.pages.desk_page import desk_page, must
from api.pages.large_forms import LargeForm
from api.pages.session import ASession, Session
from api.reading import Clean, Named, one_line
from api.routes import campaigns as routes
from crm import access, campaigns, clock, db, segments
from crm.errors import Conflict, DeskError, Forbidden, Invalid
from knowledge.port import LANGUAGES

router = APIRouter(prefix="/console", include_in_schema=False, route_class=LargeForm)

RECENT = timedelta(days=7)
SEGMENT = ("audience", "language", "tag", "organisation")
UNKNOWN_SHOWN = 20
LONGEST_LIST = target_list.MOST_LINES * target_list.LONGEST
Csrf = Annotated[str, Form(max_length=320)]
Text = Annotated[str, Clean, StringConstraints(max_length=1000)]


class CampaignForm(BaseModel):
    """The form for a new campaign, as it was sent."""

    name: Annotated[str, Clean, StringConstraints(max_length=200)] = ""
    kind: Annotated[str, StringConstraints(max_length=20)] = "happy_call"
    text_en: Text = ""
    text_es: Text = ""
    text_ko: Text = ""
    per_minute: Annotated[str, StringConstraints(max_length=5)] = "20"
    recent: bool = False
    csrf: Annotated[str, StringConstraints(max_length=320)] = ""


class TargetForm(BaseModel):
    """Who is to be taken in, as it was sent."""

    audience: Annotated[str, StringConstraints(max_length=20)] = ""
    language: Annotated[str, StringConstraints(max_length=2)] = ""
    tag: Annotated[str, Clean, StringConstraints(max_length=40)] = ""
    organisation: Annotated[str, Clean, StringConstraints(max_length=200)] = ""
    list: Annotated[str, Clean, StringConstraints(max_length=LONGEST_LIST)] = ""
    file: UploadFile | None = None
    csrf: Annotated[str, StringConstraints(max_length=320)] = ""


@router.get("/reach")
def reach_page(request: Request, session: ASession) -> Response:
    return _show(request, session)


@router.post("/reach/campaigns")
def draft(request: Request, session: ASession, form: Annotated[CampaignForm, Form()]) -> Response:
    """A new draft, with the people whose talk was closed in the last week where that is asked."""
    session.check(form.csrf)
    must(session.member, "campaign.write")
    texts = {x: str(getattr(form, f"text_{x}")).strip() for x in LANGUAGES}
    try:
        new = routes.NewCampaign.model_validate(
            {
                "name": form.name,
                "kind": form.kind,
                "texts": {x: text for x, text in texts.items() if text},
                "per_minute": form.per_minute,
            }
        )
    except ValueError:
        return _show(request, session, "reach.problem_incomplete", 422)
    made = routes.draft_campaign(request, session.member, new)
    if form.recent:
        now = clock.now()
        closed = routes.Closed(since=now - RECENT, until=now)
        routes.add_targets(request, session.member, made.id, routes.Targets(closed=closed))
    return RedirectResponse(f"/console/reach/campaigns/{made.id}?done=drafted", 303)


@router.get("/reach/campaigns/{campaign_id}")
def show_campaign(request: Request, session: ASession, campaign_id: Named) -> Response:
    """What came of a campaign: whom it reached, what they said, each question's index; before it
    is over also whom it would reach, and the forms that take people in."""
    return _campaign(request, session, campaign_id)


@router.post("/reach/campaigns/{campaign_id}/targets")
def take_in(
    request: Request, session: ASession, campaign_id: Named, form: Annotated[TargetForm, Form()]
) -> Response:
    """Take people in: by what they have in common, from a list that is pasted or a file."""
    session.check(form.csrf)
    must(session.member, "campaign.write")
    try:
        added = routes.add_targets(request, session.member, campaign_id, _meant(form))
    except (ValidationError, Invalid) as error:
        found = error.details.get("found") if isinstance(error, Invalid) else None
        problem = "too_many" if found else "targets"
        return _campaign(request, session, campaign_id, problem=problem, found=found, status=422)
    except Conflict:
        return _campaign(request, session, campaign_id, problem="refused", status=409)
    return _campaign(request, session, campaign_id, added=added)


def _meant(form: TargetForm) -> routes.Targets:
    """Whom the form means. Raises Invalid where it names nobody."""
    sheet = target_list.decoded(form.file.file.read()) if form.file else ""
    listed = [*target_list.entries(form.list), *target_list.entries(sheet)]
    named = {name: said for name in SEGMENT if (said := one_line(getattr(form, name)))}
    if not (named or listed):
        raise Invalid("Nobody is named.", field="list")
    return routes.Targets.model_validate({"segment": named or None, "listed": listed})


def _campaign(
    request: Request,
    session: Session,
    campaign_id: str,
    *,
    problem: str = "",
    status: int = 200,
    added: routes.Added | None = None,
    found: int | None = None,
) -> Response:
    must(session.member, "campaign.read")
    told = routes.get_campaign(request, session.member, campaign_id)
    index, said = told.results.index or {}, session.language
    return desk_page(
        request,
        session,
        "console/campaign.html",
        status,
        campaign=told,
        outlook=routes.get_outlook(request, session.member, campaign_id),
        verbs=[v for v, (states, _) in campaigns.MOVES.items() if told.state in states],
        audiences=segments.AUDIENCES,
        added=added,
        found=found,
        most=campaigns.MOST_TARGETS,
        shown_unknown=UNKNOWN_SHOWN,
        problem=problem,
        done=request.query_params.get("done", ""),
        index={
            name: numbers.figure(index.get(name), "index", said) for name in campaigns.QUESTIONS
        },
        answered=numbers.figure(told.results.response_rate, "share", said),
    )


@router.post("/reach/campaigns/{campaign_id}/{verb}")
def move(
    request: Request, session: ASession, campaign_id: Named, verb: Named, csrf: Csrf = ""
) -> Response:
    """Start, pause or finish a campaign."""
    session.check(csrf)
    must(session.member, "campaign.write")
    if verb not in campaigns.MOVES:
        return _show(request, session, "reach.problem_refused", 422)
    try:
        routes.move_campaign(request, session.member, campaign_id, verb)  # type: ignore[arg-type]  # one of the three
    except DeskError as error:
        if error.code == "not_found":
            raise
        return _show(request, session, "reach.problem_refused", 409)
    return _back("moved")


@router.post("/reach/calls/{target_id}/take")
def take(request: Request, session: ASession, target_id: Named, csrf: Csrf = "") -> Response:
    session.check(csrf)
    must(session.member, "campaign.call")
    try:
        routes.take_call(request, session.member, target_id)
    except DeskError as error:
        if error.code == "not_found":
            raise
        return _show(request, session, _why_not(error), 409)
    return _back("taken")


@router.post("/reach/calls/{target_id}/call")
def ring(request: Request, session: ASession, target_id: Named, csrf: Csrf = "") -> Response:
    """Take a call and make it at once; the talk opens in the console."""
    session.check(csrf)
    must(session.member, "campaign.call")
    try:
        placed = routes.place_happy_call(request, session.member, target_id)
    except DeskError as error:
        if error.code == "not_found":
            raise
        return _show(request, session, _why_not(error), 409)
    return RedirectResponse(f"/console?c={placed.conversation}", 303)


@router.post("/reach/calls/{target_id}/result")
def result(
    request: Request,
    session: ASession,
    target_id: Named,
    *,
    result: Annotated[str, Form(max_length=20)] = "",
    note: Annotated[str, Clean, Form(max_length=2000)] = "",
    csrf: Csrf = "",
) -> Response:
    """What came of a call."""
    session.check(csrf)
    must(session.member, "campaign.call")
    if result not in campaigns.RESULTS:
        return _show(request, session, "reach.problem_incomplete", 422)
    told = routes.CallResult(result=result, note=note.strip() or None)  # type: ignore[arg-type]  # checked above
    try:
        routes.report_call(request, session.member, target_id, told)
    except DeskError as error:
        if error.code == "not_found":
            raise
        return _show(request, session, "reach.problem_taken", 409)
    return _back("reported")


def _why_not(error: DeskError) -> str:
    """The words that say why a call was not taken or not made."""
    why = str(error.details.get("reason", ""))
    if why in {"do_not_contact", "refused"}:
        return "reach.problem_unwanted"
    if why == "busy":
        return "round.problem_busy"
    return f"round.hindrance_{why}" if why else "reach.problem_taken"


def _back(done: str) -> Response:
    return RedirectResponse(f"/console/reach?done={done}", 303)


def _show(
    request: Request, session: Session, problem: str | None = None, status: int = 200
) -> Response:
    member, said = session.member, session.language
    calls_too, reads = access.may(member, "campaign.call"), access.may(member, "campaign.read")
    if not (calls_too or reads):
        raise Forbidden("Your role does not allow this.")
    calls = routes.list_calls(request, member).items if calls_too else []
    shown = []
    if reads:
        listed = routes.list_campaigns(request, member).items
        with db.reading(desk.of(request).engine) as s:
            for item in listed[:50]:
                told = routes.results_of(s, campaigns.get(s, item.id))
                overall = told.index["overall"] if told.index else None
                reached = sum(told.targets.get(x, 0) for x in ("sent", "answered", "done"))
                verbs = [v for v, (states, _) in campaigns.MOVES.items() if item.state in states]
                contacts = sum(told.targets.values())
                index = numbers.figure(overall, "index", said)
                shown.append((item, contacts, reached, index, verbs))
    return desk_page(
        request,
        session,
        "console/reach.html",
        status,
        calls_too=calls_too,
        calls=calls,
        rings=desk.of(request).lines.outgoing is not None and access.may(member, "call.control"),
        reads=reads,
        campaigns=shown,
        kinds=campaigns.KINDS,
        results=campaigns.RESULTS,
        problem=problem,
        done=request.query_params.get("done", ""),
    )
