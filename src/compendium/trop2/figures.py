"""Figures of immunohistochemistry: every patient, two readers, cut-off, calibration."""

from collections.abc import Mapping
from typing import Any

import numpy as np
import pandas as pd
from matplotlib.axes import Axes
from matplotlib.figure import Figure
from numpy.typing import NDArray
from scipy.stats import gaussian_kde

from compendium.estimates import Estimate
from compendium.figures.forest import forest
from compendium.figures.style import COLOURS, GREY, SKY, VERMILION, new_figure
from compendium.formatting import p_statement, value, words
from compendium.statistics.calibration import Validation
from compendium.statistics.cutoff import CutoffBootstrap, candidate_cuts, naive_p, standardised
from compendium.trop2.agreement import Agreement
from compendium.trop2.ihc import BAND_LIMITS, BANDS

FloatArray = NDArray[np.float64]

H_SCORE_LIMITS = (-8.0, 308.0)
DOT = 11.0
LEAST_FOR_DENSITY = 10  # patients; a density of fewer shows the kernel, not them
DARK = "#1f3b57"


def scores_by_group(
    frame: pd.DataFrame,
    by: str,
    groups: Mapping[str, str],
    *,
    score: str = "h_score",
    ylabel: str = "Trop2 H-score",
    auc: Estimate | None = None,
) -> Figure:
    """Raincloud of a score: every patient as a dot, quartiles as a box, density beside it; and ROC.

    Args:
        frame: one row a patient with `by` and `score`.
        groups: label by group, the reference group first; two groups.
        auc: what stands in the ROC panel.
    """
    figure = new_figure("double", height_mm=78)
    left, right = figure.subplots(1, 2, width_ratios=(1.45, 1))
    known = frame[frame[score].notna()]
    values = [known.loc[known[by] == group, score].to_numpy(float) for group in groups]
    _bands(left)
    for place, (group, scores) in enumerate(zip(groups, values, strict=True)):
        _raincloud(left, place, scores, COLOURS.get(group, GREY))
    left.set_xticks(
        range(len(groups)),
        [f"{label}\nn = {len(v)}" for label, v in zip(groups.values(), values, strict=True)],
    )
    left.set_xlim(-0.55, len(groups) - 0.4)
    left.set_ylim(*H_SCORE_LIMITS)
    left.set_ylabel(ylabel)
    left.set_title("a", loc="left", weight="bold")
    _roc(right, *values, note=_auc_note(auc), colour=COLOURS.get(list(groups)[-1], GREY))
    right.set_title("b", loc="left", weight="bold")
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
        axes.axhline(limit, color="#b0b0b0", lw=0.6, ls=(0, (4, 3)), zorder=0)
    for name, low, high in zip(BANDS, edges[:-1], edges[1:], strict=True):
        axes.text(
            1.0, (low + high) / 2, name, transform=axes.get_yaxis_transform(), rotation=270,
            ha="right", va="center", fontsize=6, color="#707070",
        )  # fmt: skip


def _raincloud(axes: Axes, place: float, scores: FloatArray, colour: str) -> None:
    if len(scores) == 0:
        axes.text(place, 150, "no patient", ha="center", fontsize=6.5, color=GREY)
        return
    if len(scores) >= LEAST_FOR_DENSITY and len(np.unique(scores)) > 2:
        grid = np.linspace(0, 300, 301)
        density = gaussian_kde(scores)(grid)
        axes.fill_betweenx(
            grid, place + 0.13, place + 0.13 + 0.3 * density / density.max(),
            color=colour, alpha=0.25, lw=0,
        )  # fmt: skip
    offsets = swarm(scores, width=8.0)
    shift = -0.16 - 0.028 * offsets
    axes.scatter(place + shift, scores, s=DOT, color=colour, lw=0.3, edgecolor="white", zorder=3)
    axes.boxplot(
        scores, positions=[place + 0.06], widths=0.09, showfliers=False, patch_artist=True,
        boxprops={"facecolor": "white", "edgecolor": colour}, whiskerprops={"color": colour},
        medianprops={"color": colour, "lw": 1.8}, capprops={"color": colour}, manage_ticks=False,
    )  # fmt: skip


