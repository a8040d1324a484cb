"""Enhanced and Legacy Converted Enhanced PET give what their single-frame twin gives."""

from io import BytesIO

import numpy as np
import pydicom
import pytest
from PIL import Image
from pydicom.encaps import encapsulate
from pydicom.uid import JPEG2000Lossless, JPEGLSLossless, RLELossless

import petsuv
from petsuv.errors import Refused
from petsuv.export import write_exports
from petsuv.identity import identity_of_series
from petsuv.region import Region
from petsuv.segmentation import Segment, series_segmentation
from petsuv.testing.contours import rectangle, write_rtstruct
from petsuv.testing.enhanced import write_enhanced
from petsuv.testing.files import code, compressed
from petsuv.testing.series import SUV_PER_BQML, pet_slices, stored_values, write_slices
from petsuv.text import uid_of

KINDS = pytest.mark.parametrize("legacy", [False, True])


def with_slopes():
    return pet_slices(each=lambda i, ds: setattr(ds, "RescaleSlope", str(1 + i)))


def expected_suv():
    return stored_values() * np.arange(1, 5)[:, None, None] * SUV_PER_BQML


@KINDS
def test_gives_the_suv_of_its_single_frame_twin(tmp_path, legacy):
    twin = petsuv.load(write_slices(tmp_path / "single", with_slopes()))
    write_enhanced(tmp_path / "enhanced" / "all.dcm", with_slopes(), legacy=legacy)
    pet = petsuv.load(tmp_path / "enhanced")
    np.testing.assert_allclose(pet.suv, expected_suv(), rtol=1e-6)
    np.testing.assert_allclose(pet.suv, twin.suv, rtol=1e-12)
    assert np.array_equal(pet.series.positions_mm, twin.series.positions_mm)
    assert pet.flags == twin.flags == ()


@KINDS
def test_is_measured_in_regions(tmp_path, legacy):
    write_enhanced(tmp_path / "enhanced" / "all.dcm", legacy=legacy)
    region = write_rtstruct(tmp_path / "rs.dcm", {"L1": [rectangle(-5, -7, 5, 3, 3)]})
    (row,) = petsuv.load(tmp_path / "enhanced").measure(region)
    assert row["suv_max"] == pytest.approx(480 * SUV_PER_BQML)


@KINDS
def test_tells_whose_it_is(tmp_path, legacy):
    write_enhanced(tmp_path / "enhanced" / "all.dcm", legacy=legacy)
    write_slices(tmp_path / "single", pet_slices())
    assert identity_of_series(tmp_path / "enhanced") == identity_of_series(tmp_path / "single")


@KINDS
def test_may_be_compressed(tmp_path, legacy):
    write_enhanced(tmp_path / "all.dcm", with_slopes(), legacy=legacy, syntax=RLELossless)
    np.testing.assert_allclose(petsuv.load(tmp_path).suv, expected_suv(), rtol=1e-6)


def refusal(tmp_path, **arguments):
    write_enhanced(tmp_path / "all.dcm", **arguments)
    with pytest.raises(Refused) as caught:
        petsuv.load(tmp_path)
    return str(caught.value)


def second(group, keyword, value):
    """Change an element of the second frame's group."""

    def change(index, groups):
        if index == 1:
            setattr(getattr(groups, group)[0], keyword, value)

    return change


class TestFunctionalGroups:
    def test_of_two_time_frames_are_refused(self, tmp_path):
        change = second("FrameContentSequence", "TemporalPositionIndex", 2)
        assert "(0020,9128) Temporal Position Index has 2 values" in refusal(tmp_path, frame=change)

    def test_with_two_slopes_are_refused_with_both(self, tmp_path):
        change = second("RealWorldValueMappingSequence", "RealWorldValueSlope", 1.5)
        reason = refusal(tmp_path, frame=change)
        assert (
            "frame 2: (0028,1053) Rescale Slope is 1, (0040,9225) Real World Value Slope 1.5"
            in (reason)
        )

    def test_with_a_slope_that_is_no_number_are_refused(self, tmp_path):
        change = second("RealWorldValueMappingSequence", "RealWorldValueSlope", float("nan"))
        assert "Real World Value Slope nan; expected one number" in refusal(tmp_path, frame=change)

    def test_with_an_intercept_are_refused(self, tmp_path):
        change = second("RealWorldValueMappingSequence", "RealWorldValueIntercept", 3.0)
        assert "(0028,1052) Rescale Intercept is 3.0" in refusal(tmp_path, frame=change)

    def test_with_one_slope_alone_are_read(self, tmp_path):
        def without(index, groups):
            del groups.PixelValueTransformationSequence

        write_enhanced(tmp_path / "all.dcm", with_slopes(), frame=without)
        np.testing.assert_allclose(petsuv.load(tmp_path).suv, expected_suv(), rtol=1e-6)

    def test_of_fewer_items_than_frames_are_refused(self, tmp_path):
        assert "has 4 items; expected 5" in refusal(tmp_path, NumberOfFrames=5)

    def test_in_other_units_are_refused(self, tmp_path):
        def counts(index, groups):
            mapping = groups.RealWorldValueMappingSequence[0]
            mapping.MeasurementUnitsCodeSequence = [code("{counts}", "UCUM", "Counts")]

        assert "(0054,1001) Units is COUNTS" in refusal(tmp_path, frame=counts)

    def test_without_attenuation_correction_are_refused(self, tmp_path):
        assert "(0028,0051) Corrected Image is DECY\\SCAT" in refusal(
            tmp_path, AttenuationCorrected="NO"
        )

    def test_without_the_time_of_decay_correction_say_so(self, tmp_path):
        # The series' time is that of the acquisition: the next source that may be trusted.
        write_enhanced(tmp_path / "all.dcm", DecayCorrectionDateTime=None)
        np.testing.assert_allclose(
            petsuv.load(tmp_path).suv, stored_values() * SUV_PER_BQML, rtol=1e-6
        )


