"""Files as people have them, made here byte by byte: documents, and such as are made to harm."""

import hashlib
import io
import plistlib
import zipfile
from collections.abc import Callable, Sequence

import docx

Words = tuple[float, float, float, str]  # x, y from the foot, size, text
PADDING = bytes.fromhex("28BF4E5E4E758A4164004E56FFFA01082E2E00B6D0683E802F0CA9FE6453697A")


def pdf(pages: Sequence[Sequence[Words]], rules: str = "", password: str = "") -> bytes:
    """A PDF of Helvetica text; `rules` are drawn on every page, `password` locks it (RC4)."""
    objects: list[bytes] = [b"", b"<< /Type /Font /Subtype /Type1 /BaseFont /Helvetica >>"]
    kids = []
    for page in pages:
        said = "".join(f"BT /F1 {size} Tf {x} {y} Td ({text}) Tj ET\n" for x, y, size, text in page)
        stream = (rules + said).encode("latin-1")
        objects.append(b"<< /Length %d >>\nstream\n%s\nendstream" % (len(stream), stream))
        content = len(objects) + 1
        objects.append(
            b"<< /Type /Page /Parent 1 0 R /MediaBox [0 0 600 800] /Contents %d 0 R"
            b" /Resources << /Font << /F1 3 0 R >> >> >>" % content
        )
        kids.append(len(objects) + 1)
    tree = " ".join(f"{kid} 0 R" for kid in kids)
    objects[0] = f"<< /Type /Catalog /Pages 1 0 R >>".encode()  # noqa: F541 - stands beside the rest
    whole = [f"<< /Type /Pages /Kids [{tree}] /Count {len(kids)} >>".encode(), *objects]
    return _file(whole, password)


def _file(objects: list[bytes], password: str) -> bytes:
    out = bytearray(b"%PDF-1.4\n")
    places = []
    for number, body in enumerate(objects, 1):
        places.append(len(out))
        out += b"%d 0 obj\n%s\nendobj\n" % (number, body)
    start = len(out)
    out += b"xref\n0 %d\n0000000000 65535 f \n" % (len(objects) + 1)
    out += b"".join(b"%010d 00000 n \n" % place for place in places)
    name = b"0" * 16
    lock = _lock(password.encode(), name) if password else b""
    out += b"trailer\n<< /Size %d /Root 2 0 R %s >>\nstartxref\n%d\n%%%%EOF" % (
        len(objects) + 1, lock, start,
    )  # fmt: skip
    return bytes(out)


def _lock(password: bytes, name: bytes) -> bytes:
    """The standard handler, revision 2, with a user's password (ISO 32000-1, 7.6.3)."""
    padded = (password + PADDING)[:32]
    owner = _rc4(hashlib.md5(padded).digest()[:5], padded)  # noqa: S324 - the format's own
    rights = (-4).to_bytes(4, "little", signed=True)
    key = hashlib.md5(padded + owner + rights + name).digest()[:5]  # noqa: S324 - the same
    user = _rc4(key, PADDING)
    return b"/Encrypt << /Filter /Standard /V 1 /R 2 /P -4 /O <%s> /U <%s> >> /ID [<%s> <%s>]" % (
        owner.hex().encode(),
        user.hex().encode(),
        name.hex().encode(),
        name.hex().encode(),
    )


def _rc4(key: bytes, data: bytes) -> bytes:
    box, j = list(range(256)), 0
    for i in range(256):
        j = (j + box[i] + key[i % len(key)]) % 256
        box[i], box[j] = box[j], box[i]
    out, i, j = bytearray(), 0, 0
    for byte in data:
        i = (i + 1) % 256
        j = (j + box[i]) % 256
        box[i], box[j] = box[j], box[i]
        out.append(byte ^ box[(box[i] + box[j]) % 256])
    return bytes(out)


def report(pages: int = 3) -> bytes:
    """A report with a head line, page numbers, headings, running text and one ruled table."""
    said = [_report_page(page) for page in range(1, pages + 1)]
    frame = "60 580 200 40 re 60 600 m 260 600 l 160 580 m 160 620 l S\n"
    return pdf(said, frame)


def _report_page(page: int) -> list[Words]:
    return [
        (60, 770, 8, "Agency of made-up things"),
        (290, 30, 8, f"{page}"),
        (60, 700, 18, f"Chapter {page}: What is paid?"),
        (60, 670, 10, "The supplier is paid when the work is done and the bill is in the"),
        (60, 658, 10, f"house, which takes {page} days as a rule of the agency."),
        (65, 604, 10, "Kind"),
        (165, 604, 10, "Days"),
        (65, 584, 10, "Works"),
        (165, 584, 10, f"{page}4"),
    ]


def word(fill: Callable[[docx.document.Document], None]) -> bytes:
    document = docx.Document()
    fill(document)
    out = io.BytesIO()
    document.save(out)
    return out.getvalue()


def guide(document: docx.document.Document) -> None:
    document.add_heading("Advance payment", 0)
    document.add_heading("Who can ask for it?", 1)
    document.add_paragraph("The supplier can ask for it when the contract is signed.")
    for item in ("a bond", "a bill"):
        document.add_paragraph(item, style="List Bullet")
    document.add_heading("Shares", 2)
    table = document.add_table(rows=3, cols=2)
    for row, cells in zip(table.rows, (("Kind", "Share"), ("Works", "70 %"), ("Goods", "50 %")), strict=True):  # fmt: skip  # noqa: E501
        for cell, text in zip(row.cells, cells, strict=True):
            cell.text = text


