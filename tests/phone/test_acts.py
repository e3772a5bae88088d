"""Acts by voice against a core that runs: who calls, what is read back, and the yes."""

import re
from collections.abc import Iterator
from datetime import timedelta
from pathlib import Path
from typing import Any

import jwt
import pytest
from sqlalchemy import Engine, select

from bot.phrases import catalogue
from crm import clock, db
from crm.models import Action, Conversation, Message
from routing.calls import words
from routing.calls.acting import keyed
from routing.calls.speakable import read_back
from routing.tenders import crawl
from tests.bot.test_stated_bid_talks import CRITERIA, criterion, group, requirement
from tests.phone.conftest import PORTAL_KEY, PhoneDesk, phone_desk
from tests.phone.simulator.caller import Keys, Speak
from tests.procurement.cores import BUYER, Actor, Sandbox, published, sandbox, tender_values

NUMBER, PIN = "+525550100001", "482913"
OPENING = {
    "en": (("For English", Keys("1")), ("is recorded", Keys("2"))),
    "es": (("For English", Keys("2")), ("oprima 1 o diga sí", Keys("2"))),
    "ko": (("For English", Keys("3")), ("통화를 녹음", Keys("2"))),
}
WISH = {
    "en": "I want to ask a clarification question",
    "es": "quiero pedir una aclaración sobre la licitación",
    "ko": "공고에 질의를 하고 싶습니다",
}
ASKED = {
    "en": "May the chairs be delivered in two parts?",
    "es": "¿Se pueden entregar las sillas en dos partes?",
    "ko": "의자를 두 번에 나누어 납품해도 됩니까?",
}


@pytest.fixture(scope="module")
def core() -> Iterator[Sandbox]:
    with sandbox() as made:
        yield made


@pytest.fixture
def acting(
    engine: Engine, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, core: Sandbox
) -> Iterator[PhoneDesk]:
    more: dict[str, Any] = {"texts_from": "+8225550199", "core": core.core}
    with phone_desk(engine, tmp_path, monkeypatch, **more) as phone:
        core.move(phone.network.now)
        yield phone


def person(phone: PhoneDesk, number: str | None = NUMBER, pin: str = PIN) -> Any:
    """A supplier whom the portal vouches for, with a registered phone."""
    claims = {
        "aud": "sinmungo", "sub": "ficticia-1", "email": "kim@suppliers.example",
        "name": "Kim Example", "role": "supplier", "organisation": "Ficticia Ltd.",
        "exp": clock.now() + timedelta(days=9),
    }  # fmt: skip
    token = jwt.encode(claims, PORTAL_KEY, algorithm="HS256")
    guest = phone.desk.guest(language="en", user_token=token)
    if number:
        own = {"number": number, "pin": pin}
        answer = guest.http.put("/api/v1/chat/phone", headers=guest.headers, json=own)
        assert answer.status_code == 200, answer.text
    return guest


def put_up(core: Sandbox) -> str:
    values = tender_values(core.core)
    return Actor(core.core, BUYER).act("publish_tender", **values).number


def digits(number: str) -> str:
    return re.sub(r"\D", "", number)


def say(language: str, key: str) -> str:
    return re.escape(words.say(language, key))


def actions(phone: PhoneDesk) -> list[Action]:
    with db.reading(phone.desk.engine) as s:
        return list(s.scalars(select(Action)))


@pytest.mark.parametrize("language", ["en", "es", "ko"])
def test_a_question_is_asked_by_voice_read_back_and_done_after_a_yes(
    acting: PhoneDesk, core: Sandbox, language: str
) -> None:
    person(acting)
    tender = put_up(core)
    leg = acting.phone_in(
        *OPENING[language],
        (say(language, "question")[:10], Speak(WISH[language])),
        (say(language, "pin"), Keys(PIN)),
        (say(language, "key_tender"), Keys(digits(tender) + "#")),
        (say(language, "act_keys"), Speak(ASKED[language])),
        (say(language, "confirm_keys"), Keys("1")),
        (say(language, "text_receipt_offer"), Keys("8")),
    )
    acting.network.run(240)
    preview = catalogue()(language, "act_preview_question").rstrip(":")
    [read] = [text for text in leg.caller.heard if text.startswith(preview)]
    assert " ".join(tender.split("-")[1]) in read  # the year, digit by digit
    assert ASKED[language] in read
    assert leg.caller.script == []
    [done] = actions(acting)
    assert (done.kind, done.state) == ("question", "done")
    receipt = str(done.receipt["number"])
    acting.work()
    assert words.say(language, "receipt_texted") in leg.caller.heard
    with db.reading(acting.desk.engine) as s:
        texts = list(s.scalars(select(Message.text)))
    assert sum(receipt in text for text in texts) == 2  # said, and texted
    assert not any(PIN in text for text in texts)


