"""Targets: what the figures are to reach in the early and in the stabilised stage."""

from typing import Annotated

from fastapi import APIRouter, Form, Request, Response
from fastapi.responses import RedirectResponse
from pydantic import BaseModel, StringConstraints, ValidationError

from api.pages import numbers
from api.pages.desk_page import desk_page, must
from api.pages.session import ASession, Session
from api.routes import team as routes
from crm.errors import NotFound
from routing.kpi import formulas, words

router = APIRouter(prefix="/console/targets", include_in_schema=False)

Line = Annotated[str, StringConstraints(max_length=60)]


class TargetForm(BaseModel):
    """A target as it was typed: shares in percent, times in seconds."""

    kpi: Line = ""
    early: Line = ""
    stabilised: Line = ""
    switch_on: Line = ""
    direction: Line = "at_least"
    csrf: Annotated[str, StringConstraints(max_length=320)] = ""


@router.get("")
def show(request: Request, session: ASession) -> Response:
    """Each target with its stage, and what this month reached so far."""
    return _show(request, session)


@router.post("")
def put(request: Request, session: ASession, form: Annotated[TargetForm, Form()]) -> Response:
    """Set the target of a figure, new or known."""
    session.check(form.csrf)
    must(session.member, "target.write")
    try:
        unit = formulas.find(form.kpi, None).unit
        new = routes.NewTarget.model_validate(
            {
                "early": _number(form.early, unit),
                "stabilised": _number(form.stabilised, unit),
                "switch_on": form.switch_on,
                "at_least": form.direction == "at_least",
            }
        )
    except (ValidationError, ValueError, NotFound):
        return _show(request, session, problem=True, status=422, kept=form)
    routes.set_target(request, session.member, form.kpi, new)
    return RedirectResponse("/console/targets?done=set", 303)


def _show(
    request: Request,
    session: Session,
    *,
    problem: bool = False,
    status: int = 200,
    kept: TargetForm | None = None,
) -> Response:
    must(session.member, "report.read")
    said = session.language
    rows = []
    for target in routes.list_targets(request, session.member).items:
        unit = formulas.CURRENT[target.kpi].unit
        shown = [
            numbers.figure(value, unit, said)
            for value in (target.early, target.stabilised, target.target, target.value)
        ]
        rows.append((target, words.name(said, target.kpi), *shown))
    return desk_page(
        request,
        session,
        "console/targets.html",
        status,
        rows=rows,
        figures={kpi: words.name(said, kpi) for kpi in formulas.CURRENT},
        problem=problem,
        kept=kept or TargetForm(),
        done=request.query_params.get("done", ""),
    )


def _number(text: str, unit: formulas.Unit) -> float:
    value = float(text.strip().replace(",", "."))
    return value / 100 if unit == "share" else value
