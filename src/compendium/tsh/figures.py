"""Figures of 124I uptake at two TSH levels: lesion by lesion, and TSH over time."""

import math
from collections.abc import Sequence
from typing import Any

import numpy as np
import pandas as pd
import seaborn as sns
from matplotlib.axes import Axes
from matplotlib.figure import Figure
from matplotlib.lines import Line2D
from matplotlib.patches import Patch
from matplotlib.ticker import FixedFormatter, FixedLocator, FuncFormatter, NullLocator

from compendium.comparing import below
from compendium.estimates import Estimate
from compendium.figures.style import (
    BLUE,
    COLOURS,
    CYCLE,
    GREY,
    ORANGE,
    PALE,
    SKY,
    VERMILION,
    new_figure,
    plain_log_ticks,
    said,
)
from compendium.tsh.effect import log_ratio, patient_means

# Beyond the house's cycle: P. Tol's muted colours, told apart in colour blindness too.
PATIENT_COLOURS = [*CYCLE[:6], "#882255", "#44AA99", "#999933", "#332288", "black", GREY]
VISIBILITY = {
    "both": ("visible on both", BLUE),
    "only_high": ("visible at high TSH only", ORANGE),
    "only_low": ("visible at low TSH only", VERMILION),
    "none": ("visible on neither", "#BBBBBB"),
    "unknown": ("visibility unknown", "#6E6E6E"),
}
PANELS_A_ROW = 10
LEVEL_NAMES = ("low", "high")
RATIO_TICKS = (0.1, 0.15, 0.2, 0.3, 0.5, 0.7, 1, 1.5, 2, 3, 4, 6, 8, 10, 15, 20, 30, 50, 100)
NO_PAIR = "no lesion measured at both TSH levels"
LINE = (0, (4, 2))


def patient_colours(patients: Sequence[str]) -> dict[str, str]:
    """A colour a patient, the same in every figure of a study; repeated beyond twelve."""
    ordered = sorted(set(patients))
    return {p: PATIENT_COLOURS[i % len(PATIENT_COLOURS)] for i, p in enumerate(ordered)}


def paired_slopes(
    pairs: pd.DataFrame, *, metric: str = "suv_max", label: str = "SUVmax (g/mL)"
) -> Figure:
    """Uptake at both TSH levels: a lesion a line, a patient a colour and a panel.

    Patients come in the order of their mean ratio. Hollow points lie below the scan's detection
    limit (shaded).

    Args:
        pairs: as `uptake.lesion_pairs` returns, lesions measured at both levels.
        label: name of the metric, with its unit.
    """
    means = patient_means(pairs, metric).sort_values()
    if means.empty:
        return said(NO_PAIR)
    colours = patient_colours(list(means.index))
    rows = max(1, math.ceil(len(means) / PANELS_A_ROW))
    figure = new_figure("double", height_mm=12 + 58 * rows)
    grid = figure.subplots(rows, PANELS_A_ROW, sharex=True, sharey=True, squeeze=False)
    for axes in grid.flat[len(means) :]:
        axes.set_visible(False)
    for axes, (patient, mean) in zip(grid.flat, means.items(), strict=False):
        own = pairs[pairs["patient_id"] == patient]
        _slopes(axes, own, metric, colours[str(patient)])
        axes.set_title(f"{patient}\n×{math.exp(mean):.2f}", fontsize=7)
    first = grid.flat[0]
    first.set_yscale("log")
    plain_log_ticks(first, pairs[[f"{metric}_low", f"{metric}_high"]].to_numpy(float))
    first.set_xticks([0, 1], LEVEL_NAMES)
    first.set_xlim(-0.35, 1.35)
    for axes in grid.flat:
        axes.set(xlabel="", ylabel=label if axes in grid[:, 0] else "")
    figure.supxlabel("Scheduled TSH level; × is the patient’s geometric mean ratio", fontsize=7)
    return figure


