"""The buyer's decision on a bid: the award, or a reason why not."""

from collections.abc import Mapping
from datetime import datetime

from bot.procurement.openprocurement.access import (
    ABSENT,
    Access,
    Act,
    Doing,
    must_have,
    must_hold,
    quotable,
    target,
    text,
)
from bot.procurement.openprocurement.reading import Doc, money
from bot.procurement.port import Action, Credential, Found, Kind, Preview, Receipt, Refused, Tender

BECOMES: Mapping[Kind, str] = {"award": "active", "reject_bid": "unsuccessful"}


def prepare(core: Access, action: Action, credential: Credential | None) -> Preview:
    must_have(action)
    must_hold(credential)
    doc, _ = core.tender(action)
    award = _award(core, action)
    if award.get("status", "") == BECOMES[action.kind]:
        raise Refused("already_done")
    if award.get("status", "") != "pending":
        raise Refused("wrong_state", award.get("status", ""), field="award")
    wins = action.kind == "award"
    return Preview(
        action, core.link.now(), core.reader.tender(doc), amount=money(award.get("value")),
        deadline=core.reader.moment(award, "period", "endDate"),
        effects=("published_to_all", "contract_drawn_up" if wins else "next_bid_considered"),
    )  # fmt: skip


def decide(core: Access, doing: Doing) -> Receipt:
    action = doing.action
    path, award = _path(action), _award(core, action)
    core.hand_in(path, doing.files, doing.credential, signed_as="notice",
                 beside=award.get("documents", []))  # fmt: skip
    wins = action.kind == "award"
    data = {"status": BECOMES[action.kind], "qualified": wins}
    if not wins:
        data |= {"title": text(action, "reason", 200), "description": text(action, "reason")}
    try:
        decided = core.change(path, data, doing.credential)
    except Refused as refused:
        if refused.reason != "signature_needed":
            raise
        quoted = quotable(doing.preview.tender, "A", award["id"])
        return Receipt(action.kind, award["id"], quoted, core.link.now(),
                       "awaiting_signature", award.get("status", ""))  # fmt: skip
    return _receipt(core, doing.preview.tender, action, decided)


def match(
    core: Access, action: Action, credential: Credential | None, key: str, since: datetime
) -> Found:
    del credential, key, since
    award = _award(core, action)
    if award.get("status", "") == BECOMES[action.kind]:
        tender = core.reader.tender(core.tender(action)[0])
        return Found("done", _receipt(core, tender, action, award))
    return ABSENT


def _path(action: Action) -> str:
    return f"/tenders/{action.tender}/awards/{target(action)}"


def _award(core: Access, action: Action) -> Doc:
    return core.data(_path(action))


def _receipt(core: Access, tender: Tender | None, action: Action, doc: Doc) -> Receipt:
    at, quoted = core.reader.moment(doc, "date"), quotable(tender, "A", doc["id"])
    return Receipt(
        action.kind, doc["id"], quoted, at or core.link.now(), status=doc.get("status", "")
    )


ACTS = {kind: Act(prepare, decide, match) for kind in BECOMES}
