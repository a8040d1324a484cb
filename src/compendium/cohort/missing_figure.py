"""What is missing in a study's tables, as a picture: a row a variable, a column a patient."""

from itertools import pairwise

import numpy as np
import pandas as pd
import seaborn as sns
from matplotlib.axes import Axes
from matplotlib.colors import LinearSegmentedColormap
from matplotlib.figure import Figure
from matplotlib.patches import Patch

from compendium.figures.style import COLOURS, VERMILION, new_figure, said
from compendium.formatting import words
from compendium.studies.trop2 import GROUPS

ROW_MM, MARGINS_MM = 4.2, 26.0
PRESENT, NO_ROW = "#E8EEF2", "white"
SHARES = LinearSegmentedColormap.from_list("missing", [PRESENT, VERMILION])


def missingness(shares: pd.DataFrame, groups: pd.Series) -> Figure:
    """A picture of the missing values, of those variables that have any.

    Args:
        shares: from `missingness.missing_shares`.
        groups: the group of each patient (index: the columns of `shares`), patients of one group
            next to each other.
    """
    shares = shares[shares.gt(0).any(axis=1)].astype(float)
    if shares.empty:
        return said("no value is missing", "double")
    figure = new_figure("double", MARGINS_MM + ROW_MM * len(shares))
    axes = figure.add_subplot()
    names = [f"{words(name)}: {words(column)}" for name, column in shares.index]
    sns.heatmap(
        shares.to_numpy(), ax=axes, vmin=0, vmax=1, cmap=SHARES, mask=shares.isna().to_numpy(),
        cbar=False, xticklabels=False, yticklabels=names, linewidths=0.2, edgecolors="face",
    )  # fmt: skip
    axes.hlines(range(1, len(shares)), *axes.get_xlim(), color="white", lw=0.8)
    axes.set_xlabel("Patients, one a column")
    axes.tick_params(length=0)
    _name_groups(axes, groups.reindex(shares.columns).to_numpy())
    share = axes.secondary_yaxis("right")
    share.set_yticks(axes.get_yticks(), [_percent(mean) for mean in shares.mean(axis=1)])
    share.set_ylabel("Missing, mean of patients")
    share.tick_params(length=0)
    share.spines["right"].set_visible(False)
    handles = [
        Patch(facecolor=PRESENT, label="recorded"),
        Patch(facecolor=SHARES(0.5), label="half of the patient's values missing"),
        Patch(facecolor=VERMILION, label="missing"),
        Patch(facecolor=NO_ROW, edgecolor="#999999", lw=0.5, label="no row in the table"),
    ]
    figure.legend(handles=handles, loc="outside upper center", ncols=4)
    return figure


def shares_missing(counts: pd.DataFrame) -> Figure:
    """Share of missing values, a bar a variable.

    Args:
        counts: of `missingness.missing_counts`; a share that is not to be shown is missing.
    """
    drawn = counts[counts["share"].gt(0)]
    if drawn.empty:
        return said("no variable has enough missing values to be shown", "double")
    figure = new_figure("double", MARGINS_MM + ROW_MM * len(drawn))
    axes = figure.add_subplot()
    names = (drawn["table"].map(words) + ": " + drawn["column"].map(words)).tolist()
    axes.barh(names, 100 * drawn["share"], color=VERMILION)
    axes.invert_yaxis()
    axes.set_xlabel("Missing, % of the values")
    return figure


def _percent(share: float) -> str:
    return f"{share:.0%}" if share >= 0.005 else "<1%"


def _name_groups(axes: Axes, ordered: np.ndarray) -> None:
    """Dark lines between groups, and their names above."""
    starts = [0, *(np.flatnonzero(ordered[1:] != ordered[:-1]) + 1), len(ordered)]
    for start, end in pairwise(starts):
        group = str(ordered[start])
        if start:
            axes.axvline(start, color="black", lw=0.8)
        name = f"{GROUPS.get(group, group)} ({end - start})"
        axes.text((start + end) / 2, -0.2, name, ha="center", va="bottom",
                  color=COLOURS.get(group, "black"))  # fmt: skip
