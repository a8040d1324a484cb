"""Make the scans of a study: phantom, lesions, blur, noise, series and regions; scan by scan."""

import zlib
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd
from joblib import Parallel, delayed
from tqdm import tqdm

from compendium.synthetic.headers import bqml_per_suv, timing_of
from compendium.synthetic.phantom import (
    NOISE_SUV,
    ORGANS,
    REFERENCE_REGIONS,
    body_suv,
    stretched,
)
from compendium.synthetic.placement import place_lesions, region_radius_mm
from compendium.synthetic.regions import Delineated, write_contours, write_seg
from compendium.synthetic.scans import FWHM_MM, Scan
from compendium.synthetic.series import write_series
from petsuv.testing.phantom import (
    FloatImage,
    Grid,
    Sphere,
    add_sphere,
    blurred,
    sphere_mask,
    with_noise,
)

USUAL_BMI = 23.5
BREADTHS = (0.9, 1.15)
ORGAN_SD = 0.12
WASHED_OUT = 0.2  # organs on a scan of what is left before the second administration
GRID = Grid()


@dataclass(frozen=True, kw_only=True)
class Task:
    """A scan with the lesions that are in it.

    Attributes:
        lesions: lesion_id, site, diameter_mm, suv (true, g/mL); one row a lesion.
        forced: lesions that are not visible; their region is forced from CT or the other scan.
        fwhm_mm: resolution of the scanner; 0 for a sharp image.
        noise: whether there is any.
    """

    scan: Scan
    lesions: pd.DataFrame
    seed: int
    forced: frozenset[str] = frozenset()
    fwhm_mm: float = FWHM_MM
    noise: bool = True
    grid: Grid = GRID


def breadth_of(scan: Scan) -> float:
    """How stout the phantom is, by the person's body-mass index."""
    bmi = scan.weight_kg / (scan.height_cm / 100) ** 2
    return float(np.clip(np.sqrt(bmi / USUAL_BMI), *BREADTHS))


def spheres_of(task: Task) -> list[Sphere]:
    """The lesions with their places, which are the same on all scans of a patient."""
    rng = _generator(task.seed, task.scan.patient_id, "places")
    placed = place_lesions(task.lesions, breadth_of(task.scan), rng)
    return [
        replace(sphere, suv=float(suv))
        for sphere, suv in zip(placed, task.lesions["suv"], strict=True)
    ]


def make_image(task: Task, spheres: list[Sphere]) -> tuple[FloatImage, FloatImage]:
    """The scan as SUV: without noise (blurred by the scanner), and as it is written."""
    organ_rng = _generator(task.seed, task.scan.patient_id, task.scan.tracer)
    names = sorted({"body", *(organ.name for organ in ORGANS)})
    usual = WASHED_OUT if task.scan.residual_of_first else 1.0
    factors = {name: usual * float(np.exp(organ_rng.normal(0, ORGAN_SD))) for name in names}
    image = body_suv(task.grid, task.scan.tracer, breadth_of(task.scan), factors)
    for sphere in spheres:
        add_sphere(image, task.grid, sphere)
    clean = blurred(image, task.fwhm_mm, task.grid)
    if not task.noise:
        return clean, clean
    noise_rng = _generator(task.seed, task.scan.scan_id, "noise")
    return clean, with_noise(clean, NOISE_SUV[task.scan.tracer], task.grid, noise_rng)


def make_scan(task: Task, dicom_dir: Path) -> dict[str, Any]:
    """Write one scan's series and regions; returns its record for truth.json."""
    scan, grid = task.scan, task.grid
    spheres = spheres_of(task)
    clean, image = make_image(task, spheres)
    timing = timing_of(scan, grid.shape[0])
    series = write_series(image, scan, timing, grid, task.seed, dicom_dir / scan.scan_id)
    if scan.region_name is not None:
        write = write_contours if scan.variant == "rtstruct" else write_seg
        regions = regions_of(task, spheres)
        write(regions, series, grid, (task.seed, scan.scan_id), dicom_dir / scan.region_name)
    per_suv = bqml_per_suv(scan, timing)
    return {
        "scan_id": scan.scan_id,
        "uptake_minutes": (scan.started_at - scan.administered_at).total_seconds() / 60,
        "bqml_per_suv": [float(per_suv.min()), float(per_suv.max())],
        "fwhm_mm": task.fwhm_mm,
        "lesions": [_lesion_record(task, sphere, clean) for sphere in spheres],
    }


def regions_of(task: Task, spheres: list[Sphere]) -> list[Delineated]:
    """A region for each lesion, and the reference regions."""
    breadth = breadth_of(task.scan)
    lesions = [
        Delineated(
            replace(s, radius_mm=region_radius_mm(s)), lesion=True, forced=s.name in task.forced
        )
        for s in spheres
    ]
    references = [
        Delineated(replace(r, centre=stretched(r.centre, breadth)), lesion=False)
        for r in REFERENCE_REGIONS
    ]
    return lesions + references


def _lesion_record(task: Task, sphere: Sphere, clean: FloatImage) -> dict[str, Any]:
    box, mask = sphere_mask(task.grid, sphere.centre, region_radius_mm(sphere))
    return {
        "lesion_id": sphere.name,
        "centre_mm": [round(c, 3) for c in sphere.centre],
        "diameter_mm": 2 * sphere.radius_mm,
        "suv_true": sphere.suv,
        "suv_max_without_noise": float(clean[box][mask].max()),
        "forced": sphere.name in task.forced,
    }


def make_scans(tasks: list[Task], dicom_dir: Path, workers: int) -> list[dict[str, Any]]:
    """Write all scans, with a progress bar; the same files for any number of workers."""
    dicom_dir.mkdir(parents=True, exist_ok=True)
    made = Parallel(n_jobs=workers, return_as="generator")(
        delayed(make_scan)(task, dicom_dir) for task in tasks
    )
    return list(tqdm(made, total=len(tasks), desc="Scans", unit="scan", disable=None))


def _generator(seed: int, *parts: str) -> np.random.Generator:
    """A generator for one purpose, whatever else has been drawn."""
    return np.random.default_rng([seed, *(zlib.crc32(part.encode()) for part in parts)])
