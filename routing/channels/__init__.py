"""Channels in and out of the house, by their kind."""

from collections.abc import Mapping

from crm.settings import Settings
from routing.channels.email.channel import Email
from routing.channels.port import Channel
from routing.channels.simulator.channel import Simulator

Channels = Mapping[str, Channel]


def open_channels(settings: Settings) -> Channels:
    """Every channel that the settings switch on."""
    opened: dict[str, Channel] = {}
    if settings.simulator_key is not None:
        opened["simulator"] = Simulator(settings.simulator_key)
    if settings.channels.mail.is_on:
        mail = settings.channels.mail
        opened["email"] = Email(mail, secret=settings.secret, desk=settings.name)
    return opened
