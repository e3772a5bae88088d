"""Contracts: signed by both, changed, paid for, closed."""

from typing import Literal

from bot.procurement.sandbox import shapes
from bot.procurement.sandbox.awards import end
from bot.procurement.sandbox.core import Answer, Asked, Core, Handler, must_be_signed, new_id, pick
from bot.procurement.sandbox.errors import not_now, wrong
from bot.procurement.sandbox.shapes import Shape, kept, many, moment, one_of, read, text
from bot.procurement.sandbox.store import Doc
from bot.procurement.sandbox.tenders import keep, tested

CONTRACT = Shape(
    {
        "title": text,
        "description": text,
        "contractNumber": text,
        "period": shapes.PERIOD,
        "dateSigned": moment,
        "status": one_of("pending", "active", "terminated", "cancelled"),
        "value": shapes.MONEY,
        "amountPaid": shapes.MONEY,
        "items": many(shapes.ITEM),
        "terminationDetails": text,
    }
)
TRANSACTION = Shape(
    {"date": moment, "value": shapes.MONEY, "payer": kept, "payee": kept, "status": text},
    ("date", "value", "payer", "payee", "status"),
)
CHANGE = Shape(
    {
        "rationale": text,
        "rationaleTypes": many(text),
        "contractNumber": text,
        "dateSigned": moment,
        "status": one_of("pending", "active"),
    },
    ("rationale", "rationaleTypes"),
)
RATIONALES = frozenset(
    {
        "durationExtension", "fiscalYearExtension", "itemPriceVariation", "priceClarification",
        "priceReduction", "qualityImprovement", "taxRate", "thirdParty", "volumeCuts",
    }
)  # fmt: skip
BEFORE_SIGNING = ("contractNumber", "period", "dateSigned")


def listed(core: Core, asked: Asked) -> Answer:
    tender, _ = core.get("tender", asked.path["tender"])
    return Answer({"data": tender.get("contracts", [])})


def show(core: Core, asked: Asked) -> Answer:
    contract, config = core.get("contract", asked.path["contract"])
    return Answer({"data": contract, "config": config})


def of_tender(core: Core, asked: Asked) -> Answer:
    tender, _ = core.get("tender", asked.path["tender"])
    return Answer({"data": pick(tender.get("contracts", []), asked.path["id"], "contract_id")})


def give_token(core: Core, asked: Asked) -> Answer:
    """The contract's own token for whoever holds the tender or the winning bid."""
    contract, config = core.get("contract", asked.path["contract"])
    role = core.must_own(asked, contract["id"], "buyer", "supplier")
    access = core.entrust(contract["id"], role)
    return Answer({"data": contract, "config": config, "access": access})


def signer_of(side: Literal["buyer", "suppliers"]) -> Handler:
    """Who signs for one side, named by that side."""

    def name_signer(core: Core, asked: Asked) -> Answer:
        contract, config = core.get("contract", asked.path["contract"])
        core.must_own(asked, contract["id"], "buyer" if side == "buyer" else "supplier")
        if contract["status"] != "pending":
            raise not_now(f"Can't update contract in current ({contract['status']}) status")
        signer = read(shapes.SIGNER, asked.data)
        for party in [contract["buyer"]] if side == "buyer" else contract["suppliers"]:
            party["signerInfo"] = signer
        _keep(core, contract, config)
        return Answer({"data": signer})

    return name_signer


def change(core: Core, asked: Asked) -> Answer:
    contract, config = core.get("contract", asked.path["contract"])
    core.must_own(asked, contract["id"], "buyer")
    data = read(CONTRACT, asked.data)
    if contract["status"] in {"terminated", "cancelled"}:
        raise not_now(f"Can't update contract in current ({contract['status']}) status")
    status = data.pop("status", contract["status"])
    if status == contract["status"] and all(contract.get(n) == v for n, v in data.items()):
        return Answer(None)
    for name in ("value", "amountPaid"):
        if name in data:
            data[name] = {"currency": contract["value"]["currency"]} | data[name]
    contract |= data
    if contract.get("mode") == "test":
        tested(contract)
    if status != contract["status"]:
        _move(core, contract, status)
    _keep(core, contract, config)
    return Answer({"data": contract, "config": config})


