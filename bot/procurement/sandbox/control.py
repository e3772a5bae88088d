"""What a demo and a test may do besides: move the clock, ask for the demo's tenders.

Open only to the control token that the environment gives; without one it is not there at all.
"""

from datetime import datetime, timedelta

from bot.procurement.sandbox import furnish
from bot.procurement.sandbox.core import Answer, Asked, Core, Handler
from bot.procurement.sandbox.errors import wrong


def move_clock(core: Core, asked: Asked) -> Answer:
    """`{"now": ISO moment}` or `{"ahead": seconds}`; what the time between brings comes next."""
    body = asked.body or {}
    try:
        if "now" in body:
            core.clock.move(datetime.fromisoformat(body["now"]))
        else:
            core.clock.move(core.clock.now() + timedelta(seconds=float(body["ahead"])))
    except (KeyError, TypeError, ValueError, OverflowError) as error:
        raise wrong("now", "a moment with a zone, or seconds ahead") from error
    return Answer({"now": core.clock.text()})


def demo(core: Core, asked: Asked) -> Answer:
    """The demo's tenders by their part, and its tokens for the demo buyer."""
    del asked
    return Answer({"tenders": furnish.tenders_by_part(core)})


TABLE: dict[str, dict[str, Handler]] = {
    "/control/clock": {"POST": move_clock},
    "/control/demo": {"GET": demo},
}
