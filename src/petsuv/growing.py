"""A region grown from a seed over neighbours that take up enough, or refused where it leaks."""

from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

from petsuv.errors import InputError, Refused
from petsuv.region import Region, region_of
from petsuv.rules import Growing
from petsuv.shapes import Point, index_of, is_proposed, marked
from petsuv.volume import Volume

FloatArray = NDArray[np.float64]
IntArray = NDArray[np.int64]
BoolArray = NDArray[np.bool_]

SAME = 1e-9  # a value at the threshold in its last bits is at it


@dataclass(frozen=True)
class Threshold:
    """From which SUV on voxels belong.

    Attributes:
        share: of the maximum near the seed; or
        suv: that value, g/mL.
        says: in words.
    """

    says: str
    share: float | None = None
    suv: float | None = None

    def of(self, highest: float) -> float:
        """The SUV for a maximum."""
        return self.share * highest if self.share is not None else self.suv or 0.0


def by_share(rules: Growing) -> Threshold:
    """A share of the maximum."""
    return Threshold(f"{100 * rules.share:g}% of the maximum", share=rules.share)


def by_fixed_suv(rules: Growing) -> Threshold:
    """One SUV for all."""
    return Threshold(f"SUV {rules.fixed_suv:g}", suv=rules.fixed_suv)


def by_liver(volume: Volume, liver: Region, rules: Growing) -> Threshold:
    """PERCIST's limit of what can be measured, from a sphere in the liver that a person confirmed.

    The limit is the same by body weight as by lean mass, in which PERCIST has it: both change the
    lesion and the liver alike.

    Raises:
        InputError: the region is one that a program proposed and nobody confirmed.
        Refused: the region cannot be used.
    """
    if is_proposed(liver):
        raise InputError(
            f"{volume.series.place}, region {liver.name}: a program proposed it; expected a place "
            "that a person has looked at. Give its centre as that of the liver."
        )
    values = volume.suv_of(liver)
    mean, sd = float(values.mean()), float(values.std(ddof=1)) if len(values) > 1 else 0.0
    suv = rules.percist_ratio * mean + rules.percist_sds * sd
    return Threshold(
        f"SUV {suv:.4g}, {rules.percist_ratio:g} x liver {mean:.4g} + {rules.percist_sds:g} SD",
        suv=suv,
    )


def grown(
    volume: Volume, seed_mm: Point, threshold: Threshold, rules: Growing, name: str = "grown"
) -> Region:
    """The voxels round the maximum near a seed that are connected to it and reach the threshold.

    A region that comes to the limit of distance, or for a share to a place hotter than its own
    maximum, has leaked: it is cut where that hangs on by a bridge of a few voxels, and flagged;
    where it does not, it is refused.

    Args:
        seed_mm: x to the patient's left, y to the back, z to the head, mm.
    """

    def voxels() -> tuple[IntArray, list[str]]:
        start, suv, spacing = _neighbourhood(volume, seed_mm, rules)
        at = index_of(volume.series, seed_mm) - start
        near = _distance_mm(suv.shape, at, spacing) <= rules.seed_mm
        if not near.any():
            raise Refused(f"{_what(volume, name)}: the seed lies outside the PET image.")
        peak = np.unravel_index(np.where(near, suv, -np.inf).argmax(), suv.shape)
        highest = float(suv[peak])
        least = threshold.of(highest)
        if highest <= 0 or highest < least:
            raise Refused(
                f"{_what(volume, name)}: SUV {highest:.4g} is the highest within "
                f"{rules.seed_mm:g} mm of the seed; expected at least {least:.4g} "
                f"({threshold.says}). Move the seed into the lesion."
            )
        away_mm = _distance_mm(suv.shape, np.array(peak), spacing)
        found, flags = _without_leak(
            _Grown(suv, away_mm, peak, least, threshold, rules, spacing), _what(volume, name)
        )
        made = f"grown over {threshold.says}, from SUV {highest:.4g}, within {rules.reach_mm:g} mm"
        return np.argwhere(found) + start, [marked(made), *flags]

    return region_of(name, 1, voxels, volume.series)


