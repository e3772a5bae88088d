"""Macros as a page: written by supervisors, and by counselors for themselves."""

from typing import Annotated, Any

from fastapi import APIRouter, Form, Request, Response
from fastapi.responses import RedirectResponse
from pydantic import BaseModel, StringConstraints, ValidationError

from api import desk, errors
from api.pages.desk_page import desk_page, must
from api.pages.session import ASession, Session
from api.reading import Clean, Named
from api.routes import macros as routes
from crm import access, db, macros, replies, tickets
from crm.errors import Conflict, Invalid
from crm.settings import QUEUES

router = APIRouter(prefix="/console/macros", include_in_schema=False)

Text = Annotated[str, Clean, StringConstraints(max_length=20_000)]
Line = Annotated[str, StringConstraints(max_length=1000)]
# What a matter may be filed under by hand; the others say how it came.
CATEGORIES = ("question", "report", "general", *QUEUES)
PROBLEMS = ("name", "queue", "nothing", "too_long", "place", "taken", "tags", "stale")


class MacroForm(BaseModel):
    """The form of a macro, as it was sent; without an id it is a new one. What is left empty stays
    as it is on the ticket."""

    name: Line = ""
    scope: Line = "own"
    of_queue: Line = ""
    category: Line = ""
    priority: Line = ""
    queue: Line = ""
    tier: Line = ""
    status: Line = ""
    assignee: Line = ""
    add_tags: Line = ""
    remove_tags: Line = ""
    note: Text = ""
    en: Text = ""
    es: Text = ""
    ko: Text = ""
    id: Annotated[str, StringConstraints(max_length=24)] = ""
    # When the macro that the form showed had been written, as ISO 8601.
    seen: Line = ""
    csrf: Line = ""

    def words(self) -> routes.MacroChange:
        """Raises ValidationError where the form says what no macro can."""
        chosen = ("category", "priority", "queue", "status", "assignee")
        changes: dict[str, Any] = {field: getattr(self, field) or None for field in chosen}
        changes["tier"] = int(self.tier) if self.tier in {"1", "2"} else None
        for field in macros.TAGS:
            changes[field] = [tag.strip() for tag in getattr(self, field).split(",") if tag.strip()]
        return routes.MacroChange.model_validate(
            {
                "name": self.name,
                "scope": self.scope,
                "queue": self.of_queue or None,
                "changes": changes,
                "note": self.note or None,
                "texts": {"en": self.en, "es": self.es, "ko": self.ko},
                "seen": self.seen or None,
            }
        )


@router.get("")
def macro_list(request: Request, session: ASession, edit: Named = "") -> Response:
    return _macros(request, session, edit)


@router.post("")
def save_macro(request: Request, session: ASession, form: Annotated[MacroForm, Form()]) -> Response:
    """Keep a macro, new or changed; what is wrong with it is said beside it."""
    session.check(form.csrf)
    must(session.member, "macro.write")
    try:
        if form.id:
            routes.change_macro(request, session.member, form.id, form.words())
        else:
            routes.add_macro(request, session.member, form.words())
    except ValidationError as error:
        return _macros(request, session, form.id, form, str(error.errors()[0]["loc"][-1]), 422)
    except (Conflict, Invalid) as error:
        return _macros(
            request, session, form.id, form, str(error.details["field"]), errors.STATUS[type(error)]
        )
    return RedirectResponse("/console/macros?told=saved", 303)


@router.post("/remove")
def remove_macro(
    request: Request,
    session: ASession,
    id: Annotated[Named, Form()],  # noqa: A002 - the word in the form
    csrf: Annotated[str, Form(max_length=320)] = "",
) -> Response:
    session.check(csrf)
    routes.remove_macro(request, session.member, id)
    return RedirectResponse("/console/macros?told=removed", 303)


def _macros(
    request: Request,
    session: Session,
    edit: str,
    kept: MacroForm | None = None,
    problem: str = "",
    status: int = 200,
) -> Response:
    must(session.member, "macro.read")
    with db.reading(desk.of(request).engine) as s:
        every = [routes.view(session.member, macro) for macro in macros.usable(s, session.member)]
    chosen = next((macro for macro in every if macro.id == edit and macro.yours), None)
    if kept and chosen and problem == "stale":
        kept.seen = chosen.updated_at.isoformat()
    return desk_page(
        request,
        session,
        "console/macros.html",
        status,
        macros=every,
        kept=kept or (_form(chosen) if chosen else MacroForm()),
        problem=problem if problem in PROBLEMS or not problem else "fields",
        scopes=macros.SCOPES if access.may(session.member, "macro.share") else ("own",),
        choices={
            "category": CATEGORIES,
            "priority": tickets.PRIORITIES,
            "queue": QUEUES,
            "status": tickets.STATUSES,
        },
        queues=QUEUES,
        places=replies.PLACES,
        longest=replies.LONGEST,
        told=request.query_params.get("told", ""),
    )


def _form(macro: routes.MacroView) -> MacroForm:
    changes = macro.changes
    chosen = ("category", "priority", "queue", "status", "assignee", "tier")
    return MacroForm(
        id=macro.id,
        name=macro.name,
        scope=macro.scope,
        of_queue=macro.queue or "",
        note=macro.note or "",
        seen=macro.updated_at.isoformat(),
        add_tags=", ".join(changes.add_tags),
        remove_tags=", ".join(changes.remove_tags),
        **{field: str(getattr(changes, field) or "") for field in chosen},
        **{str(language): text for language, text in macro.texts.items()},
    )