@KINDS
@pytest.mark.slow
def test_regions_are_exported_on_its_frames_and_read_back(tmp_path, legacy):
    # The frames stand in the file from the head down, the series from the feet up.
    slices = with_slopes()[::-1]
    for position, one in enumerate(slices):
        one.InstanceNumber = position + 1
    write_enhanced(tmp_path / "pet" / "all.dcm", slices, legacy=legacy)
    pet = petsuv.load(tmp_path / "pet")
    assert pet.series.frames == (4, 3, 2, 1)
    voxels = np.ones((2, 2, 3), dtype=bool)
    voxels[0, 0, 0] = False
    drawn = Region("L1", (1, 2, 1), voxels)
    rows = [row | {"lesion_id": "L1"} for row in pet.measure(drawn)]
    write_exports(tmp_path / "out", "S1", pet, [drawn], rows)
    (found,) = pet.regions(tmp_path / "out" / "S1_seg.dcm")
    assert (found.start, found.flags) == (drawn.start, ())
    assert np.array_equal(found.voxels, voxels)
    assert pet.measure(found)[0]["suv_max"] == rows[0]["suv_max"]
    report = pydicom.dcmread(tmp_path / "out" / "S1_sr.dcm")
    assert len(report.CurrentRequestedProcedureEvidenceSequence) == 1


def test_of_several_files_are_read_and_not_exported_to(tmp_path):
    for name, slices in (("low", pet_slices()[:2]), ("high", pet_slices()[2:])):
        path = write_enhanced(tmp_path / f"{name}.dcm", slices, SOPInstanceUID=uid_of(name))
        assert path.is_file()
    pet = petsuv.load(tmp_path)
    np.testing.assert_allclose(pet.suv, stored_values() * SUV_PER_BQML, rtol=1e-6)
    with pytest.raises(Refused, match="frames of 2 files"):
        series_segmentation(
            pet.series, [Segment(Region("L1", (1, 1, 1), np.ones((1, 1, 1), bool)))]
        )


def jpeg_2000(ds):
    """The slice with its pixels in lossless JPEG 2000."""
    pixels = np.frombuffer(ds.PixelData, "<u2").reshape(ds.Rows, ds.Columns)
    stream = BytesIO()
    Image.fromarray(pixels).save(stream, "JPEG2000", no_jp2=True, irreversible=False)
    ds.PixelData = encapsulate([stream.getvalue()])
    ds["PixelData"].VR = "OB"
    ds["PixelData"].is_undefined_length = True
    return ds


def test_jpeg_2000_of_single_frames_is_read(tmp_path):
    slices = pet_slices(
        PixelRepresentation=0, each=lambda i, ds: setattr(ds, "RescaleSlope", str(1 + i))
    )
    write_slices(tmp_path, map(jpeg_2000, slices), JPEG2000Lossless)
    np.testing.assert_allclose(petsuv.load(tmp_path).suv, expected_suv(), rtol=1e-6)


def test_jpeg_ls_of_single_frames_is_read(tmp_path):
    slices = [compressed(ds, JPEGLSLossless) for ds in with_slopes()]
    write_slices(tmp_path, slices, JPEGLSLossless)
    np.testing.assert_allclose(petsuv.load(tmp_path).suv, expected_suv(), rtol=1e-6)


@KINDS
def test_a_makers_own_element_beside_the_groups_is_passed_over(tmp_path, legacy):
    write_enhanced(tmp_path / "all.dcm", with_slopes(), legacy=legacy)
    made = pydicom.dcmread(tmp_path / "all.dcm")
    made.PerFrameFunctionalGroupsSequence[0].add_new((0x0011, 0x0010), "LO", "A MAKER")
    made.save_as(tmp_path / "all.dcm")
    np.testing.assert_allclose(petsuv.load(tmp_path).suv, expected_suv(), rtol=1e-6)
