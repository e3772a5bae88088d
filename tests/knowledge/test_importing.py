"""Files into articles: what is kept, what is left out, and that no file can do harm."""

import time

import docx
import pytest
from docx.oxml import parse_xml
from docx.oxml.ns import nsdecls
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from knowledge import article_text
from knowledge.importing import sections
from knowledge.importing.port import MAX_BYTES, MAX_CHARACTERS, Unreadable
from knowledge.importing.reading import read
from tests.knowledge import papers
from tests.knowledge.conftest import ADVANCE, write

KOREAN = "# 선금\n\n## 선금은 얼마까지 받을 수 있나요?\n계약 금액의 70%까지 받을 수 있습니다.\n"


def codes(found) -> set[str]:
    return {note.code for note in found.notes}


def refusal(name: str, content: bytes) -> str:
    with pytest.raises(Unreadable) as refused:
        read(name, content)
    return refused.value.code


def test_an_article_file_of_ours_comes_back_as_it_was():
    found = read("advance.en.md", write("advance", ADVANCE).encode())
    assert (found.kind, found.title, found.language) == ("markdown", "Paying", "en")
    assert found.markdown.strip() == ADVANCE.strip()
    assert found.about["topic"] == "payment"
    assert found.notes == ()


def test_headings_become_sections_and_questions_of_others_no_hidden_ones():
    text = "# Fees\nA lead.\n\n? Is this a line\n\n## Empty\n\n### Who pays?\nThe buyer.\n\n"
    text += "Second\n---\nMore of it.\n\n```\n## no heading\n```\n"
    found = read("fees.md", text.encode())
    parts = article_text.sections(found.markdown)
    assert [part.heading for part in parts] == ["Fees", "Empty: Who pays?", "Second"]
    assert parts[0].alternates == ()
    assert "Is this a line" in parts[0].text
    assert "## no heading" in parts[2].text


def test_what_front_matter_gets_wrong_is_said_with_its_line_and_left_to_choose():
    text = write("advance", ADVANCE, language="fr", start="2024-13-45").encode()
    found = read("advance.md", text)
    said = {(n.code, n.figures["field"], n.figures["line"]) for n in found.notes}
    assert said == {("no_such_choice", "language", 3), ("no_such_day", "valid-from", 9)}
    assert "valid-from" not in found.about
    assert found.language == "en"  # told by the text instead
    turned = read("a.md", write("a", ADVANCE, start="2024-02-01", end="2024-01-01").encode())
    assert codes(turned) == {"days_turned"}


def test_languages_are_guessed_or_said_to_be_unknown():
    assert read("a.md", KOREAN.encode()).language == "ko"
    assert read("a.md", KOREAN.encode("cp949")).language == "ko"
    assert read("a.md", KOREAN.encode("utf-16")).title == "선금"
    found = read("a.md", b"# 112\n12, 13\n")
    assert found.language is None
    assert "no_language" in codes(found)


@pytest.mark.parametrize(
    ("name", "content"),
    [
        ("plazos.html", papers.PAGE.encode()),
        ("plazos.mhtml", papers.saved_page()),
        ("plazos.webarchive", papers.web_archive()),
        ("plazos.mhtml", papers.saved_page().replace(b"charset=utf-8", b"charset=undefined")),
        ("plazos.webarchive", papers.web_archive("undefined")),
    ],
)
def test_a_web_page_is_its_own_text_with_its_tables(name, content):
    found = read(name, content)
    assert (found.title, found.language) == ("Plazos de pago", "es")
    assert (
        "| Clase | Días |\n| --- | --- |\n| Obras | 14 |\n| Obras | 21 \\| 28 |" in found.markdown
    )
    assert "[ley](https://ley.example/5)" in found.markdown
    for gone in ("Inicio", "Aviso legal", "Agencia de ejemplo", "Oculto", "Publicidad", "track",
                 "steal", "color", "foto"):  # fmt: skip
        assert gone not in found.markdown
    assert codes(found) == {"images", "links"}
    assert len(article_text.sections(found.markdown)) == 2


def test_a_text_that_begins_with_many_comments_is_read_at_once():
    noted = b"<!-- checked -->\n" * 60 + b"## What is a bond?\nA bond secures a bid.\n"
    assert "A bond secures a bid." in read("bonds.md", noted).markdown


def test_a_page_that_is_one_form_is_read_and_a_form_in_a_page_is_not():
    search = "<form><p>Search this site</p></form>"
    text = "<h1>Bonds</h1><p>The bond is 5 percent of the price that was bid.</p>"
    whole = read("a.html", f"<html><body><form id=aspnetForm>{text}</form></body></html>".encode())
    assert "The bond is 5 percent" in whole.markdown
    beside = read("a.html", f"<html><body>{search}{text}</body></html>".encode())
    assert beside.markdown == whole.markdown


