"""The synthetic study is made anew when its generator changes, and only what it wrote is."""

from pathlib import Path

import pytest

from compendium.generated import RECORD
from compendium.pipeline import data
from compendium.pipeline.fingerprint import Present, present
from compendium.pipeline.make import status, steps_of
from compendium.synthetic import TRUTHS
from compendium.synthetic.study import make_study
from compendium.synthetic.writing import write_study

pytestmark = pytest.mark.slow

SMALL = {"n_responders": 1, "n_non_responders": 1, "n_tsh124i": 1}


@pytest.fixture(scope="module")
def drawn():
    return make_study(TRUTHS["assumed"], data.SEED, **SMALL)


@pytest.fixture
def now(tmp_path: Path, monkeypatch: pytest.MonkeyPatch, drawn) -> Present:
    """A project whose study was just made; its images are left out to save time."""
    monkeypatch.setenv("COMPENDIUM_ROOT", str(tmp_path))
    (tmp_path / "pyproject.toml").touch()
    (tmp_path / "requirements.lock").write_text("numpy==2\n")
    (tmp_path / "params").mkdir()
    params = tmp_path / "params" / "demo.yml"
    params.write_text("study_dir: data/demo\nresults_dir: results\nseed: 1\ntruth: assumed\n")
    (tmp_path / "data").mkdir()
    made_from = data.generator_now(truth="assumed", seed=data.SEED, images=True)
    write_study(drawn, tmp_path / "data/demo", tables_only=True, workers=1, made_from=made_from)
    return present(params)


def folder(now: Present) -> Path:
    return now.root / "data" / "demo"


def test_a_study_is_fresh_as_it_was_made_and_with_a_note_beside_it(now: Present) -> None:
    (folder(now) / "notes.txt").write_text("mine")
    assert data.why_stale(now) == ""
    assert data.changed_by_hand(now) == []


def test_a_study_that_is_not_there_is_made(now: Present) -> None:
    folder(now).rename(now.root / "data" / "elsewhere")
    assert data.why_stale(now) == "it is not there"


def test_another_truth_or_environment_makes_it_anew(now: Present) -> None:
    now.params["truth"] = "null"
    assert data.why_stale(now) == "setting truth is 'null', was 'assumed'"
    now.params["truth"] = "assumed"
    (now.root / "requirements.lock").write_text("numpy==3\n")
    assert data.why_stale(now) == "the environment's lock changed"


def test_another_generator_makes_it_anew(now: Present) -> None:
    record = folder(now) / RECORD
    text = record.read_text()
    start = text.index('"compendium.synthetic.truth": "') + len('"compendium.synthetic.truth": "')
    record.write_text(text[:start] + "0" + text[start + 1 :])
    assert data.why_stale(now) == "module compendium.synthetic.truth changed"


def test_the_generator_is_what_draws_and_writes_and_no_more(now: Present) -> None:
    modules = now.code.reached(data.GENERATOR)
    assert {"compendium.synthetic.truth", "compendium.tables.patients"} <= modules
    assert not any(m.startswith(("compendium.cli", "compendium.pipeline")) for m in modules)


def test_a_table_that_is_gone_is_made_again(now: Present) -> None:
    (folder(now) / "tables" / "lab.csv").unlink()
    assert data.why_stale(now) == "tables/lab.csv is gone"


def test_a_table_changed_by_hand_stays_and_is_said(now: Present) -> None:
    table = folder(now) / "tables" / "patient.csv"
    table.write_text(table.read_text().replace("female", "male"))
    assert data.why_stale(now) == ""
    assert data.changed_by_hand(now) == ["tables/patient.csv"]
    (step,) = status(now, steps_of(now, "data", workers=1, threshold=5))
    assert step == ("data/demo", "")


def test_a_study_without_a_truth_is_never_generated(now: Present) -> None:
    del now.params["truth"]
    assert steps_of(now, "data", workers=1, threshold=5) == []
