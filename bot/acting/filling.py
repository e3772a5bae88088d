"""Filling an act: what is still missing is asked for, one thing at a time, then all is shown.

proof → organisation → tender → object → values → checked by the core → preview → plain yes.
"""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import replace
from datetime import datetime
from typing import Any, cast

from bot import amounts
from bot.acting import asks, consent, corrections, items, lines, places, pricing, stating, values
from bot.acting.asks import Said
from bot.acting.bidding import (
    fits_vat,
    for_lots,
    line_asked,
    lots_in,
    other_vat,
    priced_as,
)
from bot.acting.listed import Entry, Listed
from bot.acting.lookups import status_words
from bot.acting.port import CodeWay, Desk, Held, Named
from bot.acting.previews import line_in_words, proposal, signing_asked, value_in_words
from bot.acting.reading import also_said, named_tender, read_value, volunteered
from bot.acting.state import Filling
from bot.acting.table import AMOUNTS, CHOICES, PRICED, plain
from bot.acting.telling import money, refusal
from bot.answering import FAILED_TURNS, Moment, Told
from bot.cleaning import by_line
from bot.memory import Memory
from bot.port import Abstain, AskBack, Cancel, Perform, Spoken
from bot.procurement.port import (
    Action,
    Bid,
    Kind,
    Lot,
    Preview,
    Refused,
    Tender,
    Unreachable,
)
from bot.spotting import EMAIL, spot, tender_number
from bot.wording import one_line

# Refused for one value: with another the act can go on.
MENDABLE = frozenset(
    {"over_limit", "other_currency", "malformed", "incomplete", "past", "not_later", "only_longer"}
)
# A complaint in one of these states is over.
OVER = frozenset({"mistaken", "invalid", "declined", "resolved", "stopped"})
# What is done within a period of the tender, and states in which it takes nothing more.
IN_PERIOD = frozenset({"question", "bid", "submit_bid", "amend_bid", "withdraw_bid"})
NO_MORE = frozenset({"cancelled", "unsuccessful"})
# An award that was cancelled is no decision any more.
DECIDED = frozenset({"active", "unsuccessful"})
HANDED_IN = frozenset({"pending", "active", "invalid"})
FORM_OF = {"supplier": {"supplier", "bidder", "supplier_agent", "bid_agent"}, "buyer": {"buyer"}}


