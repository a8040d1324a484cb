"""Figures of immunohistochemistry: every patient, two readers, cut-off, calibration."""

import math
from collections.abc import Sequence
from typing import Any

import numpy as np
import pandas as pd
import seaborn as sns
from matplotlib.axes import Axes
from matplotlib.figure import Figure
from numpy.typing import NDArray

from compendium.estimates import Estimate
from compendium.figures.forest import forest
from compendium.figures.style import (
    COLOURS,
    DASHED,
    GREY,
    LIGHT,
    SKY,
    SMALLEST_PT,
    VERMILION,
    letter,
    new_figure,
    said,
)
from compendium.formatting import p_statement, value, words
from compendium.statistics.calibration import Validation
from compendium.statistics.cutoff import CutoffBootstrap, candidate_cuts, naive_p, standardised
from compendium.studies.trop2 import GROUPS
from compendium.trop2.agreement import Agreement
from compendium.trop2.ihc import BAND_LIMITS, BANDS

FloatArray = NDArray[np.float64]

H_SCORE_LIMITS = (-8.0, 308.0)
DOT_PT = 3.3
LEAST_FOR_DENSITY = 10  # patients; a density of fewer shows the kernel, not them
DARK = "#1f3b57"


def scores_by_group(
    frame: pd.DataFrame,
    by: str,
    groups: Sequence[str],
    *,
    score: str = "h_score",
    ylabel: str = "Trop2 H-score",
    auc: Estimate | None = None,
) -> Figure:
    """Raincloud of a score: every patient as a dot, quartiles as a box, density beside it; and ROC.

    Args:
        frame: one row a patient with `by` and `score`.
        groups: codes of two groups, the reference group first.
        auc: what stands in the ROC panel.
    """
    figure = new_figure("double", height_mm=78)
    left, right = figure.subplots(1, 2, width_ratios=(1.45, 1))
    known = frame[frame[score].notna()]
    values = {group: known.loc[known[by] == group, score].to_numpy(float) for group in groups}
    _bands(left)
    for place, (group, scores) in enumerate(values.items()):
        _raincloud(left, place, scores, COLOURS.get(group, GREY))
    labels = [f"{GROUPS.get(group, group)}\nn = {len(v)}" for group, v in values.items()]
    left.set_xticks(range(len(groups)), labels)
    left.set(xlim=(-0.55, len(groups) - 0.4), ylim=H_SCORE_LIMITS, xlabel="", ylabel=ylabel)
    _roc(right, *values.values(), note=_auc_note(auc), colour=COLOURS.get(groups[-1], GREY))
    letter([left, right])
    return figure


def _auc_note(auc: Estimate | None) -> str:
    if auc is None:
        return ""
    if auc.reason:
        return f"AUC not estimable:\n{auc.reason}"
    low, high = value(auc.low, ".2f"), value(auc.high, ".2f")
    return f"AUC {value(auc.estimate, '.2f')}\n({auc.level:.0%} CI {low} to {high})"


def _bands(axes: Axes) -> None:
    """Limits of the H-score bands, named at the right edge."""
    edges = [0.0, *BAND_LIMITS, 300.0]
    for limit in BAND_LIMITS:
        axes.axhline(limit, color=LIGHT, lw=0.6, ls=DASHED, zorder=0)
    for name, low, high in zip(BANDS, edges[:-1], edges[1:], strict=True):
        axes.text(
            1.0, (low + high) / 2, name, transform=axes.get_yaxis_transform(), rotation=270,
            ha="right", va="center", color=GREY,
        )  # fmt: skip


def _raincloud(axes: Axes, place: float, scores: FloatArray, colour: str) -> None:
    """Dots left of the place, a box on it and half a density right of it."""
    if len(scores) == 0:
        axes.text(place, 150, "no patient", ha="center", color=GREY)
        return
    at: dict[str, Any] = {"y": scores, "ax": axes, "native_scale": True, "legend": False}
    beside = np.full(len(scores), float(place))
    if len(scores) >= LEAST_FOR_DENSITY and len(np.unique(scores)) > 2:
        sns.violinplot(
            x=beside + 0.13, hue=[True] * len(scores), hue_order=[False, True], dodge=True,
            split=True, palette={False: colour, True: colour}, cut=0, inner=None, width=0.6,
            linewidth=0, alpha=0.25, **at,
        )  # fmt: skip
    # seaborn 0.13 draws boxes by an argument that matplotlib 3.11 deprecates.
    line = {"color": colour, "lw": 1.0}
    axes.boxplot(
        scores, positions=[place + 0.06], widths=0.09, showfliers=False, manage_ticks=False,
        boxprops=line, whiskerprops=line, capprops=line, medianprops=line | {"lw": 1.8},
    )  # fmt: skip
    sns.swarmplot(
        x=beside - 0.2, size=DOT_PT, color=colour, linewidth=0.3, edgecolor="white", **at
    )  # fmt: skip


