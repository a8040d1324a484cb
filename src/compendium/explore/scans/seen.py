"""A scan as the bench shows it: volume, regions, lesions and audit, as the engine has them.

What is shown is worked out here, apart from the widget that shows it.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from compendium.errors import InputError, UserError
from compendium.explore.opened import Opened
from compendium.uptake.extraction import (
    REFERENCES,
    Extracted,
    Loaded,
    Scan,
    load_scan,
    measured,
    published,
    refused,
)
from compendium.uptake.lesions import FIGURES, lesion_table, scans_of
from petsuv.region import Region
from petsuv.volume import Volume

FloatArray = NDArray[np.float64]
KEY = ["scan_id", "lesion_id"]
BINS = 20


@dataclass(frozen=True)
class Seen:
    """One scan of a study.

    Attributes:
        scan: its row, lesions and limits.
        loaded: volume and regions; None where the series is refused.
        extracted: rows of lesions and audit by the engine.
    """

    scan: Scan
    loaded: Loaded | None
    extracted: Extracted

    @property
    def scan_id(self) -> str:
        """Which scan it is."""
        return str(self.scan.row["scan_id"])

    @property
    def reason(self) -> str:
        """Why the series was refused; empty where it was not."""
        return str(self.extracted.audit["reason"])

    @property
    def flags(self) -> str:
        """What a reader of the series' SUV should know."""
        return str(self.extracted.audit["flags"])

    @property
    def lesions(self) -> pd.DataFrame:
        """One row a lesion, as the chapter on PET has them."""
        return lesion_table(self.extracted.lesions)

    def require(self) -> Loaded:
        """Volume and regions.

        Raises:
            InputError: the series is refused; the message is the reason.
        """
        if self.loaded is None:
            raise InputError(f"{self.scan_id}: there is nothing to measure. {self.reason}")
        return self.loaded

    @property
    def drawn(self) -> dict[str, Region]:
        """The lesions that can be outlined, in the order of their numbers."""
        regions = {} if self.loaded is None else self.loaded.regions
        return {
            name: region
            for name, region in regions.items()
            if name not in REFERENCES and not region.reason
        }

    def row(self, lesion_id: str) -> dict[str, Any]:
        """The row of a lesion.

        Raises:
            InputError: there is no such lesion on the scan.
        """
        for row in self.extracted.lesions:
            if row["lesion_id"] == lesion_id:
                return row
        known = ", ".join(str(row["lesion_id"]) for row in self.extracted.lesions) or "none"
        raise InputError(f"{self.scan_id}: has no lesion {lesion_id!r}; it has {known}.")

    def pixels(self, lesion_id: str) -> FloatArray:
        """SUV of a lesion's voxels, g/mL, shape (n,); none where it is refused."""
        region = self.drawn.get(lesion_id)
        if region is None:
            self.row(lesion_id)
            return np.zeros(0)
        return self.require().volume.suv_of(region)


def see(opened: Opened, scan_id: str) -> Seen:
    """A scan of a study.

    Raises:
        InputError: there is no such scan, or it has no images.
    """
    scans = scans_of(opened.study, opened.rules, wanted=lambda row: row["scan_id"] == scan_id)
    if not scans:
        known = opened.tables["pet_scan"]["scan_id"].tolist()
        raise InputError(
            f"{opened.study.name}: has no scan {scan_id!r}; it has {len(known)}, such as "
            f"{', '.join(known[:3]) or 'none'}."
        )
    (scan,) = scans
    if not scan.row["series_dir"]:
        raise InputError(
            f"{scan_id}: pet_scan names no series_dir; expected a folder of images. SUVmax of "
            "this scan was read by persons: see explore.patient."
        )
    return of_scan(scan)


def of_scan(scan: Scan) -> Seen:
    """A scan, loaded and measured, or refused with the reason."""
    try:
        loaded = load_scan(scan)
    except UserError as reason:
        return Seen(scan, None, refused(scan, published(str(reason), scan)))
    return Seen(scan, loaded, measured(scan, loaded))


def suv_at(volume: Volume, index: tuple[int, int, int]) -> float:
    """SUV of one voxel (slice, row, column), g/mL; nan outside the image."""
    inside = all(0 <= at < size for at, size in zip(index, volume.series.stored.shape, strict=True))
    if not inside:
        return float("nan")
    z, y, x = (slice(at, at + 1) for at in index)
    return float(volume.suv_in((z, y, x))[0, 0, 0])


def histogram(values: FloatArray) -> tuple[NDArray[np.int64], FloatArray]:
    """How many voxels lie in each of some bins of SUV, and the bins' edges."""
    counts, edges = np.histogram(values, bins=BINS)
    return counts.astype(np.int64), edges


@dataclass(frozen=True)
class Distribution:
    """Where a lesion stands among the study's measured ones of its tracer.

    Attributes:
        others: SUVmax of all of them, g/mL, shape (n,), its own published one included.
        lower: how many of them are lower than its value.
        of: which these are.
    """

    others: FloatArray
    lower: int
    of: str

    @property
    def words(self) -> str:
        """The place in a sentence."""
        if not len(self.others):
            return f"No lesion of {self.of} is published yet: run the chapter on PET."
        middle = float(np.median(self.others))
        return (
            f"{self.lower} of {len(self.others)} published lesions of {self.of} are lower; "
            f"their median is {middle:.2f}."
        )


def place_among(row: Mapping[str, Any], lesion_suv: pd.DataFrame) -> Distribution:
    """The place of a lesion in the distribution of SUVmax over the study.

    Args:
        row: of the lesion.
        lesion_suv: the table of that name as published; may be empty.
    """
    level = row.get("tsh_level")
    named = isinstance(level, str) and bool(level)
    of = f"{row['tracer']} at {level} TSH" if named else str(row["tracer"])
    if lesion_suv.empty:
        return Distribution(np.zeros(0), 0, of)
    alike = (lesion_suv["status"] == "ok") & (lesion_suv["tracer"] == row["tracer"])
    if named:
        alike &= lesion_suv["tsh_level"] == level
    others = lesion_suv.loc[alike, "suv_max"].to_numpy(dtype=float)
    return Distribution(others, int((others < row.get("suv_max", np.nan)).sum()), of)


def beside_published(row: Mapping[str, Any], lesion_suv: pd.DataFrame) -> pd.DataFrame:
    """The figures of a lesion beside the published ones: figure, meaning, here, published.

    Args:
        row: of the lesion, by the engine.
        lesion_suv: the table of that name as published; may be empty.
    """
    before: dict[str, Any] = {}
    if not lesion_suv.empty:
        same = (lesion_suv[KEY] == [row["scan_id"], row["lesion_id"]]).all(axis=1)
        before = dict(*lesion_suv[same].head(1).to_dict("records"))
    rows = [
        {
            "figure": name,
            "meaning": meaning,
            "here": row.get(name),
            "published": before.get(name),
        }
        for name, meaning in FIGURES.items()
        if isinstance(row.get(name, before.get(name)), int | float)
    ]
    return pd.DataFrame(rows, columns=["figure", "meaning", "here", "published"])
