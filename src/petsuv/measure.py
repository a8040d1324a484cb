"""SUV of a region's voxels: the plain figures that every table starts from."""

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from petsuv.regions import Region
from petsuv.series import Series
from petsuv.suv import Conversion

FloatArray = NDArray[np.float64]


def suv_box(series: Series, conversion: Conversion, box: tuple[slice, slice, slice]) -> FloatArray:
    """SUVbw of a box of voxels, computed in double precision from the stored values."""
    factor = conversion.suv_per_stored[box[0], None, None]
    return np.asarray(series.stored[box] * factor, dtype=float)


def suv_of(series: Series, conversion: Conversion, region: Region) -> FloatArray:
    """SUVbw of a region's voxels, shape (n,).

    Raises:
        Refused: the region cannot be used; the message is the reason.
    """
    region.require()
    return suv_box(series, conversion, region.box)[region.voxels]


@dataclass(frozen=True)
class PlainFigures:
    """Size and SUVbw (g/mL) of a region."""

    n_voxels: int
    volume_ml: float
    suv_min: float
    suv_median: float
    suv_mean: float
    suv_max: float


def plain_figures(series: Series, conversion: Conversion, region: Region) -> PlainFigures:
    """Volume, minimum, median, mean and maximum of a region.

    Raises:
        Refused: the region cannot be used; the message is the reason.
    """
    values = suv_of(series, conversion, region)
    return PlainFigures(
        n_voxels=len(values),
        volume_ml=len(values) * series.voxel_ml,
        suv_min=float(values.min()),
        suv_median=float(np.median(values)),
        suv_mean=float(values.mean()),
        suv_max=float(values.max()),
    )
