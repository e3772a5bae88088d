"""Terms of a tender's text and of a search: the same rule for both, in every language.

Latin words lose accents and a plural's ending; a Korean word becomes its pairs of syllables, so
that a part of a compound finds the whole, and a search's word loses its particle. A tender number
is one term.
"""

import re
import unicodedata

LONGEST = 40
NUMBER = re.compile(r"[a-z]{1,4}-\d{2,4}(?:-[0-9a-z]+){2,6}")
WORD = re.compile(r"[^\W_]+")
HANGUL = re.compile(r"[\uac00-\ud7a3]+|[^\uac00-\ud7a3]+")
# Accents and other marks that stand apart from their letter once a text is decomposed.
MARKS = dict.fromkeys(n for n in range(0x20000) if unicodedata.category(chr(n)) == "Mn")
PARTICLES = frozenset("은는이가을를의에로와과도")


def terms(text: str) -> set[str]:
    """Every term of a text."""
    plain = _plain(text)
    return set(NUMBER.findall(plain)) | {
        term for word in WORD.findall(plain) for term in _of_word(word)
    }


def asked(text: str) -> set[str]:
    """The terms that a search asks for: a tender must have them all."""
    plain = _plain(text)
    numbers = set(NUMBER.findall(plain))
    rest = NUMBER.sub(" ", plain)
    words = [_without_particle(word) for word in WORD.findall(rest)]
    return numbers | {term for word in words for term in _of_word(word)}


def _plain(text: str) -> str:
    if text.isascii():
        return text.casefold()
    apart = unicodedata.normalize("NFD", unicodedata.normalize("NFKC", text).casefold())
    return unicodedata.normalize("NFC", apart.translate(MARKS))


def _of_word(word: str) -> list[str]:
    found = []
    for run in HANGUL.findall(word):
        if "\uac00" <= run[0] <= "\ud7a3":
            found += [run[n : n + 2] for n in range(max(len(run) - 1, 1))]
        else:
            found.append(_singular(run)[:LONGEST])
    return found


def _singular(word: str) -> str:
    """`chairs` as `chair`, `licitaciones` as `licitacion`, `services` and `service` alike."""
    for ending in ("s", "e"):
        if len(word) > 3 and word.endswith(ending):
            word = word[:-1]
    return word


def _without_particle(word: str) -> str:
    """A Korean word of three syllables or more without the particle at its end."""
    if len(word) > 2 and word[-1] in PARTICLES and "\uac00" <= word[-2] <= "\ud7a3":
        return word[:-1]
    return word
