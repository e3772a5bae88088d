"""Channels in and out of the house, by their kind."""

from collections.abc import Mapping

from crm.settings import Settings
from routing.channels.port import Channel
from routing.channels.simulator.channel import Simulator

Channels = Mapping[str, Channel]


def open_channels(settings: Settings) -> Channels:
    """Every channel that the settings switch on."""
    if settings.simulator_key is None:
        return {}
    return {"simulator": Simulator(settings.simulator_key)}
