"""PET pictures: projections of a scan with its lesions numbered, contact sheet, SUV by group."""

from collections.abc import Sequence
from typing import Any

import numpy as np
import pandas as pd
from matplotlib.axes import Axes
from matplotlib.figure import Figure

from compendium.figures.style import COLOURS, GREY, VERMILION, new_figure
from compendium.pet.projection import Projection

ACROSS = 13
LABEL_MM = 16.0  # room that a number takes on the picture
SHEET_ROW_MM = 27.0


def projections(projection: Projection, suv_window: float = 10.0) -> Figure:
    """One scan from the front and the side, lesions contoured and numbered, SUV scale bar.

    Args:
        suv_window: SUV shown in full black, g/mL.
    """
    figure = new_figure("single", height_mm=92)
    widths = [projection.coronal.shape[1], projection.sagittal.shape[1]]
    front, side = figure.subplots(1, 2, width_ratios=widths)
    slice_mm, row_mm, column_mm = projection.spacing_mm
    shown = _show(front, projection.coronal, slice_mm, column_mm, suv_window)
    _show(side, projection.sagittal, slice_mm, row_mm, suv_window)
    for outline in projection.outlines:
        _outline(front, outline.coronal, slice_mm, column_mm)
        _outline(side, outline.sagittal, slice_mm, row_mm)
    _number(front, [one.coronal for one in projection.outlines], slice_mm, column_mm)
    _number(side, [one.sagittal for one in projection.outlines], slice_mm, row_mm)
    front.set_title("Coronal")
    side.set_title("Sagittal")
    _corners(front, "R", "L")
    _corners(side, "A", "P")
    _length_bar(front)
    bar = figure.colorbar(
        shown, ax=[front, side], orientation="horizontal", shrink=0.6, aspect=30, extend="max"
    )
    bar.set_label("SUV by body weight (g/mL)")
    figure.suptitle(f"{projection.scan_id}, {projection.tracer}", fontsize=8)
    if projection.reason:
        front.text(0.5, 0.5, "refused", transform=front.transAxes, ha="center", color=VERMILION)
    return figure


def most_lesions(pictures: Sequence[Projection]) -> Projection:
    """The scan with most lesions, the first of several."""
    return max(pictures, key=lambda one: len(one.outlines))


def lesion_key(projection: Projection) -> pd.DataFrame:
    """Which lesion each number of the picture is."""
    names = [outline.name for outline in projection.outlines]
    return pd.DataFrame({"number": range(1, len(names) + 1), "lesion_id": names})


