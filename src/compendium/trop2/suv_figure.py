"""SUV of every lesion by patient and course of the disease."""

from collections.abc import Sequence
from typing import Any

import pandas as pd
import seaborn as sns
from matplotlib.axes import Axes
from matplotlib.figure import Figure
from matplotlib.ticker import FuncFormatter, LogLocator, NullLocator
from scipy.stats import gmean

from compendium.figures.style import COLOURS, GREY, new_figure
from compendium.studies.trop2 import GROUPS


def suv_by_group(lesions: pd.DataFrame, groups: Sequence[str], metric: str = "suv_max") -> Figure:
    """Every lesion's SUV on a logarithmic axis, patient by patient, patients sorted in groups.

    A dot is a lesion, a column a patient, a bar their geometric mean.

    Args:
        lesions: patient_id, group and the metric; lesions without a value are left out.
        groups: in the order of drawing; a group that nobody belongs to keeps its place.
    """
    drawn = lesions.dropna(subset=[metric]).astype({metric: float})
    figure = new_figure("double", height_mm=75)
    axes = figure.subplots()
    means = drawn.groupby(["group", "patient_id"], observed=True)[metric].agg(gmean).sort_values()
    places: dict[str, int] = {}
    centres, labels, start = [], [], 0
    for group in groups:
        members = [patient for of, patient in means.index if of == group]
        places |= {patient: start + k for k, patient in enumerate(members)}
        centres.append(start + (len(members) - 1) / 2)
        count = len(members)
        labels.append(f"{GROUPS.get(group, group)}\n{count} patient{'s' * (count != 1)}")
        start += count + 1
    drawn = drawn[drawn["group"].isin(list(groups))]
    drawn = drawn.assign(place=drawn["patient_id"].map(places))
    of_groups: dict[str, Any] = {
        "x": "place", "y": metric, "hue": "group", "ax": axes, "native_scale": True,
        "palette": {group: COLOURS.get(group, GREY) for group in groups}, "legend": False,
    }  # fmt: skip
    axes.set_yscale("log")
    sns.stripplot(drawn, size=3, jitter=False, alpha=0.75, **of_groups)
    # seaborn averages on the axis' own scale: a mean of logarithms, so the geometric mean.
    sns.pointplot(
        drawn, estimator="mean", errorbar=None, linestyle="none", marker="_", markersize=11,
        markeredgewidth=1.4, **of_groups,
    )  # fmt: skip
    _suv_axis(axes, drawn[metric])
    axes.set(xlabel="", ylabel=f"{_name(metric)} (g/mL)")
    axes.set_xticks(centres, labels)
    axes.tick_params(axis="x", length=0)
    return figure


def _suv_axis(axes: Axes, values: "pd.Series[float]") -> None:
    """Ticks of a logarithmic axis at 1, 2 and 5 of each power of ten."""
    axes.yaxis.set_major_locator(LogLocator(subs=(1.0, 2.0, 5.0)))
    axes.yaxis.set_major_formatter(FuncFormatter(lambda value, _: f"{value:g}"))
    axes.yaxis.set_minor_locator(NullLocator())
    if len(values):
        axes.set_ylim(0.8 * values.min(), 1.25 * values.max())


def _name(metric: str) -> str:
    return metric.replace("suv_", "SUV").replace("_", " ")
