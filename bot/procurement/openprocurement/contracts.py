"""Contracts: the supplier's signer, the buyer's activation, payments, the close."""

from datetime import datetime
from typing import Any

from bot.procurement.openprocurement.access import (
    ABSENT,
    Access,
    Act,
    Doing,
    amount,
    moment,
    must_have,
    must_hold,
    signer,
    target,
    text,
)
from bot.procurement.openprocurement.link import id_of
from bot.procurement.openprocurement.reading import Doc, money, number
from bot.procurement.port import (
    Action,
    Credential,
    Found,
    Kind,
    Money,
    Preview,
    Receipt,
    Refused,
)


def prepare_signing(core: Access, action: Action, credential: Credential | None) -> Preview:
    must_have(action)
    must_hold(credential)
    doc = _in(core, action, "pending")
    return _preview(core, action, doc, "signer_named")


def sign(core: Access, doing: Doing) -> Receipt:
    """Who signs for the supplier; with it what the supplier has signed, where there is any."""
    action = doing.action
    path = _path(action)
    core.link.write("PUT", f"{path}/suppliers/signer_info", signer(action), doing.credential)
    doc = core.contract(action)
    core.hand_in(path, doing.files, doing.credential, signed_as="contractSigned",
                 beside=doc.get("documents", []))  # fmt: skip
    return _receipt(core, action, doc)


def match_signing(
    core: Access, action: Action, credential: Credential | None, key: str, since: datetime
) -> Found:
    del credential, key, since
    doc = core.contract(action)
    named = [one.get("signerInfo", {}) for one in doc.get("suppliers", [])]
    wanted = signer(action)
    if named and all(wanted.items() <= one.items() for one in named):
        return Found("done", _receipt(core, action, doc))
    return ABSENT


def prepare_activation(core: Access, action: Action, credential: Credential | None) -> Preview:
    must_have(action)
    must_hold(credential)
    doc = _in(core, action, "pending")
    moment(action, "signed_at")
    starts = moment(action, "starts")
    if moment(action, "ends") <= starts:
        raise Refused("not_later", field="ends", moment=starts)
    if any("signerInfo" not in one for one in doc.get("suppliers", [])):
        raise Refused("supplier_signs_first")
    if "signerInfo" not in doc.get("buyer", {}) and not action.values.get("position"):
        raise Refused("incomplete", field="position")
    return _preview(core, action, doc, "contract_in_force", "tender_complete")


def activate(core: Access, doing: Doing) -> Receipt:
    action, profile = doing.action, core.profile
    path = _path(action)
    if action.values.get("position"):
        core.link.write("PUT", f"{path}/buyer/signer_info", signer(action), doing.credential)
    details = {
        "contractNumber": text(action, "contract_number", 100),
        "period": {
            "startDate": profile.write(moment(action, "starts")),
            "endDate": profile.write(moment(action, "ends")),
        },
        "dateSigned": profile.write(moment(action, "signed_at")),
    }
    core.link.write("PATCH", path, details, doing.credential)
    doc = core.contract(action)
    core.hand_in(path, doing.files, doing.credential, signed_as="contractSigned",
                 beside=doc.get("documents", []))  # fmt: skip
    try:
        active = core.change(path, {"status": "active"}, doing.credential)
    except Refused as refused:
        if refused.reason != "signature_needed":
            raise
        return Receipt(action.kind, doc["id"], doc.get("contractID", ""), core.link.now(),
                       "awaiting_signature", doc.get("status", ""))  # fmt: skip
    return _receipt(core, action, active)


def prepare_payment(core: Access, action: Action, credential: Credential | None) -> Preview:
    must_have(action)
    must_hold(credential)
    doc = _in(core, action, "active")
    worth, currency = money(doc.get("value")), _currency(core, doc)
    paid = amount(action, currency)
    moment(action, "paid_at")
    done = [money(one.get("value")) for one in _payments(doc) if one.get("status") == "successful"]
    total = sum((one.amount for one in done if one), paid.amount)
    if worth and total > worth.amount:
        left = Money(worth.amount - (total - paid.amount), currency)
        raise Refused("over_limit", field="amount", limit=left)
    return _preview(core, action, doc, "payment_recorded", amount=paid, limit=worth)


