"""The Korean particle behind an inserted word: "UA-…-a를", "Ficticia Ltd.를", "1,000원을"."""

import re

# By the written pair: what stands behind a final consonant, and what behind a vowel.
PAIRS = {
    "을(를)": ("을", "를"),
    "은(는)": ("은", "는"),
    "이(가)": ("이", "가"),
    "과(와)": ("과", "와"),
    "(으)로": ("으로", "로"),
}
PAIR = "|".join(re.escape(pair) for pair in PAIRS)
_RIEUL = 8  # the final ㄹ among the 28 finals of a syllable; "로" treats it as a vowel
# How digits and letters are read aloud: 영 일 이 삼 사 오 육 칠 팔 구; 엘 엠 엔 알.
_FINALS = {"0": 21, "1": 8, "3": 16, "6": 1, "7": 8, "8": 8, "L": 8, "M": 16, "N": 4, "R": 8}
_CLOSED = re.compile(r"[bckmnpt]$")  # "Park" ends closed, "Ltd" and "Bus" do not


def particle(word: str, pair: str) -> str:
    """The form of the pair that belongs behind the word."""
    closed, opened = PAIRS[pair]
    final = _final(word)
    if final == 0 or (final == _RIEUL and pair == "(으)로"):
        return opened
    return closed


def filled(text: str, name: str, value: str) -> str:
    """The text with `{name}` as the value, and with the particle that fits behind it."""
    form = re.compile(r"\{" + re.escape(name) + r"\}(?P<pair>" + PAIR + ")?")
    return form.sub(lambda m: value + (particle(value, m["pair"]) if m["pair"] else ""), text)


def _final(word: str) -> int:
    """The final consonant with which the word is read, 0 for a vowel."""
    bare = re.sub(r"[^0-9A-Za-z가-힣]+$", "", word)
    if not bare:
        return 0
    last = bare[-1]
    if "가" <= last <= "힣":
        return (ord(last) - ord("가")) % 28
    if last.isdigit():
        return _FINALS.get(last, 0)
    spelled = re.search(r"(?:^|[^A-Za-z])[A-Za-z]$|[A-Z]{2,}$", bare) is not None
    if spelled:
        return _FINALS.get(last.upper(), 0)
    if last == "l":
        return _RIEUL
    return 1 if _CLOSED.search(bare) else 0
