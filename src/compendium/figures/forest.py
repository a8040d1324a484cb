"""Forest plot: estimates with intervals beside their numbers, reasons where there is none."""

import math
import textwrap
from collections.abc import Hashable, Mapping
from typing import Any

import numpy as np
import pandas as pd
from matplotlib.axes import Axes
from matplotlib.figure import Figure
from matplotlib.ticker import FixedFormatter, FixedLocator, NullLocator

from compendium.counting import counted
from compendium.figures.style import BLUE, DASHED, GREY, LIGHT, new_figure
from compendium.formatting import value

ROW_MM = 6.0
WIDEST_RATIO = 1000.0  # of the axis; what lies beyond is cut off and marked by an arrow
TICKS = (0.01, 0.02, 0.05, 0.1, 0.2, 0.5, 1, 2, 5, 10, 20, 50, 100)
MOST_TICKS = 9
BOLD = 1.15  # width of a bold letter over that of another
LONGEST_REASON, LONGEST_BESIDE = 100, 52  # characters of a line, alone and beside its numbers


def forest(
    frame: pd.DataFrame,
    *,
    xlabel: str,
    reference: float = 1.0,
    log: bool = True,
    spec: str = ".2f",
) -> Figure:
    """Estimates with their intervals, one a row, with the numbers at the right.

    Args:
        frame: one row an estimate: label, estimate, low, high, reason; and, where wanted, group (a
            heading above its rows), n, p and guarded (of a test whose p its family adjusts).
        xlabel: the measure and what is compared, with its unit.
        reference: where there is no effect.
        log: whether the axis is logarithmic, as for ratios.
        spec: Python format of the numbers.
    """
    rows = _placed(frame)
    figure = new_figure("double", height_mm=20 + ROW_MM * (rows["place"].max() + 1))
    left, right = figure.subplots(1, 2, width_ratios=(1.15, 1), sharey=True)
    low, high = _range(frame, reference, log)
    if log:
        left.set_xscale("log")
    left.set_xlim(low, high)
    left.axvline(reference, color=LIGHT, lw=0.7, ls=DASHED, zorder=0)
    for row in rows[rows["kind"] != "heading"].to_dict("records"):
        _draw(left, row, low, high)
    _ticks(left, low, high, log)
    left.set_ylim(rows["place"].max() + 0.6, -1.2)
    left.set_yticks(rows["place"], [str(label) for label in rows["shown"]])
    bold = np.where(rows["kind"] == "row", 1.0, BOLD)
    widest = float((rows["shown"].astype(str).str.len() * bold).max())
    left.tick_params(axis="y", length=0, pad=4 + 3.4 * widest)
    for tick, kind in zip(left.get_yticklabels(), rows["kind"], strict=True):
        tick.set(horizontalalignment="left", fontweight="normal" if kind == "row" else "bold")
    left.spines["left"].set_visible(False)
    left.set_xlabel(xlabel)
    _numbers(right, rows, spec)
    return figure


def _placed(frame: pd.DataFrame) -> pd.DataFrame:
    """The rows from top to bottom, each group below its heading; in one row if none is estimable.

    Returns:
        The frame's columns, with `shown` (the label), `kind` (heading, row, folded) and `place`.
    """
    placed: list[dict[Hashable, Any]] = []
    groups = frame.groupby("group", sort=False) if "group" in frame else [("", frame)]
    for group, rows in groups:
        reasons = [reason for reason in rows["reason"] if reason]
        if group and len(reasons) == len(rows) > 1:
            placed.append({"shown": group, "kind": "folded", "reason": _folded(reasons)})
            continue
        placed += [{"shown": group, "kind": "heading"}] if group else []
        indent = "   " if group else ""
        for row in rows.to_dict("records"):
            placed.append({**row, "shown": f"{indent}{row['label']}", "kind": "row"})
    return pd.DataFrame(placed).assign(place=range(len(placed)))


def _folded(reasons: list[str]) -> str:
    """Why none of a group is estimable, in two lines at most."""
    different = list(dict.fromkeys(reasons))
    why = f"none of {len(reasons)}: {' / '.join(different)}"
    if len(why) <= 2 * LONGEST_REASON - 30:
        return why
    return f"none of {len(reasons)}, for {counted(len(different), 'reasons')} given in its data"


