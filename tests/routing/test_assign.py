"""The decision, over plain rows: who is next, who fits, who has been idle longest."""

from dataclasses import replace

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from routing.assign import (
    DEADLINE_CAP,
    DEADLINE_REACH,
    PRIORITY,
    Agent,
    Look,
    Plan,
    Step,
    Waiting,
    closing,
    in_order,
    match,
    score,
    unservable,
)

NOW = 100_000.0
BIDDING = frozenset({"bidding"})


def agent(name: str, idle: float = 0.0, **more: object) -> Agent:
    return Agent(name, **{"queues": BIDDING, "idle_since": NOW - idle} | more)


def waits(name: str, waited: float = 10.0, **more: object) -> Waiting:
    return Waiting(name, **{"queue": "bidding", "since": NOW - waited} | more)


def pairs(waiting: list[Waiting], agents: list[Agent], plan: Plan | None = None) -> list[tuple]:
    plans = {"bidding": plan or Plan(), "payment": Plan()}
    return [(m.waiting, m.agent) for m in match(Look(waiting, agents, plans), NOW)]


def test_the_longest_waiting_gets_the_longest_idle() -> None:
    agents = [agent("short", idle=5), agent("long", idle=50)]
    assert pairs([waits("new", 1), waits("old", 90)], agents) == [("old", "long"), ("new", "short")]


def test_the_emptier_counselor_comes_before_the_longer_idle_one() -> None:
    agents = [agent("busy", idle=50, load={"chat": 1}), agent("empty", idle=5)]
    assert pairs([waits("a")], agents) == [("a", "empty")]


def test_nobody_is_given_more_than_their_capacity() -> None:
    waiting = [waits(f"w{n}") for n in range(10)]
    one, two = agent("one", capacity={"chat": 2}), agent("two", capacity={"chat": 1})
    assert [a for _, a in pairs(waiting, [one, two])].count("one") == 2
    assert len(pairs(waiting, [one, two])) == 3


def test_a_call_is_exclusive() -> None:
    call, chat = waits("call", 50, medium="call"), waits("chat")
    assert pairs([call, chat], [agent("a")]) == [("call", "a")]
    assert pairs([chat], [agent("a", load={"call": 1})]) == []
    assert pairs([call], [agent("a", load={"chat": 1})]) == []


@pytest.mark.parametrize(
    ("wanted", "has", "served"),
    [({"law": 3}, {"law": 3}, True), ({"law": 3}, {"law": 2}, False), ({"law": 1}, {}, False)],
)
def test_a_skill_is_had_at_its_level_or_better(wanted: dict, has: dict, served: bool) -> None:
    found = pairs([waits("w", skills=tuple(wanted.items()))], [agent("a", skills=has)])
    assert bool(found) is served


def test_languages_are_spoken_or_not() -> None:
    agents = [agent("a", languages=frozenset({"en"})), agent("b", languages=frozenset({"ko"}))]
    assert pairs([waits("w", language="ko")], agents) == [("w", "b")]
    assert pairs([waits("w", language="es")], agents) == []


def test_relaxation_widens_with_the_wait_and_prefers_who_fits_better() -> None:
    plan = Plan(relax=(Step(60, lower=2), Step(120, drop=frozenset({"law"}), queues=("payment",))))
    weak = agent("weak", idle=99, skills={"law": 1})
    strong = agent("strong", idle=1, skills={"law": 3})
    other = agent("other", idle=500, queues=frozenset({"payment"}))
    need = (("law", 3),)
    assert pairs([waits("w", 59, skills=need)], [weak, other], plan) == []
    assert pairs([waits("w", 60, skills=need)], [weak, other], plan) == [("w", "weak")]
    assert pairs([waits("w", 119, skills=need)], [other], plan) == []
    assert pairs([waits("w", 120, skills=need)], [other], plan) == [("w", "other")]
    assert pairs([waits("w", 999, skills=need)], [weak, strong, other], plan) == [("w", "strong")]


def test_relaxing_never_costs_the_place() -> None:
    plan = Plan(relax=(Step(60, queues=("payment",)),))
    old, young = waits("old", 61), waits("young", 5, queue="payment")
    other = agent("p", queues=frozenset({"payment"}), capacity={"chat": 1})
    assert pairs([young, old], [other], plan) == [("old", "p")]


def test_a_preferred_counselor_is_waited_for_a_short_while_only() -> None:
    plan = Plan(preferred_seconds=60)
    busy, free = agent("busy", load={"chat": 3}), agent("free")
    assert pairs([waits("w", 30, preferred="free")], [agent("x", idle=99), free]) == [("w", "free")]
    assert pairs([waits("w", 30, preferred="busy")], [busy, free], plan) == []
    assert pairs([waits("w", 61, preferred="busy")], [busy, free], plan) == [("w", "free")]
    assert pairs([waits("w", 30, preferred="away")], [free], plan) == [("w", "free")]


