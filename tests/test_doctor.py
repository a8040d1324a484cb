"""What `compendium doctor` looks at, well and amiss, each with what to do."""

import json
from importlib.metadata import PackageNotFoundError
from pathlib import Path

import pytest
from test_pipeline import project  # noqa: F401

from compendium.explore import doctor

LOCK = (
    "numpy==2.0 ; python_full_version < '3.12' \\\n    --hash=sha256:0\n"
    "appnope==1 ; python_full_version < '3.12' and sys_platform == 'darwin' \\\n"
)


@pytest.mark.parametrize(
    ("there", "said"),
    [
        ({"numpy": "2.0"}, ""),
        ({"numpy": "2.1"}, "numpy is 2.1, 2.0 in the lock"),
        ({}, "numpy is absent, 2.0 in the lock"),
        ({"numpy": "2.0", "appnope": "2"}, "appnope is 2, 1 in the lock"),
    ],
)
def test_the_environment_is_held_against_the_lock(tmp_path, there, said):
    def installed(name: str) -> str:
        if name not in there:
            raise PackageNotFoundError(name)
        return there[name]

    (tmp_path / "requirements.lock").write_text(LOCK)
    found = doctor.environment_of(tmp_path / "requirements.lock", installed)
    assert found.well == (not said)
    assert said in found.found


@pytest.mark.parametrize(
    ("first", "well"),
    [("{prefix}/bin/python", True), ("python", True), ("/elsewhere/bin/python", False)],
)
def test_the_kernel_is_that_of_the_environment(tmp_path, first, well):
    path = tmp_path / "share/jupyter/kernels/python3/kernel.json"
    assert "is not there" in doctor.kernel_of(tmp_path).found
    path.parent.mkdir(parents=True)
    path.write_text(json.dumps({"argv": [first.format(prefix=tmp_path), "-m"]}))
    assert doctor.kernel_of(tmp_path).well == well


def test_python_disk_and_fonts():
    assert doctor.python_of((3, 11)).well
    assert "Install Python 3.11" in doctor.python_of((3, 13)).to_do
    assert doctor.disk_of(5_000_000_000).well
    assert doctor.disk_of(500_000_000).to_do == "Free 1.5 GB."
    assert doctor.fonts_of().found == "DejaVu Sans"


def test_a_study_that_is_there_not_there_or_without_folder(project: Path):  # noqa: F811
    assert doctor.study_of(project, "mini").well
    assert "there is no such file" in doctor.study_of(project, "none").to_do
    (project / "data/mini").rename(project / "data/gone")
    assert "Put the study there" in doctor.study_of(project, "mini").to_do


def test_the_command_ends_with_status_1_where_something_is_amiss(project, monkeypatch):  # noqa: F811
    from click.testing import CliRunner

    from compendium.cli import group

    monkeypatch.setattr(doctor, "environment_of", lambda lock: doctor.Finding("environment", "x"))
    monkeypatch.setattr(doctor, "kernel_of", lambda prefix: doctor.Finding("kernel", "x"))
    monkeypatch.setattr(doctor, "disk_of", lambda free: doctor.Finding("disk", "x"))
    assert CliRunner().invoke(group, ["doctor", "mini"]).exit_code == 0
    result = CliRunner().invoke(group, ["doctor", "none"])
    assert result.exit_code == 1
    assert "AMISS study: none" in result.output
