"""Figures of a survival model's checks: proportional hazards, form of a predictor, net benefit."""

import numpy as np
import pandas as pd
from matplotlib.figure import Figure
from matplotlib.ticker import NullFormatter, PercentFormatter, ScalarFormatter
from scipy.special import ndtri

from compendium.figures.style import BLUE, DASHED, GREY, LIGHT, VERMILION, new_figure, said
from compendium.survival.checks import HazardCurve, Schoenfeld, spline_basis
from compendium.survival.times import FloatArray

TICKS = (0.05, 0.1, 0.2, 0.5, 1.0, 2.0, 5.0, 10.0, 20.0, 50.0)


def schoenfeld_residuals(found: Schoenfeld, xlabel: str) -> Figure:
    """Scaled Schoenfeld residuals over time, smoothed, beside the model's constant coefficient.

    The band is pointwise, of a natural spline with three knots; a horizontal course is what
    proportional hazards look like.

    Args:
        xlabel: of the time axis, with its unit.
    """
    count = len(found.names)
    if found.reason:
        return said(f"not estimable: {found.reason}")
    figure = new_figure("double" if count > 1 else "single", height_mm=62)
    panels = figure.subplots(1, count, squeeze=False)[0]
    for axes, name, values, constant in zip(
        panels, found.names, found.scaled.T, found.coef, strict=True
    ):
        axes.axhline(constant, color=VERMILION, lw=1.0, ls=DASHED, label="Cox model")
        axes.plot(found.time, values, "o", ms=2.6, mfc="none", mew=0.7, color=GREY)
        grid, middle, half = _smooth(found.time, values)
        axes.plot(grid, middle, color=BLUE, label="smooth, 95% band")
        axes.fill_between(grid, middle - half, middle + half, color=BLUE, alpha=0.15, lw=0)
        axes.set(xlabel=xlabel, ylabel=f"log hazard ratio of {name}")
    handles, labels = panels[0].get_legend_handles_labels()
    figure.legend(handles, labels, loc="outside upper right", ncols=2)
    return figure


def _smooth(x: FloatArray, y: FloatArray) -> tuple[FloatArray, FloatArray, FloatArray]:
    """Natural spline through points: grid, fit and half the width of its 95 % band."""
    knots = np.quantile(x, (0.1, 0.5, 0.9))
    if len(np.unique(knots)) < 3 or len(x) < 6:
        return np.empty(0), np.empty(0), np.empty(0)
    design = np.column_stack([np.ones(len(x)), spline_basis(x, knots)])
    coef, *_ = np.linalg.lstsq(design, y, rcond=None)
    spread = ((y - design @ coef) ** 2).sum() / (len(x) - design.shape[1])
    grid = np.linspace(x.min(), x.max(), 101)
    at = np.column_stack([np.ones(len(grid)), spline_basis(grid, knots)])
    variance = spread * np.einsum("ij,jk,ik->i", at, np.linalg.pinv(design.T @ design), at)
    return grid, at @ coef, float(ndtri(0.975)) * np.sqrt(variance)


def hazard_along(found: HazardCurve, values: FloatArray, xlabel: str) -> Figure:
    """Hazard ratio along a predictor with its band, and where the patients are.

    Args:
        values: of the patients, drawn as marks on the axis.
        xlabel: the predictor, with its unit.
    """
    if not found.p_nonlinear.estimable:
        return said(f"not estimable: {found.p_nonlinear.reason}")
    figure = hazard_curve(found.frame, xlabel, found.reference)
    axes = figure.axes[0]
    axes.plot(
        values, np.full(len(values), 0.03), "|", color=GREY, ms=5, mew=0.7, clip_on=False,
        transform=axes.get_xaxis_transform(),
    )  # fmt: skip
    return figure


def hazard_curve(frame: pd.DataFrame, xlabel: str, reference: float = 0.0) -> Figure:
    """Hazard ratio along a predictor with its band.

    Args:
        frame: of a hazard curve: value, hazard_ratio, low, high.
        xlabel: the predictor, with its unit.
        reference: its value at which the ratio is 1; not looked at where there is no curve.
    """
    if frame.empty:
        return said("not estimable")
    figure = new_figure("single", height_mm=62)
    axes = figure.subplots()
    axes.axhline(1.0, color=LIGHT, lw=0.6)
    axes.fill_between(frame["value"], frame["low"], frame["high"], color=BLUE, alpha=0.15, lw=0)
    axes.plot(frame["value"], frame["hazard_ratio"], color=BLUE)
    axes.set_yscale("log")
    low, high = frame["low"].min(), frame["high"].max()
    axes.set_yticks([t for t in TICKS if 0.9 * low <= t <= 1.1 * high] or [1.0])
    axes.yaxis.set_major_formatter(ScalarFormatter())
    axes.yaxis.set_minor_formatter(NullFormatter())
    axes.set(xlabel=xlabel, ylabel=f"Hazard ratio against {reference:.3g} (log scale)")
    return figure


def net_benefit(curve: pd.DataFrame, xlabel: str) -> Figure:
    """Decision curve: net benefit of acting on the model, on all, and on none.

    Args:
        curve: as `decision_curve` returns it.
        xlabel: the risk at which one would act.
    """
    if curve["reason"].iloc[0]:
        return said(f"not estimable: {curve['reason'].iloc[0]}")
    figure = new_figure("single", height_mm=62)
    axes = figure.subplots()
    at = curve["threshold"]
    axes.axhline(0.0, color=LIGHT, lw=0.9, label="treat none")
    axes.plot(at, curve["all"], color=GREY, lw=1.0, ls=DASHED, label="treat all")
    axes.plot(at, curve["model_apparent"], color=BLUE, lw=0.7, ls=":", label="model, apparent")
    axes.plot(at, curve["model"], color=BLUE, label="model, optimism-corrected")
    top = float(np.nanmax(curve[["model_apparent", "all"]].to_numpy()))
    axes.set(xlabel=xlabel, ylabel="Net benefit (true positives a patient)")
    lowest = float(np.nanmin(curve[["model", "model_apparent"]].to_numpy()))
    axes.set_ylim(min(-0.15 * top, 1.1 * lowest), 1.1 * top)
    axes.xaxis.set_major_formatter(PercentFormatter(1.0))
    axes.legend(loc="upper right")
    return figure
