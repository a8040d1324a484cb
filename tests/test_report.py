"""What a notebook publishes: ids, tables, figures, and what a later notebook may read."""

import hashlib
import json
import math
from pathlib import Path

import numpy as np
import pandas as pd
import pytest
from study_tables import as_generated
from test_pipeline import PATIENT, project, write_notebook  # noqa: F401

from compendium.errors import InputError
from compendium.estimates import Estimate, not_estimable
from compendium.explore.opened import Opened
from compendium.figures.style import new_figure
from compendium.pipeline.exploring import PUBLISHES
from compendium.published import Number, Table, result
from compendium.report import Report
from compendium.rules import Rules

NAMESPACE = {"study_dir": "data/mini", "results_dir": "results/mini", "seed": 3, "factor": 2.0}


@pytest.fixture
def report(project: Path, monkeypatch: pytest.MonkeyPatch) -> Report:  # noqa: F811
    write_notebook(project, "01_mini")
    monkeypatch.setenv(PUBLISHES, str(project / "results/mini"))  # as the runner does
    return Report("01_mini", NAMESPACE)


@pytest.fixture
def later(report: Report, project: Path) -> Report:  # noqa: F811
    write_notebook(project, "01_mini", writes=["tables/mini_table.csv"])
    report.table("mini_table", report.study.tables["patient"], rows="patient")
    report.save()
    write_notebook(project, "02_mini", after=["01_mini", "03_mini"])
    write_notebook(project, "03_mini", writes=["tables/mini_table.csv"])
    return Report("02_mini", NAMESPACE)


def written(report: Report) -> dict:
    report.save()
    path = report.results_dir / "numbers" / f"{report.notebook}.json"
    return json.loads(path.read_text())


def test_an_estimate_is_kept_with_its_interval_n_and_method(report):
    found = Estimate(estimate=np.float64(0.75), low=0.6, high=0.9, n=60, p=0.01, method="DeLong")
    shown = report.number("mini_auc", found, label="AUC")
    assert shown.text == "AUC: 0.75 (95% CI 0.60 to 0.90)"
    (entry,) = written(report)["numbers"]
    assert (entry["value"], entry["low"], entry["high"]) == (0.75, 0.6, 0.9)
    assert (entry["n"], entry["p"], entry["method"]) == (60, 0.01, "DeLong")


def test_a_result_that_is_not_estimable_is_kept_as_its_reason(report):
    shown = report.number("mini_os", not_estimable("2 deaths; 10 needed", n=30), label="OS")
    assert shown.text == "OS: not estimable: 2 deaths; 10 needed"
    (entry,) = written(report)["numbers"]
    assert entry["value"] is None
    assert entry["reason"] == "2 deaths; 10 needed"


def test_an_infinite_limit_survives_json(report):
    report.number("mini_hr", Estimate(estimate=2.0, low=1.0, high=math.inf))
    assert written(report)["numbers"][0]["high"] == "inf"


@pytest.mark.parametrize("value", [math.nan, math.inf])
def test_a_bare_value_that_is_no_number_is_refused(report, value):
    with pytest.raises(InputError, match="mini_x: .* is not a number"):
        report.number("mini_x", value)


def test_an_id_is_reported_once_and_well_formed(report):
    report.number("mini_n", 1)
    with pytest.raises(InputError, match="'mini_n' is reported twice"):
        report.number("mini_n", 2)
    with pytest.raises(InputError, match="'Mini-n' is no id"):
        report.number("Mini-n", 1)


def test_a_parameter_without_value_is_named(project):  # noqa: F811
    write_notebook(project, "01_mini")
    with pytest.raises(InputError, match="the parameters factor have no value"):
        Report("01_mini", {k: v for k, v in NAMESPACE.items() if k != "factor"})


def test_a_name_hides_no_row_a_person(report):
    name, ledger = "ledger", pd.DataFrame({"patient_id": ["P1"], "verdict": ["kept"]})
    with pytest.raises(TypeError, match="'rows'"):
        report.table(name, ledger)
    with pytest.raises(InputError, match="its column patient_id makes it a row a person"):
        report.table(name, ledger, rows="rule")
    report.table(name, ledger, rows="entry")
    (output,) = written(report)["published"]
    assert (output["id"], output["rows"], output["sensitivity"]) == ("ledger", "entry", "person")


