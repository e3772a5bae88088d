"""The dialogue engine's steps turned into the bot's: one small function a kind of step."""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field, replace
from typing import Any, cast

from bot.acting.filling import Acting
from bot.acting.guard import asks_content
from bot.acting.lookups import LookUps, is_open
from bot.acting.organisations import FORM_OF
from bot.acting.port import Desk, Standing
from bot.acting.state import Filling
from bot.acting.table import ACTS, LOOK_UPS
from bot.answering import FAILED_TURNS, Moment, Told, digressed, not_understood, over, told
from bot.handing_over import Reason, is_urgent
from bot.memory import Memory
from bot.port import Abstain, AskBack, Cancel, HandOff, Perform, Propose, Spoken, Talk
from bot.procurement.port import CoreError
from bot.rasa_http import Understood
from bot.wording import summary, ticket_of
from knowledge.port import Finding

_TOLD_FACTS = ("email", "phone", "tender_number")
EngineStep = Mapping[str, Any]


@dataclass(slots=True)
class _Progress:
    """`before` is what belongs in front of the form's next question; `over` ends the turn."""

    find: Callable[[], Finding]
    memory: Memory
    engine_before: Mapping[str, Any]
    in_form: bool
    act: str | None = None
    acts: Sequence[str] = ()
    desk: Desk | None = None
    said: list[Spoken] = field(default_factory=list)
    before: list[str] = field(default_factory=list)
    tries: int = 0
    over: bool = False

    def add(self, more: Told) -> None:
        said, self.memory = more
        self.said += said
        self.over = any(step.act == "handoff" for step in said)


def carried_out(
    now: Moment,
    memory: Memory,
    meant: Understood,
    find: Callable[[], Finding],
    desk: Desk | None = None,
) -> Told:
    """All steps of one message, in order, up to a hand-off."""
    facts = {kind: value for kind, value in meant.entities if kind in _TOLD_FACTS}
    progress = _Progress(
        find=find,
        memory=replace(memory, engine=meant.state, options=()).with_facts(facts),
        engine_before=memory.engine,
        in_form=memory.form is not None,
        act=meant.act,
        acts=meant.acts,
        desk=desk,
    )
    for step in meant.steps:
        _KINDS[str(step["step"])](now, progress, step)
        if progress.over:
            break
    return progress.said, progress.memory


def _search(now: Moment, progress: _Progress, step: EngineStep) -> None:
    if _guarded(now, progress):
        return
    finding, memory = progress.find(), progress.memory
    if progress.in_form and memory.form:
        progress.add(digressed(now, memory, finding))
    elif step.get("urgent") and finding.verdict != "answer" and is_urgent(memory, now.time):
        progress.add(([over(now, memory, "asked")], memory.after_hand_off()))
    elif step["step"] == "unknown" and finding.verdict == "none" and len(now.text.split()) <= 2:
        progress.add(not_understood(now, memory))
    else:
        progress.add(told(now, memory, finding))


def _guarded(now: Moment, progress: _Progress) -> bool:
    """What an open tender contains is answered to everybody or not at all."""
    number = progress.memory.facts.get("tender_number")
    if progress.desk is None or number is None or not asks_content(now.text):
        return False
    try:
        tender = progress.desk.named(number)
    except CoreError:
        return False
    if tender is None or not is_open(tender.status):
        return False
    said = AskBack(
        now.words("guard_offer", number=number), (now.words("choice_clarify"), now.counselor())
    )
    progress.add(([said], replace(progress.memory, guarded=now.text, failed=0)))
    return True


def _hand_off(now: Moment, progress: _Progress, step: EngineStep) -> None:
    # The goal is the form's matter, so the form must still be known here.
    memory = replace(progress.memory.with_facts(_facts(step)), engine=progress.engine_before)
    reason = cast("Reason", step["reason"])
    said = over(now, memory, reason)
    progress.add(([_without_secrets(now, memory, said)], memory.after_hand_off()))


def _without_secrets(now: Moment, memory: Memory, said: HandOff) -> HandOff:
    """The packet of an act names the act; what a sealed bid says is not in it."""
    filling = Filling.of(memory.act)
    if filling is None:
        return said
    goal = f"{now.words(f'act_preview_{filling.kind}').rstrip(':')} {filling.number or ''}".strip()
    queue = said.queue or filling.act.queue
    return replace(said, goal=goal, queue=queue if said.reason != "complaint" else said.queue)


def _act(now: Moment, progress: _Progress, _: EngineStep) -> None:
    """Something to do, or to look up at the core; within an act, an answer or a look aside."""
    desk, label, memory = progress.desk, progress.act or "", progress.memory
    if desk is None or label not in ACTS.keys() | LOOK_UPS.keys():
        progress.add(told(now, memory, progress.find()))
        return
    label = _of_ones_side(label, progress.acts, desk.organisations(now.turn.conversation))
    if label in LOOK_UPS:
        if label == "tender_status" and _guarded(now, progress):
            return
        progress.add(LookUps(desk).tell(now, label, memory))
        return
    filling = Filling.of(memory.act)
    if filling is None and progress.in_form:
        progress.before.append(now.words("one_at_a_time"))
    elif filling is None:
        progress.add(Acting(desk).begin(now, replace(memory, failed=0, offered=False), label))
    elif label == filling.kind:
        progress.add(Acting(desk).answer(now, memory, filling))
        progress.over = True
    else:
        # The last wish counts: nothing was sent of the one before.
        progress.add(Acting(desk).begin(now, replace(memory, act=None), label))
        progress.over = True