def _slopes(axes: Axes, own: pd.DataFrame, metric: str, colour: str) -> None:
    """One patient's lesions, and the median detection limit of either scan."""
    parts = [
        pd.DataFrame(
            {
                "place": place,
                "lesion": range(len(own)),
                "value": own[f"{metric}_{level}"].astype(float),
                "hollow": below(own[f"{metric}_{level}"], own[f"limit_{level}"]),
            }
        )
        for place, level in enumerate(LEVEL_NAMES)
    ]
    points = pd.concat(parts, ignore_index=True)
    at: dict[str, Any] = {"x": "place", "y": "value", "ax": axes, "legend": False}
    sns.lineplot(points, units="lesion", estimator=None, color=colour, lw=0.8, alpha=0.85, **at)
    for hollow, face in ((False, colour), (True, "white")):
        chosen = points[points["hollow"] == hollow]
        sns.scatterplot(chosen, s=9, color=face, edgecolor=colour, linewidth=0.7, zorder=3, **at)
    for place, level in enumerate(LEVEL_NAMES):
        top = float(np.nanmedian(own[f"limit_{level}"].to_numpy(float)))
        axes.fill_between([place - 0.35, place + 0.35], 1e-3, top, color=PALE, lw=0, zorder=0)


def waterfall(pairs: pd.DataFrame, effect: Estimate, *, metric: str = "suv_max") -> Figure:
    """Every lesion's ratio high over low, in order, coloured by where it is visible.

    Args:
        pairs: lesions measured at both levels.
        effect: the geometric mean ratio, drawn as a line with its interval.
    """
    table = pairs.assign(octaves=log_ratio(pairs, metric) / math.log(2)).dropna(subset="octaves")
    table = table.sort_values("octaves", ignore_index=True)
    if table.empty:
        return said(NO_PAIR)
    figure = new_figure("double", height_mm=65)
    axes = figure.subplots()
    if effect.estimable:
        low, high = max(effect.low, 1e-3), min(effect.high, 1e3)
        axes.axhspan(math.log2(low), math.log2(high), color="#D9E8F5", lw=0, zorder=0)
        axes.axhline(math.log2(effect.estimate), color=BLUE, lw=1.0, ls=LINE, zorder=3)
    sns.barplot(
        table, x=table.index, y="octaves", hue="visibility", ax=axes, width=0.82, saturation=1,
        palette={kind: colour for kind, (_, colour) in VISIBILITY.items()}, native_scale=True,
        dodge=False, errorbar=None, legend=False,
    )  # fmt: skip
    axes.axhline(0, color="black", lw=0.6)
    _ratio_axis(axes, table["octaves"])
    axes.set_xticks([])
    axes.spines["bottom"].set_visible(False)
    axes.set(
        xlim=(-0.8, len(table) - 0.2), ylabel="Ratio of SUVmax, high / low TSH",
        xlabel=f"{len(table)} lesions of {table['patient_id'].nunique()} patients, in order",
    )  # fmt: skip
    axes.legend(handles=_kinds(table["visibility"], effect.estimable), loc="upper left")
    return figure


def _ratio_axis(axes: Axes, octaves: "pd.Series[float]") -> None:
    """Round ratios as ticks of an axis in octaves, that holds the bars and 1."""
    bottom, top = min(float(octaves.min()), -0.4) - 0.1, max(float(octaves.max()), 0.4) + 0.1
    ticks = [tick for tick in RATIO_TICKS if bottom <= math.log2(tick) <= top]
    axes.set_ylim(bottom, top)
    axes.yaxis.set_major_locator(FixedLocator([math.log2(tick) for tick in ticks]))
    axes.yaxis.set_major_formatter(FixedFormatter([f"{tick:g}" for tick in ticks]))


def _kinds(visibility: "pd.Series[str]", with_mean: bool) -> list[Patch | Line2D]:
    counts = visibility.value_counts()
    handles: list[Patch | Line2D] = [
        Patch(color=colour, label=f"{name} ({counts[kind]})")
        for kind, (name, colour) in VISIBILITY.items()
        if kind in counts
    ]
    label = "geometric mean of patients, 95% CI"
    return handles + [Line2D([], [], color=BLUE, lw=1.0, ls=LINE, label=label)] * with_mean