def _roc(
    axes: Axes, reference: FloatArray, compared: FloatArray, *, note: str, colour: str
) -> None:
    axes.plot([0, 1], [0, 1], color=LIGHT, lw=0.6, ls=DASHED)
    if len(reference) and len(compared):
        cuts = np.unique(np.concatenate([reference, compared]))[::-1]
        false = [0.0, *((reference[:, None] >= cuts).mean(axis=0))]
        true = [0.0, *((compared[:, None] >= cuts).mean(axis=0))]
        axes.plot(false, true, color=colour, lw=1.4, solid_joinstyle="miter")
        axes.fill_between(false, true, color=colour, alpha=0.08, lw=0)
    axes.text(0.97, 0.05, note, ha="right", va="bottom")
    axes.set(
        xlim=(-0.01, 1.01), ylim=(-0.01, 1.01), aspect="equal",
        xlabel="1 − specificity", ylabel="Sensitivity",
    )  # fmt: skip
    axes.set_xticks(np.linspace(0, 1, 6))
    axes.set_yticks(np.linspace(0, 1, 6))


def two_readers(found: Agreement) -> Figure:
    """Two readers against each other, and Bland–Altman: difference by mean with its limits."""
    if not found.limits["bias"].estimable:
        return said(f"not estimable: {found.limits['bias'].reason}", "double")
    figure = new_figure("double", height_mm=78)
    left, right = figure.subplots(1, 2, width_ratios=(1, 1.25))
    names = [words(reader) for reader in found.readers]
    first, second = (found.pairs[reader].to_numpy(float) for reader in found.readers)
    left.plot([0, 300], [0, 300], color=LIGHT, lw=0.6, ls=DASHED)
    dots: dict[str, Any] = {"s": 11.0, "color": SKY, "edgecolor": DARK, "lw": 0.3, "alpha": 0.8}
    sns.scatterplot(x=first, y=second, ax=left, **dots)
    left.set(
        xlim=H_SCORE_LIMITS, ylim=H_SCORE_LIMITS, aspect="equal",
        xlabel=f"H-score by {names[0]}", ylabel=f"H-score by {names[1]}",
    )  # fmt: skip
    right.axhline(0, xmax=0.79, color=LIGHT, lw=0.6, zorder=0)
    sns.scatterplot(x=(first + second) / 2, y=second - first, ax=right, **dots)
    _limit(right, found.limits["bias"], "mean", "-")
    if found.limits["upper"].estimate > found.limits["lower"].estimate:
        _limit(right, found.limits["lower"], "lower limit", DASHED)
        _limit(right, found.limits["upper"], "upper limit", DASHED)
    right.set(
        xlim=(-8, 382), xlabel="Mean of the two readers, H-score points",
        ylabel=f"Difference {names[1]} − {names[0]}, H-score points",
    )  # fmt: skip
    right.set_xticks(range(0, 301, 50))
    letter([left, right])
    return figure


def _limit(axes: Axes, limit: Estimate, label: str, dashes: Any) -> None:
    axes.axhline(limit.estimate, xmax=0.79, color=VERMILION, lw=1, ls=dashes)
    axes.axhspan(limit.low, limit.high, xmax=0.79, color=VERMILION, alpha=0.1, lw=0)
    axes.text(304, limit.estimate, f"{label}\n{value(limit.estimate, '.1f')}", va="center")


def shifts(rows: pd.DataFrame) -> Figure:
    """Forest plot of H-score shifts, one row a comparison.

    Args:
        rows: of `comparison_row`, with n, the patients of both groups.
    """
    names = {"comparison": "label", "shift": "estimate", "shift_low": "low", "shift_high": "high"}
    drawn = rows.rename(columns=names)
    return forest(drawn, xlabel="Shift of the H-score, points", reference=0, log=False, spec=".1f")


