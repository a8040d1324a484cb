"""Spheres as a scanner shows them: share of voxels, blur, noise; each with its formula.

Coordinates are DICOM's patient coordinates in mm (x to the left, y to the back, z to the head),
arrays are indexed (z, y, x) from the feet upward.
"""

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray
from scipy.ndimage import gaussian_filter
from scipy.special import erf

FloatImage = NDArray[np.float32]
FloatArray = NDArray[np.float64]
Mask = NDArray[np.bool_]
Point = tuple[float, float, float]
Box = tuple[slice, slice, slice]

FWHM_PER_SIGMA = 2.0 * np.sqrt(2.0 * np.log(2.0))
SUBVOXELS = 5
NOISE_FWHM_MM = 5.0
NOISE_FLOOR_SUV = 0.02
EVERYWHERE = (slice(None), slice(None), slice(None))


@dataclass(frozen=True)
class Grid:
    """A regular grid of cubic voxels.

    Attributes:
        shape: voxels along (z, y, x).
        voxel_mm: edge of a voxel.
    """

    shape: tuple[int, int, int] = (180, 112, 112)
    voxel_mm: float = 4.0

    @property
    def origin(self) -> Point:
        """Centre of the first voxel (x, y, z), mm; the middle of the plane is at x = y = 0."""
        _, rows, columns = self.shape
        return (-(columns - 1) / 2 * self.voxel_mm, -(rows - 1) / 2 * self.voxel_mm, 0.0)

    def first_of_slice(self, index: int) -> Point:
        """Centre of a slice's first voxel (x, y, z), mm."""
        x, y, z = self.origin
        return (x, y, z + index * self.voxel_mm)

    def axes(self, box: Box = EVERYWHERE) -> tuple[FloatArray, FloatArray, FloatArray]:
        """Coordinates of a box's voxel centres along z, y and x, mm, ready to broadcast."""
        z, y, x = (
            np.arange(n, dtype=np.float64)[part] * self.voxel_mm + first
            for n, part, first in zip(self.shape, box, reversed(self.origin), strict=True)
        )
        return z[:, None, None], y[None, :, None], x[None, None, :]

    def box(self, centre: Point, reach_mm: Point) -> Box:
        """Index ranges (z, y, x) of the voxels within `reach_mm` of a point along each axis."""
        ranges = []
        for axis in (2, 1, 0):
            n = self.shape[2 - axis]
            first = (centre[axis] - reach_mm[axis] - self.origin[axis]) / self.voxel_mm
            last = (centre[axis] + reach_mm[axis] - self.origin[axis]) / self.voxel_mm
            ranges.append(
                slice(max(int(np.floor(first)), 0), min(max(int(np.ceil(last)) + 1, 0), n))
            )
        return ranges[0], ranges[1], ranges[2]


@dataclass(frozen=True)
class Sphere:
    """A lesion, or a reference region: centre and radius in mm."""

    name: str
    centre: Point
    radius_mm: float
    suv: float = 0.0


def add_sphere(image: FloatImage, grid: Grid, sphere: Sphere) -> None:
    """Set a sphere's SUV in the image; a voxel on its surface keeps its share of what was there."""
    reach = sphere.radius_mm + grid.voxel_mm
    box = grid.box(sphere.centre, (reach, reach, reach))
    steps = (np.arange(SUBVOXELS) + 0.5) / SUBVOXELS - 0.5
    r2 = [
        ((axis.reshape(-1, 1) + steps * grid.voxel_mm).ravel() - c) ** 2
        for axis, c in zip(grid.axes(box), reversed(sphere.centre), strict=True)
    ]
    inside = r2[0][:, None, None] + r2[1][:, None] + r2[2] <= sphere.radius_mm**2
    nz, ny, nx = (len(r) // SUBVOXELS for r in r2)
    share = inside.reshape(nz, SUBVOXELS, ny, SUBVOXELS, nx, SUBVOXELS).mean(axis=(1, 3, 5))
    image[box] = (image[box] * (1 - share) + sphere.suv * share).astype(np.float32)


def sphere_mask(grid: Grid, centre: Point, radius_mm: float) -> tuple[Box, Mask]:
    """The voxels whose centres lie within a sphere: their box (z, y, x), and the mask in it."""
    box = grid.box(centre, (radius_mm, radius_mm, radius_mm))
    r2 = sum((axis - c) ** 2 for axis, c in zip(grid.axes(box), reversed(centre), strict=True))
    return box, np.asarray(r2) <= radius_mm**2


def blurred(image: FloatImage, fwhm_mm: float, grid: Grid) -> FloatImage:
    """The image as a scanner of that resolution shows it; unchanged for 0."""
    if fwhm_mm == 0:
        return image
    out: FloatImage = gaussian_filter(
        image, fwhm_mm / FWHM_PER_SIGMA / grid.voxel_mm, mode="nearest"
    )
    return out


def recovery_at_centre(diameter_mm: FloatArray, fwhm_mm: float) -> FloatArray:
    """Share of a uniform sphere's contrast that its centre keeps after a Gaussian blur.

    The integral of a three-dimensional Gaussian over the sphere:
    erf(q / √2) - √(2/π) q exp(-q²/2), with q the radius in standard deviations.
    """
    q = diameter_mm / 2 / (fwhm_mm / FWHM_PER_SIGMA)
    kept: FloatArray = erf(q / np.sqrt(2)) - np.sqrt(2 / np.pi) * q * np.exp(-(q**2) / 2)
    return kept


def with_noise(
    image: FloatImage, sd_at_one: float, grid: Grid, rng: np.random.Generator
) -> FloatImage:
    """The image with noise whose variance is proportional to SUV, never under 0.

    Args:
        sd_at_one: standard deviation of a voxel where SUV is 1.
    """
    white = rng.standard_normal(grid.shape, dtype=np.float32)
    grain = blurred(white, NOISE_FWHM_MM, grid)
    grain *= sd_at_one / grain.std()
    noisy: FloatImage = image + grain * np.sqrt(np.maximum(image, NOISE_FLOOR_SUV))
    return np.maximum(noisy, 0, out=noisy)
