"""Wishes that plain words give away, for when the dialogue engine is not there to ask."""

import re
import unicodedata

from knowledge.port import Language

_PERSON = re.compile(
    r"\b(?:human|(?:real|live) (?:person|agent)|a person|person please|speak (?:to|with)"
    r"|talk (?:to|with)|operator"
    r"|counsell?or|representative|agent|advisor)\b"
    r"|\b(?:humano|persona (?:real|de verdad|por favor)|una persona|hablar con"
    r"|comun[ií]que\w*|p[aá]s[ea]me|asesor|operador"
    r"|agente|ejecutivo)\b"
    r"|상담(?:원|사)|사람(?:이랑|하고|과|으로| 연결| 바꿔|이요)"
    r"|직원|담당자|연결해|바꿔\s?(?:줘|주세요)",
    re.IGNORECASE,
)
# Asking for a person in so many words, whatever else the message is about.
_PLEA = re.compile(
    r"\b(?:(?:get|give|bring|send) me|i (?:want|need)|let me (?:talk|speak)"
    r"|(?:talk|speak|connect|transfer|put|pass)\b.{0,12}\b(?:to|with|through))\b.{0,20}"
    r"\b(?:person|human(?: being)?|counsell?or|operator|live agent)\b"
    r"|\b(?:person|human|counsell?or|operator),? (?:please|now)\b"
    r"|\b(?:hablar|comun[ií]\w*|p[aá]s[ea]\w*|con[eé]ct\w*|ati[eé]nd\w*|quiero|necesito)\b.{0,20}"
    r"\b(?:persona|humano|asesora?|operadora?)\b(?! (?:legal|f[ií]sica|moral|jur[ií]dica))"
    r"|(?:상담(?:원|사)|사람|담당자).{0,6}(?:연결|바꿔|통화|이야기|얘기|불러)",
    re.IGNORECASE,
)
# Nothing but a person, as a whole utterance.
_ONLY_PERSON: dict[Language, re.Pattern[str]] = {
    "en": re.compile(
        r"(?:(?:can|could|may) i |i (?:want|need|would like|d like) (?:to )?|let me |please )?"
        r"(?:(?:speak|talk) (?:to|with) |(?:get|give) me |(?:connect|put|transfer) me (?:through )?"
        r"(?:to|with) )?"
        r"(?:an? |the )?(?:real |live |human )?"
        r"(?:operator|agent|representative|counsell?or|advis[eo]r|person|human(?: being)?"
        r"|someone|somebody)"
        r"(?: please| now)?"
    ),
    "es": re.compile(
        r"(?:quiero |necesito |quisiera |me |por favor )?"
        r"(?:hablar con |comuniqueme con |comunica con |comunicar con |paseme (?:con |a )?|con )?"
        r"(?:una? |el |la |alguna? )?"
        r"(?:operador|operadora|agente|asesora?|persona|humano|alguien|ejecutiv[oa])"
        r"(?: real| de verdad| humano| humana)?(?: por favor)?"
    ),
    "ko": re.compile(
        r"(?:사람|상담원|상담사|직원|담당자)(?:이랑|하고|과|와|으로|로|을|를|한테|에게)? ?"
        r"(?:연결|바꿔|통화|불러|이요|요|좀)? ?(?:좀 )?(?:해|하고|할래요|부탁)? ?"
        r"(?:주세요|줘요|줘|주십시오|드려요|드립니다|드릴게요|해요|합니다|싶어요|싶습니다)?"
    ),
}
_COMPLAINT = re.compile(
    r"\b(?:i want to complain|complaint about|unacceptable|outrageous|disgrace"
    r"|terrible service)\b"
    r"|\b(?:quejarme|una queja|inaceptable|indignante|p[eé]simo)\b"
    r"|민원|불만|항의|말도 안 (?:됩|돼)",
    re.IGNORECASE,
)
_GREETING = re.compile(r"^\W*(?:hi|hello|hey|hola|buen[oa]s(?: \w+)?|안녕\S*)\W*$", re.IGNORECASE)
_THANKS = re.compile(
    r"^\W*(?:thanks?(?: you)?|gracias|muchas gracias|감사\S*|고마\S*)\W*$", re.IGNORECASE
)
_BYE = re.compile(r"^\W*(?:bye|goodbye|adi[oó]s|hasta luego|안녕히 \S+)\W*$", re.IGNORECASE)
_BOT = re.compile(
    r"are you (?:a )?(?:bot|robot|human|real)|eres (?:un )?(?:bot|robot|humano)|봇|로봇|사람이에요",
    re.IGNORECASE,
)
_CANCEL = re.compile(r"^\W*(?:cancel|cancelar|cancela|취소\S*|stop)\W*$", re.IGNORECASE)
_TICKET = re.compile(
    r"\b(?:leave|open) a ticket\b|(?:dejar|abrir) un ticket|문의 남기|티켓", re.IGNORECASE
)
_QUESTION = re.compile(
    r"[?？¿]|^(?:how|what|when|where|why|which|who|can|could|do|does|is|are|will|should"
    r"|must|may)\b"
    r"|^(?:y |pero )?(?:c[oó]mo|qu[eé]|cu[aá]n\w*|cu[aá]l\w*|d[oó]nde|por ?qu[eé]"
    r"|qui[eé]n\w*|puedo|se puede)\b"
    r"|(?:나요|까요|습니까|인가요|은가요|는지요|될까|뭐예요|뭔가요|뭐죠|언제|얼마나|어떻게|얼마예요)\W*$",
    re.IGNORECASE,
)
_WISHES = {
    "person": _PERSON, "complaint": _COMPLAINT, "greet": _GREETING, "thanks": _THANKS, "bye": _BYE,
    "bot_challenge": _BOT, "cancel": _CANCEL, "ticket": _TICKET,
}  # fmt: skip


def wish_in(text: str) -> str | None:
    """The first of: person, complaint, greet, thanks, bye, bot_challenge, cancel, ticket."""
    return next((wish for wish, words in _WISHES.items() if words.search(text)), None)


def pleads_for_person(text: str) -> bool:
    """Whether a message that may be about anything also asks, plainly, for a person."""
    return _PLEA.search(text) is not None and not is_question(text)


def is_question(text: str) -> bool:
    return _QUESTION.search(text.strip()) is not None


def asks_only_for_person(text: str) -> Language | None:
    """The language in which nothing but a person was asked for."""
    said = bare(text)
    return next((k for k, words in _ONLY_PERSON.items() if words.fullmatch(said)), None)


def bare(text: str) -> str:
    """Small letters, no accents, no marks: `¡Español, por favor!` is `espanol por favor`."""
    letters = unicodedata.normalize("NFKD", text.casefold())
    kept = "".join(c for c in letters if not unicodedata.combining(c))
    words = re.sub(r"[^\w]+", " ", unicodedata.normalize("NFC", kept))
    return " ".join(words.split())
