"""How patients were found, against what the other tables say of them."""

import pytest
from study_tables import Rows, valid_rows, write_csv

from compendium.rules import Rules
from compendium.study import examine

RULES = Rules()


def found(rows: Rows, tmp_path, rules=RULES):
    write_csv(rows, tmp_path / "study")
    _, problems = examine(tmp_path / "study", rules)
    return [(p.severity, p.column, p.found) for p in problems if p.table == "follow_up"]


@pytest.fixture
def rows() -> Rows:
    """P001, found alive on day 1500, and ten more like it with a PET, found in the archive."""
    rows = valid_rows()
    for k in range(10):
        patient = f"P1{k:02d}"
        for name in ("patient", "pathology", "follow_up", "pet_scan", "rai_course"):
            (first,) = [row for row in rows[name] if row["patient_id"] == "P001"][:1]
            copy = {**first, "patient_id": patient}
            if name == "pet_scan":
                copy |= {"scan_id": f"S{patient}", "series_dir": f"S{patient}", "region_file": ""}
            if name == "follow_up":
                copy |= {"ascertainment": "archive"}
            rows[name].append(copy)
    return rows


@pytest.mark.slow
def test_all_of_the_archive_alive_at_the_pet_is_said(rows, tmp_path):
    (problem,) = found(rows, tmp_path)
    assert problem[:2] == ("notice", "ascertainment")
    assert problem[2].startswith("all 10 resistant patients found in the archive, dead or alive")


@pytest.mark.slow
@pytest.mark.parametrize("how", ["", "archive"])
def test_where_the_column_is_silent_the_rule_says_how(rows, tmp_path, how):
    for row in rows["follow_up"]:
        if row["ascertainment"] == "archive":
            row["ascertainment"] = how
    assert len(found(rows, tmp_path)) == 1
    assert len(found(rows, tmp_path, RULES.replace(ascertainment="alive"))) == (how == "archive")


@pytest.mark.slow
def test_one_who_has_no_pet_is_enough(rows, tmp_path):
    rows["pet_scan"].pop()
    assert found(rows, tmp_path) == []


@pytest.mark.slow
def test_fewer_than_ten_may_all_have_lived(rows, tmp_path):
    for name in ("patient", "pathology", "follow_up", "pet_scan", "rai_course"):
        rows[name].pop()
    assert found(rows, tmp_path) == []


@pytest.mark.slow
def test_found_alive_without_the_day_is_said(rows, tmp_path):
    rows["pet_scan"].pop()
    (alive,) = [row for row in rows["follow_up"] if row["ascertainment"] == "alive"]
    alive["study_entry_day"] = ""
    (problem,) = found(rows, tmp_path)
    assert problem == (
        "notice",
        "study_entry_day",
        "P001 was found alive, and no study_entry_day says when",
    )


@pytest.mark.slow
def test_a_study_without_the_column_is_told_what_is_taken(tmp_path):
    rows = valid_rows()
    for row in rows["follow_up"]:
        del row["ascertainment"]
    write_csv(rows, tmp_path / "study")
    _, problems = examine(tmp_path / "study", RULES)
    (problem,) = [p for p in problems if p.column == "ascertainment"]
    assert problem.severity == "notice"
    assert str(problem).endswith(
        "It is taken as empty: not recorded; taken as the rule ascertainment says."
    )
