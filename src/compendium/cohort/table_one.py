"""Table 1: patients' characteristics by group, with missing counts and standardised differences."""

import warnings
from collections.abc import Mapping

import numpy as np
import pandas as pd
from scipy import stats
from tableone import TableOne

from compendium.cohort.missingness import NOT_KNOWN
from compendium.statistics.ranks import rank_sum_test, two_groups

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
LEAST_EXPECTED = 5.0
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
    return numbers if numbers.notna().equals(values.notna()) else values


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
        other, with smd_reason), p (not adjusted) and its test. Where a group is empty, one row that
        says so.
    """
    members = people.loc[people[group].isin(groups), [group, *variables]].copy()
    for name in groups:
        if not (members[group] == name).any():
            return pd.DataFrame({"variable": [f"not estimable: no patient is {name}"]})
    # tableone puts groups in the order of their names
    members[group] = members[group].map({groups[0]: "1", groups[1]: "2"})
    numbers = [name for name in variables if pd.api.types.is_float_dtype(members[name])]
    for name in set(variables) - set(numbers):
        members[name] = _as_words(members[name])
    known = members[variables].notna().groupby(members[group]).any().all()
    told = [name for name in variables if known[name]]
    described, smd = _described(members, group, told, numbers, skewed)
    table = _tidy(described, groups)
    untold = _untold([name for name in variables if not known[name]])
    table = pd.concat([table, untold], ignore_index=True)
    first = ~table["variable"].duplicated() & (table["variable"] != "n")
    table["smd"] = table["variable"].map(smd).where(first)
    table["smd_reason"] = np.where(np.isinf(table["smd"]), APART, "")
    missing = {name: int(members[name].isna().sum()) for name in variables}
    table.insert(2, "missing", table["variable"].map(missing).where(first).astype("Int64"))
    found = {name: compare(members, group, name, name in skewed) for name in variables}
    table["p"] = table["variable"].map({name: p for name, (p, _) in found.items()}).where(first)
    tests = table["variable"].map({name: test for name, (_, test) in found.items()})
    return table.assign(test=tests.where(first, ""))


def _untold(variables: list[str]) -> pd.DataFrame:
    """Rows of the variables of which a group has no value; tableone cannot describe them."""
    return pd.DataFrame({"variable": variables, "level": "no value in a group"})


def _described(
    members: pd.DataFrame,
    group: str,
    variables: list[str],
    numbers: list[str],
    skewed: tuple[str, ...],
) -> tuple[pd.DataFrame, "pd.Series[float]"]:
    """tableone's frame, and the standardised difference of each variable in full."""
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
            smd=True,
            label_suffix=False,
            include_null=False,
        )
    # It has none where groups have no level in common and so nothing to standardise by.
    return found.tableone, found.smd_table.iloc[:, 0].astype(float).fillna(np.inf)


def _as_words(values: pd.Series) -> pd.Series:
    if values.dtype == "boolean":
        values = values.map({True: "yes", False: "no"})
    words: pd.Series = values.astype(object)
    return words


def _tidy(described: pd.DataFrame, groups: tuple[str, str]) -> pd.DataFrame:
    """tableone's two-storey frame as one row a line."""
    flat = described.droplevel(0, axis=1)
    return pd.DataFrame(
        {
            "variable": [str(variable) for variable, _ in flat.index],
            "level": [str(level) for _, level in flat.index],
            "overall": flat["Overall"].to_numpy(),
            groups[0]: flat["1"].to_numpy(),
            groups[1]: flat["2"].to_numpy(),
        }
    )


def compare(people: pd.DataFrame, group: str, name: str, skewed: bool) -> tuple[float, str]:
    """The p-value of a variable's difference between two groups, not adjusted, and its test.

    Welch's t, Wilcoxon's where skewed; chi-squared without continuity correction, or Fisher's exact
    where a 2 x 2 table expects fewer than 5 patients somewhere.
    """
    known = people[[group, name]].dropna()
    samples = [values.to_numpy() for _, values in known.groupby(group)[name]]
    if len(samples) != 2 or known[name].nunique() < 2:
        return np.nan, "one group or one value only"
    if pd.api.types.is_float_dtype(known[name]):
        first, second = samples
        if skewed:
            m, _, pooled = two_groups(first, second)
            test = rank_sum_test(pooled[:m], pooled[m:])
            return test.p, test.name
        if min(len(first), len(second)) < 2:
            return np.nan, "one patient in a group"
        if np.ptp(first) == np.ptp(second) == 0:
            return np.nan, "one value in each group"
        return float(stats.ttest_ind(first, second, equal_var=False).pvalue), "Welch t"
    counts = pd.crosstab(known[group], known[name]).to_numpy()
    found = stats.chi2_contingency(counts, correction=False)
    if counts.shape == (2, 2) and found.expected_freq.min() < LEAST_EXPECTED:
        return float(stats.fisher_exact(counts).pvalue), "Fisher"
    sparse = ", sparse" if found.expected_freq.min() < LEAST_EXPECTED else ""
    return float(found.pvalue), f"chi-squared{sparse}"
