"""A web page as Safari saves it: a property list whose main resource is the page."""

import plistlib
from typing import Any

from knowledge.importing import html
from knowledge.importing.decoding import known
from knowledge.importing.port import Text, Unreadable


def read(content: bytes) -> Text:
    try:
        main: Any = plistlib.loads(content)["WebMainResource"]
        page, encoding = main["WebResourceData"], main.get("WebResourceTextEncodingName")
    except (plistlib.InvalidFileException, KeyError, TypeError, ValueError) as error:
        raise Unreadable("broken") from error
    except RecursionError as error:
        raise Unreadable("too_deep") from error
    if not isinstance(page, bytes) or not page.strip():
        raise Unreadable("empty")
    return html.read(page, known(encoding if isinstance(encoding, str) else None))
