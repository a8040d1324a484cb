"""The glossary has every class, with sources that exist; records of decisions have one form."""

import re
from pathlib import Path

import pytest

from compendium.disease.response import NON_RESPONSE_RULES
from compendium.tables import COLUMNS

ROOT = Path(__file__).resolve().parents[1]
GLOSSARY = (ROOT / "docs" / "glossary.md").read_text(encoding="utf-8")
ENTRIES = [
    [cell.strip() for cell in line.strip("|").split("|")]
    for line in GLOSSARY.splitlines()
    if line.startswith("| ") and not line.startswith("| term |")
]
CLASSES = ("study", "tracer", "tsh_level", "uptake", "rai_response", "progression")
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


class TestGlossary:
    def test_an_entry_has_a_term_meaning_unit_and_source(self) -> None:
        assert [entry for entry in ENTRIES if len(entry) != 4 or not all(entry[:2])] == []

    def test_has_every_class_that_a_study_puts_people_lesions_or_scans_in(self) -> None:
        classes = {
            code
            for columns in COLUMNS.values()
            for name, column in columns.items()
            if name in CLASSES
            for code in column.codes or ()
        }
        assert {"responder", "rapid", "124I", "high", "avid", "TROP2"} <= classes
        explained = {code for entry in ENTRIES for code in re.findall(r"`([^`]+)`", entry[0])}
        assert classes - explained == set()

    def test_has_every_registered_rule_and_endpoint(self) -> None:
        terms = {entry[0] for entry in ENTRIES}
        assert {*NON_RESPONSE_RULES, "PFS", "OS"} <= terms

    def test_sources_are_in_the_bibliography(self) -> None:
        known = set(re.findall(r"^@\w+\{(\w+),", (ROOT / "book/references.bib").read_text(), re.M))
        keys = {key for entry in ENTRIES for key in re.findall(r"\b[a-z]+\d{4}\b", entry[3])}
        assert len(keys) > 20
        assert keys - known == set()
