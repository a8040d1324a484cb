"""The synthetic scans: what is in the files is the truth, by the standard's own arithmetic."""

import hashlib
import math
from dataclasses import replace
from datetime import datetime, timedelta
from pathlib import Path

import highdicom as hd
import numpy as np
import pandas as pd
import pydicom
import pytest

from compendium.synthetic import TRUTHS
from compendium.synthetic.headers import decay_rate, series_header, slice_header, timing_of
from compendium.synthetic.images import (
    Task,
    make_image,
    make_scan,
    make_scans,
    regions_of,
    spheres_of,
)
from compendium.synthetic.phantom import body_suv
from compendium.synthetic.placement import place_lesions
from compendium.synthetic.scans import TROP2_VARIANTS, Scan
from compendium.synthetic.study import make_study
from compendium.synthetic.tasks import tasks_of, uptake_on, visible
from petsuv.testing.phantom import Grid, sphere_mask

GRID = Grid()
COARSE = Grid(shape=(90, 56, 56), voxel_mm=8.0)
GIVEN = datetime(2026, 3, 2, 9, 15, 30)
LESIONS = pd.DataFrame(
    {
        "lesion_id": ["L1", "L2", "L3"],
        "site": ["lung", "bone", "lymph_node"],
        "diameter_mm": [44.0, 20.0, 5.0],
        "suv": [10.0, 6.0, 8.0],
    }
)


def scan_of(variant: str, tracer: str = "18F-Trop2") -> Scan:
    wait = timedelta(minutes=62) if tracer == "18F-Trop2" else timedelta(hours=47)
    given = GIVEN.replace(hour=23, minute=30) if variant == "midnight" else GIVEN
    return Scan(
        scan_id=f"P900_{variant}",
        patient_id="P900",
        sex="female",
        height_cm=162.0,
        weight_kg=61.3,
        tracer=tracer,
        scan_day=900,
        variant=variant,
        activity_mbq=163.4 if tracer == "18F-Trop2" else 48.2,
        administered_at=given,
        started_at=given + wait,
        tsh_level=None if tracer == "18F-Trop2" else "low",
    )


def sharp(variant: str, grid: Grid = COARSE) -> Task:
    scan = scan_of(variant)
    return Task(scan=scan, lesions=LESIONS, seed=3, fwhm_mm=0, noise=False, grid=grid)


def read_sorted(folder: Path) -> list[pydicom.Dataset]:
    slices = [pydicom.dcmread(path) for path in sorted(folder.glob("*.dcm"))]
    return sorted(slices, key=lambda ds: float(ds.ImagePositionPatient[2]))


def moment(date: str, time: str) -> datetime:
    return datetime.strptime(date + time, "%Y%m%d%H%M%S.%f")


def suv_by_hand(ds: pydicom.Dataset, variant: str) -> np.ndarray:
    """SUV of a slice from what the test knows of the dose, and the header's correction only."""
    scan = scan_of(variant)
    stored = ds.pixel_array.astype(float) * float(ds.RescaleSlope)
    rate = decay_rate(scan.tracer)
    if variant == "gml":
        return stored
    if variant == "cnts_suv":
        return stored * float(ds[0x7053, 0x1000].value)
    if variant == "cnts_bqml":
        stored = stored * float(ds[0x7053, 0x1009].value)
    if variant == "admin":
        elapsed = 0.0
    elif variant == "none":
        frame = float(ds.ActualFrameDuration) / 1000
        average = math.log(rate * frame / (1 - math.exp(-rate * frame))) / rate
        acquired = moment(ds.AcquisitionDate, ds.AcquisitionTime)
        elapsed = (acquired - scan.administered_at).total_seconds() + average
    else:
        elapsed = (scan.started_at - scan.administered_at).total_seconds()
    left = scan.activity_mbq * 1e6 * math.exp(-rate * elapsed)
    return stored * scan.weight_kg * 1000 / left


@pytest.mark.slow
@pytest.mark.parametrize("variant", TROP2_VARIANTS)
def test_inside_a_lesion_the_sharp_series_holds_its_true_suv(tmp_path: Path, variant: str) -> None:
    task = sharp(variant)
    make_scan(task, tmp_path)
    slices = read_sorted(tmp_path / task.scan.scan_id)
    lesion = spheres_of(task)[0]
    box, inside = sphere_mask(COARSE, lesion.centre, lesion.radius_mm - COARSE.voxel_mm)
    volume = np.stack([suv_by_hand(ds, variant)[box[1:]] for ds in slices[box[0]]])
    # 15 bits for the hottest organ of a slice (SUV about 45), of which half a step is lost
    assert inside.sum() > 15
    assert volume[inside] == pytest.approx(10.0, abs=45 / 32767)


