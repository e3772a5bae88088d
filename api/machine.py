"""The machine that acts, of a desk that was given no core."""

from sqlalchemy import Engine

from api import wiring
from crm import clock
from crm.settings import Settings
from routing.actions import Machine
from routing.no_core import NoCore


def own_machine(settings: Settings, engine: Engine) -> Machine:
    """Acts that need no core, and tickets for those that do."""
    core = NoCore(clock.now)
    return wiring.machine(engine, core, wiring.acts(settings, engine, core))
