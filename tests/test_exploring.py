"""Exploring is apart from publishing: where it writes, on which study, how far it leads away."""

import json
import os
from pathlib import Path

import pytest
from test_pipeline import no_kernel, project, run, write_notebook, write_params  # noqa: F401

from compendium.errors import InputError, UserError
from compendium.files import below, sha256
from compendium.parameters import notebook_parameters
from compendium.pipeline import exploring, shown
from compendium.pipeline.chapters import all_chapters
from compendium.pipeline.fingerprint import present
from compendium.pipeline.freshness import reasons
from compendium.pipeline.hints import meaning_of
from compendium.report import Report

BODY = 'report.number("mini_product", factor * report.rules.tg_ratio, label="Product")'
TABLE = 'report.table("mini_table", report.study.tables["patient"], rows="patient")'
OPENED = {"study_dir": "data/mini", "results_dir": "results/mini", "seed": 3, "factor": 2.0}
WRITES = ["tables/mini_table.csv"]


def with_rules(notebook: Path) -> Path:
    said = json.loads(notebook.read_text())
    (cell,) = [c for c in said["cells"] if "parameters" in c["metadata"].get("tags", [])]
    cell["source"] = [*cell["source"], "rules = {}  # rules"]
    notebook.write_text(json.dumps(said))
    return notebook


@pytest.fixture
def published(no_kernel, project: Path) -> Path:  # noqa: F811
    """The project with one published chapter; gives its results folder."""
    write_notebook(project, "02_mini", after=["01_mini"])
    run(project, with_rules(write_notebook(project, "01_mini", BODY, TABLE, writes=WRITES)))
    with_rules(project / "notebooks/02_mini.ipynb")
    return project / "results/mini"


def explored(rules: object = None, **changed: object) -> Report:
    report = Report("01_mini", OPENED | {"rules": rules or {}} | changed)
    value = report.parameters["factor"] * report.rules.tg_ratio
    report.number("mini_product", value, label="Product")
    report.table("mini_table", report.study.tables["patient"], rows="patient")
    report.save()
    return report


def test_what_is_explored_leaves_what_is_published_as_it_is_and_fresh(published, project):  # noqa: F811
    before = {name: sha256(published / name) for name in below(published)}
    report = explored({"tg_ratio": 0.5})
    after = {name: sha256(published / name) for name in below(published)}
    new = {name for name in after if name not in before}
    assert {name: after[name] for name in before} == before
    assert {name.partition("01_mini/")[0] for name in new} == {"explore/"}
    assert report.results_dir == published / "explore/01_mini"
    now = present(project / "params/mini.yml")
    assert list(reasons(all_chapters(project)["01_mini"], now)) == []


def test_a_folder_that_no_study_publishes_to_is_written_as_papermill_users_expect(
    published,
    project,  # noqa: F811
):
    report = explored(results_dir="results/tried")
    assert report.results_dir == project / "results/tried"
    assert not report.exploring
    assert (project / "results/tried/numbers/01_mini.json").is_file()


def test_another_study_of_the_runner_gives_no_leave_to_publish(published, project, monkeypatch):  # noqa: F811
    monkeypatch.setenv(exploring.PUBLISHES, str(project / "results/other"))
    assert Report("01_mini", OPENED | {"rules": {}}).exploring
    monkeypatch.setenv(exploring.PUBLISHES, str(published))
    assert not Report("01_mini", OPENED | {"rules": {}}).exploring


def test_each_number_says_how_far_it_is_from_the_published_one(published):
    report = Report("01_mini", OPENED | {"rules": {"tg_ratio": 0.5}})
    product = report.rules.tg_ratio * 2
    moved = report.number("mini_product", product, label="Product")
    assert moved.text == "Product: 1.00 [published: 1.40; −0.40]"
    same = Report("01_mini", OPENED | {"rules": {}}).number("mini_product", 1.4, label="Product")
    assert same.text == "Product: 1.40 [as published]"
    new = report.number("mini_new", 1)
    assert new.text == "mini new: 1.00 [not published]"


def test_headings_of_a_table_explain_themselves_where_it_is_explored(published, monkeypatch):
    report = Report("01_mini", OPENED | {"rules": {}})
    shown = report.table("mini_table", report.study.tables["patient"], rows="patient")
    assert f'title="{meaning_of("age_years")}"' in shown.html
    monkeypatch.setenv(exploring.PUBLISHES, str(published))
    published_one = Report("01_mini", OPENED | {"rules": {}})
    shown = published_one.table("mini_table", report.study.tables["patient"], rows="patient")
    assert "title=" not in shown.html


def test_the_banner_names_settings_that_differ_from_the_studys(published, project):  # noqa: F811
    write_params(project, "{factor: 3.0}")
    report = Report("01_mini", OPENED | {"rules": {"tg_ratio": 0.5}})
    said = report._banner(project).text
    assert "Exploring study mini: nothing of this is published" in said
    assert "written to mini/explore/01_mini" in said
    assert "factor = 2.0 (study: 3.0); tg_ratio = 0.5 (study: 0.7)" in said
    same = Report("01_mini", OPENED | {"rules": {}, "factor": 3.0})
    assert "differ from the study's: none." in same._banner(project).text


