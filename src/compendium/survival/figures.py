"""Figures of survival: curves with numbers at risk, and of competing causes."""

import textwrap
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Literal

import numpy as np
from matplotlib.axes import Axes
from matplotlib.figure import Figure
from matplotlib.ticker import MaxNLocator
from numpy.typing import ArrayLike

from compendium.errors import NotEstimable
from compendium.figures.style import CYCLE, GREY, SMALLEST_PT, letter, new_figure, said
from compendium.survival.competing import CumulativeIncidence, reliable_incidence
from compendium.survival.kaplan_meier import (
    KaplanMeier,
    kaplan_meier,
    number_at_risk,
    reliable_from,
)
from compendium.survival.times import FloatArray, SurvivalTimes

ROW_MM = 3.6  # of a table under the axis
LEAST_EVENTS = 2  # of a curve: one event tells of a patient, not of a course
WRAP, WRAP_ABOVE = 28, 52  # characters of a reason in a panel, and above one


@dataclass(frozen=True)
class Panel:
    """One set of axes with survival curves.

    Attributes:
        title: the endpoint; ylabel, its survival; xlabel, the origin of time.
        curves: times by the name of the group; one nameless group is fine.
    """

    title: str
    ylabel: str
    xlabel: str
    curves: Mapping[str, SurvivalTimes]


def survival_curves(
    panels: Sequence[Panel],
    *,
    least_at_risk: int,
    least_events: int = LEAST_EVENTS,
    level: float = 0.95,
    colours: Mapping[str, str] | None = None,
) -> Figure:
    """Kaplan–Meier curves with intervals, censoring marks and the number at risk under the axis.

    A curve begins where so many are at risk (an open circle), given event-free then; where there
    are never so many, or too few events, the reason stands in its place; under the figure, where a
    panel has no curve at all.

    Args:
        panels: side by side, three at most.
        least_at_risk: patients at risk with which a curve may begin.
        least_events: with which it is drawn.
        colours: by name of the group.
    """
    fitted = [(one, *_fitted(one, least_at_risk, least_events, level)) for one in panels]
    untold = "; ".join(f"{panel.title}: {reason}" for panel, curves, reason in fitted if not curves)
    drawn = [one for one in fitted if one[1]]
    width: Literal["single", "double"] = "double" if len(drawn or panels) > 1 else "single"
    if not drawn:
        return said(untold, width)
    rows = max(len(panel.curves) for panel, _, _ in drawn)
    strip = ROW_MM * (rows + 1)
    figure = new_figure(width, height_mm=60 + strip + ROW_MM * bool(untold))
    figure.get_layout_engine().set(hspace=0.0)  # type: ignore[union-attr,call-arg]
    heights = (60 - 2 * ROW_MM, strip)
    grid = figure.subplots(2, len(drawn), height_ratios=heights, squeeze=False, sharex="col")
    for (panel, curves, reason), (axes, table) in zip(drawn, grid.T, strict=True):
        shades = dict(zip(panel.curves, CYCLE, strict=False)) | dict(colours or {})
        axes.set_title(panel.title, loc="center")
        table.set_axis_off()
        _curves(axes, panel, curves, shades)
        _numbers_at_risk(axes, table, panel, shades)
        table.set_ylim(rows + 0.5, -0.5)
        if reason:
            _say(axes, reason)
    if untold:
        figure.supxlabel(untold, fontsize=SMALLEST_PT, color=GREY, x=0.02, ha="left")
    if len(drawn) > 1:
        letter(grid[0])
    return figure


def _fitted(
    panel: Panel, least: int, least_events: int, level: float
) -> tuple[dict[str, KaplanMeier], str]:
    """The curves of a panel by name, and why the others are not drawn."""
    curves, reasons = {}, []
    for name, times in panel.curves.items():
        try:
            start = reliable_from(times, least)
            if int(times.event.sum()) < least_events:
                raise NotEstimable(f"under {least_events} events")
            curves[name] = kaplan_meier(times, start=start, level=level)
        except NotEstimable as reason:
            reasons.append(f"{name + ': ' if name else ''}{reason}")
    return curves, f"not estimable: {'; '.join(reasons)}" if reasons else ""


