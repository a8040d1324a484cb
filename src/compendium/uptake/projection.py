"""Maximum-intensity projections of a series, with the outlines of its regions."""

from dataclasses import dataclass, field
from typing import Any

import numpy as np
from numpy.typing import NDArray

from compendium.errors import UserError
from compendium.uptake.extraction import REFERENCES, Scan, load_scan, published
from petsuv.region import Region
from petsuv.volume import Volume

FloatArray = NDArray[np.float32]
BoolArray = NDArray[np.bool_]


@dataclass(frozen=True)
class Outline:
    """A region as seen from the front and from the side, on the grids of the projections."""

    name: str
    coronal: BoolArray
    sagittal: BoolArray


@dataclass(frozen=True)
class Projection:
    """One scan from the front and from the side, feet at the bottom, or the reason why not.

    Attributes:
        coronal: highest SUVbw along the sight, shape (slices, columns); patient's right at left.
        sagittal: shape (slices, rows); front at left.
        spacing_mm: along slices, rows, columns.
        outlines: the lesions, without reference regions.
        flags: of the conversion.
        reason: empty, or why the series was refused.
    """

    scan_id: str
    patient_id: str
    tracer: str
    coronal: FloatArray = field(default_factory=lambda: np.zeros((1, 1), np.float32))
    sagittal: FloatArray = field(default_factory=lambda: np.zeros((1, 1), np.float32))
    spacing_mm: tuple[float, float, float] = (1.0, 1.0, 1.0)
    outlines: tuple[Outline, ...] = ()
    flags: tuple[str, ...] = ()
    reason: str = ""


def project(volume: Volume, regions: list[Region], **names: Any) -> Projection:
    """Both projections of a volume, turned so that head is up and patient's right at left.

    Args:
        names: scan_id, patient_id, tracer.
    """
    series, factor = volume.series, volume.conversion.suv_per_stored[:, None]
    # A slope is positive: the highest stored value of a slice is its highest SUV.
    front, side = ((series.stored.max(axis=axis) * factor).astype(np.float32) for axis in (1, 2))
    vertical, backward, sideward = flips(series.axes)
    outlines = [
        Outline(
            region.name,
            _turned(_shadow(region, series.stored.shape, 1), vertical, sideward),
            _turned(_shadow(region, series.stored.shape, 2), vertical, backward),
        )
        for region in regions
        if not region.reason
    ]
    return Projection(
        **names,
        coronal=_turned(front, vertical, sideward),
        sagittal=_turned(side, vertical, backward),
        spacing_mm=(series.spacing_mm[0], series.spacing_mm[1], series.spacing_mm[2]),
        outlines=tuple(outlines),
        flags=volume.flags,
    )


def _shadow(region: Region, shape: tuple[int, ...], axis: int) -> BoolArray:
    """A region projected along an axis, on the whole projection's grid."""
    shadow = np.zeros([size for at, size in enumerate(shape) if at != axis], dtype=bool)
    shadow[tuple(box for at, box in enumerate(region.box) if at != axis)] = region.voxels.any(axis)
    return shadow


def flips(axes: NDArray[np.float64]) -> tuple[bool, bool, bool]:
    """Whether slices, rows, columns run against up, back and the patient's left."""
    wanted = np.array([[0, 0, 1.0], [0, 1.0, 0], [1.0, 0, 0]])
    slices, rows, columns = ((axes * wanted).sum(axis=1) < 0).tolist()
    return slices, rows, columns


def _turned(view: NDArray[Any], vertical: bool, horizontal: bool) -> NDArray[Any]:
    return view[:: -1 if vertical else 1, :: -1 if horizontal else 1]


def project_scan(scan: Scan) -> Projection:
    """The projections of one scan of a study; a refused series has its reason."""
    names = {key: scan.row[key] for key in ("scan_id", "patient_id", "tracer")}
    try:
        loaded = load_scan(scan)
    except UserError as reason:
        return Projection(**names, reason=published(str(reason), scan))
    lesions = [region for name, region in loaded.regions.items() if name not in REFERENCES]
    return project(loaded.volume, lesions, **names)
