"""The Word document that co-authors edit, and what differs between two versions of it."""

import re
import shutil
import subprocess
from pathlib import Path

import docx
import pytest
from click.testing import CliRunner
from docx.document import Document
from docx.oxml.ns import qn

from compendium.cli.publish import diff_docx
from compendium.errors import InputError
from compendium.publish.revision import Change, changed_numbers
from compendium.publish.word import write_docx
from compendium.publish.word_layout import TABLE_PT, lay_out, widths_mm
from compendium.results.reading import read_results


class TestWidths:
    def test_a_column_holds_its_longest_word(self):
        widths = widths_mm([["Study", "Patients"], ["TROP2", "9"]], TABLE_PT, 160)
        assert widths is not None
        letter = TABLE_PT * 0.55 * 25.4 / 72
        assert widths == pytest.approx([5 * letter + 4.2, 8 * letter + 4.2])

    def test_what_room_is_left_goes_to_the_longer_text(self):
        widths = widths_mm([["a", "word " * 60]], TABLE_PT, 100)
        assert widths is not None
        assert sum(widths) == pytest.approx(100)
        assert widths[0] < 10

    def test_words_that_do_not_fit_are_said(self):
        assert widths_mm([["n" * 40] * 4], TABLE_PT, 160) is None


def written(tmp_path: Path, *rows: list[str], name: str = "a.docx") -> Document:
    """A document with one paragraph and one table, as python-docx writes it."""
    document = docx.Document()
    for style in ("First Paragraph", "Table Caption", "Image Caption"):
        document.styles.add_style(style, 1)
    document.styles["Body Text"].font.size = None
    document.add_paragraph("Table 1 Patients.", style="Table Caption")
    table = document.add_table(0, len(rows[0]))
    for row in rows:
        for cell, text in zip(table.add_row().cells, row, strict=True):
            cell.text = text
    document.add_paragraph("After.")
    document.save(str(tmp_path / name))
    return document


class TestLayout:
    def test_a_table_that_fits_stands_upright(self, tmp_path):
        document = written(tmp_path, ["Group", "n"], ["Responder", "30"])
        lay_out(document, "SYNTHETIC DATA")
        assert len(document.sections) == 1
        assert document.sections[0].header.paragraphs[0].text == "SYNTHETIC DATA"
        assert document.tables[0].rows[1].cells[0].paragraphs[0].style.name == "Table text"

    def test_a_wide_one_is_turned_with_its_caption_and_two_share_their_sheets(self, tmp_path):
        wide = [f"Interval{n:02}" for n in range(12)]
        document = written(tmp_path, wide, wide)
        body = document.element.body
        first = document.tables[0]._tbl
        second = docx.oxml.parse_xml(docx.oxml.xmlchemy.serialize_for_reading(first))
        first.addnext(second)
        lay_out(document, "")
        turned = [section.orientation == 1 for section in document.sections]
        assert turned == [False, True, False]
        sheets = [e for e in body.iter(qn("w:sectPr"))]
        assert [s.find(qn("w:pgSz")).get(qn("w:w")) for s in sheets] == ["11906", "16838", "11906"]


@pytest.fixture(scope="module")
def path(mini_book, tmp_path_factory):
    with pytest.MonkeyPatch.context() as patch:
        patch.setenv("COMPENDIUM_ROOT", str(mini_book))
        results = read_results(mini_book / "params" / "mini.yml")
        html = mini_book / "book" / "_build" / "html"
        return write_docx(results, html, tmp_path_factory.mktemp("w") / "m.docx")


@pytest.fixture(scope="module")
def document(path):
    return docx.Document(str(path))


