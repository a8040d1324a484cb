"""Figures of what the two-scan design leaves open: carry-over, aliasing, projected dose."""

from collections.abc import Mapping, Sequence

import numpy as np
import pandas as pd
from matplotlib.figure import Figure
from matplotlib.lines import Line2D
from matplotlib.ticker import (
    FixedFormatter,
    FixedLocator,
    FuncFormatter,
    MaxNLocator,
    NullFormatter,
)

from compendium.figures.forest import forest
from compendium.figures.style import BLUE, GREY, VERMILION, new_figure
from compendium.tsh.figures import nothing_to_draw, patient_colours, plain_log_ticks

SHORT_RANGE = 5.0  # upper over lower end of the axis
FINE_TICKS = (0.3, 0.4, 0.5, 0.6, 0.8, 1, 1.2, 1.4, 1.6, 2, 2.5, 3)


def ratio_forest(frame: pd.DataFrame, xlabel: str) -> Figure:
    """A forest plot of ratios near 1, with more ticks where its range is short.

    Args:
        frame: as `forest.forest` takes.
    """
    if frame.empty:
        return nothing_to_draw("no lesion measured at both TSH levels")
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
        return nothing_to_draw("not estimable")
    figure = new_figure("single", height_mm=68)
    axes, below = figure.subplots(2, 1, height_ratios=(3, 1), sharex=True)
    days = curve["effective_half_life_days"]
    low, high = curve["low"].clip(lower=1e-6), curve["high"].clip(upper=1e6)
    axes.fill_between(days, low, high, color="#D9E8F5", lw=0)
    axes.plot(days, curve["estimate"], color=BLUE)
    axes.axhline(1, color=GREY, lw=0.6, ls=(0, (4, 3)))
    axes.set_yscale("log")
    plain_log_ticks(axes, curve[["estimate", "low", "high"]].to_numpy(float))
    axes.set_ylabel("Ratio, high / low TSH")
    below.step(days, curve["not_credible"], where="post", color=VERMILION)
    below.set_ylim(0, max(2.0, float(curve["not_credible"].max()) * 1.15))
    below.yaxis.set_major_locator(MaxNLocator(3, integer=True))
    below.set_ylabel("Lesions beyond\nthe bound")
    below.set_xlabel("Effective half-life assumed in lesions (days)")
    below.set_xlim(0, float(days.max()))
    figure.align_ylabels([axes, below])
    return figure


def projected_dose(doses: pd.DataFrame, activity_gbq: float, thresholds: Sequence[float]) -> Figure:
    """Projected absorbed dose of each lesion at both TSH levels, for one activity of 131I.

    Args:
        doses: one row a lesion: patient_id, dose_low, dose_high in Gy.
        activity_gbq: the activity, named on the axis.
        thresholds: doses in Gy at which lines are drawn.
    """
    if doses.empty:
        return nothing_to_draw("no lesion measured at both TSH levels")
    figure = new_figure("single", height_mm=75)
    axes = figure.subplots()
    colours = patient_colours(list(doses["patient_id"]))
    values = doses[["dose_low", "dose_high"]].to_numpy(float)
    for patient, own in doses.groupby("patient_id"):
        axes.plot(own["dose_low"], own["dose_high"], "o", ms=3.2, color=colours[str(patient)],
                  mec="white", mew=0.3)  # fmt: skip
    ends = np.array([np.nanmin(values) / 1.5, np.nanmax(values) * 1.5])
    axes.plot(ends, ends, color=GREY, lw=0.6)
    for gray in thresholds:
        axes.axhline(gray, color=VERMILION, lw=0.6, ls=(0, (4, 3)))
        axes.axvline(gray, color=VERMILION, lw=0.6, ls=(0, (4, 3)))
        axes.annotate(f"{gray:g} Gy", (ends[0], gray), xytext=(2, 2), fontsize=6,
                      textcoords="offset points", color=VERMILION)  # fmt: skip
    axes.set_xscale("log")
    axes.set_yscale("log")
    axes.set_xlim(*ends)
    axes.set_ylim(*ends)
    axes.set_aspect("equal")
    for axis in (axes.xaxis, axes.yaxis):
        axis.set_major_formatter(FuncFormatter(lambda y, _: f"{y:g}"))
        axis.set_minor_formatter(NullFormatter())
    axes.set_xlabel(f"Dose at low TSH (Gy), {activity_gbq:g} GBq")
    axes.set_ylabel(f"Dose at high TSH (Gy), {activity_gbq:g} GBq")
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
    "… and blood, urine iodine and creatinine": ("no", "part", "part", "yes"),
    "two scans at one TSH in other patients": ("yes", "part", "yes", "yes"),
    "order drawn by lot, TSH raised by rhTSH": ("yes", "yes", "yes", "part"),
}


def what_would_separate() -> Figure:
    """Which designs would tell the effect of TSH from what changes along with it."""
    marks = {"no": ("white", "no"), "part": ("#A9CDE8", "partly"), "yes": (BLUE, "yes")}
    figure = new_figure("double", height_mm=58)
    axes = figure.subplots()
    for y, verdicts in enumerate(DESIGNS.values()):
        for x, verdict in enumerate(verdicts):
            axes.plot(x, y, "s", ms=11, mfc=marks[verdict][0], mec=BLUE, mew=0.8)
    axes.set_yticks(range(len(DESIGNS)), list(DESIGNS))
    axes.set_xticks(range(len(ALIASED_WITH)), list(ALIASED_WITH))
    axes.set_xlim(-0.5, len(ALIASED_WITH) - 0.5)
    axes.set_ylim(len(DESIGNS) - 0.5, -0.5)
    axes.xaxis.tick_top()
    axes.tick_params(length=0)
    for spine in axes.spines.values():
        spine.set_visible(False)
    handles = [Line2D([], [], marker="s", ls="", ms=7, mfc=face, mec=BLUE, label=name)
               for face, name in marks.values()]  # fmt: skip
    axes.legend(
        handles=handles, loc="center left", bbox_to_anchor=(1.0, 0.5),
        title="TSH told\napart from it", title_fontsize=6.5,
    )  # fmt: skip
    return figure
