"""Figures of what the two-scan design leaves open: carry-over, aliasing, projected dose."""

from collections.abc import Mapping, Sequence

import numpy as np
import pandas as pd
import seaborn as sns
from matplotlib.axes import Axes
from matplotlib.figure import Figure
from matplotlib.ticker import (
    FixedFormatter,
    FixedLocator,
    FuncFormatter,
    MaxNLocator,
    NullFormatter,
)

from compendium.figures.forest import forest
from compendium.figures.style import (
    BLUE,
    DASHED,
    GREY,
    SMALLEST_PT,
    VERMILION,
    new_figure,
    plain_log_ticks,
    said,
)
from compendium.tsh.figures import NO_PAIR, patient_colours

EFFECTIVE = "Effective half-life assumed in lesions (days)"
MOST_NAMED = 12  # patients; of more none is named
SHORT_RANGE = 5.0  # upper over lower end of the axis
FINE_TICKS = (0.3, 0.4, 0.5, 0.6, 0.8, 1, 1.2, 1.4, 1.6, 2, 2.5, 3)


def ratio_forest(frame: pd.DataFrame, xlabel: str) -> Figure:
    """A forest plot of ratios near 1, with more ticks where its range is short.

    Args:
        frame: as `forest.forest` takes.
    """
    if frame.empty:
        return said(NO_PAIR)
    figure = forest(frame, xlabel=xlabel)
    axis = figure.axes[0].xaxis
    low, high = figure.axes[0].get_xlim()
    if high / low < SHORT_RANGE:
        inside = [tick for tick in FINE_TICKS if low <= tick <= high]
        axis.set_major_locator(FixedLocator(inside))
        axis.set_major_formatter(FixedFormatter([f"{tick:g}" for tick in inside]))
    return figure


def carry_over_curve(curve: pd.DataFrame) -> Figure:
    """The corrected ratio against the effective half-life that the correction assumes.

    Args:
        curve: rows with effective_half_life_days, estimate, low, high, not_credible (lesions); the
            row with 0 days is the uncorrected analysis.
    """
    if curve["estimate"].isna().all():
        return said("not estimable")
    beyond = bool(curve["not_credible"].gt(0).any())
    figure = new_figure("single", height_mm=68 if beyond else 52)
    heights = (3, 1) if beyond else (1,)
    panels = figure.subplots(len(heights), 1, sharex=True, squeeze=False, height_ratios=heights)
    panels = panels[:, 0]
    days, axes = curve["effective_half_life_days"], panels[0]
    _ratio(axes, curve)
    if beyond:
        panels[1].step(days, curve["not_credible"], where="post", color=VERMILION)
        panels[1].set_ylim(0, max(2.0, float(curve["not_credible"].max()) * 1.15))
        panels[1].yaxis.set_major_locator(MaxNLocator(3, integer=True))
        panels[1].set_ylabel("Lesions beyond\nthe bound")
    else:
        axes.set_title("no lesion's correction is beyond the bound", fontsize=SMALLEST_PT)
    panels[-1].set(xlim=(0, float(days.max())), xlabel=EFFECTIVE)
    figure.align_ylabels(list(panels))
    return figure


def ratio_by_half_life(curve: pd.DataFrame) -> Figure:
    """As `carry_over_curve`, without the lesions beyond the bound."""
    if curve["estimate"].isna().all():
        return said("not estimable")
    figure = new_figure("single", height_mm=52)
    axes = figure.subplots()
    _ratio(axes, curve)
    axes.set(xlim=(0, float(curve["effective_half_life_days"].max())), xlabel=EFFECTIVE)
    return figure


def _ratio(axes: Axes, curve: pd.DataFrame) -> None:
    days = curve["effective_half_life_days"]
    low, high = curve["low"].clip(lower=1e-6), curve["high"].clip(upper=1e6)
    axes.fill_between(days, low, high, color="#D9E8F5", lw=0)
    sns.lineplot(x=days, y=curve["estimate"], ax=axes, color=BLUE)
    axes.axhline(1, color=GREY, lw=0.6, ls=DASHED)
    axes.set_yscale("log")
    plain_log_ticks(axes, np.append(curve[["estimate", "low", "high"]].to_numpy(float), 1.0))
    axes.set_ylabel("Ratio, high / low TSH")


