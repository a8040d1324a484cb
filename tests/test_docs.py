"""The records of decisions have one form, and name files that exist."""

import re
from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parents[1]
DECISIONS = ROOT / "docs" / "decisions"
RECORDS = sorted(path for path in DECISIONS.glob("*.md") if path.name != "README.md")
PARTS = ("**Decided.**", "**Why", "**Against it.**", "**What would change it.**", "**Held by**")


def test_the_index_has_each_record_once() -> None:
    linked = re.findall(r"^\| \[(\S+)\]\(\1\) \|", (DECISIONS / "README.md").read_text(), re.M)
    assert sorted(linked) == [path.name for path in RECORDS]


@pytest.mark.parametrize("path", RECORDS, ids=lambda path: path.stem)
class TestRecord:
    def test_says_what_why_what_against_and_what_holds_it(self, path: Path) -> None:
        text = path.read_text(encoding="utf-8")
        assert [part for part in PARTS if part not in text] == []
        assert len(text.splitlines()) <= 40

    def test_names_files_that_exist(self, path: Path) -> None:
        named = re.findall(r"`((?:tests|benchmarks|book|src|docs)/[\w/.]+)`", path.read_text())
        assert named
        assert [name for name in named if not (ROOT / name).exists()] == []