def test_what_a_page_struck_out_is_left_out_and_said():
    text = "<p>The bond is <del>7</del> <s>6</s> 5 percent.</p><dl><dt>Kind<dd>Works</dl>"
    found = read("a.html", f"<html><body><h1>Bonds</h1>{text}</body></html>".encode())
    assert "The bond is 5 percent." in " ".join(found.markdown.split())
    assert "**Kind**\nWorks" in found.markdown
    assert codes(found) >= {"struck"}


def test_a_word_document_keeps_headings_lists_and_tables():
    found = read("guide.docx", papers.word(papers.guide))
    assert (found.kind, found.title, found.language) == ("docx", "Advance payment", "en")
    parts = article_text.sections(found.markdown)
    assert [part.heading for part in parts] == ["Who can ask for it?", "Shares"]
    assert "- a bond\n- a bill" in parts[0].text
    assert parts[1].text == "| Kind | Share |\n| --- | --- |\n| Works | 70 % |\n| Goods | 50 % |"


def test_a_word_document_says_what_was_inserted_and_not_what_was_deleted():
    def fill(document: docx.document.Document) -> None:
        paragraph = document.add_paragraph("The bond ")._p
        space = nsdecls("w")
        paragraph.append(parse_xml(f"<w:ins {space}><w:r><w:t>runs 60 days</w:t></w:r></w:ins>"))
        paragraph.append(
            parse_xml(f"<w:del {space}><w:r><w:delText>gone</w:delText></w:r></w:del>")
        )
        document.add_paragraph("Contents", style="toc 1" if "toc 1" in document.styles else None)

    found = read("bond.docx", papers.word(fill))
    assert "The bond runs 60 days" in found.markdown
    assert "gone" not in found.markdown
    assert found.title == "bond"  # named by its file, for it names itself nowhere


def test_a_word_document_says_nothing_twice_and_nothing_that_holds_no_more():
    def fill(document: docx.document.Document) -> None:
        space = nsdecls("w")
        run = "<w:r><w:t>The bond is 5 percent.</w:t></w:r>"
        for tag in ("moveFrom", "moveTo"):
            moved = parse_xml(f"<w:{tag} {space}>{run}</w:{tag}>")
            document.add_paragraph()._p.append(moved)
        rate = document.add_paragraph("The rate is ")
        rate.add_run("7 percent, ").font.strike = True
        rate.add_run("an inner remark, ").font.hidden = True
        rate.add_run("9 percent.").font.strike = False

    found = read("bond.docx", papers.word(fill))
    assert found.markdown.count("5 percent") == 1
    assert "The rate is 9 percent." in found.markdown
    assert codes(found) == {"struck"}


def test_a_word_table_keeps_rows_and_cells_that_stand_in_content_controls():
    def fill(document: docx.document.Document) -> None:
        table = document.add_table(rows=1, cols=2)
        for cell, text in zip(table.rows[0].cells, ("Kind", "Rate"), strict=True):
            cell.text = text
        held = "<w:sdt><w:sdtContent>{}</w:sdtContent></w:sdt>"
        works, goods, rate = (
            f"<w:tc><w:p><w:r><w:t>{said}</w:t></w:r></w:p></w:tc>"
            for said in ("Works", "Goods", "88 %")
        )
        for row in (
            held.format(f"<w:tr>{works}{rate}</w:tr>"),
            f"<w:tr>{held.format(goods)}{rate}</w:tr>",
        ):
            table._tbl.append(parse_xml(row.replace(">", f" {nsdecls('w')}>", 1)))

    found = read("rates.docx", papers.word(fill))
    assert "| Works | 88 % |\n| Goods | 88 % |" in found.markdown


def test_a_word_document_with_macros_is_read_and_none_is_run():
    found = read("guide.docm", papers.with_macros(papers.word(papers.guide)))
    assert found.markdown == read("guide.docx", papers.word(papers.guide)).markdown
    assert found.notes == read("guide.docx", papers.word(papers.guide)).notes


def test_a_pdf_keeps_headings_paragraphs_and_tables_and_drops_what_runs_along():
    found = read("report.pdf", papers.report())
    parts = article_text.sections(found.markdown)
    assert [part.heading for part in parts] == [f"Chapter {n}: What is paid?" for n in (1, 2, 3)]
    assert "the bill is in the house, which takes 2 days" in parts[1].text
    assert "| Kind | Days |\n| --- | --- |\n| Works | 24 |" in parts[1].text
    assert "Agency of made-up things" not in found.markdown
    assert codes(found) == {"running"}
    assert found.language == "en"


def test_a_pdf_in_columns_is_read_column_by_column():
    found = read("bonds.pdf", papers.two_columns())
    left, right = found.markdown.index("left line 9"), found.markdown.index("right line 0")
    assert "left line 0 of the column goes on and on left line 1" in found.markdown
    assert left < right
    assert found.markdown.startswith("## Bid bonds")


