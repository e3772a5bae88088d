"""Twilio's signature: its own published example, its own library as the judge, and the traps."""

from urllib.parse import urlencode

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from starlette.datastructures import FormData
from twilio.request_validator import RequestValidator

from routing.channels.twilio_signature import form_fields, is_twilios, signature

TOKEN = "12345"
DESK = "https://desk.example"
TARGET = "/hooks/sms/main?a=%20b"
FIELDS = [("From", "+15005550006"), ("Body", "안녕"), ("MediaUrl0", "")]


def test_the_example_of_the_documentation() -> None:
    fields = {
        "CallSid": "CA1234567890ABCDE",
        "Digits": "1234",
        "From": "+14158675309",
        "To": "+18005551212",
        "Caller": "+14158675309",
    }.items()
    made = signature(TOKEN, "https://mycompany.com/myapp.php?foo=1&bar=2", fields)
    assert made == "RSOYDt4T1cUTdK1PDd93/VVr8B8="


words = st.text(st.characters(exclude_categories=["Cs"]), max_size=12)


@settings(max_examples=60, deadline=None)
@given(st.lists(st.tuples(words, words), max_size=6))
def test_a_form_is_signed_as_twilios_own_library_signs_it(fields: list[tuple[str, str]]) -> None:
    read = form_fields(urlencode(fields).encode())
    theirs = RequestValidator(TOKEN).compute_signature(DESK + TARGET, FormData(read))
    assert is_twilios(TOKEN, DESK, TARGET, read, theirs)


def test_a_field_url_token_or_letter_that_differs_is_forged() -> None:
    good = signature(TOKEN, DESK + TARGET, FIELDS)
    assert is_twilios(TOKEN, DESK, TARGET, FIELDS, good)
    assert is_twilios(TOKEN, DESK + "/", TARGET, FIELDS, good)
    assert not is_twilios("54321", DESK, TARGET, FIELDS, good)
    assert not is_twilios(TOKEN, "http://desk.example", TARGET, FIELDS, good)
    assert not is_twilios(TOKEN, DESK, "/hooks/sms/main?a=+b", FIELDS, good)
    assert not is_twilios(TOKEN, DESK, TARGET, [*FIELDS, ("x", "y")], good)
    assert not is_twilios(TOKEN, DESK, TARGET, FIELDS[:-1], good)


@pytest.mark.parametrize("given", [None, "", "é", "=" * 9000, "\x00", "RSOYDt4T1cUTdK1PDd93"])
def test_a_signature_that_makes_no_sense_is_no_error(given: str | None) -> None:
    assert not is_twilios(TOKEN, DESK, TARGET, FIELDS, given)


def test_an_empty_token_signs_nothing() -> None:
    assert not is_twilios("", DESK, TARGET, FIELDS, signature("", DESK + TARGET, FIELDS))


def test_the_schemes_own_port_may_be_written_out_and_no_other() -> None:
    with_port = signature(TOKEN, "https://desk.example:443" + TARGET, FIELDS)
    assert is_twilios(TOKEN, DESK, TARGET, FIELDS, with_port)
    other = signature(TOKEN, "https://desk.example:8443" + TARGET, FIELDS)
    assert not is_twilios(TOKEN, DESK, TARGET, FIELDS, other)
    assert is_twilios(TOKEN, "https://desk.example:8443", TARGET, FIELDS, other)
    assert not is_twilios(
        TOKEN, "https://desk.example:8443", TARGET, FIELDS, signature(TOKEN, DESK + TARGET, FIELDS)
    )


def test_an_address_of_version_six_keeps_its_colons() -> None:
    desk = "https://[2001:db8::1]"
    assert is_twilios(TOKEN, desk, TARGET, FIELDS, signature(TOKEN, desk + TARGET, FIELDS))


def test_a_form_of_thousands_of_fields_is_refused() -> None:
    with pytest.raises(ValueError, match="fields"):
        form_fields(b"a=1&" * 5000)
