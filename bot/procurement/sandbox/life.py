"""What time brings: enquiries close, bids are opened, cancellations take effect."""

from bot.procurement.sandbox import cancellations
from bot.procurement.sandbox.awards import open_bids
from bot.procurement.sandbox.core import Core
from bot.procurement.sandbox.store import Doc
from bot.procurement.sandbox.tenders import halted, keep


def due(core: Core) -> bool:
    return core.store.is_due("tender", core.clock.now())


def tick(core: Core) -> None:
    """Carry out every change whose moment has come, each at most once."""
    now = core.clock.now()
    for key in core.store.due("tender", now):
        tender, config = core.get("tender", key)
        _advance(core, tender, config)
        keep(core, tender, config)


def _advance(core: Core, tender: Doc, config: Doc) -> None:
    cancellations.take_effect(core, tender)
    if tender["status"] == "active.enquiries" and _reached(core, tender, "startDate"):
        tender |= {"status": "active.tendering", "date": core.clock.text()}
    waits = halted(tender)
    if tender["status"] == "active.tendering" and not waits and _reached(core, tender, "endDate"):
        open_bids(core, tender, config)


def _reached(core: Core, tender: Doc, end: str) -> bool:
    moment = core.clock.read(tender["tenderPeriod"][end])
    return moment + core.rules.lag <= core.clock.now()
