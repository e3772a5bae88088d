"""Articles over HTTP: drafts, reviews, publishing, translations, and the way back."""

import re
from dataclasses import replace

import pytest

from crm import db, events
from crm.desk_toml import BadSetting
from crm.settings import load
from knowledge import article_text, editing
from tests.conftest import ROOT, DeskClient, settings_for
from tests.desks import desk_with
from tests.knowledge.conftest import ADVANCE, LOAN, write
from tests.scripted_bot import ScriptedBot

pytestmark = pytest.mark.at_rest

BODY = "## How much is the fee? {#fee}\n? price of it\nThe fee is 10 units.\n"
NEW = {
    "id": "the-fee",
    "language": "en",
    "title": "The fee",
    "body": BODY,
    "topic": "payment",
    "source": "A made-up source",
    "valid_from": "2021-01-01",
}
PATH = "/api/v1/articles/the-fee"


def ask(desk: DeskClient, role: str, method: str, path: str, status: int = 200, **json: object):
    answer = desk.as_(role, method, path, **({"json": json} if json else {}))
    assert answer.status_code == status, answer.text
    return answer.json()


def version(article: dict, language: str = "en") -> dict:
    return next(v for v in article["versions"] if v["language"] == language)


def create(desk: DeskClient, role: str = "editor", **fields: object) -> dict:
    return ask(desk, role, "POST", "/api/v1/articles", 201, **(NEW | fields))


def second_editor(desk: DeskClient) -> str:
    """Another editor of the same desk; returns the name to call them by."""
    new = {"name": "Second", "email": "second@desk.example", "password": "a long enough password"}
    more = {"role": "editor", "languages": ["en"], "queues": []}
    made = desk.as_("admin", "POST", "/api/v1/counselors", json=new | more)
    assert made.status_code == 201, made.text
    told = {"email": new["email"], "password": new["password"]}
    token = desk.http.post("/api/v1/tokens", json=told).json()["token"]
    first = desk.people["editor"]
    desk.people["second"] = type(first)(made.json()["id"], "editor", new["email"], "", token)
    return "second"


def test_a_draft_goes_through_review_to_publication_with_who_and_why(desk: DeskClient) -> None:
    second = second_editor(desk)
    draft = version(create(desk))
    assert (draft["status"], draft["edition"]) == ("draft", "1.1")
    told = {"language": "en", "comment": "Please look", "edition": "1.1"}
    assert version(ask(desk, "editor", "POST", f"{PATH}/submit", **told))["status"] == "in_review"
    ask(desk, "editor", "POST", f"{PATH}/approve", 403, language="en")
    reason = {"language": "en", "reason": "The fee is wrong."}
    assert version(ask(desk, second, "POST", f"{PATH}/send-back", **reason))["status"] == "draft"
    ask(desk, "editor", "PATCH", PATH, language="en", body=BODY.replace("10", "12"))
    ask(desk, "editor", "POST", f"{PATH}/submit", language="en")
    approved = ask(desk, second, "POST", f"{PATH}/approve", language="en", edition="1.2")
    assert version(approved)["status"] == "approved"
    assert version(ask(desk, "editor", "POST", f"{PATH}/publish"))["status"] == "published"
    steps = ask(desk, "auditor", "GET", f"{PATH}/steps")["items"]
    assert [step["kind"] for step in steps] == [
        "published", "approved", "submitted", "drafted", "sent_back", "submitted", "drafted",
    ]  # fmt: skip
    assert steps[4]["comment"] == "The fee is wrong."
    assert steps[4]["by"] == desk.people[second].id
    journal = ask(desk, "admin", "GET", "/api/v1/events?limit=200")["events"]
    kinds = [e["kind"] for e in journal if e["kind"].startswith("article.")]
    assert kinds == [f"article.{step['kind']}" for step in reversed(steps)]


def test_a_desk_may_do_without_four_eyes_and_hold_programs_to_the_review(
    sqlite_engine, tmp_path
) -> None:
    settings = settings_for(tmp_path, DESK_RATE_LIMITS="off")
    settings = replace(settings, four_eyes=False, direct_publish=False)
    with desk_with(ScriptedBot(), sqlite_engine, tmp_path, settings=settings) as desk:
        create(desk)
        ask(desk, "editor", "POST", f"{PATH}/publish", 409)
        ask(desk, "editor", "POST", f"{PATH}/submit", language="en")
        ask(desk, "editor", "POST", f"{PATH}/approve", language="en")
        published = ask(desk, "editor", "POST", f"{PATH}/publish")
        assert version(published)["status"] == "published"