def test_a_price_is_keyed_corrected_by_voice_and_cancelled_with_a_no(
    acting: PhoneDesk, core: Sandbox
) -> None:
    person(acting)
    tender = put_up(core)
    core.ahead(days=4)
    leg = acting.phone_in(
        *OPENING["en"],
        ("Please say your question", Speak("I want to make an offer")),
        ("PIN of six digits", Keys(PIN)),
        (say("en", "key_tender"), Keys(digits(tender) + "#")),
        (say("en", "key_amount"), Keys("4500*50#")),
        (say("en", "confirm_keys"), Speak("no, 4200")),
        (say("en", "confirm_keys"), Speak("no")),
    )
    acting.network.run(300)
    core.move(acting.network.now)
    heard = leg.caller.transcript
    assert "4500.50 (4 5 0 0 . 5 0)" in heard
    assert "4200 (4 2 0 0)" in heard
    assert leg.caller.script == []
    assert {a.state for a in actions(acting)} == {"cancelled"}


LONG = ("one", "two", "three", "twenty-seven")
STATEMENT = "Nobody was convicted of fraud on " + ", nor on ".join(
    f"the ground {word} of the law that a tender in this town is held under" for word in LONG
)
GROUNDS = criterion(
    "CRITERION.EXCLUSION.CONVICTIONS.FRAUD", "Fraud",
    group("", requirement(STATEMENT, "boolean", expectedValue=True)),
)  # fmt: skip
OFFER = {"en": "I want to make an offer", "es": "quiero presentar una oferta",
         "ko": "투찰하고 싶습니다"}  # fmt: skip
SECOND = {"en": "no, the second is 150", "es": "no, la segunda es 150",
          "ko": "아니요, 두 번째는 150"}  # fmt: skip


@pytest.mark.parametrize("language", ["en", "es", "ko"])
def test_each_item_is_priced_by_keys_corrected_by_voice_and_read_back(
    acting: PhoneDesk, core: Sandbox, language: str
) -> None:
    person(acting)
    tender, _ = published(core.core, [("Chair", 60, "piece"), ("Desk", 10, "piece")])
    core.ahead(days=4)
    leg = acting.phone_in(
        *OPENING[language],
        (say(language, "question")[:10], Speak(OFFER[language])),
        (say(language, "pin"), Keys(PIN)),
        (say(language, "key_tender"), Keys(digits(tender) + "#")),
        (say(language, "key_amount"), Keys("50*25#")),
        (say(language, "key_amount"), Keys("200#")),
        (say(language, "confirm_keys"), Speak(SECOND[language])),
        (say(language, "confirm_keys"), Keys("1")),
        (say(language, "text_receipt_offer"), Keys("8")),
    )
    acting.network.run(360)
    core.move(acting.network.now)
    heard = leg.caller.transcript
    assert leg.caller.script == []
    assert "3015 (3 0 1 5)" in heard  # sixty chairs
    assert "5015 (5 0 1 5)" in heard  # as it was first shown
    assert "4515 (4 5 1 5)" in heard
    [*_, done] = actions(acting)
    assert (done.kind, done.state) == ("bid", "done")
    quoted = done.receipt["number"]
    assert re.fullmatch(rf"{tender}-B\d{{6}}", quoted)
    assert "B " + " ".join(quoted[-6:]) in heard  # read out sign by sign
    assert done.receipt["object"] not in heard


YES = {"en": "yes", "es": "sí", "ko": "네"}
DAYS = {"en": "90 days", "es": "90 días", "ko": "90일"}


