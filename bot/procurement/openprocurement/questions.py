"""Asking about a tender, and the buyer's answer."""

from datetime import datetime

from bot.procurement.openprocurement.access import (
    ABSENT,
    UNSURE,
    Access,
    Act,
    Doing,
    marked,
    must_have,
    must_hold,
    quotable,
    target,
    text,
)
from bot.procurement.openprocurement.access import organisation as written
from bot.procurement.openprocurement.link import mark
from bot.procurement.openprocurement.reading import Doc
from bot.procurement.port import Action, Credential, Found, Preview, Receipt, Refused, Tender

TITLE = 80
LIVE = ("active.enquiries", "active.tendering")


def prepare_question(core: Access, action: Action, credential: Credential | None) -> Preview:
    del credential
    must_have(action)
    doc, _ = core.tender(action)
    text(action, "text")
    tender = core.reader.tender(doc)
    if tender.status not in LIVE:
        raise core.over(tender, tender.enquiry_ends)
    core.must_be_open(core.reader.moment(doc, "enquiryPeriod", "startDate"), tender.enquiry_ends)
    lot = action.values.get("lot")
    if lot and lot not in {one.id for one in tender.lots}:
        raise Refused("malformed", field="lot")
    return Preview(
        action, core.link.now(), tender, deadline=tender.enquiry_ends,
        effects=("published_to_all", "cannot_be_taken_back"),
    )  # fmt: skip


def ask(core: Access, doing: Doing) -> Receipt:
    """A question has no draft: its text carries the act's sign, so that it is found again."""
    action, sign = doing.action, mark(doing.key)
    said = text(action, "text")
    data = {
        "title": text(action, "title", 200) or _title(said),
        "description": f"{said}\n({sign})",
        "author": written(action.party, core.profile),
    }
    if action.values.get("lot"):
        data |= {"questionOf": "lot", "relatedItem": action.values["lot"]}
    doc, _ = core.create(f"/tenders/{action.tender}/questions", data)
    return _receipt(core, doc, sign)


def match_question(
    core: Access, action: Action, credential: Credential | None, key: str, since: datetime
) -> Found:
    del credential, since
    sign = mark(key)
    rows = marked(core.rows(f"/tenders/{action.tender}/questions"), sign, "description")
    if not rows:
        return ABSENT
    return Found("done", _receipt(core, rows[0], sign)) if len(rows) == 1 else UNSURE


def prepare_answer(core: Access, action: Action, credential: Credential | None) -> Preview:
    must_have(action)
    must_hold(credential)
    doc, _ = core.tender(action)
    tender = core.reader.tender(doc)
    question = next((one for one in tender.questions if one.id == target(action)), None)
    if question is None:
        raise Refused("not_found", field="question")
    if question.answer == text(action, "answer"):
        raise Refused("already_done")
    if tender.status not in LIVE:
        raise core.over(tender, tender.clarifications_until)
    core.must_be_open(None, tender.clarifications_until)
    return Preview(
        action, core.link.now(), tender, deadline=tender.clarifications_until,
        effects=("published_to_all",),
        warnings=("answer_replaced",) if question.answer else (),
    )  # fmt: skip


def answer(core: Access, doing: Doing) -> Receipt:
    action = doing.action
    path = f"/tenders/{action.tender}/questions/{target(action)}"
    doc = core.change(path, {"answer": text(action, "answer")}, doing.credential)
    return _answered(core, doing.preview.tender, action, doc)


def match_answer(
    core: Access, action: Action, credential: Credential | None, key: str, since: datetime
) -> Found:
    del credential, key, since
    doc = core.data(f"/tenders/{action.tender}/questions/{target(action)}")
    if doc.get("answer") == text(action, "answer"):
        tender = core.reader.tender(core.tender(action)[0])
        return Found("done", _answered(core, tender, action, doc))
    return ABSENT


def _title(said: str) -> str:
    first = said.split("\n", 1)[0]
    return first if len(first) <= TITLE else first[: TITLE - 1].rstrip() + "…"


def _receipt(core: Access, doc: Doc, sign: str) -> Receipt:
    at = core.reader.moment(doc, "date") or core.link.now()
    return Receipt("question", doc["id"], sign, at)


def _answered(core: Access, tender: Tender | None, action: Action, doc: Doc) -> Receipt:
    at, asked = core.reader.moment(doc, "dateAnswered"), target(action)
    return Receipt(
        "answer_question", asked, quotable(tender, "Q", asked), at or core.link.now()
    )  # fmt: skip


ACTS = {
    "question": Act(prepare_question, ask, match_question),
    "answer_question": Act(prepare_answer, answer, match_answer),
}