@pytest.mark.slow
class TestManuscript:
    """What `compendium docx` writes of the small study's book."""

    def test_captions_are_numbered_by_fields(self, document):
        fields = [e.text.strip() for e in document.element.body.iter(qn("w:instrText"))]
        assert "SEQ Figure \\* ARABIC" in fields
        assert "SEQ Table \\* ARABIC" in fields

    def test_each_reference_and_link_finds_its_bookmark(self, document):
        body = document.element.body
        marks = {mark.get(qn("w:name")) for mark in body.iter(qn("w:bookmarkStart"))}
        referred = [
            found[1]
            for e in body.iter(qn("w:instrText"))
            if (found := re.match(r" REF (\S+) \\h ", e.text))
        ]
        anchors = [link.get(qn("w:anchor")) for link in body.iter(qn("w:hyperlink"))]
        assert referred
        assert set(referred) <= marks
        assert {anchor for anchor in anchors if anchor} <= marks
        assert any(anchor and anchor.startswith("references--") for anchor in anchors)

    def test_a_label_before_a_section_is_no_empty_line(self, document):
        empty = [
            paragraph
            for paragraph in document.paragraphs
            if not paragraph.text.strip() and not list(paragraph._p.iter(qn("w:drawing")))
        ]
        assert [one for one in empty if list(one._p.iter(qn("w:bookmarkStart")))] == []

    def test_lines_and_pages_are_numbered(self, document):
        assert document.element.body.find(f".//{qn('w:lnNumType')}") is not None
        foot = document.sections[0].footer._element
        fields = [e.text.strip() for e in foot.iter(qn("w:instrText"))]
        assert fields == ["PAGE", "NUMPAGES"]

    def test_no_path_of_this_machine_stays_in_it(self, path, tmp_path):
        shutil.unpack_archive(str(path), tmp_path, "zip")
        for part in tmp_path.rglob("*.xml"):
            assert "/tmp" not in part.read_text(encoding="utf-8"), part.name

    @pytest.mark.skipif(shutil.which("soffice") is None, reason="no LibreOffice is installed")
    def test_libreoffice_opens_it(self, path, tmp_path):
        home = f"-env:UserInstallation={(tmp_path / 'home').as_uri()}"
        subprocess.run(
            ["soffice", home, "--headless", "--convert-to", "txt:Text", "--outdir", tmp_path, path],
            check=True,
            capture_output=True,
        )
        text = (tmp_path / "m.txt").read_text(encoding="utf-8-sig")
        assert "21.5 points (95% CI 4.0 to 39.2)" in text
        assert "Figure 1" in text


class TestRevision:
    def test_changed_numbers_are_listed_and_words_passed_over(self, tmp_path):
        written(tmp_path, ["Group", "n"], ["Responder", "30"], ["Neither", "4"], name="a.docx")
        written(tmp_path, ["Groups", "n"], ["Responder", "31"], ["Neither", "4"], name="b.docx")
        assert list(changed_numbers(tmp_path / "a.docx", tmp_path / "b.docx")) == [
            Change("Table 1 Patients.", "Responder | 30", "Responder | 31")
        ]

    def test_a_row_that_came_and_one_that_went_are_listed(self, tmp_path):
        written(tmp_path, ["Group", "n"], ["Responder", "30"], name="a.docx")
        written(tmp_path, ["Group", "n"], ["Indeterminate", "9"], name="b.docx")
        found = {
            (one.old, one.new) for one in changed_numbers(tmp_path / "a.docx", tmp_path / "b.docx")
        }
        assert found == {("Responder | 30", ""), ("", "Indeterminate | 9")}

    def test_the_same_document_has_none(self, tmp_path):
        written(tmp_path, ["Group", "n"], ["Responder", "30"])
        assert list(changed_numbers(tmp_path / "a.docx", tmp_path / "a.docx")) == []

    def test_what_word_did_not_write_is_refused(self, tmp_path):
        written(tmp_path, ["Group", "n"])
        (tmp_path / "b.docx").write_text("no zip")
        with pytest.raises(
            InputError, match=r"b.docx: cannot be opened .*expected a Word document"
        ):
            list(changed_numbers(tmp_path / "a.docx", tmp_path / "b.docx"))

    def test_as_a_command_with_a_table(self, tmp_path):
        written(tmp_path, ["Group", "n"], ["Responder", "30"], name="a.docx")
        written(tmp_path, ["Group", "n"], ["Responder", "31"], name="b.docx")
        names = [str(tmp_path / name) for name in ("a.docx", "b.docx", "c.csv")]
        called = CliRunner().invoke(diff_docx, [*names[:2], "--output", names[2]])
        assert called.exit_code == 0, called.output
        assert "was: Responder | 30\n  now: Responder | 31" in called.output
        assert "1 places" in called.output
        assert Path(names[2]).read_bytes().startswith(b"\xef\xbb\xbfplace,old,new")