@pytest.mark.parametrize("language", ["en", "es", "ko"])
def test_a_few_statements_are_asked_by_voice_and_read_back(
    acting: PhoneDesk, core: Sandbox, language: str
) -> None:
    person(acting)
    tender, _ = published(core.core, [("Chair", 60, "piece")], criteria=[*CRITERIA[2:3], GROUNDS])
    core.ahead(days=4)
    leg = acting.phone_in(
        *OPENING[language],
        (say(language, "question")[:10], Speak(OFFER[language])),
        (say(language, "pin"), Keys(PIN)),
        (say(language, "key_tender"), Keys(digits(tender) + "#")),
        (say(language, "key_amount"), Keys("3000#")),
        ("twenty-seven", Speak(YES[language])),
        ("How long the bid is valid", Speak(DAYS[language])),
        (say(language, "confirm_keys"), Keys("1")),
        (say(language, "text_receipt_offer"), Keys("8")),
    )
    acting.network.run(360)
    core.move(acting.network.now)
    assert leg.caller.script == []
    heard = leg.caller.transcript
    assert heard.count("Nobody was convicted of fraud") == 2  # asked, and shown
    assert all(f"ground {word}" in heard for word in LONG)  # to its last word
    [*_, done] = actions(acting)
    assert (done.kind, done.state) == ("bid", "done")
    answers = done.payload["action"]["values"]["answers"]
    assert sorted(answers.values()) == [["90"], ["true"]]


@pytest.mark.parametrize("language", ["en", "es", "ko"])
def test_statements_that_must_be_read_are_for_chat_and_mail(
    acting: PhoneDesk, core: Sandbox, language: str
) -> None:
    person(acting)
    tender, _ = published(core.core, [("Chair", 60, "piece")], criteria=CRITERIA)
    core.ahead(days=4)
    leg = acting.phone_in(
        *OPENING[language],
        (say(language, "question")[:10], Speak(OFFER[language])),
        (say(language, "pin"), Keys(PIN)),
        (say(language, "key_tender"), Keys(digits(tender) + "#")),
        (say(language, "key_amount"), Keys("3000#")),
        (say(language, "confirm_keys"), Keys("2")),
    )
    acting.network.run(240)
    core.move(acting.network.now)
    assert leg.caller.script == []
    assert catalogue()(language, "asks_in_writing") in leg.caller.transcript
    assert catalogue()(language, "goes_to_ticket") in leg.caller.transcript
    assert "convicted" not in leg.caller.transcript


@pytest.mark.parametrize("language", ["en", "es", "ko"])
def test_one_of_the_tenders_told_is_chosen_by_a_key(
    acting: PhoneDesk, core: Sandbox, language: str
) -> None:
    for title in ("Blue lanterns", "Blue lanterns of paper"):
        Actor(core.core, BUYER).act("publish_tender", **tender_values(core.core, title=title))
    crawl(acting.desk.engine, core.core, "core")
    search = {"en": "find tenders for blue lanterns", "es": "busca licitaciones de blue lanterns",
              "ko": "blue lanterns 공고 찾아 주세요"}  # fmt: skip
    leg = acting.phone_in(
        *OPENING[language],
        (say(language, "question")[:10], Speak(search[language])),
        ("2\\) Blue lanterns", Keys("2")),
        ("6000", Keys("0")),
    )
    acting.network.run(120)
    core.move(acting.network.now)
    assert leg.caller.script == []
    told = [text for text in leg.caller.heard if "Blue lanterns" in text]
    second = re.search(r"2\) (Blue lanterns(?: of paper)?)", told[0])
    assert second
    assert second[1] in told[1]
    assert told[1].count("Blue lanterns") == 1


def test_a_yes_that_is_hardly_heard_is_asked_for_again(acting: PhoneDesk, core: Sandbox) -> None:
    person(acting)
    tender = put_up(core)
    leg = acting.phone_in(
        *OPENING["en"],
        ("Please say your question", Speak(f"{WISH['en']} on {tender}: {ASKED['en']}")),
        ("PIN of six digits", Keys(PIN)),
        (say("en", "confirm_keys"), Speak("yes", confidence=0.4)),
        (say("en", "confirm_unsure"), Speak("yes")),
    )
    acting.network.run(110)
    assert leg.caller.script == []
    assert [a.state for a in actions(acting)] == ["done"]
    with db.reading(acting.desk.engine) as s:
        assert list(s.scalars(select(Message.text))).count("yes") == 1


