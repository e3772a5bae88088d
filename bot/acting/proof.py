"""Proof of who speaks: a one-time code, or number and PIN on the phone."""

from dataclasses import replace

from bot.acting.exchange import Exchange, Next
from bot.acting.port import CodeWay
from bot.acting.state import Filling
from bot.answering import Told
from bot.port import AskBack
from bot.spotting import EMAIL, spot


def proven(exchange: Exchange, filling: Filling) -> Next:
    """The act, once it is proven who wants it."""
    if not filling.act.proof or exchange.desk.organisations(exchange.conversation).proven:
        return filling
    if exchange.now.turn.channel == "phone":
        return exchange.ask(filling, "proof_phone")
    if exchange.desk.code_ways():
        return exchange.ask(filling, "proof_email")
    return _nowhere(exchange, "proof_portal")


def address_given(exchange: Exchange, filling: Filling) -> Next:
    now = exchange.now
    address = code_address(now.text, exchange.desk.code_ways())
    if address is None:
        return exchange.not_usable(filling, "proof_email")
    sent = exchange.desk.send_code(exchange.conversation, address, now.language)
    if sent == "sent":
        return _code_asked(exchange, filling, now.words("proof_sent", email=address))
    return _nowhere(exchange, "proof_too_many" if sent == "too_many" else "proof_portal")


def code_given(exchange: Exchange, filling: Filling) -> Next:
    now = exchange.now
    digits = "".join(c for c in now.text if c.isdigit())
    if len(digits) != 6:
        return exchange.not_usable(filling, "proof_code")
    checked = exchange.desk.check_code(exchange.conversation, digits)
    if checked == "proven":
        return exchange.telling(replace(filling, tries=0), now.words("proof_done"))
    if checked == "wrong":
        return exchange.not_usable(filling, "proof_code")
    anew = "proof_phone" if now.turn.channel == "phone" else "proof_email"
    again = replace(filling, asked=anew, tries=0, options=())
    text = now.words("proof_over") + "\n" + exchange.question(again)
    return [AskBack(text, (now.counselor(),))], exchange.keeping(again)


def call_proven(exchange: Exchange, filling: Filling) -> Next:
    """The line asks for number and PIN by itself; here comes only what became of it."""
    now, desk = exchange.now, exchange.desk
    if desk.organisations(exchange.conversation).proven:
        return exchange.telling(replace(filling, tries=0), now.words("proof_done"))
    key = "proof_phone_failed"
    if now.text == now.words("choice_code"):
        sent = desk.send_code_to_phone(exchange.conversation, now.language)
        if sent == "sent":
            return _code_asked(exchange, filling, now.words("proof_texted"))
        key = "proof_too_many" if sent == "too_many" else key
    return _nowhere(exchange, key)


def code_address(text: str, ways: frozenset[CodeWay]) -> str | None:
    """Where a code shall go: an e-mail address, or a telephone number where SMS is a way."""
    address = EMAIL.search(text)
    if address and "email" in ways:
        return address.group()
    number = next((one.value for one in spot(text) if one.kind == "phone"), None)
    return number if "sms" in ways else None


def _code_asked(exchange: Exchange, filling: Filling, text: str) -> Told:
    asked = replace(filling, asked="proof_code", tries=0, options=())
    return [AskBack(text)], exchange.keeping(asked)


def _nowhere(exchange: Exchange, key: str) -> Told:
    """No proof can be given here; a counselor can go on."""
    now = exchange.now
    said = AskBack("\n".join([*exchange.before, now.words(key)]), (now.counselor(),))
    return [said], replace(exchange.memory, act=None, engine={}, offered=True)
