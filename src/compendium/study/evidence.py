"""Evidence against evidence: the days of a patient's history, in their order and in a lifetime.

A contradiction that may change a class or an estimate is an error until a person corrects it or
confirms it in study.yml; one that cannot is a notice.
"""

import datetime as dt
from collections.abc import Iterator

import pandas as pd

from compendium.calendar import DAYS_PER_YEAR
from compendium.studies import trop2
from compendium.study.cells import convert, read_date
from compendium.study.declared import Declared
from compendium.study.located import Tables, true_where
from compendium.study.problems import Problem
from compendium.tables import COLUMNS

BEFORE_SURGERY_DAYS = 730
LONGEST_LIFE_YEARS = 105
UNSEEN_DAYS = 3650
FIRST_PET = pd.Timestamp(1990, 1, 1)
UNSEEN_MEDIAN_DAYS = 1826
FEWEST_FOR_A_COLUMN = 5
EVENTS = {
    "rai_course": "course_day",
    "lab": "lab_day",
    "response_assessment": "assessment_day",
    "pet_scan": "scan_day",
}


def days_of_history(tables: Tables, told: Declared) -> Iterator[Problem]:
    """All that the days say against each other."""
    late = _begun_after(tables, told.data_freeze)
    yield from tables.problems(
        "patient",
        late.assign(index_date="[not shown]"),
        "index_date",
        "the surgery lies after the data freeze",
        f"a date up to {told.data_freeze.isoformat()}",
        "Correct index_date, or data_freeze in study.yml.",
    )
    tables = _without(tables, set(late["patient_id"]))  # all their other days only follow from it
    yield from _within_a_life(tables)
    yield from _after_surgery(tables)
    yield from _after_resistance(tables)
    yield from _long_unseen(tables)
    yield from _after_the_freeze(tables, told.data_freeze)


def _days(tables: Tables) -> Iterator[tuple[str, str, pd.DataFrame]]:
    """Every table and column of days that has rows."""
    for name, columns in COLUMNS.items():
        for column in columns.values():
            if column.is_day and column.name in tables[name]:
                yield name, column.name, tables[name].dropna(subset=["patient_id", column.name])


def _by_patient(tables: Tables, name: str, column: str) -> pd.Series:
    rows = tables[name].dropna(subset="patient_id").drop_duplicates("patient_id")
    values: pd.Series = rows.set_index("patient_id")[column]
    return values


def _within_a_life(tables: Tables) -> Iterator[Problem]:
    ages = _by_patient(tables, "patient", "age_years")
    ages = ages[ages <= (COLUMNS["patient"]["age_years"].le or LONGEST_LIFE_YEARS)]
    for name, column, rows in _days(tables):
        age = rows["patient_id"].map(ages)
        years = rows[column].astype(float) / DAYS_PER_YEAR
        rows = rows.assign(age=age, then=age + years)
        for wrong, when in (
            (rows["then"] < -1, "before birth"),
            (rows["then"] > LONGEST_LIFE_YEARS, f"at an age of {LONGEST_LIFE_YEARS} or more"),
        ):
            yield from tables.problems(
                name,
                rows[true_where(wrong)],
                column,
                f"{column} is {{{column}}} and age_years {{age:g}}, so it is {when}",
                "a day of the patient's life",
                f"Correct {column}, age_years or index_date.",
            )
        early = rows[true_where((rows[column] < -BEFORE_SURGERY_DAYS) & ~(rows["then"] < -1))]
        yield from tables.problems(
            name,
            early,
            column,
            f"{column} is {{{column}}}, long before the surgery on day 0",
            f"a day from {-BEFORE_SURGERY_DAYS} on",
            f"Correct {column} or index_date.",
        )


def _after_surgery(tables: Tables) -> Iterator[Problem]:
    operated = _by_patient(tables, "patient", "total_thyroidectomy")
    rows = tables["rai_course"]
    done = rows["patient_id"].map(operated)
    yield from tables.problems(
        "rai_course",
        rows[true_where((rows["course_day"] < 0) & (rows["course_day"] >= -BEFORE_SURGERY_DAYS))],
        "course_day",
        "131I on day {course_day}, before the surgery on day 0",
        "131I after the thyroidectomy",
        "Correct course_day or index_date.",
    )
    yield from tables.problems(
        "rai_course",
        rows[true_where(~done.astype("boolean")) & (rows["course"] == 1)],
        "course_day",
        "131I on day {course_day}, but total_thyroidectomy is no in the table patient",
        "131I after a total thyroidectomy",
        "Correct one of the two if it is a slip; the patient is not included without it.",
    )
    scans = tables["pet_scan"]
    yield from tables.problems(
        "pet_scan",
        scans[true_where((scans["scan_day"] < 0) & (scans["scan_day"] >= -BEFORE_SURGERY_DAYS))],
        "scan_day",
        "the PET is on day {scan_day}, before the surgery on day 0",
        "a PET after the surgery",
        "Correct scan_day or index_date.",
    )
    own = tables["follow_up"]
    for column in ("study_entry_day", "tki_start_day", "rai_refractory_day", "last_contact_day"):
        low = -BEFORE_SURGERY_DAYS
        yield from tables.problems(
            "follow_up",
            own[true_where((own[column] < 0) & (own[column] >= low))],
            column,
            f"{column} is {{{column}}}, before the surgery on day 0",
            "a day from 0 on",
            f"Correct {column} or index_date.",
        )