def test_a_person_is_known_by_number_and_pin_from_any_phone(acting: PhoneDesk) -> None:
    known = person(acting)
    leg = acting.phone_in(
        *OPENING["en"],
        ("Please say your question", Speak(WISH["en"])),
        (say("en", "own_number"), Keys(NUMBER[1:] + "#")),
        ("PIN of six digits", Keys("111222")),
        (say("en", "pin_wrong"), Keys(PIN)),
        number="+525550109999",
    )
    acting.network.run(120)
    assert leg.caller.script == []
    assert any("Which tender" in text for text in leg.caller.heard)
    [proof] = [e for e in acting.events("contact.proven") if e.data["by"] == "pin"]
    assert proof.conversation_id == acting.call().conversation_id
    path = f"/api/v1/conversations/{known.conversation_id}"
    contact = acting.desk.as_("supervisor", "GET", path).json()["contact"]["id"]
    with db.reading(acting.desk.engine) as s:
        assert s.get_one(Conversation, proof.conversation_id).contact_id == contact
    later = acting.phone_in(
        *OPENING["en"], ("Please say your question", Speak(WISH["en"])), number="+525550109999"
    )
    acting.network.run(60)
    assert words.say("en", "own_number") in later.caller.heard  # no proof outlives its call


def test_withheld_and_unknown_numbers_are_told_nothing(acting: PhoneDesk) -> None:
    leg = acting.phone_in(
        *OPENING["en"],
        ("Please say your question", Speak(WISH["en"])),
        (say("en", "own_number"), Keys("525550107777#")),
        *[("PIN of six digits", Keys(PIN))] * 3,
        number="anonymous",
    )
    acting.network.run(150)
    assert leg.caller.heard.count(words.say("en", "pin_wrong")) == 2
    assert "A counselor can help you now." in leg.caller.transcript  # what is left is said, too
    assert any("could not make sure" in text for text in leg.caller.heard)
    assert actions(acting) == []


def test_five_wrong_pins_lock_the_number(acting: PhoneDesk) -> None:
    person(acting)
    guess = ("PIN of six digits", Keys("999888"))
    for _ in range(3):
        leg = acting.phone_in(
            *OPENING["en"], ("Please say your question", Speak(WISH["en"])), guess, guess, guess
        )
        acting.network.run(120)
        acting.network.hang_up(leg)
        acting.network.run(5)
    assert len(acting.events("contact.pin_refused")) == 5
    right = acting.phone_in(
        *OPENING["en"],
        ("Please say your question", Speak(WISH["en"])),
        ("PIN of six digits", Keys(PIN)),
    )
    acting.network.run(120)
    assert words.say("en", "pin_wrong") in right.caller.heard
    assert any("could not make sure" in text for text in right.caller.heard)
    assert [e for e in acting.events("contact.proven") if e.data["by"] == "pin"] == []


def test_a_code_is_texted_to_the_registered_phone_that_calls(acting: PhoneDesk) -> None:
    person(acting)
    leg = acting.phone_in(
        *OPENING["en"],
        ("Please say your question", Speak(WISH["en"])),
        (say("en", "pin_code"), Keys("*#")),
    )
    acting.network.run(25)
    [(to, text)] = acting.rest.texts
    assert to == NUMBER
    code = re.search(r"\b\d{6}\b", text).group()
    with db.reading(acting.desk.engine) as s:
        assert not any(code in kept for kept in s.scalars(select(Message.text)))
    leg.caller.script.append((".", Keys(code + "#")))
    acting.network.run(60)
    assert any("Which tender" in heard for heard in leg.caller.heard)
    assert [e.data["by"] for e in acting.events("contact.proven")][-1] == "code"


