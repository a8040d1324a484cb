"""From a published number, table or figure's point to the patient behind it."""

import json

import pandas as pd
import pytest
from study_tables import table

from compendium.errors import InputError
from compendium.explore.behind import behind
from compendium.explore.opened import Opened
from compendium.rules import Rules
from compendium.study import Study
from compendium.tables import MODELS, empty_table


def output(name: str, rows: str, cell: int, figure: str = "") -> dict[str, object]:
    kind = "data of a figure" if figure else "table"
    file = f"tables/{name}.csv"
    return {
        "id": name, "kind": kind, "file": file, "figure": figure, "rows": rows,
        "execution_count": cell, "texts": ["patient_id", "group"],
    }  # fmt: skip


@pytest.fixture
def bench(tmp_path):
    tables = {name: empty_table(model) for name, model in MODELS.items()}
    patients = [{"patient_id": name, "study": "TROP2"} for name in ("P1", "P2")]
    tables["patient"] = table("patient", patients)
    (tmp_path / "tables").mkdir()
    points = pd.DataFrame({"patient_id": ["P2", "P1", "P2"], "suv_max": [1.0, 2.0, 3.0]})
    points.to_csv(tmp_path / "tables/fig_points.csv", index=False)
    pd.DataFrame({"group": ["a"], "n": [2]}).to_csv(tmp_path / "tables/groups.csv", index=False)
    record = {
        "notebook": "01_mini",
        "published": [
            output("groups", "group", 3),
            {**output("points", "lesion", 7), "kind": "figure"},
            output("fig_points", "lesion", 7, "points"),
        ],
        "numbers": [{"id": "shift", "execution_count": 4}],
    }
    (tmp_path / "numbers").mkdir()
    (tmp_path / "numbers/01_mini.json").write_text(json.dumps(record))
    return Opened("mini", Study("mini", tmp_path, tables), Rules(), tmp_path)


def test_a_point_of_a_figure_leads_to_its_patient(bench):
    found = behind(bench, "points")
    assert found.rows["suv_max"].tolist() == [1.0, 2.0, 3.0]
    assert found.patients == ["P2", "P1"]
    assert [found.patient(row).patient for row in (0, 1)] == ["P2", "P1"]
    with pytest.raises(InputError, match="has rows 0 to 2; 3 is none"):
        found.patient(3)


def test_a_number_leads_to_the_nearest_table_of_patients_and_says_which(bench):
    found = behind(bench, "shift")
    assert found.of == "rows of fig_points, nearest to it in 01_mini"
    assert found.patients == ["P2", "P1"]


def test_of_a_study_that_published_nothing_is_refused_with_what_to_do(bench, tmp_path):
    (tmp_path / "numbers/01_mini.json").unlink()
    with pytest.raises(InputError, match="nothing is published yet; .*make mini"):
        behind(bench, "points")


@pytest.mark.parametrize(
    ("what", "words"),
    [("groups", "its rows are groups, and name no patient"), ("point", "Did you mean 'points'")],
)
def test_that_leads_to_nobody_is_refused(bench, what, words):
    with pytest.raises(InputError, match=words):
        behind(bench, what)