@dataclass(frozen=True)
class _Grown:
    """What a region grows in."""

    suv: FloatArray
    away_mm: FloatArray
    peak: Any
    least: float
    threshold: Threshold
    rules: Growing
    spacing: FloatArray

    def region(self) -> BoolArray:
        import SimpleITK as sitk

        within = np.where(self.away_mm <= self.rules.reach_mm, self.suv, -np.inf)
        seed = [int(i) for i in reversed(self.peak)]
        found = sitk.ConnectedThreshold(
            sitk.GetImageFromArray(within), [seed], self.least * (1 - SAME), float("inf")
        )
        return np.asarray(sitk.GetArrayViewFromImage(found), dtype=bool)

    def cut(self, region: BoolArray) -> BoolArray | None:
        """What is left round the maximum when others that hang on by bridges are cut off.

        None where nothing hangs on by a bridge of at most `rules.bridge_voxels`.
        """
        core = _eroded(region)
        numbers = _parts(core)
        own = np.unique(numbers[(self.away_mm <= float(self.spacing.max()) * 1.01) & core])
        if len(own) != 1:
            return None
        kept = region & _dilated(numbers == own[0])
        rest = _parts(region & ~kept)
        others = np.unique(rest[core & (numbers != own[0])])
        apart = np.isin(rest, others[others > 0])  # thin parts of its own come back
        touching = int(np.count_nonzero(apart & _dilated(region & ~apart)))
        if not apart.any() or touching > self.rules.bridge_voxels * (len(others) or 1):
            return None
        return np.asarray(region & ~apart, dtype=bool)

    def leak(self, region: BoolArray) -> str:
        """How a region has leaked; empty where it has not."""
        edge = self.rules.reach_mm - float(self.spacing.max())
        if self.away_mm[region].max() > edge:
            return f"reaches the limit of {self.rules.reach_mm:g} mm from its maximum"
        hottest = float(self.suv[region].max())
        if self.threshold.share is not None and hottest > self.suv[self.peak] * (1 + SAME):
            return f"reaches a hotter place, SUV {hottest:.4g} over {self.suv[self.peak]:.4g}"
        return ""


def _eroded(mask: BoolArray) -> BoolArray:
    import SimpleITK as sitk

    image = sitk.GetImageFromArray(mask.astype(np.uint8))
    return np.asarray(sitk.GetArrayFromImage(sitk.BinaryErode(image, [1] * 3, sitk.sitkCross)) > 0)


def _dilated(mask: BoolArray) -> BoolArray:
    import SimpleITK as sitk

    image = sitk.GetImageFromArray(mask.astype(np.uint8))
    return np.asarray(sitk.GetArrayFromImage(sitk.BinaryDilate(image, [1] * 3, sitk.sitkCross)) > 0)


def _parts(mask: BoolArray) -> IntArray:
    """The number of the connected part of each voxel; 0 outside."""
    import SimpleITK as sitk

    labels = sitk.ConnectedComponent(sitk.GetImageFromArray(mask.astype(np.uint8)))
    return np.array(sitk.GetArrayFromImage(labels), dtype=np.int64)


def _without_leak(grown_in: _Grown, what: str) -> tuple[BoolArray, list[str]]:
    region = grown_in.region()
    leak = grown_in.leak(region)
    if not leak:
        return region, []
    kept = grown_in.cut(region)
    if kept is None or grown_in.leak(kept):
        raise Refused(
            f"{what}: grown over {grown_in.threshold.says}, it {leak}; expected a lesion apart "
            "from what surrounds it. Seed its hottest place, raise threshold or limit, or draw it."
        )
    lost = int(region.sum() - kept.sum())
    return kept, [f"leak_cut({leak}; {lost} of {int(region.sum())} voxels left out)"]


def _neighbourhood(
    volume: Volume, seed_mm: Point, rules: Growing
) -> tuple[IntArray, FloatArray, FloatArray]:
    """First index, SUV and spacing of the part of the image in which a region may grow."""
    spacing = volume.series.spacing_mm
    reach = np.ceil((rules.reach_mm + rules.seed_mm) / spacing).astype(int) + 1
    at = np.rint(index_of(volume.series, seed_mm)).astype(int)
    shape = np.array(volume.series.stored.shape)
    if (at < 0).any() or (at >= shape).any():
        place = ", ".join(f"{value:g}" for value in seed_mm)
        raise Refused(
            f"{volume.series.place}: the seed {place} mm lies outside the PET image; expected it "
            "inside. Give x, y, z in patient coordinates, mm."
        )
    low, high = np.maximum(at - reach, 0), np.minimum(at + reach + 1, shape)
    z, y, x = (slice(int(a), int(b)) for a, b in zip(low, high, strict=True))
    return low, volume.suv_in((z, y, x)), spacing


def _distance_mm(shape: tuple[int, ...], at: FloatArray, spacing: FloatArray) -> FloatArray:
    axes = [(np.arange(n) - a) * step for n, a, step in zip(shape, at, spacing, strict=True)]
    z, y, x = np.meshgrid(*axes, indexing="ij", sparse=True)
    return np.asarray(np.sqrt(z**2 + y**2 + x**2), dtype=float)


def _what(volume: Volume, name: str) -> str:
    return f"{volume.series.place}, region {name}"
