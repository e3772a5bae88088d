"""Equal information: what an open tender contains is told to all bidders alike, or to none.

Pure and narrow on purpose: a general question, or one about dates, places to click and rules, is
no question about content.
"""

import re

from bot.acting.gate import names_one_matter
from bot.spotting import TENDER

# What a bidder could gain from: specifications, criteria, quantities, drawings, substitutes.
_CONTENT = re.compile(
    r"\b(?:spec(?:s|ification\w*)?|technical requirements?|criteri(?:a|on)|scoring|weights?"
    r"|quantit\w+"
    r"|how many (?:units|pieces|chairs|items|hours)|dimensions?|measurements?|materials?|colou?rs?"
    r"|brands?|equivalents?|alternatives?|substitutes?|drawings?|blueprints?|bill of quantities"
    r"|delivery (?:place|address|floor|terms?|date)|warranty|samples?|scope of (?:work|services)"
    r"|item \d+|lot \d+|include[sd]?|armrests?|capacity|power|model|version)\b"
    r"|\b(?:especificaci\w+|requisitos? t[eé]cnicos?|criterios?|puntaje|ponderaci\w+"
    r"|cantidad(?:es)?"
    r"|cu[aá]nt[oa]s (?:unidades|piezas|sillas|horas)|medidas?|dimensiones|material(?:es)?"
    r"|color(?:es)?"
    r"|marcas?|equivalentes?|alternativas?|sustitut\w+|planos?|cat[aá]logo de conceptos"
    r"|(?:lugar|direcci[oó]n|fecha|plazo) de entrega|garant[ií]a de fabrica\w*|muestras?"
    r"|alcance (?:de|del)|partida \d+|incluye\w*|capacidad|potencia|modelo|versi[oó]n)\b"
    r"|규격|사양|시방|평가\s?기준|배점|물량|수량|몇\s?(?:개|대|명"
    r"|시간)|치수|크기|재질|색상|브랜드|동등"
    r"|대체\s?(?:품|가능)|도면|내역서|납품\s?(?:장소|기한|조건)"
    r"|하자\s?보증|견본|과업\s?(?:범위|내용)"
    r"|포함(?:되|인|돼)|용량|모델|버전",
    re.IGNORECASE,
)
# What is on the public card of a tender, or is about the way and not about the matter.
_OPEN_FACTS = re.compile(
    r"\b(?:deadline|clos(?:e|es|ing)|status|buyer|estimated value|value|opening|opens?|when"
    r"|until when"
    r"|how (?:do|can|to)|where|submit|sign|upload|register|withdraw|follow|who won|award(?:ed)?|fee"
    r"|complain\w*|guarantee|bid bond)\b"
    r"|\b(?:plazo(?! de entrega)|cierr[ae]|cierre|estado|comprador|valor estimado|apertura"
    r"|cu[aá]ndo"
    r"|hasta cu[aá]ndo|c[oó]mo|d[oó]nde|presentar|firmar|subir|registrar\w*|retirar|seguir"
    r"|qui[eé]n gan[oó]"
    r"|fallo|cuota|inconformidad|fianza)\b"
    r"|마감|상태|수요기관|추정가격|개찰|언제|어떻게(?!\s?(?:되|됐|돼))|어디서|제출|서명|업로드"
    r"|등록|철회|관심|낙찰|수수료|이의|보증금",
    re.IGNORECASE,
)
_REFERS = re.compile(
    r"\b(?:official(?:ly)?|clarification|publish(?:ed)?|everybody|all bidders|question period)\b"
    r"|\b(?:oficial(?:mente)?|aclaraci[oó]n|public(?:ad[ao]|ar|a)|todos los licitantes)\b"
    r"|공식|공개|질의|게시|모든\s?입찰자",
    re.IGNORECASE,
)
_MEASURE = re.compile(
    r"\d+(?:[.,]\d+)?\s?(?:%|mm|cm|m2|m²|kg|g|kw|w|v|gb|tb|ghz|inch(?:es)?|pieces|units|pcs|chairs"
    r"|hours|points|piezas|unidades|sillas|horas|puntos|pulgadas|개|대|명|시간|점|장|평)(?![a-z])",
    re.IGNORECASE,
)
_VERDICT = re.compile(
    r"^\W*(?:yes|no|correct|exactly|s[ií]|correcto|exacto|as[ií] es|네|예|아니요|맞습니다)\b",
    re.IGNORECASE,
)


def asks_content(text: str, *, of_a_tender: bool = False) -> bool:
    """Whether the words ask what a certain tender contains.

    `of_a_tender` says that the talk is about one already, so that the words need not name it.
    """
    if not (names_one_matter(text) or TENDER.search(text) or of_a_tender):
        return False
    content = _CONTENT.search(text)
    if content is None:
        return False
    # "When must samples be handed in?" is about a day; "which material, and when?" about both.
    return len(_CONTENT.findall(text)) > len(_OPEN_FACTS.findall(text)) or not _OPEN_FACTS.search(
        text
    )


# Words of the procedure: a question with one of them is no question on what is bought.
_PROCEDURE = re.compile(
    r"\b(?:answer(?:s|ed)?|repl(?:y|ies|ied)|respon[ds]\w*|register\w*|registration|sign(?:ed|ing)?"
    r"|signature|submit\w*|withdraw\w*|cancel\w*|how (?:do|can|should|could) (?:i|we)|fees?"
    r"|cost me|anonymous\w*|my name|our name|published"
    r"|visible|who (?:sees|can see|reads)|account|password|log ?in|portal|help ?desk|counsell?or"
    r"|opening hours|complain\w*|certificates?|how long does (?:that|it|this) take)\b"
    r"|\b(?:contest\w+|respond\w+|respuesta|registr\w+|dar(?:me|se)? de alta|firm(?:ar|a|o)"
    r"|present(?:ar|o)\b"
    r"|retir\w+|cancel\w+|c[oó]mo (?:puedo|podemos|me|nos|\w{3,}o)\b|cuota|cuesta|an[oó]nim\w+"
    r"|mi nombre|nuestro nombre|publica\w*|qui[eé]n (?:ve|lee)"
    r"|cuenta|contraseña|portal|mesa de ayuda|asesor\w*|horario|inconformidad\w*|constancias?"
    r"|cu[aá]nto (?:tarda\w*|demora\w*))\b"
    r"|답변|회신|등록|서명|제출|철회|취소|수수료|익명|이름|공개되|누가\s?(?:보|읽)|계정|비밀번호|로그인|포털|상담"
    r"|운영\s?시간|이의신청|증명서|(?:얼마나|오래)\s?걸",
    re.IGNORECASE,
)


def is_general(text: str) -> bool:
    """A question on the procedure, and not on what a tender contains."""
    return _PROCEDURE.search(text) is not None and not asks_content(text, of_a_tender=True)


def tells_content(draft: str, asked: str) -> bool:
    """Whether a draft answers in private what was asked about the content of an open tender."""
    measured = _MEASURE.search(draft) is not None
    if _REFERS.search(draft) and not measured:
        return False
    if measured or _CONTENT.search(draft):
        return True
    return asks_content(asked, of_a_tender=True) and _VERDICT.search(draft) is not None
