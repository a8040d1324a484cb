"""Figures of 124I uptake at two TSH levels: lesion by lesion, over time, and what was assumed."""

import math
from collections.abc import Hashable, Mapping, Sequence
from typing import Any

import numpy as np
import pandas as pd
from matplotlib.axes import Axes
from matplotlib.figure import Figure
from matplotlib.image import AxesImage
from matplotlib.lines import Line2D
from matplotlib.patches import Patch
from matplotlib.ticker import FixedLocator, FuncFormatter, NullLocator

from compendium.estimates import Estimate
from compendium.figures.style import (
    BLUE,
    CYCLE,
    GREY,
    ORANGE,
    SKY,
    VERMILION,
    new_figure,
)
from compendium.tsh.effect import log_ratio, patient_means
from compendium.uptake.projection import Projection

# Beyond the house's cycle: three more of P. Tol's colours, told apart in colour blindness too.
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


def patient_colours(patients: Sequence[str]) -> dict[str, str]:
    """A colour a patient, the same in every figure of a study; repeated beyond twelve."""
    ordered = sorted(set(patients))
    return {p: PATIENT_COLOURS[i % len(PATIENT_COLOURS)] for i, p in enumerate(ordered)}


def paired_slopes(pairs: pd.DataFrame, *, metric: str = "suv_max", label: str = "SUVmax") -> Figure:
    """Uptake at both TSH levels: a lesion a line, a patient a colour and a panel.

    Patients come in the order of their mean ratio. Hollow points lie below the scan's detection
    limit (shaded).

    Args:
        pairs: as `uptake.lesion_pairs` returns, lesions measured at both levels.
        label: name of the metric, with its unit.
    """
    means = patient_means(pairs, metric).sort_values()
    if means.empty:
        return nothing_to_draw("no lesion measured at both TSH levels")
    colours = patient_colours(list(means.index))
    rows = max(1, math.ceil(len(means) / PANELS_A_ROW))
    figure = new_figure("double", height_mm=12 + 58 * rows)
    grid = figure.subplots(rows, PANELS_A_ROW, sharex=True, sharey=True, squeeze=False)
    for axes in grid.flat[len(means) :]:
        axes.set_visible(False)
    for axes, (patient, mean) in zip(grid.flat, means.items(), strict=False):
        own = pairs[pairs["patient_id"] == patient]
        _slopes(axes, own, metric, colours[str(patient)])
        axes.set_title(f"{patient}\n×{math.exp(mean):.2f}", fontsize=6.5, color="black")
    first = grid.flat[0]
    first.set_yscale("log")
    plain_log_ticks(first, pairs[[f"{metric}_low", f"{metric}_high"]].to_numpy(float))
    first.set_xticks([0, 1], LEVEL_NAMES)
    first.set_xlim(-0.35, 1.35)
    for axes in grid[:, 0]:
        axes.set_ylabel(label)
    figure.supxlabel("Scheduled TSH level; × is the patient's geometric mean ratio", fontsize=7)
    return figure


def _slopes(axes: Axes, own: pd.DataFrame, metric: str, colour: str) -> None:
    values = own[[f"{metric}_low", f"{metric}_high"]].to_numpy(float)
    limits = own[["limit_low", "limit_high"]].to_numpy(float)
    for pair, limit in zip(values, limits, strict=True):
        axes.plot([0, 1], pair, color=colour, lw=0.8, alpha=0.85)
        for x in (0, 1):
            face = "white" if pair[x] < limit[x] else colour
            axes.plot(x, pair[x], "o", ms=3.0, mfc=face, mec=colour, mew=0.7)
    bottom = 1e-3
    for x in (0, 1):
        top = np.nanmedian(limits[:, x])
        axes.fill_between([x - 0.35, x + 0.35], bottom, top, color="#E4E4E4", lw=0, zorder=0)