def test_who_refused_it_a_moment_ago_is_not_asked_again() -> None:
    refused = waits("w", resting=frozenset({"a"}))
    assert pairs([refused], [agent("a", idle=99), agent("b")]) == [("w", "b")]
    assert pairs([refused, waits("v", 1)], [agent("a")]) == [("v", "a")]


def test_no_offers_are_made_where_people_pick() -> None:
    assert pairs([waits("w")], [agent("a")], Plan(offers=False)) == []


def test_a_queue_nobody_serves_is_known_as_such() -> None:
    legal = waits("w", queue="legal")
    assert unservable([legal], Plan(), [agent("a")]) == [legal]
    assert unservable([legal], Plan(relax=(Step(600, queues=("bidding",)),)), [agent("a")]) == []
    wants = waits("w", skills=(("law", 1),))
    assert unservable([wants], Plan(), [agent("a")]) == [wants]
    walled = waits("v", barred=frozenset({"a"}))
    assert unservable([walled], Plan(), [agent("a")]) == [walled]
    assert unservable([walled], Plan(), [agent("a"), agent("b")]) == []


def test_a_closing_counts_from_a_day_before_and_never_more_than_the_cap() -> None:
    at = [closing(waits("w", deadline=NOW + left), NOW) for left in (-1, 0, 43_200, 86_400, 86_401)]
    assert at == [0.0, DEADLINE_CAP, DEADLINE_CAP / 2, 0.0, 0.0]


def test_whoever_closes_in_forty_minutes_overtakes_but_not_for_ever() -> None:
    closes = waits("closes", 1, deadline=NOW + 2400)
    ahead, long = waits("ahead", 1200), waits("long", DEADLINE_CAP + 1)
    order = in_order(Look([ahead, closes, long], [], {}), NOW)
    assert [w.id for w in order] == ["long", "closes", "ahead"]


moments = st.floats(0, 50_000)
contacts = st.builds(
    Waiting,
    id=st.uuids().map(str),
    queue=st.sampled_from(["bidding", "payment"]),
    since=moments.map(lambda t: NOW - t),
    medium=st.sampled_from(["call", "chat", "mail"]),
    language=st.sampled_from(["en", "ko", None]),
    skills=st.dictionaries(st.sampled_from(["law", "bids"]), st.integers(1, 5)).map(
        lambda d: tuple(sorted(d.items()))
    ),
    priority=st.sampled_from(sorted(PRIORITY)),
    deadline=st.none() | st.floats(NOW - 9000, NOW + 2 * DEADLINE_REACH),
)
people = st.builds(
    Agent,
    id=st.uuids().map(str),
    queues=st.frozensets(st.sampled_from(["bidding", "payment"]), min_size=1),
    idle_since=moments.map(lambda t: NOW - t),
    languages=st.frozensets(st.sampled_from(["en", "ko"])),
    skills=st.dictionaries(st.sampled_from(["law", "bids"]), st.integers(1, 5)),
    load=st.dictionaries(st.sampled_from(["chat", "mail"]), st.integers(0, 3)),
)


@settings(max_examples=120, deadline=None)
@given(st.lists(contacts, max_size=25), st.lists(people, max_size=8))
def test_nothing_that_could_be_given_is_left_and_nobody_gets_too_much(
    waiting: list[Waiting], agents: list[Agent]
) -> None:
    look = Look(waiting, agents, {})
    found = match(look, NOW)
    assert len({m.waiting for m in found}) == len(found)
    by_id, by_name = {w.id: w for w in waiting}, {a.id: a for a in agents}
    load = {a.id: dict(a.load) for a in agents}
    for m in found:
        who, what = by_name[m.agent], by_id[m.waiting]
        assert what.queue in who.queues
        assert what.language is None or what.language in who.languages
        assert all(who.skills.get(name, 0) >= level for name, level in what.skills)
        load[m.agent][m.medium] = load[m.agent].get(m.medium, 0) + 1
    for who in agents:
        held = load[who.id]
        assert all(n <= who.capacity[m] for m, n in held.items())
        assert not held.get("call") or sum(held.values()) == held["call"] == 1
    # Asked again with what was given standing as load, there is nothing more to give.
    after = [replace(a, load=load[a.id]) for a in agents]
    left = [w for w in waiting if w.id not in {m.waiting for m in found}]
    assert match(Look(left, after, {}), NOW) == []


@given(contacts, contacts, st.floats(0, DEADLINE_REACH))
def test_the_rule_is_fair_within_its_published_bound(a: Waiting, b: Waiting, later: float) -> None:
    """Who has waited longer by more than all boosts together is never overtaken."""
    bound = DEADLINE_CAP + PRIORITY["urgent"] - PRIORITY["low"]
    if b.since - a.since > bound:
        assert score(a, Plan(), NOW + later) > score(b, Plan(), NOW + later)
