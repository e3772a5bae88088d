"""A bid on a tender of several items by mail alone: read from a real mailbox, answered over real
SMTP, with the real engine and the sandbox core, in each language."""

import re
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from datetime import timedelta
from email.message import EmailMessage
from pathlib import Path
from zoneinfo import ZoneInfo

import pytest
from sqlalchemy import Engine

from api import wiring
from bot.phrases import catalogue
from bot.procurement.port import Wanted
from bot.rasa_http import RasaClient
from bot.turn import DeskBot
from crm import clock, contacts, db, delegations
from routing.channels import open_channels
from tests.bot.conftest import RasaServer, known, rasa
from tests.bot.test_priced_bid_talks import ITEMS, LANGUAGES, WISH, YES
from tests.bot.test_stated_bid_talks import CRITERIA, NO, OWN_WORDS
from tests.channels.mail_desk import MailDesk, mail_settings
from tests.channels.mails.corpus import mail
from tests.channels.servers import Dovecot, SmtpServer, certificate_for
from tests.channels.test_mail import all_settled
from tests.desks import desk_with
from tests.procurement.cores import Sandbox, published, sandbox
from tests.routing.test_turns import until

__all__ = ["rasa"]  # a fixture
pytestmark = pytest.mark.rasa
BIDDER, FIRM = "bidder@suppliers.example", "Ficticia Ltd."
# One mail with all prices, between a greeting and a name.
LETTER = "{}\n\n{}\n1: 50\n2: 150\n3: 20.50\n\n{}\n{}\n"
PRICES = {
    "en": LETTER.format("Hello,", "our prices are:", "Kind regards", "Kim Example"),
    "es": LETTER.format("Buenos días:", "Nuestros precios son:", "Saludos", "Kim Ejemplo"),
    "ko": LETTER.format("안녕하세요.", "단가는 다음과 같습니다.", "감사합니다.", "김예시 드림"),
}


@pytest.fixture
def smtp() -> Iterator[SmtpServer]:
    with SmtpServer() as server:
        yield server


@pytest.fixture(scope="module")
def dovecot(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Dovecot]:
    with Dovecot(*certificate_for(tmp_path_factory.mktemp("tls"))) as server:
        yield server


@dataclass
class Letters:
    """Somebody's mail: what they write goes into the desk's mailbox, what they get is read here."""

    house: MailDesk
    dovecot: Dovecot
    smtp: SmtpServer
    user: str
    core: Sandbox
    written: int = 0
    last: EmailMessage | None = field(default=None)

    def write(self, text: str, subject: str = "Bid") -> str:
        """The answer's plain text to a new letter, or to a reply to the last."""
        self.written += 1
        headers = f"Message-ID: <{self.user}{self.written}@suppliers.example>\n"
        more = {}
        if self.last is not None:
            headers += f"In-Reply-To: {self.last['Message-ID']}\n"
            more = {"to": self.last["Reply-To"]}
            subject = f"Re: {subject}"
        letter = mail(text, sender=f"Kim <{BIDDER}>", subject=subject, headers=headers, **more)
        before = len(self.smtp.arrived)
        self.dovecot.deliver(letter, user=self.user)
        until(lambda: len(self.answers()) > 0 and len(self.smtp.arrived) > before)
        all_settled(self.house.engine)
        until(lambda: self._sent(before))
        self.last = self.answers()[-1]
        return text_of(self.last)

    def answers(self) -> list[EmailMessage]:
        """Mails of the talk; a one-time code comes in a mail of its own."""
        return [one.mail for one in self.smtp.arrived if one.mail["Reply-To"]]

    def code(self) -> str:
        codes = [text_of(one.mail) for one in self.smtp.arrived if not one.mail["Reply-To"]]
        [digits] = re.findall(r"(?<!\d)\d{6}(?!\d)", codes[-1])
        return digits

    def _sent(self, before: int) -> bool:
        self.house.send()
        return any(one.mail["Reply-To"] for one in self.smtp.arrived[before:])


def text_of(letter: EmailMessage) -> str:
    body = letter.get_body(("plain",))
    assert body is not None
    return str(body.get_content()).replace("\r\n", "\n")


@contextmanager
def letters(
    engine: Engine, data: Path, rasa: RasaServer, dovecot: Dovecot, smtp: SmtpServer, user: str
) -> Iterator[Letters]:
    imap = dovecot.url(secure=False, user=user).replace("localhost", "127.0.0.1")
    settings = mail_settings(data, IMAP_URL=imap, SMTP_URL=f"smtp://127.0.0.1:{smtp.port}")
    zone = ZoneInfo(settings.hours.zone)
    client = RasaClient(rasa.url, timeout=30)
    with sandbox() as core:
        acts, machine = wiring.acting(settings, engine, core.core)
        bot = DeskBot(known, client, catalogue(), lambda: clock.now().astimezone(zone), desk=acts)
        channels = open_channels(settings)
        with desk_with(
            bot, engine, data, settings=settings, channels=channels, machine=machine
        ) as desk:
            yield Letters(MailDesk(desk, channels), dovecot, smtp, user, core)
    client.close()