def pay(core: Access, doing: Doing) -> Receipt:
    """Recorded under an id made of the key: however often it is sent, it is one payment."""
    action = doing.action
    doc = core.contract(action)
    paid = amount(action, _currency(core, doc))
    bank = core.profile.account_scheme
    data = {
        "date": core.profile.write(moment(action, "paid_at")),
        "value": {"amount": number(paid.amount), "currency": paid.currency},
        "payer": {
            "name": doc.get("buyer", {}).get("name", ""),
            "bankAccount": {"id": text(action, "payer_account", 100), "scheme": bank},
        },
        "payee": {
            "name": ", ".join(one.get("name", "") for one in doc.get("suppliers", [])),
            "bankAccount": {"id": text(action, "payee_account", 100), "scheme": bank},
        },
        "status": "successful",
    }
    key = id_of(doing.key)
    core.link.write("PUT", f"{_path(action)}/transactions/{key}", data, doing.credential)
    return Receipt("payment", key, doc.get("contractID", ""), core.link.now(), status="successful")


def match_payment(
    core: Access, action: Action, credential: Credential | None, key: str, since: datetime
) -> Found:
    del credential, since
    doc = core.contract(action)
    for one in _payments(doc):
        if one["id"] == id_of(key):
            named, status = doc.get("contractID", ""), one.get("status", "")
            return Found("done", Receipt("payment", one["id"], named, core.link.now(),
                                         status=status))  # fmt: skip
    return ABSENT


def prepare_close(core: Access, action: Action, credential: Credential | None) -> Preview:
    must_have(action)
    must_hold(credential)
    doc = _in(core, action, "active")
    worth = money(doc.get("value"))
    paid = amount(action, _currency(core, doc), "amount_paid")
    if worth and paid.amount > worth.amount:
        raise Refused("over_limit", field="amount_paid", limit=worth)
    return _preview(core, action, doc, "contract_closed", "cannot_be_taken_back", amount=paid)


def close(core: Access, doing: Doing) -> Receipt:
    action = doing.action
    doc = core.contract(action)
    paid = amount(action, _currency(core, doc), "amount_paid")
    worth = {
        "amount": number(paid.amount),
        "amountNet": number(paid.amount),
        "currency": paid.currency,
        "valueAddedTaxIncluded": doc.get("value", {}).get("valueAddedTaxIncluded", False),
    }
    data = {"status": "terminated", "amountPaid": worth}
    return _receipt(core, action, core.change(_path(action), data, doing.credential))


def match_status(
    core: Access, action: Action, credential: Credential | None, key: str, since: datetime
) -> Found:
    del credential, key, since
    doc = core.contract(action)
    wanted = {"activate_contract": ("active", "terminated"), "close_contract": ("terminated",)}
    if doc.get("status", "") in wanted[action.kind]:
        return Found("done", _receipt(core, action, doc))
    return ABSENT


def _path(action: Action) -> str:
    return f"/contracts/{target(action)}"


def _in(core: Access, action: Action, status: str) -> Doc:
    """The contract, which must be in this state."""
    doc = core.contract(action)
    if doc.get("status", "") == status:
        return doc
    became: dict[Kind, str] = {"activate_contract": "active", "close_contract": "terminated"}
    if doc.get("status", "") == became.get(action.kind):
        raise Refused("already_done")
    raise Refused("wrong_state", doc.get("status", ""), field="contract")


def _currency(core: Access, doc: Doc) -> str:
    currency: str = doc.get("value", {}).get("currency", core.profile.currency)
    return currency


def _payments(doc: Doc) -> list[dict[str, Any]]:
    rows: list[dict[str, Any]] = doc.get("implementation", {}).get("transactions", [])
    return rows


def _preview(
    core: Access, action: Action, doc: Doc, *effects: str, amount: Money | None = None,
    limit: Money | None = None,
) -> Preview:  # fmt: skip
    return Preview(action, core.link.now(), amount=amount or money(doc.get("value")), limit=limit,
                   effects=effects)  # fmt: skip


def _receipt(core: Access, action: Action, doc: Doc) -> Receipt:
    at = core.reader.moment(doc, "dateModified") or core.link.now()
    return Receipt(
        action.kind, doc["id"], doc.get("contractID", ""), at, status=doc.get("status", "")
    )


ACTS = {
    "sign_contract": Act(prepare_signing, sign, match_signing),
    "activate_contract": Act(prepare_activation, activate, match_status),
    "payment": Act(prepare_payment, pay, match_payment),
    "close_contract": Act(prepare_close, close, match_status),
}
