"""What is asked next while an act is filled, in words."""

from bot.acting import items, stating
from bot.acting.bidding import line_asked
from bot.acting.port import CodeWay, Desk
from bot.acting.state import Filling
from bot.answering import Moment
from bot.wording import one_line


def question(desk: Desk, now: Moment, filling: Filling) -> str:
    """The question that is open; of a preview all that it shows."""
    if filling.asked == "confirmed":
        return filling.shown
    if filling.asked == "go_on":
        return now.words("core_away")
    line, ask = filling.line(filling.asked), filling.ask(filling.asked)
    if line is not None:
        return line_asked(now, filling, line)
    if ask is not None:
        return stating.question(now, filling, ask)
    item = items.part_of(filling.asked)
    if item is not None:
        return _item_asked(now, filling, *item)
    key = _key(desk, now, filling)
    return now.words(key, number=filling.number or "", title=filling.title)


def way(ways: frozenset[CodeWay]) -> str:
    """The end of the key of words about a one-time code."""
    return "either" if len(ways) > 1 else next(iter(ways), "email")


def _key(desk: Desk, now: Moment, filling: Filling) -> str:
    if filling.asked == "line" and filling.asks:
        return "act_ask_line_or_answer"
    special = f"act_ask_{filling.asked}_{filling.kind}"
    if now.words.has(special):
        return special
    if filling.asked == "target":
        return f"act_ask_target_{filling.act.target}"
    if filling.asked == "proof_email":
        return "act_ask_proof_" + way(desk.code_ways())
    return f"act_ask_{filling.asked}"


def _item_asked(now: Moment, filling: Filling, n: int, part: str) -> str:
    if part == items.MORE:
        return now.words("act_ask_more")
    first = "act_ask_item_first" if n == 1 else f"act_ask_item_{part}"
    name = one_line(filling.slots.get(items.slot_of(n, "title"), ""), 120)
    return now.words(first, n=str(n), name=name)
