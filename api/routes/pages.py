"""The pages of the desk: for everybody, for coming in, and the console."""

from fastapi import APIRouter

from api.pages import (
    account_pages,
    article_editor,
    article_pages,
    article_trial,
    article_versions,
    demo_phone,
    desk_pages,
    drafts,
    entry,
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
    # Last: the address of an article would swallow those of the pages beside it.
    article_versions,
    article_trial,
    article_editor,
    article_pages,
):
    router.include_router(part.router)
