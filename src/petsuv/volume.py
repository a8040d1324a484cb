"""A PET series with its conversion: SUVbw of any part of it, from the values as stored."""

from dataclasses import dataclass
from functools import cached_property
from typing import Any

import numpy as np
from numpy.typing import NDArray

from petsuv.notes import Quantity
from petsuv.region import Region
from petsuv.series import Series
from petsuv.suv import Conversion

FloatArray = NDArray[np.float64]
BoolArray = NDArray[np.bool_]
Box = tuple[slice, slice, slice]


@dataclass(frozen=True)
class Volume:
    """A series with its conversion to SUVbw; arrays run along slices, rows, columns."""

    series: Series
    conversion: Conversion

    @cached_property
    def suv(self) -> FloatArray:
        """SUVbw of every voxel, g/mL, shape (slices, rows, columns)."""
        return self.suv_in((slice(None), slice(None), slice(None)))

    @property
    def image(self) -> Any:
        """SUVbw as a SimpleITK image with its place in the patient, to save or to hand on."""
        import SimpleITK as sitk

        series = self.series
        image = sitk.GetImageFromArray(self.suv)
        image.SetOrigin(series.positions_mm[0].tolist())
        image.SetSpacing(series.spacing_mm[::-1].tolist())
        image.SetDirection(series.axes[::-1].T.ravel().tolist())
        return image

    @property
    def flags(self) -> tuple[str, ...]:
        """What a reader of these SUV should know."""
        return self.conversion.flags

    @property
    def audit(self) -> dict[str, Quantity]:
        """Every quantity that was used, by name: value, unit, and the tag that it came from."""
        return self.conversion.quantities

    def suv_in(self, box: Box) -> FloatArray:
        """SUVbw of a box of voxels, g/mL, in double precision from the stored values."""
        factor = self.conversion.suv_per_stored[box[0], None, None]
        return np.asarray(self.series.stored[box] * factor, dtype=float)

    def suv_of(self, region: Region) -> FloatArray:
        """SUVbw of a region's voxels, g/mL, shape (n,).

        Raises:
            Refused: the region cannot be used; the message is the reason.
        """
        return self.suv_in(region.require().box)[region.voxels]

    def around(self, region: Region, margin_mm: float) -> tuple[FloatArray, BoolArray, FloatArray]:
        """SUV within a margin of a region, the region in it, and the index of the first voxel."""
        margin = np.ceil(margin_mm / self.series.spacing_mm).astype(int)
        start = np.array(region.start)
        low = np.maximum(start - margin, 0)
        high = np.minimum(start + region.voxels.shape + margin, self.series.stored.shape)
        z, y, x = (slice(int(a), int(b)) for a, b in zip(low, high, strict=True))
        inside = np.zeros(tuple(high - low), dtype=bool)
        inner = tuple(
            slice(a, a + n) for a, n in zip(start - low, region.voxels.shape, strict=True)
        )
        inside[inner] = region.voxels
        return self.suv_in((z, y, x)), inside, low
