"""Figure of operating characteristics: bias, coverage and rejections of methods under truths."""

from collections.abc import Sequence

import numpy as np
import pandas as pd
from matplotlib.axes import Axes
from matplotlib.figure import Figure

from compendium.figures.style import BLUE, DASHED, GREEN, GREY, PURPLE, VERMILION, new_figure

ROW_MM = 9.5
TRUTH_MARKS = [("o", BLUE), ("s", GREEN), ("D", VERMILION), ("^", PURPLE)]
SPREAD = 0.56  # of a row, over which its truths are spread
Z_95 = 1.96


def operating_figure(table: pd.DataFrame, methods: Sequence[str] | None = None) -> Figure:
    """Bias and coverage of each method (rows) under each truth (marks), with Monte Carlo error.

    Args:
        table: rows with truth, method, bias, bias_error, coverage, coverage_error, in percent; no
            more than four truths.
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
        for axes, name, most in ((bias, "bias", np.inf), (coverage, "coverage", 100.0)):
            middle = own[name].to_numpy(float)
            below = Z_95 * own[f"{name}_error"].to_numpy(float)
            axes.errorbar(
                middle, y, xerr=[below, np.minimum(below, most - middle)], fmt=marker,
                ms=3.2, lw=0.9, color=colour, label=truth.replace("_", " "),
            )  # fmt: skip
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
