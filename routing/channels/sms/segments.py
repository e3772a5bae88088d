"""How many pieces of the network one SMS takes (3GPP TS 23.038 and 23.040)."""

BASIC = frozenset(
    "@£$¥èéùìòÇ\nØø\rÅåΔ_ΦΓΛΩΠΨΣΘΞÆæßÉ !\"#¤%&'()*+,-./0123456789:;<=>?¡ABCDEFGHIJKLMNOPQRSTUVWXYZ"
    "ÄÖÑÜ§¿abcdefghijklmnopqrstuvwxyzäöñüà"
)
EXTENDED = frozenset("^{}\\[~]|€\f")
GSM, GSM_JOINED = 160, 153
WIDE, WIDE_JOINED = 70, 67


def is_gsm(text: str) -> bool:
    """Whether the network's own small alphabet holds every letter."""
    return all(c in BASIC or c in EXTENDED for c in text)


def segments(text: str) -> int:
    """An emoji alone makes the whole text wide, and takes two places itself."""
    if is_gsm(text):
        places = len(text) + sum(c in EXTENDED for c in text)
        return 1 if places <= GSM else -(-places // GSM_JOINED)
    places = len(text.encode("utf-16-be", "surrogatepass")) // 2
    return 1 if places <= WIDE else -(-places // WIDE_JOINED)
