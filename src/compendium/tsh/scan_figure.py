"""Both 124I scans of some patients, low beside high TSH, on a scale that shows their lesions."""

import math
from collections.abc import Mapping, Sequence
from typing import Any

import numpy as np
from matplotlib.axes import Axes
from matplotlib.figure import Figure
from numpy.typing import NDArray

from compendium.figures.style import SMALLEST_PT, new_figure, said
from compendium.uptake.projection import Projection
from compendium.uptake.views import LETTER_MM, length_bar, number, outline, show

FloatArray = NDArray[np.float64]

LEVEL_NAMES = ("low", "high")
PANEL_MM = (74.0, 44.0)  # width and height in print
MARGIN_MM = 30.0  # of the patient, round the outermost lesions
LEAST_MM = 180.0  # of the patient, across the picture
POWER = 0.5  # of the scale of greys: lesions of a hundredth of the hottest are seen beside it


def both_scans(pictures: Mapping[str, tuple[Projection, Projection]]) -> Figure:
    """Front views of both scans of some patients, a patient a row, cut to where the lesions are.

    Both scans of a patient have one SUV scale, of the square root, which ends above the patient's
    hottest lesion.

    Args:
        pictures: by the words beside each pair: low TSH, high TSH.
    """
    if not pictures:
        return said("no patient with both scans")
    figure = new_figure("double", height_mm=8 + (PANEL_MM[1] + 4) * len(pictures))
    grid = figure.subplots(len(pictures), 2, squeeze=False)
    for axes, level in zip(grid[0], LEVEL_NAMES, strict=True):
        axes.set_title(f"{level} TSH")
    for row, (title, views) in zip(grid, pictures.items(), strict=True):
        seen = [view for view in views if not view.reason]
        window = _window(seen)
        place = _place(seen)
        for axes, view in zip(row, views, strict=True):
            if view.reason:
                axes.text(0.5, 0.5, "refused", ha="center", transform=axes.transAxes)
                axes.set_axis_off()
                continue
            shown = _front_view(axes, view, window, place)
        row[0].text(
            -0.02, 0.5, title, transform=row[0].transAxes, rotation=90, ha="right", va="center",
            fontsize=SMALLEST_PT, color="black",
        )  # fmt: skip
        if seen:
            bar = figure.colorbar(shown, ax=list(row), shrink=0.8, aspect=14, extend="max")
            bar.set_label("SUV (g/mL)")
    return figure


def _window(views: Sequence[Projection]) -> float:
    """SUV shown in full black: that of the hottest lesion, rounded up to one digit."""
    lesions = [view.coronal[one.coronal].max() for view in views for one in view.outlines]
    hottest = float(max(lesions, default=10.0))
    step = 10.0 ** math.floor(math.log10(max(hottest, 1e-3)))
    return math.ceil(hottest / step - 1e-9) * step


def _place(views: Sequence[Projection]) -> FloatArray:
    """Left, right, bottom and top of all lesions with a margin, mm, in the shape of a panel."""
    corners = []
    for view in views:
        up_mm, _, across_mm = view.spacing_mm
        for one in view.outlines:
            rows, columns = np.nonzero(one.coronal)
            sides = columns.min() * across_mm, (columns.max() + 1) * across_mm
            corners.append([*sides, rows.min() * up_mm, (rows.max() + 1) * up_mm])
    if not corners:
        return np.array([0.0, LEAST_MM, 0.0, LEAST_MM])
    found = np.array(corners)
    low, high = found.min(axis=0)[[0, 2]], found.max(axis=0)[[1, 3]]
    size = np.maximum(high - low + 2 * MARGIN_MM, [LEAST_MM, 0])
    size = np.max(size / PANEL_MM) * np.array(PANEL_MM)
    middle = (low + high) / 2
    return np.array([middle - size / 2, middle + size / 2]).T.ravel()


def _front_view(axes: Axes, view: Projection, window: float, place: FloatArray) -> Any:
    """One scan from the front, lesions outlined and numbered as on the other scan."""
    slice_mm, _, column_mm = view.spacing_mm
    shown = show(axes, view.coronal, slice_mm, column_mm, window, power=POWER)
    shadows = [one.coronal for one in view.outlines]
    outline(axes, shadows, slice_mm, column_mm)
    room_mm = LETTER_MM * (place[1] - place[0]) / PANEL_MM[0]
    number(axes, shadows, slice_mm, column_mm, room_mm)
    axes.set(xlim=place[:2], ylim=place[2:])
    length_bar(axes, 50.0)
    return shown
