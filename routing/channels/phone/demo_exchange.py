"""The other side of the demo page: it looks by itself where its call stands, so orders are kept
by being written."""

from routing.channels.phone.port import Order, Sound
from routing.channels.port import Refused

RINGS = frozenset({"ring", "ring_contact"})


class DemoExchange:
    """Implements `port.Exchange`."""

    tells_holds = True

    def do(self, order: Order) -> str | None:
        return f"demo-{order.leg or order.call_id}" if order.verb in RINGS else None

    def find(self, order: Order) -> str | None:
        return self.do(order)

    def fetch(self, recording_id: str) -> Sound:
        raise Refused(f"the demo records nothing, {recording_id} neither")

    def delete(self, recording_id: str) -> None:
        """Nothing is there."""
        del recording_id
