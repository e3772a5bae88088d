"""Cancelling a tender: a reason, a report, and where complaints are heard, time to complain."""

from bot.procurement.sandbox.awards import end
from bot.procurement.sandbox.core import Answer, Asked, Core, later, must_be_signed, new_id, pick
from bot.procurement.sandbox.errors import not_now
from bot.procurement.sandbox.shapes import Shape, one_of, read, text
from bot.procurement.sandbox.store import Doc
from bot.procurement.sandbox.tenders import keep, speed

REASONS = ("noDemand", "unFixable", "forceMajeure", "expensesCut", "noOffer", "dateViolation")
CANCELLATION = Shape(
    {
        "reason": text,
        "reasonType": one_of(*REASONS),
        "cancellationOf": one_of("tender", "lot"),
        "relatedLot": text,
        "status": text,
    },
    ("reason", "reasonType"),
)
OVER = ("complete", "cancelled", "unsuccessful")


def create(core: Core, asked: Asked) -> Answer:
    tender, config = core.get("tender", asked.path["tender"])
    core.must_own(asked, tender["id"], "tender")
    data = read(CANCELLATION, asked.data)
    if tender["status"] in OVER:
        raise not_now(f"Can't add cancellation in current ({tender['status']}) tender status")
    added = {"cancellationOf": "tender", **data, "status": "draft", "id": new_id()}
    added["date"] = core.clock.text()
    tender.setdefault("cancellations", []).append(added)
    keep(core, tender, config)
    place = f"{asked.base}/api/2.5/tenders/{tender['id']}/cancellations/{added['id']}"
    return Answer({"data": added}, 201, place)


def listed(core: Core, asked: Asked) -> Answer:
    tender, _ = core.get("tender", asked.path["tender"])
    return Answer({"data": tender.get("cancellations", [])})


def show(core: Core, asked: Asked) -> Answer:
    tender, _ = core.get("tender", asked.path["tender"])
    found = pick(tender.get("cancellations", []), asked.path["id"], "cancellation_id")
    return Answer({"data": found})


def change(core: Core, asked: Asked) -> Answer:
    tender, config = core.get("tender", asked.path["tender"])
    core.must_own(asked, tender["id"], "tender")
    cancellation = pick(tender.get("cancellations", []), asked.path["id"], "cancellation_id")
    data = read(CANCELLATION.partly(), asked.data)
    status, was = data.pop("status", cancellation["status"]), cancellation["status"]
    if status == was and all(cancellation.get(n) == v for n, v in data.items()):
        return Answer(None)
    cancellation |= data
    if status != was:
        _move(core, tender, config, cancellation, status)
    keep(core, tender, config)
    return Answer({"data": cancellation})


def _move(core: Core, tender: Doc, config: Doc, cancellation: Doc, status: str) -> None:
    heard = config["hasCancellationComplaints"]
    if cancellation["status"] != "draft" or status != ("pending" if heard else "active"):
        raise not_now(
            f"Cancellation can't be updated from {cancellation['status']} to {status} status"
        )
    must_be_signed(
        cancellation.get("documents", []), "cancellationReport", needed=core.rules.signatures
    )
    now = core.clock.now()
    cancellation |= {"status": status, "date": now.isoformat()}
    if heard:
        until = later(now, config["cancellationComplainDuration"], speed(tender))
        cancellation["complaintPeriod"] = {
            "startDate": now.isoformat(),
            "endDate": until.isoformat(),
        }
    else:
        end(tender, "cancelled", now.isoformat())


def take_effect(core: Core, tender: Doc) -> None:
    """Cancellations whose time for complaints is over."""
    now = core.clock.now()
    for cancellation in tender.get("cancellations", []):
        until = cancellation.get("complaintPeriod", {}).get("endDate")
        if cancellation["status"] == "pending" and until and core.clock.read(until) <= now:
            cancellation |= {"status": "active", "date": now.isoformat()}
            end(tender, "cancelled", now.isoformat())
