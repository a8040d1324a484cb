"""`compendium make` and `status` as a person types them, with real kernels."""

import os
import subprocess
import sys
from pathlib import Path

import pytest
from made_project import write_project

pytestmark = pytest.mark.slow


@pytest.fixture(scope="module")
def root(tmp_path_factory: pytest.TempPathFactory) -> Path:
    root = tmp_path_factory.mktemp("typed")
    write_project(root)
    for name in ("02_scores", "05_late"):
        (root / "notebooks" / f"{name}.ipynb").unlink()
    return root


def compendium(root: Path, *words: str) -> list[str]:
    """What a command prints."""
    done = subprocess.run(
        [sys.executable, "-m", "compendium.cli", *words],
        cwd=root,
        env=os.environ | {"PYTHONPATH": str(root / "src"), "PYTHONWARNINGS": "ignore"},
        capture_output=True,
        text=True,
    )
    assert done.returncode == 0, done.stdout + done.stderr
    return done.stdout.splitlines()


def results(root: Path) -> dict[str, bytes]:
    folder = root / "results" / "small"
    return {
        path.relative_to(folder).as_posix(): path.read_bytes()
        for path in sorted(folder.rglob("*"))
        if path.is_file()
    }


def test_make_runs_what_is_stale_whatever_the_number_of_workers(root: Path) -> None:
    said = compendium(root, "make", "small", "--until", "results", "--workers", "2")
    assert "01_base: made, because it has not run for this study" in said
    assert said[-1] == "results/small: up to date."
    side_by_side = results(root)
    assert "notebooks/03_images.ipynb" in side_by_side
    for path in (root / "results" / "small").rglob("*.ipynb"):
        path.unlink()
    compendium(root, "make", "small", "--until", "results", "--workers", "1")
    assert results(root) == side_by_side
    assert compendium(root, "make", "small", "--until", "results") == [said[-1]]


def test_status_says_why_and_makes_nothing(root: Path) -> None:
    compendium(root, "make", "small", "--until", "results")
    before = results(root)
    (root / "data/small/dicom/S1/1.dcm").write_text("FIRST")
    assert compendium(root, "status", "small", "--until", "results") == [
        "01_base: fresh",
        "03_images: stale: image S1 changed",
    ]
    assert results(root) == before
