"""The book: fresh, whole, of one study, every number traced; and what makes it refuse."""

import codecs
import json
import re
import shutil
import sys
from dataclasses import replace
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import pytest
import yaml
from bs4 import BeautifulSoup
from mini_study import ROOT, THRESHOLD, declared, write_mini
from sphinx.errors import ExtensionError

from compendium.errors import InputError
from compendium.notebook_file import chapter_files
from compendium.pipeline.book import make_book, require_fresh
from compendium.pipeline.freshness import stale_chapters
from compendium.publish import book
from compendium.publish.archive import write_archive
from compendium.publish.editions import PRIVATE, PUBLIC, edition_at
from compendium.publish.staging import stage
from compendium.results.reading import chapters, read_results
from compendium.results.record import Output
from compendium.rows import Row, Sensitivity
from compendium.rules import Rules

sys.path.insert(0, str(ROOT / "book" / "_ext"))
from compendium_book.chapters import _fold, chapter
from compendium_book.checklists import ORDER, checklists
from compendium_book.markdown import pipe_table, plain
from compendium_book.published import Made, Published
from compendium_book.rules import CITED, in_words, rules_table, value_of


@pytest.fixture
def html(mini_book: Path) -> Path:
    """The small study's book."""
    return mini_book / "book" / "_build" / "html"


def params(project: Path) -> Path:
    return project / "params" / "mini.yml"


def edit(path: Path, change: Any) -> None:
    content = json.loads(path.read_text())
    change(content)
    path.write_text(json.dumps(content))


@pytest.mark.slow
def test_a_sweep_of_the_study_is_a_page_of_the_supplement(html: Path) -> None:
    page = (html / "sweeps.html").read_text(encoding="utf-8")
    assert "3 settings of" in page
    assert "18.0" in page
    assert 'href="sweeps.html"' in (html / "index.html").read_text(encoding="utf-8")


