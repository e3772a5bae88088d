"""Plans: what a buyer means to buy, before any tender."""

from bot.procurement.sandbox import shapes, tenders
from bot.procurement.sandbox.core import Answer, Asked, Core, new_id
from bot.procurement.sandbox.errors import Trouble, not_now, wrong
from bot.procurement.sandbox.shapes import Shape, kept, many, one_of, read, text
from bot.procurement.sandbox.store import Doc

PLAN = Shape(
    {
        "status": one_of("draft", "scheduled", "complete"),
        "procuringEntity": shapes.PLANNER,
        "buyers": many(shapes.PLANNER),
        "tender": Shape(
            {
                "procurementMethod": text,
                "procurementMethodType": text,
                "tenderPeriod": shapes.PERIOD,
            },
            ("tenderPeriod",),
        ),
        "budget": Shape(
            {
                "id": text,
                "description": text,
                "amount": shapes.number,
                "amountNet": shapes.number,
                "currency": text,
                "project": kept,
                "period": shapes.PERIOD,
                "breakdown": kept,
                "year": kept,
                "notes": text,
            },
            ("id", "description", "amount"),
        ),
        "classification": shapes.CLASS,
        "additionalClassifications": kept,
        "items": many(shapes.ITEM),
        "rationale": kept,
        "cancellation": kept,
        "documents": kept,
        "project": kept,
        "mode": text,
    },
    ("procuringEntity", "tender", "budget", "classification"),
)


def create(core: Core, asked: Asked) -> Answer:
    owner = core.must_write(asked)
    data = read(PLAN, asked.data)
    for item in data.get("items", []):
        item.setdefault("id", new_id())
    data["budget"].setdefault("currency", "UAH")
    plan: Doc = {"status": "draft", **data, **tenders.number(core, "UA-P", "plan")}
    plan["datePublished"] = plan.pop("date")
    plan |= {"owner": owner, "id": new_id(), "dateCreated": core.clock.text()}
    _keep(core, plan)
    place = f"{asked.base}/api/2.5/plans/{plan['id']}"
    return Answer({"data": plan, "access": core.entrust(plan["id"], "plan")}, 201, place)


def show(core: Core, asked: Asked) -> Answer:
    plan, _ = core.get("plan", asked.path["plan"])
    return Answer({"data": plan})


def change(core: Core, asked: Asked) -> Answer:
    plan, _ = core.get("plan", asked.path["plan"])
    core.must_own(asked, plan["id"], "plan")
    data = read(PLAN.partly(), asked.data)
    if plan["status"] in {"complete", "cancelled"}:
        raise not_now(f"Can't update plan in {plan['status']} status")
    cancellation = data.pop("cancellation", None)
    if not cancellation and all(plan.get(n) == v for n, v in data.items()):
        return Answer(None)
    plan |= data
    if cancellation:
        _cancel(core, plan, cancellation)
    _keep(core, plan)
    return Answer({"data": plan})


def _cancel(core: Core, plan: Doc, cancellation: Doc) -> None:
    if not cancellation.get("reason"):
        raise wrong("cancellation", {"reason": shapes.REQUIRED})
    kept_one = {"status": "pending", **plan.get("cancellation", {}), **cancellation}
    kept_one.setdefault("id", new_id())
    plan["cancellation"] = kept_one | {"date": core.clock.text()}
    if kept_one["status"] == "active":
        plan["status"] = "cancelled"


def to_tender(core: Core, asked: Asked) -> Answer:
    """A draft tender out of a plan, which then names it."""
    plan, _ = core.get("plan", asked.path["plan"])
    core.must_write(asked)
    if "tender_id" in plan:
        words = f"This plan has already got a tender: {plan['tender_id']}"
        raise Trouble(409, "body", "tender_id", [words])
    if plan["status"] != "scheduled":
        raise wrong("data", f"Can't create tender in '{plan['status']}' plan status")
    planned = plan["tender"].get("procurementMethodType")
    given = (asked.data or {}).get("procurementMethodType", planned)
    if planned and planned != given:
        raise wrong(
            "procurementMethodType", f"procurementMethodType doesn't match: {planned} != {given}"
        )
    answer = tenders.drafted(core, asked, plan["id"])
    plan |= {"tender_id": answer.body["data"]["id"], "status": "complete"}
    _keep(core, plan)
    return answer


def _keep(core: Core, plan: Doc) -> None:
    plan["dateModified"] = core.clock.text()
    core.store.put("plan", plan, {}, public=plan["status"] != "draft")
