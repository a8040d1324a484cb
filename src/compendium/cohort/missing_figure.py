"""What is missing in a study's tables, as a picture: a row a variable, a column a patient."""

from itertools import pairwise

import numpy as np
import pandas as pd
from matplotlib.axes import Axes
from matplotlib.colors import LinearSegmentedColormap
from matplotlib.figure import Figure
from matplotlib.patches import Patch

from compendium.figures.style import COLOURS, VERMILION, new_figure
from compendium.formatting import words

ROW_MM, MARGINS_MM = 4.2, 26.0
PRESENT, NO_ROW = "#E8EEF2", "white"
SHARES = LinearSegmentedColormap.from_list("missing", [PRESENT, VERMILION]).with_extremes(
    bad=NO_ROW
)


def missingness(shares: pd.DataFrame, groups: pd.Series) -> Figure:
    """A picture of the missing values, of those variables that have any.

    Args:
        shares: from `missingness.missing_shares`.
        groups: the group of each patient (index: the columns of `shares`), patients of one group
            next to each other.
    """
    shares = shares[shares.gt(0).any(axis=1)]
    if shares.empty:
        return _nothing_missing()
    figure = new_figure("double", MARGINS_MM + ROW_MM * len(shares))
    axes = figure.add_subplot()
    axes.imshow(shares.to_numpy(dtype=float), aspect="auto", cmap=SHARES, vmin=0, vmax=1,
                interpolation="none")  # fmt: skip
    names = [f"{words(name)}: {words(column)}" for name, column in shares.index]
    axes.set_yticks(range(len(shares)), names)
    axes.set_xticks([])
    axes.set_xlabel("Patients, one a column")
    axes.tick_params(length=0)
    axes.spines[["left", "bottom"]].set_visible(False)
    _separate(axes, shares, groups)
    share = axes.secondary_yaxis("right")
    share.set_yticks(range(len(shares)), [_percent(mean) for mean in shares.mean(axis=1)])
    share.set_ylabel("Missing, mean of patients")
    share.tick_params(length=0, labelsize=6.5)
    share.spines["right"].set_visible(False)
    handles = [
        Patch(facecolor=PRESENT, label="recorded"),
        Patch(facecolor=SHARES(0.5), label="half of the patient's values missing"),
        Patch(facecolor=VERMILION, label="missing"),
        Patch(facecolor=NO_ROW, edgecolor="#999999", lw=0.5, label="no row in the table"),
    ]
    figure.legend(handles=handles, loc="outside lower center", ncols=4)
    return figure


def _percent(share: float) -> str:
    return f"{100 * share:.0f} %" if share >= 0.005 else "< 1 %"


def _nothing_missing() -> Figure:
    figure = new_figure("double", MARGINS_MM)
    figure.text(0.5, 0.5, "No value is missing", ha="center", va="center")
    return figure


def _separate(axes: Axes, shares: pd.DataFrame, groups: pd.Series) -> None:
    """White lines between variables, dark ones between groups, and the groups' names above."""
    for y in np.arange(0.5, len(shares) - 1):
        axes.axhline(y, color="white", lw=0.6)
    ordered = groups.reindex(shares.columns).to_numpy()
    starts = [0, *(np.flatnonzero(ordered[1:] != ordered[:-1]) + 1), len(ordered)]
    for start, end in pairwise(starts):
        group = str(ordered[start])
        if start:
            axes.axvline(start - 0.5, color="black", lw=0.8)
        axes.text((start + end - 1) / 2, -0.7, f"{group.replace('_', '-')} ({end - start})",
                  ha="center", va="bottom", fontsize=7,
                  color=COLOURS.get(group, "black"))  # fmt: skip
