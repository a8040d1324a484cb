"""The article's parts that are made of the study's own words: who, where, which approvals."""

import sys
from dataclasses import asdict
from pathlib import Path

import pytest
from bs4 import BeautifulSoup, Tag
from docutils import nodes
from docutils.utils import new_document
from mini_study import ROOT

from compendium.publish.manuscript import ARTICLE, one_page
from compendium.publish.printed import with_author
from compendium.study.says import Author, Says, read_says

sys.path.insert(0, str(ROOT / "book" / "_ext"))
from compendium_book import ChineseLines, article
from compendium_book.published import Published

TOLD = {
    "authors": [
        {"name": "Mei <Lin>", "orcid": "0000-0002-1825-0097", "affiliations": ["Aa", "Bb"],
         "email": "mei@example.org", "roles": ["Software"]},
        {"name": "林岩松", "affiliations": ["Bb"]},
    ],
    "centres": ["Hospital A", "Hospital B"],
    "approvals": ["Ethics 2025-12"],
    "funding": ["Grant 1"],
}  # fmt: skip


def published(says: Says, *, synthetic: bool = False) -> Published:
    settings = {"says": asdict(says), "synthetic": synthetic, "parts": ["TROP2"]}
    return Published(settings, {}, {}, {}, {}, {}, Path())


def test_authors_have_their_identifier_affiliations_and_address() -> None:
    line = article.byline(published(read_says(TOLD)))
    assert "[Mei \\<Lin\\>](https://orcid.org/0000-0002-1825-0097)\u202f<sup>1,2</sup>" in line
    assert "林岩松\u202f<sup>2</sup>" in line
    assert "<sup>1</sup>\u202fAa" in line
    assert "Correspondence: Mei \\<Lin\\>, mei@example.org" in line


def test_a_study_that_names_nobody_has_no_authors() -> None:
    assert article.byline(published(Says())) == ""
    one = Says(authors=(Author("Mei Lin", affiliations=("A",)),))
    assert "<sup>" not in article.byline(published(one))


def test_what_a_study_says_is_stated_and_what_it_does_not_say_too() -> None:
    said = article.statements(published(read_says(TOLD)))
    assert "**Ethics.** Approved by: Ethics 2025-12." in said
    assert "**Contributions.** Mei \\<Lin\\>: software" in said
    assert "**Competing interests.** Not stated by the study." in said
    assert "NCT07314255" in said
    assert "NCT04880798" not in said


def test_nothing_is_stated_of_patients_who_do_not_exist() -> None:
    said = article.statements(published(Says(), synthetic=True))
    assert "Ethics" not in said
    assert "Not stated" not in said
    assert article.setting(published(Says(), synthetic=True)) == ""


@pytest.mark.parametrize(
    ("told", "reads"),
    [
        ({"centres": ["Aa"]}, "The centre was Aa."),
        ({"centres": ["Aa", "Bb", "Cc"]}, "The centres were Aa, Bb and Cc."),
        ({}, "The study does not state its centres and dates."),
    ],
)
def test_centres_are_those_that_the_study_names(told, reads) -> None:
    assert article.setting(published(read_says(told))) == reads


def test_the_chinese_title_is_shown_where_there_is_one() -> None:
    assert article.title_zh(published(Says(title_zh="碘治疗"))) == "**碘治疗**"
    assert article.title_zh(published(Says())) == ""


def test_data_are_called_simulated_only_where_they_are() -> None:
    assert "Simulated data" in article.simulated(published(Says(), synthetic=True), "en")
    assert article.simulated(published(Says()), "en") == ""


def test_references_that_the_article_does_not_cite_are_left_out(tmp_path: Path) -> None:
    page = "<article class='bd-article'>{}</article>"
    entry = "<div class='citation' id='{0}'><span class='label'>[{0}]</span><p>Text {0}.</p></div>"
    cites = "<h1>T</h1><a href='references.html#1'>1</a>"
    (tmp_path / "article.html").write_text(page.format(cites))
    entries = "".join(map(entry.format, "12"))
    (tmp_path / "references.html").write_text(page.format(entries))
    contents = tmp_path / "toc.yml"
    contents.write_text(
        f"root: index\nparts: [{{caption: {ARTICLE}, chapters: [{{file: article}}]}}]"
    )
    found = BeautifulSoup(str(one_page(tmp_path, contents)), "html.parser")
    assert [tag.get_text() for tag in found.select("div.citation")] == ["[1] Text 1."]


