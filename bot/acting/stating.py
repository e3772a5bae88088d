"""What bidders are asked and what they said, in words; which answer a message is about. Pure."""

import re
from dataclasses import replace
from decimal import Decimal

from bot.acting import asks, places, values
from bot.acting.asks import Ask, Fault, Said
from bot.acting.state import Filling
from bot.acting.telling import plain_number
from bot.answering import Moment
from bot.cleaning import by_line
from bot.plain_words import is_question
from bot.procurement.port import Criterion, Tender
from bot.wording import one_line

_LINE = re.compile(r"\s*(?P<n>\d{1,2})\s?(?:[:)=]|\.(?!\d)|번\s?:?)\s?(?P<said>\S.*)")
_BEHIND = re.compile(r"[:：=]\s*(?P<said>.+)$", re.DOTALL)
LONGEST, SHORT = asks.LONGEST_TITLE, 120  # of a statement where it is read, and where it is known
QUOTED = 20  # characters by which a line is known as the question itself


def asking(filling: Filling, tender: Tender, *, heard: bool) -> Filling:
    """The bid with what its tender asks of bidders; without, where this channel cannot ask it."""
    criteria = _concerning(filling, tender)
    fits = asks.can_be_asked(criteria, heard=heard)
    return replace(filling, criteria=criteria) if fits else filling


def left_out(filling: Filling, tender: Tender) -> bool:
    """Whether the tender asks bidders for something that this talk does not."""
    return bool(_concerning(filling, tender)) and not filling.criteria


def _concerning(filling: Filling, tender: Tender) -> tuple[Criterion, ...]:
    lots = filling.lots or [lot.id for lot in tender.lots]
    return tuple(one for one in tender.criteria if one.lot is None or one.lot in lots)


def question(now: Moment, filling: Filling, ask: Ask) -> str:
    """The question; a mail has all that are still open, as each answer is a letter else."""
    still = [one for one in filling.asks if not filling.slots.get(one.slot)]
    if now.turn.channel != "email" or ask.form == "group" or len(still) < 2:
        return _one(now, filling, ask)
    numbered = [
        f"{filling.numbered(one)}) {_one(now, filling, one)} {', '.join(one.options)}".rstrip()
        for one in still
    ]
    return "\n\n".join([now.words("act_ask_said_form"), *numbered])


def _one(now: Moment, filling: Filling, ask: Ask) -> str:
    said = [one_line(one, LONGEST) for one in asks.statements(ask)]
    if ask.form == "all":
        asked = now.words("act_ask_said_all_so", organisation=filling.organisation or "")
        first = now.words("act_ask_said_all", count=str(len(said)))
        return "\n".join([first, *(f"- {one}" for one in said), asked])
    title = said[0] if ask.form == "yes_no" else one_line(ask.title, LONGEST)
    return now.words(f"act_ask_said_{ask.form}", title=title, limits=_limits(now, ask))


def options(now: Moment, ask: Ask) -> tuple[tuple[str, str], ...]:
    """What can be chosen; in a mail that asks for several things a yes stands behind its number."""
    if ask.form in ("all", "yes_no") and now.turn.channel != "email":
        words = (now.words("act_said_yes"), now.words("act_said_no"))
        return tuple((word.capitalize(), word) for word in words)
    return tuple((one, one) for one in ask.options)


def answer(now: Moment, filling: Filling, ask: Ask) -> str:
    """What was said to it, with its number in the preview."""
    value, number = filling.slots[ask.slot], str(filling.numbered(ask))
    said = [one_line(one, SHORT) for one in asks.statements(ask)]
    if ask.form == "all":
        first = now.words("act_said_all", n=number, count=str(len(said)))
        return "\n".join([first, *(f"   - {one}" for one in said)])
    if ask.form == "yes_no":
        yes = now.words("act_said_no" if value == "false" else "act_said_yes")
        return f"{number}) {said[0]}: {yes}"
    unit = f" {ask.one.unit}" if ask.form == "number" and ask.one.unit else ""
    shown = one_line(", ".join(value.split("\n")), asks.LONGEST)
    return f"{number}) {one_line(ask.title, SHORT)}: {shown}{unit}"


def fault(now: Moment, ask: Ask, why: Fault) -> str:
    """Why an answer cannot be taken, or what kind of answer is needed."""
    return now.words(f"act_invalid_said_{why or ask.form}", limits=_limits(now, ask))


def several(now: Moment, filling: Filling) -> list[tuple[Ask, Said]]:
    """Answers that a letter tells in a line each, behind the numbers that the mail before had."""
    asked = filling.ask(filling.asked)
    if now.turn.channel != "email" or asked is None or asked.form == "group":
        return []
    by_number = {filling.numbered(ask): ask for ask in filling.asks}
    found = []
    for line in by_line(now.turn.text).split("\n"):
        told = _LINE.fullmatch(line)
        ask = by_number.get(int(told["n"])) if told else None
        # What a letter quotes of the question is no answer to it.
        if told and ask and not told["said"].startswith(_one(now, filling, ask)[:QUOTED]):
            found.append((ask, asks.read(ask, told["said"])))
    return found


def about(text: str, filling: Filling) -> tuple[Ask, str] | None:
    """The question whose answer the words name by its number to change it, and what it shall be:
    of own words only what stands behind a colon, as "number 3 is wrong" says none.
    """
    said, first = filling.asks, len(filling.lines)
    place = places.within(text, first + len(said)) if said else None
    if place is None or not first <= place.index < first + len(said):
        return None
    ask, behind, asking = said[place.index - first], _BEHIND.search(text), is_question(text)
    if asking and not values.wants_change(text):
        return None
    if behind:
        return ask, behind["said"]
    return ask, "" if asking or ask.form == "text" else place.rest


def _limits(now: Moment, ask: Ask) -> str:
    """What the core takes, in brackets: "(90 or more, days)"."""
    if ask.form == "choice":
        return now.words("said_limit_one" if ask.one.greatest == 1 else "said_limit_some")
    if ask.form != "number":
        return ""
    least, most = ask.one.least, ask.one.most
    names = {(True, True): "between", (True, False): "least", (False, True): "most"}
    name = names.get((least is not None, most is not None))
    fields = {"least": plain_number(least or Decimal(0)), "most": plain_number(most or Decimal(0))}
    parts = [now.words(f"said_limit_{name}", **fields) if name else "", ask.one.unit]
    said = ", ".join(part for part in parts if part)
    return f" ({said})" if said else ""
