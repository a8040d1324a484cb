"""Lesion uptake in two groups of patients: ratio of geometric means, lesions nested in patients.

grouped_lesions(lesion_suv, cohort, rules)    the lesions that the comparison takes
ratio_of_groups(lesions)               the primary analysis: random-intercept model
ratio_of_patients(lesions, rng)        patients' geometric means, permutation test
ratio_rows(lesions, others, rng)       the primary and every sensitivity analysis, by name
"""

import math
from collections.abc import Mapping
from dataclasses import replace

import numpy as np
import pandas as pd

from compendium.disease.metastases import is_metastasis
from compendium.errors import InputError
from compendium.estimates import Estimate, labelled
from compendium.rules import Rules
from compendium.statistics.intervals import exponentiated
from compendium.statistics.mixed import DegreesOfFreedom, random_intercept
from compendium.statistics.resampling import permutation
from compendium.studies import trop2
from compendium.uptake.readings import MEASURED, with_origin

REFERENCE, COMPARED = "stable", "rapid"


def metastases(lesion_suv: pd.DataFrame, rules: Rules) -> pd.DataFrame:
    """Measured metastases on Trop2 PET: neither the thyroid bed nor, where the rules say, nodes."""
    measured = (lesion_suv["tracer"] == trop2.PET.code) & (lesion_suv["status"] == "ok")
    return lesion_suv[measured & is_metastasis(lesion_suv["site"], rules.trop2_nodes_count)]


def grouped_lesions(lesion_suv: pd.DataFrame, cohort: pd.DataFrame, rules: Rules) -> pd.DataFrame:
    """Measured metastases of eligible non-responders whose course is rapid or stable.

    Args:
        lesion_suv: a row a lesion and scan, as the extraction returns.
        cohort: patient_id, study, eligible, rai_response, progression.

    Returns:
        Rows of lesion_suv with `group`; one scan a patient.

    Raises:
        InputError: a patient has two scans with this tracer.
    """
    chosen = cohort[
        cohort["eligible"].astype(bool)
        & (cohort["study"] == trop2.CODE)
        & (cohort["rai_response"] == "non_responder")
        & cohort["progression"].isin([REFERENCE, COMPARED])
    ]
    groups = chosen[["patient_id", "progression"]].rename(columns={"progression": "group"})
    measured = metastases(lesion_suv, rules)
    lesions = measured.merge(groups, on="patient_id", how="inner")
    scans = lesions.groupby("patient_id")["scan_id"].nunique()
    if (scans > 1).any():
        raise InputError(
            f"pet_scan: {scans.idxmax()} has {scans.max()} measured {trop2.PET.code} scans; "
            "expected one a patient. Keep the one that the protocol names."
        )
    return lesions


@labelled
def ratio_of_groups(
    lesions: pd.DataFrame,
    *,
    metric: str = "suv_max",
    df: DegreesOfFreedom = "kenward_roger",
    adjust: tuple[str, ...] = (),
    level: float = 0.95,
) -> Estimate:
    """Geometric mean in the rapid over that in the stable group, random intercept by patient.

    Args:
        lesions: as `grouped_lesions` returns.
        metric: a column of positive values; lesions without one are left out.
        adjust: columns of positive values whose logarithm is a covariate.
    """
    kept = lesions[(lesions[[metric, *adjust]].astype(float) > 0).all(axis=1)]
    fit = random_intercept(
        np.log(kept[metric].astype(float)),
        kept["patient_id"],
        group=kept["group"] == COMPARED,
        covariates={name: np.log(kept[name].astype(float)) for name in adjust},
    )
    found = fit.estimate("group", df=df, level=level)
    return with_origin(replace(found, method=f"{found.method}, {len(kept)} lesions"), kept)


@labelled
def ratio_of_patients(
    lesions: pd.DataFrame,
    rng: np.random.Generator,
    *,
    metric: str = "suv_max",
    summary: str = "mean",
    level: float = 0.95,
) -> Estimate:
    """The same ratio of one value a patient, by the permutation test of patients.

    Args:
        summary: "mean" for the geometric mean of a patient's lesions, "max" for the hottest.
    """
    kept = lesions[lesions[metric].astype(float) > 0]
    logs = pd.Series(np.log(kept[metric].astype(float)), index=kept.index)
    values = logs.groupby(kept["patient_id"]).agg(summary)
    group = kept.groupby("patient_id")["group"].first()
    found = permutation(values[group == REFERENCE], values[group == COMPARED], rng, level=level)
    what = "geometric mean" if summary == "mean" else "hottest lesion"
    method = f"{what} of each patient, {found.method}"
    return with_origin(replace(exponentiated(found), method=method), kept)


