"""Evidence against evidence: stage, size, extension, histology, spread and what was treated."""

from collections.abc import Iterator

import pandas as pd

from compendium.counting import counted
from compendium.study.located import Tables, true_where
from compendium.study.problems import Problem

DISTANT = ("lung", "bone", "liver", "brain")
OVER_MM = {"T2": 20.0, "T3": 40.0}
LARGEST_IN_CM = 10.0
UP_TO_MM = {"T1": 20.0, "T2": 40.0}
MICROCARCINOMA_MM = 10.0
NOT_FOR_IODINE = ("mtc", "atc", "benign")
AJCC = (
    "T1 up to 20 mm, T2 over 20 and up to 40 mm, T3 over 40 mm or with gross extension, T4 with "
    "gross extension (AJCC 8)"
)


def tumour_against_itself(tables: Tables) -> Iterator[Problem]:
    """All that pathology says against itself, and against lesions and courses."""
    yield from _stages(tables)
    yield from _metastases(tables)
    yield from _histology(tables)


def _stages(tables: Tables) -> Iterator[Problem]:
    rows = tables["pathology"]
    stage, size = rows["t_stage"], rows["tumour_diameter_mm"]
    extension = rows["extrathyroidal_extension"]
    too_large = true_where(size > stage.map(UP_TO_MM))
    too_small = true_where(size <= stage.map(OVER_MM)) & (extension != "gross")
    in_cm = (size < LARGEST_IN_CM) & (10 * size > stage.map(OVER_MM))
    in_cm &= ~(10 * size > stage.map(UP_TO_MM)) & (extension == "none")
    told = "t_stage is {t_stage}, tumour_diameter_mm {tumour_diameter_mm:g}"
    yield from tables.problems(
        "pathology", rows[too_large], "t_stage", told, AJCC, "Correct t_stage, or the diameter."
    )
    yield from tables.problems(
        "pathology",
        rows.assign(in_cm=10 * size)[true_where(too_small & in_cm)],
        "t_stage",
        f"{told}; in cm it would be {{in_cm:g}} mm",
        AJCC,
        "Correct t_stage, or the diameter and its unit.",
    )
    yield from tables.problems(
        "pathology",
        rows[(extension == "gross") & stage.isin(["T1", "T2"]) & ~too_large],
        "t_stage",
        "t_stage is {t_stage}, extrathyroidal_extension gross",
        AJCC,
        "Correct one of the two.",
    )
    confined = extension.isin(["none", "microscopic"]) & (stage == "T4")
    yield from together(
        tables,
        "pathology",
        rows[true_where((too_small & ~in_cm) | confined)],
        "t_stage",
        "a stage above that of diameter and extension, as by an earlier edition of AJCC,",
        AJCC,
    )


def _metastases(tables: Tables) -> Iterator[Problem]:
    people = tables["patient"]
    sites = tables["lesion"]
    distant = set(sites.loc[sites["site"].isin(DISTANT), "patient_id"])
    none = true_where(~people["distant_metastasis"].astype("boolean"))
    yield from tables.problems(
        "patient",
        people[none & people["patient_id"].isin(distant)],
        "distant_metastasis",
        "distant_metastasis is no, but the table lesion has one in lung, bone, liver or brain",
        "yes where a distant lesion is recorded",
        "Correct distant_metastasis, or the lesion's site.",
    )
    stages = tables["pathology"].drop_duplicates("patient_id").set_index("patient_id")["m_stage"]
    stage = people["patient_id"].map(stages)
    yield from tables.problems(
        "patient",
        people[none & (stage == "M1") & ~people["patient_id"].isin(distant)],
        "distant_metastasis",
        "distant_metastasis is no, m_stage M1",
        "yes where a distant metastasis was there at diagnosis",
        "Correct one of the two.",
    )
    now = true_where(people["distant_metastasis"].astype("boolean"))
    later = people[true_where((stage == "M0") & now)]
    yield from together(
        tables,
        "patient",
        later,
        "distant_metastasis",
        "M0 at diagnosis and distant_metastasis yes",
        "a metastasis that came later",
    )


def _histology(tables: Tables) -> Iterator[Problem]:
    rows = tables["pathology"]
    treated = rows["patient_id"].isin(tables["rai_course"]["patient_id"])
    yield from tables.problems(
        "pathology",
        rows[rows["histology"].isin(NOT_FOR_IODINE) & treated],
        "histology",
        "histology is {histology}, and 131I was given",
        "a differentiated carcinoma where 131I is given",
        "Correct histology if it is a slip; the patient is not included with it.",
    )
    small = rows["histology"] == "ptc_microcarcinoma"
    yield from tables.problems(
        "pathology",
        rows[true_where(small & (rows["tumour_diameter_mm"] > MICROCARCINOMA_MM))],
        "histology",
        "histology is ptc_microcarcinoma, tumour_diameter_mm {tumour_diameter_mm:g}",
        f"at most {MICROCARCINOMA_MM:g} mm",
        "Correct one of the two.",
    )


def together(
    tables: Tables, name: str, rows: pd.DataFrame, column: str, what: str, expected: str
) -> Iterator[Problem]:
    """One notice for all patients of a kind, with the first of them."""
    if rows.empty:
        return
    raw = tables.raw[name]
    patients = list(rows["patient_id"].astype(str))
    more = f" and {len(patients) - 5} more" if len(patients) > 5 else ""
    yield Problem(
        file=raw.file,
        sheet=raw.sheet,
        table=name,
        column=column,
        found=f"{what} in {counted(len(patients), 'patients')}: {', '.join(patients[:5])}{more}",
        expected=expected,
        remedy="Look at them.",
        severity="notice",
    )
