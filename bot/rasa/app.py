"""Rasa's agent behind a Sanic app with one channel and nothing else."""

from __future__ import annotations

from pathlib import Path

from rasa.core.agent import Agent
from rasa.core.channels import channel
from rasa.plugin import plugin_manager  # noqa: F401  (Rasa's hooks register on import)
from sanic import Sanic

from bot.rasa.channel import DeskChannel, InProcessChecks


def desk_app(model: Path) -> Sanic:
    """The app with the agent loaded; raises when the model cannot be read."""
    agent = Agent(action_endpoint=InProcessChecks())
    agent.load_model(str(model))
    app = Sanic("desk_rasa", configure_logging=False)
    app.config.FALLBACK_ERROR_FORMAT = "json"
    app.config.REQUEST_MAX_SIZE = 1_000_000
    app.config.KEEP_ALIVE_TIMEOUT = 120
    app.ctx.agent = agent
    channel.register([DeskChannel()], app, route="/webhooks/")
    return app
