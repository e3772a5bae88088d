"""A message of the desk as a mail: threaded, and marked as a machine's where it is one."""

import re
from email.message import EmailMessage
from email.policy import SMTP
from email.utils import format_datetime, formataddr
from html import escape

from crm import clock
from routing import words
from routing.channels.email.addresses import Addresses
from routing.channels.email.automatic import MARK
from routing.channels.email.reading import ADDRESS, id_in
from routing.channels.port import Outbound, Refused

MAX_REFERENCES = 20


def compose(out: Outbound, addresses: Addresses, desk: str, mark: str) -> EmailMessage:
    """The whole mail; raises Refused where the address is none."""
    if not ADDRESS.fullmatch(out.address):
        raise Refused("the address is malformed")
    mail = EmailMessage(policy=SMTP)
    mail["From"] = formataddr((_one_line(desk), addresses.address))
    mail["To"] = out.address
    mail["Subject"] = subject_of(out)
    mail["Date"] = format_datetime(out.written_at or clock.now())
    mail["Message-ID"] = addresses.message_id(out.key)
    mail["Reply-To"] = addresses.of_conversation(out.conversation)
    _thread(mail, out)
    if out.automatic:
        mail["Auto-Submitted"] = "auto-replied"
        mail["X-Auto-Response-Suppress"] = "All"
    mail[MARK] = mark
    mail["Content-Language"] = out.language
    mail.set_content(plain(out), cte="quoted-printable")
    mail.add_alternative(html(out), subtype="html", cte="quoted-printable")
    for file in out.files:
        kind, _, subtype = file.media_type.partition("/")
        name = _one_line(file.name)
        mail.add_attachment(file.content, maintype=kind, subtype=subtype, filename=name)
    return mail


def subject_of(out: Outbound) -> str:
    subject = _one_line(out.subject) or words.say(out.language, "mail_subject")
    ticket = f" [{out.ticket}]" if out.ticket and out.ticket not in subject else ""
    return f"Re: {subject}{ticket}"


def plain(out: Outbound) -> str:
    lines = [out.text]
    lines += [f"- {choice}" for choice in out.choices]
    if out.sources:
        lines += ["", f"{words.say(out.language, 'sources')}:"]
        lines += [f"- {x.title} ({x.version}): {x.url}" for x in out.sources]
    return "\n".join([*lines, "", "-- ", *_footer(out)]) + "\n"


def html(out: Outbound) -> str:
    paragraphs = [
        f"<p>{escape(p).replace(chr(10), '<br>')}</p>" for p in re.split(r"\n\s*\n", out.text) if p
    ]
    if out.choices:
        items = "".join(f"<li>{escape(choice)}</li>" for choice in out.choices)
        paragraphs.append(f"<ul>{items}</ul>")
    if out.sources:
        items = "".join(
            f'<li><a href="{escape(x.url)}">{escape(x.title)}</a> ({escape(x.version)})</li>'
            for x in out.sources
        )
        head = escape(words.say(out.language, "sources"))
        paragraphs.append(f"<p>{head}:</p><ul>{items}</ul>")
    footer = "<br>".join(escape(line) for line in _footer(out))
    return (
        f'<!doctype html><html lang="{out.language}"><head><meta charset="utf-8"></head><body>'
        f"{''.join(paragraphs)}<hr><p>{footer}</p></body></html>\n"
    )


def _footer(out: Outbound) -> list[str]:
    lines = [words.say(out.language, "reply_above")]
    if out.ticket:
        lines.append(words.say(out.language, "ticket_line", number=out.ticket))
    return lines


def _thread(mail: EmailMessage, out: Outbound) -> None:
    """In-Reply-To names the last mail before, References all that are known of the thread."""
    known = [found for name in out.answers if (found := id_in(name))]
    if known:
        mail["In-Reply-To"] = known[-1]
        mail["References"] = " ".join(known[-MAX_REFERENCES:])


def _one_line(text: str) -> str:
    """Header words: a line break in one would begin another header."""
    return " ".join("".join(c if c.isprintable() else " " for c in text).split())
