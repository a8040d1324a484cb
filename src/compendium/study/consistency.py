"""What must hold between a study's clinical tables: keys, deaths, the order of days.

Each check is a function of the tables that yields problems; `check_consistency` runs them all.
"""

import re
import unicodedata
from collections.abc import Callable, Iterator

import pandas as pd

from compendium.study.cells import is_empty
from compendium.study.located import Tables, true_where
from compendium.study.nearest import closest
from compendium.study.plausibility import CHECKS as WITHIN
from compendium.study.problems import Problem
from compendium.study.readings import CHECKS as OF_READINGS
from compendium.tables import COLUMNS

DAY_COLUMNS = {
    "rai_course": "course_day",
    "lab": "lab_day",
    "response_assessment": "assessment_day",
    "pet_scan": "scan_day",
}
REFERENCES = (
    ("lesion_uptake", "lesion_id", "lesion"),
    ("lesion_uptake", "course", "rai_course"),
    ("lesion_reading", "scan_id", "pet_scan"),
    ("lesion_reading", "lesion_id", "lesion"),
)


def check_consistency(tables: Tables) -> list[Problem]:
    """All contradictions between the clinical tables and within their rows."""
    return [problem for check in (*CHECKS, *WITHIN, *OF_READINGS) for problem in check(tables)]


def known_patients(tables: Tables) -> Iterator[Problem]:
    """Every row belongs to a patient of the patient table."""
    patients = tables["patient"]["patient_id"].dropna()
    known = {_plain(patient): patient for patient in patients}
    for name, table in tables.typed.items():
        given = table.dropna(subset="patient_id")
        strangers = given[~given["patient_id"].isin(patients)]
        meant = strangers["patient_id"].map(lambda patient: known.get(_plain(patient), ""))
        for patient in meant.unique():
            yield from tables.problems(
                name,
                strangers[meant == patient],
                "patient_id",
                "there is no patient {patient_id}",
                "a patient_id of the patient table",
                f"Write it as there: {patient}." if patient else "Correct it, or add the patient.",
            )


def _plain(patient: str) -> str:
    """A pseudonym without what slips in typing: case, signs between, leading zeros."""
    letters = re.sub(r"[\W_]", "", unicodedata.normalize("NFKC", patient).casefold())
    return re.sub(r"(?<!\d)0+(?=\d)", "", letters) or patient


def rows_for_each_patient(tables: Tables) -> Iterator[Problem]:
    """Pathology and follow-up of each candidate."""
    patients = tables["patient"].dropna(subset="patient_id")
    for name, why in (
        ("pathology", "no inclusion by pathology can be shown"),
        ("follow_up", "the patient counts as not followed"),
    ):
        if tables[name].empty and len(patients):
            yield Problem(
                file=tables.raw["patient"].file,
                table=name,
                found=f"there is no row in {name}",
                expected=f"one row in {name} for each patient",
                remedy=f"Add the table; without it {why}.",
                severity="notice",
            )
            continue
        yield from tables.problems(
            "patient",
            patients[~patients["patient_id"].isin(tables[name]["patient_id"])],
            "patient_id",
            f"{{patient_id}} has no row in {name}",
            f"one row in {name} for each patient",
            f"Add it; without it {why}.",
            "notice",
        )


def known_to_its_table(tables: Tables) -> Iterator[Problem]:
    """Uptake is recorded for lesions and courses that exist, a reading for a lesion on a scan."""
    for name, column, parent in REFERENCES:
        known = pd.MultiIndex.from_frame(tables[parent][["patient_id", column]])
        given = tables[name].dropna(subset=["patient_id", column])
        absent = ~pd.MultiIndex.from_frame(given[["patient_id", column]]).isin(known)
        yield from tables.problems(
            name,
            given[absent],
            column,
            f"{{patient_id}} has no {column} {{{column}}} in {parent}",
            f"a {column} of this patient in the table {parent}",
            f"Correct it, or add the row to {parent}.",
        )


def deaths(tables: Tables) -> Iterator[Problem]:
    """Vital status, day of death, cause and last contact tell the same story."""
    rows = tables["follow_up"]
    dead, alive = rows["vital_status"] == "dead", rows["vital_status"] == "alive"
    death, cause = rows["death_day"], rows["death_cause"]
    status = "or correct vital_status."
    findings = (
        (dead & death.isna(), "death_day", "{patient_id} is dead without a day of death",
         "a death_day", f"Fill in death_day, {status}"),
        (alive & death.notna(), "death_day", "{patient_id} is alive with death_day {death_day}",
         "an empty death_day", f"Empty death_day, {status}"),
        (dead & cause.isna(), "death_cause", "{patient_id} is dead without a cause",
         "a cause; unknown is one", f"Fill in death_cause, {status}"),
        (alive & cause.notna(), "death_cause", "{patient_id} is alive with a cause of death",
         "an empty death_cause", f"Empty death_cause, {status}"),
        (death < 0, "death_day", "death on day {death_day} comes before the diagnosis",
         "a death_day of 0 or more", "Correct death_day, or day 0."),
        (death != rows["last_contact_day"], "last_contact_day",
         "the last contact is day {last_contact_day}, death day {death_day}",
         "last_contact_day to be the day of death", "Correct one of the two."),
    )  # fmt: skip
    for wrong, column, found, expected, remedy in findings:
        yield from tables.problems(
            "follow_up", rows[true_where(wrong)], column, found, expected, remedy
        )