class Acting:
    """Fills acts over what the desk can look up. Holds nothing of a conversation."""

    def __init__(self, desk: Desk) -> None:
        self._desk = desk

    def begin(self, now: Moment, memory: Memory, kind: str, text: str = "") -> Told:
        """A new act; what the opening words already tell is not asked for again."""
        filling = volunteered(Filling(kind), text or now.text, now.time)
        listed = Listed.kept(memory.listed)
        place = listed.within(now.text) if listed and not filling.number else None
        if listed and place and listed.ends_before(place) and filling.act.tender:
            beyond = now.words("listed_beyond", count=str(len(listed.entries)))
            return self._ask(now, memory, filling, "tender", [beyond])
        chosen = _from_list(filling, listed, place)
        if chosen is not None:
            filling = chosen
        elif filling.act.tender and not filling.words:
            last = memory.facts.get("tender_number")
            filling = named_tender(filling, now.text, last)
            if not filling.number and not filling.words:
                # The preview names it, so a wrong guess is seen before anything is done.
                filling = replace(filling, number=last)
        return self._go_on(now, memory, filling, [])

    def answer(self, now: Moment, memory: Memory, filling: Filling) -> Told:
        """The person's message as the answer to what was asked last."""
        kept = replace(memory, failed=0, asked_back=False, offered=False)
        reader = self._readers().get(filling.asked)
        if reader is not None:
            return reader(now, kept, filling)
        if filling.asked == "tender":
            return self._tender_named(now, kept, filling)
        return self._value(now, kept, filling)

    def ask_again(self, now: Moment, memory: Memory, filling: Filling) -> Told:
        """The open question once more, after something else was said."""
        return self._asked(now, memory, filling, self._question(now, filling), filling.options)

    def chooses(self, now: Moment, memory: Memory, filling: Filling) -> bool:
        """Whether the message names the tender that is asked for by its place in a list."""
        return filling.asked == "tender" and _in_list(now, memory, filling) is not None

    def wait(self, now: Moment, memory: Memory, filling: Filling) -> Told:
        """The person needs a moment: nothing is taken for an answer."""
        text = now.words("act_wait") + "\n" + self._question(now, filling)
        return self._asked(now, memory, filling, text, filling.options)

    def cancel(self, now: Moment, memory: Memory) -> Told:
        return [Cancel(now.words("cancelled"))], replace(memory, act=None, engine={}, failed=0)

    def _readers(self) -> Mapping[str, Callable[[Moment, Memory, Filling], Told]]:
        return {
            "confirmed": self._confirmed,
            "proof_email": self._proof_email,
            "proof_code": self._proof_code,
            "proof_phone": self._proof_phone,
            "organisation": self._organisation_picked,
            "award": self._target_picked,
            "target": self._target_picked,
            "lot": self._lot_picked,
            "line": self._line_named,
            "signature": self._signature,
            "go_on": self._tried_again,
        }

    # --- what is still missing -----------------------------------------------------------------

    def _go_on(self, now: Moment, memory: Memory, filling: Filling, before: list[str]) -> Told:
        try:
            return self._next(now, memory, filling, before)
        except Refused as error:
            if error.reason == "not_shown":
                return self._later(now, memory, filling, [*before, now.words("refused_not_shown")])
            return self._refused(now, memory, filling, error, before)
        except Unreachable:
            return self._later(now, memory, filling, [*before, now.words("core_away")])

    def _later(self, now: Moment, memory: Memory, filling: Filling, why: list[str]) -> Told:
        """The act is kept, and goes on when the person says so."""
        waiting = replace(filling, asked="go_on", options=())
        choices = (now.words("choice_go_on"), now.words("choice_cancel"), now.counselor())
        return [Abstain("\n".join(why), choices)], replace(memory, act=waiting.to_json(), engine={})

    def _next(self, now: Moment, memory: Memory, filling: Filling, before: list[str]) -> Told:
        steps = (self._prove, self._stand_for, self._find_tender, self._bid_stands)
        for step in (*steps, self._find_target, self._find_lot, self._find_lines):
            told, filling = step(now, memory, filling, before)
            if told is not None:
                return told
        slot = next((s for s in filling.wanted if not filling.slots.get(s)), None)
        # A bid may be kept as a draft first; a signed document alone cannot be left out.
        if slot == "signature" and filling.files:
            filling, slot = filling.with_slot("signature", "sent"), None
        if slot is not None:
            return self._ask(now, memory, filling, slot, before)
        return self._propose(now, memory, filling, before)

    def _prove(
        self, now: Moment, memory: Memory, filling: Filling, before: list[str]
    ) -> tuple[Told | None, Filling]:
        if not filling.act.proof:
            return None, filling
        if self._desk.organisations(now.turn.conversation).proven:
            return None, filling
        if now.turn.channel == "phone":
            return self._ask(now, memory, filling, "proof_phone", before), filling
        if self._desk.code_ways():
            return self._ask(now, memory, filling, "proof_email", before), filling
        said = AskBack("\n".join([*before, now.words("proof_portal")]), (now.counselor(),))
        return ([said], replace(memory, act=None, engine={}, offered=True)), filling

    def _stand_for(
        self, now: Moment, memory: Memory, filling: Filling, before: list[str]
    ) -> tuple[Told | None, Filling]:
        side = filling.act.side
        if side == "anyone" or filling.role:
            return None, filling
        standing = self._desk.organisations(now.turn.conversation)
        mine = [(org, role) for org, role in standing.live if role in FORM_OF[side]]
        mine = [one for one in mine if filling.organisation in (None, one[0])]
        if len(mine) == 1:
            return None, replace(filling, organisation=mine[0][0], role=mine[0][1])
        if mine:
            options = tuple((organisation, role) for organisation, role in mine)
            return self._ask(now, memory, filling, "organisation", before, options), filling
        old = next((org for org, role in standing.expired if role in FORM_OF[side]), None)
        key = "delegation_expired" if old else f"delegation_none_{side}"
        text = now.words(key, organisation=old or "")
        said = Abstain("\n".join([*before, text]), (now.counselor(),))
        return ([said], replace(memory, act=None, engine={}, offered=True)), filling

    def _find_tender(
        self, now: Moment, memory: Memory, filling: Filling, before: list[str]
    ) -> tuple[Told | None, Filling]:
        if not filling.act.tender or filling.tender:
            return None, filling
        if filling.number:
            named = self._desk.named(filling.number)
            if named and named.id:
                return None, self._on(filling, named)
            before.append(now.words("tender_unknown", number=filling.number))
            filling = replace(filling, number=None)
        elif filling.words:
            found = [one for one in self._desk.found(filling.words) if one.id]
            if len(found) == 1:
                return None, self._on(filling, found[0])
            if found:
                options = tuple((f"{one.number} · {one.title}", one.number) for one in found)
                filling = replace(filling, words="")
                return self._ask(now, memory, filling, "tender", before, options), filling
            before.append(now.words("tender_none", words=filling.words[:80]))
            filling = replace(filling, words="")
        return self._ask(now, memory, filling, "tender", before), filling

    def _on(self, filling: Filling, named: Named) -> Filling:
        tender = self._desk.tender(named.id)
        self._in_time(filling, tender)
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

    def _in_time(self, filling: Filling, tender: Tender) -> None:
        """Raises Refused before anything is asked for that would come too late or too early."""
        if filling.kind not in IN_PERIOD:
            return
        if tender.status in NO_MORE:
            raise Refused("wrong_state", tender.status, field="tender")
        at = self._desk.now()
        ends = tender.enquiry_ends if filling.kind == "question" else tender.tender_ends
        starts = None if filling.kind == "question" else tender.tender_starts
        if ends and at > ends:
            raise Refused("closed", moment=ends)
        if starts and at < starts:
            raise Refused("too_early", moment=starts)

    def _find_target(
        self, now: Moment, memory: Memory, filling: Filling, before: list[str]
    ) -> tuple[Told | None, Filling]:
        if filling.kind == "complaint" and not filling.target:
            return self._find_award(now, memory, filling, before)
        if filling.act.target is None or filling.target:
            return None, filling
        options = self._targets(now, filling)
        if len(options) == 1:
            about, target = options[0]
            return None, replace(filling, target=target, about=about)
        if options:
            return self._ask(now, memory, filling, "target", before, options), filling
        text = now.words(f"none_{filling.act.target}", number=filling.number or "")
        said = Abstain("\n".join([*before, text]), (now.counselor(),))
        return ([said], replace(memory, act=None, engine={}, offered=True)), filling

    def _find_award(
        self, now: Moment, memory: Memory, filling: Filling, before: list[str]
    ) -> tuple[Told | None, Filling]:
        """Once an award was decided, a complaint is about that: the tender's own time is over."""
        at = self._desk.now()
        decided = [
            (_award_words(award.supplier, award.amount), award.id)
            for award in self._desk.awards(filling.tender or "")
            if award.status in DECIDED and award.complaints_until and at < award.complaints_until
        ]
        if len(decided) > 1:
            return self._ask(now, memory, filling, "award", before, tuple(decided)), filling
        for about, award in decided:
            filling = replace(filling, target=award, about=about)
        return None, filling

    def _targets(self, now: Moment, filling: Filling) -> tuple[tuple[str, str], ...]:
        tender, target = filling.tender or "", filling.act.target
        if target == "bid":
            return tuple((_bid_words(now, b), b.id) for b in self._own_bids(now, filling))
        if target == "complaint":
            mine = {one.id for one in self._held(now, filling, "complaint")}
            filed = [c for c in self._desk.complaints(tender) if c.id in mine]
            open_ = [c for c in filed if c.status not in OVER]
            return tuple((f"{c.number} · {one_line(c.title, 80)}", c.id) for c in open_)
        if target == "question":
            asked = self._desk.tender(tender).questions
            return tuple((q.title or q.text[:80], q.id) for q in asked if not q.answer)
        if target == "award":
            waiting = [a for a in self._desk.awards(tender) if a.status == "pending"]
            return tuple((_award_words(a.supplier, a.amount), a.id) for a in waiting)
        contracts = [c for c in self._desk.contracts(tender) if c.status != "cancelled"]
        return tuple((c.number or c.id[-6:], c.id) for c in contracts)

    def _find_lot(
        self, now: Moment, memory: Memory, filling: Filling, before: list[str]
    ) -> tuple[Told | None, Filling]:
        """A bid is made for one or more lots where the tender has several."""
        if filling.kind not in PRICED or filling.lots:
            return None, filling
        lots = self._desk.tender(filling.tender or "").lots
        if len(lots) < 2:
            return None, filling
        if filling.kind == "amend_bid":
            bid = self._bid(now, filling)
            return None, for_lots(filling, [lot for lot in lots if lot.id in bid.amounts])
        every = (now.words("choice_all_lots"), "")
        options = (*((_lot_words(lot), lot.id) for lot in lots), every)
        return self._ask(now, memory, filling, "lot", before, options), filling

    def _find_lines(
        self, now: Moment, memory: Memory, filling: Filling, before: list[str]
    ) -> tuple[Told | None, Filling]:
        """The prices that the tender asks for; who changes a bid says which of them."""
        if filling.kind not in PRICED or filling.looked_up:
            return None, filling
        tender = self._desk.tender(filling.tender or "")
        filling = priced_as(filling, tender)
        if tender.criteria:
            filling = self._find_asks(now, filling, tender, before)
        if not filling.lines:
            return self._one_amount(now, memory, filling, before)
        units = str(sum(line.item is not None for line in filling.lines))
        before.append(now.words("act_prices_needed", count=units))
        filling = filling.without("amount").without("currency")
        if filling.kind == "bid":
            return None, filling
        stands = lines.prices_of(self._bid(now, filling), filling.lines)
        filling = replace(filling, slots={**filling.slots, **stands})
        said = pricing.given(by_line(now.turn.text), filling) if not filling.asked else None
        if said and said.prices:
            return None, replace(filling, slots={**filling.slots, **said.prices})
        if len(stands) < len(filling.lines):
            return None, filling
        return self._ask_line(now, memory, filling, before), filling

    def _one_amount(
        self, now: Moment, memory: Memory, filling: Filling, before: list[str]
    ) -> tuple[Told | None, Filling]:
        """A bid of one amount; who changes one that also has answers says which of them."""
        if filling.slots.get("amount") and not filling.asked and not fits_vat(now.text, filling):
            before.append(now.words(other_vat(filling)))
            filling = filling.without("amount")
        stands = filling.kind == "amend_bid" and not filling.slots.get("amount")
        amount = self._bid(now, filling).amount if stands and filling.criteria else None
        if amount is None:
            return None, filling
        worth = format(amount.amount.normalize(), "f")
        filling = filling.with_slot("amount", worth).with_slot("currency", amount.currency)
        return self._ask_line(now, memory, filling, before), filling

    def _find_asks(
        self, now: Moment, filling: Filling, tender: Tender, before: list[str]
    ) -> Filling:  # fmt: skip
        """What the tender asks of bidders, with what the bid that is changed says to it."""
        filling = stating.asking(filling, tender, heard=now.turn.channel == "phone")
        if stating.left_out(filling, tender) and filling.kind == "bid":
            phone = now.turn.channel == "phone"
            before.append(now.words("asks_in_writing" if phone else "asks_by_person"))
        if not filling.criteria or filling.kind == "bid":
            return filling
        said = asks.slots_of(filling.criteria, self._bid(now, filling).answers)
        return replace(filling, slots={**filling.slots, **said})

    def _bid(self, now: Moment, filling: Filling) -> Bid:
        talk, organisation = now.turn.conversation, filling.organisation or ""
        return self._desk.bid(talk, organisation, filling.tender or "", filling.target or "")

    def _held(self, now: Moment, filling: Filling, kind: str) -> Sequence[Held]:
        talk, organisation = now.turn.conversation, filling.organisation or ""
        return self._desk.held(talk, organisation, kind, filling.tender or "")

    def _own_bids(self, now: Moment, filling: Filling) -> list[Bid]:
        """Bids of the organisation that are still there at the core."""
        talk, organisation = now.turn.conversation, filling.organisation or ""
        found: list[Bid] = []
        for held in self._held(now, filling, "bid"):
            try:
                found.append(self._desk.bid(talk, organisation, filling.tender or "", held.id))
            except Refused as error:
                if error.reason != "not_found":
                    raise
        return found

    def _bid_stands(
        self, now: Moment, memory: Memory, filling: Filling, before: list[str]
    ) -> tuple[Told | None, Filling]:
        """Who has a bid already changes it or takes it back; a second one is hardly meant."""
        own = self._own_bids(now, filling) if filling.kind == "bid" else []
        handed_in = next((bid for bid in own if bid.status in HANDED_IN), None)
        if handed_in is None:
            return None, filling
        shown = _bid_words(now, handed_in)
        stands = now.words("bid_stands", number=filling.number or "", bid=shown)
        choices = (now.words("choice_amend_bid"), now.words("choice_withdraw_bid"))
        facts = _about(memory, filling)
        text = "\n".join([*before, stands])
        said = AskBack(text, choices, sealed_until=filling.opening)
        return ([said], replace(memory, act=None, engine={}, facts=facts)), filling

    def _propose(self, now: Moment, memory: Memory, filling: Filling, before: list[str]) -> Told:
        action = self._action(now, filling)
        try:
            preview = self._prepared(now, filling, action)
        except Refused as error:
            anew = self._asking_anew(now, filling) if error.field == "answers" else None
            if anew is None:
                raise
            return self._next(now, memory, anew, before)
        if preview is not None and signing_asked(filling, preview):
            return self._ask(now, memory, filling, "signature", before)
        if preview is not None and _stands_there(filling, preview):
            said = Abstain(now.words("question_stands", number=filling.number or ""), ())
            facts = _about(memory, filling)
            return [said], replace(memory, act=None, engine={}, facts=facts)
        step, filling = proposal(now, filling, action, preview, before)
        return [step], replace(memory, act=filling.to_json(), engine={})

    def _asking_anew(self, now: Moment, filling: Filling) -> Filling | None:
        """The bid with what its tender asks by now; None where that is what was answered."""
        tender = self._desk.tender(filling.tender or "")
        phone = now.turn.channel == "phone"
        anew = stating.asking(replace(filling, criteria=()), tender, heard=phone)
        return None if asks.alike(anew.criteria, filling.criteria) else anew

    def _prepared(self, now: Moment, filling: Filling, action: Action) -> Preview | None:
        """The core's check of the act; None for what it has no call for: that becomes a ticket."""
        if not self._desk.can(action.kind):
            return None
        try:
            return self._desk.prepare(now.turn.conversation, filling.organisation or "", action)
        except Refused as error:
            if error.reason == "not_offered":
                return None
            raise

    def _action(self, now: Moment, filling: Filling) -> Action:
        given: dict[str, Any] = {
            k: v
            for k, v in filling.slots.items()
            if k != "signature" and not filling.line(k) and not asks.is_slot(k)
        }
        if items.MORE in filling.act.slots:
            given = {k: v for k, v in given.items() if k != items.MORE and not items.part_of(k)}
            several = items.values_of(filling.slots)
            given |= {"items": several} if several else {}
        if filling.criteria:
            given["answers"] = asks.answers(filling.criteria, filling.slots)
        if filling.lines:
            given |= lines.values_of(filling.lines, filling.slots)
        elif filling.lots:
            given["amounts"] = {filling.lots[0]: filling.slots["amount"]}
        if filling.act.target == "contract" and not self._desk.can(cast("Kind", filling.kind)):
            given["contract"] = filling.target or ""
        if filling.kind == "question":
            given.setdefault("title", filling.slots["text"][:80])
        target = filling.target
        if filling.kind == "complaint" and target:
            given["award"], target = target, None
        party = self._desk.party(now.turn.conversation, filling.organisation or "")
        return Action(cast("Kind", filling.kind), party, filling.tender, target, given)

    # --- answers -------------------------------------------------------------------------------

    def _confirmed(self, now: Moment, memory: Memory, filling: Filling) -> Told:
        if consent.is_plain_yes(now.text, filling.kind) or now.text == now.words("choice_yes_do"):
            return [Perform()], replace(memory, act=None, engine={}, facts=_about(memory, filling))
        if consent.calls_off(now.text):
            return self.cancel(now, memory)
        changed = self._changed(now, memory, filling)
        if changed is not None:
            return changed
        if consent.is_plain_no(now.text):
            return self.cancel(now, memory)
        return self._not_usable(now, memory, filling, "confirmed")

    def _changed(self, now: Moment, memory: Memory, filling: Filling) -> Told | None:
        """What was shown with another value, or the question for one; None where none is meant."""
        if not fits_vat(now.text, filling):
            return self._not_usable(now, memory, filling, other_vat(filling))
        part = self._part_changed(now, memory, filling)
        if part is not None:
            return part
        corrected = corrections.corrected(now, filling)
        if corrected is not None:
            return self._go_on(now, memory, corrected[0], [corrected[1]])
        named = next((s for s in filling.act.slots if corrections.names(now, s)), None)
        if filling.lines and (named == "amount" or corrections.corrects(now, filling)):
            return self._line_meant(now, memory, filling)
        if named is not None:
            return self._ask(now, memory, filling.without(named), named, [])
        return None

    def _part_changed(self, now: Moment, memory: Memory, filling: Filling) -> Told | None:
        """One of several answers or items, named by its number."""
        said = stating.about(now.text, filling)
        if said is not None:
            return self._said_anew(now, memory, filling, *said)
        if corrections.changes_items(now, filling):
            slots = items.changed(now.text, filling.slots)
            if slots is None:
                return self._not_usable(now, memory, filling, "act_invalid_items")
            return self._go_on(now, memory, replace(filling, slots=slots), [])
        return None

    def _tender_named(self, now: Moment, memory: Memory, filling: Filling) -> Told:
        place = values.picked(now.text, [shown for shown, _ in filling.options])
        if place is not None:
            chosen = replace(filling, number=filling.options[place][1], options=(), tries=0)
            return self._go_on(now, memory, chosen, [])
        entry = _in_list(now, memory, filling)
        if entry is not None:
            return self._go_on(now, memory, replace(filling, number=entry.key, tries=0), [])
        named = named_tender(filling, now.text, memory.facts.get("tender_number"), any_words=True)
        answers_nothing = consent.is_plain_yes(now.text) or consent.is_plain_no(now.text)
        if named.number is None and (answers_nothing or named.words == ""):
            return self._not_usable(now, memory, filling, "tender")
        return self._go_on(now, memory, replace(named, options=()), [])

    def _organisation_picked(self, now: Moment, memory: Memory, filling: Filling) -> Told:
        place = values.picked(now.text, [shown for shown, _ in filling.options])
        if place is None:
            return self._not_usable(now, memory, filling, "choice")
        organisation, role = filling.options[place]
        chosen = replace(filling, organisation=organisation, role=role, options=(), tries=0)
        return self._go_on(now, memory, chosen, [])

    def _lot_picked(self, now: Moment, memory: Memory, filling: Filling) -> Told:
        """One lot, several, or all: the last choice."""
        chosen = lots_in(now.text, filling.options)
        if not chosen:
            return self._not_usable(now, memory, filling, "choice")
        lots = [lot for lot in self._desk.tender(filling.tender or "").lots if lot.id in chosen]
        return self._go_on(now, memory, replace(for_lots(filling, lots), options=()), [])

    # --- the prices of a bid ---------------------------------------------------------------------

    def _prices(self, now: Moment, memory: Memory, filling: Filling) -> Told:
        """The answer to the question for one price: it, several, or another for an earlier one."""
        said = pricing.given(by_line(now.turn.text), filling)
        if said is not None:
            return self._priced(now, memory, filling, said)
        other = corrections.corrected(now, filling) if tender_number(now.text) else None
        if other is not None:
            return self._go_on(now, memory, other[0], [other[1]])
        return self._not_usable(now, memory, filling, "amount")

    def _line_named(self, now: Moment, memory: Memory, filling: Filling) -> Told:
        """Which price is to be changed, with the new one or without it."""
        answer = stating.about(now.text, filling)
        if answer is not None:
            return self._said_anew(now, memory, filling, *answer)
        place = values.picked(now.text, [shown for shown, _ in filling.options])
        said = pricing.given(by_line(now.turn.text), filling) if filling.lines else None
        corrected = (
            None if filling.lines or place is not None else corrections.corrected(now, filling)
        )
        if corrected is not None:
            return self._go_on(now, memory, corrected[0], [corrected[1]])
        if place is not None and (said is None or not said.prices):
            slot = filling.options[place][1]
            return self._ask(now, memory, filling.without(slot), slot, [])
        if said is None:
            return self._not_usable(now, memory, filling, "choice")
        return self._priced(now, memory, filling, said)

    def _line_meant(self, now: Moment, memory: Memory, filling: Filling) -> Told:
        """Something about a price that was shown: a line alone is asked for, else which it is."""
        said = pricing.given(by_line(now.turn.text), filling)
        if said is None:
            return self._ask_line(now, memory, filling, [])
        return self._priced(now, memory, filling, said)

    def _priced(
        self, now: Moment, memory: Memory, filling: Filling, said: pricing.Given
    ) -> Told:  # fmt: skip
        if said.fault is not None:
            again = replace(filling, tries=filling.tries + 1)
            why = now.words(said.fault, currency=filling.currency)
            text = f"{why}\n{self._question(now, again)}"
            return self._asked(now, memory, again, text, again.options)
        if said.meant is not None:
            return self._ask(now, memory, filling.without(said.meant), said.meant, [])
        priced = replace(
            filling, slots={**filling.slots, **said.prices}, tries=0, options=(), asked=""
        )
        told = [line_in_words(now, priced, slot) for slot in said.prices]
        return self._go_on(now, memory, priced, told)

    def _ask_line(
        self, now: Moment, memory: Memory, filling: Filling, before: Sequence[str]
    ) -> Told:  # fmt: skip
        """Which price or answer is meant; an amount alone has no number and stands last."""
        slots = [slot for slot in filling.wanted if filling.line(slot)]
        options = [(line_in_words(now, filling, slot), slot) for slot in slots]
        options += [
            (stating.answer(now, filling, ask).split("\n")[0].rstrip(":"), ask.slot)
            for ask in filling.asks
            if filling.slots.get(ask.slot)
        ]
        if not slots:
            amount = value_in_words(now, filling, "amount")
            options.append((f"{now.words('act_label_amount')}: {amount}", "amount"))
        return self._ask(now, memory, filling, "line", before, tuple(options))

    # --- what a tender asks of bidders -----------------------------------------------------------

    def _said(self, now: Moment, memory: Memory, filling: Filling, ask: asks.Ask) -> Told:
        """The answer to one question of the tender's, or to several at once; a price that is put
        right goes first.
        """
        told = stating.several(now, filling)
        if told:
            return self._said_at_once(now, memory, filling, told)
        corrects = values.is_correction(now.text)
        other = self._put_right(now, memory, filling) if corrects else None
        if other is not None:
            return other
        said = asks.read(ask, now.text)
        corrected = corrections.corrected(now, filling) if corrects else None
        if corrected is not None and (said.value is None or corrections.speaks_of_price(now)):
            return self._go_on(now, memory, corrected[0], [corrected[1]])
        if said.value is not None:
            filled = replace(filling.saying(ask, said.value), asked="")
            return self._go_on(now, memory, filled, [])
        again = replace(filling, tries=filling.tries + 1)
        text = f"{stating.fault(now, ask, said.fault)}\n{self._question(now, again)}"
        return self._asked(now, memory, again, text, again.options)

    def _put_right(self, now: Moment, memory: Memory, filling: Filling) -> Told | None:
        """Something told before that is named by its number while another thing is asked."""
        answered = stating.about(now.text, filling)
        if answered is not None and filling.slots.get(answered[0].slot):
            return self._said_anew(now, memory, filling, *answered)
        price = pricing.given(by_line(now.turn.text), filling) if filling.lines else None
        named = [*price.prices, *([price.meant] if price.meant else [])] if price else []
        if price is not None and named and all(filling.line(slot) for slot in named):
            return self._priced(now, memory, filling, price)
        return None

    def _said_at_once(
        self, now: Moment, memory: Memory, filling: Filling, told: Sequence[tuple[asks.Ask, Said]]
    ) -> Told:
        """What can be taken is; for the rest it is told why not, and it is asked again.

        Another group comes last: nobody has read its grounds, whatever else the letter confirms.
        """
        faults, shown = [], filling
        for ask, said in sorted(told, key=lambda one: one[0].form == "group"):
            if said.value is None:
                why = stating.fault(now, ask, said.fault)
                faults.append(f"{shown.numbered(ask)}) {why}")
            else:
                filling = filling.saying(ask, said.value)
        return self._go_on(now, memory, replace(filling, asked=""), faults)

    def _said_anew(
        self, now: Moment, memory: Memory, filling: Filling, ask: asks.Ask, rest: str
    ) -> Told:
        """Another answer than was shown, with the answer itself or without it."""
        value = asks.read(ask, rest).value if rest.strip() else None
        if value is not None:
            return self._go_on(now, memory, filling.saying(ask, value), [])
        return self._ask(now, memory, filling.without(ask.slot), ask.slot, [])

    def _target_picked(self, now: Moment, memory: Memory, filling: Filling) -> Told:
        place = values.picked(now.text, [shown for shown, _ in filling.options])
        if place is None:
            return self._not_usable(now, memory, filling, "choice")
        about, target = filling.options[place]
        chosen = replace(filling, target=target, about=about, options=(), tries=0)
        return self._go_on(now, memory, chosen, [])

    def _value(self, now: Moment, memory: Memory, filling: Filling) -> Told:
        slot = filling.asked
        if filling.line(slot):
            return self._prices(now, memory, filling)
        ask = filling.ask(slot)
        if ask is not None:
            return self._said(now, memory, filling, ask)
        if slot == "amount" and not fits_vat(now.text, filling):
            return self._not_usable(now, memory, filling, other_vat(filling))
        value = _option(now.text, filling) or read_value(slot, now.text, now.time)
        if value is None and slot in AMOUNTS and values.has_parts_of_cents(now.text):
            return self._not_usable(now, memory, filling, "act_invalid_cents")
        if value is None:
            return self._something_else(now, memory, filling)
        filled = filling.with_slot(slot, value)
        money = amounts.currency(now.text) if slot == "amount" else None
        return self._go_on(
            now, memory, filled.with_slot("currency", money) if money else filled, []
        )

    def _something_else(self, now: Moment, memory: Memory, filling: Filling) -> Told:
        """Another value than the one that was asked for, or none that can be used."""
        corrects = values.is_correction(now.text)
        corrected = corrections.corrected(now, filling) if corrects else None
        if corrected is not None:
            return self._go_on(now, memory, corrected[0], [corrected[1]])
        also = also_said(filling, now.text)
        if also is not None:
            return self._go_on(now, memory, also, [])
        return self._not_usable(now, memory, filling, filling.asked)

    def _signature(self, now: Moment, memory: Memory, filling: Filling) -> Told:
        signed = [f.id for f in now.turn.files if f.media_type == "application/pkcs7-signature"]
        if not signed:
            return self._not_usable(now, memory, filling, "signature")
        filled = replace(filling.with_slot("signature", "sent"), files=tuple(signed))
        return self._go_on(now, memory, filled, [])

    def _proof_email(self, now: Moment, memory: Memory, filling: Filling) -> Told:
        address = code_address(now.text, self._desk.code_ways())
        if address is None:
            return self._not_usable(now, memory, filling, "proof_email")
        sent = self._desk.send_code(now.turn.conversation, address, now.language)
        if sent == "sent":
            text = now.words("proof_sent", email=address)
            asked = replace(filling, asked="proof_code", tries=0, options=())
            return [AskBack(text)], replace(memory, act=asked.to_json(), engine={})
        key = "proof_too_many" if sent == "too_many" else "proof_portal"
        said = AskBack(now.words(key), (now.counselor(),))
        return [said], replace(memory, act=None, engine={}, offered=True)

    def _proof_code(self, now: Moment, memory: Memory, filling: Filling) -> Told:
        digits = "".join(c for c in now.text if c.isdigit())
        if len(digits) != 6:
            return self._not_usable(now, memory, filling, "proof_code")
        checked = self._desk.check_code(now.turn.conversation, digits)
        if checked == "proven":
            return self._go_on(now, memory, replace(filling, tries=0), [now.words("proof_done")])
        if checked == "wrong":
            return self._not_usable(now, memory, filling, "proof_code")
        anew = "proof_phone" if now.turn.channel == "phone" else "proof_email"
        again = replace(filling, asked=anew, tries=0, options=())
        text = now.words("proof_over") + "\n" + self._question(now, again)
        return [AskBack(text, (now.counselor(),))], replace(memory, act=again.to_json(), engine={})

    def _proof_phone(self, now: Moment, memory: Memory, filling: Filling) -> Told:
        """The line asks for number and PIN by itself; here comes only what became of it."""
        if self._desk.organisations(now.turn.conversation).proven:
            return self._go_on(now, memory, replace(filling, tries=0), [now.words("proof_done")])
        key = "proof_phone_failed"
        if now.text == now.words("choice_code"):
            sent = self._desk.send_code_to_phone(now.turn.conversation, now.language)
            if sent == "sent":
                asked = replace(filling, asked="proof_code", tries=0, options=())
                text = now.words("proof_texted")
                return [AskBack(text)], replace(memory, act=asked.to_json(), engine={})
            key = "proof_too_many" if sent == "too_many" else key
        said = AskBack(now.words(key), (now.counselor(),))
        return [said], replace(memory, act=None, engine={}, offered=True)

    def _tried_again(self, now: Moment, memory: Memory, filling: Filling) -> Told:
        if consent.is_plain_no(now.text):
            return self.cancel(now, memory)
        return self._go_on(now, memory, replace(filling, asked=""), [])

    # --- words ---------------------------------------------------------------------------------

    def _ask(
        self,
        now: Moment,
        memory: Memory,
        filling: Filling,
        slot: str,
        before: Sequence[str],
        options: tuple[tuple[str, str], ...] = (),
    ) -> Told:
        ask = filling.ask(slot)
        if ask is not None:
            options = stating.options(now, ask)
        if plain(slot) in CHOICES:
            choices = CHOICES[plain(slot)]
            options = tuple((now.words(f"act_option_{one}"), one) for one in choices)
        asked = replace(filling, asked=slot, options=options, tries=0)
        lines = [*before, self._question(now, asked)]
        return self._asked(now, memory, asked, "\n".join(lines), options)

    def _asked(
        self,
        now: Moment,
        memory: Memory,
        filling: Filling,
        text: str,
        options: Sequence[tuple[str, str]],
    ) -> Told:
        choices = tuple(shown for shown, _ in options)
        memory = replace(memory, act=filling.to_json(), engine={}, failed=0, offered=False)
        if filling.asked == "confirmed":
            # The proposal stands as it was shown; a look aside does not renew it.
            choices = (now.words("choice_yes_do"), now.words("choice_cancel"))
        if filling.tries >= FAILED_TURNS:
            text, choices = f"{now.words('invalid_again')}\n{text}", (*choices, now.counselor())
            memory = replace(memory, offered=False)
        # Who has several bids is shown their prices, to tell them apart.
        sealed = (
            filling.opens if filling.asked == "target" and filling.act.target == "bid" else None
        )
        until = datetime.fromisoformat(sealed) if sealed else None
        return [AskBack(text, choices, sealed_until=until)], memory

    def _question(self, now: Moment, filling: Filling) -> str:
        if filling.asked == "confirmed":
            return filling.shown
        if filling.asked == "go_on":
            return now.words("core_away")
        special = f"act_ask_{filling.asked}_{filling.kind}"
        plain = f"act_ask_{filling.asked}"
        if filling.asked == "target":
            plain = f"act_ask_target_{filling.act.target}"
        if filling.asked == "proof_email":
            plain = "act_ask_proof_" + _way(self._desk.code_ways())
        key = special if now.words.has(special) else plain
        line, ask = filling.line(filling.asked), filling.ask(filling.asked)
        if line is not None:
            return line_asked(now, filling, line)
        if ask is not None:
            return stating.question(now, filling, ask)
        if filling.asked == "line" and filling.asks:
            key = "act_ask_line_or_answer"
        item = items.part_of(filling.asked)
        if item is not None:
            return _item_asked(now, filling, *item)
        return now.words(key, number=filling.number or "", title=filling.title)

    def _not_usable(self, now: Moment, memory: Memory, filling: Filling, slot: str) -> Told:
        again = replace(filling, tries=filling.tries + 1)
        key = slot if slot.startswith("act_invalid_") else f"act_invalid_{slot}"
        if slot == "proof_email":
            key = "act_invalid_proof_" + _way(self._desk.code_ways())
        words = now.words(key if now.words.has(key) else "act_invalid_value")
        text = f"{words}\n{self._question(now, again)}"
        return self._asked(now, memory, again, text, again.options)

    def _refused(
        self, now: Moment, memory: Memory, filling: Filling, error: Refused, before: list[str]
    ) -> Told:
        """The core says no: a value that can be mended is asked for again, else the act is off."""
        text = refusal(now.words, error, now.time.tzinfo)
        slot = error.field or ""
        if error.reason in MENDABLE and (filling.lines or (slot == "answers" and filling.asks)):
            lot = next((line.lot_title for line in filling.lines if line.lot == slot), "")
            why = f"{lot}: {text}" if lot else text
            return self._ask_line(now, memory, filling, [*before, why])
        if error.reason == "over_limit" and slot not in filling.act.slots:
            slot = next((one for one in filling.act.slots if one in AMOUNTS), "")
        if error.reason in MENDABLE and slot in filling.act.slots:
            again = filling.without(slot).without("currency" if slot in AMOUNTS else slot)
            return self._ask(now, memory, again, slot, [*before, text])
        said: Spoken = Abstain("\n".join([*before, text]), (now.counselor(),))
        facts = _about(memory, filling)
        return [said], replace(memory, act=None, engine={}, offered=True, facts=facts)


