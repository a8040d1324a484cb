"""PET pictures: projections of a scan with its lesions numbered, and a contact sheet."""

from collections.abc import Sequence
from typing import Any

import numpy as np
import pandas as pd
from matplotlib.axes import Axes
from matplotlib.figure import Figure

from compendium.figures.style import SMALLEST_PT, VERMILION, new_figure
from compendium.formatting import isotopes
from compendium.uptake.projection import Projection
from compendium.uptake.views import LETTER_MM, corners, length_bar, number, outline, show

ACROSS = 9
BODY_MM = 100.0  # of a scan's length in the picture of one scan
LONGEST_NAME = 13  # letters above a place of the contact sheet
SHEET_ROW_MM = 22.0
GREYS = 32


def projections(projection: Projection, suv_window: float = 10.0) -> Figure:
    """One scan from the front and the side, lesions contoured and numbered, SUV scale bar.

    Args:
        suv_window: SUV shown in full black, g/mL.
    """
    figure = new_figure("double", height_mm=BODY_MM + 22)
    widths = [projection.coronal.shape[1], projection.sagittal.shape[1]]
    front, side = figure.subplots(1, 2, width_ratios=widths)
    slice_mm, row_mm, column_mm = projection.spacing_mm
    room_mm = LETTER_MM * projection.coronal.shape[0] * slice_mm / BODY_MM
    views = ((front, "coronal", column_mm), (side, "sagittal", row_mm))
    for axes, name, across_mm in views:
        shown = show(axes, getattr(projection, name), slice_mm, across_mm, suv_window)
        shadows = [getattr(one, name) for one in projection.outlines]
        outline(axes, shadows, slice_mm, across_mm)
        number(axes, shadows, slice_mm, across_mm, room_mm)
        axes.set_title(name.capitalize())
    corners(front, "R", "L")
    corners(side, "A", "P")
    length_bar(front)
    bar = figure.colorbar(
        shown, ax=[front, side], orientation="horizontal", shrink=0.5, aspect=35, extend="max"
    )
    told = f"{projection.scan_id}, {isotopes(projection.tracer)}"
    bar.set_label(f"SUV by body weight (g/mL); {told}")
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
    """Every scan from the front and the side, lesions outlined, refused and flagged ones marked."""
    rows = max(1, -(-len(pictures) // ACROSS))
    figure = new_figure("double", height_mm=10 + SHEET_ROW_MM * rows)
    grid = figure.subplots(rows, ACROSS, squeeze=False).ravel()
    for axes in grid:
        axes.set_axis_off()
    shown, usual = None, _first_shape(pictures)
    for axes, picture in zip(grid, pictures, strict=False):
        colour = VERMILION if picture.reason else "black"
        name = _short(picture.scan_id) + "*" * bool(picture.flags)
        axes.set_title(name, fontsize=SMALLEST_PT, pad=1.5, color=colour)
        if picture.reason:
            axes.text(0.5, 0.5, "refused", transform=axes.transAxes, ha="center", color=VERMILION)
            axes.set_aspect(usual)
            continue
        shown = _side_by_side(axes, picture, suv_window)
    if shown is not None:
        bar = figure.colorbar(
            shown, ax=list(grid), orientation="horizontal", shrink=0.3, aspect=40, extend="max"
        )
        bar.set_label("SUV by body weight (g/mL);  * flagged in the audit table")
    return figure


def _short(scan_id: str) -> str:
    """A scan's name as it fits above its place."""
    if len(scan_id) <= LONGEST_NAME:
        return scan_id
    return f"{scan_id[: LONGEST_NAME // 2]}…{scan_id[1 - LONGEST_NAME // 2 :]}"


def _side_by_side(axes: Axes, picture: Projection, window: float) -> Any:
    """Both views of a scan in one place, the side to the right of the front."""
    slice_mm, row_mm, column_mm = picture.spacing_mm
    step = window / GREYS
    shown = show(axes, _in_steps(picture.coronal, step), slice_mm, column_mm, window)
    width = picture.coronal.shape[1] * column_mm
    show(axes, _in_steps(picture.sagittal, step), slice_mm, row_mm, window, width)
    height = picture.coronal.shape[0] * slice_mm
    axes.set(xlim=(0, width + picture.sagittal.shape[1] * row_mm), ylim=(0, height))
    outline(axes, [one.coronal for one in picture.outlines], slice_mm, column_mm)
    outline(axes, [one.sagittal for one in picture.outlines], slice_mm, row_mm, width)
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