def nothing_after_the_end(tables: Tables) -> Iterator[Problem]:
    """No event after death or the last contact."""
    own = tables["follow_up"]
    ends = own.dropna(subset="patient_id").drop_duplicates("patient_id").set_index("patient_id")
    for name, column in DAY_COLUMNS.items():
        last = tables[name]["patient_id"].map(ends["last_contact_day"])
        died = tables[name]["patient_id"].map(ends["vital_status"]) == "dead"
        late = tables[name].assign(last=last, end=died.map({True: "death", False: "last contact"}))
        yield from tables.problems(
            name,
            late[true_where(late[column] > late["last"])],
            column,
            f"{column} is {{{column}}}, after the {{end}} on day {{last}}",
            "no event after the patient's last contact or death",
            f"Correct {column}, or last_contact_day in follow_up.",
        )
    for column in ("rai_refractory_day", "study_entry_day", "tki_start_day"):
        yield from tables.problems(
            "follow_up",
            own[true_where(own[column] > own["last_contact_day"])],
            column,
            f"{column} is {{{column}}}, after the last contact on day {{last_contact_day}}",
            "a day up to the last contact",
            f"Correct {column} or last_contact_day.",
        )


def courses_in_order(tables: Tables) -> Iterator[Problem]:
    """Courses are numbered in the order of their days, from 1; resistance follows the first."""
    courses = tables["rai_course"].dropna(subset=["patient_id", "course", "course_day"])
    courses = courses.sort_values(["patient_id", "course"])
    by_patient = courses.groupby("patient_id")
    courses = courses.assign(
        previous=by_patient["course_day"].shift(), number=by_patient.cumcount() + 1
    )
    yield from tables.problems(
        "rai_course",
        courses[true_where(courses["course_day"] <= courses["previous"])],
        "course_day",
        "course {course} is on day {course_day}, the one before it on day {previous}",
        "courses numbered in the order of their days",
        "Correct course or course_day.",
    )
    yield from tables.problems(
        "rai_course",
        courses[courses["course"] != courses["number"]],
        "course",
        "the patient's course number {number} is called {course}",
        "courses numbered from 1 without a gap",
        "Add the missing course, or renumber; R1 looks at the first course.",
        "notice",
    )
    own = tables["follow_up"]
    own = own.assign(first=own["patient_id"].map(by_patient["course_day"].min()))
    yield from tables.problems(
        "follow_up",
        own[true_where(own["rai_refractory_day"] < own["first"])],
        "rai_refractory_day",
        "resistance on day {rai_refractory_day} comes before the first course on day {first}",
        "a day after the first course of 131I",
        "Correct rai_refractory_day or course_day.",
    )


def missing_reasons(tables: Tables) -> Iterator[Problem]:
    """A reason belongs to a cell that exists and is empty."""
    reasons = tables["missing_reason"].dropna(subset=["patient_id", "table_name", "column_name"])
    for (name, column), rows in reasons.groupby(["table_name", "column_name"]):
        if name not in COLUMNS:
            wrong, found, near = (
                "table_name",
                "there is no table {table_name}",
                closest(str(name), COLUMNS),
            )
        elif column not in COLUMNS[name]:
            wrong, found = "column_name", "the table {table_name} has no column {column_name}"
            near = closest(str(column), COLUMNS[name])
        else:
            wrong, found, near = (
                "column_name",
                "{table_name}.{column_name} of {patient_id} is filled in",
                "",
            )
            rows = rows[~rows["patient_id"].isin(_with_empty_cell(tables[name], column))]
        yield from tables.problems(
            "missing_reason",
            rows,
            wrong,
            found,
            "a table, a column and a patient with an empty cell",
            f"{near}Correct it, or delete the row.",
        )


def _with_empty_cell(table: pd.DataFrame, column: str) -> set[str]:
    """Patients with an empty cell in the column, or without any row in the table."""
    if column not in table:
        return set(table["patient_id"])
    return set(table.loc[table[column].map(is_empty).astype(bool), "patient_id"])


CHECKS: tuple[Callable[[Tables], Iterator[Problem]], ...] = (
    known_patients,
    rows_for_each_patient,
    known_to_its_table,
    deaths,
    nothing_after_the_end,
    courses_in_order,
    missing_reasons,
)
