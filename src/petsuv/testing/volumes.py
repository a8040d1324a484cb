"""Volumes and regions in memory, without a file."""

import numpy as np
from numpy.typing import NDArray

from petsuv.header import Header
from petsuv.region import Region
from petsuv.series import Series
from petsuv.suv import Conversion
from petsuv.testing.series import SPACING
from petsuv.volume import Volume


def volume(suv: NDArray[np.float64], spacing: tuple[float, float, float] = SPACING) -> Volume:
    """A volume whose stored values are SUV, 70 kg, 370 MBq, without a file."""
    n = len(suv)
    nothing = np.full(n, np.nan)
    series = Series(
        place="made",
        header=Header("made", {}, 1),
        stored=suv,
        slope=np.ones(n),
        positions_mm=np.column_stack([np.zeros(n), np.zeros(n), np.arange(n) * spacing[0]]),
        axes=np.eye(3)[::-1],
        spacing_mm=np.array(spacing, dtype=float),
        acquired_s=nothing,
        duration_s=nothing,
        frame_reference_s=nothing,
        decay_factor=nothing,
        frames=(0,) * n,
        files=(),
        sop_instances=(),
        flags=(),
    )
    conversion = Conversion(np.ones(n), 70.0, 370e6, None, 3600.0, 0.8, 0.26, {}, ())
    return Volume(series, conversion)


def region(mask: NDArray[np.bool_], name: str = "L1") -> Region:
    """The voxels of a mask on the whole grid as a region."""
    index = np.argwhere(mask)
    low, high = index.min(axis=0), index.max(axis=0) + 1
    z, y, x = (slice(a, b) for a, b in zip(low, high, strict=True))
    return Region(name, (int(low[0]), int(low[1]), int(low[2])), mask[z, y, x])