def _after_resistance(tables: Tables) -> Iterator[Problem]:
    own = tables["follow_up"]
    for column in ("study_entry_day", "tki_start_day"):
        yield from tables.problems(
            "follow_up",
            own[true_where((own[column] < own["rai_refractory_day"]) & (own[column] >= 0))],
            column,
            f"{column} is {{{column}}}, rai_refractory_day {{rai_refractory_day}}",
            "resistance first",
            f"Correct {column} or rai_refractory_day: the two may be exchanged.",
        )
    scans = tables["pet_scan"]
    for column in ("rai_refractory_day", "study_entry_day"):
        rows = scans.assign(first=scans["patient_id"].map(_by_patient(tables, "follow_up", column)))
        of_tissue = rows["tracer"] == trop2.PET.code
        yield from tables.problems(
            "pet_scan",
            rows[
                true_where(of_tissue & (rows["scan_day"] < rows["first"]) & (rows["scan_day"] >= 0))
            ],
            "scan_day",
            f"the PET is on day {{scan_day}}, {column} is {{first}}",
            "a PET of a patient who is resistant and in the study",
            f"Correct scan_day, or {column} in follow_up.",
        )


def _long_unseen(tables: Tables) -> Iterator[Problem]:
    """The last contact is not years after all else that is known of the patient."""
    seen = pd.concat(
        [
            tables[name][["patient_id", column]].set_axis(["patient_id", "day"], axis=1)
            for name, column in EVENTS.items()
        ]
    ).dropna()
    own = tables["follow_up"].dropna(subset=["patient_id", "last_contact_day"])
    own = own.assign(seen=own["patient_id"].map(seen.groupby("patient_id")["day"].max()))
    gap = (own["last_contact_day"] - own["seen"]).astype(float)
    known = gap.dropna()
    whole = len(known) >= FEWEST_FOR_A_COLUMN and known.median() > UNSEEN_MEDIAN_DAYS
    yield from tables.problems(
        "follow_up",
        own[gap > UNSEEN_DAYS],
        "last_contact_day",
        "last_contact_day is {last_contact_day}, all else known of the patient ends on day {seen}",
        f"a last contact at most {UNSEEN_DAYS} days after it",
        "Correct last_contact_day.",
    )
    if whole:
        yield Problem(
            file=tables.raw["follow_up"].file,
            sheet=tables.raw["follow_up"].sheet,
            table="follow_up",
            row=1,
            column="last_contact_day",
            found=f"the last contact is {gap.median():.0f} days after all else, in the median",
            expected=f"at most {UNSEEN_MEDIAN_DAYS} days",
            remedy="Look whether the whole column is years too late.",
        )


def index_dates(tables: Tables) -> pd.Series:
    """Each patient's day 0 as a date, where it is given and can be read."""
    raw = tables.raw.get("patient")
    if raw is None or not {"patient_id", "index_date"} <= set(raw.cells.columns):
        return pd.Series(dtype=object)
    dates, _ = convert(raw.cells["index_date"], COLUMNS["patient"]["index_date"], read_date)
    patients = raw.cells["patient_id"].map(lambda cell: str(cell).strip())
    return pd.Series(dates.to_numpy(), index=patients.to_numpy()).dropna()


def _begun_after(tables: Tables, freeze: dt.date) -> pd.DataFrame:
    """Patients whose day 0 lies after the data freeze."""
    starts = index_dates(tables)
    late = set(starts.index[[date > freeze for date in starts]])
    people = tables["patient"]
    return people[people["patient_id"].isin(late)]


def _without(tables: Tables, patients: set[str]) -> Tables:
    kept = {
        name: table[~table["patient_id"].isin(patients)] for name, table in tables.typed.items()
    }
    return Tables(kept, tables.raw) if patients else tables


def _after_the_freeze(tables: Tables, freeze: dt.date) -> Iterator[Problem]:
    """Nothing lies after the data freeze, as a day of each patient with a date of day 0."""
    yield from _administered_in_time(tables, freeze)
    starts = index_dates(tables)
    starts = starts[~starts.index.duplicated()]
    if starts.empty:
        return
    last_day = starts.map(lambda date: (freeze - date).days)
    for name, column, rows in _days(tables):
        rows = rows.assign(last=rows["patient_id"].map(last_day))
        yield from tables.problems(
            name,
            rows[true_where((rows[column] > rows["last"]) & (rows["last"] >= 0))],
            column,
            f"{column} is {{{column}}}, after the data freeze on the patient's day {{last:.0f}}",
            f"a day up to {freeze.isoformat()}",
            f"Correct {column}, index_date, or data_freeze in study.yml.",
        )
    yield from _administered_then(tables, starts)


def _administered_in_time(tables: Tables, freeze: dt.date) -> Iterator[Problem]:
    scans = tables["pet_scan"]
    given = pd.to_datetime(scans["administered_at"], errors="coerce")
    beyond = (given < FIRST_PET) | (given >= pd.Timestamp(freeze) + pd.Timedelta(days=1))
    yield from tables.problems(
        "pet_scan",
        scans[true_where(beyond)].assign(administered_at="[not shown]"),
        "administered_at",
        "administered_at lies before there was PET, or after the data freeze",
        f"a day from {FIRST_PET.year} to {freeze.isoformat()}",
        "Correct administered_at, or data_freeze in study.yml.",
    )


def _administered_then(tables: Tables, starts: pd.Series) -> Iterator[Problem]:
    scans = tables["pet_scan"]
    given = pd.to_datetime(scans["administered_at"], errors="coerce")
    start = pd.to_datetime(scans["patient_id"].map(starts))
    apart = ((given - start).dt.days - scans["scan_day"].astype(float)).abs()
    yield from tables.problems(
        "pet_scan",
        scans[true_where(apart > 7)].assign(administered_at="[not shown]"),
        "administered_at",
        "administered_at is not within a week of scan_day {scan_day} by the patient's index_date",
        "the administration just before the scan",
        "Correct administered_at, scan_day or index_date.",
    )
