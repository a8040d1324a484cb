"""Places proposed for reference volumes, liver and aorta, for a person to confirm.

They are found by uptake alone and proven on phantoms only. Nothing measures with them: a proposed
region carries its mark, and whoever has looked at it gives its centre as that of the liver.
"""

from dataclasses import dataclass, replace
from typing import Any

import numpy as np
from numpy.typing import NDArray

from petsuv.errors import Refused
from petsuv.region import Region
from petsuv.rules import Growing
from petsuv.shapes import PROPOSED, how_made, marked, sphere
from petsuv.volume import Volume

FloatArray = NDArray[np.float64]
BoolArray = NDArray[np.bool_]

COARSE_MM = 8.0
LOOK = "Look for it yourself, and give its centre."


@dataclass(frozen=True)
class Proposal:
    """A place for a reference volume.

    Attributes:
        region: its sphere, named as proposed.
        centre_mm: x to the patient's left, y to the back, z to the head.
        mean, sd: SUV of the sphere, g/mL.
    """

    region: Region
    centre_mm: tuple[float, float, float]
    mean: float
    sd: float


def propose_liver(volume: Volume, rules: Growing) -> Proposal:
    """A sphere in the largest even part of the patient's right side with a liver's uptake.

    Raises:
        Refused: there is no such part.
    """
    coarse = _Coarse(volume)
    mean, sd = coarse.sphere_statistics(rules.reference_mm)
    least, most = rules.liver_suv
    even = (mean >= least) & (mean <= most) & (sd <= rules.liver_variation * mean)
    even &= coarse.right_of_middle()
    largest = coarse.largest_part(even, rules.reference_mm / 2)
    # Spheres centred in it reach half a diameter farther.
    size_ml = float(coarse.widened(largest, rules.reference_mm / 2).sum()) * coarse.voxel_ml
    if not largest.any() or size_ml < rules.liver_ml:
        raise Refused(
            f"{volume.series.place}: the largest even part of the right side with a mean of "
            f"{least:g} to {most:g} has {size_ml:.0f} mL; expected at least {rules.liver_ml:g} mL "
            f"for a liver. {LOOK}"
        )
    return _proposal(volume, coarse.deepest(largest), rules.reference_mm, "liver")


def propose_aorta(volume: Volume, liver: Proposal, rules: Growing) -> Proposal:
    """A sphere in a long, narrow part left of the middle whose uptake is blood's beside the liver.

    Raises:
        Refused: there is no such part.
    """
    coarse = _Coarse(volume)
    low, high = (share * liver.mean for share in rules.aorta_ratio)
    blood = (coarse.suv >= low) & (coarse.suv <= high) & coarse.left_of_middle(rules.aorta_off_mm)
    found = coarse.vessel(blood, rules)
    if found is None:
        raise Refused(
            f"{volume.series.place}: no part left of the middle with SUV {low:.3g} to {high:.3g} "
            f"is at least {rules.aorta_length_mm:g} mm long and "
            f"{rules.aorta_width_mm[0]:g} to {rules.aorta_width_mm[1]:g} mm wide; expected an "
            f"aorta. {LOOK}"
        )
    return _proposal(volume, coarse.deepest(found), rules.aorta_mm, "aorta")


def _proposal(
    volume: Volume, centre_mm: tuple[float, float, float], diameter_mm: float, name: str
) -> Proposal:
    region = sphere(volume.series, centre_mm, diameter_mm, f"{name} ({PROPOSED})")
    region = replace(region, flags=(marked(f"{PROPOSED}, {how_made(region)}"), *region.flags[1:]))
    values = volume.suv_of(region)
    return Proposal(region, centre_mm, float(values.mean()), float(values.std(ddof=1)))


