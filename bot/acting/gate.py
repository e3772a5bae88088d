"""Whether words ask the desk to act, or ask how acting is done. Standard library only.

"How do I withdraw a bid?" is for the articles; "withdraw my bid" is an act. Rasa's classifier asks
this before it lets an act stand, so a question never opens a form.
"""

import re

from bot.spotting import TENDER

_POLITE = re.compile(
    r"^\W*(?:please\s+)?(?:can|could|would|will) you\b|^\W*¿?\s*(?:puedes?|podr[ií]as?"
    r"|podr[ií]an)\b"
    r"(?! (?:un|una|el|la|los|las|alguien|cualquier))"
    r"|^\W*(?:\w+ \w+,? )?¿?\s*(?:ser[ií]as? tan amable|me (?:puedes?|podr[ií]as?|ayudas?|haces?"
    r"|avisas?))\b|^\W*(?:would you mind|good \w+,? (?:can|could|would|will) you)\b"
    r"|^\W*(?:\w+ ){0,2}(?:me |nos |l[aeo]s? )?[a-záéíóú]{3,}r[ií]as\b"
    r"|\b(?:can|could|would) (?:you|someone|somebody)\b|\balguien (?:me|nos) (?:puede|podr[ií]a)\b"
    r"|부탁\s?(?:드려도|해도)\s?될까요\W*$"
    r"|(?:줄래요|주실래요|주시겠(?:어요|습니까)|주실\s?수\s?있(?:나요|을까요|어요|습니까)"
    r"|줄\s?수\s?있(?:나요|어요)|해\s?주세요|할게요)\W*$",
    re.IGNORECASE,
)
_HOW = re.compile(
    r"\b(?:how (?:do|can|to|should|does|much|long|many)|what (?:happens|documents|do i need|is a)"
    r"|when (?:do|can|must|should) (?:i|we|you)|where (?:do|can|must) (?:i|we)|why|may i|can i"
    r"|can (?:a|an|the|we|one|bidders?|suppliers?)|is it (?:possible|allowed)|am i (?:allowed|able)"
    r"|do i (?:need|have)|who (?:can|may)|which (?:documents|papers)|until when (?:can|may|must))\b"
    r"|\b(?:c[oó]mo|qu[eé] (?:pasa|documentos|necesito|es)|se puede|puedo|podemos|es posible"
    r"|hasta cu[aá]ndo (?:puedo|se puede|podemos)|por ?qu[eé]|hay que|qui[eé]n puede|d[oó]nde (?:se"
    r"|puedo))\b"
    r"|어떻게(?!\s?(?:되|됐|돼|진행))|방법|절차|왜|해도\s?되|할\s?수\s?있(?:나요|어요"
    r"|습니까|을까요)|가능한(?:가요|지)|무엇이\s?필요"
    r"|필요한\s?(?:서류|것)|언제까지\s?(?:해야|할|제출|철회|내)",
    re.IGNORECASE,
)
_QUESTION = re.compile(
    r"[?？¿]|^\W*(?:a |de |en |por |con )?(?:qui[eé]n(?:es)?|cu[aá]l(?:es)?|cu[aá]ndo|d[oó]nde"
    r"|cu[aá]nt[oa]s?|qu[eé])\b|^\W*(?:how|what|when|where|why|which|who|can|could|do|does|did|is|are|will|would"
    r"|should|must|may)\b"
    r"|(?:나요|까요|습니까|인가요|은가요|는지요|될까|뭐예요|뭔가요|뭐죠|언제|얼마나|어떻게)\W*$",
    re.IGNORECASE,
)
# A fact of one tender, bid or contract is asked for as a question by nature.
_LOOK_UPS = frozenset(
    {"find_tenders", "tender_status", "bid_status", "award_result", "contract_status",
     "payment_status"}
)  # fmt: skip
_ONE_MATTER = re.compile(
    r"\b(?:my|our|that|this|the same|the) (?:\w+ ){0,2}(?:tender|bid|offer|contract|award|payment"
    r"|invoice|complaint|notice)s?\b|\bdid (?:i|we) win\b|\bwho won\b|\bhave (?:i|we) been paid\b"
    r"|\b(?:mi|nuestra?|es[ea]|est[ea]|la misma) (?:\w+ ){0,2}(?:licitaci[oó]n|oferta|contrato"
    r"|fallo"
    r"|pago|factura|propuesta)\b|\bqui[eé]n gan[oó]\b|\bgan[eé]\b|\bganamos\b"
    r"|\bme (?:han )?pagado\b"
    r"|(?:제|내|저희|우리|그|이|해당)\s?(?:입찰|공고|계약|투찰|대금|건)|누가\s?(?:낙찰|이겼)|낙찰됐"
    r"|(?:낙찰|개찰)\s?결과",
    re.IGNORECASE,
)
# Words that go on about a matter already spoken of: "has it been paid yet?", "그거 언제까지예요?".
_GOES_ON = re.compile(
    r"\b(?:this|that) one\b|\b(?:is|has|was|did|does|until when is) (?:it|they)\b|\bi have left\b"
    r"|\b(?:the|our|my) (?:\w+ )?(?:money|instal?ment|winner|decision|deadline|closing (?:date"
    r"|time))\b"
    r"|\bpa(?:y|id) (?:it|us|me)\b|\bbeen (?:paid|awarded|signed)\b|\bwas it (?:paid|awarded"
    r"|signed)\b"
    r"|\b(?:me|nos|l[oa]s?) (?:han )?pag(?:ado|aron|[oó])\b|\bse (?:la|lo) dieron\b"
    r"|\ble adjudicaron\b"
    r"|\bya (?:est[aá]|lleg[oó]|sali[oó]|se|lo|la|hay|gan[oó])\b|\bme queda\b"
    r"|\best[aá] (?:firmad|abiert)"
    r"|\b(?:el|la) (?:dinero|fallo|pago|anticipo|factura|contrato|ganador|cierre|fecha)\b"
    r"|\b(?:[eé]sa|[eé]se|[eé]sta|esa|ese|la que)\b"
    r"|(?:대금|돈|선금|지급|서명)\S*\s?(?:들어왔|입금|지급|됐|되었|나왔)|그거|그건|이거|이건|그\s?건|이\s?건|얼마나\s?남"
    r"|얼마에\s?낙찰|마감일이\s?언제|아직\s?(?:열려|진행|접수)|\bsigue abiert|\bstill open\b",
    re.IGNORECASE,
)
_SEARCHES = re.compile(
    r"\b(?:tenders?|notices?|opportunit\w+|calls? for (?:bids|tenders)|licitaci[oó]n(?:es)?"
    r"|convocatorias?|concursos?|buying|purchasing|procuring|licitando|comprando)\b|공고|입찰|발주"
    r"|\b(?:bid on|to buy|closes? (?:before|this|within))\b|^\W*(?:find|search)\b"
    r"|\b(?:quiere comprar|cierra (?:antes|esta)|en lo que pueda ofertar)\b|^\W*(?:encu[eé]ntr"
    r"|b[uú]sc)"
    r"|구매하(?:려|나)|찾아\s?(?:줘|주세요)",
    re.IGNORECASE,
)


