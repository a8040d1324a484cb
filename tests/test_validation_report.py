"""A validation for people: what is said is grouped, counted, escaped, and complete."""

import pytest

from compendium.called import command
from compendium.study.problems import (
    Problem,
    as_frame,
    by_kind,
    errors_of,
    first_of,
    summary,
)
from compendium.study.validation_report import as_html, as_text, counts


def problem(severity="error", **cells):
    return Problem(
        **{
            "file": "data/x/tables/lab.csv",
            "table": "lab",
            "row": 4,
            "patient": "P017",
            "column": "lab_day",
            "found": "lab_day is 'x'",
            "expected": "a whole number",
            "remedy": "Correct it.",
            "severity": severity,
            **cells,
        }
    )


def test_a_problem_is_one_sentence_with_place_value_expectation_and_remedy():
    assert str(problem(sheet="lab", file="data/x/x.xlsx")) == (
        "data/x/x.xlsx, sheet lab, row 4 (P017), column lab_day: lab_day is 'x'; expected a whole "
        "number. Correct it."
    )


@pytest.mark.parametrize(
    ("severities", "words"),
    [
        ([], "0 errors, 0 deviations, 0 notices"),
        (["error"], "1 error, 0 deviations, 0 notices"),
        (["error", "error", "deviation", "notice"], "2 errors, 1 deviation, 1 notice"),
    ],
)
def test_counts(severities, words):
    assert counts([problem(severity) for severity in severities]) == words


def test_text_is_grouped_by_severity_and_table_with_causes_first():
    found = as_text(
        [problem(row=2), problem("notice"), problem(table="", row=None), problem(row=9)]
    ).splitlines()
    headings = [line.strip() for line in found if not line.startswith("    ") and line]
    assert headings == [
        "Errors: to be corrected before the analysis can run",
        "the study's files",
        "lab",
        "Notices: worth a look",
        "lab",
    ]
    rows = [line for line in found if "row" in line]
    assert "row 2 " in rows[0]
    assert "row 9 " in rows[1]


def test_the_page_is_one_file_that_runs_and_loads_nothing():
    page = as_html("data/<x>", [problem(found="sex is '<script>alert(1)</script>'")])
    assert "&lt;script&gt;" in page
    for forbidden in ("<script", "http", "src=", "data/<x>"):
        assert forbidden not in page


def test_a_study_without_a_problem_has_a_page_that_says_so():
    assert "0 errors, 0 deviations, 0 notices." in as_html("data/x", [])
    assert as_text([]) == ""


def test_a_cause_comes_before_what_follows_from_it():
    heading = problem(table="patient", row=1, column="patient_id")
    whole_column = problem(row=1, expected="a column of days")
    found = [problem(row=7), problem(table="follow_up", row=3), heading, whole_column]
    assert by_kind(found) == [[heading], [whole_column], [found[0]], [found[1]]]


def test_of_each_kind_the_first_are_shown_and_the_others_counted():
    many = [problem(row=n) for n in range(2, 2096)]
    others = [problem(row=9, column="tsh_miu_per_l"), problem(row=9, expected="yes or no")]
    lines = as_text([*many, *others]).splitlines()[2:]
    assert lines[5].strip() == "… and 2,089 more of this kind, in rows 7 to 2,095"
    assert len(lines) == 8
    assert len(as_text([*many, *others], most=None).splitlines()) == 2 + 2096
    page = as_html("x", many)
    assert page.count("<tr><td>") == 100
    assert "… and 1,994 more of this kind, in rows 102 to 2,095." in page


@pytest.mark.parametrize(("of_a_kind", "shown"), [(5, 5), (6, 6), (7, 5)])
def test_a_single_one_is_shown_and_not_counted(of_a_kind, shown):
    told, more = first_of([problem(row=n + 1) for n in range(of_a_kind)], 5)
    assert (len(told), bool(more)) == (shown, shown < of_a_kind)


def test_a_long_list_is_cut_and_counted():
    lines = summary([problem(row=n, column=f"c{n}") for n in range(2, 32)], most=20).splitlines()
    assert len(lines) == 21
    assert lines[-1] == f"30 in all; {command('validate')} lists them."
    assert "in all" not in summary([problem()])


def test_errors_stop_and_deviations_become_a_table():
    found = [problem("deviation"), problem(), problem("notice")]
    assert errors_of(found) == [found[1]]
    frame = as_frame(found, "deviation")
    assert frame.to_dict("records") == [
        {"table": "lab", "patient_id": "P017", "column": "lab_day", "found": "lab_day is 'x'",
         "expected": "a whole number"}
    ]  # fmt: skip
    assert as_frame([], "deviation").columns.tolist() == frame.columns.tolist()
