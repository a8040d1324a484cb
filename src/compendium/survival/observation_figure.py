"""Time under observation: when each patient was at risk, and what ended it."""

from collections.abc import Collection

import numpy as np
import pandas as pd
from matplotlib.figure import Figure
from matplotlib.lines import Line2D

from compendium.figures.style import BLUE, GREY, LIGHT, ORANGE, VERMILION, new_figure
from compendium.survival.times import DAYS_IN

MARKS = {
    "progression": ("progression", "s", VERMILION),
    "death": ("death", "D", "black"),
    "tki": ("TKI", "^", ORANGE),
    "": ("last seen", "|", BLUE),
}
ROW_MM, NARROW_ROW_MM = 3.2, 1.6
MOST_NAMED = 60  # patients; of more none is named


def time_under_observation(endpoint: pd.DataFrame, *, unit: str = "years") -> Figure:
    """Every patient's time from the origin: unobserved until entry, then observed to its end.

    Args:
        endpoint: an endpoint's table, with who is at risk and who is not.
        unit: of the time axis.
    """
    rows = endpoint[endpoint["time_days"].notna()]
    rows = rows.sort_values(["entry_days", "time_days"], ignore_index=True)
    named = len(rows) <= MOST_NAMED
    figure = new_figure("double", height_mm=24 + (ROW_MM if named else NARROW_ROW_MM) * len(rows))
    axes = figure.subplots()
    entry, end = rows["entry_days"] / DAYS_IN[unit], rows["time_days"] / DAYS_IN[unit]
    here = (rows["reason"] == "").to_numpy()
    y = np.arange(len(rows))
    axes.hlines(y, 0, np.minimum(entry, end.where(~here, entry)), color=LIGHT, lw=0.9)
    axes.hlines(y[here], entry[here], end[here], color=BLUE, lw=2.2)
    kind = rows["kind"].where(rows["kind"].isin(["progression", "tki", ""]), "death")
    for code, (_, marker, colour) in MARKS.items():
        for at_risk, face in ((True, colour), (False, "white")):
            which = (kind == code).to_numpy() & (here == at_risk)
            axes.scatter(
                end[which], y[which], marker=marker, s=12, color=colour,
                facecolor=None if marker == "|" else face, lw=0.8, zorder=3,
            )  # fmt: skip
    axes.set(xlim=(0, None), ylim=(len(rows) - 0.4, -0.6), xlabel=f"Time since origin ({unit})")
    axes.set_yticks(y if named else [], rows["patient_id"] if named else [])
    axes.tick_params(axis="y", length=0)
    axes.spines["left"].set_visible(False)
    figure.legend(
        handles=_keys(set(kind), not here.all()),
        loc="outside upper left",
        ncols=7,
        handletextpad=0.4,
        columnspacing=1.2,
    )
    return figure


def _keys(kinds: Collection[str], some_not_at_risk: bool) -> list[Line2D]:
    """The legend of what is drawn."""
    lines = [(LIGHT, 0.9, "before entry"), (BLUE, 2.2, "at risk")]
    marks = [mark for code, mark in MARKS.items() if code in kinds]
    marks += [("by entry: not at risk", "s", GREY)] if some_not_at_risk else []
    return [
        *(Line2D([], [], color=colour, lw=width, label=name) for colour, width, name in lines),
        *(
            Line2D([], [], color=colour, marker=marker, ls="", ms=3.5, label=name,
                   mfc="white" if colour == GREY else colour)
            for name, marker, colour in marks
        ),
    ]  # fmt: skip
