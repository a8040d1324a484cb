"""Partial studies: what the data hold, and the chapters, cells and passages that need it."""

import json
from pathlib import Path

import openpyxl
import pytest
from mini_study import ROOT, THRESHOLD, write_mini

from compendium.errors import InputError
from compendium.parts import PET, all_parts, parts_of, require_parts, study_parts
from compendium.pipeline import make as engine
from compendium.pipeline.book import make_book
from compendium.pipeline.chapters import all_chapters
from compendium.pipeline.contents import StudyContents
from compendium.pipeline.exploring import publishing
from compendium.pipeline.fingerprint import present, read_now
from compendium.pipeline.run import run_notebook
from compendium.publish.applying import _item, applying, applying_cells, applying_record, titled
from compendium.publish.registry import read_registry
from compendium.remembered import Remembered
from compendium.report import Report
from compendium.results.provenance import read_record
from compendium.results.reading import chapters, read_results, recorded_parts
from compendium.studies.trop2 import CODE
from compendium.studies.trop2 import PET as TRACER
from compendium.studies.tsh124i import CODE as IODINE

PARTS = all_parts()
TISSUE = parts_of([CODE], [])


def test_parts_are_studies_tracers_and_pet():
    assert parts_of([CODE], []) == [CODE]
    assert set(parts_of([CODE], [TRACER.code])) == {CODE, TRACER.code, PET}
    assert parts_of([CODE, IODINE], ["18F-Trop2", "124I"], ["S1"], ["R1"]) == sorted(study_parts())
    assert parts_of([], []) == []


def test_a_name_that_is_no_part_is_refused():
    with pytest.raises(InputError, match="methods.md: needs 'MRI'; expected TROP2, "):
        require_parts(["PET", "MRI"], "methods.md")
    with pytest.raises(InputError, match="needs 'TROP'"):
        applying(":::{needs} TROP\nText\n:::\n", TISSUE, "methods.md")


class TestContents:
    """What a study holds is read from its tables, CSV or workbook, and kept by content."""

    def parts(self, study: Path) -> list[str]:
        return StudyContents(study, Remembered()).parts

    def test_csv(self, tmp_path):
        (tmp_path / "tables").mkdir()
        (tmp_path / "tables/patient.csv").write_text("patient_id,study\nP1,TROP2\nP2, TROP2\n")
        assert self.parts(tmp_path) == TISSUE
        (tmp_path / "tables/pet_scan.csv").write_text("patient_id,tracer\n")
        assert self.parts(tmp_path) == TISSUE
        (tmp_path / "tables/pet_scan.csv").write_text("patient_id,tracer\nP1,18F-Trop2\n")
        assert self.parts(tmp_path) == sorted([CODE, TRACER.code, PET])

    def test_workbook(self, tmp_path):
        book = openpyxl.Workbook()
        book.active.title = "patient"
        for row in (("patient_id", "study"), ("T1", "TSH124I"), ("T2", None)):
            book.active.append(row)
        scans = book.create_sheet("pet_scan")
        for row in (("patient_id", "tracer"), ("T1", "124I")):
            scans.append(row)
        book.save(tmp_path / "study.xlsx")
        assert self.parts(tmp_path) == sorted([IODINE, "124I", PET])

    def test_tables_that_cannot_be_read_are_left_to_the_validation(self, tmp_path):
        (tmp_path / "tables").mkdir()
        (tmp_path / "tables/patient.csv").write_text('a,"b\n')
        assert self.parts(tmp_path) == []


class TestText:
    """A passage and a line stand where the study holds what they need."""

    text = (
        "One.\n:::{needs} PET\nTwo.\n\nThree.\n:::\nFour.\n"
        "{needs}`TROP2` Five.\n| {needs}`TROP2 18F-Trop2` six | 6 |\n"
        "::::{needs} TROP2\n:::{note}\nSeven.\n:::\n::::\n"
    )

    def test_left_out(self):
        assert applying(self.text, TISSUE, "x") == ("One.\nFour.\n Five.\n:::{note}\nSeven.\n:::\n")

    def test_kept(self):
        assert applying(self.text, PARTS, "x") == (
            "One.\nTwo.\n\nThree.\nFour.\n Five.\n| six | 6 |\n:::{note}\nSeven.\n:::\n"
        )

    def test_text_without_passages_is_as_it_was(self):
        plain = "# A\n\n:::{note}\nB {num}`n`\n:::\n\n- c\n"
        assert applying(plain, TISSUE, "x") == plain


