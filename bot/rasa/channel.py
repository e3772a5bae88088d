"""The desk's own channel inside Rasa: a state and a text in, steps and the next state out.

Rasa keeps nothing between two requests. A crash answers 500, because Rasa's REST channel answers
200 with an empty list then and a desk cannot tell silence from failure.
"""

from __future__ import annotations

import asyncio
import logging
from collections.abc import Awaitable, Callable
from typing import Any

from rasa.core.channels.channel import CollectingOutputChannel, InputChannel, UserMessage
from rasa.core.processor import MessageProcessor
from rasa.utils.endpoints import EndpointConfig
from sanic import Blueprint
from sanic.request import Request
from sanic.response import HTTPResponse, json

from bot.cleaning import cleaned, is_bare_command
from bot.rasa.checks import SLOTS, check
from bot.rasa.components.by_language import LANGUAGE
from bot.rasa.memory import state_from, tracker_from

logger = logging.getLogger(__name__)

Handled = tuple[list[dict[str, Any]], dict[str, Any], dict[str, Any]]


class DeskChannel(InputChannel):
    """Routes under /webhooks/desk: `/` health, `/turn` one message, `/actions` form checks."""

    @classmethod
    def name(cls) -> str:
        return "desk"

    def blueprint(self, on_new_message: Callable[[UserMessage], Awaitable[Any]]) -> Blueprint:  # noqa: ARG002
        routes = Blueprint("desk_webhook", __name__)
        routes.add_route(_health, "/", methods=["GET"])
        routes.add_route(_turn, "/turn", methods=["POST"])
        routes.add_route(_actions, "/actions", methods=["POST"])
        return routes


class InProcessChecks(EndpointConfig):
    """Rasa's action endpoint without a socket: forms can then never wait for each other."""

    def __init__(self) -> None:
        super().__init__(url="in-process")

    async def request(self, *_: Any, json: dict[str, Any] | None = None, **__: Any) -> Any:
        return checked(json or {})


def checked(call: dict[str, Any]) -> dict[str, Any]:
    """One call of Rasa's action protocol; raises on an action nobody defined."""
    form = str(call.get("next_action", "")).removeprefix("validate_")
    if form not in SLOTS:
        raise ValueError(f"No form check is called {form!r}; bot/rasa/checks.py lists them.")
    return check(form, call["tracker"])


async def _health(request: Request) -> HTTPResponse:
    ready = _processor(request) is not None
    return json({"ready": ready}, status=200 if ready else 503)


async def _actions(request: Request) -> HTTPResponse:
    try:
        return json(checked(request.json))
    except (ValueError, KeyError, TypeError) as error:
        return json({"error": type(error).__name__}, status=400)


async def _turn(request: Request) -> HTTPResponse:
    body = request.json
    if not isinstance(body, dict) or not isinstance(body.get("text"), str):
        return json({"error": "text is missing"}, status=400)
    if is_bare_command(body["text"]):
        # The desk never sends one; this lock is for whoever else reaches the port.
        return json({"error": "commands are not taken here"}, status=400)
    processor = _processor(request)
    if processor is None:
        return json({"error": "no model is loaded"}, status=503)
    try:
        steps, state, meant = await handled(processor, body)
    except asyncio.CancelledError:
        raise
    except Exception as error:  # noqa: BLE001  (whatever failed, the desk must learn that it did)
        # The type alone: messages of errors may quote the person.
        logger.error("A desk turn failed: %s", type(error).__name__)  # noqa: TRY400
        return json({"error": type(error).__name__}, status=500)
    return json({"steps": steps, "state": state, "intent": meant})


async def handled(processor: MessageProcessor, body: dict[str, Any]) -> Handled:
    """Steps, next state and the understood intent of one message; nothing is stored."""
    state = body["state"] if isinstance(body.get("state"), dict) else {}
    text = cleaned(body["text"])
    output = CollectingOutputChannel()
    tracker = tracker_from(state, str(body.get("sender", "desk"))[:80], processor.domain)
    told = {LANGUAGE: body.get("language")}
    message = UserMessage(text, output, tracker.sender_id, input_channel="desk", metadata=told)
    before = dict(tracker.current_slot_values())
    # These are the parts of `MessageProcessor.handle_message` without its tracker store.
    await processor._handle_message_with_tracker(message, tracker)  # noqa: SLF001
    await processor.run_action_extract_slots(output, tracker)
    await processor._run_prediction_loop(output, tracker)  # noqa: SLF001
    steps = [m["custom"] for m in output.messages if isinstance(m.get("custom"), dict)]
    if not steps:
        raise RuntimeError("Rasa said nothing.")
    latest = tracker.latest_message
    values = {**before, **{k: v for k, v in tracker.current_slot_values().items() if v is not None}}
    meant = {
        "name": latest.intent.get("name"),
        "act": latest.intent.get("act"),
        "acts": latest.intent.get("acts") or [],
        "confidence": round(float(latest.intent.get("confidence") or 0), 4),
        "ranking": [
            {"name": r["name"], "confidence": round(float(r["confidence"]), 4)}
            for r in (latest.parse_data.get("intent_ranking") or [])[:3]
        ],
        "entities": [
            {"kind": e["entity"], "value": str(e["value"])[:200]} for e in latest.entities[:12]
        ],
    }
    facts = _facts(values)
    steps = [{**step, "facts": facts} if _carries_facts(step) else step for step in steps]
    return steps, state_from(tracker, processor.domain, state.get("turns")), meant


def _carries_facts(step: dict[str, Any]) -> bool:
    return step.get("step") in ("submit", "handoff", "ask", "cancel")


def _facts(values: dict[str, Any]) -> dict[str, str]:
    wanted = {slot for slots in SLOTS.values() for slot in slots}
    return {name: str(value) for name, value in values.items() if name in wanted and value}


def _processor(request: Request) -> MessageProcessor | None:
    agent = getattr(request.app.ctx, "agent", None)
    return agent.processor if agent is not None and agent.is_ready() else None
