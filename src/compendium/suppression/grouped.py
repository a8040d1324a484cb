"""Figures in which no mark is a person, drawn in place of those with a mark a person."""

import math
from collections.abc import Iterator
from typing import Any, Literal

import numpy as np
import pandas as pd
from matplotlib.axes import Axes
from matplotlib.figure import Figure
from matplotlib.ticker import FuncFormatter, NullFormatter

from compendium.calendar import DAYS_PER_YEAR
from compendium.figures.style import COLOURS, CYCLE, GREY, new_figure, said
from compendium.formatting import words
from compendium.privacy.small_cells import steps_of
from compendium.public_forms import Grouped
from compendium.suppression.counts import Counts
from compendium.suppression.tables import measure

STEP_DAYS = 30  # times of steps are rounded to it


def grouped_people(frame: pd.DataFrame, form: Grouped, counts: Counts) -> pd.DataFrame:
    """Means of so many patients each as the threshold or more, in order of their values.

    Returns:
        A row a dot: the group, n (as counts are shown), and the means of x and y.
    """
    columns = [name for name in (form.x, form.y) if name]
    known = frame.dropna(subset=columns)
    known = known.assign(**{name: _scaled(known[name], name in form.logs) for name in columns})
    keys = [form.by, "patient_id"] if form.by else ["patient_id"]
    persons = known.groupby(keys, sort=True)[columns].mean().reset_index()
    groups = persons.groupby(form.by, sort=False) if form.by else [("", persons)]
    rows = [
        {"group": group, "n": counts.shown(len(part))}
        | {name: _mean(part[name], name in form.logs) for name in columns}
        for group, members in groups
        for part in _parts(members.sort_values(columns), counts.least)
    ]
    return pd.DataFrame(rows, columns=["group", "n", *columns])


def _parts(members: pd.DataFrame, least: int) -> Iterator[pd.DataFrame]:
    """Neighbours in parts of at least so many; none where there are fewer."""
    number = len(members) // least
    if number:
        for places in np.array_split(np.arange(len(members)), number):
            yield members.iloc[places]


def _scaled(values: "pd.Series[Any]", log: bool) -> "pd.Series[Any]":
    numbers = values.astype(float)
    return numbers.where(numbers > 0).map(math.log, na_action="ignore") if log else numbers


def _mean(values: "pd.Series[float]", log: bool) -> float:
    mean = float(values.mean())
    return measure(math.exp(mean) if log else mean)


def draw_grouped(dots: pd.DataFrame, form: Grouped, least: int) -> Figure:
    """Dots of several patients each: by group, or of one value by another."""
    if dots.empty:
        return said(f"not shown: no group has {least} patients")
    figure = new_figure("single", height_mm=65)
    axes = figure.subplots()
    for place, (group, own) in enumerate(dots.groupby("group", sort=False)):
        colour = COLOURS.get(str(group), CYCLE[place % len(CYCLE)] if form.by else GREY)
        at = own[form.x] if form.x else np.full(len(own), place)
        axes.plot(at, own[form.y], "o", ms=6, color=colour, alpha=0.8, mec="white", mew=0.5)
    if form.y in form.logs:
        _logarithmic(axes, "y")
    if form.x in form.logs:
        _logarithmic(axes, "x")
    axes.set(ylabel=form.ylabel, xlabel=form.xlabel)
    if not form.x:
        names = [words(str(group)) for group in dots["group"].unique()]
        axes.set_xticks(range(len(names)), names)
        axes.set_xlim(-0.6, len(names) - 0.4)
    axes.set_title(f"a dot: the mean of {least} patients or more", fontsize=7)
    return figure


def _logarithmic(axes: Axes, which: Literal["x", "y"]) -> None:
    axes.set(**{f"{which}scale": "log"})
    axis = axes.xaxis if which == "x" else axes.yaxis
    axis.set_major_formatter(FuncFormatter(lambda value, _: f"{value:g}"))
    axis.set_minor_formatter(NullFormatter())


def public_steps(frame: pd.DataFrame, by: str, counts: Counts) -> pd.DataFrame:
    """Steps of survival curves at which so many more events have happened, at rounded times."""
    named = frame.assign(endpoint=frame[by]) if by in frame else frame
    steps = _thinned(steps_of(named.dropna(subset=["time_days"])), counts.least)
    steps = steps.loc[steps["n_at_risk"] >= counts.least]
    shown = {name: steps[name].map(counts.shown) for name in ("n_at_risk", "n_events")}
    time = (STEP_DAYS * (steps["time"].astype(float) / STEP_DAYS).round()).astype(int)
    survival = steps["survival"].astype(float).round(2)
    return steps.assign(time=time, survival=survival, **shown)


def _thinned(steps: pd.DataFrame, least: int) -> pd.DataFrame:
    """Steps at which the events so far reach another multiple of the threshold, by endpoint."""
    endpoint = steps["endpoint"] if "endpoint" in steps else pd.Series("", index=steps.index)
    reached = steps["n_events"].groupby(endpoint).cumsum() // least
    new = reached.groupby(endpoint).diff().fillna(reached)
    return steps.assign(n_events=(new * least).astype(int))[new > 0]


def draw_steps(steps: pd.DataFrame, least: int) -> Figure:
    """Survival curves by endpoint, each as far as the last step that is shown."""
    if steps.empty:
        return said(f"not shown: no curve has {least} events while {least} are at risk", "double")
    figure = new_figure("double", height_mm=70)
    axes = figure.subplots()
    named = steps["endpoint"] if "endpoint" in steps else pd.Series("", index=steps.index)
    for place, (endpoint, own) in enumerate(steps.groupby(named, sort=False)):
        years = [0.0, *(own["time"].astype(float) / DAYS_PER_YEAR)]
        survival = [1.0, *own["survival"]]
        colour = CYCLE[place % len(CYCLE)]
        axes.step(years, survival, where="post", color=colour, label=str(endpoint) or None)
        for at, height, n in zip(years[1:], survival[1:], own["n_at_risk"], strict=True):
            axes.annotate(f"{n}", (at, height), xytext=(2, 3), textcoords="offset points")
    axes.set(ylim=(0, 1.04), xlim=(0, None), xlabel="Years", ylabel="Event-free")
    axes.set_title(
        f"a step: {least} events or more; numbers: patients at risk, rounded", fontsize=7
    )
    if (named != "").any():
        axes.legend(loc="lower left")
    return figure