def test_cells_and_what_they_published_go_together():
    cells = [
        {
            "id": "a",
            "cell_type": "markdown",
            "metadata": {},
            "source": ["{needs}`PET` No.\n", "Yes."],
        },
        {
            "id": "b",
            "cell_type": "code",
            "metadata": {"compendium": {"needs": ["PET"]}},
            "source": "",
        },
        {"id": "c", "cell_type": "code", "metadata": {}, "source": "x"},
    ]
    shown = list(applying_cells(cells, TISSUE, "x"))
    assert [cell["id"] for cell in shown] == ["a", "c"]
    assert shown[0]["source"] == "Yes."
    record = {"numbers": [{"cell_id": "b"}], "published": [{"cell_id": "c"}], "study": "s"}
    kept = applying_record(record, cells, TISSUE)
    assert kept == {"numbers": [], "published": [{"cell_id": "c"}], "study": "s"}
    assert applying_record(record, cells, PARTS) == record


def test_every_notebook_and_page_names_parts_that_there_are():
    for chapter in all_chapters(ROOT).values():
        cells = json.loads(chapter.source.read_text())["cells"]
        assert len(list(applying_cells(cells, PARTS, chapter.name))) == len(cells)
    for page in sorted((ROOT / "book").glob("*.md")):
        left = applying(page.read_text(), PARTS, page.name)
        assert "{needs}" not in left
        assert "{needs}" not in applying(page.read_text(), [], page.name)


def test_a_number_in_a_page_stands_where_its_chapter_does():
    """A page of a study without PET asks for no number of a chapter that is not made."""
    assert set(chapters(ROOT, TISSUE)) == {
        "01_cohort", "02_trop2_ihc", "05_survival", "06_operating_characteristics",
        "07_multiverse", "08_public_cohorts",
    }  # fmt: skip
    assert set(chapters(ROOT, parts_of([IODINE], ["124I"]))) == {
        "01_cohort", "03_pet_suvmax", "04_tsh_iodine_uptake", "06_operating_characteristics",
        "07_multiverse", "08_public_cohorts",
    }  # fmt: skip


def test_the_registry_of_a_partial_study_has_its_items_only():
    sections = {"sec-flow"}
    registry = read_registry(TISSUE, sections)
    assert {name.split("/")[0] for name in registry.items} == {"NCT07314255"}
    answered = {answer.item: answer.section for answer in registry.answers}
    assert answered["NCT07314255/POPULATION"] == "sec-flow"
    assert answered["NCT07314255/PET"] == ""
    reported = read_registry(TISSUE, {"sec-factors"}, {"hr_trop2_pfs"})
    assert [one.numbers for one in reported.answers if one.item.endswith("/C3")] == [
        ("hr_trop2_pfs",)
    ]


def test_the_title_names_the_studies_that_the_book_holds():
    title = "SUBJECTS in differentiated thyroid cancer"
    assert titled(title, PARTS) == "Trop2 and TSH in differentiated thyroid cancer"
    assert titled(title, TISSUE) == "Trop2 in differentiated thyroid cancer"
    assert titled(title, [IODINE]) == "TSH in differentiated thyroid cancer"
    assert titled("A title", TISSUE) == "A title"


