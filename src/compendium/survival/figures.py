"""Figures of survival: curves with numbers at risk, competing causes, time under observation."""

import textwrap
from collections.abc import Mapping, Sequence
from dataclasses import dataclass

import numpy as np
import pandas as pd
from matplotlib.axes import Axes
from matplotlib.figure import Figure
from matplotlib.lines import Line2D
from matplotlib.ticker import MaxNLocator
from numpy.typing import ArrayLike

from compendium.errors import NotEstimable
from compendium.figures.style import BLUE, CYCLE, GREY, ORANGE, VERMILION, new_figure
from compendium.survival.competing import cumulative_incidence
from compendium.survival.kaplan_meier import kaplan_meier, number_at_risk, reliable_from
from compendium.survival.times import DAYS_IN, SurvivalTimes

ROW_MM = 3.6  # of a table under the axis
WRAP = 40  # characters of a reason in a panel


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
    least_at_risk: int = 1,
    level: float = 0.95,
    colours: Mapping[str, str] | None = None,
) -> Figure:
    """Kaplan–Meier curves with intervals, censoring marks and the number at risk under the axis.

    A curve begins where so many are at risk (an open circle), given event-free then; where there
    are never so many, the panel says so in place of a curve.

    Args:
        panels: side by side, three at most.
        least_at_risk: patients at risk with which a curve may begin.
        colours: by name of the group.
    """
    rows = max(len(panel.curves) for panel in panels)
    strip = ROW_MM * (rows + 1)
    figure = new_figure("double" if len(panels) > 1 else "single", height_mm=60 + strip)
    figure.get_layout_engine().set(hspace=0.0)  # type: ignore[union-attr,call-arg]
    grid = figure.subplots(
        2, len(panels), height_ratios=(60 - 2 * ROW_MM, strip), squeeze=False, sharex="col"
    )
    for letter, panel, (axes, table) in zip("abc", panels, grid.T, strict=False):
        shades = dict(zip(panel.curves, CYCLE, strict=False)) | dict(colours or {})
        _curves(axes, panel, shades, least_at_risk, level)
        if len(panels) > 1:
            axes.set_title(letter, loc="left", weight="bold")
        axes.set_title(panel.title, loc="center")
        _numbers_at_risk(axes, table, panel, shades)
        table.set_ylim(rows + 0.5, -0.5)
    return figure


def _curves(axes: Axes, panel: Panel, colours: Mapping[str, str], least: int, level: float) -> None:
    end = max((t.time.max() for t in panel.curves.values() if t.n), default=1.0)
    axes.set(xlim=(0, end * 1.02), ylim=(0, 1.02), ylabel=panel.ylabel, xlabel=panel.xlabel)
    axes.xaxis.set_major_locator(MaxNLocator(6, integer=True, min_n_ticks=3))
    axes.tick_params(labelbottom=True)
    reasons = []
    for name, times in panel.curves.items():
        try:
            _curve(axes, times, name, colours[name], least, level)
        except NotEstimable as reason:
            reasons.append(f"{name + ': ' if name else ''}{reason}")
    if reasons:
        _say(axes, f"not estimable: {'; '.join(reasons)}")
    if len(panel.curves) > 1 and len(reasons) < len(panel.curves):
        axes.legend(loc="best")


def _say(axes: Axes, text: str) -> None:
    """Words in place of what cannot be drawn."""
    wrapped = "\n".join(textwrap.wrap(text, WRAP))
    axes.text(0.5, 0.5, wrapped, transform=axes.transAxes, ha="center", va="center", color=GREY)


def _curve(
    axes: Axes, times: SurvivalTimes, name: str, colour: str, least: int, level: float
) -> None:
    start = reliable_from(times, least)
    curve = kaplan_meier(times, start=start, level=level)
    steps = curve.steps()
    x = np.concatenate([[start], steps["time"], [curve.end]])
    y, low, high = (
        np.concatenate([[1.0], s, s[-1:] if len(s) else [1.0]])
        for s in (steps[c].fillna(0.0).to_numpy() for c in ("survival", "low", "high"))
    )
    axes.fill_between(x, low, high, step="post", color=colour, alpha=0.15, lw=0)
    axes.step(x, y, where="post", color=colour, label=name or None)
    censored = times.time[~times.event & (times.time > start)]
    height = y[np.searchsorted(steps["time"].to_numpy(), censored, "right")]
    axes.plot(censored, height, "|", color=colour, ms=4.5, mew=0.8)
    if start > 0:
        axes.plot([start], [1.0], "o", color=colour, ms=3, mfc="white", mew=0.9, clip_on=False)


def _numbers_at_risk(axes: Axes, table: Axes, panel: Panel, colours: Mapping[str, str]) -> None:
    """A row a group under the axis, at the axis' own ticks."""
    table.set_axis_off()
    ticks = [t for t in axes.get_xticks() if 0 <= t <= axes.get_xlim()[1]]
    left = table.get_yaxis_transform()
    table.text(0, 0, "Number at risk", transform=left, va="center", fontsize=6.5, weight="bold")
    for row, (name, times) in enumerate(panel.curves.items(), start=1):
        colour = colours[name]
        if name:
            table.text(
                -0.055, row, name, transform=left, ha="right", va="center", fontsize=6.5,
                color=colour,
            )  # fmt: skip
        for tick, count in zip(ticks, number_at_risk(times, ticks), strict=True):
            table.text(tick, row, str(count), ha="center", va="center", fontsize=6.5, color=colour)