def swarm(values: FloatArray, width: float) -> FloatArray:
    """Steps aside for each dot so that none covers another, shape (n,): 0, 1, -1, 2, -2, ….

    Args:
        width: how near two values may be before one steps aside, in their unit.
    """
    steps = np.zeros(len(values))
    placed: dict[float, list[float]] = {}
    for index in np.argsort(values, kind="stable"):
        value = float(values[index])
        for k in range(len(values) + 1):
            step = (k + 1) // 2 * (1 if k % 2 else -1)
            if all(abs(value - other) >= width for other in placed.get(step, [])):
                placed.setdefault(step, []).append(value)
                steps[index] = step
                break
    return steps


def _roc(
    axes: Axes, reference: FloatArray, compared: FloatArray, *, note: str, colour: str
) -> None:
    axes.plot([0, 1], [0, 1], color="#b0b0b0", lw=0.6, ls=(0, (4, 3)))
    if len(reference) and len(compared):
        cuts = np.unique(np.concatenate([reference, compared]))[::-1]
        false = [0.0, *((reference[:, None] >= cuts).mean(axis=0))]
        true = [0.0, *((compared[:, None] >= cuts).mean(axis=0))]
        axes.plot(false, true, color=colour, lw=1.4, solid_joinstyle="miter")
        axes.fill_between(false, true, color=colour, alpha=0.08, lw=0)
    axes.text(0.97, 0.05, note, ha="right", va="bottom", fontsize=6.5)
    axes.set(
        xlim=(-0.01, 1.01), ylim=(-0.01, 1.01), aspect="equal",
        xlabel="1 − specificity", ylabel="Sensitivity",
    )  # fmt: skip
    axes.set_xticks(np.linspace(0, 1, 6))
    axes.set_yticks(np.linspace(0, 1, 6))


def not_drawn(reason: str) -> Figure:
    """A figure that says why there is nothing to draw."""
    figure = new_figure("double", height_mm=20)
    figure.text(0.5, 0.5, f"not estimable: {reason}", ha="center", va="center", style="italic")
    return figure


def two_readers(found: Agreement) -> Figure:
    """Two readers against each other, and Bland–Altman: difference by mean with its limits."""
    if not found.limits["bias"].estimable:
        return not_drawn(found.limits["bias"].reason)
    figure = new_figure("double", height_mm=78)
    left, right = figure.subplots(1, 2, width_ratios=(1, 1.25))
    names = [words(reader) for reader in found.readers]
    first, second = (found.pairs[reader].to_numpy(float) for reader in found.readers)
    left.plot([0, 300], [0, 300], color="#b0b0b0", lw=0.6, ls=(0, (4, 3)))
    dots: dict[str, Any] = {"s": DOT, "color": SKY, "lw": 0.3, "edgecolor": DARK, "alpha": 0.8}
    left.scatter(first, second, **dots)
    left.set(
        xlim=H_SCORE_LIMITS, ylim=H_SCORE_LIMITS, aspect="equal",
        xlabel=f"H-score by {names[0]}", ylabel=f"H-score by {names[1]}",
    )  # fmt: skip
    left.set_title("a", loc="left", weight="bold")
    right.axhline(0, xmax=0.81, color="#b0b0b0", lw=0.6, zorder=0)
    right.scatter((first + second) / 2, second - first, **dots)
    for name, label in (("bias", "mean"), ("lower", "lower limit"), ("upper", "upper limit")):
        _limit(right, found.limits[name], label, "-" if name == "bias" else (0, (4, 3)))
    right.set(
        xlim=(-8, 372), xlabel="Mean of the two readers, H-score points",
        ylabel=f"Difference {names[1]} − {names[0]}, H-score points",
    )  # fmt: skip
    right.set_xticks(range(0, 301, 50))
    right.set_title("b", loc="left", weight="bold")
    return figure


def _limit(axes: Axes, limit: Estimate, label: str, dashes: Any) -> None:
    axes.axhline(limit.estimate, xmax=0.81, color=VERMILION, lw=1, ls=dashes)
    axes.axhspan(limit.low, limit.high, xmax=0.81, color=VERMILION, alpha=0.1, lw=0)
    axes.text(304, limit.estimate, f"{label}\n{value(limit.estimate, '.1f')}", va="center",
              fontsize=6.5)  # fmt: skip


