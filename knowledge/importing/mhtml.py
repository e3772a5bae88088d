"""A web page that a browser saved as one file: a mail whose first HTML part is the page."""

import email
from email import policy
from email.message import EmailMessage

from knowledge.importing import html
from knowledge.importing.decoding import known
from knowledge.importing.port import Text, Unreadable


def read(content: bytes) -> Text:
    mail = email.message_from_bytes(content.lstrip(), _class=EmailMessage, policy=policy.default)
    for part in mail.walk():
        if part.get_content_type() in {"text/html", "application/xhtml+xml"}:
            page = part.get_payload(decode=True)
            if isinstance(page, bytes) and page.strip():
                return html.read(page, known(part.get_content_charset()))
    raise Unreadable("empty")
