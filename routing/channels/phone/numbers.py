"""Telephone numbers as people and providers give them, in one form or none."""

import phonenumbers

from routing.channels.phone.twilio_codes import WITHHELD

LONGEST = 40


def known(number: str) -> str | None:
    """A caller's number as `+…`, or none where it is withheld or no number at all."""
    given = number.strip()[:100]
    if given.casefold() in WITHHELD:
        return None
    return normal(given, None)


def normal(number: str, region: str | None) -> str | None:
    """`+8225550100` out of however it was written or keyed; none where nobody can be rung there."""
    try:
        parsed = phonenumbers.parse(number, region)
    except phonenumbers.NumberParseException:
        return None
    if not phonenumbers.is_possible_number(parsed):
        return None
    return phonenumbers.format_number(parsed, phonenumbers.PhoneNumberFormat.E164)[:LONGEST]


def keyed(digits: str, *numbers_near: str | None) -> str | None:
    """The number that keys meant: as it is dialled where one of these numbers is at home, or, since
    no key says `+`, with its country code."""
    for near in filter(None, numbers_near):
        found = normal(digits, region_of(near))
        if found:
            return found
    return normal(f"+{digits}", None)


def as_written(number: str, own: str) -> tuple[str, bool]:
    """A number as people of its country group it, and whether it is abroad, seen from `own`."""
    try:
        parsed = phonenumbers.parse(number, None)
    except phonenumbers.NumberParseException:
        return number, False
    abroad = region_of(own) not in {None, phonenumbers.region_code_for_number(parsed)}
    form = phonenumbers.PhoneNumberFormat
    how = form.INTERNATIONAL if abroad else form.NATIONAL
    return phonenumbers.format_number(parsed, how), abroad


def region_of(number: str) -> str | None:
    """The country of a number: what a caller keys without a country code is meant there."""
    try:
        return phonenumbers.region_code_for_number(phonenumbers.parse(number, None))
    except phonenumbers.NumberParseException:
        return None