def resolved(lesions: pd.DataFrame) -> pd.DataFrame:
    """The lesions that are large enough for their SUV to be recovered."""
    return lesions[~lesions["flags"].fillna("").str.contains("sub_resolution")]


def nodes_otherwise(
    lesion_suv: pd.DataFrame, cohort: pd.DataFrame, rules: Rules
) -> dict[str, pd.DataFrame]:
    """The lesions of the comparison where nodes of the neck count the other way, by its name."""
    counted = rules.trop2_nodes_count
    name = f"SUVmax, {'without' if counted else 'with'} nodes of the neck"
    other = rules.replace(trop2_nodes_count=not counted)
    return {name: grouped_lesions(lesion_suv, cohort, other)}


def ratio_rows(
    lesions: pd.DataFrame, others: Mapping[str, pd.DataFrame], rng: np.random.Generator
) -> dict[str, Estimate]:
    """Rapid over stable by the primary analysis, first, and by every other, by name.

    Args:
        others: other lesions, to be analysed as the primary, by the name of the analysis.

    Returns:
        What needs images has no row where persons read SUVmax of every lesion.
    """
    read = "origin" in lesions and len(lesions) and lesions["origin"].ne(MEASURED).all()
    return {
        "SUVmax, mixed model, Kenward–Roger (primary)": ratio_of_groups(lesions),
        "SUVmax, mixed model, Satterthwaite": ratio_of_groups(lesions, df="satterthwaite"),
        "SUVmax, patients' geometric means, permutation": ratio_of_patients(lesions, rng),
        "SUVmax, adjusted for diameter": ratio_of_groups(lesions, adjust=("diameter_mm",)),
        "SUVmax of the hottest lesion, permutation": ratio_of_patients(lesions, rng, summary="max"),
        **({} if read else _of_images(lesions)),
        **{name: ratio_of_groups(taken) for name, taken in others.items()},
    }


def _of_images(lesions: pd.DataFrame) -> dict[str, Estimate]:
    """Rapid over stable by what is measured in images only."""
    return {
        "SUVmax, lesions of at least 2 FWHM": ratio_of_groups(resolved(lesions)),
        "SUVpeak (1 mL), mixed model": ratio_of_groups(lesions, metric="suv_peak"),
        "SUVmean, mixed model": ratio_of_groups(lesions, metric="suv_mean"),
        "SUVmax over blood pool, mixed model": ratio_of_groups(lesions, metric="max_to_blood_pool"),
    }


def ratio_table(rows: Mapping[str, Estimate]) -> pd.DataFrame:
    """Named estimates as a table: the analysis, then the estimate's own columns."""
    return pd.DataFrame([{"analysis": name, **found.as_row()} for name, found in rows.items()])


def group_summary(lesions: pd.DataFrame, metric: str = "suv_max") -> pd.DataFrame:
    """Patients, lesions, geometric mean and range of a metric in each group."""
    rows = []
    for group in (REFERENCE, COMPARED):
        values = lesions.loc[lesions["group"] == group]
        measured = values[metric].astype(float)
        logs = np.log(measured[measured > 0])
        rows.append(
            {
                "group": group,
                "patients": values["patient_id"].nunique(),
                "lesions": len(values),
                "geometric_mean": float(np.exp(logs.mean())) if len(logs) else math.nan,
                "lowest": float(measured.min()) if len(measured) else math.nan,
                "highest": float(measured.max()) if len(measured) else math.nan,
            }
        )
    return pd.DataFrame(rows)


def avidity(lesion_suv: pd.DataFrame) -> pd.DataFrame:
    """Measured lesions by tracer: lesions, avid, below_resolution (too small to be read)."""
    measured = lesion_suv[lesion_suv["status"] == "ok"]
    small = ~measured.index.isin(resolved(measured).index)
    marked = measured.assign(avid=measured["avid"].fillna(False), small=small)
    return (
        marked.groupby("tracer")
        .agg(lesions=("avid", "size"), avid=("avid", "sum"), below_resolution=("small", "sum"))
        .reset_index()
    )