def shifts(rows: pd.DataFrame) -> Figure:
    """Forest plot of H-score shifts, one row a comparison.

    Args:
        rows: of `comparison_row`.
    """
    names = {"comparison": "label", "shift": "estimate", "shift_low": "low", "shift_high": "high"}
    drawn = rows.rename(columns=names).assign(n=rows["n_reference"] + rows["n_compared"])
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
        return not_drawn(found.reason or corrected.reason)
    figure = new_figure("double", height_mm=68)
    left, right = figure.subplots(1, 2)
    cuts = candidate_cuts(score)
    statistics = standardised(score, event, cuts)
    left.plot(cuts, statistics, color=COLOURS["neutral"], lw=1, marker="o", ms=2.5)
    left.axhline(0, color="#b0b0b0", lw=0.6, zorder=0)
    left.axvline(corrected.estimate, color=VERMILION, lw=1, ls=(0, (4, 3)))
    left.set(xlim=H_SCORE_LIMITS, xlabel="Cut-off, H-score", ylabel="Standardised rank statistic")
    best = float(statistics[np.abs(statistics).argmax()])
    left.text(
        0.03, 0.03,
        f"best cut-off ≥ {corrected.estimate:g}\n"
        f"corrected for the search: {p_statement(corrected.p)}\n"
        f"ignoring it: {p_statement(naive_p(best))}",
        transform=left.transAxes, va="bottom", fontsize=6.5,
        bbox={"facecolor": "white", "edgecolor": "none", "pad": 1},
    )  # fmt: skip
    left.set_ylim(min(0.0, float(statistics.min())) - 2.0, max(0.5, float(statistics.max())) + 0.4)
    left.set_title("a", loc="left", weight="bold")
    low, high = found.interval()
    right.axvspan(low, high, color=SKY, alpha=0.18, lw=0)
    right.hist(found.cuts, bins=np.arange(-5, 311, 10), color=SKY, weights=np.full(
        len(found.cuts), 100 / len(found.cuts)))  # fmt: skip
    right.axvline(found.cut, color=VERMILION, lw=1, ls=(0, (4, 3)))
    right.set(
        xlim=H_SCORE_LIMITS, xlabel="Cut-off chosen in a resample, H-score",
        ylabel=f"Share of {len(found.cuts):,} resamples, %",
    )  # fmt: skip
    at_left = found.cut > 150
    right.text(
        0.02 if at_left else 0.98, 0.97, f"95% of the choices:\n{low:g} to {high:g}",
        transform=right.transAxes, ha="left" if at_left else "right", va="top", fontsize=6.5,
    )  # fmt: skip
    right.set_title("b", loc="left", weight="bold")
    return figure


def calibration_plot(validation: Validation) -> Figure:
    """Observed share by predicted probability, as seen and corrected, with every patient."""
    if validation.reason:
        return not_drawn(validation.reason)
    figure = new_figure("single", height_mm=84)
    axes = figure.add_subplot()
    axes.plot([0, 1], [0, 1], color="#b0b0b0", lw=0.6, ls=(0, (4, 3)), label="ideal")
    curve = validation.curve
    axes.plot(curve["predicted"], curve["observed"], color=SKY, label="as seen")
    axes.plot(
        curve["predicted"], curve["corrected"], color=COLOURS["non_responder"],
        label="corrected for optimism",
    )  # fmt: skip
    happened = validation.event == 1
    for rows, edge, step in ((happened, 1.03, 1), (~happened, -0.03, -1)):
        colour = COLOURS["non_responder" if step > 0 else "responder"]
        axes.vlines(
            validation.predicted[rows],
            edge,
            edge + step * 0.04,
            color=colour,
            lw=0.9,
            clip_on=False,
        )
    axes.text(0.0, 1.10, "non-responders", fontsize=6, color=COLOURS["non_responder"], va="bottom")
    axes.text(
        1.0, -0.075, "responders", fontsize=6, color=COLOURS["responder"], va="top", ha="right"
    )
    axes.set(
        xlim=(-0.02, 1.02), ylim=(-0.13, 1.16), aspect="equal",
        xlabel="Predicted probability of non-response", ylabel="Observed share of non-responders",
    )  # fmt: skip
    axes.set_yticks(np.linspace(0, 1, 6))
    axes.legend(loc="upper left", bbox_to_anchor=(0.02, 0.9))
    return figure
