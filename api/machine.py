"""The machine that acts, of a desk that was given no core."""

from sqlalchemy import Engine

from crm import clock
from crm.settings import Settings
from routing.acted import late_text
from routing.actions import Machine
from routing.acts import Acts
from routing.no_core import NoCore


def own_machine(settings: Settings, engine: Engine) -> Machine:
    """Acts that need no core, and tickets for those that do."""
    core = NoCore(clock.now)
    return Machine(engine, core, Acts(engine, core, settings.secret), late_text)
