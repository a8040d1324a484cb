"""Implausible edits of a sound study: none that can change a class or an estimate is silent."""

import datetime as dt
from collections.abc import Iterator
from dataclasses import replace
from itertools import chain

import pytest
from implausible import REFUSED, TOLD_OF, Edited

from compendium.errors import InputError
from compendium.rules import Rules
from compendium.study.against_schema import against_schema
from compendium.study.consistency import check_consistency
from compendium.study.declared import Declared, declared, settled
from compendium.study.evidence import days_of_history
from compendium.study.evidence_course import courses_against_themselves
from compendium.study.evidence_rows import rows_twice_or_lost
from compendium.study.evidence_stains import stains_in_order
from compendium.study.evidence_told import unlikely
from compendium.study.evidence_tumour import tumour_against_itself
from compendium.study.evidence_values import values_against_values
from compendium.study.located import Tables
from compendium.study.plausibility import stain_sums
from compendium.study.problems import Problem, errors_of
from compendium.study.reading import RawTable
from compendium.study.scans import check_scans
from compendium.synthetic.writing import confirmations

FREEZE = dt.date(2025, 6, 30)


@pytest.fixture(scope="module")
def sound(demo_drawn) -> Edited:
    return {name: table.copy() for name, table in demo_drawn.tables.items()}


@pytest.fixture(scope="module")
def confirmed(demo_drawn, tmp_path_factory) -> Declared:
    """What the synthetic study itself confirms of candidates who are there to be left out."""
    folder = tmp_path_factory.mktemp("confirmed")
    (folder / "study.yml").write_text(confirmations(demo_drawn.tables))
    return replace(declared(folder), data_freeze=FREEZE)


def found(tables: Edited, told: Declared) -> Iterator[Problem]:
    """Every problem of the tables, as validation finds them in one study."""
    raw = {name: RawTable(name, f"{name}.csv", "", table) for name, table in tables.items()}
    located = Tables(tables, raw)
    evidence = (
        values_against_values(located),
        tumour_against_itself(located),
        stains_in_order(located),
        courses_against_themselves(located),
        rows_twice_or_lost(located),
        unlikely(located),
        days_of_history(located, told),
    )
    yield from settled(chain.from_iterable(evidence), told)
    yield from stain_sums(located, Rules())
    yield from check_scans(located, Rules())
    yield from check_consistency(located)
    for name, table in tables.items():
        if len(table):
            yield from against_schema(raw[name], table, set())


@pytest.mark.slow
def test_the_sound_study_has_no_error(sound, confirmed):
    assert errors_of(found(sound, confirmed)) == []


@pytest.mark.slow  # a hundred edited studies
@pytest.mark.parametrize(
    ("edit", "words"), [case[1:] for case in REFUSED], ids=[case[0] for case in REFUSED]
)
def test_an_implausible_edit_is_refused(sound, confirmed, edit, words):
    tables = {name: table.copy() for name, table in sound.items()}
    edit(tables)
    errors = (problem for problem in found(tables, confirmed) if problem.severity == "error")
    assert any(words in problem.found for problem in errors)


@pytest.mark.slow
def test_a_surgery_after_the_freeze_is_one_error_and_not_one_a_day(sound, confirmed):
    tables = {name: table.copy() for name, table in sound.items()}
    dates = [dt.date(2106, 5, 2)] + [dt.date(2010, 1, 1)] * (len(tables["patient"]) - 1)
    tables["patient"]["index_date"] = dates
    patient = tables["patient"]["patient_id"].iloc[0]
    errors = [p for p in errors_of(found(tables, confirmed)) if p.patient == patient]
    assert [p.column for p in errors] == ["index_date"]


@pytest.mark.slow
@pytest.mark.parametrize(
    ("edit", "words"), [case[1:] for case in TOLD_OF], ids=[case[0] for case in TOLD_OF]
)
def test_what_changes_no_estimate_is_told(sound, confirmed, edit, words):
    tables = {name: table.copy() for name, table in sound.items()}
    edit(tables)
    told = list(found(tables, confirmed))
    assert [p for p in told if words in p.found and p.severity != "error"]
    assert errors_of(told) == []


def test_a_confirmed_contradiction_is_a_notice_with_its_reason(tmp_path):
    (tmp_path / "study.yml").write_text(
        "data_freeze: 2025-06-30\nconfirmed:\n"
        "- {patient: P1, table: lab, column: tg_ng_per_ml, why: diluted twice}\n"
    )
    told = declared(tmp_path)
    problem = Problem(file="lab.csv", table="lab", patient="P1", column="tg_ng_per_ml",
                      found="x", expected="y", remedy="z.")  # fmt: skip
    (confirmed,) = settled([problem], told)
    assert (confirmed.severity, confirmed.remedy) == ("notice", "Confirmed: diluted twice.")
    (other,) = settled([problem], Declared(FREEZE, {}))
    assert other.severity == "error"
    assert "study.yml" in other.remedy
    assert told.data_freeze == dt.date(2025, 6, 30)


@pytest.mark.slow
@pytest.mark.parametrize(
    ("text", "words"),
    [
        ("freeze: 2025-06-30\n", "expected the keys data_freeze, confirmed, title"),
        ("data_freeze: soon\n", "expected a date"),
        ("confirmed:\n- {patient: P1}\n", "Complete it"),
        ("[" * 3000 + "\n", "not readable as YAML"),
    ],
)
def test_a_wrong_study_yml_is_named(tmp_path, text, words):
    (tmp_path / "study.yml").write_text(text)
    with pytest.raises(InputError, match=words):
        declared(tmp_path)
