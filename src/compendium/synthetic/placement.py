"""Where lesions lie in the phantom: at their sites, clear of each other and of hot organs."""

from collections.abc import Iterable

import numpy as np
import pandas as pd

from compendium.synthetic.phantom import HOT_SUV, ORGANS, REFERENCE_REGIONS, stretched
from petsuv.testing.phantom import Point, Sphere

GAP_MM = 14.0
PROPOSALS = 150
SMALLEST_REGION_MM = 5.0

# Boxes (x, y, z from-to, mm) from which a lesion's centre is drawn; x is mirrored at random.
SITE_BOXES: dict[str, tuple[tuple[Point, Point], ...]] = {
    "lung": (((45, -45, 385), (115, 45, 515)),),
    "lymph_node": (
        ((28, 5, 575), (45, 30, 630)),
        ((50, -25, 548), (85, 10, 572)),
        ((0, -15, 470), (22, 15, 520)),
    ),
    "thyroid_bed": (((8, -35, 580), (24, -15, 605)),),
    "bone": (
        ((0, 60, 90), (0, 66, 560)),
        ((70, 5, 95), (100, 40, 150)),
        ((85, -5, 25), (100, 5, 45)),
        ((0, -95, 430), (0, -88, 500)),
        ((128, 10, 330), (138, 50, 480)),
    ),
}
ELSEWHERE = SITE_BOXES["lymph_node"]


def place_lesions(lesions: pd.DataFrame, breadth: float, rng: np.random.Generator) -> list[Sphere]:
    """A sphere (without SUV) for each lesion, largest placed first.

    Args:
        lesions: lesion_id, site, diameter_mm, one row a lesion.
        breadth: of the body, see `phantom.body_suv`.
    """
    placed = [Sphere(r.name, stretched(r.centre, breadth), r.radius_mm) for r in REFERENCE_REGIONS]
    centres: dict[str, Sphere] = {}
    for lesion in lesions.sort_values("diameter_mm", ascending=False).itertuples():
        radius = float(str(lesion.diameter_mm)) / 2
        boxes = SITE_BOXES.get(str(lesion.site), ELSEWHERE)
        proposals = [_propose(boxes, breadth, rng) for _ in range(PROPOSALS)]
        clearances = _clearances(np.array(proposals), radius, placed, breadth)
        # The first proposal that is clear; where none is, the one that comes nearest to it.
        best = int(np.argmax(clearances >= 0)) if (clearances >= 0).any() else clearances.argmax()
        sphere = Sphere(str(lesion.lesion_id), proposals[int(best)], radius)
        placed.append(sphere)
        centres[sphere.name] = sphere
    return [centres[str(name)] for name in lesions["lesion_id"]]


def region_radius_mm(lesion: Sphere) -> float:
    """Radius of the region drawn round a lesion: never so small that it holds a voxel or two."""
    return max(lesion.radius_mm, SMALLEST_REGION_MM)


def _propose(
    boxes: tuple[tuple[Point, Point], ...], breadth: float, rng: np.random.Generator
) -> Point:
    low, high = boxes[int(rng.integers(len(boxes)))]
    x, y, z = rng.uniform(low, high)
    side = 1 if rng.random() < 0.5 else -1
    return stretched((float(side * x), float(y), float(z)), breadth)


def _clearances(
    points: np.ndarray, radius_mm: float, placed: Iterable[Sphere], breadth: float
) -> np.ndarray:
    """For each point, how far (mm) a sphere round it would stay beyond the gap to anything else."""
    clearance = np.full(len(points), np.inf)
    for other in placed:
        distance = np.linalg.norm(points - np.array(other.centre), axis=1)
        clearance = np.minimum(clearance, distance - other.radius_mm - radius_mm - GAP_MM)
    for organ in ORGANS:
        if max(organ.suv_trop2, organ.suv_i124) >= HOT_SUV:
            half = np.array(stretched(organ.half_axes, breadth)) + radius_mm + GAP_MM
            centre = np.array(stretched(organ.centre, breadth))
            scaled = np.linalg.norm((points - centre) / half, axis=1)
            clearance = np.minimum(clearance, (scaled - 1) * half.min())
    return clearance
