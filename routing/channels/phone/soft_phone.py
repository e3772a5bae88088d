"""What the counselor's browser signs in to Twilio with: a short-lived token of its own."""

from twilio.jwt.access_token import AccessToken
from twilio.jwt.access_token.grants import VoiceGrant

from crm.phone_settings import PhoneSettings

SECONDS = 3600


def access_token(settings: PhoneSettings, identity: str) -> tuple[str, int]:
    """A token to be rung as `client:{identity}`, and for how many seconds. Made offline."""
    token = AccessToken(
        settings.account_sid,
        settings.api_key,
        settings.api_secret,
        identity=identity,
        ttl=SECONDS,
    )
    token.add_grant(VoiceGrant(incoming_allow=True))
    return str(token.to_jwt()), SECONDS
