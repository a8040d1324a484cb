"""Estimates under every definition of the classes, one row a definition."""

from typing import Any

import pandas as pd
from matplotlib.figure import Figure

from compendium.figures.style import BLUE, DASHED, GREY, LIGHT, VERMILION, letter, new_figure

PANELS = {
    "shift": ("H-score shift, points", 0.0),
    "auc": ("AUC", 0.5),
    "course_shift": ("Shift, rapid − stable", 0.0),
    "suv_ratio": ("SUVmax ratio", 1.0),
}
ROW_MM = 4.2


def answers_figure(answers: pd.DataFrame) -> Figure:
    """A panel an estimate: points with intervals, the analysed definition marked.

    Args:
        answers: as `definitions.answers_by_definition` or `ratios_by_definition` returns.
    """
    told = {name: panel for name, panel in PANELS.items() if name in answers}
    figure = new_figure("double", height_mm=24 + ROW_MM * len(answers))
    panels = figure.subplots(1, len(told), sharey=True, squeeze=False)[0]
    rows = range(len(answers))
    for axes, (name, (label, null)) in zip(panels, told.items(), strict=True):
        axes.axvline(null, color=LIGHT, linewidth=0.8)
        analysed = answers.loc[answers["analysed"], name]
        if analysed.notna().any():
            axes.axvline(float(analysed.iloc[0]), color=GREY, linewidth=0.8, linestyle=DASHED)
        axes.hlines(rows, answers[f"{name}_low"], answers[f"{name}_high"], color=BLUE, linewidth=1)
        for marked, colour, filled in ((False, BLUE, "white"), (True, VERMILION, VERMILION)):
            points = answers[name].where(answers["analysed"] == marked)
            look: Any = {"color": colour, "markerfacecolor": filled, "markersize": 4}
            axes.plot(points, rows, "o", **look)
        axes.set_xlabel(label)
        axes.tick_params(axis="y", length=0)
    if "suv_ratio" in told and (answers["suv_ratio_low"].dropna() > 0).all():
        panels[-1].set_xscale("log")
        panels[-1].set_xticks([0.25, 0.5, 1, 2, 4], ["¼", "½", "1", "2", "4"])
        panels[-1].minorticks_off()
    panels[0].set_yticks(list(rows), answers["definition"])
    panels[0].set_ylim(len(answers) - 0.5, -0.5)
    if len(told) > 1:
        letter(panels)
    return figure
