"""A study's sweeps are a page of its book, with what they were made from; without one, no page."""

import json
from pathlib import Path
from types import SimpleNamespace

import pandas as pd
import pytest
import yaml

from compendium.publish.sweeps import add_sweeps
from compendium.results.provenance import sweep_files

ENTRY = {"id": "shift", "label": "Shift of the H-score", "format": ".1f", "value": 20.0,
         "low": 10.0, "high": 30.0, "level": 0.95, "unit": "", "p": None, "n": 9, "events": None,
         "reason": "", "method": ""}  # fmt: skip
FINGERPRINT = {"data": "d" * 16, "code": "c" * 16}


def write_sweep(folder: Path, **changes: object) -> None:
    record = {
        "format": 1,
        "name": "tg",
        "chapters": ["01_a"],
        "axes": {"tg_ratio": [0.6, 0.7, 0.8]},
        "settings": 3,
        "states": {"01_a": {"finished": 2, "failed": 1}},
        "shared": {"01_a": 1},
        "seconds": {"01_a": {"start": 0.1, "compute": 1.5}},
        "fingerprints": {"01_a": FINGERPRINT},
        "package_version": "1.0",
        "commit": "abc",
    }
    rows = [("shift", 18.0, 8.0, 28.0), ("shift", 22.0, 12.0, 32.0), ("still", 1.0, 0.5, 2.0)]
    numbers = pd.DataFrame(rows, columns=["number", "value", "low", "high"]).assign(reason=None)
    folder.mkdir(parents=True)
    (folder / "sweep.json").write_text(json.dumps(record | changes))
    numbers.to_csv(folder / "numbers.csv", index=False)


@pytest.fixture
def book(tmp_path: Path):
    staged = tmp_path / "staged"
    staged.mkdir()
    parts = [{"caption": "Article", "chapters": []}, {"caption": "Supplement", "chapters": []}]
    (staged / "_toc.yml").write_text(yaml.safe_dump({"parts": parts}))
    run = SimpleNamespace(notebook="01_a", fingerprint=FINGERPRINT)
    numbers = {"shift": ENTRY, "still": ENTRY | {"id": "still", "label": "Still"}}
    results = SimpleNamespace(run_folder=tmp_path / "results", runs=[run], numbers=numbers)
    return results, staged


def page(book) -> str:
    add_sweeps(*book)
    return (book[1] / "sweeps.md").read_text()


def test_without_a_sweep_there_is_no_page(book):
    add_sweeps(*book)
    assert not (book[1] / "sweeps.md").exists()
    assert "sweeps" not in (book[1] / "_toc.yml").read_text()
    assert sweep_files(book[0].run_folder) == []


def test_a_sweep_is_in_the_supplement_with_its_axes_runs_and_numbers(book):
    write_sweep(book[0].run_folder / "sweeps/tg")
    text = page(book)
    contents = yaml.safe_load((book[1] / "_toc.yml").read_text())
    assert [part["chapters"] for part in contents["parts"]] == [[], [{"file": "sweeps"}]]
    assert "3 settings of `tg_ratio`: 0.6, 0.7, 0.8." in text
    made = "data `dddddddd` code `cccccccc`"
    assert f"| 01_a | 2 | 1 | 1 | 1.60 (start 0.10, compute 1.50) | {made} |" in text
    assert "| 18.0 | 20.0 | 22.0 | 2 of 2 |" in text
    assert "Still" not in text  # it does not move


def test_a_sweep_of_other_data_or_code_shows_no_number(book):
    other = {"01_a": FINGERPRINT | {"code": "e" * 16}}
    write_sweep(book[0].run_folder / "sweeps/tg", fingerprints=other)
    text = page(book)
    assert "It is not of the results of this book: 01_a has another code." in text
    assert "22.0" not in text