def contact_sheet(pictures: Sequence[Projection], suv_window: float = 10.0) -> Figure:
    """The front view of every scan, refused and flagged ones marked: quality at one look."""
    rows = max(1, -(-len(pictures) // ACROSS))
    figure = new_figure("double", height_mm=8 + SHEET_ROW_MM * rows)
    axes = np.atleast_1d(figure.subplots(rows, ACROSS, squeeze=False)).ravel()
    for ax in axes:
        ax.set_axis_off()
    shown, tallest = None, _height_over_width(pictures)
    for ax, picture in zip(axes, pictures, strict=False):
        title = picture.scan_id + ("*" if picture.flags else "")
        ax.set_title(title, fontsize=4.5, pad=1.5, color=VERMILION if picture.reason else "black")
        if picture.reason:
            ax.text(0.5, 0.5, "refused", transform=ax.transAxes, ha="center", fontsize=5.5,
                    color=VERMILION)  # fmt: skip
            ax.set_aspect(tallest)
            continue
        slice_mm, _, column_mm = picture.spacing_mm
        shown = _show(ax, picture.coronal, slice_mm, column_mm, suv_window)
        for outline in picture.outlines:
            _outline(ax, outline.coronal, slice_mm, column_mm)
    if shown is not None:
        bar = figure.colorbar(
            shown, ax=list(axes), orientation="horizontal", shrink=0.3, aspect=40, extend="max"
        )
        bar.set_label("SUV by body weight (g/mL);  * flagged in the audit table", fontsize=6)
    return figure


def suv_by_group(lesions: pd.DataFrame, groups: Sequence[str], metric: str = "suv_max") -> Figure:
    """Every lesion's SUV on a logarithmic axis, patient by patient, patients sorted in groups.

    Args:
        lesions: patient_id, group and the metric; lesions without a value are left out.
        groups: in the order of drawing; a group that nobody belongs to keeps its place.
    """
    drawn = lesions.dropna(subset=[metric])
    figure = new_figure("double", height_mm=75)
    ax = figure.subplots()
    place, centres = 0, []
    for group in groups:
        members = drawn[drawn["group"] == group]
        order = members.groupby("patient_id")[metric].agg(_geometric_mean).sort_values()
        colour = COLOURS.get(group, GREY)
        start = place
        for patient in order.index:
            values = members.loc[members["patient_id"] == patient, metric].to_numpy(float)
            ax.plot([place] * len(values), values, "o", ms=2.6, color=colour, alpha=0.75, mew=0)
            ax.plot([place - 0.35, place + 0.35], [order[patient]] * 2, color=colour, lw=1.4)
            place += 1
        centres.append((start + place - 1) / 2)
        place += 1
    ax.set_yscale("log")
    ax.yaxis.set_major_formatter(lambda value, _: f"{value:g}")
    ax.set_ylabel(f"{_name(metric)} (g/mL)")
    counts = [drawn.loc[drawn["group"] == group, "patient_id"].nunique() for group in groups]
    labels = [
        f"{group.replace('_', ' ')}\n{count} patients"
        for group, count in zip(groups, counts, strict=True)
    ]
    ax.set_xticks(centres, labels)
    ax.tick_params(axis="x", length=0)
    ax.set_title("A dot is a lesion, a column a patient, a bar their geometric mean", loc="left")
    return figure


def _geometric_mean(values: "pd.Series[float]") -> float:
    return float(np.exp(np.log(values.astype(float)).mean()))


def _name(metric: str) -> str:
    return metric.replace("suv_", "SUV").replace("_", " ")


def _show(ax: Axes, view: Any, vertical_mm: float, horizontal_mm: float, window: float) -> Any:
    height, width = view.shape[0] * vertical_mm, view.shape[1] * horizontal_mm
    ax.set_axis_off()
    return ax.imshow(
        view,
        cmap="gray_r",
        vmin=0,
        vmax=window,
        origin="lower",
        extent=(0, width, 0, height),
        aspect="equal",
        interpolation="nearest",
    )


def _outline(ax: Axes, shadow: Any, vertical_mm: float, horizontal_mm: float) -> None:
    """The outline of a region's shadow."""
    padded = np.pad(shadow.astype(float), 1)
    y = (np.arange(padded.shape[0]) - 0.5) * vertical_mm
    x = (np.arange(padded.shape[1]) - 0.5) * horizontal_mm
    ax.contour(x, y, padded, levels=[0.5], colors=[VERMILION], linewidths=0.5)


def _number(ax: Axes, shadows: Sequence[Any], vertical_mm: float, horizontal_mm: float) -> None:
    """A number beside each outline, moved up or down as little as keeps it off the others."""
    taken: list[tuple[float, float]] = []
    for number, shadow in enumerate(shadows, start=1):
        rows, columns = np.nonzero(shadow)
        x = (columns.max() + 1.5) * horizontal_mm
        y = (rows.mean() + 0.5) * vertical_mm
        free = (
            y + step
            for step in sorted(range(-200, 201, 4), key=abs)
            if all(abs(x - u) > LABEL_MM or abs(y + step - v) > LABEL_MM for u, v in taken)
        )
        y = next(free, y)
        taken.append((x, y))
        ax.text(x, y, str(number), fontsize=5.5, color=VERMILION, ha="left", va="center")


def _corners(ax: Axes, left: str, right: str) -> None:
    for x, text, side in ((0.02, left, "left"), (0.98, right, "right")):
        ax.text(x, 0.99, text, transform=ax.transAxes, ha=side, va="top", fontsize=6, color=GREY)


def _length_bar(ax: Axes, length_mm: float = 100.0) -> None:
    low, high = ax.get_xlim()
    x = low + 0.05 * (high - low)
    ax.plot([x, x + length_mm], [12, 12], color="black", lw=1.2)
    ax.text(x + length_mm / 2, 16, "10 cm", ha="center", va="bottom", fontsize=5.5)


def _height_over_width(pictures: Sequence[Projection]) -> float:
    """Shape of the first front view, for the places of those that there are none of."""
    for picture in pictures:
        if not picture.reason:
            slice_mm, _, column_mm = picture.spacing_mm
            height, width = picture.coronal.shape
            return float(height * slice_mm / (width * column_mm))
    return 1.0
