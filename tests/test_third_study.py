"""A third study takes one module, one notebook and one test, and no other file is edited."""

import json
import os
import shutil
import subprocess
import sys
from pathlib import Path

import pandas as pd
import pytest
from study_tables import PATHOLOGY, PATIENT, as_typed

ADDED = Path(__file__).with_name("third_study")
FILES = [
    "notebooks/09_fdg.ipynb",
    "src/compendium/studies/fdg.py",
    "tests/test_fdg.py",
]
# Of four patients one began treatment 300 days after the PET, one died 600 days after it, one was
# last seen on day 2000, and one is too young.
FOLLOW_UP = (
    {"patient_id": "F1", "last_contact_day": 2000, "vital_status": "alive", "tki_start_day": 400},
    {"patient_id": "F2", "last_contact_day": 700, "vital_status": "dead", "death_day": 700,
     "death_cause": "other"},
    {"patient_id": "F3", "last_contact_day": 2000, "vital_status": "alive"},
    {"patient_id": "F4", "last_contact_day": 2000, "vital_status": "alive"},
)  # fmt: skip
IDS = [row["patient_id"] for row in FOLLOW_UP]
ROWS = {
    "patient": [
        {**PATIENT, "patient_id": name, "study": "FDG", "age_years": 17 if name == "F4" else 50}
        for name in IDS
    ],
    "pathology": [{**PATHOLOGY, "patient_id": name} for name in IDS],
    "follow_up": FOLLOW_UP,
    "pet_scan": [
        {"scan_id": f"S{name}", "patient_id": name, "tracer": "18F-FDG", "scan_day": 100,
         "series_dir": f"S{name}"}
        for name in IDS
    ],
}  # fmt: skip


@pytest.fixture(scope="module")
def tree(root, tmp_path_factory) -> Path:
    """A copy of the project, its synthetic study and its results, with the three files added."""
    if not (root / "results" / "demo" / "provenance" / "05_survival.json").is_file():
        pytest.skip("results/demo is not whole; `make results` writes it")
    copy = tmp_path_factory.mktemp("tree")
    left_out = shutil.ignore_patterns("_build", "__pycache__", "dicom", "*.egg-info", "third_study")
    for name in ("src", "notebooks", "book", "tests", "params", "data/demo", "results/demo"):
        shutil.copytree(root / name, copy / name, ignore=left_out)
    for name in (
        "pyproject.toml",
        "requirements.lock",
        "data/external.yml",
        "data/external.sha256",
    ):
        shutil.copy(root / name, copy / name)
    before = {path.relative_to(copy) for path in copy.rglob("*")}
    shutil.copytree(ADDED, copy, dirs_exist_ok=True)
    files = [p for p in copy.rglob("*") if p.is_file() and p.relative_to(copy) not in before]
    assert sorted(path.relative_to(copy).as_posix() for path in files) == FILES
    for name, rows in ROWS.items():
        path = copy / "data" / "demo" / "tables" / f"{name}.csv"
        table = pd.read_csv(path, dtype=str, keep_default_na=False)
        typed = [{column: as_typed(row.get(column)) for column in table} for row in rows]
        table = pd.concat([table, pd.DataFrame(typed)])
        table.to_csv(path, index=False, lineterminator="\n")
    return copy


def run(tree: Path, *command: str) -> None:
    """A program in the copy, by its own package."""
    environment = os.environ | {"PYTHONPATH": str(tree / "src"), "COMPENDIUM_ROOT": str(tree)}
    done = subprocess.run(command, cwd=tree, env=environment, capture_output=True, text=True)
    assert done.returncode == 0, done.stdout + done.stderr


CALL = """
import json, sys
from compendium.cli import group
for command in json.loads(sys.argv[1]):
    group(command, standalone_mode=False)
"""


def compendium(tree: Path, *commands: list[str]) -> None:
    """Commands of the package in the copy, one after the other in one process."""
    run(tree, sys.executable, "-c", CALL, json.dumps(commands))


@pytest.mark.slow
@pytest.mark.built
def test_a_third_study_is_validated_judged_analysed_and_published(tree):
    run(tree, sys.executable, "-m", "pytest", "-q", "-p", "no:cacheprovider", "tests/test_fdg.py")
    params = ["--params", "params/demo.yml"]
    compendium(
        tree,
        ["run", "notebooks/01_cohort.ipynb", *params],
        ["run", "notebooks/09_fdg.ipynb", *params],
        ["book", *params, "--draft"],
    )
    numbers = {
        entry["id"]: entry["value"]
        for path in (tree / "results" / "demo" / "numbers").glob("*.json")
        for entry in json.loads(path.read_text())["numbers"]
    }
    assert (numbers["n_candidates_fdg"], numbers["n_eligible_fdg"]) == (4, 3)
    assert numbers["n_removed_fdg_age"] == 1
    assert (numbers["n_fdg_scanned"], numbers["fdg_events"]) == (3, 2)
    assert numbers["fdg_median"] == pytest.approx(600 / 365.25 * 12)
    html = tree / "book" / "_build" / "html"
    assert "Time without treatment after FDG PET" in (html / "index.html").read_text()
    registry = (html / "registry.html").read_text()
    assert "NCT00000000" in registry
    assert "An FDG PET" in registry
    assert "18F-FDG" in (html / "data_dictionary.html").read_text()
