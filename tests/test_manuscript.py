"""The manuscript as Word and as PDF: numbers, figures, tables, references and mark in place."""

import shutil
import zipfile
from dataclasses import replace
from pathlib import Path

import pytest

from compendium.errors import InputError
from compendium.privacy.disclosure import require_clean_copy
from compendium.publish import manuscript, printed, word
from compendium.publish.editions import NOTE, PUBLIC, note
from compendium.results.reading import Results, read_results

pytestmark = pytest.mark.slow


@pytest.fixture
def results(mini_book: Path, monkeypatch: pytest.MonkeyPatch) -> Results:
    """The small study's results."""
    monkeypatch.setenv("COMPENDIUM_ROOT", str(mini_book))
    return read_results(mini_book / "params" / "mini.yml")


@pytest.fixture
def html(mini_book: Path) -> Path:
    """Its rendered book."""
    return mini_book / "book" / "_build" / "html"


def test_pages_are_those_of_the_manuscript_in_order(mini_book: Path, html: Path) -> None:
    contents = mini_book / "book" / "_toc.yml"
    assert manuscript.pages(html, contents) == ["methods", "references"]
    chapters = ["notebooks/01_cohort", "notebooks/02_scores", "references"]
    assert manuscript.pages(html, contents, manuscript.SUPPLEMENT) == chapters
    with pytest.raises(InputError, match="has no part 'Results'; it has Article, Supplement"):
        manuscript.pages(html, contents, "Results")


def test_one_page_has_no_code_and_its_links_lead_within_it(mini_book: Path, html: Path) -> None:
    contents = mini_book / "book" / "_toc.yml"
    article = manuscript.one_page(html, contents)
    assert [h.get_text() for h in article.select("h1")] == ["Methods", "References"]
    assert len(article.select("div.citation")) == 1  # of 60 that the book may cite
    page = manuscript.one_page(html, contents, manuscript.SUPPLEMENT)
    assert "report.number" not in page.get_text()
    titles = ["Supplement: A small study", "Chapter cohort", "Chapter scores", "References"]
    assert [h.get_text() for h in page.select("h1")] == titles
    assert page.select("div.citation") == []
    ids = {tag["id"] for tag in article.select("[id]")}
    links = [a["href"] for a in article.select("a[href^='#']")]
    assert links
    assert all(link.removeprefix("#") in ids for link in links)
    assert len(ids) == len(article.select("[id]"))


class TestWord:
    """`compendium docx`."""

    @pytest.fixture
    def parts(self, results: Results, html: Path, tmp_path: Path) -> dict[str, str]:
        made = word.write_docx(results, html, tmp_path / "out" / "m.docx")
        assert [path.name for path in made.parent.iterdir()] == ["m.docx"]
        with zipfile.ZipFile(made) as opened:
            return {name: opened.read(name).decode("latin-1") for name in opened.namelist()}

    def test_holds_numbers_figure_table_and_formula(self, parts: dict[str, str]) -> None:
        text = parts["word/document.xml"]
        assert "21.5 points (95% CI 4.0 to 39.2)" in text
        assert "not estimable: 2 deaths; at least 10 needed" in text
        assert text.count("<w:tbl>") == 1
        assert text.count("<pic:pic ") + text.count("<pic:pic>") == 1
        assert "<m:oMath>" in text
        assert "Figure 1" in text
        assert "Table 1" in text

    def test_has_the_mark_on_every_sheet(self, parts: dict[str, str]) -> None:
        assert "SYNTHETIC DATA" in parts["word/header1.xml"]
        assert "w:headerReference" in parts["word/document.xml"]

    def test_describes_its_figure(self, parts: dict[str, str]) -> None:
        assert 'descr="Two bars of equal height"' in parts["word/document.xml"]


def test_book_of_another_study_is_refused(results: Results, tmp_path: Path) -> None:
    with pytest.raises(InputError, match=r"holds no book of .*mini.yml. Build it first"):
        word.write_docx(results, tmp_path, tmp_path / "m.docx")


def test_pdf_without_a_browser_says_so(
    results: Results, html: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(printed.shutil, "which", lambda name: None)
    with pytest.raises(InputError, match="no Chromium found"):
        printed.write_pdf(results, html, tmp_path / "m.pdf")


@pytest.mark.browser
def test_pdf_is_printed(results: Results, html: Path, tmp_path: Path) -> None:
    if not any(map(shutil.which, printed.BROWSERS)):
        pytest.skip("no Chromium is installed")
    made = printed.write_pdf(results, html, tmp_path / "m.pdf").read_bytes()
    assert made.startswith(b"%PDF")
    assert len(made) > 10_000


class TestGate:
    """A document for others passes the gate as the book does."""

    @pytest.fixture
    def public(self, html: Path, tmp_path: Path) -> Path:
        shutil.copytree(html, tmp_path / "public")
        (tmp_path / "public" / NOTE).write_text(note("data/mini", PUBLIC))
        return tmp_path / "public"

    @pytest.fixture
    def real(self, results: Results) -> Results:
        runs = [replace(run, record=run.record | {"synthetic": False}) for run in results.runs]
        return replace(results, runs=runs)

    def test_a_clean_one_passes_and_tells_no_path(
        self, real: Results, public: Path, tmp_path: Path
    ) -> None:
        made = word.write_docx(real, public, tmp_path / "out" / "m.docx")
        with zipfile.ZipFile(made) as opened:
            assert b'descr="/' not in opened.read("word/document.xml")

    def test_a_name_in_it_is_refused_and_nothing_left(
        self, real: Results, public: Path, tmp_path: Path
    ) -> None:
        page = public / "methods.html"
        page.write_text(page.read_text().replace("</h1>", "</h1><p>Seen by 张伟.</p>", 1))
        with pytest.raises(InputError, match="html/methods.html: name, Chinese"):
            word.write_docx(real, public, tmp_path / "out" / "m.docx")
        assert not list(tmp_path.glob("out/*"))

    def test_what_only_the_document_says_is_searched(
        self, real: Results, public: Path, tmp_path: Path
    ) -> None:
        made = tmp_path / "m.docx"
        with zipfile.ZipFile(made, "w") as opened:
            opened.writestr("docProps/core.xml", "<creator>张伟</creator>")
        with pytest.raises(InputError, match=r"docProps/core.xml: name, Chinese"):
            require_clean_copy(real, public, made)
        require_clean_copy(real, public, made, template=made.read_bytes())
