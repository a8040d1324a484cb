"""A body from pelvis to mouth, with its organs, as SUV of either tracer.

Coordinates are DICOM's patient coordinates in mm (x to the left, y to the back, z to the head),
arrays are indexed (z, y, x) from the pelvis upward.
"""

from dataclasses import dataclass

import numpy as np

from compendium.studies import trop2, tsh124i
from petsuv.testing.phantom import FloatImage, Grid, Point, Sphere

# SD of one voxel where SUV is 1; it rises with the square root of SUV, as counts do (assumed).
NOISE_SUV = {trop2.PET.code: 0.10, tsh124i.PET.code: 0.09}


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
        along = zip(reversed(grid.axes(box)), centre, half, strict=True)
        r2 = sum(((axis - c) / a) ** 2 for axis, c, a in along)
        image[box][np.asarray(r2) <= 1] = organ.suv(tracer) * organ_factors.get(organ.name, 1.0)
    return image


def stretched(point: Point, breadth: float) -> Point:
    """A point or half-axes of the usual body, in a body of that breadth."""
    return (point[0] * breadth, point[1] * breadth, point[2])
