"""Table 1: patients' characteristics by group, missing counts, differences and their one test."""

import warnings
from collections.abc import Mapping

import numpy as np
import pandas as pd
from tableone import TableOne

from compendium.cohort.findings import compared, finding_of
from compendium.cohort.missingness import NOT_KNOWN
from compendium.cohort.standardised import standardised_difference
from compendium.estimates import Estimate

SKEWED = ("tumour_diameter_mm", "largest_lesion_mm", "first_tg_pre_ng_per_ml", "activity_gbq")
FROM_PATIENT = ["sex", "age_years"]
FROM_PATHOLOGY = [
    "histology",
    "t_stage",
    "n_stage",
    "m_stage",
    "extrathyroidal_extension",
    "tumour_diameter_mm",
    "multifocal",
    "vascular_invasion",
    "braf_v600e",
    "tert_promoter",
]
LEFT_OUT = ["unit", "events", "level"]  # `level` is that of a categorical variable
APART = "the groups have no value in common"


def characteristics(tables: Mapping[str, pd.DataFrame]) -> pd.DataFrame:
    """One row a patient with the variables of Table 1, covariates of the study's own last.

    Returns:
        patient_id; sex, age_years; the columns of pathology; lesions, largest_lesion_mm,
        bone_metastasis; rai_courses, activity_gbq (all courses together), first_tg_pre_ng_per_ml;
        and each variable of the covariate table, as a number where all its values are numbers.
    """
    people = tables["patient"][["patient_id", *FROM_PATIENT]]
    people = people.merge(
        tables["pathology"][["patient_id", *FROM_PATHOLOGY]], on="patient_id", how="left"
    ).set_index("patient_id")
    lesions = tables["lesion"].groupby("patient_id")
    courses = tables["rai_course"].sort_values("course").groupby("patient_id")
    people["lesions"] = lesions.size().astype(float)
    people["largest_lesion_mm"] = lesions["diameter_mm"].max()
    bone = tables["lesion"].assign(bone=tables["lesion"]["site"] == "bone")
    people["bone_metastasis"] = bone.groupby("patient_id")["bone"].any().astype("boolean")
    people["rai_courses"] = courses.size().astype(float)
    people["activity_gbq"] = courses["activity_gbq"].sum(min_count=1)
    people["first_tg_pre_ng_per_ml"] = courses["tg_pre_ng_per_ml"].first()
    people[["lesions", "rai_courses"]] = people[["lesions", "rai_courses"]].fillna(0)
    people = people.mask(people.isin(NOT_KNOWN))
    own = tables["covariate"].pivot(index="patient_id", columns="variable", values="value")
    for name in own.columns:
        people[name] = _as_number(own[name])
    return people.reset_index()


def _as_number(values: pd.Series) -> pd.Series:
    numbers = pd.to_numeric(values, errors="coerce")
    return numbers.astype(float) if numbers.notna().equals(values.notna()) else values


def table_one(
    people: pd.DataFrame,
    group: str,
    groups: tuple[str, str],
    variables: list[str],
    *,
    skewed: tuple[str, ...] = SKEWED,
) -> pd.DataFrame:
    """Table 1, tidy: one row a variable, or a level of a categorical one.

    Args:
        people: one row a patient.
        group: column of the groups; `groups`, the two to describe, patients of others are left out.
        variables: columns to describe; numbers by mean (SD), others by n (%).
        skewed: numbers to describe by median [quartiles] instead.

    Returns:
        variable, level, missing (patients), overall, one column a group, smd (standardised mean
        difference, second less first group; infinite where no patient of one group could be of the
        other, with smd_reason), effect (what the estimate is) and the Estimate's fields, of the
        second group against the first; p is not adjusted. An empty group has empty cells.
    """
    members = people.loc[people[group].isin(groups), [group, *variables]].copy()
    tests = differences(members, group, groups, variables)
    # tableone puts groups in the order of their names
    members[group] = members[group].map({groups[0]: "1", groups[1]: "2"})
    numbers = [name for name in variables if _is_number(members[name])]
    members = members.astype(dict.fromkeys(numbers, float))
    for name in set(variables) - set(numbers):
        members[name] = _as_words(members[name])
    table = _none(groups)
    told: list[str] = []
    if len(members):
        known = members[variables].notna().groupby(members[group]).any().all()
        told = [name for name in variables if known[name]]
        table = _tidy(_described(members, group, told, numbers, skewed), groups)
    untold = _untold([name for name in variables if name not in told])
    table = pd.concat([table, untold], ignore_index=True)
    first = ~table["variable"].duplicated() & (table["variable"] != "n")
    sides = [members[members[group] == side] for side in ("1", "2")]
    smd = {
        name: standardised_difference(*(side[name].dropna() for side in sides))
        for name in variables
    }
    table["smd"] = table["variable"].map(smd).where(first)
    table["smd_reason"] = np.where(np.isinf(table["smd"]), APART, "")
    missing = {name: int(members[name].isna().sum()) for name in variables}
    table.insert(2, "missing", table["variable"].map(missing).where(first).astype("Int64"))
    return _with_tests(table, first, tests)


