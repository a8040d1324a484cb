"""Figures of immunohistochemistry: every patient, two readers, cut-off, calibration."""

from collections.abc import Mapping, Sequence

import numpy as np
import pandas as pd
from matplotlib.axes import Axes
from matplotlib.figure import Figure
from numpy.typing import NDArray
from scipy.stats import gaussian_kde

from compendium.figures.style import COLOURS, GREY, new_figure
from compendium.ihc import BAND_LIMITS, BANDS

FloatArray = NDArray[np.float64]

H_SCORE_LIMITS = (-8.0, 308.0)
DOT = 11.0


def scores_by_group(
    frame: pd.DataFrame,
    by: str,
    groups: Mapping[str, str],
    *,
    value: str = "h_score",
    ylabel: str = "Trop2 H-score",
    note: str = "",
) -> Figure:
    """Raincloud of a score: every patient as a dot, quartiles as a box, density beside it; and ROC.

    Args:
        frame: one row a patient with `by` and `value`.
        groups: label by group, the reference group first; two groups.
        note: what stands in the ROC panel, such as the AUC with its interval.
    """
    figure = new_figure("double", height_mm=78)
    left, right = figure.subplots(1, 2, width_ratios=(1.45, 1))
    known = frame[frame[value].notna()]
    values = [known.loc[known[by] == group, value].to_numpy(float) for group in groups]
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
    _roc(right, *values, note=note, colour=COLOURS.get(list(groups)[-1], GREY))
    right.set_title("b", loc="left", weight="bold")
    return figure


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
    if len(np.unique(scores)) > 2:
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


def reader_agreement(
    pairs: pd.DataFrame, readers: Sequence[str], limits: Mapping[str, float]
) -> Figure:
    """Two readers against each other, and Bland–Altman: difference by mean with its limits.

    Args:
        pairs: one row a block, a column of H-scores a reader.
        readers: the two columns.
        limits: bias, lower, upper and their intervals (bias_low, bias_high, lower_low, …).
    """
    figure = new_figure("double", height_mm=78)
    left, right = figure.subplots(1, 2, width_ratios=(1, 1.25))
    first, second = (pairs[reader].to_numpy(float) for reader in readers)
    left.plot([0, 300], [0, 300], color="#b0b0b0", lw=0.6, ls=(0, (4, 3)))
    left.scatter(first, second, s=DOT, color=COLOURS["low"], lw=0.3, edgecolor="#1f3b57", alpha=0.8)
    left.set(
        xlim=H_SCORE_LIMITS, ylim=H_SCORE_LIMITS, aspect="equal",
        xlabel=f"H-score, reader {readers[0]}", ylabel=f"H-score, reader {readers[1]}",
    )  # fmt: skip
    left.set_title("a", loc="left", weight="bold")
    right.scatter(
        (first + second) / 2, second - first, s=DOT, color=COLOURS["low"], lw=0.3,
        edgecolor="#1f3b57", alpha=0.8,
    )  # fmt: skip
    for name, label in (("bias", "mean"), ("lower", "lower limit"), ("upper", "upper limit")):
        _limit(right, limits, name, label)
    right.axhline(0, color="#b0b0b0", lw=0.6, zorder=0)
    right.set(
        xlim=(-8, 372), xlabel="Mean of the two readers, H-score points",
        ylabel=f"Difference {readers[1]} − {readers[0]}, H-score points",
    )  # fmt: skip
    right.set_xticks(range(0, 301, 50))
    right.set_title("b", loc="left", weight="bold")
    return figure


def _limit(axes: Axes, limits: Mapping[str, float], name: str, label: str) -> None:
    if not np.isfinite(limits[name]):
        return
    dashes = "-" if name == "bias" else (0, (4, 3))
    axes.axhline(limits[name], xmax=0.81, color=COLOURS["non_responder"], lw=1, ls=dashes)
    axes.axhspan(
        limits[f"{name}_low"], limits[f"{name}_high"], xmax=0.81,
        color=COLOURS["non_responder"], alpha=0.1, lw=0,
    )  # fmt: skip
    text = f"{label}\n{limits[name]:.1f}".replace("-", "−")
    axes.text(304, limits[name], text, va="center", fontsize=6.5)
