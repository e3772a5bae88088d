"""What `desk.toml` and the environment may say; anything else is named, with how to mend it."""

from pathlib import Path

import pytest

from crm.desk_toml import BadSetting
from crm.settings import load

ROOT = Path(__file__).resolve().parents[2]
SECRET = {"DESK_SECRET": "s" * 40}


def refused(folder: Path, old: str = "", new: str = "", **environ: str) -> str:
    """What is said of the shipped desk.toml with one line changed."""
    toml = (ROOT / "desk.toml").read_text()
    assert old in toml
    (folder / "desk.toml").write_text(toml.replace(old, new, 1))
    with pytest.raises(BadSetting) as told:
        load(folder, folder, SECRET | environ)
    return str(told.value)


def test_the_shipped_settings_are_taken(tmp_path: Path) -> None:
    assert load(ROOT, tmp_path, SECRET).rates
    assert load(ROOT, tmp_path, SECRET | {"DESK_RATE_LIMITS": "off"}).rates == {}


@pytest.mark.parametrize(
    ("old", "new", "told"),
    [
        ("max_characters =", "max_caracters =", "[chat] max_caracters: there is no such setting"),
        ("four_eyes = true", "four_eye = true", "[knowledge] four_eye: there is no such setting"),
        ("[retention]", "[retentions]", "there is no table [retentions]"),
        ("sites = ", "site = ", "[chat] site: there is no such setting; known: max_characters"),
        ("requests_per_token = [600, 60]", "", "lacks the setting [rate_limits]"),
        ("raw_inbox_days = 30", "raw_inbox_days = -1", "raw_inbox_days: write it as"),
        ("raw_inbox_days = 30", 'raw_inbox_days = "30"', "[retention] raw_inbox_days: write it as"),
        ("max_characters = 30000", "max_characters = 0", "[chat] max_characters: write it as"),
        ("workers = 4", "workers = true", "[turns] workers: write it as a whole number above 0"),
        ("rasa_seconds = 6", "rasa_seconds = 0", "[turns] rasa_seconds: write it as a number"),
        ('"registration", "bidding"', '"registry", "bidding"', "[desk] queues: write some of"),
        ('["en", "es", "ko"]', '["fr"]', "[desk] languages: write some of en, es, ko"),
        ('["en", "es", "ko"]', "[]", "[desk] languages: write some of en, es, ko"),
        ('monday = ["09:00", "18:00"]', 'monday = ["18:00", "09:00"]', "[hours.days] monday:"),
        ('monday = ["09:00", "18:00"]', "monday = 9", "[hours.days] monday: write it as"),
        ('monday = ["09:00", "18:00"]', "monday = [9, 18]", "[hours.days] monday: write it as"),
        ('quiet = ["21:00", "08:00"]', "quiet = 5", "[outbound] quiet: write it as"),
        ('sites = ["*"]', 'sites = "*"', "[chat] sites: write it as a list of texts"),
        ('sites = ["*"]', 'sites = ["a.example; b"]', "[chat] sites: write each as"),
        ('sites = ["*"]', 'sites = ["https://조달.example"]', "[chat] sites: write each as"),
        ("rasa_seconds = 6", "rasa_seconds = inf", "[turns] rasa_seconds: write it as a number"),
        ('articles = "knowledge/articles"', "articles = 5", "[knowledge] articles: write it as"),
        ("always = false", 'always = "no"', "[hours] always: write it as true or false"),
        ("poll_seconds = 15", 'poll_seconds = "15"', "[email] poll_seconds: write it as a number"),
        ('{ main = "twilio", trunk = "jambonz" }', "3", "[phone] accounts: write it as names"),
        ("[1200, 60]", "1200", "sessions_per_address: write it as [count, seconds]"),
        ("[retention]\nraw_inbox_days = 30", "", "lacks the setting 'retention'"),
        ('name = "Sinmungo"', 'name = "Sinmungo', "desk.toml cannot be read"),
    ],
)  # fmt: skip
def test_a_slip_in_the_file_is_named(tmp_path: Path, old: str, new: str, told: str) -> None:
    assert told in refused(tmp_path, old, new)


@pytest.mark.parametrize(
    ("written", "told"),
    [
        ('[desk]\nname = "Señal"'.encode("latin-1"), "desk.toml cannot be read"),
        (b"desk = 5", r"write desk as a table, \[desk\]"),
    ],
)
def test_a_file_that_is_no_settings_is_one_sentence(
    tmp_path: Path, written: bytes, told: str
) -> None:
    (tmp_path / "desk.toml").write_bytes(written)
    with pytest.raises(BadSetting, match=told):
        load(tmp_path, tmp_path, SECRET)


@pytest.mark.parametrize("password", ["p@ss:word", "secret"])
def test_a_wrong_address_of_the_database_is_not_repeated(tmp_path: Path, password: str) -> None:
    told = refused(tmp_path, DESK_DATABASE_URL=f"postgresql://desk:{password}@host:port/desk")
    assert "DESK_DATABASE_URL is written as" in told
    assert password not in told


@pytest.mark.parametrize(
    ("name", "value"),
    [
        ("PUBLIC_URL", "desk.example"),
        ("PUBLIC_URL", "https://"),
        ("PROCUREMENT_URL", "core.example"),
        ("DESK_RATE_LIMITS", "of"),
        ("DESK_DATABASE_URL", "mysql://host/desk"),
    ],
)
def test_a_slip_in_the_environment_is_named(tmp_path: Path, name: str, value: str) -> None:
    assert name in refused(tmp_path, **{name: value})