def tsh_course(
    labs: pd.DataFrame,
    scans: pd.DataFrame,
    *,
    low_range: tuple[float, float],
    high_above: float,
    uptake_days: float = 2.0,
) -> Figure:
    """TSH of each patient over days from the first administration, with both scans.

    Args:
        labs: the study's lab table.
        scans: as `administrations.scan_pairs` returns.
        low_range, high_above: registered TSH at the two administrations, mIU/L; shaded.
        uptake_days: from administration to scan.
    """
    figure = new_figure("double", height_mm=75)
    axes = figure.subplots()
    axes.axhspan(*low_range, color=COLOURS["low"], alpha=0.25, lw=0, zorder=0)
    axes.axhspan(high_above, 1000, color=COLOURS["high"], alpha=0.18, lw=0, zorder=0)
    known = scans.assign(off=scans["deviation"].astype(bool))
    course = labs.dropna(subset="tsh_miu_per_l").merge(known[["patient_id", "day_low", "off"]])
    course = course.assign(day=course["lab_day"].astype(float) - course["day_low"] + uptake_days)
    sns.lineplot(
        course.astype({"tsh_miu_per_l": float}), x="day", y="tsh_miu_per_l", units="patient_id",
        estimator=None, hue="off", palette={False: GREY, True: VERMILION}, size="off",
        sizes={False: 0.7, True: 1.4}, alpha=0.9, legend=False, ax=axes,
    )  # fmt: skip
    for day, level, marker in ((0.0, "low", "o"), (known["interval_days"], "high", "s")):
        given = known.assign(day=day, tsh=known[f"tsh_{level}"])
        _administrations(axes, given, level, marker, uptake_days)
    for one in known[known["off"] & known["tsh_high"].notna()].to_dict("records"):
        axes.annotate(
            str(one["patient_id"]), (one["interval_days"] + uptake_days, one["tsh_high"]),
            xytext=(5, 0), textcoords="offset points", color=VERMILION, va="center",
        )  # fmt: skip
    axes.set_yscale("log")
    axes.set(
        ylim=(0.03, 300), xlabel="Days from the first administration of ¹²⁴I",
        ylabel="TSH (mIU/L)",
    )  # fmt: skip
    axes.yaxis.set_major_locator(FixedLocator([0.1, 1, 10, 30, 100]))
    axes.yaxis.set_major_formatter(FuncFormatter(lambda y, _: f"{y:g}"))
    axes.yaxis.set_minor_locator(NullLocator())
    _course_legend(axes)
    return figure


def _administrations(
    axes: Axes, given: pd.DataFrame, level: str, marker: str, uptake_days: float
) -> None:
    """Administrations as points at their TSH, each with an arm to the day of its scan."""
    given = given.dropna(subset=["day", "tsh"])
    scanned = given["day"] + uptake_days
    colours = [VERMILION if off else GREY for off in given["off"]]
    axes.hlines(given["tsh"], given["day"], scanned, colors=colours, lw=0.6, zorder=3)
    axes.scatter(scanned, given["tsh"], marker="|", s=25, c=colours, linewidths=0.9, zorder=3)
    axes.scatter(
        given["day"], given["tsh"], marker=marker, s=17, color=COLOURS[level], edgecolors=colours,
        linewidths=0.7, zorder=4,
    )  # fmt: skip


def _course_legend(axes: Axes) -> None:
    marks = (("o", SKY, "first administration"), ("s", ORANGE, "second administration"))
    handles: list[Patch | Line2D] = [
        Line2D([], [], marker=m, ls="", mfc=face, mec=GREY, ms=4.5, label=name)
        for m, face, name in marks
    ]
    handles += [
        Line2D([], [], marker="|", ls="", color=GREY, ms=5, label="scan"),
        Patch(color=SKY, alpha=0.25, label="registered for the first"),
        Patch(color=ORANGE, alpha=0.18, label="registered for the second"),
        Line2D([], [], color=VERMILION, lw=1.4, label="protocol deviation"),
    ]
    axes.legend(handles=handles, loc="lower right")
