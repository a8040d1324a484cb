"""A body from pelvis to mouth in voxels of 4 mm, with its organs, as SUV; PSF blur and noise.

Coordinates are DICOM's patient coordinates in mm (x to the left, y to the back, z to the head),
arrays are indexed (z, y, x) from the pelvis upward.
"""

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray
from scipy.ndimage import gaussian_filter
from scipy.special import erf

from compendium.studies import trop2, tsh124i

FloatImage = NDArray[np.float32]
Mask = NDArray[np.bool_]
Point = tuple[float, float, float]

FWHM_PER_SIGMA = 2.0 * np.sqrt(2.0 * np.log(2.0))
SUBVOXELS = 5
NOISE_FWHM_MM = 5.0
NOISE_FLOOR_SUV = 0.02
# SD of one voxel where SUV is 1; it rises with the square root of SUV, as counts do (assumed).
NOISE_SUV = {trop2.PET.code: 0.10, tsh124i.PET.code: 0.09}


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

    def axes(self) -> tuple[NDArray[np.float64], NDArray[np.float64], NDArray[np.float64]]:
        """Coordinates of the voxel centres along z, y and x, mm, ready to broadcast."""
        x0, y0, z0 = self.origin
        z, y, x = (np.arange(n, dtype=np.float64) * self.voxel_mm for n in self.shape)
        return (z + z0)[:, None, None], (y + y0)[None, :, None], (x + x0)[None, None, :]

    def box(self, centre: Point, reach_mm: Point) -> tuple[slice, slice, slice]:
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
class Organ:
    """An ellipsoid with its usual SUV for both tracers (assumed; see the design's anchors)."""

    name: str
    centre: Point
    half_axes: Point
    suv_trop2: float
    suv_i124: float

    def suv(self, tracer: str) -> float:
        """Usual SUV for a tracer."""
        return self.suv_trop2 if tracer == trop2.PET.code else self.suv_i124


BODY = Organ("body", (0, 0, 360), (165, 105, 400), 0.6, 0.25)
# Half-axes of the outline along x and y at some heights: pelvis, chest, shoulders, neck, jaw.
OUTLINE_Z = (0.0, 120.0, 200.0, 480.0, 560.0, 605.0, 650.0, 675.0, 720.0)
OUTLINE_X = (165.0, 170.0, 145.0, 160.0, 175.0, 62.0, 60.0, 72.0, 75.0)
OUTLINE_Y = (105.0, 105.0, 98.0, 108.0, 85.0, 60.0, 62.0, 85.0, 92.0)

# Painted in this order: a later organ lies over an earlier one.
ORGANS = (
    Organ("lung", (-78, 0, 430), (58, 78, 112), 0.40, 0.15),
    Organ("lung", (78, 0, 430), (58, 78, 112), 0.40, 0.15),
    Organ("spine", (0, 62, 330), (19, 19, 330), 1.0, 0.30),
    Organ("bowel", (10, -40, 190), (90, 40, 65), 1.1, 0.45),
    Organ("blood_pool", (22, -28, 395), (42, 38, 44), 1.5, 0.55),
    Organ("aorta", (14, 38, 370), (11, 11, 130), 1.5, 0.55),
    Organ("liver", (-72, -8, 300), (82, 78, 62), 3.0, 0.70),
    Organ("spleen", (108, 42, 300), (26, 36, 48), 2.5, 0.45),
    Organ("stomach", (66, -28, 290), (36, 32, 48), 2.2, 7.0),
    Organ("kidney", (-62, 52, 235), (25, 25, 54), 32.0, 0.9),
    Organ("kidney", (62, 52, 235), (25, 25, 54), 32.0, 0.9),
    Organ("bladder", (0, -35, 62), (38, 32, 34), 45.0, 7.0),
    Organ("parotid", (-56, 5, 690), (13, 18, 26), 3.5, 12.0),
    Organ("parotid", (56, 5, 690), (13, 18, 26), 3.5, 12.0),
    Organ("submandibular", (-30, -32, 652), (11, 14, 13), 3.0, 9.0),
    Organ("submandibular", (30, -32, 652), (11, 14, 13), 3.0, 9.0),
)
HOT_SUV = 2.0


@dataclass(frozen=True)
class Sphere:
    """A lesion, or a reference region: centre and radius in mm."""

    name: str
    centre: Point
    radius_mm: float
    suv: float = 0.0


# Where scans are read for comparison: large enough to be free of partial volume in their middle.
REFERENCE_REGIONS = (
    Sphere("liver", (-92, -5, 300), 26),
    Sphere("blood_pool", (24, -28, 395), 16),
    Sphere("background", (75, 58, 45), 15),
)


