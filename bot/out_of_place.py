"""Words that want no understanding: orders to the machine itself, and numbers nobody asked for."""

import re

from bot.personal_numbers import MASK, masked
from bot.plain_words import is_question

# An order stands at the head of a clause; "the agency ignored its rules" tells about somebody.
_HEAD = (
    r"(?:^|[.!?,;:\n]\s*|\b(?:please|now|and|then|just|first|you (?:must|should|will|have to)|"
    r"por favor|ahora|y|luego|primero|debes?|tienes que|quiero que)\s+)\W*"
)
_WHOSE = r"(?:(?:all|any|every|everything|of|in|the|your|my|previous|prior|earlier|above|system) )*"
_WHAT = r"(?:instructions?|prompts?|directives?|guidelines?|programming|guardrails?|safety rules?)"
_ORDERS = re.compile(
    # English
    rf"{_HEAD}(?:ignore|disregard|forget|override|bypass|drop) {_WHOSE}{_WHAT}\b"
    rf"|{_HEAD}(?:ignore|disregard|forget) (?:all|everything|anything) (?:that )?"
    r"(?:(?:was|is|came|you were) )?(?:above|before|told|said|previous)"
    rf"|\b(?:reveal|print|show|repeat|output|display|tell|give|leak)\b.{{0,24}}"
    rf"\b(?:your|system|hidden|secret|initial|original|developer) (?:\w+ )?{_WHAT}\b"
    rf"|\b(?:developer|dan|jailbreak|god|debug) mode\b|{_HEAD}(?:enter|enable) jailbreak"
    rf"|{_HEAD}(?:pretend (?:to be|you are|that you)|act as if you|role-?play as)\b"
    r"|\b(?:from now on|you are now) (?:you (?:are|will)|an? |in |free|dan\b|no longer)"
    # Spanish
    rf"|{_HEAD}(?:ignora|ignore|olvida|olvide|omite|descarta|desobedece|haz caso omiso de)\s+"
    r"(?:(?:todas?|todos?|las|los|tus?|sus?|mis|anteriores|previas|de) )*"
    r"(?:instruccion(?:es)?|indicaciones|[oó]rdenes|reglas|directivas|prompts?|programaci[oó]n)\b"
    rf"|{_HEAD}(?:ignora|olvida|olvide) (?:todo )?lo (?:anterior|que te (?:han )?di\w+|de arriba)"
    r"|\b(?:revela|revele|muestra|mu[eé]strame|imprime|repite|dime|dame|ens[eé][nñ]ame)\b.{0,24}"
    r"(?:\btus? (?:instrucciones|prompt|reglas|mensaje de sistema)|\bprompt (?:del? )?sistema)"
    rf"|\bmodo (?:desarrollador|dios|dan|sin restricciones)\b"
    rf"|{_HEAD}(?:finge (?:ser|que)|haz de cuenta que eres|simula (?:ser|que eres)|"
    r"act[uú]a como si)\b|\b(?:a partir de|desde) ahora (?:eres|ser[aá]s|act[uú]a)"
    # Korean
    r"|(?:이전|앞선|앞의|위의|지금까지(?:의)?|기존|원래|너의|네|니|당신의|시스템|모든|내부)\s?"
    r"(?:모든\s?|시스템\s?)?(?:지시|명령|지침|프롬프트|설정)(?:\s?사항|\s?문|어)?(?:들)?(?:을|를|은|는)?"
    r"\s?(?:다|모두|전부|싹)?\s?"
    r"(?:무시(?:해|하고(?! (?:계약|입찰|낙찰|진행|발주))|하세요|하십시오|하시오|하라)|잊어|잊고|"
    r"따르지 ?마|어겨)"
    r"|(?:시스템|숨겨진|내부|초기|너의|네|당신의)\s?(?:프롬프트|지시(?:문|사항)?|지침|명령어?)"
    r"(?:을|를)?\s?(?:\S+ )?(?:보여|출력|공개|알려|말해|그대로|써)"
    r"|개발자 ?모드|탈옥 ?모드|제한 ?없는 ?모드"
    r"|(?:지금|이제)부터 ?(?:너는|넌|당신은|네가)|(?:너는|넌|당신은) ?(?:이제|지금)부터"
    r"|인 ?(?:척|것처럼) ?(?:해|행동|대답|말해)",
    re.IGNORECASE,
)
_WORDS_AROUND = 6  # more words than these say what somebody wants besides


def orders_the_machine(text: str) -> bool:
    """Whether a message wants the assistant to be something else, or to show how it is made."""
    return _ORDERS.search(text) is not None


def hands_out_a_number(text: str) -> bool:
    """Whether a message is hardly more than a card's, a person's or an account's number."""
    hidden = masked(text)
    if hidden == text or is_question(text):
        return False
    return len(re.findall(r"[^\W\d_]+", hidden.replace(MASK, " "))) <= _WORDS_AROUND
