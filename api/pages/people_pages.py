"""The people of the desk as pages: listed for all, added and changed by an admin."""

from collections.abc import Sequence
from typing import Annotated, Any, Literal

from fastapi import APIRouter, Form, Request, Response
from fastapi.responses import RedirectResponse
from pydantic import BaseModel, StringConstraints
from sqlalchemy import select

from api import desk
from api.pages.desk_page import desk_page, must
from api.pages.session import ASession, Session
from api.reading import Named, one_line
from crm import access, counselors, db
from crm.errors import Conflict, Forbidden, Invalid
from crm.events import Actor
from crm.models import Counselor
from crm.settings import QUEUES
from knowledge.port import LANGUAGES, Language
from routing import desk as verbs

router = APIRouter(prefix="/console/people", include_in_schema=False)

Line = Annotated[str, StringConstraints(max_length=320)]
ONLY_ADMIN = "Only an admin changes people."


class Person(BaseModel):
    """What both forms hold of a person, as it was sent."""

    name: Line
    role: Line
    languages: list[str] = []
    queues: list[str] = []
    csrf: Line = ""

    def kept(self) -> dict[str, Any]:
        """What to keep, and to show again where something is wrong."""
        return {
            "name": one_line(self.name),
            "role": self.role,
            "languages": [x for x in self.languages if x in LANGUAGES],
            "queues": [x for x in self.queues if x in QUEUES],
        }


class NewPerson(Person):
    email: Line
    password: Annotated[str, StringConstraints(max_length=1000)]
    interface: Language = "en"

    def kept(self) -> dict[str, Any]:
        return super().kept() | {"email": one_line(self.email), "interface": self.interface}


class Access(BaseModel):
    """A button of the person's page: what it is to do with their access."""

    act: Literal["reset", "sign_out", "shut_out", "let_in"]
    csrf: Line = ""


@router.get("")
def people(request: Request, session: ASession) -> Response:
    return _people(request, session)


@router.post("")
def add_person(request: Request, session: ASession, new: Annotated[NewPerson, Form()]) -> Response:
    """Sign up a person from the form; what is wrong with it is said beside it."""
    session.check(new.csrf)
    must(session.member, "counselor.write", ONLY_ADMIN)
    kept = new.kept()
    problem = _problem(kept) or _address_problem(kept["email"])
    try:
        if not problem:
            with db.transaction(desk.of(request).engine) as s:
                counselors.sign_up(s, password=new.password, **kept)
            return RedirectResponse("/console/people?told=added", 303)
    except Conflict:
        problem = "taken"
    except Invalid as error:
        problem = str(error.details.get("field", "incomplete"))
    return _people(request, session, kept, problem, 422)


@router.get("/{counselor_id}")
def person_page(request: Request, session: ASession, counselor_id: Named) -> Response:
    must(session.member, "counselor.write", ONLY_ADMIN)
    return _person(request, session, counselor_id)


@router.post("/{counselor_id}")
def change_person(
    request: Request, session: ASession, counselor_id: Named, form: Annotated[Person, Form()]
) -> Response:
    """Change a person's name, role, languages and queues."""
    session.check(form.csrf)
    must(session.member, "counselor.write", ONLY_ADMIN)
    kept = form.kept()
    problem = _problem(kept) or ("" if kept["role"] in counselors.ROLES else "role")
    if not problem:
        problem = _change(request, session, counselor_id, **kept)
    if problem:
        return _person(request, session, counselor_id, kept=kept, problem=problem, status=422)
    return RedirectResponse("/console/people?told=changed", 303)


@router.post("/{counselor_id}/access")
def change_access(
    request: Request, session: ASession, counselor_id: Named, form: Annotated[Access, Form()]
) -> Response:
    """Shut a person out or let them in, sign them out everywhere, or give them a new password,
    which this one answer shows and nothing keeps."""
    session.check(form.csrf)
    must(session.member, "counselor.write", ONLY_ADMIN)
    if form.act in {"shut_out", "let_in"}:
        problem = _change(request, session, counselor_id, disabled=form.act == "shut_out")
        if problem:
            return _person(request, session, counselor_id, problem=problem, status=409)
        return RedirectResponse(f"/console/people?told={form.act}", 303)
    if counselor_id == session.member.id:
        raise Forbidden("Your own password and sessions are changed on your own page.")
    actor = Actor("counselor", session.member.id)
    with db.transaction(desk.of(request).engine) as s:
        person = counselors.get(s, counselor_id)
        if form.act == "sign_out":
            counselors.sign_out_everywhere(s, person, actor)
            return RedirectResponse("/console/people?told=sign_out", 303)
        password = counselors.reset_password(s, person, actor)
    return _person(request, session, counselor_id, password=password)


def _change(request: Request, session: Session, counselor_id: str, **changes: Any) -> str:
    """Change a person; what stands in the way comes back as the name of its sentence."""
    actor = Actor("counselor", session.member.id)
    try:
        with db.transaction(desk.of(request).engine) as s:
            verbs.change_person(s, actor, counselor_id, **changes)
    except Conflict as error:
        return str(error.details["field"])
    return ""


def _people(
    request: Request,
    session: Session,
    kept: dict[str, Any] | None = None,
    problem: str = "",
    status: int = 200,
) -> Response:
    must(session.member, "counselor.read")
    may_write = access.may(session.member, "counselor.write")
    with db.reading(desk.of(request).engine) as s:
        everybody = counselors.everybody(s)
        shut_out = _shut_out(s) if may_write else []
    blank = {
        "name": "",
        "email": "",
        "role": "counselor",
        "languages": [session.language],
        "queues": [queue for queue in QUEUES if queue != "legal"],
        "interface": session.language,
    }
    return desk_page(
        request,
        session,
        "console/people.html",
        status,
        people=everybody,
        shut_out=shut_out,
        kept=kept or blank,
        problem=problem,
        roles=counselors.ROLES,
        queues=QUEUES,
        told=request.query_params.get("told", ""),
        shortest=counselors.MIN_PASSWORD,
    )


def _person(
    request: Request,
    session: Session,
    counselor_id: str,
    *,
    kept: dict[str, Any] | None = None,
    problem: str = "",
    password: str = "",
    status: int = 200,
) -> Response:
    with db.reading(desk.of(request).engine) as s:
        person = counselors.get(s, counselor_id)
    stands = {
        "name": person.name,
        "role": person.role,
        "languages": person.languages,
        "queues": person.queues,
    }
    return desk_page(
        request,
        session,
        "console/person.html",
        status,
        person=person,
        kept=kept or stands,
        problem=problem,
        password=password,
        roles=counselors.ROLES,
        queues=QUEUES,
    )


def _shut_out(s: db.Session) -> Sequence[Counselor]:
    return s.scalars(
        select(Counselor).where(Counselor.disabled_at.is_not(None)).order_by(Counselor.name)
    ).all()


def _problem(kept: dict[str, Any]) -> str:
    if not kept["name"] or len(kept["name"]) > 200:
        return "incomplete"
    return "" if kept["languages"] else "languages"


def _address_problem(email: str) -> str:
    name, at, host = email.partition("@")
    return "" if name and at and host and " " not in email else "incomplete"
