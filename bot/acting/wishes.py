"""The wish that opens an act: what its words, and the list shown last, already tell."""

from dataclasses import replace

from bot.acting import places
from bot.acting.exchange import Exchange, Next
from bot.acting.listed import Listed
from bot.acting.reading import named_tender, volunteered
from bot.acting.state import Filling


def opened(exchange: Exchange, kind: str, text: str = "") -> Next:
    """The new act; `text` are the words of the wish where the message holds others."""
    now, memory = exchange.now, exchange.memory
    filling = volunteered(Filling(kind), text or now.text, now.time)
    listed = Listed.kept(memory.listed)
    place = listed.within(now.text) if listed and not filling.number else None
    if listed and place and listed.ends_before(place) and filling.act.tender:
        exchange.before.append(now.words("listed_beyond", count=str(len(listed.entries))))
        return exchange.ask(filling, "tender")
    chosen = _from_list(filling, listed, place)
    if chosen is not None:
        return chosen
    if filling.act.tender and not filling.words:
        last = memory.facts.get("tender_number")
        filling = named_tender(filling, now.text, last)
        if not filling.number and not filling.words:
            # The preview names it, so a wrong guess is seen before anything is done.
            filling = replace(filling, number=last)
    return filling


def _from_list(
    filling: Filling, listed: Listed | None, place: places.Place | None
) -> Filling | None:
    """The act on what was chosen from a list; None where it is not about a thing of that list."""
    entry = listed.entry(place) if listed and not filling.number else None
    if listed is None or entry is None or not filling.act.tender:
        return None
    if listed.of == "tender":
        return replace(filling, number=entry.key, words="") if place else None
    if listed.of != filling.act.target:
        return None
    about = entry.shown.split("\n")[0]
    organisation = entry.organisation or None
    return replace(
        filling, number=listed.tender, target=entry.key, about=about, organisation=organisation
    )
