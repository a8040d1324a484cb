"""Uptake on PET against the Trop2 of the tissue, a patient a point.

by_patient(lesion_suv, h_score, rules)       uptake of the metastases beside the tissue's score
correlations(tables, rng)                    Spearman's correlation for each tissue
"""

from collections.abc import Mapping

import numpy as np
import pandas as pd
import seaborn as sns
from matplotlib.figure import Figure
from matplotlib.ticker import FuncFormatter, LogLocator, NullLocator

from compendium.estimates import Estimate
from compendium.figures.style import BLUE, new_figure, said
from compendium.rules import Rules
from compendium.statistics.correlation import spearman
from compendium.trop2.ihc import h_score_of
from compendium.trop2.suv_groups import metastases
from compendium.uptake.readings import origin_together, with_origin

MEASURES = {"suv_max": "Geometric mean of metastases", "hottest": "Hottest metastasis"}


def by_patient(
    lesion_suv: pd.DataFrame, scores: pd.DataFrame, tissue: str, rules: Rules
) -> pd.DataFrame:
    """Each scanned patient's uptake beside the score of a tissue.

    Args:
        lesion_suv: a row a lesion and scan, as the extraction returns.
        scores: patient_id, tissue, h_score: a row a patient and tissue.
        tissue: primary or metastasis.
        rules: which lesions are metastases.

    Returns:
        A row a patient with both: patient_id, lesions, suv_max (geometric mean), hottest, origin of
        both, h_score; of the first scan where there are several.
    """
    lesions = metastases(lesion_suv, rules)
    lesions = lesions[lesions["suv_max"].astype(float) > 0]
    first = lesions.groupby("patient_id")["scan_day"].transform("min")
    lesions = lesions[lesions["scan_day"] == first].assign(
        log=lambda rows: np.log(rows["suv_max"].astype(float))
    )
    grouped = lesions.groupby("patient_id")["log"]
    told = lesions["origin"] if "origin" in lesions else pd.Series("", index=lesions.index)
    origin = told.groupby(lesions["patient_id"]).agg(origin_together)
    uptake = pd.DataFrame(
        {
            "lesions": grouped.size(),
            "suv_max": np.exp(grouped.mean()),
            "hottest": np.exp(grouped.max()),
            "origin": origin,
        }
    )
    own = h_score_of(scores, tissue).astype(float)
    return uptake.join(own.dropna(), how="inner").reset_index()


def correlations(
    by_tissue: Mapping[str, pd.DataFrame], rng: np.random.Generator, resamples: int
) -> dict[tuple[str, str], Estimate]:
    """Spearman's correlation of uptake and H-score, by tissue and measure of uptake."""
    return {
        (tissue, measure): with_origin(
            spearman(table[measure], table["h_score"], rng, resamples=resamples), table, "patients"
        )
        for tissue, table in by_tissue.items()
        for measure in MEASURES
    }


def uptake_by_score(table: pd.DataFrame) -> Figure:
    """Uptake against the H-score, a patient a point, on a logarithmic axis of SUV."""
    if table.empty:
        return said("no patient with a scan has a score of the primary tumour")
    figure = new_figure("single", height_mm=75)
    axes = figure.subplots()
    axes.set_yscale("log")
    sns.scatterplot(table, x="h_score", y="suv_max", color=BLUE, s=16, ax=axes)
    axes.yaxis.set_major_locator(LogLocator(subs=(1.0, 2.0, 5.0)))
    axes.yaxis.set_major_formatter(FuncFormatter(lambda value, _: f"{value:g}"))
    axes.yaxis.set_minor_locator(NullLocator())
    axes.set(xlabel="H-score of the primary tumour", ylabel="SUVmax (g/mL)", xlim=(-5, 305))
    return figure
