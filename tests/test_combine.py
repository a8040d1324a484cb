"""Centres are put side by side as they are, and refused where they contradict each other."""

import json
import shutil
from pathlib import Path

import pandas as pd
import pytest
import yaml
from click.testing import CliRunner
from test_pipeline import PATHOLOGY, PATIENT

from compendium.cli.combine import combine
from compendium.errors import InputError
from compendium.pipeline.chapters import Chapter
from compendium.sweeps import centres as centre_checks
from compendium.sweeps import combining

pytestmark = pytest.mark.slow
OWN = {"east": "E01", "west": "W01"}


@pytest.fixture
def project(tmp_path: Path, monkeypatch) -> Path:
    for folder in ("params", "notebooks"):
        (tmp_path / folder).mkdir()
    (tmp_path / "pyproject.toml").touch()
    for name, patient in OWN.items():
        write_centre(tmp_path, name, patient)
    monkeypatch.setenv("COMPENDIUM_ROOT", str(tmp_path))
    return tmp_path


def write_centre(root: Path, name: str, patient: str, **params: object) -> None:
    tables = root / "data" / name / "tables"
    tables.mkdir(parents=True, exist_ok=True)
    for table, text in (("patient", PATIENT), ("pathology", PATHOLOGY)):
        (tables / f"{table}.csv").write_text(text.replace("P1,", f"{patient},"))
    place = {"study_dir": f"data/{name}", "results_dir": f"results/{name}", "seed": 3}
    (root / f"params/{name}.yml").write_text(yaml.safe_dump(place | params))


def go(*names: str) -> str:
    done = CliRunner().invoke(combine, list(names))
    if done.exception and not isinstance(done.exception, SystemExit):
        raise done.exception
    return done.output


def table(project: Path, name: str) -> pd.DataFrame:
    return pd.read_csv(project / "results/combined" / f"{name}.csv")


def test_the_centre_stands_before_the_columns_of_the_schema(project):
    assert "2 centres" in go("east", "west")
    patients = table(project, "tables/patient")
    assert list(patients.columns[:2]) == ["centre", "patient_id"]
    assert patients[["centre", "patient_id"]].to_numpy().tolist() == [
        ["east", "E01"],
        ["west", "W01"],
    ]
    record = json.loads((project / "results/combined/combined.json").read_text())
    assert [one["patients"] for one in record["centres"]] == [1, 1]


def test_columns_come_in_the_order_of_the_schema_whatever_a_centre_has(project):
    path = project / "data/west/tables/patient.csv"
    turned = pd.read_csv(path, dtype=str)
    turned[turned.columns[::-1]].to_csv(path, index=False)
    go("east", "west")
    patients = table(project, "tables/patient")
    same = patients.drop(columns=["centre", "patient_id"])
    assert same.iloc[0].astype(str).tolist() == same.iloc[1].astype(str).tolist()


@pytest.mark.parametrize(
    ("change", "words"),
    [
        ({"rules": {"tg_ratio": 0.6}}, "rule tg_ratio is 0.7 in .*east.* and 0.6 in .*west"),
        ({"study_dir": "data/east"}, "east and west are one study: .* data/east"),
    ],
)
def test_centres_that_contradict_each_other_are_refused(project, change, words):
    write_centre(project, "west", "W01", **change)
    with pytest.raises(InputError, match=words):
        go("east", "west")
    assert not (project / "results/combined").exists()


def test_a_patient_of_two_centres_is_refused_with_both_places(project):
    write_centre(project, "west", "E01")
    words = "E01 is in data/east/tables/patient.csv, row 2 and data/west/tables/patient.csv, row 2"
    with pytest.raises(InputError, match=words):
        go("east", "west")


def test_settings_of_a_chapter_that_differ_are_refused(project, monkeypatch):
    centres = []
    for block in ({"01_a": {"factor": 1.0, "workers": 2}}, {"01_a": {"factor": 2.0}}):
        (made,) = centre_checks.centres_of(["east", "west"], base(project))[:1]
        made.now.params["notebooks"] = block
        centres.append(made)
    found = list(centre_checks._settings(*centres))
    assert len(found) == 1
    assert "01_a, setting factor is 1.0" in found[0]


def base(project: Path):
    from compendium.pipeline.fingerprint import Present
    from compendium.remembered import Remembered

    return Present(project, project, {}, Remembered())


def test_one_centre_or_one_twice_is_no_combination(project):
    for names in (["east"], ["east", "east"]):
        with pytest.raises(InputError, match="two centres or more"):
            go(*names)


def test_a_synthetic_centre_is_not_put_beside_a_real_one(project, monkeypatch):
    one, other = centre_checks.centres_of(["east", "west"], base(project))
    vars(one.study)["synthetic"] = True
    assert "data/east is synthetic, data/west is not" in next(
        centre_checks._contradictions(one, other)
    )


def results_of(project: Path, name: str, columns: str) -> None:
    folder = project / "results" / name
    (folder / "tables").mkdir(parents=True, exist_ok=True)
    (folder / "numbers").mkdir(exist_ok=True)
    (folder / "tables/made.csv").write_text(f"{columns}\n{OWN[name]},01\n")
    entry = {"id": "n", "value": 1, "low": None, "high": None, "n": 1, "p": None, "reason": ""}
    (folder / "numbers/01_a.json").write_text(json.dumps({"numbers": [entry]}))


@pytest.fixture
def chapters(project, monkeypatch):
    made = Chapter("01_a", project / "notebooks/01_a.ipynb", (), ("tables/made.csv",))
    monkeypatch.setattr(centre_checks, "all_chapters", lambda root: {"01_a": made})
    monkeypatch.setattr(centre_checks, "why_stale", lambda chapter, now: "")
    for name in OWN:
        results_of(project, name, "patient_id,code")


def test_tables_and_numbers_of_chapters_are_combined_as_they_are_written(project, chapters):
    go("east", "west")
    made = (project / "results/combined/results/made.csv").read_text()
    assert made == "centre,patient_id,code\neast,E01,01\nwest,W01,01\n"
    assert table(project, "numbers")["centre"].tolist() == ["east", "west"]


def test_a_table_with_other_columns_is_refused(project, chapters):
    results_of(project, "west", "patient_id,other")
    with pytest.raises(InputError, match="have other columns \\(code, other\\)"):
        go("east", "west")


def test_results_that_are_not_fresh_are_refused(project, chapters, monkeypatch):
    monkeypatch.setattr(centre_checks, "why_stale", lambda chapter, now: "module a changed")
    with pytest.raises(InputError, match="east: the results of 01_a .* module a changed"):
        go("east", "west")


def test_a_folder_with_other_files_is_left_alone_and_an_own_one_renewed(project, chapters):
    go("east", "west")
    shutil.rmtree(project / "results/east/numbers")
    shutil.rmtree(project / "results/west/numbers")
    go("east", "west")
    assert not (project / "results/combined/results/made.csv").exists()
    (project / "results/combined/combined.json").unlink()
    with pytest.raises(InputError, match="holds other files"):
        combining.combine(centre_checks.centres_of(list(OWN), base(project)), project / "results")
