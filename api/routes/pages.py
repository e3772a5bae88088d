"""The pages of the desk: for everybody, for coming in, and the console."""

from fastapi import APIRouter, FastAPI

from api.pages import (
    account_pages,
    appointment_pages,
    callback_pages,
    contact_pages,
    demo_phone,
    desk_pages,
    drafts,
    entry,
    errors,
    floor,
    incident_pages,
    people_pages,
    post_room,
    public,
    reach_pages,
    reply_pages,
    report_pages,
    ruling_pages,
    shift_pages,
    staffing_page,
    survey_page,
    suspension_pages,
    target_pages,
    team_pages,
    ticket_work,
)

router = APIRouter()
for part in (
    public,
    entry,
    desk_pages,
    people_pages,
    account_pages,
    reply_pages,
    report_pages,
    survey_page,
    team_pages,
    staffing_page,
    reach_pages,
    drafts,
    post_room,
    demo_phone,
    floor,
    incident_pages,
    ticket_work,
    ruling_pages,
    appointment_pages,
    shift_pages,
    suspension_pages,
    target_pages,
    contact_pages,
    callback_pages,
):
    router.include_router(part.router)


def install(app: FastAPI) -> None:
    """Serve the pages, and answer a browser's errors with pages too."""
    app.include_router(router)
    errors.install(app)