class TestPublishing:
    """Results that bring their own ids, headings and captions."""

    @staticmethod
    @result
    def compared():
        yield Number("mini_shift", 3, label="Shift")
        yield Table("mini_groups", pd.DataFrame({"n": [3]}), rows="group", caption="Groups.")

    def test_a_result_publishes_all_that_it_brings_and_is_its_source(self, report):
        report.publish(self.compared())
        record = written(report)
        assert [number["id"] for number in record["numbers"]] == ["mini_shift"]
        (table,) = record["published"]
        assert (table["id"], table["people"], table["caption"]) == ("mini_groups", ["n"], "Groups.")
        assert table["source"] == "test_report.TestPublishing.compared"
        assert record["outputs"].keys() == {table["file"]}

    def test_of_several_the_last_table_is_shown_and_knows_its_id(self, report):
        _, metadata = report.publish(self.compared())._repr_mimebundle_()
        assert metadata == {"compendium": {"kind": "table", "id": "mini_groups"}}

    def test_numbers_alone_are_shown(self, report):
        shown = report.publish(Number("mini_a", 1), Number("mini_b", 2))
        assert shown.text == "mini b: 2.00"

    def test_a_table_for_later_notebooks_is_not_shown(self, report):
        shown = report.table("mini_rows", pd.DataFrame({"n": [3]}), rows="group", max_rows=0)
        assert shown._repr_mimebundle_() == ({"text/plain": "1 rows in mini_rows.csv"}, {})

    def test_a_table_and_a_figure_may_share_an_id(self, report):
        report.table("mini_x", pd.DataFrame({"n": [3]}), rows="group")
        report.figure("mini_x", new_figure(), marks="group", alt="")
        with pytest.raises(InputError, match="'mini_x' is reported twice"):
            report.table("mini_x", pd.DataFrame({"n": [3]}), rows="group")


def test_nothing_is_written_before_save(report):
    report.number("mini_n", 1)
    report.table("mini_table", pd.DataFrame({"a": [1]}), rows="group")
    assert not report.results_dir.exists()


def test_a_table_shows_units_missing_values_and_how_much_is_left_out(report):
    frame = pd.DataFrame({"suv_max": [1.234, np.nan], "p": [0.0001, 0.5], "site": ["<lung>", None]})
    shown = report.table(
        "mini_table",
        frame,
        rows="lesion",
        caption="Lesions",
        formats={"suv_max": ".1f", "p": "p"},
        columns={"site": "Site", "suv_max": "SUVmax (g/mL)", "p": "p"},
        max_rows=1,
    )
    assert "SUVmax (g/mL)" in shown.html
    assert "&lt;lung&gt;" in shown.html
    assert ">1.2<" in shown.html
    assert "&lt;0.001" in shown.html
    assert "1 of 2 rows" in shown.html
    report.save()
    saved = (report.results_dir / "tables" / "mini_table.csv").read_text()
    assert saved == "suv_max,p,site\n1.234,0.0001,<lung>\n,0.5,\n"


def test_a_missing_number_is_a_dash_and_a_missing_text_is_empty(report):
    shown = report.table(
        "mini_table", pd.DataFrame({"a": [1.0, np.nan], "b": [None, "x"]}), rows="group"
    )
    assert "nan" not in shown.html.lower()
    assert shown.html.count("–") == 1
    assert "<td></td>" in shown.html


def test_a_table_spells_codes_out_in_what_is_shown_and_keeps_them_in_the_file(report):
    frame = pd.DataFrame({"rai_response": ["non_responder", "R1; see t_stage"]})
    shown = report.table("mini_table", frame, rows="group")
    assert ">Response<" in shown.html
    assert ">non-responder<" in shown.html
    assert "R1; see t_stage" in shown.html
    report.save()
    saved = (report.results_dir / "tables" / "mini_table.csv").read_text()
    assert saved.startswith("rai_response\nnon_responder\n")


@pytest.mark.parametrize(
    ("values", "shown"),
    [
        ([54.375, 216.25], ["54.4", "216.2"]),  # all 10 or more
        ([240.0, 2.5], ["240.0", "2.5"]),  # no value has more
        ([16.43, 3.05], ["16.43", "3.05"]),
        ([12.0, 14.0], ["12", "14"]),
    ],
)
def test_a_table_has_no_more_decimals_than_its_values_bear(report, values, shown):
    found = report.table("mini_table", pd.DataFrame({"a": values}), rows="group")
    assert [text for text in shown if f">{text}<" not in found.html] == []


class TestFigure:
    @pytest.fixture
    def figure(self):
        figure = new_figure("single", 40)
        figure.subplots().plot([0, 1])
        return figure

    def test_is_svg_with_its_data_and_the_same_bytes_each_time(self, report, figure):
        data = pd.DataFrame({"x": [0, 1]})
        first = report.figure(
            "mini_line", figure, marks="point", alt="a rising line", data=data
        ).svg
        again = report.figure("mini_again", figure, marks="point", alt="a rising line")
        assert again.svg == first
        report.save()
        assert "a rising line" in (report.results_dir / "figures/mini_line.svg").read_text()
        assert (report.results_dir / "tables/fig_mini_line.csv").read_text() == "x\n0\n1\n"

    def test_of_a_real_study_bears_no_mark(self, report, figure):
        report.figure("mini_line", figure, marks="point", alt="")
        assert [text.get_text() for text in figure.texts] == []

    def test_of_a_synthetic_study_is_marked(self, project, report, figure):  # noqa: F811
        as_generated(project / "data/mini")
        report.figure("mini_line", figure, marks="point", alt="")
        assert [text.get_text() for text in figure.texts] == ["SYNTHETIC DATA"]