def test_a_switch_is_true_or_false(tmp_path) -> None:
    toml = (ROOT / "desk.toml").read_text()
    (tmp_path / "desk.toml").write_text(re.sub("four_eyes = true ", 'four_eyes = "yes"', toml))
    with pytest.raises(BadSetting, match="four_eyes: write it as true or false"):
        load(tmp_path, tmp_path, {"DESK_SECRET": "s" * 40})


def test_programs_still_publish_a_draft_directly(desk: DeskClient) -> None:
    create(desk)
    assert version(ask(desk, "editor", "POST", f"{PATH}/publish"))["status"] == "published"


def test_what_is_not_in_its_state_is_refused(desk: DeskClient) -> None:
    create(desk)
    ask(desk, "admin", "POST", f"{PATH}/approve", 409, language="en")
    ask(desk, "admin", "POST", f"{PATH}/send-back", 409, language="en", reason="x")
    ask(desk, "admin", "POST", f"{PATH}/send-back", 422, language="en", reason="  ")
    ask(desk, "admin", "POST", f"{PATH}/submit", 404, language="ko")
    ask(desk, "editor", "POST", f"{PATH}/submit", language="en")
    ask(desk, "editor", "POST", f"{PATH}/submit", 409, language="en")
    # An admin may decide alone: a small desk has one person.
    ask(desk, "admin", "POST", f"{PATH}/approve", 409, language="en", edition="1.7")
    ask(desk, "admin", "POST", f"{PATH}/approve", language="en", edition="1.1")


def test_changing_what_was_approved_makes_it_a_draft_again(desk: DeskClient) -> None:
    create(desk)
    ask(desk, "editor", "POST", f"{PATH}/submit", language="en")
    ask(desk, "admin", "POST", f"{PATH}/approve", language="en")
    changed = version(ask(desk, "editor", "PATCH", PATH, language="en", title="Another"))
    assert (changed["status"], changed["edition"]) == ("draft", "1.2")


def test_who_saves_second_is_told_and_given_the_other_s_text(desk: DeskClient) -> None:
    create(desk)
    ask(desk, "editor", "PATCH", PATH, language="en", title="Theirs", based_on="1.1")
    mine = {"language": "en", "title": "Mine", "based_on": "1.1"}
    refused = desk.as_("admin", "PATCH", PATH, json=mine)
    assert refused.status_code == 409
    details = refused.json()["error"]["details"]
    assert (details["title"], details["edition"]) == ("Theirs", "1.2")
    assert version(ask(desk, "admin", "GET", PATH))["title"] == "Theirs"
    ask(desk, "admin", "PATCH", PATH, **(mine | {"based_on": details["edition"]}))
    assert version(ask(desk, "admin", "GET", PATH))["title"] == "Mine"


def test_a_changed_original_marks_its_translations_until_they_are_checked(desk: DeskClient) -> None:
    create(desk)
    create(desk, language="es", title="La tasa")
    fresh = ask(desk, "editor", "POST", f"{PATH}/publish")
    assert fresh["original"] == "en"
    assert version(fresh, "es")["stale_since"] is None
    ask(desk, "editor", "PATCH", PATH, language="en", body=BODY.replace("10", "20"))
    after = ask(desk, "editor", "POST", f"{PATH}/publish", language="en")
    assert version(after)["stale_since"] is None
    assert version(after, "es")["stale_since"] is not None
    assert version(after, "es")["checked_against"] == 1
    stale = ask(desk, "editor", "GET", "/api/v1/articles?stale=true")["items"]
    assert [article["id"] for article in stale] == ["the-fee"]
    # A save alone does not say that somebody compared the two.
    still = ask(desk, "editor", "PATCH", PATH, language="es", title="La tasa de hoy")
    assert version(still, "es")["stale_since"] is not None
    checked = ask(desk, "editor", "PATCH", PATH, language="es", checked=True)
    assert version(checked, "es")["stale_since"] is None
    assert version(checked, "es")["checked_against"] == 2
    ask(desk, "editor", "POST", f"{PATH}/publish", language="es")
    assert ask(desk, "editor", "GET", "/api/v1/articles?stale=true")["items"] == []


def test_a_new_owner_of_the_original_is_no_new_wording(desk: DeskClient) -> None:
    create(desk)
    create(desk, language="ko", title="수수료")
    ask(desk, "editor", "POST", f"{PATH}/publish")
    ask(desk, "editor", "PATCH", PATH, language="en", owner="payments-team")
    after = ask(desk, "editor", "POST", f"{PATH}/publish")
    assert version(after)["version"] == 2
    assert version(after, "ko")["stale_since"] is None


