"""Public cases with known answers, see the README of COMPENDIUM_EXTERNAL for origin and licence."""

import csv
from pathlib import Path

import numpy as np
import pytest

from compendium.errors import Refused
from petsuv.measure import plain_figures, suv_of
from petsuv.metrics import Volume, peak
from petsuv.regions import choose, read_regions
from petsuv.series import load_series
from petsuv.suv import convert

pytestmark = pytest.mark.external
REFERENCE = Path(__file__).parent / "reference" / "pet_public_cases.csv"
with REFERENCE.open(encoding="utf-8") as lines:
    CASES = list(csv.DictReader(line for line in lines if not line.startswith("#")))


def figures(external, case):
    folder = external(f"pet/{case['series']}")
    path = folder.parents[int(case["up"])] / case["region_file"]
    series = load_series(folder)
    region = choose(read_regions(path, series), case["region"], path)
    return plain_figures(series, convert(series), region)


@pytest.mark.parametrize("case", CASES, ids=[f"{c['series']}-{c['region_file']}" for c in CASES])
def test_public_case(external, case):
    found = figures(external, case)
    for name in ("n_voxels", "suv_min", "suv_median", "suv_mean", "suv_max"):
        if case[name]:
            assert getattr(found, name) == pytest.approx(
                float(case[name]), abs=float(case["tolerance"])
            ), name


def test_iodine_without_a_date_is_refused(external):
    series = load_series(external("pet/i124/i124_72h_nodt/PT"))
    with pytest.raises(Refused, match=r"\(0018,1078\)"):
        convert(series)


@pytest.mark.parametrize("name", ["STS_001", "STS_002"])
def test_mask_and_contours_name_the_same_voxels(external, name):
    series = load_series(external(f"pet/ibsi-sts/{name}/dicom/image"))
    contours = read_regions(external(f"pet/ibsi-sts/{name}/dicom/mask/RS.dcm"), series)[0]
    mask = read_regions(external(f"pet/ibsi-sts/{name}/nifti/PET_mask.nii.gz"), series)[0]
    assert contours.start == mask.start
    assert np.array_equal(contours.voxels, mask.voxels)
    assert contours.flags == mask.flags == ()


def test_real_values_equal_the_published_image(external):
    import SimpleITK as sitk

    series = load_series(external("pet/ibsi-sts/STS_001/dicom/image"))
    image = sitk.ReadImage(str(external("pet/ibsi-sts/STS_001/nifti/PET_image.nii.gz")))
    suv = series.stored * convert(series).suv_per_stored[:, None, None]
    assert np.allclose(suv, sitk.GetArrayFromImage(image), rtol=0, atol=2e-6)


def test_raw_scanner_series_needs_no_flag(external):
    assert convert(load_series(external("pet/sts-001-raw/image"))).flags == ()


def test_peak_of_a_real_lesion_is_below_its_maximum(external):
    series = load_series(external("pet/sts-001-raw/image"))
    path = external("pet/sts-001-raw/mask/1-1.dcm")
    region = choose(read_regions(path, series), "GTV_Mass", path)
    volume = Volume(series, convert(series))
    local, best = peak(volume, region)
    values = suv_of(series, volume.conversion, region)
    assert values.mean() < local <= best < values.max()