def _move(core: Core, contract: Doc, status: str) -> None:
    was, now = contract["status"], core.clock.text()
    if (was, status) == ("pending", "active"):
        _must_be_ready(core, contract)
        contract |= {"status": "active", "date": now}
        _close_tender(core, contract, now)
    elif (was, status) == ("active", "terminated"):
        if "amountPaid" not in contract:
            raise wrong("amountPaid", shapes.REQUIRED)
        contract |= {"status": "terminated", "date": now}
    else:
        raise not_now("Can't update contract status")


def _must_be_ready(core: Core, contract: Doc) -> None:
    ready = "is required for contract in `active` status"
    if any("signerInfo" not in party for party in [contract["buyer"], *contract["suppliers"]]):
        raise wrong("data", f"signerInfo field for buyer and suppliers {ready}")
    for name in BEFORE_SIGNING:
        if name not in contract:
            raise wrong("data", f"{name} {ready}")
    must_be_signed(contract.get("documents", []), "contractSigned", needed=core.rules.signatures)


def _close_tender(core: Core, contract: Doc, now: str) -> None:
    tender, config = core.get("tender", contract["tender_id"])
    for short in tender["contracts"]:
        if short["id"] == contract["id"]:
            short |= {"status": "active", "date": now}
    if all(short["status"] != "pending" for short in tender["contracts"]):
        end(tender, "complete", now)
    keep(core, tender, config)


def pay(core: Core, asked: Asked) -> Answer:
    """A payment under an id that its sender chooses: the same again changes nothing twice."""
    contract, config = core.get("contract", asked.path["contract"])
    core.must_own(asked, contract["id"], "buyer")
    data = read(TRANSACTION, asked.data)
    if contract["status"] != "active":
        raise not_now(f"Can't add transaction in current ({contract['status']}) contract status")
    payment = {**data, "id": asked.path["id"]}
    done = contract.setdefault("implementation", {}).setdefault("transactions", [])
    done[:] = [row for row in done if row["id"] != payment["id"]] + [payment]
    _keep(core, contract, config)
    return Answer({"data": contract, "config": config})


def add_change(core: Core, asked: Asked) -> Answer:
    contract, config = core.get("contract", asked.path["contract"])
    core.must_own(asked, contract["id"], "buyer")
    data = read(CHANGE, asked.data)
    unknown = [name for name in data["rationaleTypes"] if name not in RATIONALES]
    if unknown:
        raise wrong("rationaleTypes", [f"Value must be one of {sorted(RATIONALES)}."])
    if contract["status"] != "active":
        raise not_now(f"Can't add contract change in current ({contract['status']}) status")
    added = data | {"id": new_id(), "status": "pending", "date": core.clock.text()}
    contract.setdefault("changes", []).append(added)
    _keep(core, contract, config)
    return Answer({"data": added}, 201)


def amend_change(core: Core, asked: Asked) -> Answer:
    contract, config = core.get("contract", asked.path["contract"])
    core.must_own(asked, contract["id"], "buyer")
    amended = pick(contract.get("changes", []), asked.path["id"], "change_id")
    data = read(CHANGE.partly(), asked.data)
    if amended["status"] == "active":
        raise not_now("Can't update contract change in current (active) status")
    if data.get("status") == "active":
        if "dateSigned" not in data | amended:
            raise not_now("Can't update contract change status. 'dateSigned' is required.")
        data["date"] = core.clock.text()
    amended |= data
    _keep(core, contract, config)
    return Answer({"data": amended})


def _keep(core: Core, contract: Doc, config: Doc) -> None:
    contract["dateModified"] = core.clock.text()
    core.store.put("contract", contract, config, public=True)