def names_one_matter(text: str) -> bool:
    """A tender number, or words for one certain tender, bid or contract."""
    return TENDER.search(text) is not None or _ONE_MATTER.search(text) is not None


def asks_the_way(text: str) -> bool:
    """Words for how something is done, or whether it may be."""
    return _HOW.search(text) is not None


def is_act(label: str, text: str) -> bool:
    """Whether words that sound like this act really ask for it."""
    if label == "find_tenders":
        return _SEARCHES.search(text) is not None and _HOW.search(text) is None
    if label in _LOOK_UPS:
        named = names_one_matter(text) or _GOES_ON.search(text) is not None
        return named and _asks_of_one(text)
    if _POLITE.search(text):
        return _HOW.search(_POLITE.sub(" ", text)) is None
    if TENDER.search(text) is None and _HOW.search(text):
        return False
    return _QUESTION.search(text.strip()) is None or _says_what(text)


def _asks_of_one(text: str) -> bool:
    # "How do I see the result of my bid?" asks for the way, not for the result.
    way = re.search(
        r"\bhow (?:do|can|to)\b|\bd[oó]nde (?:veo|puedo|se)\b|\bc[oó]mo (?:veo|puedo|se|consulto)\b"
        r"|어떻게(?!\s?(?:되|됐|돼|진행))|어디서|(?:얼마나|오래)\s?걸|\bhow long does\b"
        r"|\bcu[aá]nto (?:tarda|demora)",
        text,
        re.IGNORECASE,
    )
    return way is None or TENDER.search(text) is not None


def _says_what(text: str) -> bool:
    """The act comes first and the question is what it carries: "ask: is delivery included?"."""
    head = re.split(r"[:：\"“«]", text, maxsplit=1)
    return len(head) == 2 and _QUESTION.search(head[0].strip()) is None