def waterfall(pairs: pd.DataFrame, effect: Estimate, *, metric: str = "suv_max") -> Figure:
    """Every lesion's ratio high over low, in order, coloured by where it is visible.

    Args:
        pairs: lesions measured at both levels.
        effect: the geometric mean ratio, drawn as a line with its interval.
    """
    table = pairs.assign(value=log_ratio(pairs, metric)).dropna(subset="value")
    table = table.sort_values("value").reset_index(drop=True)
    if table.empty:
        return nothing_to_draw("no lesion measured at both TSH levels")
    figure = new_figure("double", height_mm=65)
    axes = figure.subplots()
    if effect.estimable:
        low, high = max(effect.low, 1e-3), min(effect.high, 1e3)
        axes.axhspan(math.log2(low), math.log2(high), color="#D9E8F5", lw=0, zorder=0)
        axes.axhline(math.log2(effect.estimate), color=BLUE, lw=1.0, ls=(0, (4, 2)), zorder=3)
    bars = table["value"] / math.log(2)
    colours = [VISIBILITY[kind][1] for kind in table["visibility"]]
    axes.bar(table.index, bars, width=0.82, color=colours)
    axes.axhline(0, color="black", lw=0.6)
    bottom, top = (
        math.floor(2 * min(bars.min(), -0.5)) / 2,
        math.ceil(2 * max(bars.max(), 0.5)) / 2,
    )
    axes.set_ylim(bottom, top)
    axes.yaxis.set_major_locator(FixedLocator(list(np.arange(bottom, top + 0.1, 0.5))))
    axes.yaxis.set_major_formatter(FuncFormatter(lambda y, _: f"{2**y:.2g}"))
    axes.set_xticks([])
    axes.set_xlim(-0.8, len(table) - 0.2)
    axes.spines["bottom"].set_visible(False)
    axes.set_ylabel("Ratio of SUVmax, high / low TSH")
    axes.set_xlabel(f"{len(table)} lesions of {table['patient_id'].nunique()} patients, in order")
    counts = table["visibility"].value_counts()
    handles: list[Patch | Line2D] = [
        Patch(color=colour, label=f"{name} ({counts[kind]})")
        for kind, (name, colour) in VISIBILITY.items()
        if kind in counts
    ]
    if effect.estimable:
        line = Line2D([], [], color=BLUE, lw=1.0, ls=(0, (4, 2)))
        line.set_label("geometric mean of patients, 95% CI")
        handles.append(line)
    axes.legend(handles=handles, loc="upper left")
    return figure


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
        scans: as `uptake.scan_pairs` returns.
        low_range, high_above: registered TSH at the two administrations, mIU/L; shaded.
        uptake_days: from administration to scan.
    """
    figure = new_figure("double", height_mm=75)
    axes = figure.subplots()
    axes.axhspan(*low_range, color=SKY, alpha=0.25, lw=0, zorder=0)
    axes.axhspan(high_above, 1000, color=ORANGE, alpha=0.18, lw=0, zorder=0)
    for one in scans.to_dict("records"):
        own = labs[(labs["patient_id"] == one["patient_id"]) & labs["tsh_miu_per_l"].notna()]
        own = own.sort_values("lab_day")
        days = own["lab_day"].to_numpy(float) - one["day_low"] + uptake_days
        off = bool(one["deviation"])
        axes.plot(days, own["tsh_miu_per_l"], color=VERMILION if off else GREY,
                  lw=1.4 if off else 0.7, alpha=0.9, zorder=2 + off)  # fmt: skip
        _scan_marks(axes, one, off, uptake_days)
    axes.set_yscale("log")
    axes.set_ylim(0.03, 300)
    axes.yaxis.set_major_locator(FixedLocator([0.1, 1, 10, 30, 100]))
    axes.yaxis.set_major_formatter(FuncFormatter(lambda y, _: f"{y:g}"))
    axes.yaxis.set_minor_locator(NullLocator())
    axes.set_xlabel("Days from the first administration of ¹²⁴I")
    axes.set_ylabel("TSH (mIU/L)")
    _course_legend(axes)
    return figure


def _scan_marks(axes: Axes, one: Mapping[Hashable, Any], off: bool, uptake_days: float) -> None:
    """Both administrations as points at their TSH, with an arm to the day of the scan."""
    colour = VERMILION if off else GREY
    for day, tsh, marker, face in (
        (0.0, one["tsh_low"], "o", SKY),
        (one["interval_days"], one["tsh_high"], "s", ORANGE),
    ):
        axes.plot([day, day + uptake_days], [tsh, tsh], color=colour, lw=0.6, zorder=3)
        axes.plot(day + uptake_days, tsh, "|", color=colour, ms=5, mew=0.9, zorder=3)
        axes.plot(day, tsh, marker, ms=4.2, mfc=face, mec=colour, mew=0.7, zorder=4 + off)
    if off and not math.isnan(one["tsh_high"]):
        axes.annotate(
            str(one["patient_id"]), (one["interval_days"] + uptake_days, one["tsh_high"]),
            xytext=(5, 0), textcoords="offset points", fontsize=6.5, color=VERMILION, va="center",
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


def nothing_to_draw(reason: str) -> Figure:
    """A figure that says why it is empty."""
    figure = new_figure("single", height_mm=25)
    figure.text(0.5, 0.5, reason, ha="center", va="center", style="italic", color=GREY)
    return figure


def plain_log_ticks(axes: Axes, values: np.ndarray) -> None:
    """Round ticks written out on a logarithmic y axis, and limits that hold the values."""
    finite = values[np.isfinite(values) & (values > 0)]
    low, high = float(finite.min()) / 1.25, float(finite.max()) * 1.25
    bases = (1, 2, 5) if high / low > 10 else (1, 1.2, 1.5, 2, 2.5, 3, 4, 5, 6, 8)
    powers = range(math.floor(math.log10(low)), math.ceil(math.log10(high)) + 1)
    ticks = [base * 10.0**power for power in powers for base in bases]
    axes.set_ylim(low, high)
    axes.yaxis.set_major_locator(FixedLocator([t for t in ticks if low <= t <= high]))
    axes.yaxis.set_major_formatter(FuncFormatter(lambda y, _: f"{y:g}"))
    axes.yaxis.set_minor_locator(NullLocator())


def both_scans(
    pictures: Mapping[str, tuple[Projection, Projection]], suv_window: float = 10.0
) -> Figure:
    """Front views of both scans of some patients, side by side on one SUV scale.

    Args:
        pictures: by the words above each pair: low TSH, high TSH.
        suv_window: SUV shown in full black, g/mL; lesions above it are outlined like the others.
    """
    if not pictures:
        return nothing_to_draw("no patient with both scans")
    figure = new_figure("double", height_mm=76)
    grid = figure.subplots(1, 2 * len(pictures), squeeze=False)[0]
    shown = None
    for pair, (title, views) in enumerate(pictures.items()):
        for side, (view, level) in enumerate(zip(views, LEVEL_NAMES, strict=True)):
            axes = grid[2 * pair + side]
            axes.set_title(f"{title}\n{level} TSH" if side == 0 else f"\n{level} TSH", fontsize=7)
            axes.set_axis_off()
            if view.reason:
                axes.text(0.5, 0.5, "refused", ha="center", transform=axes.transAxes, fontsize=6)
                continue
            shown = _front_view(axes, view, suv_window)
    if shown is not None:
        bar = figure.colorbar(
            shown, ax=list(grid), orientation="horizontal", shrink=0.4, aspect=40, extend="max"
        )
        bar.set_label("SUV by body weight (g/mL), the same for all")
    return figure


def _front_view(axes: Axes, view: Projection, suv_window: float) -> AxesImage:
    slice_mm, _, column_mm = view.spacing_mm
    height, width = view.coronal.shape
    for outline in view.outlines:
        y, x = (np.arange(height) + 0.5) * slice_mm, (np.arange(width) + 0.5) * column_mm
        axes.contour(x, y, outline.coronal, levels=[0.5], colors=[VERMILION], linewidths=0.4)
    return axes.imshow(
        view.coronal,
        cmap="gray_r",
        vmin=0,
        vmax=suv_window,
        origin="lower",
        extent=(0, width * column_mm, 0, height * slice_mm),
        interpolation="nearest",
    )
