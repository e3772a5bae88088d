"""The settings of the channels: what is on, what a half open door lacks, and what is refused."""

from pathlib import Path

import pytest

from api.commands.check import doors
from crm.desk_toml import BadSetting
from routing.channels import open_channels
from tests.conftest import settings_for

TWILIO = {"TWILIO_ACCOUNT_SID": "AC1", "TWILIO_AUTH_TOKEN": "x"}


def lacking(data: Path, what: str, **environ: str) -> set[str]:
    wanted = doors(settings_for(data, **environ))[what]
    return {name for name, there in wanted.items() if not there}


def test_nothing_is_open_until_it_is_set(tmp_path: Path) -> None:
    settings = settings_for(tmp_path)
    assert set(open_channels(settings)) == {"simulator"}
    assert all(not any(wanted.values()) for wanted in doors(settings).values())


def test_each_channel_opens_by_its_settings(tmp_path: Path) -> None:
    everything = TWILIO | {
        "MAIL_ADDRESS": "help@desk.example", "MAIL_HOOK_KEY": "k", "SMTP_URL": "smtps://m.example",
        "TELEGRAM_TOKEN": "1:x", "KAKAO_KEY": "k", "PUBLIC_URL": "https://desk.example",
        "SMS_NUMBER": "+8225550100", "WHATSAPP_NUMBER": "+8225550100",
    }  # fmt: skip
    settings = settings_for(tmp_path, **everything)
    opened = open_channels(settings)
    assert set(opened) == {"simulator", "email", "sms", "whatsapp", "telegram", "kakao"}
    assert {kind: channel.kind for kind, channel in opened.items()} == {k: k for k in opened}
    assert all(all(wanted.values()) for wanted in doors(settings).values())


def test_a_half_open_door_is_told_what_it_lacks(tmp_path: Path) -> None:
    mail = {"MAIL_ADDRESS": "help@desk.example", "SMTP_URL": "smtps://m.example"}
    assert lacking(tmp_path, "E-mail", **mail) == {"IMAP_URL or MAIL_HOOK_KEY"}
    assert lacking(tmp_path, "SMS", **TWILIO) == {"SMS_NUMBER or its number in desk.toml"}
    number = TWILIO | {"SMS_NUMBER": "+8225550100"}
    assert "PUBLIC_URL" in lacking(tmp_path, "SMS", **number).pop()
    assert "PUBLIC_URL" in lacking(tmp_path, "Telegram", TELEGRAM_TOKEN="1:x").pop()


@pytest.mark.parametrize(
    ("name", "value"),
    [
        ("SMTP_URL", "http://user:hidden@m.example"),
        ("SMTP_URL", "hidden"),
        ("IMAP_URL", "imaps://"),
        ("IMAP_URL", "imaps://user:hidden@m.example:99999"),
        ("TWILIO_API_URL", "ftp://hidden"),
        ("MAIL_ADDRESS", "help+x@desk.example"),
        ("MAIL_ADDRESS", "nobody"),
    ],
)
def test_a_setting_that_cannot_be_used_is_named_and_never_repeated(
    tmp_path: Path, name: str, value: str
) -> None:
    with pytest.raises(BadSetting) as told:
        settings_for(tmp_path, **TWILIO, **{name: value})
    assert name in str(told.value) or "[email] address" in str(told.value)
    assert "hidden" not in str(told.value)
