"""Channels in and out of the house, by their kind."""

from collections.abc import Mapping

from crm.settings import Settings
from routing.channels.email.channel import Email
from routing.channels.kakao.channel import KakaoTalk
from routing.channels.port import Channel, Closes
from routing.channels.simulator.channel import Simulator
from routing.channels.sms.channel import Sms
from routing.channels.telegram.channel import Telegram
from routing.channels.whatsapp.channel import WhatsApp

Channels = Mapping[str, Channel]


def open_channels(settings: Settings) -> Channels:
    """Every channel that the settings switch on."""
    opened: dict[str, Channel] = {}
    if settings.simulator_key is not None:
        opened["simulator"] = Simulator(settings.simulator_key)
    if settings.channels.mail.is_on:
        mail = settings.channels.mail
        opened["email"] = Email(mail, secret=settings.secret, desk=settings.name)
    twilio, secret = settings.channels.twilio, settings.secret
    if twilio:
        opened["sms"] = Sms(twilio, public_url=settings.public_url, secret=secret)
        opened["whatsapp"] = WhatsApp(twilio, public_url=settings.public_url, secret=secret)
    if settings.channels.telegram:
        opened["telegram"] = Telegram(
            settings.channels.telegram, public_url=settings.public_url, secret=secret
        )
    if settings.channels.kakao:
        opened["kakao"] = KakaoTalk(
            settings.channels.kakao, public_url=settings.public_url, secret=secret
        )
    return opened


def close(doors: Mapping[str, object]) -> None:
    """Let go of the connections that channels, or the telephone's exchanges, keep open."""
    for door in doors.values():
        if isinstance(door, Closes):
            door.close()
