"""Questions that the core answers: tenders found, and how one tender, bid or contract stands.

Each answer carries the core's data with its time.
"""

from collections.abc import Sequence
from dataclasses import replace
from datetime import datetime

from bot.acting.port import Desk, Named
from bot.acting.reading import named_tender
from bot.acting.searching import Sought, sought
from bot.acting.state import Filling
from bot.acting.telling import money, refusal
from bot.answering import Moment
from bot.dates import day, day_and_time
from bot.port import Abstain, Answer, AskBack, Spoken
from bot.procurement.port import Refused, Tender, Unreachable

SHOWN = 5
_OPEN = ("active.enquiries", "active.tendering")


class LookUps:
    """Answers from the core. Public facts need no proof; one's own bid needs its token."""

    def __init__(self, desk: Desk) -> None:
        self._desk = desk

    def tell(self, now: Moment, name: str, last: str | None) -> tuple[Spoken, str | None]:
        """The answer, and the number of the tender that it speaks of."""
        try:
            if name == "find_tenders":
                return self._find(now)
            return self._of_one(now, name, last)
        except Refused as error:
            return Abstain(refusal(now.words, error, now.time.tzinfo), (now.counselor(),)), None
        except Unreachable:
            return Abstain(now.words("core_away_facts"), (now.counselor(),)), None

    def _find(self, now: Moment) -> tuple[Spoken, str | None]:
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
            return Answer(now.words("found_no_tenders"), ()), None
        lines = [now.words(key), *(_line(now, one) for one in found), self._as_of(now)]
        only = found[0].number if len(found) == 1 else None
        return Answer("\n".join(lines), ()), only

    def _of_one(self, now: Moment, name: str, last: str | None) -> tuple[Spoken, str | None]:
        meant = named_tender(Filling("follow"), now.text, last)
        number = meant.number or last
        named = self._desk.named(number) if number else None
        if number and (named is None or not named.id):
            return AskBack(now.words("tender_unknown", number=number)), None
        if named is None:
            found = [one for one in self._desk.found(meant.words) if one.id] if meant.words else []
            if len(found) != 1:
                shown = tuple(f"{one.number} · {one.title}" for one in found)
                return AskBack(now.words("act_ask_tender"), shown), None
            named = found[0]
        tender = self._desk.tender(named.id)
        lines = [f"{tender.number} · {tender.title}", *self._facts(now, name, tender)]
        return Answer("\n".join([*lines, self._as_of(now)]), ()), tender.number

    def _facts(self, now: Moment, name: str, tender: Tender) -> list[str]:
        return {
            "bid_status": self._own_bid,
            "award_result": self._awards,
            "contract_status": self._contracts,
            "payment_status": self._payments,
        }.get(name, _tender_facts)(now, tender)

    def _own_bid(self, now: Moment, tender: Tender) -> list[str]:
        talk = now.turn.conversation
        lines: list[str] = []
        for organisation, _ in self._desk.organisations(talk).live:
            for held in self._desk.held(talk, organisation, "bid", tender.id):
                bid = self._desk.bid(talk, organisation, tender.id, held.id)
                status = status_words(now, bid.status, "bid")
                lines.append(f"{organisation}: {status}, {money(bid.amount)}")
        return lines or [now.words("none_bid", number=tender.number)]

    def _awards(self, now: Moment, tender: Tender) -> list[str]:
        lines = [f"{now.words('act_label_status')}: {status_words(now, tender.status)}"]
        awards = self._desk.awards(tender.id)
        for award in awards:
            words = status_words(now, award.status, "award")
            amount = money(award.amount)
            lines.append(
                now.words("award_line", supplier=award.supplier, status=words, amount=amount)
            )
            if award.complaints_until and award.status == "active":
                at = _moment(now, award.complaints_until)
                lines.append(now.words("complaints_until", at=at))
        return lines if awards else [*lines, now.words("no_award_yet"), *_opening(now, tender)]

    def _contracts(self, now: Moment, tender: Tender) -> list[str]:
        lines: list[str] = []
        for contract in self._desk.contracts(tender.id):
            status = status_words(now, contract.status, "contract")
            lines.append(
                f"{contract.number}: {status}, {contract.supplier}, {money(contract.amount)}"
            )
            lines += [
                f"{now.words(f'act_label_{name}')}: {_day(now, at)}"
                for name, at in (
                    ("signed_at", contract.signed_at),
                    ("starts", contract.starts),
                    ("ends", contract.ends),
                )
                if at
            ]
        return lines or [now.words("no_contract_yet")]

    def _payments(self, now: Moment, tender: Tender) -> list[str]:
        contracts = self._desk.contracts(tender.id)
        if not contracts:
            return [now.words("no_contract_yet")]
        lines: list[str] = []
        for contract in contracts:
            paid = f"{now.words('act_label_paid')}: {money(contract.paid)}" if contract.paid else ""
            lines.append(f"{contract.number}: {money(contract.amount)}")
            lines += [paid] if paid else []
            lines += [
                now.words(
                    "payment_line",
                    amount=money(payment.amount),
                    at=_day(now, payment.paid_at),
                    status=status_words(now, payment.status),
                )
                for payment in contract.payments
            ]
        any_payment = any(contract.payments for contract in contracts)
        return lines if any_payment else [*lines, now.words("no_payment_yet")]

    def _as_of(self, now: Moment) -> str:
        return now.words("as_of", at=_moment(now, self._desk.now()))


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
    ends = now.words("closes", at=_moment(now, one.tender_ends)) if one.tender_ends else ""
    value = money(one.value) if one.value else ""
    status = status_words(now, one.status)
    parts: Sequence[str] = (one.number, one.title, one.buyer, value, status, ends)
    return " · ".join(part for part in parts if part)
