"""The table of acts is whole: each can be understood, asked for, shown and done in each language,
and what no core does goes to a team."""

from typing import get_args

import pytest

from bot.acting.items import MORE
from bot.acting.table import ACTS, CHOICES
from bot.phrases import catalogue
from bot.procurement.openprocurement import OpenProcurement
from bot.procurement.port import KINDS, TARGETS, VALUES
from crm.settings import QUEUES
from knowledge.port import Language
from routing.actions import BUYERS_QUEUE, LOCAL, QUEUE_OF
from tests.conftest import ROOT

LANGUAGES = get_args(Language)
# What suppliers and buyers get done by talking, as the desk promises it.
SUPPLIERS = {
    "question", "bid", "submit_bid", "amend_bid", "withdraw_bid", "follow", "unfollow",
    "request_certificate", "complaint", "withdraw_complaint", "registration_help", "sign_contract",
}  # fmt: skip
BUYERS = {
    "plan", "publish_tender", "answer_question", "extend", "cancel_tender", "award", "reject_bid",
    "activate_contract", "inspection", "payment", "close_contract", "approve_certificate",
}  # fmt: skip


def test_all_that_is_promised_stands_in_the_table_and_in_the_port() -> None:
    assert set(ACTS) == SUPPLIERS | BUYERS
    assert set(ACTS) | {"callback"} == KINDS == set(VALUES)
    for kind, act in ACTS.items():
        assert act.side in ({"buyer"} if kind in BUYERS else {"supplier", "anyone"})
        assert act.tender or act.target is None
        if kind in TARGETS:
            assert act.target == TARGETS[kind]


def test_what_no_core_does_goes_to_the_team_in_charge() -> None:
    for kind, act in ACTS.items():
        assert act.queue in QUEUES
        if kind not in OpenProcurement.capabilities | LOCAL:
            assert act.queue == QUEUE_OF.get(kind, BUYERS_QUEUE), kind
    left = set(ACTS) - OpenProcurement.capabilities - LOCAL
    assert left == {"request_certificate", "registration_help", "inspection", "approve_certificate"}


@pytest.mark.parametrize("language", LANGUAGES)
def test_each_act_has_its_words_and_its_examples(language: Language) -> None:
    words = catalogue().keys(language)
    nlu = (ROOT / f"bot/rasa/data/{language}/nlu/acts.yml").read_text("utf-8")
    parts = [part.partition("\n") for part in nlu.split("- intent: act_")[1:]]
    examples = {kind.strip(): lines.count("      - ") for kind, _, lines in parts}
    for kind, act in ACTS.items():
        assert {f"act_preview_{kind}", f"act_done_{kind}"} <= words
        assert examples.get(kind, 0) >= 8, (kind, examples.get(kind))
        for slot in act.slots:
            assert {f"act_ask_{slot}_{kind}", f"act_ask_{slot}"} & words, (kind, slot)
            # Whether there are more items shows in the items themselves.
            assert slot == MORE or f"act_label_{slot}" in words
            assert {f"act_option_{value}" for value in CHOICES.get(slot, ())} <= words
        if act.target:
            assert {f"act_ask_target_{act.target}", f"none_{act.target}"} <= words
    assert {"goes_to_ticket", "became_ticket"} <= words
