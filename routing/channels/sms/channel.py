"""SMS: words alone are sure to arrive, every piece costs, and STOP is the network's own."""

from dataclasses import replace

from crm.channel_settings import Twilio
from routing.channels.port import Limits, Outbound
from routing.channels.sms.segments import WIDE_JOINED, segments
from routing.channels.twilio_messages import TwilioMessages


class Sms(TwilioMessages):
    kind = "sms"
    # Twilio acts on these itself, whatever the desk may think of "cancel".
    stop_words = TwilioMessages.stop_words | frozenset(
        {"stopall", "unsubscribe", "cancel", "end", "quit", "revoke", "optout"}
    )

    def __init__(self, twilio: Twilio, *, public_url: str, secret: bytes) -> None:
        super().__init__(twilio, number=twilio.sms_number, public_url=public_url, secret=secret)
        longest = min(1500, WIDE_JOINED * twilio.max_segments)
        self.limits = Limits(max_chars=longest, choices=9, max_file_bytes=5_000_000, numbered=True)

    def body(self, out: Outbound) -> str:
        """Choices go only where they fit into the pieces that one SMS may have."""
        whole = super().body(out)
        if segments(whole) <= self._twilio.max_segments or not out.choices:
            return whole
        return super().body(replace(out, choices=()))
