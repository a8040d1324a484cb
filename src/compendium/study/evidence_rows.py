"""Evidence against evidence: one patient or lesion twice, and tables that lost their rows."""

from collections.abc import Iterator

import pandas as pd

from compendium.studies import trop2
from compendium.study.evidence import index_dates
from compendium.study.located import Tables
from compendium.study.problems import Problem, Severity

SERIES = {
    "rai_course": ["course_day", "tg_pre_ng_per_ml", "tg_post_ng_per_ml", "tsh_miu_per_l"],
    "lab": ["lab_day", "tg_ng_per_ml", "tsh_miu_per_l"],
    "response_assessment": ["assessment_day", "sum_target_diameters_mm"],
}
FEWEST_PATIENTS = 10
PRESENT_SHARE = 0.7
USUAL_TABLES = {trop2.CODE: ("rai_course", "lesion", "lab", "response_assessment", "follow_up")}


def rows_twice_or_lost(tables: Tables) -> Iterator[Problem]:
    """All that is there twice under two names, and all that is no longer there."""
    yield from _patients_twice(tables)
    yield from _lesions_twice(tables)
    yield from _lost(tables)


def _patients_twice(tables: Tables) -> Iterator[Problem]:
    people = tables["patient"].dropna(subset="patient_id")
    same: dict[str, tuple[str, str]] = {}
    for name, columns in SERIES.items():
        rows = tables[name].dropna(subset=["patient_id", *columns[:2]])
        keys = (
            rows[columns].astype(str).agg("|".join, axis=1) if len(rows) else pd.Series(dtype=str)
        )
        first = rows["patient_id"].groupby(keys).transform("first") if len(rows) else keys
        again = rows[first != rows["patient_id"]].assign(first=first)
        least = 1 if name == "rai_course" else 2
        pairs = again.groupby(["patient_id", "first"]).size().reset_index(name="rows")
        for patient, other, n in pairs.itertuples(index=False, name=None):
            if n >= least:
                same.setdefault(str(patient), (str(other), f"{n} rows of {name}"))
    for patient, other in _same_person(tables, people):
        same.setdefault(patient, (other, "day 0, age, sex, T and N"))
    for patient, (other, what) in same.items():
        yield from tables.problems(
            "patient",
            people[people["patient_id"] == patient].assign(other=other, what=what),
            "patient_id",
            "{patient_id} and {other} have the same {what}",
            "one patient under one patient_id",
            "Delete one of the two in all tables, if they are one person.",
        )


def _same_person(tables: Tables, people: pd.DataFrame) -> Iterator[tuple[str, str]]:
    starts = index_dates(tables)
    starts = starts[~starts.index.duplicated()]
    stages = tables["pathology"].drop_duplicates("patient_id").set_index("patient_id")
    told = people.assign(
        start=people["patient_id"].map(starts),
        t=people["patient_id"].map(stages["t_stage"]),
        n=people["patient_id"].map(stages["n_stage"]),
        whole=people["age_years"].round(),
    ).dropna(subset=["start", "t", "n", "whole", "sex"])
    first = told.groupby(["start", "whole", "sex", "t", "n"])["patient_id"].transform("first")
    for patient, other in zip(told["patient_id"], first, strict=True):
        if patient != other:
            yield str(patient), str(other)


def _lesions_twice(tables: Tables) -> Iterator[Problem]:
    rows = tables["lesion"].dropna(subset=["patient_id", "lesion_id", "diameter_mm"])
    key = ["patient_id", "site", "diameter_mm", "structural"]
    first = rows.groupby(key, dropna=False)["lesion_id"].transform("first")
    yield from tables.problems(
        "lesion",
        rows.assign(first=first)[first != rows["lesion_id"]],
        "lesion_id",
        "{lesion_id} has the site and the diameter of {first}, {diameter_mm:g} mm",
        "one lesion under one lesion_id",
        "Delete one of the two, if they are one lesion.",
        "notice",
    )


def _lost(tables: Tables) -> Iterator[Problem]:
    people = tables["patient"].dropna(subset="patient_id")
    for study, names in USUAL_TABLES.items():
        own = people.loc[people["study"] == study, "patient_id"]
        for name in names:
            absent = own[~own.isin(tables[name]["patient_id"])]
            if tables[name].empty or len(own) < FEWEST_PATIENTS:
                if name == "response_assessment" and len(own) and tables[name].empty:
                    yield _few(tables, name, own, absent, "notice")
                continue
            if len(absent) > (1 - PRESENT_SHARE) * len(own):
                yield _few(tables, name, own, absent, "error")


def _few(
    tables: Tables, name: str, own: pd.Series, absent: pd.Series, severity: Severity
) -> Problem:
    raw = tables.raw.get(name, tables.raw["patient"])
    return Problem(
        file=raw.file,
        sheet=raw.sheet,
        table=name,
        column="patient_id",
        found=f"{len(absent)} of {len(own)} patients have no row in {name}, such as "
        f"{', '.join(absent.astype(str)[:3])}",
        expected=f"rows of at least {100 * PRESENT_SHARE:g} % of them",
        remedy="Look whether the table is whole: without its rows progression is not seen.",
        severity=severity,
    )