class TestReading:
    def test_takes_the_explored_table_of_the_same_rules(self, published):
        explored({"tg_ratio": 0.5})
        place = exploring.place_to_read
        report = Report("02_mini", OPENED | {"rules": {"tg_ratio": 0.5}})
        assert place(published, "01_mini", report.rules, 3) == published / "explore/01_mini"
        assert report.read("01_mini", "mini_table")["patient_id"].tolist() == ["P1"]

    def test_takes_the_published_one_where_another_rule_was_explored(self, published):
        explored({"tg_ratio": 0.5})
        report = Report("02_mini", OPENED | {"rules": {}})
        assert exploring.place_to_read(published, "01_mini", report.rules, 3) == published

    def test_takes_the_published_one_where_it_was_published_anew_whatever_the_files_times(
        self,
        published,
        project,  # noqa: F811
    ):
        explored()
        report = Report("02_mini", OPENED | {"rules": {}})
        place = exploring.place_to_read
        record = published / "numbers/01_mini.json"
        os.utime(record, (2e9, 2e9))  # copied, or touched: its content is as it was
        assert place(published, "01_mini", report.rules, 3) == published / "explore/01_mini"
        record.write_text(record.read_text() + " ")
        os.utime(record, (1e9, 1e9))
        assert place(published, "01_mini", report.rules, 3) == published

    def test_of_other_rules_is_refused_with_both(self, published):
        report = Report("02_mini", OPENED | {"rules": {"tg_ratio": 0.4}})
        with pytest.raises(InputError, match=r"made with tg_ratio = 0.7, here 0.4. Run 01_mini"):
            report.read("01_mini", "mini_table")

    def test_of_another_seed_is_refused(self, published):
        report = Report("02_mini", OPENED | {"rules": {}, "seed": 4})
        with pytest.raises(InputError, match="made with seed = 3, here 4"):
            report.read("01_mini", "mini_table")


class TestOpeningOnAStudy:
    @pytest.fixture
    def other(self, published, project, monkeypatch) -> dict[str, object]:  # noqa: F811
        text = (project / "params/mini.yml").read_text().replace("results/mini", "results/own")
        text = text.replace("{}", "{factor: 5.0}").replace("seed: 3", "seed: 9")
        (project / "params/own.yml").write_text(text + "rules: {tg_ratio: 0.6}\n")
        monkeypatch.setenv(exploring.STUDY, "own")
        return OPENED | {"seed": 1, "rules": {}}

    def test_takes_the_settings_of_the_chosen_one(self, other, project):  # noqa: F811
        report = Report("01_mini", other)
        assert (other["factor"], other["seed"], other["results_dir"]) == (5.0, 9, "results/own")
        assert report.rules.tg_ratio == 0.6
        assert report.results_dir == project / "results/own/explore/01_mini"

    def test_says_what_it_took_in_place_of_the_cells_defaults(self, other, project):  # noqa: F811
        said = Report("01_mini", other)._banner(project).text
        assert "Taken from the study: " in said
        assert "factor = 5.0 (in the cell, as by default: 2.0)" in said
        assert "name study_dir and results_dir of the study in it" in said

    def test_keeps_what_the_cell_sets_otherwise(self, other):
        other |= {"factor": 7.0, "rules": {"tg_ratio": 0.5}}
        report = Report("01_mini", other)
        assert (report.parameters["factor"], report.rules.tg_ratio) == (7.0, 0.5)

    def test_that_took_nothing_says_nothing(self, other, project):  # noqa: F811
        report = Report("01_mini", other | {"results_dir": "results/own", "study_dir": "data/mini"})
        assert "Taken from the study" not in report._banner(project).text

    def test_leaves_a_notebook_that_names_another_study(self, other):
        other |= {"results_dir": "results/third"}
        Report("01_mini", other)
        assert (other["factor"], other["results_dir"]) == (2.0, "results/third")

    def test_is_remembered_while_it_is_there(self, other, project):  # noqa: F811
        assert exploring.last_study(project) == "demo"
        exploring.remember_study(project, "own")
        assert exploring.last_study(project) == "own"
        (project / "params/own.yml").unlink()
        assert exploring.last_study(project) == "demo"


def test_a_setting_edited_in_a_notebook_is_not_published(published, project):  # noqa: F811
    notebook = project / "notebooks/01_mini.ipynb"
    said = notebook.read_text()
    notebook.write_text(said.replace('"rules = {}', '"suv_window = 5.0  # x\\n", "rules = {}'))
    with pytest.raises(InputError, match="suv_window = 5.0; expected the default 10.0"):
        notebook_parameters(notebook, project / "params/mini.yml")
    notebook.write_text(said.replace('"rules = {}', '"suv_window = 10.0  # x\\n", "rules = {}'))
    assert notebook_parameters(notebook, project / "params/mini.yml")["suv_window"] == 10.0


def test_a_refusal_in_a_notebook_is_its_message_alone():
    from IPython.core.interactiveshell import InteractiveShell

    shell = InteractiveShell()
    said = []
    shell._showtraceback = lambda kind, error, lines: said.append((kind, lines))
    shell.set_custom_exc((UserError,), shown._say_refusal)
    done = shell.run_cell("from compendium.errors import InputError\nraise InputError('a, row 1')")
    assert isinstance(done.error_in_exec, InputError)
    assert said == [(InputError, ["Refused. a, row 1"])]
