"""Questions that the core answers: tenders found, and how one tender, bid or contract stands.

Each answer carries the core's data with its time.
"""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import datetime

from bot.acting.listed import Entry, Listed, Things
from bot.acting.places import Place
from bot.acting.port import Desk, Named
from bot.acting.reading import named_tender
from bot.acting.searching import Sought, sought
from bot.acting.state import NEVER, Filling
from bot.acting.telling import money, refusal
from bot.answering import Moment, Told
from bot.dates import day, day_and_time
from bot.memory import Memory
from bot.port import Abstain, Answer, AskBack, Spoken
from bot.procurement.port import Award, Refused, Tender, Unreachable
from bot.spotting import tender_number

SHOWN = 5
_LISTS: Mapping[str, Things] = {
    "bid_status": "bid",
    "award_result": "award",
    "contract_status": "contract",
    "payment_status": "contract",
}
_OPEN = ("active.enquiries", "active.tendering")


@dataclass(frozen=True, slots=True)
class Looked:
    """An answer, the number of the tender that it speaks of, and the list that it shows."""

    said: Spoken
    number: str | None = None
    listed: Listed | None = None


class LookUps:
    """Answers from the core. Public facts need no proof; one's own bid needs its token."""

    def __init__(self, desk: Desk) -> None:
        self._desk = desk

    def tell(self, now: Moment, name: str, memory: Memory) -> Told:
        """The answer, with the tender that it speaks of and the list that it shows kept in mind."""
        listed, last = Listed.kept(memory.listed), memory.facts.get("tender_number")
        if listed and listed.of == "tender" and not tender_number(now.text):
            entry = listed.entry(listed.within(now.text))
            last = entry.key if entry else last
        return self._told(now, memory, lambda: self._looked(now, name, last))

    def choose(self, now: Moment, memory: Memory, listed: Listed, place: Place) -> Told:
        """What is known of the one that was chosen from a list."""
        entry = listed.entry(place)
        if entry is None:
            count = str(len(listed.entries))
            return [AskBack(now.words("listed_beyond", count=count))], memory
        memory = replace(memory, listed=listed.choosing(place).to_json())
        if listed.of == "tender":
            return self._told(now, memory, lambda: self._of_one(now, listed.look_up, entry.key))
        return self._told(now, memory, lambda: self._again(listed, entry))

    def _told(self, now: Moment, memory: Memory, look: Callable[[], "Looked"]) -> Told:
        try:
            looked = look()
        except Refused as error:
            refused = Abstain(refusal(now.words, error, now.time.tzinfo), (now.counselor(),))
            looked = Looked(refused)
        except Unreachable:
            looked = Looked(Abstain(now.words("core_away_facts"), (now.counselor(),)))
        memory = memory.with_facts({"tender_number": looked.number} if looked.number else {})
        if looked.listed:
            memory = replace(memory, listed=looked.listed.to_json())
        return [looked.said], replace(memory, failed=0, offered=False)

    def _looked(self, now: Moment, name: str, last: str | None) -> "Looked":
        return self._find(now) if name == "find_tenders" else self._of_one(now, name, last)

    def _find(self, now: Moment) -> "Looked":
        """What fits the search; the only one found can be spoken of as "that one"."""
        zone = now.time.tzinfo
        wanted = sought(now.text, self._desk.now().astimezone(zone))
        found, key = self._desk.searched(wanted), "found_tenders"
        if not found and wanted.kind and wanted.words:
            # "Cleaning services" may be what a tender for goods is called.
            found = self._desk.searched(replace(wanted, kind=None))
        if not found and wanted.words:
            only_words = wanted == Sought(words=wanted.words, open_only=wanted.open_only)
            found = self._desk.found(wanted.words) if only_words else ()
        if not found:
            near = [one for looser in wanted.looser() for one in self._desk.searched(looser)]
            found, key = list(dict.fromkeys(near))[:SHOWN], "found_near_tenders"
        if not found:
            return Looked(Answer(now.words("found_no_tenders"), ()))
        several = len(found) > 1
        shown = [_line(now, one) for one in found]
        lines = [f"{n}) {line}" for n, line in enumerate(shown, 1)] if several else shown
        hint = [now.words("list_hint")] if several else []
        text = "\n".join([now.words(key), *lines, *hint, self._as_of(now)])
        entries = [Entry(one.number, one.title) for one in found]
        return Looked(Answer(text, ()), None if several else found[0].number,
                      Listed("tender", entries))  # fmt: skip

    def _of_one(self, now: Moment, name: str, last: str | None) -> "Looked":
        meant = named_tender(Filling("follow"), now.text, last)
        number = meant.number or last
        named = self._desk.named(number) if number else None
        if number and (named is None or not named.id):
            return Looked(AskBack(now.words("tender_unknown", number=number)))
        if named is None:
            found = [one for one in self._desk.found(meant.words) if one.id] if meant.words else []
            if len(found) != 1:
                shown = tuple(f"{one.number} · {one.title}" for one in found)
                entries = [Entry(one.number, one.title) for one in found]
                asked = AskBack(now.words("act_ask_tender"), shown)
                return Looked(asked, None, Listed("tender", entries, name) if found else None)
            named = found[0]
        tender = self._desk.tender(named.id)
        before, entries = self._facts(now, name, tender)
        shown_lines = [line for entry in entries for line in entry.shown.split("\n")]
        lines = [f"{tender.number} · {tender.title}", *before, *shown_lines, self._as_of(now)]
        of = _LISTS.get(name)
        listed = Listed(of, entries, tender=tender.number) if of and entries else None
        opens = _opens(tender) if of == "bid" and entries else None
        answer = Answer("\n".join(lines), (), sealed_until=opens)
        return Looked(answer, tender.number, listed)

    def _again(self, listed: Listed, entry: Entry) -> "Looked":
        """One entry alone; a bid may be sealed still, so its tender is looked at again."""
        text = f"{listed.tender}\n{entry.shown}"
        if listed.of != "bid":
            return Looked(Answer(text, ()), listed.tender)
        named = self._desk.named(listed.tender)
        tender = self._desk.tender(named.id) if named else None
        opens = _opens(tender) if tender else NEVER
        return Looked(Answer(text, (), sealed_until=opens), listed.tender)

    def _facts(self, now: Moment, name: str, tender: Tender) -> tuple[list[str], list[Entry]]:
        """What is told first, and what can be chosen from."""
        listing = {
            "bid_status": self._own_bids,
            "award_result": self._awards,
            "contract_status": self._contracts,
            "payment_status": self._payments,
        }.get(name)
        return listing(now, tender) if listing else (_tender_facts(now, tender), [])

    def _own_bids(self, now: Moment, tender: Tender) -> tuple[list[str], list[Entry]]:
        talk = now.turn.conversation
        entries: list[Entry] = []
        for organisation, _ in self._desk.organisations(talk).live:
            for held in self._desk.held(talk, organisation, "bid", tender.id):
                bid = self._desk.bid(talk, organisation, tender.id, held.id)
                status = status_words(now, bid.status, "bid")
                shown = f"{organisation}: {status}, {money(bid.amount)}"
                entries.append(Entry(bid.id, shown, organisation))
        return [] if entries else [now.words("none_bid", number=tender.number)], entries

    def _awards(self, now: Moment, tender: Tender) -> tuple[list[str], list[Entry]]:
        lines = [f"{now.words('act_label_status')}: {status_words(now, tender.status)}"]
        entries = [
            Entry(award.id, self._award(now, award)) for award in self._desk.awards(tender.id)
        ]
        if not entries:
            lines += [now.words("no_award_yet"), *_opening(now, tender)]
        return lines, entries

    def _award(self, now: Moment, award: Award) -> str:
        words, amount = status_words(now, award.status, "award"), money(award.amount)
        line = now.words("award_line", supplier=award.supplier, status=words, amount=amount)
        if not (award.complaints_until and award.status == "active"):
            return line
        at = _moment(now, award.complaints_until)
        return line + "\n" + now.words("complaints_until", at=at)

    def _contracts(self, now: Moment, tender: Tender) -> tuple[list[str], list[Entry]]:
        entries: list[Entry] = []
        for contract in self._desk.contracts(tender.id):
            status = status_words(now, contract.status, "contract")
            lines = [f"{contract.number}: {status}, {contract.supplier}, {money(contract.amount)}"]
            lines += [
                f"{now.words(f'act_label_{name}')}: {_day(now, at)}"
                for name, at in (
                    ("signed_at", contract.signed_at),
                    ("starts", contract.starts),
                    ("ends", contract.ends),
                )
                if at
            ]
            entries.append(Entry(contract.id, "\n".join(lines)))
        return [] if entries else [now.words("no_contract_yet")], entries

    def _payments(self, now: Moment, tender: Tender) -> tuple[list[str], list[Entry]]:
        contracts = self._desk.contracts(tender.id)
        entries: list[Entry] = []
        for contract in contracts:
            lines = [f"{contract.number}: {money(contract.amount)}"]
            if contract.paid:
                lines.append(f"{now.words('act_label_paid')}: {money(contract.paid)}")
            lines += [
                now.words(
                    "payment_line",
                    amount=money(payment.amount),
                    at=_day(now, payment.paid_at),
                    status=status_words(now, payment.status),
                )
                for payment in contract.payments
            ]
            entries.append(Entry(contract.id, "\n".join(lines)))
        if not entries:
            return [now.words("no_contract_yet")], []
        paid = any(contract.payments for contract in contracts)
        return [] if paid else [now.words("no_payment_yet")], entries

    def _as_of(self, now: Moment) -> str:
        return now.words("as_of", at=_moment(now, self._desk.now()))


