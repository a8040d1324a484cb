"""Which notebooks are chapters: those with the project's metadata, and no others."""

import json
from pathlib import Path

import pytest

from compendium.errors import InputError
from compendium.notebook_file import chapter_files, other_notebooks
from compendium.pipeline.chapters import all_chapters

CONTRACT = {"after": [], "writes": []}


def write(folder: Path, name: str, **metadata: object) -> None:
    content = {"cells": [], "metadata": metadata, "nbformat": 4, "nbformat_minor": 5}
    (folder / f"{name}.ipynb").write_text(json.dumps(content))


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    folder = tmp_path / "notebooks"
    folder.mkdir()
    write(folder, "01_cohort", compendium=CONTRACT)
    write(folder, "00_start_here", compendium={"guide": True})
    write(folder, "Untitled", kernelspec={})
    return folder


def test_one_without_the_projects_metadata_is_none(folder):
    assert [path.stem for path in chapter_files(folder)] == ["01_cohort"]
    assert list(all_chapters(folder.parent)) == ["01_cohort"]


def test_one_that_somebody_made_is_named_and_the_guide_is_not(folder):
    assert [path.stem for path in other_notebooks(folder)] == ["Untitled"]


def test_one_with_half_the_metadata_is_refused(folder):
    write(folder, "02_half", compendium={"after": []})
    with pytest.raises(InputError, match=r"02_half.*metadata lack compendium\.writes"):
        all_chapters(folder.parent)