def test_cells_without_rules_around_them_stay_beside_those_of_their_row():
    assert "Bond of kind 3 35 %" in read("bonds.pdf", papers.unruled()).markdown


def test_numbered_steps_of_a_pdf_stay_steps():
    found = read("steps.pdf", papers.numbered())
    assert "1. Sign in.\n\n2. Fill in the form.\n\n3. Send it." in found.markdown


def test_a_pdf_of_five_hundred_pages_is_read_as_far_as_an_article_goes_and_says_so():
    began = time.monotonic()
    found = read("long.pdf", papers.report(500))
    note = next(note for note in found.notes if note.code == "pages")
    assert note.figures["of"] == 500
    assert 100 <= note.figures["read"] <= 200
    assert len(found.markdown) <= MAX_CHARACTERS
    assert article_text.sections(found.markdown)
    assert time.monotonic() - began < 60


@pytest.mark.parametrize(
    ("name", "content", "code"),
    [
        ("empty.md", b" \n", "empty"),
        ("empty.html", b"<html><body><nav>Menu</nav></body></html>", "empty"),
        ("headings.md", b"# One\n## Two\n", "empty"),
        ("broken.pdf", papers.report()[:700], "broken"),
        ("not.pdf", b"just words", "broken"),
        ("broken.docx", papers.word(papers.guide)[:4000], "broken"),
        ("locked.pdf", papers.pdf([[(60, 700, 10, "secret")]], password="x"), "encrypted"),
        ("locked.docx", papers.locked_word(), "encrypted"),
        ("old.doc", papers.ole("WordDocument".encode("utf-16-le")), "old_word"),
        ("prices.xls", papers.ole("Workbook".encode("utf-16-le")), "unknown_kind"),
        ("guide.hwp", papers.ole(b"HWP Document File"), "hangul"),
        ("guide.hwpx", papers.package("mimetype", "Contents/section0.xml"), "hangul"),
        ("guide.odt", papers.package("mimetype", "content.xml"), "unknown_kind"),
        ("guide.rtf", rb"{\rtf1\ansi The bond is 5 percent.\par}", "unknown_kind"),
        ("feed.xml", b'<?xml version="1.0"?><feed><title>Bonds</title></feed>', "unknown_kind"),
        ("broken.webarchive", papers.web_archive()[:-40], "broken"),
        ("bomb.docx", papers.bomb(papers.word(papers.guide)), "bomb"),
        ("entities.docx", papers.drawing_in(papers.word(papers.guide)), "entities"),
        ("picture.png", b"\x89PNG\r\n\x1a\n\0\0\0\rIHDR", "unknown_kind"),
        ("deep.html", b"<html><body>" + b"<div>" * 50_000 + b"x", "too_deep"),
        ("large.md", b"x" * (MAX_BYTES + 1), "too_large"),
    ],
)  # fmt: skip
def test_what_cannot_be_read_says_why(name, content, code):
    began = time.monotonic()
    assert refusal(name, content) == code
    assert time.monotonic() - began < 30


def test_a_file_is_what_its_bytes_say():
    found = read("report.docx", papers.report())
    assert found.kind == "pdf"
    note = next(note for note in found.notes if note.code == "wrong_ending")
    assert note.figures == {"ending": "docx", "kind": "pdf"}


def test_a_page_that_takes_too_long_is_stopped():
    """One page of a few hundred thousand strokes: reading ends at its limit, the desk goes on."""
    strokes = papers.pdf([[(60, 700, 10, "x")]], "0 0 m 9 9 l S\n" * 300_000)
    with pytest.raises(Unreadable) as refused:
        read("strokes.pdf", strokes, cpu_seconds=2)
    assert (refused.value.code, refused.value.figures) == ("too_long", {"seconds": 2})


@settings(max_examples=200, deadline=None, suppress_health_check=[HealthCheck.too_slow])
@given(st.text(st.sampled_from("# ab?{}-\n`~|선*=>"), max_size=300))
def test_any_markdown_becomes_sections_that_can_be_kept_or_nothing(text):
    try:
        body, _ = sections.of("Title", text)
    except Unreadable:
        assert not any(map(str.isalnum, text)) or text.lstrip().startswith("#")
        return
    assert article_text.sections(body)
    assert len(body) <= MAX_CHARACTERS


def test_a_text_too_long_for_one_article_is_cut_at_a_paragraph_and_says_so():
    text = "# Long\n\n" + "\n\n".join(f"## Part {n}\n{'words of it ' * 200}" for n in range(40))
    found = read("long.md", text.encode())
    assert len(found.markdown) <= MAX_CHARACTERS
    assert "cut" in codes(found)
    assert article_text.sections(found.markdown)
