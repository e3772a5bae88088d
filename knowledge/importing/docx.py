"""A Word document: opened only after it was shown to be small and without entities."""

import io
import re
import zipfile
from collections.abc import Iterator
from typing import Any

from defusedxml import DefusedXmlException
from defusedxml.ElementTree import ParseError, fromstring
from docx.document import Document
from docx.enum.style import WD_STYLE_TYPE
from docx.opc.part import PartFactory
from docx.oxml.exceptions import InvalidXmlError
from docx.oxml.ns import qn
from docx.package import Package
from docx.parts.document import DocumentPart
from docx.styles.style import ParagraphStyle

from knowledge.importing import tables
from knowledge.importing.port import (
    MAX_PARTS,
    MAX_RATIO,
    MAX_UNPACKED,
    Note,
    Text,
    Unreadable,
)

# Documents with macros, and templates, are documents too: nothing in them is run.
OTHER_TYPES = (
    "application/vnd.ms-word.document.macroEnabled.main+xml",
    "application/vnd.openxmlformats-officedocument.wordprocessingml.template.main+xml",
    "application/vnd.ms-word.template.macroEnabledTemplate.main+xml",
)
PartFactory.part_type_for.update(dict.fromkeys(OTHER_TYPES, DocumentPart))
P, TABLE, ROW, CELL = qn("w:p"), qn("w:tbl"), qn("w:tr"), qn("w:tc")
SDT, SDT_CONTENT = qn("w:sdt"), qn("w:sdtContent")
BOX = qn("w:txbxContent")
MOVED_AWAY = qn("w:moveFrom")
STRUCK, HIDDEN = ("w:strike", "w:dstrike"), ("w:vanish",)
OFF = frozenset({"0", "false", "off"})
SPOKEN = {qn("w:tab"): " ", qn("w:br"): "\n", qn("w:cr"): "\n", qn("w:noBreakHyphen"): "-"}
HEADING = re.compile(r"heading (\d)", re.IGNORECASE)
SMALL = 100_000  # what packs well but is small harms nobody
BLOCK_MARK = re.compile(r"^(#|>)", re.MULTILINE)


def read(content: bytes) -> Text:
    _check(content)
    try:
        document = Package.open(io.BytesIO(content)).main_document_part.document
        blocks = list(_blocks(document, document.element.body))
    except RecursionError as error:
        raise Unreadable("too_deep") from error
    except (KeyError, ValueError, AttributeError, zipfile.BadZipFile, InvalidXmlError) as error:
        raise Unreadable("broken") from error
    title = next((text for level, text in blocks if level == 0), "")
    title = title or " ".join((document.core_properties.title or "").split())
    title = title or next((text for level, text in blocks if level == 1), "")
    lines = [f"{'#' * level} {text}" if level else text for level, text in blocks if level != 0]
    return Text(title, "\n\n".join(_with_lists_closed(lines)), tuple(_notes(document)))


def _check(content: bytes) -> None:
    """Raises Unreadable for a package that is locked, made to swell, or draws things in."""
    try:
        package = zipfile.ZipFile(io.BytesIO(content))
        parts = package.infolist()
        if any(part.flag_bits & 1 for part in parts):
            raise Unreadable("encrypted")
        if len(parts) > MAX_PARTS or sum(part.file_size for part in parts) > MAX_UNPACKED:
            raise Unreadable("bomb")
        if any(p.file_size > max(SMALL, MAX_RATIO * p.compress_size) for p in parts):
            raise Unreadable("bomb")
        for part in parts:
            if part.filename.endswith((".xml", ".rels")):
                fromstring(package.read(part), forbid_dtd=True)
    except DefusedXmlException as error:
        raise Unreadable("entities") from error
    except (zipfile.BadZipFile, ParseError, NotImplementedError, OSError, EOFError) as error:
        raise Unreadable("broken") from error


def _blocks(document: Document, body: Any) -> Iterator[tuple[int | None, str]]:
    """(level, text): level 0 is the title, 1 to 6 are headings, None is everything else."""
    for element in body:
        if element.tag == P:
            yield from _paragraph(document, element)
        elif element.tag == TABLE:
            yield None, tables.markdown(list(_rows(element)))
        elif element.tag == SDT and not _is_contents(element):
            for inner in element.findall(SDT_CONTENT):
                yield from _blocks(document, inner)


def _paragraph(document: Document, element: Any) -> Iterator[tuple[int | None, str]]:
    text = _text(element)
    if not text:
        return
    style = document.styles.get_by_id(element.style, WD_STYLE_TYPE.PARAGRAPH)
    name = str(style.name or "").casefold()
    level = _level(element, style)
    if name.startswith("toc "):
        return
    if name == "title":
        yield 0, " ".join(text.split())
    elif level:
        yield level, " ".join(text.split())
    elif _is_item(element) or name.startswith("list "):
        mark = "1." if name.startswith("list number") else "-"
        yield None, f"{mark} {' '.join(text.split())}"
    else:
        yield None, BLOCK_MARK.sub(r"\\\1", text)


