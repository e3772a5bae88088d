"""The pages of the desk: for everybody, for coming in, and the console."""

from fastapi import APIRouter, FastAPI

from api.pages import (
    account_pages,
    demo_phone,
    desk_pages,
    drafts,
    entry,
    errors,
    floor,
    gap_pages,
    import_pages,
    people_pages,
    post_room,
    public,
    reach_pages,
    recall_pages,
    reply_pages,
    report_pages,
    staffing_page,
    survey_page,
    team_pages,
)

router = APIRouter()
for part in (
    public,
    entry,
    # Before the pages of articles, whose ids may be any word.
    import_pages,
    desk_pages,
    people_pages,
    account_pages,
    reply_pages,
    report_pages,
    survey_page,
    team_pages,
    staffing_page,
    reach_pages,
    recall_pages,
    gap_pages,
    drafts,
    post_room,
    demo_phone,
    floor,
):
    router.include_router(part.router)


def install(app: FastAPI) -> None:
    """Serve the pages, and answer a browser's errors with pages too."""
    app.include_router(router)
    errors.install(app)