def test_a_translation_made_of_the_coming_wording_is_not_behind(desk: DeskClient) -> None:
    create(desk)
    ask(desk, "editor", "POST", f"{PATH}/publish")
    ask(desk, "editor", "PATCH", PATH, language="en", title="The new fee")
    create(desk, language="es", title="La tasa nueva")
    after = ask(desk, "editor", "POST", f"{PATH}/publish")
    assert version(after, "es")["stale_since"] is None
    assert version(after, "es")["checked_against"] == 2


def test_files_that_change_in_one_language_leave_the_others_behind(sqlite_engine) -> None:
    def take_in(language: str, body: str) -> None:
        text = article_text.parse(write("loan", body, language))
        with db.transaction(sqlite_engine) as s:
            editing.take_in(s, events.SYSTEM, text)

    def stale() -> dict[str, bool]:
        with db.reading(sqlite_engine) as s:
            versions = editing.page(s, "loan").versions
            return {v.language: bool(v.stale_since) for v in versions if v.status == "published"}

    for language in ("en", "es", "ko"):
        take_in(language, LOAN)
    assert stale() == {"en": False, "es": False, "ko": False}
    take_in("en", ADVANCE)
    take_in("es", ADVANCE)
    assert stale() == {"en": False, "es": False, "ko": True}


def test_an_old_version_comes_back_as_a_draft(desk: DeskClient) -> None:
    create(desk)
    ask(desk, "editor", "POST", f"{PATH}/publish")
    ask(desk, "editor", "PATCH", PATH, language="en", body=BODY.replace("10", "20"))
    back = {"language": "en", "version": 1}
    ask(desk, "editor", "POST", f"{PATH}/rollback", 409, **back)
    ask(desk, "editor", "POST", f"{PATH}/publish")
    draft = version(ask(desk, "editor", "POST", f"{PATH}/rollback", 201, **back))
    assert (draft["version"], draft["status"], draft["body"]) == (3, "draft", BODY)
    ask(desk, "editor", "POST", f"{PATH}/rollback", 404, language="en", version=9)


def test_what_changed_is_told_word_by_word(desk: DeskClient) -> None:
    create(desk)
    ask(desk, "editor", "POST", f"{PATH}/publish")
    ask(desk, "editor", "PATCH", PATH, language="en", body=BODY.replace("10", "20") + "More.\n")
    lines = ask(desk, "counselor", "GET", f"{PATH}/diff?language=en&old=1&new=2")["lines"]
    assert [line["kind"] for line in lines] == ["same", "same", "changed", "added", "same"]
    pieces = [(p["kind"], p["text"]) for p in lines[2]["pieces"]]
    assert pieces == [
        ("same", "The fee is "), ("removed", "10"), ("added", "20"), ("same", " units."),
    ]  # fmt: skip


@pytest.mark.parametrize(
    ("query", "found"),
    [
        ("q=10 UNITS", ["the-fee"]),
        ("q=tasa", ["the-fee"]),
        ("q=100%25", []),
        ("q=loa", ["loan"]),
        ("topic=payment&language=es", ["the-fee"]),
        ("status=published&language=es", []),
        ("status=published", ["the-fee"]),
        ("owner=knowledge-editors", ["loan", "the-fee"]),
        ("review_by=2026-12-31", ["loan"]),
        ("review_by=2020-12-31", []),
    ],
)
def test_the_list_is_narrowed(desk: DeskClient, query: str, found: list[str]) -> None:
    create(desk)
    ask(desk, "editor", "POST", f"{PATH}/publish")
    create(desk, language="es", title="La tasa")
    other = BODY.replace("10 units", "nothing at all")
    create(desk, id="loan", title="Credit", body=other, review_on="2026-06-30")
    items = ask(desk, "counselor", "GET", f"/api/v1/articles?{query}")["items"]
    assert [article["id"] for article in items] == found


def test_an_article_keeps_its_review_date_and_takes_impossible_days_from_nobody(
    desk: DeskClient,
) -> None:
    assert create(desk, review_on="2026-06-30")["review_on"] == "2026-06-30"
    kept = ask(desk, "editor", "PATCH", PATH, language="en", title="Another")
    assert kept["review_on"] == "2026-06-30"
    assert create(desk, language="ko", title="수수료")["review_on"] == "2026-06-30"
    assert ask(desk, "editor", "PATCH", PATH, language="en", review_on=None)["review_on"] is None
    ask(desk, "editor", "PATCH", PATH, 422, language="en", review_on="2026-02-30")
    ask(desk, "editor", "PATCH", PATH, 409, language="en", valid_until="2020-01-01")