def _level(element: Any, style: Any) -> int:
    """The level of a heading by its style, by those it was made of, or by its outline; else 0."""
    own = element.find(f"{qn('w:pPr')}/{qn('w:outlineLvl')}")
    seen = 0
    while own is None and isinstance(style, ParagraphStyle) and seen < 10:
        named = HEADING.match(str(style.name or ""))
        if named:
            return min(int(named[1]), 6)
        own = style.element.find(f"{qn('w:pPr')}/{qn('w:outlineLvl')}")
        style, seen = style.base_style, seen + 1
    said = own.get(qn("w:val"), "9") if own is not None else "9"
    return int(said) + 1 if said in {"0", "1", "2", "3", "4", "5"} else 0


def _is_item(element: Any) -> bool:
    return element.find(f"{qn('w:pPr')}/{qn('w:numPr')}") is not None


def _is_contents(element: Any) -> bool:
    gallery = element.find(f"{qn('w:sdtPr')}/{qn('w:docPartObj')}/{qn('w:docPartGallery')}")
    return gallery is not None and gallery.get(qn("w:val")) == "Table of Contents"


def _text(element: Any) -> str:
    """The words of a paragraph as they stand, insertions taken and deletions left out."""
    said = (node for node in element.iter(qn("w:t"), *SPOKEN) if _counts(node, element))
    parts = [SPOKEN.get(node.tag) or node.text or "" for node in said]
    lines = "".join(parts).split("\n")
    return "\n".join(" ".join(line.split()) for line in lines).strip()


def _counts(node: Any, within: Any) -> bool:
    """Not in a box, moved elsewhere, hidden, nor struck through: that holds no more."""
    run = node.getparent()
    if _is_set(run, (*STRUCK, *HIDDEN)):
        return False
    for above in run.iterancestors():
        if above is within:
            return True
        if above.tag in {BOX, MOVED_AWAY}:
            return False
    return True


def _is_set(run: Any, names: tuple[str, ...]) -> bool:
    marks = (run.find(f"{qn('w:rPr')}/{qn(name)}") for name in names)
    return any(mark is not None and mark.get(qn("w:val")) not in OFF for mark in marks)


def _held(element: Any, tag: str) -> Iterator[Any]:
    """The children of this tag, those in content controls too."""
    for child in element:
        if child.tag == tag:
            yield child
        elif child.tag == SDT:
            for inner in child.findall(SDT_CONTENT):
                yield from _held(inner, tag)


def _rows(table: Any) -> Iterator[list[str]]:
    """The cells of each row, those that reach over several repeated where they reach."""
    above: list[str] = []
    for line in _held(table, ROW):
        row: list[str] = []
        for cell in _held(line, CELL):
            properties = cell.find(qn("w:tcPr"))
            text = " ".join(filter(None, (_text(p) for p in cell.iter(P))))
            if _goes_on(properties) and len(row) < len(above):
                text = above[len(row)]
            row += [text] * _span(properties)
        yield row
        above = row


def _goes_on(properties: Any) -> bool:
    merge = properties.find(qn("w:vMerge")) if properties is not None else None
    return merge is not None and merge.get(qn("w:val"), "continue") == "continue"


def _span(properties: Any) -> int:
    span = properties.find(qn("w:gridSpan")) if properties is not None else None
    said = span.get(qn("w:val"), "1") if span is not None else "1"
    return min(max(int(said), 1), 50) if said.isdigit() else 1


def _with_lists_closed(lines: list[str]) -> list[str]:
    """Items that follow one another as one list, not as a list each."""
    joined: list[str] = []
    for line in lines:
        mark = line.partition(" ")[0]
        if mark in {"-", "1."} and joined and joined[-1].startswith(f"{mark} "):
            joined[-1] += f"\n{line}"
        else:
            joined.append(line)
    return joined


def _notes(document: Document) -> Iterator[Note]:
    body = document.element.body
    for code, tags in (
        ("images", ("pic:pic", "w:pict")),
        ("footnotes", ("w:footnoteReference", "w:endnoteReference")),
        ("boxes", ("w:txbxContent",)),
    ):
        n = sum(1 for tag in tags for _ in body.iter(_name(tag)))
        if n:
            yield Note(code, {"n": n})
    runs = (run for run in body.iter(qn("w:r")) if run.find(qn("w:t")) is not None)
    struck = sum(1 for run in runs if _is_set(run, STRUCK))
    if struck:
        yield Note("struck", {"n": struck})


def _name(tag: str) -> str:
    return qn(tag)