def _range(frame: pd.DataFrame, reference: float, log: bool) -> tuple[float, float]:
    """Limits of the axis that hold all finite limits and the reference, with room at the ends."""
    ends = frame[["estimate", "low", "high"]].to_numpy(float).ravel()
    ends = np.append(ends[np.isfinite(ends) & ((ends > 0) | (not log))], reference)
    low, high = float(ends.min()), float(ends.max())
    if not log:
        margin = 0.08 * ((high - low) or 1.0)
        return low - margin, high + margin
    low, high = max(low, reference / WIDEST_RATIO), min(high, reference * WIDEST_RATIO)
    margin = (high / low) ** 0.07 if high > low else 2.0
    return low / margin, high * margin


def _draw(axes: Axes, row: Mapping[Hashable, Any], low: float, high: float) -> None:
    place = row["place"]
    if row["reason"]:
        room = LONGEST_REASON if row["kind"] == "folded" else LONGEST_BESIDE
        axes.text(
            0.02, place, textwrap.fill(f"not estimable: {row['reason']}", room), va="center",
            transform=axes.get_yaxis_transform(), color=GREY, style="italic", in_layout=False,
            linespacing=1.0, bbox={"facecolor": "white", "edgecolor": "none", "pad": 0.5},
        )  # fmt: skip
        return
    colour = BLUE
    start, end = (float(row[name]) for name in ("low", "high"))
    shown = max(start, low), min(end, high)
    axes.plot(shown, [place, place], color=colour, lw=1.2, solid_capstyle="butt")
    for limit, edge, marker in ((start, low, "<"), (end, high, ">")):
        if not low <= limit <= high:
            axes.plot(edge, place, marker=marker, color=colour, ms=4, clip_on=False)
    estimate = float(row["estimate"])
    if low <= estimate <= high:
        axes.plot(estimate, place, marker="s", color=colour, ms=4.2, mec="white", mew=0.4)


def _ticks(axes: Axes, low: float, high: float, log: bool) -> None:
    if not log:
        return
    inside = [tick for tick in TICKS if low <= tick <= high]
    while len(inside) > MOST_TICKS:
        inside = [tick for tick in inside if math.log10(tick) % 1 == 0] or inside[::2]
    axes.xaxis.set_major_locator(FixedLocator(inside))
    axes.xaxis.set_major_formatter(FixedFormatter([f"{tick:g}" for tick in inside]))
    axes.xaxis.set_minor_locator(NullLocator())


def _numbers(axes: Axes, rows: pd.DataFrame, spec: str) -> None:
    """Columns of text: patients, estimate with interval, p."""
    axes.axis("off")
    columns = [("estimate", 0.52, "Estimate (95% CI)")]
    columns = [("n", 0.12, "Patients"), *columns] if "n" in rows else columns
    columns = [*columns, ("p", 0.98, "p")] if "p" in rows else columns
    for name, x, heading in columns:
        align = {"n": "center", "estimate": "center", "p": "right"}[name]
        axes.text(x, -0.95, heading, weight="bold", ha=align, va="center",
                  transform=axes.get_yaxis_transform())  # fmt: skip
        for row in rows[rows["kind"] == "row"].to_dict("records"):
            axes.text(x, row["place"], _cell(name, row, spec), ha=align, va="center",
                      transform=axes.get_yaxis_transform())  # fmt: skip


def _cell(name: str, row: Mapping[Hashable, Any], spec: str) -> str:
    if name == "n":
        if isinstance(row["n"], str):  # as others see it
            return row["n"]
        known = row["n"] is not None and not math.isnan(float(row["n"]))
        return f"{float(str(row['n'])):.0f}" if known else "–"
    if row["reason"]:
        return "–"
    if name == "p":
        known = isinstance(row.get("guarded"), str) and row["guarded"]
        return "guarded" if known else value(row["p"], "p")
    estimate, low, high = (value(row[key], spec) for key in ("estimate", "low", "high"))
    return f"{estimate} ({low} to {high})"
