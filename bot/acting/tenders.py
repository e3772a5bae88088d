"""The tender that an act is about: named by number, by words, or by its place in a list."""

from dataclasses import replace

from bot.acting import consent
from bot.acting.exchange import Exchange, Next
from bot.acting.listed import Entry, Listed
from bot.acting.port import Desk, Named
from bot.acting.reading import named_tender
from bot.acting.state import Filling
from bot.answering import Moment
from bot.memory import Memory
from bot.procurement.port import Refused, Tender

# What is done within a period of the tender, and states in which it takes nothing more.
IN_PERIOD = frozenset({"question", "bid", "submit_bid", "amend_bid", "withdraw_bid"})
NO_MORE = frozenset({"cancelled", "unsuccessful"})


def found(exchange: Exchange, filling: Filling) -> Next:
    """The act on the tender that was named, or the question for it."""
    if not filling.act.tender or filling.tender:
        return filling
    now, desk = exchange.now, exchange.desk
    if filling.number:
        named = desk.named(filling.number)
        if named and named.id:
            return _on(desk, filling, named)
        exchange.before.append(now.words("tender_unknown", number=filling.number))
        filling = replace(filling, number=None)
    elif filling.words:
        fitting = [one for one in desk.found(filling.words) if one.id]
        if len(fitting) == 1:
            return _on(desk, filling, fitting[0])
        if fitting:
            options = [(f"{one.number} · {one.title}", one.number) for one in fitting]
            return exchange.ask(replace(filling, words=""), "tender", options)
        exchange.before.append(now.words("tender_none", words=filling.words[:80]))
        filling = replace(filling, words="")
    return exchange.ask(filling, "tender")


def answered(exchange: Exchange, filling: Filling) -> Next:
    """The answer to the question for it."""
    one = exchange.picked(filling)
    if one is not None:
        return replace(filling, number=one[1], options=(), tries=0)
    now, memory = exchange.now, exchange.memory
    entry = _in_list(now, memory, filling)
    if entry is not None:
        return replace(filling, number=entry.key, tries=0)
    named = named_tender(filling, now.text, memory.facts.get("tender_number"), any_words=True)
    answers_nothing = consent.is_plain_yes(now.text) or consent.is_plain_no(now.text)
    if named.number is None and (answers_nothing or named.words == ""):
        return exchange.not_usable(filling, "tender")
    return replace(named, options=())


def chooses(now: Moment, memory: Memory, filling: Filling) -> bool:
    """Whether the message names the tender that is asked for by its place in a list."""
    return filling.asked == "tender" and _in_list(now, memory, filling) is not None


def _on(desk: Desk, filling: Filling, named: Named) -> Filling:
    tender = desk.tender(named.id)
    _in_time(desk, filling, tender)
    opens = tender.opens_at or tender.tender_ends
    return replace(
        filling,
        tender=named.id,
        number=named.number,
        title=named.title,
        words="",
        options=(),
        opens=opens.isoformat() if opens else None,
    )


def _in_time(desk: Desk, filling: Filling, tender: Tender) -> None:
    """Raises Refused before anything is asked for that would come too late or too early."""
    if filling.kind not in IN_PERIOD:
        return
    if tender.status in NO_MORE:
        raise Refused("wrong_state", tender.status, field="tender")
    at = desk.now()
    ends = tender.enquiry_ends if filling.kind == "question" else tender.tender_ends
    starts = None if filling.kind == "question" else tender.tender_starts
    if ends and at > ends:
        raise Refused("closed", moment=ends)
    if starts and at < starts:
        raise Refused("too_early", moment=starts)


def _in_list(now: Moment, memory: Memory, filling: Filling) -> Entry | None:
    """The tender that is named by its place in the list shown last; a choice goes before it."""
    listed = Listed.kept(memory.listed)
    if listed is None or listed.of != "tender" or filling.options:
        return None
    place = listed.alone(now.text)
    return listed.entry(place) if place else None