def may_bid(engine: Engine, language: str) -> None:
    with db.transaction(engine) as s:
        bidder = contacts.recognise(s, kind="email", value=BIDDER, language=language)
        until_ = clock.now() + timedelta(days=9)
        delegations.record(s, bidder, organisation=FIRM, role="bidder", expires_at=until_)


@pytest.mark.parametrize("language", LANGUAGES)
def test_what_a_tender_asks_is_answered_in_one_mail(
    sqlite_engine: Engine, tmp_path: Path, rasa: RasaServer, dovecot: Dovecot, smtp: SmtpServer,
    language: str,
) -> None:  # fmt: skip
    may_bid(sqlite_engine, language)
    with letters(sqlite_engine, tmp_path, rasa, dovecot, smtp, f"asks-{language}") as by_mail:
        number, _ = published(by_mail.core.core, ITEMS, worth=7000, criteria=CRITERIA)
        by_mail.core.ahead(days=4)
        words = catalogue()
        by_mail.write(WISH[language].format(number=number))
        by_mail.write(BIDDER)
        by_mail.write(by_mail.code())
        assert "A company confirms" in by_mail.write(PRICES[language])
        asked = by_mail.write("A person confirms")
        assert words(language, "act_ask_said_form") in asked
        for n, part in ((5, "I was not convicted"), (6, "days"), (7, "eng"), (8, "Vehicles"),
                        (9, "Subcontractors")):  # fmt: skip
            assert part in asked.split(f"{n}) ")[1], (n, asked)
        yes, no = YES[language], NO[language]
        again = by_mail.write(f"5: {yes}\n6: 30\n7: spa, eng\n8: {OWN_WORDS[language]}\n9: {no}\n")
        assert "6) " in again
        assert "90" in again
        shown = by_mail.write("120")
        assert words(language, "yes_needed") in shown
        for part in ("120 days", "eng, spa", OWN_WORDS[language], "4,602.50 UAH"):
            assert part in shown, (part, shown)
        assert words(language, "act_done_bid") in by_mail.write(yes)


def test_a_letter_that_names_another_group_is_answered_with_its_grounds(
    sqlite_engine: Engine, tmp_path: Path, rasa: RasaServer, dovecot: Dovecot, smtp: SmtpServer
) -> None:
    """Nobody confirms what the mail before did not say, whatever else the letter holds."""
    may_bid(sqlite_engine, "en")
    with letters(sqlite_engine, tmp_path, rasa, dovecot, smtp, "other-group") as by_mail:
        number, _ = published(by_mail.core.core, ITEMS, worth=7000, criteria=CRITERIA[:3])
        by_mail.core.ahead(days=4)
        by_mail.write(WISH["en"].format(number=number))
        by_mail.write(BIDDER)
        by_mail.write(by_mail.code())
        by_mail.write(PRICES["en"])
        assert "I was not convicted" in by_mail.write("A person confirms")
        asked = by_mail.write("4: A company confirms\n5: yes\n6: 120\n")
        assert "No director was convicted of bribery" in asked
        assert catalogue()("en", "yes_needed") not in asked
        assert catalogue()("en", "yes_needed") in by_mail.write("5: yes")


@pytest.mark.parametrize("language", LANGUAGES)
def test_all_prices_come_in_one_mail_and_the_yes_in_another(
    sqlite_engine: Engine, tmp_path: Path, rasa: RasaServer, dovecot: Dovecot, smtp: SmtpServer,
    language: str,
) -> None:  # fmt: skip
    may_bid(sqlite_engine, language)
    with letters(sqlite_engine, tmp_path, rasa, dovecot, smtp, f"bids-{language}") as by_mail:
        number, _ = published(by_mail.core.core, ITEMS, worth=7000)
        by_mail.core.ahead(days=4)
        words = catalogue()
        assert words(language, "act_ask_proof_email") in by_mail.write(
            WISH[language].format(number=number)
        )
        by_mail.write(BIDDER)
        assert "60 piece" in by_mail.write(by_mail.code())
        shown = by_mail.write(PRICES[language])
        assert "4,602.50 UAH" in shown
        assert words(language, "yes_needed") in shown
        receipt = by_mail.write(YES[language])
        assert words(language, "act_done_bid") in receipt
        [quoted] = re.findall(rf"{number}-B\d{{6}}", receipt)
        assert quoted
        by_mail.core.ahead(days=8)
        tender = by_mail.core.core.find_tenders(Wanted(number=number))[0]
        [bid] = by_mail.core.core.bids(tender.id)
        assert sorted(bid.prices.values()) == [20.5, 50, 150]
        assert bid.bidder == FIRM
