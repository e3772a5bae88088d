"""The telephone providers that the settings switch on."""

from dataclasses import dataclass, field

from crm.settings import Settings
from routing.channels.phone.demo_exchange import DemoExchange
from routing.channels.phone.jambonz import Jambonz
from routing.channels.phone.jambonz_exchange import JambonzExchange
from routing.channels.phone.port import Exchange, Exchanges, Provider
from routing.channels.phone.twilio import Twilio


@dataclass(frozen=True, slots=True)
class Lines:
    """Providers by account, and their other sides by provider."""

    accounts: dict[str, Provider] = field(default_factory=dict)
    exchanges: Exchanges = field(default_factory=dict)
    # Who calls the hooks of an account that desk.toml does not name.
    otherwise: Provider | None = None

    def provider(self, account: str) -> Provider | None:
        return self.accounts.get(account, self.otherwise)

    @property
    def outgoing(self) -> tuple[str, str] | None:
        """The account, and its provider, by which the desk itself can ring somebody."""
        able = ((a, p.name) for a, p in self.accounts.items() if p.name in self.exchanges)
        return next(able, None)


def open_lines(settings: Settings) -> Lines:
    phone = settings.phone
    accounts: dict[str, Provider] = {}
    for account in phone.accounts:
        provider = phone.provider(account)
        if provider == "twilio":
            accounts[account] = Twilio(phone.auth_token, settings.public_url)
        if provider == "jambonz":
            accounts[account] = Jambonz(phone.jambonz_secret)
    exchanges: dict[str, Exchange] = {}
    if phone.account_sid and phone.auth_token:
        # Twilio's client takes 16 MB: only who uses it shall pay for it.
        from routing.channels.phone.twilio_exchange import TwilioExchange  # noqa: PLC0415

        exchanges["twilio"] = TwilioExchange(phone)
    if phone.jambonz_url and phone.jambonz_account and phone.jambonz_key:
        exchanges["jambonz"] = JambonzExchange(phone)
    if settings.demo:
        exchanges["demo"] = DemoExchange()
    otherwise = Twilio(phone.auth_token, settings.public_url) if phone.auth_token else None
    return Lines(accounts, exchanges, otherwise)