def header_of(variant: str, tracer: str = "18F-Trop2") -> pydicom.Dataset:
    scan = scan_of(variant, tracer)
    timing = timing_of(scan, 180)
    header = series_header(scan, timing)
    header.update(slice_header(scan, timing, 0))
    return header


def test_headers_by_variant() -> None:
    first = {variant: header_of(variant) for variant in (*TROP2_VARIANTS, "propcnts")}
    item = {v: ds.RadiopharmaceuticalInformationSequence[0] for v, ds in first.items()}
    units = {v: ds.Units for v, ds in first.items() if ds.Units != "BQML"}
    assert units == {"cnts_suv": "CNTS", "cnts_bqml": "CNTS", "gml": "GML", "propcnts": "PROPCNTS"}
    corrections = {
        v: ds.DecayCorrection for v, ds in first.items() if ds.DecayCorrection != "START"
    }
    assert corrections == {"admin": "ADMIN", "none": "NONE"}
    assert "DECY" not in first["none"].CorrectedImage
    assert "DecayFactor" not in first["none"]
    assert "RadiopharmaceuticalStartTime" not in item["datetime_only"]
    assert item["datetime_only"].RadiopharmaceuticalStartDateTime.startswith("20260302091530")
    assert "RadiopharmaceuticalStartDateTime" not in item["midnight"]
    assert item["midnight"].RadiopharmaceuticalStartTime > first["midnight"].SeriesTime
    assert float(item["mbq_dose"].RadionuclideTotalDose) == 163.4
    assert float(first["cnts_bqml"][0x7053, 0x1000].value) == 0
    assert first["series_overwritten"].SeriesTime > first["series_overwritten"].AcquisitionTime
    assert first["start_ge"][0x0009, 0x100D].value.startswith("20260302101730")
    assert all(ds.PatientName == "SYNTHETIC^P900" for ds in first.values())
    assert all("SYNTHETIC" in ds.SeriesDescription for ds in first.values())
    assert scan_of("rtstruct").region_name == "P900_rtstruct_rtstruct.dcm"
    assert scan_of("start").region_name == "P900_start_seg.dcm"


@pytest.mark.slow
def test_timing_within_a_series(tmp_path: Path) -> None:
    make_scan(sharp("start"), tmp_path)
    slices = read_sorted(tmp_path / "P900_start")
    start = moment(slices[0].SeriesDate, slices[0].SeriesTime)
    rate = decay_rate("18F-Trop2")
    assert len({ds.RescaleSlope for ds in slices}) > 10
    assert [ds.InstanceNumber for ds in slices] == list(range(90, 0, -1))
    for ds in slices:
        acquired = (moment(ds.AcquisitionDate, ds.AcquisitionTime) - start).total_seconds()
        assert acquired in {bed * 152.0 for bed in range(3)}
        average = float(ds.FrameReferenceTime) / 1000 - acquired
        # the activity of a frame is its average a little before the middle of its 150 s
        assert 74.9 < average < 75
        decayed = float(ds.FrameReferenceTime) / 1000
        assert float(ds.DecayFactor) == pytest.approx(math.exp(rate * decayed), rel=1e-6)


def test_late_beds_are_scanned_from_the_head_down() -> None:
    scan = scan_of("late_bed")
    timing = timing_of(scan, 180)
    assert timing.acquired[-1] == scan.started_at
    assert (timing.acquired[0] - timing.acquired[-1]).total_seconds() == 5 * 422


def test_124i_has_its_date_but_where_only_the_table_does() -> None:
    expected = {"start": True, "start_ge": True, "admin": True, "table_date": False}
    for variant, dated in (expected | {"i124_without_date": False}).items():
        item = header_of(variant, "124I").RadiopharmaceuticalInformationSequence[0]
        assert ("RadiopharmaceuticalStartDateTime" in item) == dated
        assert float(item.RadionuclideHalfLife) == 360806.4  # 4.176 d


def test_organs_have_their_usual_uptake() -> None:
    image = body_suv(GRID, "18F-Trop2", 1.0, {"liver": 1.1})
    box, inside = sphere_mask(GRID, (-92, -5, 300), 20)
    assert image[box][inside] == pytest.approx(3.3)
    assert image[:, 0, 0].max() == 0


@pytest.mark.slow
@pytest.mark.parametrize("variant", ["start", "rtstruct"])
def test_regions_come_back_by_name_and_voxel(tmp_path: Path, variant: str) -> None:
    task = sharp(variant, GRID)
    make_scan(task, tmp_path)
    regions = {r.sphere.name: r for r in regions_of(task, spheres_of(task))}
    assert set(regions) == {"L1", "L2", "L3", "liver", "blood_pool", "background"}
    assert regions["L3"].sphere.radius_mm == 5  # not the lesion's 2.5 mm
    expected = {
        name: int(sphere_mask(GRID, r.sphere.centre, r.sphere.radius_mm)[1].sum())
        for name, r in regions.items()
    }
    path = tmp_path / str(task.scan.region_name)
    counted = count_seg(path) if variant == "start" else count_rtstruct(path)
    # a polygon's corners reach 0.01 mm beyond its circle and may take in a voxel more
    assert counted == (expected if variant == "start" else pytest.approx(expected, abs=1))


