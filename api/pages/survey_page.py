"""The survey of five questions, at an address that only its receiver knows."""

from typing import Annotated

from fastapi import APIRouter, Form, Request, Response
from pydantic import BaseModel, StringConstraints

from api import auth, desk
from api.pages import forms
from api.pages.render import page
from api.reading import Clean, Named
from crm import campaigns, db
from crm.campaigns import QUESTIONS
from crm.errors import Conflict, Invalid

router = APIRouter(include_in_schema=False)


class SurveyForm(BaseModel):
    """The form as it was sent; a question without an answer is empty."""

    overall: int | None = None
    activeness: int | None = None
    kindness: int | None = None
    accuracy: int | None = None
    speed: int | None = None
    comment: Annotated[str, Clean, StringConstraints(max_length=2000)] = ""
    csrf: Annotated[str, StringConstraints(max_length=320)] = ""

    def scores(self) -> dict[str, int]:
        given = {name: getattr(self, name) for name in QUESTIONS}
        return {name: score for name, score in given.items() if score is not None}


@router.get("/survey/{token}")
def survey(request: Request, token: Named) -> Response:
    here = desk.of(request)
    here.limiter.count("requests_per_address", auth.address(request))
    with db.reading(here.engine) as s:
        state = "answered" if campaigns.is_rated(s, campaigns.by_token(s, token)) else "open"
    return _show(request, token, state, {}, "")


@router.post("/survey/{token}")
def answer(request: Request, token: Named, form: Annotated[SurveyForm, Form()]) -> Response:
    """Keep the answers, once; what is missing is said beside what was given."""
    here = desk.of(request)
    here.limiter.count("requests_per_address", auth.address(request))
    forms.check(request, form.csrf)
    scores = form.scores()
    try:
        with db.transaction(here.engine) as s:
            target = campaigns.by_token(s, token)
            campaigns.rate(s, target, scores, form.comment.strip() or None)
    except Conflict:
        return _show(request, token, "answered", {}, "")
    except Invalid:
        return _show(request, token, "missing", scores, form.comment, 422)
    return _show(request, token, "thanks", {}, "")


def _show(
    request: Request,
    token: str,
    state: str,
    given: dict[str, int],
    comment: str,
    status: int = 200,
) -> Response:
    secret = forms.token(request)
    shown = page(
        request,
        "survey.html",
        status=status,
        private=True,
        token=token,
        state=state,
        given=given,
        comment=comment,
        questions=QUESTIONS,
        form_token=secret,
    )
    # The address is a secret: it is told to nobody who is linked from here.
    shown.headers["Referrer-Policy"] = "no-referrer"
    forms.keep(request, shown, secret)
    return shown
