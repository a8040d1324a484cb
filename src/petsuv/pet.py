"""What the package offers first: a folder of DICOM becomes a series in SUV that can be measured."""

from pathlib import Path
from typing import Any

from petsuv.metrics import uptake_figures
from petsuv.notes import SEPARATOR, Overrides
from petsuv.region import Region, choose
from petsuv.regions import Reading, read_regions
from petsuv.registration import read_registration
from petsuv.rules import Rules
from petsuv.series import load_series
from petsuv.shapes import how_made, is_proposed
from petsuv.suv import convert
from petsuv.volume import Volume


class PetSeries(Volume):
    """One PET series in SUV by body weight, as `load` gives it."""

    def regions(
        self,
        path: str | Path,
        name: str | None = None,
        *,
        number: int | None = None,
        fill: bool = False,
        registration: str | Path | None = None,
        mask_on_ct: bool = False,
        other_study: bool = False,
    ) -> list[Region]:
        """The regions of a file on the voxels of this series, or the one of that name or number.

        Args:
            path: DICOM SEG or RTSTRUCT, NIfTI, NRRD or MetaImage mask.
            number: of an ROI, segment or label; names may repeat in a file, numbers do not.
            fill: whether slices that were skipped between drawn contours are filled.
            registration: DICOM Spatial Registration that tells where regions of another frame of
                reference lie in that of the PET.
            mask_on_ct: whether a mask file was drawn on CT in the space of the PET, which it cannot
                say itself; its labels are then taken at the centres of the PET's voxels.
            other_study: whether a DICOM file may be of another examination of the patient in the
                same frame of reference, as one drawn on the first of two scans is for the second.

        Raises:
            InputError: a file is missing, of no known format, or holds no such region.
            Refused: the whole file cannot be used with this series.
        """
        motions = read_registration(Path(registration)) if registration else None
        how = Reading(fill, motions, mask_on_ct, other_study)
        found = read_regions(Path(path), self.series, how)
        return (
            found if name is None and number is None else [choose(found, Path(path), name, number)]
        )

    def measure(
        self,
        region: Region | str | Path,
        name: str | None = None,
        rules: Rules | None = None,
        **reading: Any,
    ) -> list[dict[str, Any]]:
        """Size and uptake of a region, or of those of a file: a row a region.

        A region that cannot be used has its row too, with status refused and the reason; one whose
        place a program proposed has status proposed until a person makes it again.

        Args:
            region: a region of this series, or a region file.
            name: one region of the file; all of them otherwise.
            rules: thresholds of the metabolic volumes; the defaults where not given.
            reading: `number`, `fill`, `registration`, `mask_on_ct` and `other_study` of a file, as
                `regions` takes them.

        Returns:
            Rows of region, number, made (how a program made it; empty where it was drawn), the
            figures of `petsuv.metrics.FIGURES`, flags, status, reason.

        Raises:
            InputError, Refused: as `regions`.
        """
        found = [region] if isinstance(region, Region) else self.regions(region, name, **reading)
        return [self._row(one, rules or Rules()) for one in found]

    def _row(self, region: Region, rules: Rules) -> dict[str, Any]:
        row: dict[str, Any] = {"region": region.name, "number": region.number}
        row["made"] = how_made(region)
        if region.reason:
            return row | {"flags": "", "status": "refused", "reason": region.reason}
        flags = SEPARATOR.join((*self.flags, *region.flags))
        figures = uptake_figures(self, region, rules)
        status = "proposed" if is_proposed(region) else "ok"
        return row | figures | {"flags": flags, "status": status, "reason": ""}


def load(
    folder: str | Path, overrides: Overrides | None = None, series: str | None = None
) -> PetSeries:
    """The one PET series in a folder, converted to SUV by body weight.

    Args:
        folder: with any folders in it, or a zip archive; other files in it are left alone.
        series: SeriesInstanceUID or Series Number of one, where there are several.
        overrides: what a person supplies beside the header; each is flagged.

    Raises:
        InputError: the folder is missing or holds no PET slice.
        Refused: it is not one whole series, or its header does not say what SUV needs.
    """
    loaded = load_series(Path(folder), series)
    return PetSeries(loaded, convert(loaded, overrides))