def body_suv(
    grid: Grid, tracer: str, breadth: float, organ_factors: dict[str, float]
) -> FloatImage:
    """SUV of the body without lesions, sharp.

    Args:
        breadth: factor on x and y: how stout the person is.
        organ_factors: by organ name, uptake relative to the usual (1 where not given).
    """
    z, y, x = grid.axes()
    image = np.zeros(grid.shape, dtype=np.float32)
    half_x = np.interp(z, OUTLINE_Z, OUTLINE_X) * breadth
    half_y = np.interp(z, OUTLINE_Z, OUTLINE_Y) * breadth
    inside = (x / half_x) ** 2 + (y / half_y) ** 2 <= 1
    image[inside] = BODY.suv(tracer) * organ_factors.get("body", 1.0)
    for organ in ORGANS:
        centre = stretched(organ.centre, breadth)
        half = stretched(organ.half_axes, breadth)
        box = grid.box(centre, half)
        r2 = sum(((axis[_along(axis, box)] - c) / a) ** 2
                 for axis, c, a in zip((x, y, z), centre, half, strict=True))  # fmt: skip
        image[box][np.asarray(r2) <= 1] = organ.suv(tracer) * organ_factors.get(organ.name, 1.0)
    return image


def stretched(point: Point, breadth: float) -> Point:
    """A point or half-axes of the usual body, in a body of that breadth."""
    return (point[0] * breadth, point[1] * breadth, point[2])


def add_sphere(image: FloatImage, grid: Grid, sphere: Sphere) -> None:
    """Set a sphere's SUV in the image; a voxel on its surface keeps its share of what was there."""
    reach = sphere.radius_mm + grid.voxel_mm
    box = grid.box(sphere.centre, (reach, reach, reach))
    steps = (np.arange(SUBVOXELS) + 0.5) / SUBVOXELS - 0.5
    r2 = [
        ((axis[_along(axis, box)].reshape(-1, 1) + steps * grid.voxel_mm).ravel() - c) ** 2
        for axis, c in zip(grid.axes(), reversed(sphere.centre), strict=True)
    ]
    inside = r2[0][:, None, None] + r2[1][:, None] + r2[2] <= sphere.radius_mm**2
    nz, ny, nx = (len(r) // SUBVOXELS for r in r2)
    share = inside.reshape(nz, SUBVOXELS, ny, SUBVOXELS, nx, SUBVOXELS).mean(axis=(1, 3, 5))
    image[box] = (image[box] * (1 - share) + sphere.suv * share).astype(np.float32)


def sphere_mask(grid: Grid, centre: Point, radius_mm: float) -> tuple[tuple[slice, ...], Mask]:
    """The voxels whose centres lie within a sphere: their box (z, y, x), and the mask in it."""
    box = grid.box(centre, (radius_mm, radius_mm, radius_mm))
    r2 = sum((axis[_along(axis, box)] - c) ** 2
             for axis, c in zip(grid.axes(), reversed(centre), strict=True))  # fmt: skip
    return box, np.asarray(r2) <= radius_mm**2


def _along(axis: NDArray[np.float64], box: tuple[slice, ...]) -> tuple[slice, ...]:
    """The part of a broadcastable axis that lies in a box."""
    return tuple(s if n > 1 else slice(None) for s, n in zip(box, axis.shape, strict=True))


def blurred(image: FloatImage, fwhm_mm: float, grid: Grid) -> FloatImage:
    """The image as a scanner of that resolution shows it; unchanged for 0."""
    if fwhm_mm == 0:
        return image
    out: FloatImage = gaussian_filter(
        image, fwhm_mm / FWHM_PER_SIGMA / grid.voxel_mm, mode="nearest"
    )
    return out


def recovery_at_centre(diameter_mm: NDArray[np.float64], fwhm_mm: float) -> NDArray[np.float64]:
    """Share of a uniform sphere's contrast that its centre keeps after a Gaussian blur.

    The integral of a three-dimensional Gaussian over the sphere:
    erf(q / √2) - √(2/π) q exp(-q²/2), with q the radius in standard deviations.
    """
    q = diameter_mm / 2 / (fwhm_mm / FWHM_PER_SIGMA)
    kept: NDArray[np.float64] = erf(q / np.sqrt(2)) - np.sqrt(2 / np.pi) * q * np.exp(-(q**2) / 2)
    return kept


def with_noise(image: FloatImage, tracer: str, grid: Grid, rng: np.random.Generator) -> FloatImage:
    """The image with noise whose variance is proportional to SUV, never under 0."""
    white = rng.standard_normal(grid.shape, dtype=np.float32)
    grain = blurred(white, NOISE_FWHM_MM, grid)
    grain *= NOISE_SUV[tracer] / grain.std()
    noisy: FloatImage = image + grain * np.sqrt(np.maximum(image, NOISE_FLOOR_SUV))
    return np.maximum(noisy, 0, out=noisy)
