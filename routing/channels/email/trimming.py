"""What the person wrote this time: earlier mails, signatures and boilerplate left out.

Three languages, line by line, and in doubt the text stays: the whole is kept beside it anyway.
"""

import re

# "On Fri, 20 Nov 2026, Kim <k@x> wrote:", in one line or broken over up to three.
ATTRIBUTION = re.compile(
    r"^(?:on\b.{4,300}\bwrote|el\b.{4,300}\bescribi[óo]|le\b.{4,300}\ba écrit"
    r"|\d{4}[년.\-/].{4,300}(?:님이\s*)?(?:작성|쓰신|썼습니다|보낸 메시지)"
    r"|.{0,100}<[^<>\s]+@[^<>\s]+>.{0,60}(?:님이\s*)?(?:작성|쓴 글|wrote|escribi[óo]))\s*:?\s*$",
    re.IGNORECASE,
)
DIVIDER = re.compile(
    r"^\s*[-_]{2,}\s*(?:original message|mensaje original|원본\s*메(?:시지|일)|original\s*mail"
    r"|원문|reply message|mensaje citado)\s*[-_]*\s*$",
    re.IGNORECASE,
)
FROM = re.compile(r"^\W{0,3}(?:from|de|보낸\s?사람|발신)\s*\W{0,3}:", re.IGNORECASE)
OTHER_HEADER = re.compile(
    r"^\W{0,3}(?:sent|date|to|subject|cc|enviado|enviado el|fecha|para|asunto"
    r"|보낸\s?날짜|날짜|받는\s?사람|수신|참조|제목)\s*\W{0,3}:",
    re.IGNORECASE,
)
SIGNATURE = re.compile(r"^--\s?$|^__\s*$")
SENT_FROM = re.compile(
    r"^\W*(?:sent from my|sent from|get outlook for|enviado desde|obtener outlook"
    r"|나의 \w+에서 보냄|내 \w+에서 보냄|.{2,30}에서 보냈습니다"
    r"|ios용 outlook|android용 outlook).{0,60}$",
    re.IGNORECASE,
)
BOILERPLATE = re.compile(
    r"(?:this (?:e-?mail|message).{0,200}(?:confidential|privileged|intended)"
    r"|(?:este (?:correo|mensaje)|la informaci[óo]n contenida).{0,200}(?:confidencial|privilegiad)"
    r"|(?:이|본) (?:메일|이메일|메시지|전자우편).{0,200}(?:기밀|비밀|수신인|지정된)"
    r"|please consider the environment|antes de imprimir|인쇄하기 전)",
    re.IGNORECASE | re.DOTALL,
)
FORWARDED = re.compile(r"^\s*(?:fwd?|fw|rv|reenv|전달)\s*:", re.IGNORECASE)
LONGEST_SIGNATURE = 12


def trimmed(text: str, subject: str = "") -> str:
    """The new part of a mail's text. A forwarded mail is its own content and stays whole."""
    lines = text.replace("\r\n", "\n").replace("\r", "\n").split("\n")
    if not FORWARDED.match(subject):
        lines = _without_quotes(lines)
    lines = _without_signature(lines)
    kept = _without_boilerplate("\n".join(lines)).strip()
    return kept or text.strip()


def _without_quotes(lines: list[str]) -> list[str]:
    kept: list[str] = []
    n = 0
    while n < len(lines):
        line = lines[n]
        if DIVIDER.match(line) or _is_header_block(lines, n):
            break
        if line.lstrip().startswith(">"):
            n += 1
            continue
        length = _attribution(lines, n)
        if length:
            if _next_is_quoted(lines, n + length):
                n += length
                continue
            break
        kept.append(line)
        n += 1
    return kept if any(line.strip() for line in kept) else lines


def _attribution(lines: list[str], n: int) -> int:
    """How many lines from `n` on say who wrote what follows; 0 when none does."""
    for length in (1, 2, 3):
        together = [line.strip() for line in lines[n : n + length]]
        joined = " ".join(together)
        if len(joined) > 400 or not all(together):
            return 0
        if ATTRIBUTION.match(joined) and re.search(r"\d|@", joined):
            return length
    return 0


def _next_is_quoted(lines: list[str], n: int) -> bool:
    following = [line for line in lines[n : n + 3] if line.strip()]
    return bool(following) and following[0].lstrip().startswith(">")


def _is_header_block(lines: list[str], n: int) -> bool:
    """Outlook's "From: … Sent: … To: …" above the mail that is answered."""
    if not FROM.match(lines[n]):
        return False
    return sum(bool(OTHER_HEADER.match(line)) for line in lines[n + 1 : n + 6]) >= 2


def _without_signature(lines: list[str]) -> list[str]:
    for n, line in enumerate(lines):
        if SIGNATURE.match(line) and len(lines) - n <= LONGEST_SIGNATURE:
            lines = lines[:n]
            break
    while lines and (not lines[-1].strip() or SENT_FROM.match(lines[-1])):
        lines = lines[:-1]
    return lines


def _without_boilerplate(text: str) -> str:
    paragraphs = re.split(r"\n\s*\n", text)
    while len(paragraphs) > 1 and BOILERPLATE.search(paragraphs[-1][:1000]):
        paragraphs.pop()
    return "\n\n".join(paragraphs)
