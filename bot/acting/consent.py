"""What is a plain yes and what a plain no, in three languages. Pure, and narrow on purpose.

A yes says yes or orders the act ("go ahead", "envíala", "진행해 주세요"), with nothing beside it.
"Ok", "vale" or "좋아요" alone may only mean "I see", so they count beside an order and not by
themselves. The act's own verb orders it ("withdraw it") only behind a yes, because before one the
same words may ask for something else.
"""

import re
from dataclasses import dataclass

_THING = (
    r"(?: it| that| this| them| (?:the|my|our) (?:bid|offer|question|request|complaint|tender))"
)
_KO_PLEASE = r"(?:줘요?|주세요|주십시오|주시기 바랍니다)"
_KO_ENDING = (
    rf"\s?(?:해\s?)?(?:{_KO_PLEASE}|하세요|하십시오|할게요|하겠습니다|합니다|했(?:어요|습니다)|해요?"
    r"|하시면 됩니다|(?:좀 )?부탁(?:드립니다|드려요|해요|합니다))"
)


@dataclass(frozen=True, slots=True)
class _Form:
    """`agree` says yes by itself or behind one; `soft` stands before an order; `polite` behind."""

    yes: str
    agree: str
    soft: str
    order: str
    polite: str


_FORMS = (
    _Form(
        yes=r"ye+s+|y|yea+h*|ye+p+|yup|yea|aye",
        agree=r"absolutely|definitely|of course|certainly|correct|(?:i )?confirm(?:ed)?(?: it"
        r"| that)?"
        r"|i agree|(?:that is|that's|it is|it's|all|looks|everything is) (?:right|correct)",
        soft=r"ok|okay|sure|alright|all right|right|fine|good|great|perfect",
        order=r"(?:please )?(?:just )?(?:go (?:right )?(?:ahead|on)(?: and (?:do|send|submit"
        r"|post) (?:it|so|that))?|go for it|do (?:it|so|that)"
        r"|please do|proceed|carry on|you (?:may|can) (?:proceed|go ahead)"
        rf"|(?:send|submit|post|publish|file|record){_THING}(?: in| off)?)(?: with it)?",
        polite=r"please|now|then|thanks|thank you|(?:thank you|thanks) (?:very|so) much",
    ),
    _Form(
        yes=r"s[ií]+p?",
        agree=r"claro(?: que s[ií])?|por supuesto|desde luego|correcto|exacto|as[ií] es|que s[ií]"
        r"|(?:es|est[aá])(?: todo)? correcto|todo correcto|(?:lo )?confirm(?:o|ado|ar)"
        r"|(?:lo )?acepto",
        soft=r"ok|okey|vale|bueno|bien|est[aá] bien|perfecto|de acuerdo|muy bien|listo",
        order=r"(?:h[aá]g[ao]|haz|h[aá]gan)(?:me)?l[aeo]s?|adelante|dale|proced[ae](?:r|n)?"
        r"|contin[uú][ea]|enviar|puedes? (?:proceder|continuar)"
        r"|(?:env[ií][ae]|m[aá]nd[ae]|present[ae]|pres[eé]nt[ae]|publ[ií](?:ca|que)|reg[ií]str[ae])"
        r"(?:me)?l[aeo]s?",
        polite=r"por favor|porfa(?:vor)?|gracias|muchas gracias|ya|ahora|pues",
    ),
    _Form(
        yes=r"네+|넵|넹|넷|예+|옙|응+|웅",
        agree=r"그래요?|그럼요|맞(?:아요?|습니다)|물론(?:이죠|입니다)?"
        r"|(?:확인|동의)(?:합니다|했(?:어요|습니다)|해요)?",
        soft=r"좋(?:아요?|습니다)|오케이|ㅇㅋ|ok|알겠(?:어요|습니다)",
        order=r"(?:그렇게|그대로|이대로|바로|지금|어서|그럼|그러면)?\s?"
        rf"(?:(?:진행|처리|제출|등록|게시|공개|접수|전송|승인|보내|올려|남겨|넣어)(?:을|를)?{_KO_ENDING}|해\s?{_KO_PLEASE})"
        r"|(?:그대로 )?진행|보내기|그렇게 해(?:요)?|(?:그렇게 )?(?:좀 )?부탁(?:드립니다|드려요|해요"
        r"|합니다)",
        polite=r"감사합니다|고마워요?|고맙습니다|지금|바로",
    ),
)
# The act's own verb, behind a yes.
_OWN = {
    "bid": rf"(?:submit|send|bid)(?:{_THING})?|of[eé]rt[ae]\w*|투찰",
    "submit_bid": r"submit|제출",
    "amend_bid": rf"(?:change|lower|raise|amend|update){_THING}|c[aá]mbi[ae]\w*|변경|수정",
    "withdraw_bid": rf"(?:withdraw|pull|take back|remove){_THING}|ret[ií]r[ae]\w*|철회",
    "withdraw_complaint": rf"(?:withdraw|drop|take back){_THING}|ret[ií]r[ae]\w*|취하",
    "question": rf"(?:ask|post|publish){_THING}|preg[uú]nt\w+|질의",
    "complaint": rf"(?:file|lodge|submit){_THING}|present\w+|이의신청",
    "follow": rf"(?:follow|watch){_THING}|s[ií]g(?:ue|a)\w*|관심 등록",
    "unfollow": rf"(?:stop|unfollow)(?: following)?{_THING}?|d[eé]j[ae]\w*|해제|꺼",
    "request_certificate": rf"(?:request|ask for){_THING}|solic[ií]t\w+|p[ií]d\w+|신청|요청|발급",
    "publish_tender": rf"publish{_THING}|publ[ií]\w+|공고",
    "answer_question": rf"(?:answer|publish|post){_THING}|resp[oó]nd\w+|답변",
    "extend": rf"extend{_THING}|ampl[ií]\w+|연장",
    "cancel_tender": rf"cancel{_THING}|canc[eé]l[ae]\w*|취소",
    "award": rf"award{_THING}|adjud[ií]\w+|낙찰",
    "reject_bid": rf"reject{_THING}|des[eé]ch\w+|rech[aá]z\w+|제외",
    "activate_contract": rf"activate{_THING}|act[ií]v\w+|활성화",
    "payment": rf"(?:pay|approve|record){_THING}|ap(?:rueb|rob)\w+|reg[ií]str\w+|지급|승인",
    "close_contract": rf"close{_THING}|ci[eé]rr\w+|종료",
    "approve_certificate": rf"approve{_THING}|ap(?:rueb|rob)\w+|승인",
}
_NO_WORD = r"no+|nope|nah|na|아니+(?:요|오|야|다)?|아뇨|ㄴㄴ"
_NO_ORDER = (
    r"(?:please )?(?:don'?t|do not)(?: (?:do|send|submit|post|publish|file)(?: it| that)?)?"
    r"|(?:never ?mind|forget (?:it|about it)|leave it|drop(?: it)?|stop|cancel)"
    r"|(?:i )?(?:changed my mind|don'?t want (?:it|that|to))"
    r"|mejor no|no (?:lo|la) (?:env[ií]\w+|mand\w+|present\w+|publi\w+|hag\w+)|no (?:hace falta)"
    r"|(?:ya )?no (?:lo )?quiero|d[eé]jalo(?: as[ií])?|olv[ií]dal[oa]|cancel(?:a|ar|e|ado)"
    r"|(?:보내|하|제출하|진행하|등록하|게시하)지 ?(?:마(?:세요|십시오|요)?|말아 ?(?:줘|주세요))"
    r"|(?:안|그만) ?(?:할래요?|할게요?|할래|하겠습니다|둘게요)|됐(?:어요?|습니다)|싫(?:어요?"
    r"|습니다)"
    r"|취소(?:할게요|해 ?(?:줘|주세요))?"
)
_NO_POLITE = (
    r"thanks?|thank you|please|gracias|por favor|ya|아|감사합니다|h+m+|oh|ah"
    r"|on second thoughts?"
    r"|actually|sorry|perd[oó]n|pens[aá]ndolo bien|생각해 보니|음|그냥"
)
LONGEST = 100  # a yes or a no is short; what is longer says something else
_BREAK = r"[\s,.!;]+"


