"""The Trop2 notebook on studies that do not carry it: labelled results, and never a crash."""

import json
import shutil
from collections.abc import Callable
from pathlib import Path

import nbformat
import pandas as pd
import pytest

pytestmark = pytest.mark.slow

ROOT = Path(__file__).resolve().parents[1]


def variant(study: Path, to: Path, edits: dict[str, Callable]) -> Path:
    shutil.copytree(study, to)
    (to / "tables" / "missing_reason.csv").unlink()  # its rows would not fit what is edited
    for table, edit in edits.items():
        path = to / "tables" / f"{table}.csv"
        edit(pd.read_csv(path, dtype=str, keep_default_na=False)).to_csv(path, index=False)
    return to


def reasons(study: Path, results: Path) -> dict[str, str]:
    """Reasons of the numbers that the notebook reports, run cell by cell without a kernel."""
    given = {"study_dir": str(study), "results_dir": str(results)}
    for name in ("01_cohort", "02_trop2_ihc"):
        namespace: dict[str, object] = {}
        for cell in nbformat.read(ROOT / "notebooks" / f"{name}.ipynb", as_version=4).cells:
            if cell.cell_type == "code":
                exec(compile(cell.source, f"{name}, {cell.id}", "exec"), namespace)
            if "parameters" in cell.metadata.get("tags", []):
                fast = {"resamples": 50, "model_resamples": 20} if name.startswith("02") else {}
                namespace |= given | fast
    record = json.loads((results / "numbers" / "02_trop2_ihc.json").read_text())
    return {number["id"]: number["reason"] for number in record["numbers"]}


def test_one_reader_and_no_braf(demo_tables, tmp_path):
    edits = {
        "ihc_read": lambda reads: reads[reads["reader_id"] == reads["reader_id"].iloc[0]],
        "pathology": lambda rows: rows.assign(braf_v600e="not_tested"),
    }
    found = reasons(variant(demo_tables, tmp_path / "study", edits), tmp_path / "results")
    assert found["trop2_icc"] == "one reader; agreement needs two readers"
    assert found["trop2_auc"] == ""
    assert found["trop2_adjusted_or"] == ""
    odds = pd.read_csv(tmp_path / "results" / "tables" / "fig_trop2_adjusted.csv")
    braf = odds[odds["term"] == "braf_v600e"]["reason"]
    assert braf.str.match(r"known in 0 of \d+ patients").all()


def test_no_reads_at_all(demo_tables, tmp_path):
    edits = {"ihc_read": lambda reads: reads[:0]}
    found = reasons(variant(demo_tables, tmp_path / "study", edits), tmp_path / "results")
    assert found["trop2_icc"] == "no reads; agreement needs two readers"
    assert found["trop2_shift"] == "0 in the reference group; at least 1 needed"
    assert found["trop2_cut"]
    assert found["trop2_model_auc"]
