"""WhatsApp: free words for 24 hours after the person's last message, an approved template later."""

import json
from datetime import timedelta

from crm import clock
from crm.channel_settings import Twilio
from routing.channels.port import Limits, Outbound, Refused
from routing.channels.twilio_messages import TwilioMessages

WINDOW = timedelta(hours=24)
# Template and values together.
MAX_TEMPLATE = 1024
TEMPLATE_ROOM = 200


class WhatsApp(TwilioMessages):
    kind = "whatsapp"
    prefix = "whatsapp:"
    limits = Limits(max_chars=1500, choices=10, max_file_bytes=10_000_000, numbered=True)

    def __init__(self, twilio: Twilio, *, public_url: str, secret: bytes) -> None:
        number = twilio.whatsapp_number.removeprefix(self.prefix)
        super().__init__(twilio, number=number, public_url=public_url, secret=secret)

    def _fields(self, out: Outbound) -> dict[str, object]:
        fields = super()._fields(out)
        if out.heard_at is not None and clock.now() - out.heard_at < WINDOW:
            return fields
        template = self._twilio.whatsapp_templates.get(out.language)
        if not template:
            raise Refused(f"outside of the 24 hours, and no template in {out.language}")
        # A value may hold no line breaks; what does not fit is left to the talk that follows.
        words = " ".join(self.body(out).split())[: MAX_TEMPLATE - TEMPLATE_ROOM]
        del fields["body"]
        fields.pop("media_url", None)
        return fields | {
            "content_sid": template,
            "content_variables": json.dumps({"1": words}, ensure_ascii=False),
        }