class TestRandomNumbers:
    def test_are_the_same_each_time_and_differ_by_use(self, report):
        assert report.rng("a").random() == report.rng("a").random()
        assert report.rng("a").random() != report.rng("b").random()

    def test_follow_the_seed(self, report):
        other = Report("01_mini", NAMESPACE | {"seed": 4})
        assert report.rng("a").random() != other.rng("a").random()


class TestReadingAnEarlierTable:
    def test_gives_what_was_written(self, later):
        assert later.read("01_mini", "mini_table")["patient_id"].tolist() == ["P1"]

    def test_keeps_ids_of_digits_and_the_word_null(self, report, project):  # noqa: F811
        table = pd.DataFrame(
            {"patient_id": ["007", "8"], "truth": ["null", np.nan], "n": [1.5, np.nan]}
        )
        write_notebook(project, "01_mini", writes=["tables/mini_table.csv"])
        report.table("mini_table", table, rows="patient")
        report.save()
        write_notebook(project, "02_mini", after=["01_mini"])
        read = Report("02_mini", NAMESPACE).read("01_mini", "mini_table")
        pd.testing.assert_frame_equal(read, table, check_dtype=False)
        opened = Opened("mini", report.study, report.rules, report.results_dir)
        pd.testing.assert_frame_equal(opened.published_table("mini_table"), read)

    def test_of_a_notebook_that_has_not_run(self, later):
        with pytest.raises(InputError, match="notebook 03_mini has not run"):
            later.read("03_mini", "mini_table")

    def test_that_was_not_written(self, later):
        with pytest.raises(InputError, match="writes no such table. It writes tables/mini_table"):
            later.read("01_mini", "none")

    def test_of_a_notebook_that_it_does_not_come_after(self, project, later):  # noqa: F811
        write_notebook(project, "02_mini")
        with pytest.raises(InputError, match="comes after no notebook. Add 01_mini to"):
            later.read("01_mini", "mini_table")

    def test_changed_by_hand_is_refused(self, later):
        with (later.results_dir / "tables/mini_table.csv").open("a") as table:
            table.write("P9,TROP2\n")
        with pytest.raises(InputError, match="was changed after notebook 01_mini wrote it"):
            later.read("01_mini", "mini_table")

    @pytest.mark.slow
    def test_of_other_data_is_refused(self, project, later):  # noqa: F811
        patient = project / "data/mini/tables/patient.csv"
        patient.write_text(PATIENT.replace("40", "41"))
        later = Report("02_mini", NAMESPACE)
        with pytest.raises(InputError, match="ran on other data .*table patient differs"):
            later.read("01_mini", "mini_table")


class TestWhatWasRead:
    def test_is_noted_with_what_it_held(self, project, later):  # noqa: F811
        later.read("01_mini", "mini_table")
        later.save()
        first, second = (
            json.loads((later.results_dir / f"reads/{name}_mini.json").read_text())
            for name in ("01", "02")
        )
        assert list(first["tables"]) == ["patient"]
        assert second["tables"] == {}
        table = (later.results_dir / "tables/mini_table.csv").read_bytes()
        assert second["earlier"] == {"01_mini/mini_table": hashlib.sha256(table).hexdigest()}
        assert first["study"] == {"name": "mini", "synthetic": False}

    def test_problems_of_a_study_rest_on_every_table(self, report):
        found = report.study.problems(Rules())
        assert [problem.table for problem in found] == ["follow_up", "response_assessment"]
        assert {"patient", "lab"} <= set(report.study.reads.tables)
        assert report.study.reads.tables["lab"] == ""  # not there; once it is, that differs


class TestCheckingAgainstWhatIsPublished:
    @pytest.fixture
    def published(self, report, monkeypatch):
        report.number("mini_n", 1)
        report.save()
        monkeypatch.setenv("COMPENDIUM_CHECK", "1")
        return report.results_dir / "numbers" / "01_mini.json"

    def test_the_same_numbers_pass_and_nothing_is_written(self, published):
        before = published.stat().st_mtime_ns
        again = Report("01_mini", NAMESPACE)
        again.number("mini_n", 1)
        assert again.save().text == "1 numbers are those of results/mini"
        assert published.stat().st_mtime_ns == before

    def test_a_number_that_moved_is_named(self, published):
        again = Report("01_mini", NAMESPACE)
        again.number("mini_n", 2)
        with pytest.raises(InputError, match="(?s)numbers moved.*mini_n.*drifted"):
            again.save()
