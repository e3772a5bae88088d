"""What somebody comes for, besides a person to talk to.

That many want a person at once says nothing of why. So the words that only ask for one are left out
before what people came with is compared: a run of words of wishing that names a person.
"""

import re

_WORD = re.compile(r"[^\W_]+(?:['’][^\W_]+)*")
# Who is asked for.
_PERSON = re.compile(
    r"person|people|human|agent|operator|counsell?ors?|representative|rep|advis[eo]r|someone|somebody"
    r"|persona|humano|humana|alguien|asesora?|agente|operadora?|ejecutiv[oa]|representante"
    r"|(?:상담|사람|담당자|직원|안내원)\S*|연결\S*|바꿔\S*",
    re.IGNORECASE,
)
# With what it is asked for: wishing, talking, politeness, haste.
_WISHING = re.compile(
    r"i|i'?m|i'?d|me|we|us|you|a|an|the|my|your|to|with|for|of|at|on|about|through|is|there|any|not|no"
    r"|want|need|would|like|can|could|may|must|have|let|get|give|put|bring|pass|connect|transfer"
    r"|talk|talking|speak|speaking|chat|call|reach|contact|being|real|live|actual|staff|member"
    r"|customer|service|support|desk|help|hi|hello|hey|good|morning|afternoon|evening|please|pls"
    r"|thanks?|thank|now|right|away|immediately|urgent|urgently|asap|just|directly|bot|robot|machine"
    r"|quiero|quisiera|necesito|deseo|puedo|pueden?|podr[ií]an?|me|nos|yo|se|hablar|habl[oe]"
    r"|comun[ií]\w*|p[aá]s[ea]\w*|con[eé]ct\w*|contact\w+|at(?:i?[eé])nd\w*|con|un|una|el|la|los|las|de"
    r"|del|al|por|para|favor|gracias|hola|buen[oa]s|d[ií]as|tardes|noches|real|verdad|ahora|ya|mismo"
    r"|directamente|solo|sólo|s[ií]|ayuda|ay[uú]d\w*|urgente|urge|su|mi|que|alg[uú]n|alguna|otra"
    r"|(?:통화|이야기|얘기|말씀|대화|전화|불러|부탁|싶|원해|원합|안녕|급|직접|빨리|감사|주[세시실]|주$|줘|할|있[나을어으])\S*"
    r"|좀|지금|바로|당장|제발|하고|해|수|그냥|저|네|저기요|여기요|한|분|님|도와\S*|로|랑",
    re.IGNORECASE,
)


def cause(text: str) -> str:
    """The text without what only asks for a person; empty where it asks for nothing else."""
    words = [(m.start(), m.end(), m.group()) for m in _WORD.finditer(text)]
    if all(_is_wish(word) for _, _, word in words):
        return ""
    kept, begin, at = [], 0, 0
    while at < len(words):
        end = at
        while end < len(words) and _is_wish(words[end][2]):
            end += 1
        if any(_PERSON.fullmatch(word) for _, _, word in words[at:end]):
            kept.append(text[begin : words[at][0]])
            begin = words[end - 1][1]
        at = max(end, at + 1)
    kept.append(text[begin:])
    return " ".join("".join(kept).split()).strip(" ,.;:!?¡¿")


def _is_wish(word: str) -> bool:
    return bool(_PERSON.fullmatch(word) or _WISHING.fullmatch(word))
