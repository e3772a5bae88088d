"""Rasa's agent behind a Sanic app with one channel and nothing else."""

from __future__ import annotations

from pathlib import Path

from rasa.core.actions.action import RemoteAction
from rasa.core.agent import Agent
from rasa.core.channels import channel
from rasa.plugin import plugin_manager  # noqa: F401  (Rasa's hooks register on import)
from sanic import Sanic

from bot.rasa.channel import DeskChannel, InProcessChecks
from bot.rasa.quick import quicken


def desk_app(model: Path) -> Sanic:
    """The app with the agent loaded; raises when the model cannot be read."""
    # Rasa checks each answer of an action endpoint against a schema, and that schema against its
    # own, which is most of a form turn's time; here the answer comes from this very process.
    RemoteAction._validate_action_result = staticmethod(_trusted)  # noqa: SLF001
    agent = Agent(action_endpoint=InProcessChecks())
    agent.load_model(str(model))
    quicken(agent.processor)
    app = Sanic("desk_rasa", configure_logging=False)
    app.config.FALLBACK_ERROR_FORMAT = "json"
    app.config.REQUEST_MAX_SIZE = 1_000_000
    app.config.KEEP_ALIVE_TIMEOUT = 120
    app.ctx.agent = agent
    channel.register([DeskChannel()], app, route="/webhooks/")
    return app


def _trusted(_: object) -> bool:
    return True
