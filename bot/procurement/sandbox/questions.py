"""Questions about a tender: everybody reads them, nobody sees who asked, the buyer answers."""

import hashlib

from bot.procurement.sandbox import shapes
from bot.procurement.sandbox.core import Answer, Asked, Core, new_id, pick
from bot.procurement.sandbox.errors import not_now, wrong
from bot.procurement.sandbox.shapes import Shape, one_of, read, text
from bot.procurement.sandbox.store import Doc
from bot.procurement.sandbox.tenders import OPEN, keep

QUESTION = Shape(
    {
        "title": text,
        "description": text,
        "author": shapes.AUTHOR,
        "questionOf": one_of("tender", "lot", "item"),
        "relatedItem": text,
    },
    ("title", "author"),
)
REPLY = Shape({"answer": text, "title": text, "description": text}, ("answer",))


def ask(core: Core, asked: Asked) -> Answer:
    tender, config = core.get("tender", asked.path["tender"])
    core.must_write(asked)
    data = read(QUESTION, asked.data)
    now, period = core.clock.now(), tender["enquiryPeriod"]
    begins, ends = (core.clock.read(period[name]) for name in ("startDate", "endDate"))
    if tender["status"] not in OPEN or not begins <= now < ends:
        raise not_now("Can add question only in enquiryPeriod")
    about = data.get("questionOf", "tender")
    known = {row["id"] for row in tender.get(f"{about}s", [])} if about != "tender" else None
    if known is not None and data.get("relatedItem") not in known:
        raise wrong("relatedItem", [f"relatedItem should be one of {about}s"])
    who = hashlib.md5(data["author"]["identifier"]["id"].encode()).hexdigest()  # noqa: S324 - a mask of the API's shape
    question = data | {"author": {"hash": who}, "questionOf": about, "id": new_id()}
    question["date"] = now.isoformat()
    tender.setdefault("questions", []).append(question)
    keep(core, tender, config)
    place = f"{asked.base}/api/2.5/tenders/{tender['id']}/questions/{question['id']}"
    return Answer({"data": question}, 201, place)


def listed(core: Core, asked: Asked) -> Answer:
    tender, _ = core.get("tender", asked.path["tender"])
    return Answer({"data": tender.get("questions", [])})


def show(core: Core, asked: Asked) -> Answer:
    tender, _ = core.get("tender", asked.path["tender"])
    return Answer({"data": pick(tender.get("questions", []), asked.path["id"], "question_id")})


def reply(core: Core, asked: Asked) -> Answer:
    tender, config = core.get("tender", asked.path["tender"])
    question: Doc = pick(tender.get("questions", []), asked.path["id"], "question_id")
    core.must_own(asked, tender["id"], "tender")
    data = read(REPLY, asked.data)
    now = core.clock.now()
    if tender["status"] not in OPEN:
        raise not_now(f"Can't update question in current ({tender['status']}) tender status")
    if now >= core.clock.read(tender["enquiryPeriod"]["clarificationsUntil"]):
        raise not_now("Allowed to update question only before enquiryPeriod.clarificationsUntil")
    if question.get("answer") == data["answer"]:
        return Answer(None)
    question |= {"answer": data["answer"], "dateAnswered": now.isoformat()}
    keep(core, tender, config)
    return Answer({"data": question})
