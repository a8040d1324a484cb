"""The figure of a specification curve."""

import textwrap
from collections.abc import Mapping

import numpy as np
import pandas as pd
from matplotlib.axes import Axes
from matplotlib.figure import Figure
from matplotlib.ticker import MaxNLocator, PercentFormatter

from compendium.figures.style import (
    BLUE,
    GREY,
    LIGHT,
    SMALLEST_PT,
    VERMILION,
    new_figure,
    plain_log_ticks,
    said,
)
from compendium.multiverse.curve import Question

ROW_MM, CURVE_MM, STROKE = 3.2, 45.0, 0.35
LABEL_WIDTH = 28  # characters that fit the height of the curve
SHOWN = 0.02  # share of the intervals beyond which the axis does not reach, on either side


def curve_figure(question: Question, curve: pd.DataFrame) -> Figure:
    """Estimates with intervals in their order, and under each the choices that lead to it.

    Args:
        question: what was asked.
        curve: as `specification_curve` returns.
    """
    known = curve[curve["estimate"].notna()].reset_index(drop=True)
    known.index += 1  # settings are counted from the first
    if not len(known):
        return said(f"{question.label}: no setting has an estimate", "double")
    rows = [(name, label) for name, choices in question.open_decisions.items() for label in choices]
    figure = new_figure("double", CURVE_MM + ROW_MM * (len(rows) + len(question.open_decisions)))
    upper, lower = figure.subplots(2, 1, sharex=True, height_ratios=[CURVE_MM, ROW_MM * len(rows)])
    _estimates(upper, question, known)
    _choices(lower, question.open_decisions, known)
    return figure


def _estimates(axes: Axes, question: Question, known: pd.DataFrame) -> None:
    places = known.index
    _strokes(axes, places, known["low"], known["high"], LIGHT)
    axes.plot(places, known["estimate"], color=BLUE, linewidth=1.2)
    axes.axhline(question.null, color=GREY, linewidth=0.6)
    for place in places[known["analysed"]]:
        axes.plot(place, known["estimate"][place], "D", color=VERMILION, markersize=4)
        axes.annotate(
            "as analysed",
            (place, known["estimate"][place]),
            (4, -9),
            textcoords="offset points",
            color=VERMILION,
        )
    shown = known[["low", "high"]].replace([-np.inf, np.inf], np.nan)
    shown = shown.where(shown > 0) if question.ratio else shown
    low, high = shown["low"].quantile(SHOWN), shown["high"].quantile(1 - SHOWN)
    low, high = (question.null if np.isnan(end) else end for end in (low, high))
    ends = np.array([min(low, question.null) * 0.98, max(high, question.null) * 1.02])
    if question.ratio:
        axes.set_yscale("log")
        plain_log_ticks(axes, ends)
    axes.set_ylim(*ends)
    if question.spec.endswith("%"):
        axes.yaxis.set_major_formatter(PercentFormatter(1.0, decimals=0))
    axes.set_ylabel(textwrap.fill(question.label, LABEL_WIDTH))


def _choices(
    axes: Axes, decisions: Mapping[str, Mapping[str, object]], known: pd.DataFrame
) -> None:
    labels, ticks, row = [], [], 0.0
    for name, choices in decisions.items():
        for label in choices:
            taken = known.index[known[name] == label]
            _strokes(axes, taken, row - STROKE, row + STROKE, BLUE)
            labels.append(f"{name}: {label}")
            ticks.append(row)
            row += 1
        row += 0.7
    axes.set_yticks(ticks, labels, fontsize=SMALLEST_PT)
    axes.set_ylim(row - 0.7 + STROKE, -1)  # rows without strokes have their place too
    axes.tick_params(length=0)
    axes.set_xlabel(f"{len(known)} settings, by their estimate")
    axes.xaxis.set_major_locator(MaxNLocator(8, integer=True))  # settings are counted


def _strokes(axes: Axes, places: pd.Index, low: object, high: object, colour: str) -> None:
    """Upright strokes as one line with gaps, which keeps the file small."""
    ends = np.full((len(places), 3), np.nan)
    ends[:, 0], ends[:, 1] = low, high
    axes.plot(np.repeat(places, 3), ends.ravel(), color=colour, linewidth=0.4)