def projected_dose(doses: pd.DataFrame, activity_gbq: float, thresholds: Sequence[float]) -> Figure:
    """Projected absorbed dose of each lesion at both TSH levels, for one activity of 131I.

    Args:
        doses: one row a lesion: patient_id, dose_low, dose_high in Gy.
        activity_gbq: the activity, named on the axis.
        thresholds: doses in Gy at which lines are drawn.
    """
    if doses.empty:
        return said(NO_PAIR)
    figure = new_figure("single", height_mm=92)
    axes = figure.subplots()
    colours = patient_colours(list(doses["patient_id"]))
    sns.scatterplot(
        doses, x="dose_low", y="dose_high", hue="patient_id", hue_order=list(colours), s=12,
        palette=colours, edgecolor="white", linewidth=0.3, ax=axes, zorder=3,
        legend=len(colours) <= MOST_NAMED,
    )  # fmt: skip
    values = doses[["dose_low", "dose_high"]].to_numpy(float)
    ends = np.array([np.nanmin(values) / 1.5, np.nanmax(values) * 1.5])
    axes.plot(ends, ends, color=GREY, lw=0.6)
    for gray in thresholds:
        axes.axhline(gray, color=VERMILION, lw=0.6, ls=DASHED)
        axes.axvline(gray, color=VERMILION, lw=0.6, ls=DASHED)
        axes.annotate(f"{gray:g} Gy", (ends[0], gray), xytext=(2, 2), textcoords="offset points",
                      color=VERMILION)  # fmt: skip
    axes.set(
        xscale="log", yscale="log", xlim=ends, ylim=ends, aspect="equal",
        xlabel=f"Dose at low TSH (Gy), {activity_gbq:g} GBq",
        ylabel=f"Dose at high TSH (Gy), {activity_gbq:g} GBq",
    )  # fmt: skip
    for axis in (axes.xaxis, axes.yaxis):
        axis.set_major_formatter(FuncFormatter(lambda y, _: f"{y:g}"))
        axis.set_minor_formatter(NullFormatter())
    legend = axes.get_legend()
    if legend is not None:
        legend.remove()
        handles, labels = axes.get_legend_handles_labels()
        figure.legend(handles, labels, loc="outside upper center", ncols=5, title="Patient",
                      columnspacing=1.0, handletextpad=0.2)  # fmt: skip
    return figure


ALIASED_WITH = (
    "order and\ntime",
    "renal\nclearance",
    "length of\nlow-iodine diet",
    "residual of\nfirst scan",
)
DESIGNS: Mapping[str, Sequence[str]] = {
    "as registered: low TSH first in all": ("no", "no", "no", "no"),
    "… and a scan just before the second dose": ("no", "no", "no", "yes"),
    "… and blood, urine iodine and creatinine": ("no", "partly", "partly", "yes"),
    "two scans at one TSH in other patients": ("yes", "partly", "yes", "yes"),
    "order drawn by lot, TSH raised by rhTSH": ("yes", "yes", "yes", "partly"),
}


VERDICTS = ("no", "partly", "yes")


def what_would_separate() -> Figure:
    """Which designs would tell the effect of TSH from what changes along with it."""
    figure = new_figure("double", height_mm=58, scheme=True)
    axes = figure.subplots()
    table = pd.DataFrame(DESIGNS, index=pd.Index(ALIASED_WITH)).T
    sns.heatmap(
        table.map(VERDICTS.index), annot=table, fmt="", annot_kws={"size": SMALLEST_PT}, vmax=2.6,
        cmap=sns.light_palette(BLUE, as_cmap=True), cbar=False, linewidths=3, ax=axes,
    )  # fmt: skip
    axes.set(xlabel="Is TSH told apart from", ylabel="")
    axes.xaxis.set_label_position("top")
    axes.tick_params(length=0, top=False, labeltop=True, bottom=False, labelbottom=False)
    axes.tick_params(axis="y", rotation=0)
    return figure