def count_seg(path: Path) -> dict[str, int]:
    seg = hd.seg.segread(path)
    volume = seg.get_volume(combine_segments=False).array
    return {
        seg.get_segment_description(number).segment_label: int(volume[..., number - 1].sum())
        for number in seg.segment_numbers
    }


def count_rtstruct(path: Path) -> dict[str, int]:
    """Voxel centres inside the polygons, by the sign of the cross products (they are convex)."""
    ds = pydicom.dcmread(path)
    names = {roi.ROINumber: roi.ROIName for roi in ds.StructureSetROISequence}
    _, y, x = GRID.axes()
    counts = {}
    for roi in ds.ROIContourSequence:
        inside = 0
        for contour in roi.ContourSequence:
            points = np.array(contour.ContourData, dtype=float).reshape(-1, 3)
            side = np.ones((112, 112), dtype=bool)
            for a, b in zip(points, np.roll(points, -1, axis=0), strict=True):
                side &= (b[0] - a[0]) * (y[0] - a[1]) - (b[1] - a[1]) * (x[0] - a[0]) >= 0
            inside += int(side.sum())
        counts[names[roi.ReferencedROINumber]] = inside
    return counts


def test_lesions_stay_clear_of_each_other() -> None:
    many = pd.DataFrame(
        {
            "lesion_id": [f"L{k}" for k in range(8)],
            "site": ["lung"] * 4 + ["bone"] * 2 + ["lymph_node", "thyroid_bed"],
            "diameter_mm": [30.0, 20, 12, 8, 25, 10, 15, 12],
        }
    )
    placed = place_lesions(many, 1.0, np.random.default_rng(2))
    assert [sphere.name for sphere in placed] == list(many["lesion_id"])
    for k, one in enumerate(placed):
        for other in placed[k + 1 :]:
            gap = math.dist(one.centre, other.centre) - one.radius_mm - other.radius_mm
            assert gap >= 14


def test_whether_a_124i_lesion_is_visible() -> None:
    # Body background 0.25: at 30 mm (all contrast kept) the limit is 0.375; in the lung it is
    # 0.225; at 5 mm most of the contrast is lost.
    own = pd.DataFrame(
        {
            "site": ["bone", "bone", "lung", "bone"],
            "diameter_mm": [30.0, 30.0, 30.0, 5.0],
            "suv": [0.38, 0.37, 0.23, 0.6],
        }
    )
    assert visible(own).tolist() == [True, False, True, False]


def test_a_residual_scan_shows_what_was_not_washed_out() -> None:
    low = scan_of("start", "124I")
    residual = replace(
        low, started_at=low.administered_at + timedelta(days=12), residual_of_first=True
    )
    own = pd.DataFrame({"suv_low_true": [8.0], "biological_half_life_days": [5.0]})
    assert uptake_on(residual, own).tolist() == pytest.approx([2.0])


@pytest.mark.slow
def test_the_same_seed_gives_the_same_image_and_the_clean_one_is_under_it() -> None:
    task = replace(sharp("start", GRID), fwhm_mm=6.0, noise=True)
    clean, noisy = make_image(task, spheres_of(task))
    again = make_image(task, spheres_of(task))[1]
    assert (noisy == again).all()
    body = clean > 0.3  # elsewhere noise is cut off at zero
    assert abs(float((noisy - clean)[body].mean())) < 0.002


@pytest.mark.slow
def test_files_do_not_depend_on_the_number_of_workers(tmp_path: Path) -> None:
    study = make_study(TRUTHS["assumed"], 11, n_responders=1, n_non_responders=1, n_tsh124i=1)
    tasks = tasks_of(study)
    assert len(tasks) == 5  # one of the patient, two of 124I, and the two that are refused
    # Voxels of 5 mm: the smallest region, of radius 5 mm, holds a centre wherever it lies.
    coarse = [replace(task, grid=Grid((144, 90, 90), 5.0)) for task in tasks[:2]]
    records = [make_scans(coarse, tmp_path / str(n), workers=n) for n in (1, 2)]
    assert records[0] == records[1]
    assert tree(tmp_path / "1") == tree(tmp_path / "2")
    lesion = records[0][0]["lesions"][0]
    assert lesion["suv_max_without_noise"] <= lesion["suv_true"] * 1.001


def tree(folder: Path) -> dict[str, str]:
    return {
        str(path.relative_to(folder)): hashlib.sha256(path.read_bytes()).hexdigest()
        for path in sorted(folder.rglob("*.dcm"))
    }
