"""Write an image on a grid as a PET series: one file a slice, each with a slope of its own."""

from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray
from pydicom.dataset import Dataset
from pydicom.uid import PositronEmissionTomographyImageStorage

from petsuv.testing.files import changed, encoded, save
from petsuv.testing.phantom import FloatImage, Grid
from petsuv.testing.series import SUV_PER_BQML, describe_pixels, pet_header
from petsuv.text import uid_of

LARGEST_STORED = 32_767


@dataclass(frozen=True)
class WrittenSeries:
    """What a series' files say, for regions that refer to them.

    Attributes:
        common: elements that all slices share.
        slices: the other elements of each slice but for its pixels, from the feet upward.
    """

    common: Dataset
    slices: tuple[Dataset, ...]

    def header(self, index: int) -> Dataset:
        """The whole header of a slice, without pixels."""
        whole = Dataset()
        whole.update(self.common)
        whole.update(self.slices[index])
        return whole


def write_image(
    image: NDArray[Any], grid: Grid, common: Dataset, slices: Sequence[Dataset], folder: Path
) -> WrittenSeries:
    """Write an image as a series; its geometry is added to the datasets.

    Files and instance numbers run from the head down, so that neither is the order of position.

    Args:
        image: values in the header's units, shape of the grid.
        common: what all slices share.
        slices: what else each slice says, with its SOP class and instance, from the feet upward.
    """
    folder.mkdir(parents=True)
    n = grid.shape[0]
    describe_pixels(common, (grid.voxel_mm,) * 3, grid.shape[1:])
    common.NumberOfSlices = n
    shared = encoded(common)
    for index, one in enumerate(slices):
        one.InstanceNumber = one.ImageIndex = n - index
        x, y, z = (f"{value:g}" for value in grid.first_of_slice(index))
        one.ImagePositionPatient, one.SliceLocation = [x, y, z], z
        stored = _stored(image[index], one)
        pixels = Dataset()
        pixels.add_new("LargestImagePixelValue", "SS", int(stored.max()))
        pixels.add_new("PixelData", "OW", stored.tobytes())
        save(one, folder / f"IM{n - index:04d}.dcm", shared=shared | encoded(pixels))
    return WrittenSeries(common, tuple(slices))


def write_phantom(folder: Path, suv: FloatImage, grid: Grid, **changes: Any) -> WrittenSeries:
    """Write an image of SUV in Bq/mL with the header that is right by default.

    Args:
        changes: of the header, by keyword; None deletes an element.
    """
    slices = [Dataset() for _ in suv]
    for index, one in enumerate(slices):
        one.SOPClassUID = PositronEmissionTomographyImageStorage
        one.SOPInstanceUID = uid_of("phantom", index)
    header = changed(pet_header(), changes)
    return write_image(suv / SUV_PER_BQML, grid, header, slices, folder)


def _stored(values: NDArray[Any], one: Dataset) -> NDArray[np.int16]:
    """Values in 16 bits, the largest of the slice taking nearly all of them; sets the slope."""
    peak = float(values.max())
    one.RescaleSlope = f"{peak / LARGEST_STORED:.8e}" if peak > 0 else "1"
    stored = np.rint(values / float(one.RescaleSlope))
    return np.clip(stored, 0, LARGEST_STORED).astype("<i2")