def time_under_observation(endpoint: pd.DataFrame, *, unit: str = "years") -> Figure:
    """Every patient's time from the origin: unobserved until entry, then observed to its end.

    Args:
        endpoint: an endpoint's table, with who is at risk and who is not.
        unit: of the time axis.
    """
    rows = endpoint[endpoint["time_days"].notna()]
    rows = rows.sort_values(["entry_days", "time_days"], ignore_index=True)
    figure = new_figure("double", height_mm=24 + 2.5 * len(rows))
    axes = figure.subplots()
    scale = DAYS_IN[unit]
    entry, end = rows["entry_days"] / scale, rows["time_days"] / scale
    here = (rows["reason"] == "").to_numpy()
    y = np.arange(len(rows))
    axes.hlines(y, 0, np.minimum(entry, end.where(~here, entry)), color="#b0b0b0", lw=0.9)
    axes.hlines(y[here], entry[here], end[here], color=BLUE, lw=2.2)
    marks = {
        "progression": ("s", VERMILION), "death": ("D", "black"), "tki": ("^", ORANGE),
        "": ("|", BLUE),
    }  # fmt: skip
    kind = rows["kind"].where(rows["kind"].isin(["progression", "tki", ""]), "death")
    for name, (marker, colour) in marks.items():
        chosen = (kind == name).to_numpy()
        for at_risk in (True, False):
            which = chosen & (here == at_risk)
            face = colour if at_risk else "white"
            axes.scatter(
                end[which], y[which], marker=marker, s=12, color=colour,
                facecolor=None if marker == "|" else face, lw=0.8, zorder=3,
            )  # fmt: skip
    axes.set(xlim=(0, None), ylim=(len(rows) - 0.4, -0.6), xlabel=f"Time since origin ({unit})")
    axes.set_yticks(y, rows["patient_id"], fontsize=5)
    axes.tick_params(axis="y", length=0)
    axes.spines["left"].set_visible(False)
    figure.legend(
        handles=_keys(marks),
        loc="outside upper left",
        ncols=7,
        handletextpad=0.4,
        columnspacing=1.4,
    )
    return figure


def _keys(marks: Mapping[str, tuple[str, str]]) -> list[Line2D]:
    labels = {"progression": "progression", "death": "death", "tki": "TKI", "": "last seen"}
    keys = [
        Line2D([], [], color="#b0b0b0", lw=0.9, label="before entry"),
        Line2D([], [], color=BLUE, lw=2.2, label="at risk"),
    ]
    return (
        keys
        + [
            Line2D([], [], color=colour, marker=marker, ls="", ms=3.5, label=labels[name])
            for name, (marker, colour) in marks.items()
        ]
        + [
            Line2D(
                [],
                [],
                color=GREY,
                marker="s",
                mfc="white",
                ls="",
                ms=3.5,
                label="by entry: not at risk",
            )
        ]
    )


def incidence_curves(
    times: SurvivalTimes,
    cause: ArrayLike,
    causes: Mapping[str, str],
    *,
    least_at_risk: int,
    xlabel: str,
) -> Figure:
    """Cumulative incidence of competing causes with their intervals.

    Args:
        cause: of each patient's event, shape (n,).
        causes: what to call each cause.
        least_at_risk: patients at risk with which the curves may begin.
        xlabel: origin of time, with the unit.
    """
    try:
        start = reliable_from(times, least_at_risk)
        found = {code: cumulative_incidence(times, cause, code, start=start) for code in causes}
    except NotEstimable as reason:
        return said(f"not estimable: {reason}")
    figure = new_figure("single", height_mm=62)
    axes = figure.subplots()
    for colour, (code, curve) in zip(CYCLE, found.items(), strict=False):
        steps = curve.steps()
        x = np.concatenate([[start], steps["time"], [curve.end]])
        y, low, high = (
            np.concatenate([[0.0], s, s[-1:] if len(s) else [0.0]])
            for s in (steps[c].fillna(0.0).to_numpy() for c in ("incidence", "low", "high"))
        )
        axes.fill_between(x, low, high, step="post", color=colour, alpha=0.15, lw=0)
        label = f"{causes[code]} ({curve.events} of {curve.n})"
        axes.step(x, y, where="post", color=colour, label=label)
    axes.set(ylim=(0, 1.02), ylabel="Cumulative incidence", xlabel=xlabel)
    axes.set_xlim(0, float(times.time.max()) * 1.02)
    axes.legend(loc="upper left")
    return figure


def said(reason: str) -> Figure:
    """A figure that says why there is nothing to draw."""
    figure = new_figure("single", height_mm=30)
    axes = figure.subplots()
    axes.set_axis_off()
    _say(axes, reason)
    return figure