@pytest.mark.slow
class TestSmallProject:
    """A project of two chapters, the second of which, and a passage, need another study."""

    @pytest.fixture
    def params(self, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
        monkeypatch.setenv("COMPENDIUM_ROOT", str(tmp_path))
        params = write_mini(tmp_path)
        second = tmp_path / "notebooks/02_scores.ipynb"
        content = json.loads(second.read_text())
        content["metadata"]["compendium"]["needs"] = [IODINE]
        second.write_text(json.dumps(content))
        page = tmp_path / "book/methods.md"
        lines = page.read_text().split("\n\n")
        page.write_text("\n\n".join([lines[0], ":::{needs} TSH124I\n", *lines[1:], ":::\n"]))
        return params

    def test_is_made_without_them(self, params):
        now = present(params)
        steps = engine.steps_of(now, workers=1, threshold=THRESHOLD)
        assert [step.name for step in steps if "data" not in step.name] == ["01_cohort", "book"]
        assert recorded_parts(now.results_dir) == set(TISSUE)
        assert [run.notebook for run in read_results(params).runs] == ["01_cohort"]
        page = make_book(params, threshold=THRESHOLD)
        assert not (page.parent / "notebooks/02_scores.html").exists()
        methods = (page.parent / "methods.html").read_text()
        assert "Methods" in methods
        assert "It was" not in methods
        with pytest.raises(InputError, match="02_scores.ipynb: needs TSH124I, which .* does not"):
            run_notebook(now.root / "notebooks/02_scores.ipynb", params, progress=False)

    def test_what_comes_behind_them_reads_an_empty_table_and_stays_fresh(self, params):
        first = params.parents[1] / "notebooks/01_cohort.ipynb"
        content = json.loads(first.read_text())
        content["metadata"]["compendium"]["after"] = ["02_scores"]
        first.write_text(json.dumps(content))
        names = {"study_dir": "data/mini", "results_dir": "results/mini", "seed": 1, "rules": {}}
        with publishing(params.parents[1] / "results/mini"):
            report = Report("01_cohort", names)
        assert report.read("02_scores", "mini_groups").empty
        report.save()
        now = present(params)
        reads = read_record(now.results_dir / "reads/01_cohort.json")
        assert reads["earlier"] == {"02_scores/mini_groups": ""}
        assert (now.results_dir / "tables/mini_groups.csv").is_file()  # of when it did apply
        assert read_now(reads, now)["earlier"] == reads["earlier"]

    def test_a_chapter_that_names_no_part_is_refused(self, params):
        second = params.parents[1] / "notebooks/02_scores.ipynb"
        content = json.loads(second.read_text())
        content["metadata"]["compendium"]["needs"] = ["tissue"]
        second.write_text(json.dumps(content))
        with pytest.raises(InputError, match="02_scores.ipynb: needs 'tissue'; expected TROP2"):
            make_book(params, threshold=THRESHOLD)


def test_a_checklist_keeps_what_a_study_of_these_parts_is_to_hold() -> None:
    item = {"item": "4", "asks": "x", "at": {"here": ["one", {"TROP2": ["two"]}]}}
    assert _item(item, (), ["TROP2"], "strobe.yml")["at"] == {"here": ["one", "two"]}
    assert _item(item, (), ["TSH124I"], "strobe.yml")["at"] == {"here": ["one"]}
    only = {"item": "4", "asks": "x", "at": {"here": [{"TROP2": ["two"]}], "there": ["one"]}}
    assert "at" not in _item(only, ["there"], ["TSH124I"], "strobe.yml")


@pytest.mark.parametrize(
    ("text", "line"),
    [
        (":::{needs} PET\n:::{needs} TROP2\na\n:::\nb\n:::\n", 2),  # of one length in one another
        (":::{needs} PET\na\n", 1),
        ("a\n:::\n", 2),
    ],
)
def test_fences_that_would_be_misread_are_refused(text: str, line: int) -> None:
    with pytest.raises(InputError, match=f"article.md, line {line}:"):
        applying(text, ["TROP2"], "article.md")


def test_fences_within_others_of_other_length_are_read() -> None:
    text = "::::{needs} TROP2\na\n:::{needs} PET\nb\n:::\nc\n::::\n"
    assert applying(text, ["TROP2"], "article.md") == "a\nc\n"
