"""Numbers spelled out as callers say them: "five thousand three hundred", "cinco mil trescientos",
"오천사백". Standard library only."""

import re

_SMALL = {
    name: value
    for value, names in {
        1: "one un uno una", 2: "two dos", 3: "three tres", 4: "four cuatro", 5: "five cinco",
        6: "six seis", 7: "seven siete", 8: "eight ocho", 9: "nine nueve", 10: "ten diez",
        11: "eleven once", 12: "twelve doce", 13: "thirteen trece", 14: "fourteen catorce",
        15: "fifteen quince", 16: "sixteen dieciséis dieciseis", 17: "seventeen diecisiete",
        18: "eighteen dieciocho", 19: "nineteen diecinueve", 20: "twenty veinte",
        21: "veintiún veintiuno", 22: "veintidós veintidos", 23: "veintitrés veintitres",
        24: "veinticuatro", 25: "veinticinco", 26: "veintiséis veintiseis", 27: "veintisiete",
        28: "veintiocho", 29: "veintinueve", 30: "thirty treinta", 40: "forty cuarenta",
        50: "fifty cincuenta", 60: "sixty sesenta", 70: "seventy setenta", 80: "eighty ochenta",
        90: "ninety noventa", 100: "cien ciento", 200: "doscientos doscientas",
        300: "trescientos trescientas", 400: "cuatrocientos cuatrocientas",
        500: "quinientos quinientas", 600: "seiscientos seiscientas",
        700: "setecientos setecientas", 800: "ochocientos ochocientas",
        900: "novecientos novecientas",
    }.items()
    for name in names.split()
}  # fmt: skip
_HUNDRED = "hundred"
_SCALES = {"thousand": 10**3, "mil": 10**3, "million": 10**6, "millón": 10**6, "millon": 10**6,
           "millones": 10**6, "billion": 10**9}  # fmt: skip
_JOINS = {"and", "y"}
_TOKEN = "|".join(sorted([*_SMALL, _HUNDRED, *_SCALES], key=len, reverse=True))
# At least one scale or hundred, or the run is left alone: "one of the two" is no amount.
_LATIN = re.compile(
    rf"(?<![\w.,])(?:a )?(?:{_TOKEN}|\d{{1,3}}(?=\s(?:{_HUNDRED}|thousand|mil)\b))\b"
    rf"(?:[\s-](?:(?:and|y)\s)?(?:{_TOKEN}|\d{{1,3}}(?=\s{_HUNDRED}\b))\b)+",
    re.IGNORECASE,
)
_ALONE = re.compile(
    rf"(?<![\w.,-])(?:{'|'.join(sorted(_SMALL, key=len, reverse=True))})(?![\w-])", re.IGNORECASE
)
# An article, a pronoun, "once a month": numbers only where nothing stands beside them.
_OTHERWISE = frozenset(("one", "un", "uno", "una", "once"))
_DIGITS = {c: n for n, c in enumerate("일이삼사오육칠팔구", 1)}
_UNITS = {"십": 10, "백": 100, "천": 1000}
_BIG = {"만": 10**4, "억": 10**8}
_HANGUL = re.compile(
    r"(?<![가-힣\d])(?:[일이삼사오육칠팔구]?[십백천만억]\s?)+(?:[일이삼사오육칠팔구](?!요|에요|고|라))?"
    r"(?=\s?(?:원|에|으로|로|이요|이에요|입니다|요|UAH|KRW|\W|$))"
)


def as_digits(text: str) -> str:
    """The text with its spelled numbers as digits."""
    plain = _LATIN.sub(lambda m: _latin(m.group()), text)
    return _HANGUL.sub(_hangul, plain)


def small_as_digits(text: str) -> str:
    """The text with single words for small numbers as digits, where it surely holds a number."""

    def written(match: re.Match[str]) -> str:
        word = match.group().lower()
        alone = not re.search(r"\w", text[: match.start()] + text[match.end() :])
        return str(_SMALL[word]) if alone or word not in _OTHERWISE else match.group()

    return _ALONE.sub(written, text)


def _latin(said: str) -> str:
    total, section, scaled = 0, 0, False
    for word in re.split(r"[\s-]+", said.lower().strip()):
        if word in _JOINS or word == "a":
            section = section or (1 if word == "a" else 0)
        elif word.isdigit():
            section += int(word)
        elif word == _HUNDRED:
            section, scaled = (section or 1) * 100, True
        elif word in _SCALES:
            total, section, scaled = total + (section or 1) * _SCALES[word], 0, True
        elif word in _SMALL:
            section += _SMALL[word]
            scaled = scaled or _SMALL[word] >= 100
        else:
            return said
    return str(total + section) if scaled else said


def _hangul(match: re.Match[str]) -> str:
    said = match.group()
    if len(said.strip()) < 2 or said[0] not in _DIGITS:
        return said
    total, section, number = 0, 0, 0
    for sign in said:
        if sign in _DIGITS:
            number = _DIGITS[sign]
        elif sign in _UNITS:
            section, number = section + (number or 1) * _UNITS[sign], 0
        elif sign in _BIG:
            total, section, number = total + (section + number or 1) * _BIG[sign], 0, 0
    return str(total + section + number)