def _in_list(now: Moment, memory: Memory, filling: Filling) -> Entry | None:
    """The tender that is named by its place in the list shown last; a choice goes before it."""
    listed = Listed.kept(memory.listed)
    if listed is None or listed.of != "tender" or filling.options:
        return None
    place = listed.alone(now.text)
    return listed.entry(place) if place else None


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


def _item_asked(now: Moment, filling: Filling, n: int, part: str) -> str:
    if part == items.MORE:
        return now.words("act_ask_more")
    first = "act_ask_item_first" if n == 1 else f"act_ask_item_{part}"
    name = one_line(filling.slots.get(items.slot_of(n, "title"), ""), 120)
    return now.words(first, n=str(n), name=name)


def _about(memory: Memory, filling: Filling) -> Mapping[str, str]:
    """The facts with the tender that was spoken of last, for "the one I asked about"."""
    number = filling.number
    return {**memory.facts, "tender_number": number} if number else memory.facts


def _stands_there(filling: Filling, preview: Preview) -> bool:
    """Whether this very question was published already; a sign may stand under its text."""
    if filling.kind != "question" or preview.tender is None:
        return False
    asked = filling.slots["text"].strip()
    published = (one.text.partition("\n(SM-")[0].strip() for one in preview.tender.questions)
    return asked in published


