"""What the pictures of scans are made of: a view in mm, outlines of regions, their numbers."""

from collections.abc import Sequence
from typing import Any

import numpy as np
from matplotlib.axes import Axes
from matplotlib.collections import LineCollection
from matplotlib.colors import PowerNorm
from matplotlib.patheffects import withStroke

from compendium.figures.style import GREY, VERMILION

LETTER_MM = 2.6  # height of a figure's letters with some air, in print
FARTHEST_ROOMS = 12  # that a number may go from its outline


def show(
    axes: Axes,
    view: Any,
    vertical_mm: float,
    horizontal_mm: float,
    window: float,
    left: float = 0,
    power: float = 1.0,
) -> Any:
    """A view in mm of the patient, feet at the bottom.

    Args:
        view: SUV, shape (rows, columns), of voxels of so many mm.
        window: SUV shown in full black, g/mL.
        left: where it begins, mm.
        power: of the share of the window that an SUV is, to give its grey; below 1 what is faint
            is seen beside what is hot.
    """
    height, width = view.shape[0] * vertical_mm, view.shape[1] * horizontal_mm
    axes.set_axis_off()
    return axes.imshow(
        view,
        cmap="gray_r",
        norm=PowerNorm(power, vmin=0, vmax=window),
        origin="lower",
        extent=(left, left + width, 0, height),
        aspect="equal",
        interpolation="none",  # the viewer scales the pixels; none may be dropped here
    )


def outline(
    axes: Axes, shadows: Sequence[Any], vertical_mm: float, horizontal_mm: float, left: float = 0.0
) -> None:
    """The outer edges of the voxels of each region's shadow."""
    size = np.array([horizontal_mm, vertical_mm])
    edges = [_edges(shadow) * size + [left, 0.0] for shadow in shadows]
    if edges:
        lines = LineCollection(list(np.concatenate(edges)), colors=VERMILION, linewidths=0.5)
        axes.add_collection(lines, autolim=False)


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


def number(
    axes: Axes, shadows: Sequence[Any], vertical_mm: float, horizontal_mm: float, room_mm: float
) -> None:
    """A number beside each outline, tied to it where the nearest free place is further off.

    Args:
        room_mm: height of a letter in mm of the patient.
    """
    outlines = [_box(shadow, vertical_mm, horizontal_mm) for shadow in shadows]
    taken = list(outlines)
    halo = [withStroke(linewidth=1.4, foreground="white")]
    tie = {"arrowstyle": "-", "lw": 0.4, "color": VERMILION, "shrinkA": 0, "shrinkB": 0}
    for count, own in enumerate(outlines, start=1):
        label, at_right = _free_place(own, taken, room_mm, 0.75 * room_mm * len(str(count)))
        taken.append(label)
        middle, y = (own[2] + own[3]) / 2, (label[2] + label[3]) / 2
        axes.annotate(
            str(count), (own[1] if at_right else own[0], middle), (label[0], y), ha="left",
            va="center", color=VERMILION, path_effects=halo,
            arrowprops=tie if abs(y - middle) > room_mm / 2 else None,
        )  # fmt: skip


Box = tuple[float, float, float, float]  # left, right, bottom, top; mm


def _box(shadow: Any, vertical_mm: float, horizontal_mm: float) -> Box:
    rows, columns = np.nonzero(shadow)
    across, up = (columns.min(), columns.max() + 1), (rows.min(), rows.max() + 1)
    left, right = (float(at) * horizontal_mm for at in across)
    bottom, top = (float(at) * vertical_mm for at in up)
    return left, right, bottom, top


def _free_place(own: Box, taken: Sequence[Box], room: float, width: float) -> tuple[Box, bool]:
    """The nearest place right or left of an outline that nothing has taken; whether at right."""
    steps = np.arange(-FARTHEST_ROOMS, FARTHEST_ROOMS + 0.1, 0.25) * room
    middle, gap = (own[2] + own[3]) / 2, room / 3
    places = [
        ((left, left + width, middle + step - room / 2, middle + step + room / 2), left > own[0])
        for step in sorted(steps, key=abs)
        for left in (own[1] + gap, own[0] - gap - width)
    ]
    for place, at_right in places:
        if not any(_overlap(place, other) for other in taken):
            return place, at_right
    return places[0]


def _overlap(one: Box, other: Box) -> bool:
    across = one[0] < other[1] and other[0] < one[1]
    return across and one[2] < other[3] and other[2] < one[3]


def corners(axes: Axes, left: str, right: str) -> None:
    """Which side of the patient is at the left and at the right."""
    for x, text, side in ((0.02, left, "left"), (0.98, right, "right")):
        axes.text(x, 0.99, text, transform=axes.transAxes, ha=side, va="top", color=GREY)


def length_bar(axes: Axes, length_mm: float = 100.0) -> None:
    """A bar of known length at the lower left."""
    (low, high), (bottom, top) = axes.get_xlim(), axes.get_ylim()
    x, y = low + 0.05 * (high - low), bottom + 0.03 * (top - bottom)
    axes.plot([x, x + length_mm], [y, y], color="black", lw=1.2)
    axes.text(x + length_mm / 2, y, f"{length_mm / 10:g} cm", ha="center", va="bottom")