@pytest.mark.slow
class TestRefusals:
    """What stops the book, before anything is rendered."""

    def refusal(self, project: Path) -> str:
        with pytest.raises(InputError) as refused:
            make_book(params(project), threshold=THRESHOLD)
        assert not (project / "book" / "_build" / "html").exists()
        return str(refused.value)

    def test_number_deleted(self, project: Path) -> None:
        numbers = project / "results/mini/numbers/02_scores.json"
        edit(numbers, lambda record: record["numbers"].pop(0))
        assert "numbers/02_scores.json was changed since the notebook wrote it" in self.refusal(
            project
        )

    def test_number_changed_by_hand(self, project: Path) -> None:
        numbers = project / "results/mini/numbers/02_scores.json"
        numbers.write_text(numbers.read_text().replace("21.5", "31.5"))
        assert "numbers/02_scores.json was changed" in self.refusal(project)

    def test_table_changed_by_hand(self, project: Path) -> None:
        table = project / "results/mini/tables/mini_groups.csv"
        table.write_text(table.read_text().replace("120.5", "130.5"))
        assert "tables/mini_groups.csv was changed" in self.refusal(project)

    def test_executed_notebook_changed_by_hand(self, project: Path) -> None:
        notebook = project / "results/mini/notebooks/02_scores.ipynb"
        notebook.write_text(notebook.read_text().replace("120.5", "130.5"))
        assert "notebooks/02_scores.ipynb was changed" in self.refusal(project)

    def test_figure_gone(self, project: Path) -> None:
        (project / "results/mini/figures/mini_scores.svg").unlink()
        assert "figures/mini_scores.svg is gone" in self.refusal(project)

    def test_numbers_of_another_study(self, project: Path) -> None:
        shutil.copytree(project / "results/mini", project / "results/other")
        shutil.copytree(project / "data/mini", project / "data/other")
        text = params(project).read_text().replace("mini", "other")
        params(project).write_text(text)
        message = self.refusal(project)
        assert "02_scores: its numbers are of the study 'mini', expected 'other'" in message

    def test_chapter_that_has_not_run(self, project: Path) -> None:
        (project / "results/mini/provenance/02_scores.json").unlink()
        assert "02_scores: has not run for this study" in self.refusal(project)

    def test_notebook_that_was_added_and_has_not_run(self, project: Path) -> None:
        shutil.copy(project / "notebooks/02_scores.ipynb", project / "notebooks/09_new.ipynb")
        assert "09_new: has not run for this study" in self.refusal(project)

    @pytest.mark.parametrize(
        ("what", "spoil"),
        [
            ("02_scores: its code changed", "notebooks/02_scores.ipynb"),
            (
                "01_cohort: the study's synthetic is False, was True, table patient changed",
                "data/mini/tables/patient.csv",
            ),
            ("02_scores: the environment's lock changed", "requirements.lock"),
        ],
    )
    def test_stale_results(self, project: Path, what: str, spoil: str) -> None:
        path = project / spoil
        if path.suffix == ".ipynb":
            edit(path, lambda notebook: notebook["cells"][2].update(source=["x = 2"]))
        else:
            path.write_text(path.read_text() + "\n")
        message = self.refusal(project)
        assert "the results are not fresh" in message
        assert what in message

    def test_changed_parameter_is_stale(self, project: Path) -> None:
        params(project).write_text(params(project).read_text().replace("seed: 1", "seed: 2"))
        assert "02_scores: setting seed is 2, was 1" in self.refusal(project)

    def test_metadata_alone_is_not_stale(self, project: Path) -> None:
        edit(project / "notebooks/02_scores.ipynb", lambda n: n["metadata"].update(x=1))
        assert stale_chapters(read_results(params(project))) == []

    def test_unknown_number_names_page_line_and_id(self, project: Path) -> None:
        page = project / "book" / "methods.md"
        page.write_text(page.read_text() + "\nIt is {num}`mini_shfit`, {num}`mini_shift|se`.\n")
        line = page.read_text().count("\n")
        message = self.refusal(project)
        assert f"methods.md, line {line}: mini_shfit" in message
        assert f"methods.md, line {line}: mini_shift has no part 'se'" in message

    def test_real_study_with_a_name_in_a_free_text_cell(
        self, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        monkeypatch.setenv("COMPENDIUM_ROOT", str(tmp_path))
        write_mini(tmp_path, synthetic=False, note="由张建国转入")
        monkeypatch.setattr(
            book, "render", lambda staged: (staged / "_build/html").mkdir(parents=True)
        )
        with pytest.raises(InputError) as refused:
            make_book(params(tmp_path), public=True, threshold=THRESHOLD)
        assert not (tmp_path / "book/_build/public").exists()
        message = str(refused.value)
        assert "data/mini, table patient, row 2, column note: name, Chinese 张**" in message
        assert "张建国" not in message

    def test_a_real_study_s_own_investigators_have_a_book_at_once_and_it_is_marked(
        self, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        monkeypatch.setenv("COMPENDIUM_ROOT", str(tmp_path))
        write_mini(tmp_path, synthetic=False, note="由张建国转入")
        page = make_book(params(tmp_path), threshold=THRESHOLD)
        assert page == tmp_path / "book/_build/html/index.html"
        for shown in [*page.parent.glob("*.html"), *page.parent.glob("notebooks/*.html")]:
            assert "PRIVATE" in shown.read_text(), shown
        assert edition_at(page.parent, "data/mini", params(tmp_path)) == PRIVATE
        results = read_results(params(tmp_path))
        with pytest.raises(InputError, match=r"is not passed on. `\S*compendium publish mini`"):
            write_archive(results, page.parent, tmp_path / "mini.zip")
        with pytest.raises(
            InputError, match="edition is 'public', was 'private'.*compendium publish mini"
        ):
            require_fresh(results, page.parent, THRESHOLD)


class TestWorkplace:
    def test_what_a_killed_run_left_is_removed_and_its_pages_come_back(
        self, tmp_path: Path
    ) -> None:
        html, left = tmp_path / "html", tmp_path / ".html-stage" / "dead" / "book"
        (tmp_path / ".html-old").mkdir()  # killed between the two renames of a swap
        (tmp_path / ".html-old" / "index.html").write_text("good")
        left.mkdir(parents=True)
        with book._workplace(html) as folder:
            assert (html / "index.html").read_text() == "good"
            assert not left.exists()
            with pytest.raises(InputError, match="another run makes the pages"):
                book._workplace(html).__enter__()
            assert folder.is_dir()
        assert [path.name for path in tmp_path.iterdir() if path.is_dir()] == ["html"]

    def test_an_old_folder_with_a_successor_goes(self, tmp_path: Path) -> None:
        html = tmp_path / "html"
        for name in ("html", ".html-old"):
            (tmp_path / name).mkdir()
            (tmp_path / name / "index.html").write_text(name)
        with book._workplace(html):
            assert (html / "index.html").read_text() == "html"
        assert not (tmp_path / ".html-old").exists()

    def test_pages_that_wait_without_being_whole_are_made_again(self, tmp_path: Path) -> None:
        (tmp_path / book.MADE_FROM).write_text("abc")
        assert book._waiting(tmp_path) == ""
        (tmp_path / book.PAGES).mkdir()
        assert book._waiting(tmp_path) == "abc"


@pytest.mark.slow
def test_draft_renders_stale_results_under_a_mark(
    project: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    (project / "requirements.lock").write_text("numpy==3\n")
    marks: list[str] = []

    def rendered(staged: Path) -> None:
        marks.append(json.loads((staged / "_published.json").read_text())["settings"]["mark"])
        (staged / "_build/html").mkdir(parents=True)

    monkeypatch.setattr(book, "render", rendered)
    make_book(params(project), draft=True, threshold=THRESHOLD)
    assert marks == ["SYNTHETIC DATA · DRAFT, RESULTS NOT FRESH"]


@pytest.mark.slow
def test_a_failed_build_leaves_the_book_that_was_there(
    project: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    old = project / "book" / "_build" / "html"
    old.mkdir(parents=True)
    (old / "index.html").write_text("old")

    def fails(staged: Path) -> None:
        raise InputError("the book does not render")

    monkeypatch.setattr(book, "render", fails)
    with pytest.raises(InputError):
        make_book(params(project), threshold=THRESHOLD)
    assert (old / "index.html").read_text() == "old"
    assert [path.name for path in old.parent.iterdir() if path.is_dir()] == ["html"]


def test_rows_of_persons_are_withheld_from_a_real_study(
    project: Path,
) -> None:
    results = declared(
        read_results(params(project)), "mini_groups", rows="patient", sensitivity="person"
    )
    runs = [replace(run, record=run.record | {"synthetic": False}) for run in results.runs]
    stage(replace(results, runs=runs), project / "staged", PUBLIC)
    settings = json.loads((project / "staged/_published.json").read_text())["settings"]
    assert settings["withheld"] == ["tables/mini_groups.csv"]
    copied = project / "staged/_extra/files/tables"
    names = ["fig_mini_scores.columns.csv", "fig_mini_scores.csv"]
    assert sorted(path.name for path in copied.iterdir()) == names


@pytest.mark.slow
class TestPages:
    """The rendered pages of the small study."""

    def page(self, html: Path, name: str) -> BeautifulSoup:
        return BeautifulSoup((html / f"{name}.html").read_text(), "html.parser")

    def test_every_page_says_synthetic_in_title_and_body(self, html: Path) -> None:
        pages = [*html.glob("*.html"), *html.glob("notebooks/*.html")]
        assert len(pages) >= 8
        for path in pages:
            page = BeautifulSoup(path.read_text(), "html.parser")
            assert "SYNTHETIC DATA" in page.title.get_text(), path.name
            assert page.find("aside", class_="bd-header-announcement"), path.name

    def test_number_is_printed_with_its_parts_and_leads_to_the_list(self, html: Path) -> None:
        links = self.page(html, "methods").select("a[data-num]")
        assert [link.get_text() for link in links] == [
            "21.5 points (95% CI 4.0 to 39.2)",
            "p = 0.012",
            "12 patients",
            "not estimable: 2 deaths; at least 10 needed",
            "12 patients",  # of the figure's caption
            "Hodges–Lehmann shift",  # which names its analysis
        ]
        listed = self.page(html, "numbers")
        for link in links:
            page, _, target = link["href"].partition("#")
            assert page == "numbers.html"
            assert listed.find(id=target)

    def test_every_number_leads_to_the_cell_that_made_it(self, html: Path) -> None:
        listed = self.page(html, "numbers")
        rows = [row for row in listed.select("tr") if row.select_one("[id^=num-]")]
        assert len(rows) == 4
        for row in rows:
            page, _, target = row.select("a")[-1]["href"].partition("#")
            cell = self.page(html, page.removesuffix(".html")).find(id=target)
            assert "report.number" in cell.get_text()

    def test_table_is_numbered_captioned_and_traced(self, html: Path) -> None:
        table = self.page(html, "notebooks/02_scores").select_one("table.results")
        assert table.caption.get_text(" ", strip=True).startswith(
            "Table 2 Scores by group."
        )  # 1: the article's
        assert [cell.get_text() for cell in table.select("tbody tr")[0].select("td")] == [
            "a", "120.5", "<0.001", "x",
        ]  # fmt: skip
        assert [link["data-where"] for link in table.select("a.traced")][:2] == [
            "a · Median",
            "a · p",
        ]
        assert all(cell.get("scope") == "col" for cell in table.select("thead th"))

    def test_figure_is_numbered_and_described(self, html: Path) -> None:
        figure = self.page(html, "notebooks/02_scores").find("figure")
        assert figure.img["alt"] == "Two bars of equal height"
        assert figure.figcaption.get_text(" ", strip=True).startswith("Figure 2")
        assert figure.figcaption.select_one("a.traced").get_text() == "12 patients"
        links = figure.figcaption.select(".origin a")
        assert [link.get_text() for link in links] == ["Data (CSV)", "Code"]
        data = html / "notebooks" / links[0]["href"]
        assert data.read_bytes().startswith(codecs.BOM_UTF8)
        assert links[1]["href"].startswith("../notebooks/02_scores.html#cell-")

    def test_code_is_folded(self, html: Path) -> None:
        page = self.page(html, "notebooks/02_scores")
        assert len(page.select("div.cell")) == len(page.select("div.cell details"))

    def test_what_notebooks_wrote_can_be_downloaded(self, html: Path) -> None:
        for link in self.page(html, "downloads").select("a[download]"):
            assert (html / link["href"]).is_file()
        assert (html / "files/tables/fig_mini_scores.csv").is_file()
        assert (html / "files/requirements.lock").is_file()

    def test_nothing_is_loaded_from_a_host(self, html: Path) -> None:
        for path in html.rglob("*.html"):
            for tag in BeautifulSoup(path.read_text(), "html.parser").find_all(
                ["script", "link", "img", "iframe"]
            ):
                source = tag.get("src") or tag.get("href") or ""
                assert not re.match(r"(?:https?:)?//", source), (path.name, source)

    def test_mathjax_is_one_local_file(self, html: Path) -> None:
        assert [path.name for path in (html / "_static/mathjax").iterdir()] == ["tex-svg.js"]
        scripts = [tag.get("src", "") for tag in self.page(html, "methods").find_all("script")]
        assert any(source.startswith("_static/mathjax/tex-svg.js") for source in scripts)


def shown(kind: str, name: str, mime: str = "text/html") -> dict[str, Any]:
    """A cell's output as the report leaves it."""
    return {
        "output_type": "display_data",
        "metadata": {"compendium": {"kind": kind, "id": name}},
        "data": {mime: '<svg width="100pt"></svg>'},
    }


class TestChapter:
    """An executed notebook on its way to a page."""

    def folded(self, *outputs: dict[str, Any]) -> tuple[Any, list[str]]:
        """The code cell, and the Markdown that comes after it."""
        alone = {"rows": Row.GROUP, "sensitivity": Sensitivity.GROUP}
        output = Output(id="f_one", kind="figure", file="", caption="Two.", alt="Two bars", **alone)
        figures = {name: Made(output, "02") for name in ("f_one", "f_two")}
        published = Published({}, {}, {}, {}, figures, {}, Path())
        cell = {"cell_type": "code", "id": "a", "execution_count": 4, "metadata": {}}
        cell |= {"source": "for name in names: report.publish(made[name])", "outputs": outputs}
        text = json.dumps({"nbformat": 4, "nbformat_minor": 5, "metadata": {}, "cells": [cell]})
        code, *after = json.loads(chapter(text, published))["cells"]
        return code, ["".join(cell["source"]) for cell in after]

    def test_tables_and_numbers_are_known_by_what_the_output_says(self) -> None:
        code, after = self.folded(shown("table", "t_one"), shown("number", "n_one"))
        assert code["outputs"] == []
        assert code["metadata"]["tags"] == ["hide-input"]
        assert after == ["```{results-table} t_one\n```", "```{reported-number} n_one\n```"]

    def test_a_figure_has_caption_and_alternative_text_of_the_record(self) -> None:
        code, _ = self.folded(shown("figure", "f_one", "image/svg+xml"))
        set_as = code["metadata"]["mystnb"]
        assert set_as["figure"] == {"caption": "Two. {origin}`f_one`", "name": "fig-f-one"}
        assert set_as["image"]["alt"] == "Two bars"

    @pytest.mark.parametrize(
        ("source", "prompt"),
        [
            ("from a.b import c\nfrom d import (\n    e,\n    f,\n)", "Imports"),
            ("import a\nb = a.c()", None),
        ],
    )
    def test_a_cell_of_imports_has_a_name_of_its_own(self, source, prompt) -> None:
        cell = SimpleNamespace(source=source, metadata={})
        _fold(cell)
        assert cell.metadata.get("mystnb", {}).get("code_prompt_show") == prompt

    def test_two_figures_of_one_cell_are_refused(self) -> None:
        figures = [shown("figure", name, "image/svg+xml") for name in ("f_one", "f_two")]
        with pytest.raises(ExtensionError, match="cell a shows f_one and f_two"):
            self.folded(*figures)


def test_markdown_pieces_escape() -> None:
    assert plain("a_b [c]") == r"a\_b \[c\]"
    assert pipe_table(("x",), [("a|b\nc",)]) == "| x |\n| --- |\n| a\\|b c |"


class TestChecklists:
    """STROBE, REMARK and STARD as data."""

    def spoilt(self, folder: Path, item: dict[str, Any]) -> None:
        for name in ORDER:
            listed = {"name": name, "cites": "x", "items": [item]}
            (folder / f"{name}.yml").write_text(yaml.safe_dump(listed))

    def test_official_items_are_all_there(self) -> None:
        folder = ROOT / "book" / "checklists"
        items = {
            name: [
                str(i["item"])
                for i in yaml.safe_load((folder / f"{name}.yml").read_text())["items"]
            ]
            for name in ORDER
        }
        assert items["remark"] == [str(n) for n in range(1, 21)]
        assert {re.sub(r"\D", "", item) for item in items["strobe"]} == {
            str(n) for n in range(1, 23)
        }
        assert {int(re.sub(r"\D", "", item)) for item in items["stard"]} <= set(range(1, 31))

    def test_empty_item_fails(self, tmp_path: Path) -> None:
        self.spoilt(tmp_path, {"item": 1, "asks": "x"})
        with pytest.raises(Exception, match=r"strobe.yml, item 1: expected `at`"):
            checklists(tmp_path)

    def test_a_place_of_which_nothing_is_said_fails(self, tmp_path: Path) -> None:
        self.spoilt(tmp_path, {"item": 1, "asks": "x", "at": {"methods": []}})
        with pytest.raises(Exception, match=r"strobe.yml, item 1: expected `at` as label"):
            checklists(tmp_path)

    def test_item_without_a_question_fails(self, tmp_path: Path) -> None:
        self.spoilt(tmp_path, {"item": 1, "asks": "", "at": {"methods": ["x"]}})
        with pytest.raises(Exception, match=r"strobe.yml, item 1"):
            checklists(tmp_path)

    @pytest.mark.slow
    def test_dangling_place_fails_the_build(self, project: Path) -> None:
        (project / "book" / "checklists").mkdir()
        self.spoilt(
            project / "book" / "checklists", {"item": 1, "asks": "x", "at": {"nowhere": ["x"]}}
        )
        (project / "book" / "numbers.md").write_text(
            "(numbers)=\n# Numbers\n\n```{generated} checklists\n```\n"
        )
        with pytest.raises(
            InputError, match=r"numbers.md:\d+: WARNING: undefined label: 'nowhere'"
        ):
            make_book(params(project), threshold=THRESHOLD)


def test_every_reference_has_a_doi() -> None:
    text = (ROOT / "book" / "references.bib").read_text()
    entries = re.findall(r"^@\w+\{(\w+),(.*?)^\}", text, re.MULTILINE | re.DOTALL)
    assert len(entries) > 30
    dois = [re.search(r"doi\s*=\s*\{(10\.\d{4,}/\S+)\}", body) for _, body in entries]
    assert all(dois)
    assert len({found[1] for found in dois if found}) == len(entries)


def test_every_reference_is_cited_and_every_citation_known() -> None:
    known = set(re.findall(r"^@\w+\{(\w+),", (ROOT / "book/references.bib").read_text(), re.M))
    texts = [path.read_text() for path in (ROOT / "book").glob("*.md")]
    texts += [path.read_text() for path in (ROOT / "book" / "checklists").glob("*.yml")]
    texts += [path.read_text() for path in (ROOT / "notebooks").glob("*.ipynb")]
    cited = {
        key.strip()
        for text in texts
        for found in re.findall(r"\{cite(?::\w+)?\}`([^`]+)`|^cites: (\w+)", text, re.M)
        for key in (found[0] or found[1]).split(",")
    }
    assert cited == known


def test_every_figure_of_the_notebooks_has_a_caption_and_a_name() -> None:
    for path in chapter_files(ROOT / "notebooks"):
        for cell in json.loads(path.read_text())["cells"]:
            if "report.figure(" in "".join(cell["source"]):
                figure = cell["metadata"].get("mystnb", {}).get("figure", {})
                where = f"{path.name}, {cell['id']}"
                assert figure.get("caption"), where
                assert figure.get("name", "").startswith("fig-"), where


def test_every_notebook_is_a_chapter_without_a_line_in_the_contents(project: Path) -> None:
    shutil.copy(project / "notebooks/02_scores.ipynb", project / "notebooks/10_new.ipynb")
    assert chapters(project, []) == ["01_cohort", "02_scores", "10_new"]
    contents = yaml.safe_load((ROOT / "book" / "_toc.yml").read_text())
    listed = [entry for part in contents["parts"] for entry in part["chapters"]]
    assert [entry for entry in listed if "notebooks" in str(entry)] == [{"glob": "notebooks/*"}]


@pytest.mark.slow
class TestRules:
    """A copy that departs from a registered value says so, where the value is and at the head."""

    def test_prose_takes_the_value_in_force_and_marks_what_departs(self, html: Path) -> None:
        page = BeautifulSoup((html / "methods.html").read_text(), "html.parser")
        (marked,) = page.select("abbr.departs")
        assert marked.text == "60"
        assert marked["title"] == "departs from the registered value, 0.7"
        assert "over 60 % of 5." in page.get_text()

    def test_a_chapter_that_reads_it_says_so_at_its_head_and_others_do_not(
        self, html: Path
    ) -> None:
        pages = {
            name: BeautifulSoup((html / "notebooks" / f"{name}.html").read_text(), "html.parser")
            for name in ("01_cohort", "02_scores")
        }
        (box,) = pages["02_scores"].select("div.admonition.departs")
        assert "tg_ratio is 0.6, registered 0.7: R1: a Tg after/before" in box.get_text()
        assert pages["01_cohort"].select("div.admonition.departs") == []

    def test_the_title_page_and_the_page_of_numbers_name_it(self, html: Path) -> None:
        index = BeautifulSoup((html / "index.html").read_text(), "html.parser").get_text()
        assert "tg_ratio 0.6 (0.7) in Chapter scores" in index
        numbers = BeautifulSoup((html / "numbers.html").read_text(), "html.parser").get_text(" ")
        assert re.search(r"tg_ratio\s*, departs\s+registered 0\.7", numbers)

    def published(self, **rules: object) -> Published:
        read = {"departures": [], "rules": {"tg_ratio": 0.7}}
        titles = {"01_cohort": "The cohort"}
        return Published({"rules": rules}, {"01_cohort": read}, {}, {}, {}, titles, Path())

    def test_every_limit_is_listed_with_value_range_grounds_and_readers(self) -> None:
        lines = rules_table(self.published(tg_ratio=0.6)).splitlines()
        assert len(lines) == len(Rules.declared) + 2
        line = next(line for line in lines if "`tg_ratio`" in line)
        assert "| **0.6** | 0.7 | over 0, at most 2 (ratio) | Between sources" in line
        assert "wang2017" in line
        assert "{doc}`The cohort </notebooks/01_cohort>`" in line
        line = next(line for line in lines if "`tsh_low`" in line)
        assert "| 20–40 | 20–40 |" in line
        assert "no chapter of this copy" in line

    def test_grounds_are_in_the_bibliography(self) -> None:
        known = set(re.findall(r"^@\w+\{(\w+),", (ROOT / "book/references.bib").read_text(), re.M))
        cited = {key for limit in Rules.declared.values() for key in CITED.findall(limit.source)}
        assert cited <= known

    def test_an_unknown_rule_is_named(self) -> None:
        with pytest.raises(InputError, match="no rule 'tg_ration'; expected one of min_age"):
            value_of(self.published(), "tg_ration")

    @pytest.mark.parametrize(
        ("value", "words"),
        [(0.7, "0.7"), (12.0, "12"), ((20.0, 40.0), "20–40"), (True, "yes"), ("", "not set")],
    )
    def test_values_are_read_as_words(self, value: object, words: str) -> None:
        assert in_words(value) == words
