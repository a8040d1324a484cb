"""Evidence against evidence: one patient or lesion twice, and tables that lost their rows."""

from collections.abc import Iterator

import pandas as pd

from compendium.studies import STUDIES, trop2, tsh124i
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
EXPECTED = {
    trop2.CODE: tuple(name for name in trop2.STUDY.tables if name != "patient"),
    tsh124i.CODE: ("pathology",),  # who is no candidate for its PET has no scan and no lesion
}
ONE_STUDY_ONLY = ("ihc_read", "response_assessment", "local_therapy", "investigator_class")
STAGES = ("t_stage", "n_stage")
TUMOUR = ("histology", "tumour_diameter_mm")
FEW_BY_CHANCE, CHANCE_SHARE = 3, 0.01


def rows_twice_or_lost(tables: Tables) -> Iterator[Problem]:
    """All that is there twice under two names, and all that is no longer there."""
    yield from _patients_twice(tables)
    yield from _lesions_twice(tables)
    yield from _lost(tables)
    yield from _of_the_other_study(tables)


def _patients_twice(tables: Tables) -> Iterator[Problem]:
    people = tables["patient"].dropna(subset="patient_id")
    same: dict[str, tuple[str, str]] = {}
    for name, columns in SERIES.items():
        rows = tables[name].dropna(subset=["patient_id", *columns[:2]])
        first = rows.groupby(columns, dropna=False)["patient_id"].transform("first")
        again = rows[first != rows["patient_id"]].assign(first=first)
        least = 1 if name == "rai_course" else 2
        pairs = again.groupby(["patient_id", "first"]).size().reset_index(name="rows")
        for patient, other, n in pairs.itertuples(index=False, name=None):
            if n >= least:
                same.setdefault(str(patient), (str(other), f"{n} rows of {name}"))
    for patient, other, what in _same_person(tables, people):
        same.setdefault(patient, (other, what))
    for patient, (other, what) in same.items():
        yield from tables.problems(
            "patient",
            people[people["patient_id"] == patient].assign(other=other, what=what),
            "patient_id",
            "{patient_id} and {other} have the same {what}",
            "one patient under one patient_id",
            "Delete one of the two in all tables, if they are one person.",
        )


def _same_person(tables: Tables, people: pd.DataFrame) -> Iterator[tuple[str, str, str]]:
    """Patients who agree in all that tells a person: few in a small table, by chance in a large.

    Where there are more than a few, only those are named who agree in tumour and histology, too.
    """
    starts = index_dates(tables)
    starts = starts[~starts.index.duplicated()]
    own = tables["pathology"].drop_duplicates("patient_id").set_index("patient_id")
    told = people.assign(
        start=people["patient_id"].map(starts),
        whole=people["age_years"].round(),
        **{name: people["patient_id"].map(own[name]) for name in (*STAGES, *TUMOUR)},
    )
    person = ["start", "whole", "sex", *STAGES]
    pairs = _agreeing(told, person)
    if len(pairs) <= max(FEW_BY_CHANCE, CHANCE_SHARE * len(people)):
        yield from ((*pair, "day 0, age, sex, T and N") for pair in pairs)
        return
    for pair in _agreeing(told, [*person, *TUMOUR]):
        yield (*pair, "day 0, age, sex, T, N, histology and diameter")


def _agreeing(rows: pd.DataFrame, key: list[str]) -> list[tuple[str, str]]:
    """Patients with the first who agrees with them in all of the key."""
    complete = rows.dropna(subset=key)
    first = complete.groupby(key)["patient_id"].transform("first")
    return [(p, o) for p, o in zip(complete["patient_id"], first, strict=True) if p != o]


def _lesions_twice(tables: Tables) -> Iterator[Problem]:
    """One lesion under two names: two of one size to a tenth of a mm, or one that was never judged.

    Two of a whole number of mm, both judged, are common in lungs: they are told.
    """
    rows = tables["lesion"].dropna(subset=["patient_id", "lesion_id", "diameter_mm"])
    uptake = tables["lesion_uptake"].dropna(subset=["patient_id", "lesion_id", "course", "uptake"])
    judged = uptake.sort_values("course").groupby(["patient_id", "lesion_id"])["uptake"].agg(list)
    keys = zip(rows["patient_id"], rows["lesion_id"], strict=True)
    rows = rows.assign(judged=[" ".join(judged.get(key, [])) for key in keys])
    groups = rows.groupby(["patient_id", "site", "diameter_mm", "structural"], dropna=False)
    first = groups["lesion_id"].transform("first")
    rows = rows.assign(first=first, of_first=groups["judged"].transform("first"))
    again = rows[first != rows["lesion_id"]]
    alike = (again["judged"] == again["of_first"]) & (again["diameter_mm"] % 1 != 0)
    unjudged = (again["judged"] == "") != (again["of_first"] == "")
    severities: tuple[tuple[pd.Series, Severity], ...] = (
        (alike | unjudged, "error"),
        (~(alike | unjudged), "notice"),
    )
    for chosen, severity in severities:
        yield from tables.problems(
            "lesion",
            again[chosen],
            "lesion_id",
            "{lesion_id} has the site and the diameter of {first}, {diameter_mm:g} mm",
            "one lesion under one lesion_id",
            "Delete one of the two, if they are one lesion.",
            severity,
        )


def _lost(tables: Tables) -> Iterator[Problem]:
    people = tables["patient"].dropna(subset="patient_id")
    for code, names in EXPECTED.items():
        own = people.loc[people["study"] == code, "patient_id"]
        for name in names:
            absent = own[~own.isin(tables[name]["patient_id"])]
            if tables[name].empty and len(own):
                if name == "response_assessment":
                    yield _few(tables, name, own, absent, "notice")
            elif len(own) >= FEWEST_PATIENTS and len(absent) > (1 - PRESENT_SHARE) * len(own):
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
        expected=f"rows of at least {100 * PRESENT_SHARE:g}% of them",
        remedy="Look whether the table is whole: what its rows would show is not seen.",
        severity=severity,
    )


def _of_the_other_study(tables: Tables) -> Iterator[Problem]:
    """Rows in a table that only another study's patients have."""
    people = tables["patient"].dropna(subset="patient_id").drop_duplicates("patient_id")
    codes = people.set_index("patient_id")["study"]
    for name in ONE_STUDY_ONLY:
        users = [code for code, study in STUDIES.items() if name in study.tables + study.if_any]
        rows = tables[name].dropna(subset="patient_id").drop_duplicates("patient_id")
        rows = rows.assign(study=rows["patient_id"].map(codes))
        yield from tables.problems(
            name,
            rows[rows["study"].notna() & ~rows["study"].isin(users)],
            "patient_id",
            f"{{patient_id}} is a patient of study {{study}} and has rows in {name}",
            f"rows of patients of {' or '.join(users)}",
            "Correct the study in the table patient, or the patient_id here.",
        )
