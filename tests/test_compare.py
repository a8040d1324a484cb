"""What moved between two results folders."""

import json

import pandas as pd
import pytest

from compendium.errors import InputError
from compendium.results import compare

BASE = {
    "id": "auc", "value": 0.75, "low": 0.6, "high": 0.9, "p": 0.01, "n": 60, "events": None,
    "unit": "", "reason": "", "notebook": "02",
}  # fmt: skip


def results(folder, numbers, cohort=None):
    (folder / "numbers").mkdir(parents=True)
    record = {"notebook": "02", "numbers": numbers}
    (folder / "numbers" / "02.json").write_text(json.dumps(record))
    (folder / "tables").mkdir()
    if cohort is not None:
        pd.DataFrame(cohort).to_csv(folder / "tables" / "cohort.csv", index=False)
    return folder


@pytest.mark.parametrize(
    ("change", "state", "part"),
    [
        ({}, "same", ""),
        ({"value": 0.75 * (1 + 9e-7)}, "same", ""),
        ({"value": 0.75 * (1 + 2e-6)}, "drifted", "value"),
        ({"p": 0.01 + 9e-7}, "same", ""),
        ({"p": 0.010002}, "drifted", "p"),
        ({"n": 61}, "drifted", "n"),
        ({"high": "inf"}, "drifted", "high"),
        ({"value": None, "reason": "2 deaths"}, "drifted", "value"),
        ({"unit": "g/mL"}, "drifted", "unit"),
    ],
)
def test_a_number_that_moved(change, state, part):
    row = compare.compare_numbers({"auc": BASE}, {"auc": BASE | change}).iloc[0]
    assert (row["state"], row["part"]) == (state, part)


def test_how_much_it_moved():
    row = compare.compare_numbers({"auc": BASE}, {"auc": BASE | {"value": 0.9}}).iloc[0]
    assert row["relative_change"] == pytest.approx(0.2)


def test_missing_and_new_numbers():
    moved = compare.compare_numbers({"a": BASE}, {"b": BASE})
    assert moved["state"].tolist() == ["missing", "new"]
    assert compare.summary(moved["state"]) == "0 same, 0 drifted, 1 missing, 1 new"


def test_patients_who_came_went_or_changed(tmp_path):
    old = results(tmp_path / "old", [], {"patient_id": ["P1", "P2"], "rai_response": ["r", "n"]})
    new = results(tmp_path / "new", [], {"patient_id": ["P2", "P3"], "rai_response": ["r", "n"]})
    found = compare.compare_patients(old, new)
    assert found["state"].tolist() == ["missing", "changed", "new"]
    assert found.loc[1, ["column", "old", "new"]].tolist() == ["rai_response", "n", "r"]


def test_tables_within_tolerance_are_the_same(tmp_path):
    old = results(tmp_path / "old", [], {"patient_id": ["P1"], "x": [1.0]})
    new = results(tmp_path / "new", [], {"patient_id": ["P1"], "x": [1.0 + 1e-9]})
    assert compare.compare_tables(old, new).empty
    (new / "tables" / "more.csv").write_text("a\n1\n")
    assert compare.compare_tables(old, new)["state"].tolist() == ["new"]


def test_an_id_from_two_notebooks_is_named(tmp_path):
    folder = results(tmp_path / "r", [BASE])
    record = {"notebook": "03", "numbers": [BASE]}
    (folder / "numbers" / "03.json").write_text(json.dumps(record))
    with pytest.raises(InputError, match="'auc' is also reported by 02"):
        compare.read_numbers(folder)


def test_a_folder_without_results_is_named(tmp_path):
    with pytest.raises(InputError, match="holds no numbers"):
        compare.read_numbers(tmp_path)
