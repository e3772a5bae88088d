"""Which of the default desk's nine queues a matter belongs to."""

import re

from knowledge import topics

QUEUES = (
    "registration", "bidding", "contract", "payment", "sme_support", "technical", "complaint",
    "legal", "buyer_support",
)  # fmt: skip

# Rather specific words first: the first queue with the most hits wins.
_WORDS = {
    "payment": (
        r"pa(?:y|id|yment)|invoice|advance|money|loan|pago|pagan|pagar|pagado|factura|cobr"
        r"|anticipo|pr[eé]stamo"
        r"|대금|지급|돈|선금|계산서|송금|네트워크론"
    ),
    "technical": (
        r"log ?in|error|upload|browser|password|page|website|site|portal|crash|bug|screen"
        r"|down\b|technical"
        r"|sesi[oó]n|p[aá]gina|sistema|navegador|contraseña|contrasena|falla|ca[ií]do|subir|t[eé]cnic"
        r"|오류|에러|로그인|접속|화면|홈페이지|업로드|비밀번호|장애|안\s?돼|기술"
    ),
    "registration": (
        r"regist|sign(?:ing)? up|certificat|enrol|registr|inscri|certificado|등록|인증서|가입|지문"
    ),
    "bidding": (
        r"\bbid|tender|proposal|offer\b|award|opening|oferta|licitaci|propuesta|convocatoria"
        r"|apertura|fallo"
        r"|입찰|투찰|개찰|낙찰|공고|제안서"
    ),
    "contract": (
        r"contract|deliver|inspection|guarantee|bond|contrato|entrega|garant[ií]a|fianza"
        r"|penalizaci|계약|납품|검수|보증|지체상금"
    ),
    "sme_support": (
        r"\bsmes?\b|small (?:firm|business|compan)|women|disab|start-?up|innovat|pymes?"
        r"|pequeñ|mujer|discapacidad|innovaci"
        r"|중소기업|소기업|여성기업|장애인|창업|혁신|직접생산"
    ),
    "legal": (
        r"\blaws?\b|legal|article \d|\bact\b|interpret|court|\bley\b|jur[ií]dic"
        r"|art[ií]culo \d|reglamento|interpretaci"
        r"|법률|법령|법적|조항|유권해석|법무|소송"
    ),
    "complaint": (
        r"complain|unfair|grievance|objection|queja|inconformidad|reclam|injust|민원|불만|이의신청"
        r"|항의|불공정"
    ),
    "buyer_support": (
        r"as a buyer|purchasing officer|our (?:agency|ministry|city)|publish a tender"
        r"|soy comprador|[aá]rea requirente"
        r"|publicar una (?:licitaci|convocatoria)|수요기관|발주기관|구매담당|공고를?\s?(?:올|등록)"
    ),
}
_COMPILED = {queue: re.compile(words, re.IGNORECASE) for queue, words in _WORDS.items()}


def queue_of_topic(topic: str | None) -> str | None:
    """The queue of an article's topic; None for topics that any queue can take."""
    return topics.queue_of(topic or "")


def queue_of_words(text: str) -> str | None:
    """The queue whose words the text holds most of, or None when it holds none."""
    hits = {queue: len(words.findall(text)) for queue, words in _COMPILED.items()}
    best = max(hits, key=lambda queue: hits[queue])
    return best if hits[best] else None
