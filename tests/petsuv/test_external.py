"""Public cases with known answers, see the README of COMPENDIUM_EXTERNAL for origin and licence."""

import csv
from pathlib import Path

import numpy as np
import pytest
import SimpleITK as sitk

import petsuv
from petsuv import Refused

REFERENCE = Path(__file__).parents[2] / "src" / "compendium" / "cohorts" / "known_suv.csv"
with REFERENCE.open(encoding="utf-8") as lines:
    CASES = list(csv.DictReader(line for line in lines if not line.startswith("#")))


@pytest.mark.parametrize("case", CASES, ids=[f"{c['series']}-{c['region_file']}" for c in CASES])
def test_public_case(external, case):
    folder = external(f"pet/{case['series']}")
    path = folder.parents[int(case["up"])] / case["region_file"]
    (found,) = petsuv.load(folder).measure(path, case["region"])
    for name in ("n_voxels", "suv_min", "suv_median", "suv_mean", "suv_max"):
        if case[name]:
            wanted, tolerance = float(case[name]), float(case["tolerance"])
            assert found[name] == pytest.approx(wanted, abs=tolerance), name


def test_iodine_without_a_date_is_refused(external):
    with pytest.raises(Refused, match=r"\(0018,1078\)"):
        petsuv.load(external("pet/i124/i124_72h_nodt/PT"))


@pytest.mark.parametrize("name", ["STS_001", "STS_002"])
def test_mask_and_contours_name_the_same_voxels(external, name):
    pet = petsuv.load(external(f"pet/ibsi-sts/{name}/dicom/image"))
    contours = pet.regions(external(f"pet/ibsi-sts/{name}/dicom/mask/RS.dcm"))[0]
    mask = pet.regions(external(f"pet/ibsi-sts/{name}/nifti/PET_mask.nii.gz"))[0]
    assert contours.start == mask.start
    assert np.array_equal(contours.voxels, mask.voxels)
    assert contours.flags == mask.flags == ()


def test_real_values_and_their_place_equal_the_published_image(external):
    pet = petsuv.load(external("pet/ibsi-sts/STS_001/dicom/image"))
    published = sitk.ReadImage(str(external("pet/ibsi-sts/STS_001/nifti/PET_image.nii.gz")))
    assert np.allclose(pet.suv, sitk.GetArrayFromImage(published), rtol=0, atol=2e-6)
    for fact in ("GetOrigin", "GetSpacing", "GetDirection"):
        ours, theirs = (getattr(image, fact)() for image in (pet.image, published))
        assert ours == pytest.approx(theirs, abs=1e-3), fact


def test_raw_scanner_series_needs_no_flag(external):
    assert petsuv.load(external("pet/sts-001-raw/image")).flags == ()


def test_peak_of_a_real_lesion_is_below_its_maximum(external):
    pet = petsuv.load(external("pet/sts-001-raw/image"))
    (found,) = pet.measure(external("pet/sts-001-raw/mask/1-1.dcm"), "GTV_Mass")
    assert found["suv_mean"] < found["suv_peak_local"] <= found["suv_peak"] < found["suv_max"]