def _opens(tender: Tender) -> datetime:
    """When its bids may be read; a core that names no moment leaves them sealed."""
    return tender.opens_at or tender.tender_ends or NEVER


def is_open(status: str) -> bool:
    return status in _OPEN


def status_words(now: Moment, status: str, of: str = "") -> str:
    """A state of the core in words; bids, awards and contracts have words of their own."""
    own = f"status_{of}_{status}"
    if of and now.words.has(own):
        return now.words(own)
    key = "status_" + status.replace(".", "_", 1).replace(".stand-still", "")
    return now.words(key) if now.words.has(key) else status


def _tender_facts(now: Moment, tender: Tender) -> list[str]:
    words = now.words
    lines = [
        f"{words('act_label_status')}: {status_words(now, tender.status)}",
        f"{words('act_label_buyer')}: {tender.buyer}",
        f"{words('act_label_value')}: {money(tender.value)}",
    ]
    moments = (("enquiry_ends", tender.enquiry_ends), ("tender_ends", tender.tender_ends))
    lines += [f"{words(f'act_label_{n}')}: {_moment(now, at)}" for n, at in moments if at]
    if tender.questions:
        answered = sum(1 for question in tender.questions if question.answer)
        asked = str(len(tender.questions))
        lines.append(words("questions_answered", asked=asked, answered=str(answered)))
    return [*lines, *_opening(now, tender)]


def _opening(now: Moment, tender: Tender) -> list[str]:
    return (
        [f"{now.words('act_label_opens')}: {_moment(now, tender.opens_at)}"]
        if tender.opens_at
        else []
    )


def _moment(now: Moment, at: datetime | None) -> str:
    return day_and_time(at, now.time.tzinfo, now.language) if at else "-"


def _day(now: Moment, at: datetime | None) -> str:
    return day(at.astimezone(now.time.tzinfo), now.language) if at else "-"


def _line(now: Moment, one: Named) -> str:
    """A tender of a list; what is heard in a row is short."""
    ends = now.words("closes", at=_moment(now, one.tender_ends)) if one.tender_ends else ""
    if now.turn.channel == "phone":
        return " · ".join(part for part in (one.title, one.buyer, ends) if part)
    value = money(one.value) if one.value else ""
    status = status_words(now, one.status)
    parts: Sequence[str] = (one.number, one.title, one.buyer, value, status, ends)
    return " · ".join(part for part in parts if part)