def test_a_pdf_gets_its_author_by_an_update() -> None:
    pdf = b"%PDF-1.4\n1 0 obj\n<</Title (T)>>\nendobj\ntrailer\n<</Size 2\n/Info 1 0 R>>\n"
    pdf += b"startxref\n9\n%%EOF"
    made = with_author(pdf, "林岩松")
    assert made.startswith(pdf)
    update = made.removeprefix(pdf)
    assert b"/Author <FEFF67975CA9677E>" in update
    assert b"/Title (T)" in update
    assert b"/Prev 9" in update
    place = int(update.split(b"startxref\n")[1].split()[0])
    assert made[place:].startswith(b"xref\n1 1\n")
    row = made[place:].split(b"\n")[2]
    assert made[int(row[:10]) :].startswith(b"1 0 obj")


@pytest.mark.parametrize(
    ("lines", "reads"),
    [
        (("尚无定论。", "\n", "较高", "\n", "TSH 时"), "尚无定论。较高\nTSH 时"),
        (("One line", "\n", "and the next"), "One line\nand the next"),
        (("见（2）", "\n", "TSH"), "见（2）TSH"),
    ],
)
def test_lines_of_chinese_are_joined_without_a_space(lines, reads) -> None:
    document = new_document("chinese")
    document += nodes.paragraph("", "", *map(nodes.Text, lines))
    ChineseLines(document).apply()
    assert document.astext() == reads


WORDS = {"Abstract": (150, 300), "Methods": (0, 1200), "Results": (1500, 2000)}
"""Running text of the demo's article by section, as journals want it."""


def running_words(section: Tag) -> int:
    """Words of a section's sentences: not of headings, captions, tables, figures and formulas."""
    kept = [
        one
        for one in section.select("p, li")
        if not one.find_parent(["figure", "table", "li"]) and "note" not in one.get("class", ())
    ]
    for link in section.select("a.headerlink"):
        link.decompose()
    return sum(len(one.get_text(" ").split()) for one in kept)


@pytest.mark.slow
@pytest.mark.built
class TestDemoArticle:
    """The demo's article as it was rendered."""

    @pytest.fixture
    def sections(self) -> dict[str, Tag]:
        page = ROOT / "book" / "_build" / "html" / "article.html"
        if not page.is_file():
            pytest.skip("the whole book is not built; `make book` builds it")
        read = BeautifulSoup(page.read_text(encoding="utf-8"), "html.parser")
        found = read.select("article section")
        return {
            one.h2.get_text().rstrip("#"): one for one in found if one.find("h2", recursive=False)
        }

    @pytest.mark.parametrize("name", WORDS)
    def test_has_as_many_words_as_a_journal_wants(self, sections, name) -> None:
        least, most = WORDS[name]
        assert least <= running_words(sections[name]) <= most

    def test_has_two_tables_and_four_to_six_figures(self, sections) -> None:
        results = sections["Results"]
        assert len(results.select("table")) == 2
        assert 4 <= len(results.select("figure")) <= 6
        elsewhere = [
            one.select("table, figure") for name, one in sections.items() if name != "Results"
        ]
        assert not any(elsewhere)


def test_running_words_leave_out_captions_tables_and_headings() -> None:
    page = "<section><h2>Results</h2><p>Two words.</p><ul><li><p>Three more words</p></li></ul>"
    page += "<figure><figcaption><p>Not this</p></figcaption></figure>"
    page += "<table><tr><td><p>Nor this</p></td></tr></table><p class='note'>In all rows</p>"
    section = BeautifulSoup(page + "</section>", "html.parser").section
    assert running_words(section) == 5
