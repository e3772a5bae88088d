"""WhatsApp: free words for 24 hours after the person's last message, an approved template later."""

import json
import logging
from dataclasses import replace
from datetime import timedelta

import requests
from twilio.base.exceptions import TwilioException

from crm import clock
from crm.channel_settings import Twilio
from routing.channels.port import Limits, Outbound, Refused, with_sources
from routing.channels.twilio_messages import TwilioMessages
from routing.channels.whatsapp import buttons

log = logging.getLogger(__name__)

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
        self._contents = buttons.Contents(self._client)

    def _fields(self, out: Outbound) -> dict[str, object]:
        fields = super()._fields(out)
        if out.heard_at is not None and clock.now() - out.heard_at < WINDOW:
            return self._with_buttons(out, fields)
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

    def _with_buttons(self, out: Outbound, fields: dict[str, object]) -> dict[str, object]:
        """Choices to press, where they fit and nothing else is sent along; else numbered lines."""
        words = _one_line(with_sources(replace(out, choices=())))
        if "media_url" in fields or not buttons.fit(out.choices, words):
            return fields
        try:
            content = self._contents.of(out.choices, out.language)
        except (TwilioException, requests.RequestException) as error:
            log.info("no buttons this time: %s", type(error).__name__)
            return fields
        del fields["body"]
        variables = json.dumps({"1": words}, ensure_ascii=False)
        return fields | {"content_sid": content, "content_variables": variables}


def _one_line(text: str) -> str:
    """A value may hold no line breaks."""
    return " · ".join(" ".join(line.split()) for line in text.splitlines() if line.strip())
