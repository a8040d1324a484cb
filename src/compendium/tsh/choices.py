"""The TSH effect under other choices, and within classes: rows of forest plots."""

from collections.abc import Mapping

import numpy as np
import pandas as pd

from compendium.comparing import below
from compendium.estimates import Estimate
from compendium.rules import Rules
from compendium.statistics.censored import censored_ratio
from compendium.tsh.effect import patient_mean_ratio, ratio_by
from compendium.tsh.uptake import LESION_SETS, lesion_set, metastases

METRICS = {
    "suv_max": "SUVmax",
    "suv_peak": "SUVpeak",
    "percent_activity_per_g": "%ID/g",
    "max_to_background": "SUVmax over background",
}


def under_choices(
    pairs: pd.DataFrame, rules: Rules, metrics: Mapping[str, str], rng: np.random.Generator
) -> pd.DataFrame:
    """The ratio with other lesions or patients taken, and by other measures of uptake.

    Args:
        pairs: as `uptake.lesion_pairs` returns, metastases or not.
        metrics: names of the paired metrics, the primary one first, with what to call them.

    Returns:
        A row an analysis: group, label and the columns of the estimate.
    """
    first = next(iter(metrics))
    nodes_count = rules.tsh124i_nodes_count
    own, others = (metastases(pairs, count) for count in (nodes_count, not nodes_count))
    every = lesion_set(own, "all")
    taken = {
        name: patient_mean_ratio(lesion_set(own, which), rng, metric=first)
        for which, name in LESION_SETS.items()
    }
    nodes = f"all, {'without' if nodes_count else 'with'} nodes of the neck"
    taken[nodes] = patient_mean_ratio(lesion_set(others, "all"), rng, metric=first)
    taken["all, censored below the limit"] = censored_ratio(every, metric=first)
    measures = {
        name: patient_mean_ratio(every, rng, metric=metric) for metric, name in metrics.items()
    }
    return _grouped({"Lesions and patients taken": taken, "Measure of uptake": measures})


def within_classes(pairs: pd.DataFrame, pathology: pd.DataFrame, small_mm: float) -> pd.DataFrame:
    """The ratio of SUVmax by site, diameter and BRAF: exploratory, no class against another.

    Args:
        pairs: lesions measured at both levels.
        pathology: the study's pathology table.
        small_mm: a lesion under this diameter is small, mm.

    Returns:
        A row a class: group, label and the columns of the estimate.
    """
    small = below(pairs["diameter_mm"], small_mm)
    sizes = small.map({True: f"under {small_mm:g} mm", False: f"{small_mm:g} mm or more"})
    genes = pathology.set_index("patient_id")["braf_v600e"]
    classes = {
        "Site": pairs["site"],
        "Diameter": sizes.where(pairs["diameter_mm"].notna()),
        "BRAF V600E": pairs["patient_id"].map(genes),
    }
    return _grouped({name: ratio_by(pairs, each) for name, each in classes.items()})


def _grouped(found: Mapping[str, Mapping[str, Estimate]]) -> pd.DataFrame:
    """Estimates by group and label as the rows of a forest plot."""
    rows = [
        {"group": group, "label": label.replace("_", " "), **one.as_row()}
        for group, members in found.items()
        for label, one in members.items()
    ]
    return pd.DataFrame(rows, columns=["group", "label", *Estimate.__dataclass_fields__])