def cutoff_search(
    found: CutoffBootstrap, score: FloatArray, event: NDArray[np.bool_], corrected: Estimate
) -> Figure:
    """Every cut-off with its statistic, and where the best one falls in the bootstrap samples.

    Args:
        found: of `bootstrap_cutoff`.
        score, event: one a patient, shape (n,).
        corrected: of `maximally_selected`.
    """
    if found.reason or corrected.reason:
        return said(f"not estimable: {found.reason or corrected.reason}", "double")
    figure = new_figure("double", height_mm=72)
    left, right = figure.subplots(1, 2)
    cuts = candidate_cuts(score)
    statistics = standardised(score, event, cuts)
    sns.lineplot(x=cuts, y=statistics, ax=left, color=GREY, lw=1, marker="o", ms=2.5, mew=0)
    best = float(statistics[np.abs(statistics).argmax()])
    left.axvline(corrected.estimate, color=VERMILION, lw=1, ls=DASHED)
    left.axhline(0, color=LIGHT, lw=0.6, zorder=0)
    left.set(xlim=H_SCORE_LIMITS, xlabel="Cut-off, H-score", ylabel="Standardised rank statistic")
    left.set_title(
        f"best cut-off ≥ {corrected.estimate:g}: {p_statement(naive_p(best))},\n"
        f"corrected for the search {p_statement(corrected.p)}",
        fontsize=SMALLEST_PT,
    )
    low, high = found.interval()
    right.axvspan(low, high, color=SKY, alpha=0.18, lw=0)
    sns.histplot(
        x=found.cuts, ax=right, stat="percent", binrange=(-5, 305), binwidth=10, color=SKY,
        edgecolor="white", linewidth=0.4, alpha=1,
    )  # fmt: skip
    right.axvline(found.cut, color=VERMILION, lw=1, ls=DASHED)
    right.set(
        xlim=H_SCORE_LIMITS, xlabel="Cut-off chosen in a resample, H-score",
        ylabel=f"Share of {len(found.cuts):,} resamples, %",
    )  # fmt: skip
    right.set_title(f"95% of the choices:\n{low:g} to {high:g}", fontsize=SMALLEST_PT)
    letter([left, right])
    return figure


def calibration_plot(validation: Validation) -> Figure:
    """Observed share by predicted probability, as seen and corrected, with every patient."""
    if validation.reason:
        return said(f"not estimable: {validation.reason}")
    figure = new_figure("single", height_mm=86)
    axes = figure.add_subplot()
    _calibration(axes, validation.curve)
    happened = validation.event == 1
    for group, rows, edge, align in (
        ("non_responder", happened, 1.04, "bottom"),
        ("responder", ~happened, -0.04, "top"),
    ):
        end = edge + math.copysign(0.04, edge)
        at, colour = validation.predicted[rows], COLOURS[group]
        axes.vlines(at, edge, end, color=colour, lw=0.9)
        label_at = end + math.copysign(0.015, edge)
        axes.text(0, label_at, GROUPS[group], color=colour, va=align)
    axes.set(
        xlim=(-0.02, 1.02), ylim=(-0.19, 1.19), aspect="equal",
        xlabel="Predicted probability of non-response", ylabel="Observed share of non-responders",
    )  # fmt: skip
    axes.set_yticks(np.linspace(0, 1, 6))
    axes.legend(loc="upper left", bbox_to_anchor=(0.0, 0.89))
    return figure


def calibration_curve(
    curve: pd.DataFrame,
    xlabel: str = "Predicted probability of non-response",
    ylabel: str = "Observed share of non-responders",
) -> Figure:
    """Observed share by predicted probability, as seen and corrected, without the patients.

    Args:
        curve: of a validation: predicted, observed, corrected.
        xlabel, ylabel: what is predicted, and what was observed.
    """
    if curve.empty:
        return said("not estimable")
    figure = new_figure("single", height_mm=78)
    axes = figure.add_subplot()
    _calibration(axes, curve)
    axes.set(
        xlim=(-0.02, 1.02), ylim=(-0.02, 1.02), aspect="equal", xlabel=xlabel, ylabel=ylabel
    )  # fmt: skip
    axes.legend(loc="upper left")
    return figure


def _calibration(axes: Axes, curve: pd.DataFrame) -> None:
    axes.plot([0, 1], [0, 1], color=LIGHT, lw=0.6, ls=DASHED, label="ideal")
    sns.lineplot(curve, x="predicted", y="observed", ax=axes, color=SKY, label="as seen")
    sns.lineplot(
        curve, x="predicted", y="corrected", ax=axes, color="black", label="corrected for optimism"
    )
