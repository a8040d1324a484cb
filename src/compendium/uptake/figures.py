"""PET pictures: projections of a scan with its lesions numbered, contact sheet, SUV by group."""

from collections.abc import Sequence
from typing import Any

import numpy as np
import pandas as pd
from matplotlib.axes import Axes
from matplotlib.collections import LineCollection
from matplotlib.figure import Figure

from compendium.figures.style import COLOURS, GREY, VERMILION, new_figure
from compendium.uptake.projection import Projection

ACROSS = 9
LABEL_MM = 16.0  # room that a number takes on the picture
SHEET_ROW_MM = 21.0
GREYS = 32


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
    _outlines(front, [one.coronal for one in projection.outlines], slice_mm, column_mm)
    _outlines(side, [one.sagittal for one in projection.outlines], slice_mm, row_mm)
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


def shown_picture(pictures: Sequence[Projection], scan_id: str, tracer: str) -> Projection:
    """The scan of that name; else, of that tracer if there is one, that with most lesions."""
    converted = [one for one in pictures if not one.reason]
    if not converted:
        return Projection("no scan", "", tracer, reason="no series could be converted")
    named = [one for one in converted if one.scan_id == scan_id]
    preferred = [one for one in converted if one.tracer == tracer]
    return max(named or preferred or converted, key=lambda one: len(one.outlines))


def lesion_key(projection: Projection) -> pd.DataFrame:
    """Which lesion each number of the picture is."""
    names = [outline.name for outline in projection.outlines]
    key = pd.DataFrame({"number": range(1, len(names) + 1), "lesion_id": names})
    return key.astype({"lesion_id": object})


def contact_sheet(pictures: Sequence[Projection], suv_window: float = 10.0) -> Figure:
    """Every scan from the front and the side, lesions numbered, refused and flagged ones marked."""
    rows = max(1, -(-len(pictures) // ACROSS))
    figure = new_figure("double", height_mm=8 + SHEET_ROW_MM * rows)
    axes = figure.subplots(rows, ACROSS, squeeze=False).ravel()
    for ax in axes:
        ax.set_axis_off()
    shown, usual = None, _first_shape(pictures)
    for ax, picture in zip(axes, pictures, strict=False):
        mark = "*" if picture.flags else ""
        colour = VERMILION if picture.reason else "black"
        ax.set_title(picture.scan_id + mark, fontsize=5, pad=1.5, color=colour)
        if picture.reason:
            ax.text(0.5, 0.5, "refused", transform=ax.transAxes, ha="center", fontsize=6,
                    color=VERMILION)  # fmt: skip
            ax.set_aspect(usual)
            continue
        shown = _side_by_side(ax, picture, suv_window)
    if shown is not None:
        bar = figure.colorbar(
            shown, ax=list(axes), orientation="horizontal", shrink=0.3, aspect=40, extend="max"
        )
        bar.set_label("SUV by body weight (g/mL);  * flagged in the audit table", fontsize=6)
    return figure


def _side_by_side(ax: Axes, picture: Projection, window: float) -> Any:
    """Both views of a scan in one place, the side to the right of the front."""
    slice_mm, row_mm, column_mm = picture.spacing_mm
    step = window / GREYS
    shown = _show(ax, _in_steps(picture.coronal, step), slice_mm, column_mm, window)
    width = picture.coronal.shape[1] * column_mm
    _show(ax, _in_steps(picture.sagittal, step), slice_mm, row_mm, window, width)
    height = picture.coronal.shape[0] * slice_mm
    ax.set(xlim=(0, width + picture.sagittal.shape[1] * row_mm), ylim=(0, height))
    _outlines(ax, [one.coronal for one in picture.outlines], slice_mm, column_mm)
    _outlines(ax, [one.sagittal for one in picture.outlines], slice_mm, row_mm, width)
    _number(ax, [one.coronal for one in picture.outlines], slice_mm, column_mm, size=3)
    return shown


def _in_steps(view: Any, step: float) -> Any:
    """A view in steps of grey: noise that nobody sees would double the sheet's size."""
    return np.round(view / step) * step


def _first_shape(pictures: Sequence[Projection]) -> float:
    """Height over width of the first scan, for the places of those that there is no image of."""
    for one in pictures:
        if not one.reason:
            slice_mm, row_mm, column_mm = one.spacing_mm
            width = one.coronal.shape[1] * column_mm + one.sagittal.shape[1] * row_mm
            return float(one.coronal.shape[0] * slice_mm / width)
    return 1.0


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
        f"{group.replace('_', ' ')}\n{count} patient{'s' * (count != 1)}"
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


def _show(
    ax: Axes, view: Any, vertical_mm: float, horizontal_mm: float, window: float, left: float = 0.0
) -> Any:
    height, width = view.shape[0] * vertical_mm, view.shape[1] * horizontal_mm
    ax.set_axis_off()
    return ax.imshow(
        view,
        cmap="gray_r",
        vmin=0,
        vmax=window,
        origin="lower",
        extent=(left, left + width, 0, height),
        aspect="equal",
        interpolation="none",  # the viewer scales the pixels; none may be dropped here
    )


def _outlines(
    ax: Axes, shadows: Sequence[Any], vertical_mm: float, horizontal_mm: float, left: float = 0.0
) -> None:
    """The outer edges of the voxels of each region's shadow."""
    size = np.array([horizontal_mm, vertical_mm])
    edges = [_edges(shadow) * size + [left, 0.0] for shadow in shadows]
    if edges:
        lines = LineCollection(list(np.concatenate(edges)), colors=VERMILION, linewidths=0.5)
        ax.add_collection(lines, autolim=False)


def _edges(shadow: Any) -> Any:
    """Edges between voxels inside and outside, as (x, y) of both ends, shape (n, 2, 2)."""
    padded = np.pad(shadow, 1)
    level = np.argwhere(padded[1:, 1:-1] != padded[:-1, 1:-1])  # (row below which it lies, column)
    upright = np.argwhere(padded[1:-1, 1:] != padded[1:-1, :-1])
    y, x = level.T
    horizontal = np.stack([np.column_stack([x, y]), np.column_stack([x + 1, y])], axis=1)
    y, x = upright.T
    vertical = np.stack([np.column_stack([x, y]), np.column_stack([x, y + 1])], axis=1)
    return np.concatenate([horizontal, vertical]).astype(float)


def _number(
    ax: Axes, shadows: Sequence[Any], vertical_mm: float, horizontal_mm: float, size: float = 5.5
) -> None:
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
        ax.text(x, y, str(number), fontsize=size, color=VERMILION, ha="left", va="center")


def _corners(ax: Axes, left: str, right: str) -> None:
    for x, text, side in ((0.02, left, "left"), (0.98, right, "right")):
        ax.text(x, 0.99, text, transform=ax.transAxes, ha=side, va="top", fontsize=6, color=GREY)


def _length_bar(ax: Axes, length_mm: float = 100.0) -> None:
    low, high = ax.get_xlim()
    x = low + 0.05 * (high - low)
    ax.plot([x, x + length_mm], [12, 12], color="black", lw=1.2)
    ax.text(x + length_mm / 2, 16, "10 cm", ha="center", va="bottom", fontsize=5.5)