def differences(
    people: pd.DataFrame, group: str, groups: tuple[str, str], variables: list[str]
) -> dict[str, tuple[str, Estimate]]:
    """What differs between two groups, by variable: kind of effect, and estimate with exact p."""
    first, second = (people[people[group] == name] for name in groups)
    return {
        name: compared(first[name], second[name], finding_of(name, people[name]))
        for name in variables
    }


def _with_tests(
    table: pd.DataFrame, first: "pd.Series[bool]", tests: Mapping[str, tuple[str, Estimate]]
) -> pd.DataFrame:
    """The table with effect and estimate in the first row of each variable."""
    rows = [
        {"effect": tests[name][0], **tests[name][1].as_row()} if is_first else {}
        for name, is_first in zip(table["variable"], first, strict=True)
    ]
    fields = ["effect", *Estimate.__dataclass_fields__]
    found = pd.DataFrame(rows, index=table.index, columns=fields)
    texts = ["effect", "unit", "method", "reason"]
    return table.join(found.fillna(dict.fromkeys(texts, "")).drop(columns=LEFT_OUT))


def _is_number(values: pd.Series) -> bool:
    kinds = pd.api.types
    return kinds.is_numeric_dtype(values) and not kinds.is_bool_dtype(values)


def _untold(variables: list[str]) -> pd.DataFrame:
    """Rows of the variables of which a group has no value; tableone cannot describe them."""
    return pd.DataFrame({"variable": variables, "level": "no value in a group"})


def _described(
    members: pd.DataFrame,
    group: str,
    variables: list[str],
    numbers: list[str],
    skewed: tuple[str, ...],
) -> pd.DataFrame:
    """tableone's frame."""
    with warnings.catch_warnings():
        # tableone also computes the SD of a group in which one patient, or none, has a value
        warnings.simplefilter("ignore", RuntimeWarning)
        found = TableOne(
            members,
            columns=variables,
            categorical=[name for name in variables if name not in numbers],
            continuous=[name for name in variables if name in numbers],
            nonnormal=[name for name in variables if name in numbers and name in skewed],
            groupby=group,
            label_suffix=False,
            include_null=False,
        )
    described: pd.DataFrame = found.tableone
    return described


def _as_words(values: pd.Series) -> pd.Series:
    if values.dtype == "boolean":
        values = values.map({True: "yes", False: "no"})
    words: pd.Series = values.astype(object)
    return words


def _spaced(cells: pd.Series) -> list[str]:
    """Cells with a space between two quartiles, which tableone joins by a bare comma."""
    return [str(cell).replace(",", ", ") for cell in cells]


def _none(groups: tuple[str, str]) -> pd.DataFrame:
    """The row that counts patients where neither group has any."""
    return pd.DataFrame(
        [{"variable": "n", "level": "", **dict.fromkeys(("overall", *groups), "0")}]
    )


def _nobody(rows: int) -> list[str]:
    """The column of an empty group: no patient in the row that counts them, and nothing else."""
    return ["0", *[""] * (rows - 1)]


def _tidy(described: pd.DataFrame, groups: tuple[str, str]) -> pd.DataFrame:
    """tableone's two-storey frame as one row a line."""
    flat = described.droplevel(0, axis=1)
    return pd.DataFrame(
        {
            "variable": [str(variable) for variable, _ in flat.index],
            "level": [str(level) for _, level in flat.index],
            "overall": _spaced(flat["Overall"]),
            **{
                name: _spaced(flat[side]) if side in flat else _nobody(len(flat))
                for name, side in zip(groups, ("1", "2"), strict=True)
            },
        }
    )