def rewritten(document: bytes, part: str, change: Callable[[bytes], bytes]) -> bytes:
    """The same package with one part of it changed."""
    out = io.BytesIO()
    with (
        zipfile.ZipFile(io.BytesIO(document)) as old,
        zipfile.ZipFile(out, "w", zipfile.ZIP_DEFLATED) as new,
    ):
        for name in old.namelist():
            content = old.read(name)
            new.writestr(name, change(content) if name == part else content)
    return out.getvalue()


def drawing_in(document: bytes) -> bytes:
    """A document whose words are to come from a file of the machine that opens it."""
    entity = b'<!DOCTYPE w [<!ENTITY x SYSTEM "file:///etc/hostname">]>'
    return rewritten(
        document,
        "word/document.xml",
        lambda xml: xml.replace(b"?>", b"?>" + entity, 1).replace(b"The supplier", b"&x;"),
    )


def two_columns() -> bytes:
    """A page with a heading across, and two columns of running text."""
    said: list[Words] = [(60, 700, 18, "Bid bonds")]
    for n in range(10):
        y = 660 - 12 * n
        said.append((60, y, 10, f"left line {n} of the column goes on and on"))
        said.append((310, y, 10, f"right line {n} of the column goes on and on"))
    return pdf([said])


def unruled() -> bytes:
    """A table without rules: what belongs together stands in one row."""
    rows = [(60, 700 - 14 * n, f"Bond of kind {n}", f"{n}5 %") for n in range(8)]
    cells = [[(x, y, 10, kind), (x + 250, y, 10, rate)] for x, y, kind, rate in rows]
    return pdf([[cell for row in cells for cell in row]])


def numbered() -> bytes:
    steps = ("Three steps lead to a bond:", "1. Sign in.", "2. Fill in the form.", "3. Send it.")
    return pdf([[(60, 700 - 12 * n, 10, step) for n, step in enumerate(steps)]])


def with_macros(document: bytes) -> bytes:
    """The document as Word keeps it together with macros."""
    plain = b"vnd.openxmlformats-officedocument.wordprocessingml.document.main"
    macros = b"vnd.ms-word.document.macroEnabled.main"
    return rewritten(document, "[Content_Types].xml", lambda xml: xml.replace(plain, macros))


def ole(stream: bytes) -> bytes:
    """A file of the container that old Office and Hangul use, with one stream's mark in it."""
    return b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1" + b"\0" * 600 + stream + b"\0" * 400


def package(*names: str) -> bytes:
    out = io.BytesIO()
    with zipfile.ZipFile(out, "w") as made:
        for name in names:
            made.writestr(name, "<x/>")
    return out.getvalue()


def bomb(document: bytes) -> bytes:
    """Some kilobytes that unpack to sixty megabytes."""
    return rewritten(
        document,
        "word/document.xml",
        lambda xml: xml.replace(b"</w:body>", b"<w:p/>" * 10_000_000 + b"</w:body>"),
    )


def locked_word() -> bytes:
    """What Word writes with a password: an OLE file with the package sealed in a stream."""
    return ole("EncryptedPackage".encode("utf-16-le"))


PAGE = """<!doctype html><html lang="es"><head><title>Agencia | Plazos</title>
<script>track()</script><style>p { color: red }</style></head><body>
<header><a href="/">Agencia de ejemplo</a></header>
<nav><ul><li>Inicio</li><li>Contacto</li></ul></nav>
<main><h1>Plazos de pago</h1><img src="a.png" alt="una foto">
<p>El proveedor cobra cuando la obra está hecha y la factura está en la casa.</p>
<h2>¿Cuánto se tarda?</h2>
<table><tr><th>Clase</th><th>Días</th></tr><tr><td rowspan="2">Obras</td><td>14</td></tr>
<tr><td>21 | 28</td></tr></table>
<p onclick="steal()">Véase la <a href="https://ley.example/5">ley</a> o el
<a href="javascript:steal()">aviso</a>.</p>
<div hidden>Oculto</div><aside>Publicidad</aside></main>
<footer>Aviso legal de la agencia</footer></body></html>"""


def saved_page() -> bytes:
    """The same page as one file, as a browser saves it."""
    head = (
        "From: <Saved by a browser>\r\nMIME-Version: 1.0\r\n"
        'Content-Type: multipart/related; type="text/html"; boundary="--x"\r\n\r\n'
        "----x\r\nContent-Type: text/html; charset=utf-8\r\n"
        "Content-Transfer-Encoding: 8bit\r\n\r\n"
    )
    picture = "\r\n----x\r\nContent-Type: image/png\r\n\r\nxx\r\n----x--\r\n"
    return (head + PAGE + picture).encode()


def web_archive(encoding: str = "UTF-8") -> bytes:
    """The same page as Safari saves it."""
    page = {"WebResourceData": PAGE.encode(), "WebResourceTextEncodingName": encoding}
    return plistlib.dumps({"WebMainResource": page}, fmt=plistlib.FMT_BINARY)