class _Coarse:
    """The series on voxels of about 8 mm, as SUV, with SimpleITK's filters."""

    def __init__(self, volume: Volume) -> None:
        series = volume.series
        self.step = np.maximum(np.rint(COARSE_MM / series.spacing_mm).astype(int), 1)
        shape = np.array(volume.suv.shape) // self.step
        whole = volume.suv[tuple(slice(0, n) for n in shape * self.step)]
        blocks = whole.reshape(np.column_stack([shape, self.step]).ravel())
        self.suv: FloatArray = blocks.mean(axis=(1, 3, 5))
        self.spacing = series.spacing_mm * self.step
        self.voxel_ml = float(np.prod(self.spacing)) / 1000
        self._series = series

    def _point_mm(self, index: Any) -> FloatArray:
        fine = (np.asarray(index) + 0.5) * self.step - 0.5
        offset = (fine * self._series.spacing_mm) @ self._series.axes
        return np.asarray(self._series.positions_mm[0] + offset, dtype=float)

    def _x_mm(self) -> FloatArray:
        """Distance to the patient's left of the middle of the body, of each voxel."""
        index = np.moveaxis(np.indices(self.suv.shape), 0, -1)
        x = self._point_mm(index)[..., 0]
        weight = np.clip(self.suv, 0, np.percentile(self.suv, 90))
        return np.asarray(x - (x * weight).sum() / weight.sum(), dtype=float)

    def right_of_middle(self) -> BoolArray:
        return self._x_mm() < 0

    def left_of_middle(self, most_mm: float) -> BoolArray:
        x = self._x_mm()
        return np.asarray((x > -COARSE_MM) & (x < most_mm), dtype=bool)

    def sphere_statistics(self, diameter_mm: float) -> tuple[FloatArray, FloatArray]:
        """Mean and SD in a sphere round each voxel."""
        from scipy.signal import fftconvolve

        reach = np.maximum(np.floor(diameter_mm / 2 / self.spacing).astype(int), 1)
        axes = [np.arange(-n, n + 1) * s for n, s in zip(reach, self.spacing, strict=True)]
        z, y, x = np.meshgrid(*axes, indexing="ij", sparse=True)
        ball = (z**2 + y**2 + x**2 <= (diameter_mm / 2) ** 2).astype(float)
        ball /= ball.sum()
        mean = fftconvolve(self.suv, ball, mode="same")
        square = fftconvolve(self.suv**2, ball, mode="same")
        return mean, np.sqrt(np.maximum(square - mean**2, 0))

    def _parts(self, mask: BoolArray) -> tuple[Any, Any]:
        import SimpleITK as sitk

        image = sitk.GetImageFromArray(mask.astype(np.uint8))
        image.SetSpacing(self.spacing[::-1].tolist())
        labels = sitk.ConnectedComponent(image)
        shapes = sitk.LabelShapeStatisticsImageFilter()
        shapes.Execute(labels)
        return sitk.GetArrayFromImage(labels), shapes

    def largest_part(self, mask: BoolArray, margin_mm: float) -> BoolArray:
        """The largest part that stays so far from the edges of the planes: an organ has an end."""
        numbers, shapes = self._parts(mask)
        margin = np.ceil(margin_mm / self.spacing[:0:-1]).astype(int)
        across = np.array(mask.shape[:0:-1])
        sizes = {}
        for label in shapes.GetLabels():
            low = np.array(shapes.GetBoundingBox(label)[:2])
            high = low + shapes.GetBoundingBox(label)[3:5]
            if (low > margin).all() and (high < across - margin).all():
                sizes[label] = shapes.GetPhysicalSize(label)
        return np.asarray(numbers == max(sizes, key=lambda one: sizes[one], default=-1))

    def vessel(self, mask: BoolArray, rules: Growing) -> BoolArray | None:
        """The longest part that is as long and as narrow as an aorta."""
        numbers, shapes = self._parts(mask)
        found: list[tuple[float, int]] = []
        for label in shapes.GetLabels():
            length = shapes.GetBoundingBox(label)[5] * self.spacing[0]
            width = 2 * np.sqrt(shapes.GetPhysicalSize(label) / length / np.pi)
            narrow = rules.aorta_width_mm[0] <= width <= rules.aorta_width_mm[1]
            if length >= rules.aorta_length_mm and narrow:
                found.append((length, label))
        return np.asarray(numbers == max(found)[1]) if found else None

    def widened(self, mask: BoolArray, by_mm: float) -> BoolArray:
        return np.asarray(self._depth_mm(mask) >= -by_mm, dtype=bool)

    def deepest(self, mask: BoolArray) -> tuple[float, float, float]:
        """The point farthest inside a part, nearest to its middle among several."""
        depth = self._depth_mm(mask)
        depth[~mask] = -np.inf
        best = np.argwhere(depth >= depth.max() - 1e-6)
        middle = np.argwhere(mask).mean(axis=0)
        apart = (((best - middle) * self.spacing) ** 2).sum(axis=1)
        x, y, z = self._point_mm(best[apart.argmin()])
        return float(x), float(y), float(z)

    def _depth_mm(self, mask: BoolArray) -> FloatArray:
        """Distance inside a part from its edge; below zero outside."""
        import SimpleITK as sitk

        padded = np.pad(mask, 1).astype(np.uint8)
        image = sitk.GetImageFromArray(padded)
        image.SetSpacing(self.spacing[::-1].tolist())
        depth = sitk.SignedMaurerDistanceMap(
            image, insideIsPositive=True, squaredDistance=False, useImageSpacing=True
        )
        inner = (slice(1, -1),) * 3
        return np.array(sitk.GetArrayFromImage(depth)[inner], dtype=float)
