"""Figures of public cohorts that no other chapter draws."""

import pandas as pd
from matplotlib.figure import Figure

from compendium.figures.style import BLUE, DASHED, GREY, PALE, new_figure, said


def quantiles(frame: pd.DataFrame) -> Figure:
    """Quantiles of real scores against those of the generator, both standardised.

    Args:
        frame: of `scores.quantile_plot`.
    """
    if frame.empty:
        return said("the set is not here")
    figure = new_figure("single", height_mm=80)
    axes = figure.add_subplot()
    own = frame.sort_values("generator")
    band = "95% of samples of the generator"
    axes.fill_between(own["generator"], own["low"], own["high"], color=PALE, lw=0, label=band)
    ends = [own["generator"].min(), own["generator"].max()]
    axes.plot(ends, ends, color=GREY, lw=0.7, ls=DASHED, label="same shape")
    axes.plot(own["generator"], own["real"], ".", ms=3, color=BLUE, label="uterine carcinosarcoma")
    axes.set(
        xlabel="Generator, SD from its mean", ylabel="Uterine carcinosarcoma, SD from its mean"
    )
    axes.legend(loc="upper left")
    return figure
