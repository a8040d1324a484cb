"""What is handed over to be published says what its rows are, and may not contradict itself."""

import numpy as np
import pandas as pd
import pytest

from compendium.errors import InputError
from compendium.estimates import Estimate
from compendium.figures.style import new_figure
from compendium.published import Figure, Number, Table, counts
from compendium.results.record import Output, Place, entry_of_number, naming, output_of_table
from compendium.rows import Row, Sensitivity

FLOW = pd.DataFrame({"rule": ["AGE", "I1"], "order": [1, 2], "removed": [4, 0]})


@pytest.mark.parametrize(
    ("row", "sensitivity"),
    [
        *((row, "person") for row in ("patient", "lesion", "scan", "block", "entry")),
        *((row, "group") for row in ("step", "group", "rule", "variable", "estimate", "setting")),
        ("point", "group"),
        *((row, "none") for row in ("simulation", "concept")),
    ],
)
def test_sensitivity_follows_from_what_a_row_is(row, sensitivity):
    assert Row(row).sensitivity == sensitivity


def test_every_kind_of_row_has_a_sensitivity():
    assert {row.sensitivity for row in Row} == set(Sensitivity)


class TestTable:
    def test_without_saying_what_a_row_is_is_refused(self):
        with pytest.raises(TypeError, match="'rows'"):
            Table("flow", FLOW)

    def test_with_an_unknown_kind_of_row_is_refused(self):
        with pytest.raises(InputError, match="flow: 'persons' is no kind of row.*patient, lesion"):
            Table("flow", FLOW, rows="persons")

    @pytest.mark.parametrize("key", ["patient_id", "lesion_id", "scan_id"])
    def test_of_groups_with_the_key_of_a_person_is_refused(self, key):
        with pytest.raises(InputError, match=f"ledger: a row is said to be of a rule.*{key}"):
            Table("ledger", FLOW.assign(**{key: "P1"}), rows="rule")

    def test_with_headings_of_columns_that_it_lacks_is_refused(self):
        with pytest.raises(InputError, match="headings for oder, which it lacks; it has rule, ord"):
            Table("flow", FLOW, rows="rule", columns={"oder": "Order"})

    def test_of_a_small_study_may_lack_what_is_formatted_or_measured(self):
        said = pd.DataFrame({"variable": ["not estimable: no patient is rapid"]})
        table = Table("t", said, rows="variable", formats={"p": "p"}, measures=["smd"])
        assert table.people() == []
        assert "not estimable" in table.html()

    def test_counts_people_in_whole_columns_but_those_declared(self):
        assert Table("flow", FLOW, rows="rule").people() == ["order", "removed"]
        assert Table("flow", FLOW, rows="rule", measures=["order"]).people() == ["removed"]

    def test_of_estimates_counts_n_and_events_only(self):
        row = Estimate(estimate=2.0, low=1.0, high=4.0, p=1.0, n=8, events=3).as_row()
        assert Table("t", pd.DataFrame([row]), rows="estimate").people() == ["n", "events"]

    def test_takes_what_has_an_interval_for_an_estimate(self):
        rows = {"n": [7], "auc": [1.0], "auc_low": [0.5], "auc_high": [1.0]}
        found = Table("answers", pd.DataFrame(rows), rows="setting").people()
        assert found == ["n"]
        alone = pd.DataFrame({"auc": [7], "n": [7]})
        assert Table("answers", alone, rows="setting").people() == ["auc", "n"]

    @pytest.mark.parametrize(
        ("spec", "people"), [(".1f", []), ("p", []), (".0%", []), ("d", ["a"]), (".0f", ["a"])]
    )
    def test_takes_a_column_shown_with_decimals_for_a_measure(self, spec, people):
        frame = pd.DataFrame({"a": [1.0, 2.0]})
        assert Table("t", frame, rows="group", formats={"a": spec}).people() == people

    @pytest.mark.parametrize("rows", ["patient", "simulation"])
    def test_of_persons_or_of_nobody_has_no_counts_of_people(self, rows):
        assert Table("t", FLOW, rows=rows).people() == []


@pytest.mark.parametrize(
    ("values", "counted"),
    [
        ([3, 0], True),
        ([19.0, None], True),  # a count with a gap is stored as a float
        (pd.array([3, None], dtype="Int64"), True),
        ([np.int64(3), "none"], True),
        (["8/30 (27%)", "49 (40–54)"], True),
        (["12 (40.0)", "49.1 (12.0)"], True),
        (["30", "17 (63.0)"], True),
        (["3 of 10"], True),
        ([1.5, 2.0], False),
        ([True, False], False),
        (["49 (40–54)", "49.1 (12.0)"], False),
        (["T2", "N1a"], False),
        ([np.inf, 1.0], False),
        ([None, np.nan], False),
    ],
)
def test_which_columns_hold_counts(values, counted):
    assert counts(pd.Series(values)) is counted


class TestFigure:
    def test_data_of_persons_behind_marks_of_groups_must_be_declared(self):
        people = pd.DataFrame({"patient_id": ["P1"], "time_days": [3.0]})
        with pytest.raises(InputError, match="fig_os: a row is said to be of a step"):
            Figure("os", new_figure(), marks="step", alt="Curves", data=people)
        data = Figure("os", new_figure(), marks="step", alt="Curves", data=people, rows="entry")
        assert data.data_table().rows == "entry"

    def test_marks_are_of_a_known_kind(self):
        with pytest.raises(InputError, match="os: 'dots' is no kind of row or mark"):
            Figure("os", new_figure(), marks="dots", alt="")


class TestRecord:
    def test_comes_back_as_it_was_written(self):
        import json
        from dataclasses import asdict

        table = Table("flow", FLOW, rows="rule", caption="Who left.", formats={"order": "d"})
        output = output_of_table(table, Place("a-1", 3), ["P1"])
        assert Output.read(json.loads(json.dumps(asdict(output)))) == output
        assert (output.cell_id, output.execution_count) == ("a-1", 3)
        assert output.headings == {"rule": "Rule", "order": "Order", "removed": "Removed"}

    @pytest.mark.parametrize(
        ("text", "found"),
        [
            ("P01", True),
            ("see P01_trop2, X9", True),
            ("P011", False),
            ("XP01", False),
            ("p = 0.01", False),
            (None, False),
        ],
    )
    def test_knows_pseudonyms_in_the_cells_of_a_table_of_groups(self, text, found):
        frame = pd.DataFrame({"n": [1], "scans": [text]})
        assert naming(frame, ["P01", "7"]) == ["scans"] * found

    def test_does_not_take_counts_for_pseudonyms_without_a_letter(self):
        assert naming(pd.DataFrame({"shown": ["7 (10%)"]}), ["7"]) == []

    @pytest.mark.parametrize(
        ("found", "said", "people", "sensitivity"),
        [
            (12, {}, True, "group"),
            (np.int64(12), {}, True, "group"),
            (12.0, {}, False, "group"),
            ("SP295", {}, False, "group"),
            (Estimate(estimate=12.0, n=3), {}, False, "group"),
            (12, {"people": False}, False, "none"),
        ],
    )
    def test_a_bare_whole_number_counts_people_unless_declared(
        self, found, said, people, sensitivity
    ):
        entry = entry_of_number(Number("n_x", found, **said), Place())
        assert (entry["people"], entry["sensitivity"]) == (people, sensitivity)