def _of_ones_side(label: str, likely: Sequence[str], standing: Standing) -> str:
    """The likeliest act that is the person's to do: a supplier cancels no tender."""
    sides = {
        side for side, roles in FORM_OF.items() if any(role in roles for _, role in standing.live)
    }
    if not sides or label not in ACTS or ACTS[label].side in sides | {"anyone"}:
        return label
    own = (one for one in likely if one in ACTS and ACTS[one].side in sides | {"anyone"})
    return next(own, label)


def _given(now: Moment, progress: _Progress, _: EngineStep) -> None:
    filling = Filling.of(progress.memory.act)
    if progress.desk is not None and filling is not None:
        progress.add(Acting(progress.desk).answer(now, progress.memory, filling))
        progress.over = True


def _abuse(now: Moment, progress: _Progress, _: EngineStep) -> None:
    memory = replace(progress.memory, abused=progress.memory.abused + 1, offered=True)
    if memory.abused > 1:
        progress.add(([over(now, memory, "abuse")], memory.after_hand_off()))
    else:
        progress.add(([Talk(now.words("abuse"), (now.counselor(),))], memory))


def _invalid(now: Moment, progress: _Progress, step: EngineStep) -> None:
    progress.tries = int(step["tries"])
    progress.before.append(now.words("invalid_" + step["slot"]))


def _corrected(now: Moment, progress: _Progress, step: EngineStep) -> None:
    label = now.words("label_" + step["slot"])
    progress.before.append(now.words("corrected", label=label, value=str(step["value"])))


def _change(now: Moment, progress: _Progress, _: EngineStep) -> None:
    progress.before.append(now.words("change"))


def _ask(now: Moment, progress: _Progress, step: EngineStep) -> None:
    filling = Filling.of(progress.memory.act)
    if step["form"] == "act":
        if progress.desk is not None and filling is not None:
            progress.add(Acting(progress.desk).ask_again(now, progress.memory, filling))
        return
    slot, facts = str(step["slot"]), _facts(step)
    lines = [*progress.before, now.words("ask_" + slot, summary=summary(facts, now.words))]
    choices: list[str] = []
    if slot == "confirmed":
        choices = [now.words("choice_yes"), now.words("choice_cancel")]
    if progress.tries >= FAILED_TURNS:
        lines.insert(len(progress.before), now.words("invalid_again"))
        choices.append(now.counselor())
    memory = replace(progress.memory.with_facts(facts), failed=0, asked_back=False, offered=False)
    if slot == "confirmed" and step["form"] == "callback":
        progress.add(([_call_back("\n".join(lines), facts, tuple(choices))], memory))
        return
    progress.add(([AskBack("\n".join(lines), tuple(choices))], memory))


def _call_back(text: str, facts: Mapping[str, str], choices: tuple[str, ...]) -> Propose:
    """The number read back is all the proof that a call back needs."""
    values = {"phone": facts.get("phone", ""), "when": facts.get("callback_time", "")}
    party = {"name": "", "id": "", "scheme": ""}
    action = {"kind": "callback", "party": party, "tender": None, "target": None, "values": values}
    payload = {"action": action, "files": [], "title": facts.get("callback_topic", "")}
    return Propose(text, "callback", payload, {}, choices)


def _submit(now: Moment, progress: _Progress, step: EngineStep) -> None:
    memory = replace(progress.memory, failed=0, offered=False)
    if step["form"] == "callback":
        progress.add(([Perform()], memory))
        return
    progress.add(([ticket_of(str(step["form"]), _facts(step), now.words)], memory))


def _cancel(now: Moment, progress: _Progress, _: EngineStep) -> None:
    memory = replace(progress.memory, failed=0, offered=False, act=None)
    progress.add(([Cancel(now.words("cancelled"))], memory))


def _repeat(now: Moment, progress: _Progress, _: EngineStep) -> None:
    last = next((s.text for s in reversed(now.turn.history) if s.author == "bot"), None)
    text = now.words("repeat", text=last) if last else now.words("repeat_nothing")
    progress.add(([Talk(text)], progress.memory))


def _talk(now: Moment, progress: _Progress, step: EngineStep) -> None:
    key, memory = str(step["key"]), progress.memory
    if key == "ticket_status":
        said = Abstain(now.words(key), (now.counselor(),))
        progress.add(([said], replace(memory, offered=not progress.in_form)))
        return
    names = ("counselor", "problem", "callback", "ticket") if key == "capabilities" else ()
    choices = tuple(now.words("choice_" + name) for name in names)
    progress.add(([Talk(now.words(key), choices)], replace(memory, offered=False)))


def _facts(step: EngineStep) -> dict[str, str]:
    facts = step.get("facts")
    return {str(k): str(v) for k, v in facts.items()} if isinstance(facts, Mapping) else {}


_KINDS: Mapping[str, Callable[[Moment, _Progress, EngineStep], None]] = {
    "search": _search,
    "unknown": _search,
    "handoff": _hand_off,
    "abuse": _abuse,
    "invalid": _invalid,
    "corrected": _corrected,
    "change": _change,
    "ask": _ask,
    "act": _act,
    "given": _given,
    "submit": _submit,
    "cancel": _cancel,
    "repeat": _repeat,
    "talk": _talk,
}
