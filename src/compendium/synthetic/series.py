"""Write a synthetic scan as a PET series, with the header of its variant."""

from pathlib import Path

from compendium.synthetic.headers import Timing, series_header, slice_header, stored_per_suv
from compendium.synthetic.scans import Scan
from petsuv.testing.images import WrittenSeries, write_image
from petsuv.testing.phantom import FloatImage, Grid
from petsuv.text import uid_of


def write_series(
    suv: FloatImage, scan: Scan, timing: Timing, grid: Grid, seed: int, folder: Path
) -> WrittenSeries:
    """Write the image as a series.

    Args:
        suv: image as SUV (g/mL), shape of the grid.
    """
    common = series_header(scan, timing)
    common.StudyInstanceUID = uid_of(seed, scan.scan_id, "study")
    common.SeriesInstanceUID = uid_of(seed, scan.scan_id, "series")
    common.FrameOfReferenceUID = uid_of(seed, scan.frame_of, "frame of reference")
    slices = [slice_header(scan, timing, index) for index in range(grid.shape[0])]
    for index, one in enumerate(slices):
        one.SOPInstanceUID = uid_of(seed, scan.scan_id, "slice", index)
    stored = suv * stored_per_suv(scan, timing)[:, None, None]
    return write_image(stored, grid, common, slices, folder)
