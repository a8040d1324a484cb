"""Lesions redrawn: each step said, none over what was filed, measured again by the engine.

An adjustment is the scan as filed and the steps taken since; the regions follow from both, so that
what is shown, kept as a draft and saved is one thing.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import datetime
from functools import cached_property
from typing import Any, Self

import numpy as np
import pandas as pd

from compendium.errors import InputError, Refused
from compendium.explore.scans.seen import Seen
from compendium.uptake.extraction import Loaded, measured
from compendium.uptake.lesions import lesion_table
from petsuv.growing import Threshold, by_fixed_suv, by_share, grown
from petsuv.region import Region, region_of
from petsuv.rules import Growing
from petsuv.shapes import Point, sphere

Voxel = Sequence[int]
SPHERE, SHARE, SUV, PAINT, ERASE, REMOVE = "sphere", "share", "suv", "paint", "erase", "remove"
BY_HAND = "adjusted(by hand)"
LONGEST_NAME = 64  # of a DICOM segment label


@dataclass(frozen=True)
class Step:
    """One change of one region.

    Attributes:
        kind: sphere, share, suv, paint, erase or remove.
        region: whose it is.
        at: when, as ISO date and time.
        point_mm: centre or seed, x, y, z.
        size: diameter in mm; share of the maximum; SUV.
        voxels: painted or erased: slice, row, column of the series.
    """

    kind: str
    region: str
    at: str
    point_mm: tuple[float, ...] = ()
    size: float = 0.0
    voxels: tuple[tuple[int, int, int], ...] = ()

    @property
    def words(self) -> str:
        """What was done."""
        place = ", ".join(f"{at:g}" for at in self.point_mm)
        return {
            SPHERE: f"sphere of {self.size:g} mm at {place} mm",
            SHARE: f"grown over {100 * self.size:g}% of the maximum from {place} mm",
            SUV: f"grown over SUV {self.size:g} from {place} mm",
            PAINT: f"{len(self.voxels)} voxels painted",
            ERASE: f"{len(self.voxels)} voxels erased",
            REMOVE: "taken away",
        }[self.kind]


@dataclass(frozen=True)
class Adjustment:
    """The lesions of a scan with steps taken; each step gives a new one and leaves this as it is.

    Attributes:
        seen: the scan as filed.
        steps: in their order.
    """

    seen: Seen
    steps: tuple[Step, ...] = ()

    @cached_property
    def regions(self) -> dict[str, Region]:
        """Every region of the scan after the steps, by name; reference regions too."""
        found = dict(self.seen.require().regions)
        for step in self.steps:
            region = self._after(step, found.get(step.region))
            if region is None:
                del found[step.region]
            else:
                found[step.region] = region
        return found

    @property
    def changed(self) -> list[str]:
        """The regions that a step was about, each once."""
        return list(dict.fromkeys(step.region for step in self.steps))

    @cached_property
    def lesions(self) -> pd.DataFrame:
        """One row a lesion as it is drawn now, by the engine that also publishes."""
        return lesion_table(self.rows)

    @cached_property
    def rows(self) -> list[dict[str, Any]]:
        """The same as plain rows."""
        loaded = Loaded(self.seen.require().volume, self.regions)
        return measured(replace(self.seen.scan, export_dir=None), loaded).lesions

    @property
    def now(self) -> Seen:
        """The scan as it is drawn now, to be shown as any other."""
        loaded = Loaded(self.seen.require().volume, self.regions)
        return Seen(self.seen.scan, loaded, replace(self.seen.extracted, lesions=self.rows))

    def sphere(self, region: str, centre_mm: Point, diameter_mm: float, at: datetime) -> Self:
        """A sphere takes the place of a region, or is a new one.

        Raises:
            InputError: the size or the name is not possible, or nothing of it lies in the image.
        """
        return self._with(Step(SPHERE, region, _moment(at), _point(centre_mm), diameter_mm))

    def grow(self, region: str, seed_mm: Point, how: str, size: float, at: datetime) -> Self:
        """A region grown from a seed takes the place of a region, or is a new one.

        Args:
            how: share of the maximum, or suv.
            size: 0 to 1, or SUV in g/mL.

        Raises:
            InputError: the threshold is not possible, or the region leaks or finds nothing.
        """
        if how not in (SHARE, SUV):
            raise InputError(f"grow: {how!r}; expected {SHARE} or {SUV}.")
        most = 1.0 if how == SHARE else float("inf")
        if not 0 < size <= most:
            raise InputError(f"grow by {how}: {size:g}; expected above 0 and at most {most:g}.")
        return self._with(Step(how, region, _moment(at), _point(seed_mm), size))

    def paint(self, region: str, voxels: Sequence[Voxel], at: datetime) -> Self:
        """Voxels are added to a region, or make a new one.

        Raises:
            InputError: there is none, or one lies outside the image.
        """
        return self._with(Step(PAINT, region, _moment(at), voxels=_voxels(voxels)))

    def erase(self, region: str, voxels: Sequence[Voxel], at: datetime) -> Self:
        """Voxels are taken from a region.

        Raises:
            InputError: it holds none of them, or only them.
        """
        return self._with(Step(ERASE, region, _moment(at), voxels=_voxels(voxels)))

    def remove(self, region: str, at: datetime) -> Self:
        """A region is taken away as a whole.

        Raises:
            InputError: there is none of that name.
        """
        return self._with(Step(REMOVE, region, _moment(at)))

    def undo(self) -> Self:
        """As before the last step."""
        return replace(self, steps=self.steps[:-1])

    def _with(self, step: Step) -> Self:
        _require_name(step.region)
        after = replace(self, steps=(*self.steps, step))
        region = after.regions.get(step.region)
        if region is not None and region.reason:
            raise InputError(f"Nothing was changed. {region.reason}")
        return after

    def _after(self, step: Step, before: Region | None) -> Region | None:
        volume = self.seen.require().volume
        number = before.number if before else len(self.seen.require().regions) + 1
        if step.kind == REMOVE:
            if before is None:
                raise InputError(f"{self.seen.scan_id}: no region {step.region!r} to take away.")
            return None
        if step.kind == SPHERE:
            made = sphere(volume.series, step.point_mm, step.size, step.region)
            return replace(made, number=number)
        if step.kind in (SHARE, SUV):
            rules = Growing()
            made = grown(volume, step.point_mm, _threshold(step), rules, step.region)
            return replace(made, number=number)
        return self._drawn(step, before, number)

    def _drawn(self, step: Step, before: Region | None, number: int) -> Region:
        """A region after voxels were painted or erased."""
        series = self.seen.require().volume.series
        inside = np.zeros(series.stored.shape, dtype=bool)
        flags: tuple[str, ...] = ()
        if before is not None and not before.reason:
            inside[before.box] = before.voxels
            flags = tuple(flag for flag in before.flags if flag != BY_HAND)
        if (outside := _outside(step.voxels, series.stored.shape)) is not None:
            raise InputError(f"{step.kind}: voxel {outside} lies outside the image.")
        at = tuple(np.array(step.voxels).T)
        if step.kind == ERASE and not inside[at].any():
            raise InputError(f"erase: region {step.region!r} holds none of these voxels.")
        inside[at] = step.kind == PAINT
        if not inside.any():
            raise InputError(f"erase: nothing of {step.region!r} would be left. Take it away.")
        what = f"{self.seen.scan_id}, region {step.region}"
        return region_of(
            step.region, number, lambda: (np.argwhere(inside), [*flags, BY_HAND]), series, what
        )

    def history(self, region: str) -> str:
        """The steps that a region went through, in words."""
        return "; ".join(step.words for step in self.steps if step.region == region)


def _threshold(step: Step) -> Threshold:
    rules = Growing()
    if step.kind == SHARE:
        return by_share(replace(rules, share=step.size))
    return by_fixed_suv(replace(rules, fixed_suv=step.size))


def _require_name(name: str) -> None:
    if not name.strip() or len(name) > LONGEST_NAME:
        raise InputError(f"region {name!r}; expected a name of 1 to {LONGEST_NAME} characters.")


def _moment(at: datetime) -> str:
    return at.isoformat(timespec="seconds")


def _point(point_mm: Point) -> tuple[float, ...]:
    point = tuple(round(float(at), 3) for at in point_mm)
    if len(point) != 3 or not np.isfinite(point).all():
        raise InputError(f"place {point_mm!r}; expected x, y, z in mm.")
    return point


def _voxels(voxels: Sequence[Voxel]) -> tuple[tuple[int, int, int], ...]:
    if not len(voxels):
        raise InputError("no voxel was drawn; expected at least one.")
    return tuple((int(z), int(y), int(x)) for z, y, x in voxels)


def _outside(
    voxels: Sequence[tuple[int, int, int]], shape: tuple[int, ...]
) -> tuple[int, int, int] | None:
    for voxel in voxels:
        if not all(0 <= at < size for at, size in zip(voxel, shape, strict=True)):
            return voxel
    return None


def step_of(told: Mapping[str, Any]) -> Step:
    """A step as a draft holds it.

    Raises:
        Refused: it is no such step.
    """
    try:
        return Step(
            str(told["kind"]),
            str(told["region"]),
            str(told["at"]),
            tuple(float(at) for at in told["point_mm"]),
            float(told["size"]),
            _voxels(told["voxels"]) if told["voxels"] else (),
        )
    except (KeyError, TypeError, ValueError) as error:
        raise Refused(f"{told!r} is no step ({error!r}).") from error