@pytest.mark.parametrize(
    ("number", "pin", "status"),
    [("+525550100002", "123456", 422), ("+525550100002", "777777", 422), ("12", PIN, 422),
     ("+525550100002", "48291", 422), ("+525550100002", PIN, 200)],
)  # fmt: skip
def test_a_phone_is_registered_by_whom_the_portal_vouches_for(
    acting: PhoneDesk, number: str, pin: str, status: int
) -> None:
    guest, stranger = person(acting, None), acting.desk.guest(language="en")
    own = {"number": number, "pin": pin}
    answer = guest.http.put("/api/v1/chat/phone", headers=guest.headers, json=own)
    assert answer.status_code == status, answer.text
    refused = stranger.http.put("/api/v1/chat/phone", headers=stranger.headers, json=own)
    assert refused.status_code in {403, 422}


def phones(guest: Any) -> Any:
    return guest.http.get("/api/v1/chat/phone", headers=guest.headers).json()


def test_a_person_sees_and_forgets_their_phones_and_so_may_a_counselor(acting: PhoneDesk) -> None:
    guest, stranger = person(acting), acting.desk.guest(language="en")
    assert phones(guest) == {"proven": True, "phones": [{"number": NUMBER, "locked": False}]}
    assert phones(stranger) == {"proven": False, "phones": []}
    guess = ("PIN of six digits", Keys("999888"))
    for _ in range(2):
        acting.phone_in(
            *OPENING["en"], ("Please say your question", Speak(WISH["en"])), guess, guess, guess
        )
        acting.network.run(120)
    assert phones(guest)["phones"][0]["locked"]
    talk = acting.desk.as_("supervisor", "GET", f"/api/v1/conversations/{guest.conversation_id}")
    contact = talk.json()["contact"]["id"]
    shown = acting.desk.as_("supervisor", "GET", f"/api/v1/contacts/{contact}").json()
    assert shown["phones"] == [{"ends_with": NUMBER[-4:], "locked": True}]
    own = {"number": NUMBER, "pin": "629184"}
    guest.http.put("/api/v1/chat/phone", headers=guest.headers, json=own)
    assert not phones(guest)["phones"][0]["locked"]  # a new PIN opens it
    gone = acting.desk.as_("supervisor", "DELETE", f"/api/v1/contacts/{contact}/phones")
    assert gone.json()["phones"] == []
    assert phones(guest)["phones"] == []
    [told] = acting.events("contact.phone_forgotten")
    assert (told.actor_kind, told.data) == ("counselor", {"contacts": [contact]})
    leg = acting.phone_in(
        *OPENING["en"], ("Please say your question", Speak(WISH["en"])), ("own_number", Keys("0"))
    )
    acting.network.run(60)
    assert words.say("en", "own_number") in leg.caller.heard  # nobody is known by it any more


def test_what_is_keyed_means_what_was_asked_for() -> None:
    assert keyed("tender", "20261126000012") == "UA-2026-11-26-000012-a"
    assert keyed("tender", "2026112600100") == "20261126001-00"
    assert keyed("amount", "4500*5") == "4500.5"
    assert keyed("proof_code", "012345") == "012345"


@pytest.mark.parametrize(
    ("written", "said"),
    [
        ("Tender: UA-2026-11-22-000008-a · Chairs",
         "Tender: U A, 2 0 2 6, 1 1, 2 2, 0 0 0 0 0 8, A · Chairs."),
        ("Amount: 45,000 UAH", "Amount: 45000 (4 5 0 0 0) hryvnias."),
        ("Possible until: 2026-12-01 14:30 KST",
         "Possible until: December 1, 2026 14:30 Korean time."),
        ("Possible until: 1 December 2026, 14:30 (KST)",
         "Possible until: 1 December 2026, 14:30 Korean time."),
        ("Account: UA213223130000026007233566001",
         "Account: " + " ".join("UA213223130000026007233566001") + "."),
        ("One\nTwo\nThree\nFour\nFive", "One. Two. Three. Four. Five."),
        ("Code: 39130000-2", "Code: 3 9 1 3 0 0 0 0, 2."),
    ],
)  # fmt: skip
def test_a_preview_is_read_to_its_last_figure(written: str, said: str) -> None:
    assert read_back(written, "en") == said
