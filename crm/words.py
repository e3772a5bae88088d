"""Words as the record can keep them."""

import unicodedata


def storable(text: str) -> str:
    """The text without NUL, lone surrogates and invisible controls; line breaks and tabs stay."""
    if text.isprintable():  # nearly all of it is
        return text
    whole = text.encode("utf-16", "surrogatepass").decode("utf-16", "replace")
    return "".join(c for c in whole if c in "\n\t" or unicodedata.category(c) not in {"Cc", "Cs"})