def _curves(
    axes: Axes, panel: Panel, curves: Mapping[str, KaplanMeier], colours: Mapping[str, str]
) -> None:
    for name, curve in curves.items():
        colour = colours[name]
        x, y = _band(axes, curve, "survival", colour, name)
        censored = panel.curves[name].time[~panel.curves[name].event]
        censored = censored[censored > curve.start]
        height = y[np.searchsorted(x[1:-1], censored, "right")]
        axes.plot(censored, height, "|", color=colour, ms=4.5, mew=0.8)
        if curve.start > 0:
            axes.plot([curve.start], [1.0], "o", color=colour, ms=3, mfc="white", clip_on=False)
    axes.set(
        xlim=(0, max(curve.end for curve in curves.values()) * 1.02), ylim=(0, 1.02),
        xlabel=panel.xlabel, ylabel=panel.ylabel,
    )  # fmt: skip
    axes.xaxis.set_major_locator(MaxNLocator(6, integer=True, min_n_ticks=3))
    axes.tick_params(labelbottom=True)
    if len(panel.curves) > 1:
        axes.legend(loc="lower left")


def _band(
    axes: Axes, curve: KaplanMeier | CumulativeIncidence, column: str, colour: str, label: str
) -> tuple[FloatArray, FloatArray]:
    """A curve's steps with their limits shaded, from its start to the end of follow-up."""
    steps = curve.steps()
    first = 1.0 if column == "survival" else 0.0
    x = np.concatenate([[curve.start], steps["time"], [curve.end]])
    y, low, high = (
        np.concatenate([[first], s, s[-1:] if len(s) else [first]])
        for s in (steps[c].fillna(0.0).to_numpy() for c in (column, "low", "high"))
    )
    axes.fill_between(x, low, high, step="post", color=colour, alpha=0.15, lw=0)
    axes.step(x, y, where="post", color=colour, label=label or None)
    return x, y


def _say(axes: Axes, text: str) -> None:
    """Words in place of what cannot be drawn, in the corner that curves leave free."""
    wrapped = "\n".join(textwrap.wrap(text, WRAP))
    axes.text(0.97, 0.97, wrapped, transform=axes.transAxes, ha="right", va="top", color=GREY)


def _numbers_at_risk(axes: Axes, table: Axes, panel: Panel, colours: Mapping[str, str]) -> None:
    """A row a group under the axis, at the axis' own ticks; lifelines' counts are not R's."""
    ticks = [t for t in axes.get_xticks() if 0 <= t <= axes.get_xlim()[1]]
    left = table.get_yaxis_transform()
    table.text(0, 0, "Number at risk", transform=left, va="center", weight="bold")
    for row, (name, times) in enumerate(panel.curves.items(), start=1):
        colour = colours[name]
        if name:
            table.text(
                -0.055, row, name, transform=left, ha="right", va="center",
                color=colour,
            )  # fmt: skip
        for tick, count in zip(ticks, number_at_risk(times, ticks), strict=True):
            table.text(tick, row, str(count), ha="center", va="center", color=colour)


def incidence_curves(
    times: SurvivalTimes,
    cause: ArrayLike,
    causes: Mapping[str, str],
    *,
    least_at_risk: int,
    xlabel: str,
) -> Figure:
    """Cumulative incidence of competing causes with their intervals, as far as it may be told.

    Args:
        cause: of each patient's event, shape (n,).
        causes: what to call each cause.
        least_at_risk: patients at risk with which the curves may begin.
        xlabel: origin of time, with the unit.
    """
    found, reasons = {}, []
    for code in causes:
        try:
            found[code] = reliable_incidence(times, cause, code, least_at_risk=least_at_risk)
        except NotEstimable as reason:
            reasons.append(str(reason))
    untold = f"not estimable: {'; '.join(dict.fromkeys(reasons))}" if reasons else ""
    if not found:
        return said(untold)
    figure = new_figure("single", height_mm=62)
    axes = figure.subplots()
    for colour, (code, curve) in zip(CYCLE, found.items(), strict=False):
        label = f"{causes[code]} ({curve.events} of {curve.n})"
        _band(axes, curve, "incidence", colour, label)
    axes.set(
        ylim=(0, 1.02), xlim=(0, float(times.time.max()) * 1.02),
        ylabel="Cumulative incidence", xlabel=xlabel,
    )  # fmt: skip
    axes.legend(loc="upper left")
    if untold:
        above = "\n".join(textwrap.wrap(untold, WRAP_ABOVE))
        axes.set_title(above, loc="left", color=GREY, size="medium")
    return figure