def _bid_words(now: Moment, bid: Bid) -> str:
    return f"{money(bid.amount)}, {status_words(now, bid.status, 'bid')}"


def _lot_words(lot: Lot) -> str:
    title = one_line(lot.title, 80)
    return f"{title} · {money(lot.value)}" if lot.value else title


def _option(text: str, filling: Filling) -> str | None:
    """The option that is meant by its words or by its place."""
    named = next((value for words, value in filling.options if words == text), None)
    place = places.alone(text, len(filling.options)) if filling.options else None
    if named is None and place is not None and place.index < len(filling.options):
        return filling.options[place.index][1]
    return named


def _award_words(supplier: str, amount: object) -> str:
    money = getattr(amount, "amount", None)
    currency = getattr(amount, "currency", "")
    return f"{supplier} · {money:,} {currency}" if money is not None else supplier


def code_address(text: str, ways: frozenset[CodeWay]) -> str | None:
    """Where a code shall go: an e-mail address, or a telephone number where SMS is a way."""
    address = EMAIL.search(text)
    if address and "email" in ways:
        return address.group()
    number = next((one.value for one in spot(text) if one.kind == "phone"), None)
    return number if "sms" in ways else None


def _way(ways: frozenset[CodeWay]) -> str:
    return "either" if len(ways) > 1 else next(iter(ways), "email")