def is_plain_yes(text: str, kind: str = "") -> bool:
    """A yes and nothing beside it: "yes, but for 40,000" is none, and "yes?" asks.

    `kind` is the act that the yes would set off.
    """
    said = _bare(text)
    if "?" in text or "？" in text or len(said) > LONGEST:
        return False
    return any(_says_yes(said, form, _OWN.get(kind)) for form in _FORMS)


def agrees(text: str) -> bool:
    """A yes to a question: an order beside it is one, an order alone ("go ahead") says nothing."""
    said = _bare(text)
    if "?" in text or "？" in text or len(said) > LONGEST:
        return False
    ways = (
        rf"{_agreement(form)}(?:{_BREAK}(?:{form.order}))*{_end(form)}" for form in _FORMS
    )  # fmt: skip
    return any(re.fullmatch(way, said, re.IGNORECASE) for way in ways)


def is_plain_no(text: str) -> bool:
    """A no and nothing beside it; "oh, sorry" says none."""
    no = rf"(?:{_NO_WORD}|{_NO_ORDER})"
    said = _bare(text)
    if len(said) > LONGEST:
        return False
    whole = rf"(?:(?:{_NO_POLITE}){_BREAK})*{no}(?:{_BREAK}(?:{no}|{_NO_POLITE}))*"
    return re.fullmatch(whole, said, re.IGNORECASE) is not None


def calls_off(text: str) -> bool:
    """A no that ends what was begun: "never mind", "mejor no, déjalo", "안 할래요"."""
    said = _bare(text)
    if len(said) > LONGEST or not is_plain_no(said):
        return False
    return re.search(rf"(?<!\w)(?:{_NO_ORDER})(?!\w)", said, re.IGNORECASE) is not None


def _says_yes(said: str, form: _Form, own: str | None) -> bool:
    end = _end(form)
    leads = rf"(?:(?:{form.soft}|{form.yes}|{form.agree}|{form.polite}){_BREAK})*"
    orders = rf"(?:{form.order})(?:{_BREAK}(?:{form.order}))*"
    ways = [_agreement(form) + end, leads + orders + end]
    if own is not None:
        behind_yes = (
            rf"(?:(?:{form.soft}){_BREAK})?(?:{form.yes}){_BREAK}(?:(?:{form.polite}){_BREAK})?"
        )
        ways.append(rf"{behind_yes}(?:{own})(?:{_KO_ENDING})?{end}")
    return any(re.fullmatch(way, said, re.IGNORECASE) for way in ways)


def _agreement(form: _Form) -> str:
    # The same word twice is one yes; two different ones may be two thoughts.
    first = rf"(?P<yes>{form.yes})(?:{_BREAK}?(?P=yes))?|{form.agree}"
    return rf"(?:{first})(?:{_BREAK}(?:{form.agree}))*"


def _end(form: _Form) -> str:
    return rf"(?:{_BREAK}(?:{form.polite}))*"


def _bare(text: str) -> str:
    return " ".join(re.sub(r"^[\s¡¿\"'«]+|[\s.!?。…~^\"'»]+$", "", text).split())
