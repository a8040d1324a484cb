"""Figure of operating characteristics: bias, coverage and rejections of methods under truths."""

from collections.abc import Sequence
from itertools import product

import numpy as np
import pandas as pd
from matplotlib.axes import Axes
from matplotlib.figure import Figure

from compendium.figures.style import BLUE, DASHED, GREEN, GREY, PURPLE, VERMILION, new_figure

ROW_MM = 9.5
TRUTH_MARKS = [("o", BLUE), ("s", GREEN), ("D", VERMILION), ("^", PURPLE)]
SPREAD = 0.56  # of a row, over which its truths are spread
Z_95 = 1.96
LINES = [("o", BLUE), ("s", GREEN), ("D", VERMILION), ("^", PURPLE), ("v", GREY)]
NO_EFFECT = "no_effect"
"""The truth called null, as tables have it: pandas and others read null as a missing value."""


def in_words(truth: str) -> str:
    """A truth as tables and prose call it."""
    return (NO_EFFECT if truth == "null" else truth).replace("_", " ")


def arms_of(table: pd.DataFrame, name: str) -> list[np.ndarray]:
    """How far the interval of a share reaches below and above it."""
    middle, low, high = (table[f"{name}{end}"].to_numpy(float) for end in ("", "_low", "_high"))
    return [np.maximum(middle - low, 0.0), np.maximum(high - middle, 0.0)]


def rejections_by_size(table: pd.DataFrame, effect: str, none: str) -> Figure:
    """How often each analysis rejects by the size of the study, with and without an effect.

    Args:
        table: rows with study, analysis, truth, patients, rejects with its interval (_low, _high).
        effect, none: the truths of the upper and lower row of panels, a panel a study.
    """
    codes = list(dict.fromkeys(table["study"]))
    figure = new_figure("double", height_mm=130)
    panels = figure.subplots(2, max(len(codes), 1), squeeze=False, sharex="col", sharey="row")
    for (row, truth), (column, code) in product(enumerate((effect, none)), enumerate(codes)):
        axes, own = panels[row][column], table[(table["study"] == code) & (table["truth"] == truth)]
        for (marker, colour), (name, line) in zip(
            LINES, own.groupby("analysis", sort=False), strict=False
        ):
            ordered = line.sort_values("patients")
            axes.errorbar(
                ordered["patients"], ordered["rejects"], yerr=arms_of(ordered, "rejects"),
                fmt=f"{marker}-", ms=3.2, lw=0.9, color=colour, label=str(name),
            )  # fmt: skip
        if row:
            axes.axhline(5.0, color=GREY, lw=0.7, ls=DASHED, zorder=0)
            axes.set_xlabel(f"Patients, {code}")
    named = [axes.get_legend_handles_labels() for axes in panels[0]]
    handles, labels = ([one for part in named for one in part[side]] for side in (0, 1))
    figure.legend(handles, labels, loc="outside upper center", ncols=len(codes))
    panels[0][0].set_ylabel(f"Found, {in_words(effect)} truth (%)")
    panels[1][0].set_ylabel(f"Found, {in_words(none)} (%)")
    return figure


def operating_figure(table: pd.DataFrame, methods: Sequence[str] | None = None) -> Figure:
    """Bias and coverage of each method (rows) under each truth (marks), with Monte Carlo error.

    Args:
        table: rows with truth, method, bias, bias_error, coverage with its interval (_low, _high),
            in percent; no more than four truths.
        methods: rows from top to bottom; all in their order where not given.
    """
    methods = list(methods or dict.fromkeys(table["method"]))
    figure = new_figure("double", height_mm=24 + ROW_MM * len(methods))
    bias, coverage = figure.subplots(1, 2, sharey=True)
    truths = list(dict.fromkeys(table["truth"]))
    for k, truth in enumerate(truths):
        own = table[table["truth"] == truth].set_index("method").reindex(methods)
        y = np.arange(len(methods)) + SPREAD * ((k + 0.5) / len(truths) - 0.5)
        marker, colour = TRUTH_MARKS[k]
        error = Z_95 * own["bias_error"].to_numpy(float)
        for axes, name, arms in (
            (bias, "bias", [error, error]), (coverage, "coverage", arms_of(own, "coverage")),
        ):  # fmt: skip
            axes.errorbar(
                own[name].to_numpy(float), y, xerr=arms, fmt=marker,
                ms=3.2, lw=0.9, color=colour, label=in_words(truth),
            )  # fmt: skip
    if not methods:
        return figure
    _frame(bias, 0.0, "Bias of the ratio (%)", len(methods))
    _frame(coverage, 95.0, "Coverage of the 95% interval (%)", len(methods))
    coverage.set_xlim(None, 101)
    bias.set_yticks(range(len(methods)), methods)
    bias.set_ylim(len(methods) - 0.5, -0.5)
    handles, labels = bias.get_legend_handles_labels()
    figure.legend(handles, labels, loc="outside upper center", ncols=len(truths), title="Truth")
    return figure


def _frame(axes: Axes, reference: float, label: str, rows: int) -> None:
    axes.axvline(reference, color=GREY, lw=0.7, ls=DASHED, zorder=0)
    for row in range(0, rows, 2):
        axes.axhspan(row - 0.5, row + 0.5, color="#F2F2F2", lw=0, zorder=-1)
    axes.set_xlabel(label)
    axes.tick_params(axis="y", length=0)
