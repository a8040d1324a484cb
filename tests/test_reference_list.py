"""The references: each is held to what another source prints of it, and the rest is listed."""

import re
import sys

import pytest
from mini_study import ROOT

from compendium.errors import InputError

sys.path.insert(0, str(ROOT / "book" / "_ext"))
from compendium_book.references import (
    read_entries,
    read_seen,
    references_table,
    require_references,
)

BOOK = ROOT / "book"
BIB = """@article{noel2020,
  author  = {No{\\"e}l, Ir{\\`e}ne and Smith, Jo},
  title   = {{131I} uptake---a note on {Fern{\\'a}ndez'} test},
  year    = {2020},
  doi     = {10.1000/AbC},
}
"""
SEEN = """noel2020:
  title: "¹³¹I Uptake – A Note on Fernández’ Test"
  first_author: Noël
  year: 2020
  doi: 10.1000/abc
  seen: "2026-11-26, the abstract at example.org"
"""


def folder(tmp_path, bib=BIB, seen=SEEN):
    (tmp_path / "references.bib").write_text(bib, encoding="utf-8")
    (tmp_path / "references_seen.yml").write_text(seen, encoding="utf-8")
    return tmp_path


def test_the_bibliography_is_as_it_was_seen() -> None:
    require_references(BOOK)
    assert len(read_entries(BOOK)) == len(read_seen(BOOK)) > 60


def test_case_accents_braces_dashes_and_superscripts_are_no_difference(tmp_path) -> None:
    require_references(folder(tmp_path))


@pytest.mark.parametrize(
    ("true", "false", "said"),
    [
        ("uptake---a note", "uptake---a word", r"title is .*uptake---a word.*Uptake – A Note"),
        ('No{\\"e}l, Ir', "Nowak, Ir", r"first_author is 'Nowak', but 'Noël' was seen"),
        ("{2020}", "{2021}", r"year is '2021', but '2020' was seen \(2026-11-26, the abstract"),
        ("10.1000/AbC", "10.1000/AbD", r"doi is '10.1000/AbD', but '10.1000/abc' was seen"),
        ("  year    = {2020},\n", "", r"year is '', but '2020' was seen"),
        ("noel2020,", "noel2021,", r"noel2020: references.bib has no such entry"),
        ("noel2020,", "noel2021,", r"noel2021: references_seen.yml has no such entry"),
    ],
)
def test_an_entry_that_differs_stops_the_build(tmp_path, true, false, said) -> None:
    assert true in BIB
    with pytest.raises(InputError, match=said):
        require_references(folder(tmp_path, bib=BIB.replace(true, false)))


def test_one_fault_in_the_real_bibliography_stops_the_build(tmp_path) -> None:
    real = (BOOK / "references.bib").read_text(encoding="utf-8")
    seen = (BOOK / "references_seen.yml").read_text(encoding="utf-8")
    wrong = real.replace("year    = {1983},", "year    = {1984},")
    with pytest.raises(InputError, match=r"maxon1983: year is '1984', but '1983'") as refused:
        require_references(folder(tmp_path, wrong, seen))
    assert str(refused.value).count("\n") == 1


@pytest.mark.parametrize(("year", "taken"), [(2020, True), (2019, True), (2018, False)])
def test_the_year_online_counts_where_it_was_seen_too(tmp_path, year, taken) -> None:
    bib = BIB.replace("{2020}", f"{{{year}}}")
    seen = SEEN.replace("year: 2020", "year: 2020\n  online_year: 2019")
    place = folder(tmp_path, bib, seen)
    if taken:
        require_references(place)
        return
    with pytest.raises(InputError, match=r"year is '2018', but '2020' or '2019' was seen"):
        require_references(place)


@pytest.mark.parametrize(
    ("true", "false", "said"),
    [
        ("  doi: 10.1000/abc\n", "", "lacks doi; expected `unverified`"),
        ("  doi:", "  unverified: lost\n  doi:", "has everything; expected `unverified`"),
        ("2026-11-26, the abstract", "the abstract", "expected the day, a comma and where"),
        ("2020\n", "2020\n  online_year: 2018\n", "expected years that are at most one apart"),
        ("  doi:", "  volume: 3\n  doi:", "'volume', 'year']; expected ['doi',"),
        (SEEN, "noel2020: seen", "has seen; expected ['doi',"),
        ('"2026-11-26, the abstract at example.org"', "2026-11-26", "seen datetime.date(2026"),
    ],
)
def test_what_is_stored_says_when_where_and_why_not(tmp_path, true, false, said) -> None:
    assert true in SEEN
    with pytest.raises(InputError, match=re.escape(said)):
        read_seen(folder(tmp_path, seen=SEEN.replace(true, false, 1)))


def test_what_was_not_seen_is_listed_and_the_rest_still_compared(tmp_path) -> None:
    part = (
        SEEN.replace("  doi: 10.1000/abc\n", "").rstrip() + "\n  unverified: the page has no DOI\n"
    )
    place = folder(tmp_path, BIB.replace("AbC", "other"), part)
    require_references(place)
    assert references_table(place).splitlines()[-1] == (
        "| {cite}`noel2020` | title, first author, year | **Not verified:** the page has no DOI |"
    )
    with pytest.raises(InputError, match="year is '2021'"):
        require_references(folder(tmp_path, BIB.replace("{2020}", "{2021}"), part))


def test_the_book_counts_its_references_itself() -> None:
    stored = read_seen(BOOK)
    rest = [one.key for one in stored.values() if one.unverified]
    table = references_table(BOOK)
    assert f"Of {len(stored)} references, {len(stored) - len(rest)} have" in table
    assert re.findall(r"^\| \{cite\}`(\w+)`", table, re.MULTILINE) == rest
