"""Rule 9: regions of every format on the grid of the PET, or refused by name."""

import warnings

import highdicom as hd
import numpy as np
import pytest
import SimpleITK as sitk
from pydicom import dcmread
from pydicom.uid import generate_uid

from petsuv.errors import InputError, Refused
from petsuv.region import Region, choose
from petsuv.regions import Reading, read_regions
from petsuv.segmentation import Segment, series_segmentation
from petsuv.series import load_series
from petsuv.testing.contours import rectangle, write_rtstruct
from petsuv.testing.files import save
from petsuv.testing.series import FRAME, SERIES, SHAPE, STUDY, write_series

# Voxel centres: x = -8, -4, 0, 4, 8; y = -10, -6, -2, 2, 6, 10; z = 0, 3, 6, 9 mm.


@pytest.fixture
def pet(tmp_path):
    return load_series(write_series(tmp_path / "pet"))


def mask_of(found: Region) -> np.ndarray:
    return found.mask(SHAPE)


def drawn(pet, tmp_path, contours, **how) -> Region:
    return read_regions(write_rtstruct(tmp_path / "rs.dcm", {"L1": contours}, **how), pet)[0]


class TestFrameOfReference:
    BOX = (rectangle(-5, -7, 5, 3, 3),)

    def test_another_one_is_refused_by_name(self, pet, tmp_path):
        reason = drawn(pet, tmp_path, self.BOX, frame=generate_uid()).reason
        assert "region L1: frame of reference" in reason
        assert "(0020,0052) Frame of Reference UID" in reason

    def test_another_series_in_the_same_one_is_flagged(self, pet, tmp_path):
        found = drawn(pet, tmp_path, self.BOX, series_uid=generate_uid())
        assert found.flags == ("drawn_on_other_series(same frame of reference)",)

    def test_none_is_flagged_where_the_series_is_this_one(self, pet, tmp_path):
        found = drawn(pet, tmp_path, self.BOX, frame="")
        assert found.flags == ("frame_of_reference_missing(drawn on this series)",)

    def test_none_and_another_series_is_refused(self, pet, tmp_path):
        reason = drawn(pet, tmp_path, self.BOX, frame="", series_uid=generate_uid()).reason
        assert "frame of reference is not given in the region file" in reason


class TestStudy:
    BOX = (rectangle(-5, -7, 5, 3, 3),)

    @staticmethod
    def filed(tmp_path, pet, own, drawn_in):
        """A structure set filed in one study and drawn in another."""
        path = write_rtstruct(tmp_path / "rs.dcm", {"L1": TestStudy.BOX})
        ds = dcmread(path)
        ds.StudyInstanceUID = own
        drawn = ds.ReferencedFrameOfReferenceSequence[0].RTReferencedStudySequence[0]
        drawn.ReferencedSOPInstanceUID = drawn_in
        save(ds, path)
        return path

    @pytest.mark.parametrize(("own", "drawn_in"), [("1.2", STUDY), (STUDY, "1.2"), ("", "1.2")])
    def test_another_one_is_refused_with_both(self, pet, tmp_path, own, drawn_in):
        path = self.filed(tmp_path, pet, own, drawn_in)
        said = rf"\(0020,000D\) Study Instance UID is 1.2, that of .* is {STUDY}"
        with pytest.raises(Refused, match=said):
            read_regions(path, pet)

    @pytest.mark.parametrize(("own", "drawn_in"), [(STUDY, ""), ("", STUDY), ("", "")])
    def test_what_is_not_said_is_taken(self, pet, tmp_path, own, drawn_in):
        (found,) = read_regions(self.filed(tmp_path, pet, own, drawn_in), pet)
        assert found.reason == ""

    def test_another_one_is_taken_where_it_is_meant(self, pet, tmp_path):
        path = self.filed(tmp_path, pet, "1.2", "1.2")
        assert read_regions(path, pet, Reading(other_study=True))[0].reason == ""


@pytest.fixture
def seg(pet, tmp_path):
    """A segmentation of two overlapping regions, written by highdicom."""
    boxes = {
        "L1": [rectangle(-5, -7, 5, 3, z) for z in (3, 6)],
        "L2": [rectangle(-9, -11, 1, -1, 6)],
    }
    found = read_regions(write_rtstruct(tmp_path / "two.dcm", boxes), pet)
    path = tmp_path / "seg.dcm"
    series_segmentation(pet, [Segment(one) for one in found]).save_as(path)
    return path, found


class TestSegments:
    def test_name_the_same_voxels(self, pet, seg):
        path, expected = seg
        found = read_regions(path, pet)
        assert [one.name for one in found] == ["L1", "L2"]
        for one, other in zip(found, expected, strict=True):
            assert one.flags == ()
            assert np.array_equal(mask_of(one), mask_of(other))

    def changed(self, seg, tmp_path, change):
        ds = dcmread(seg[0])
        change(ds)
        return save(ds, tmp_path / "changed.dcm")

    def test_may_lie_half_a_tenth_of_a_millimetre_off(self, pet, seg, tmp_path):
        def shift(ds):
            for groups in ds.PerFrameFunctionalGroupsSequence:
                x, y, z = groups.PlanePositionSequence[0].ImagePositionPatient
                groups.PlanePositionSequence[0].ImagePositionPatient = [x + 0.04, y, z - 0.045]

        found = read_regions(self.changed(seg, tmp_path, shift), pet)
        assert np.array_equal(mask_of(found[0]), mask_of(seg[1][0]))

    @pytest.mark.parametrize(("axis", "words"), [(2, "nearest PET slice"), (0, "beside a PET")])
    def test_off_the_grid_are_refused_by_name(self, pet, seg, tmp_path, axis, words):
        def shift(ds):
            for groups in ds.PerFrameFunctionalGroupsSequence:
                place = [float(v) for v in groups.PlanePositionSequence[0].ImagePositionPatient]
                place[axis] += 1.2
                groups.PlanePositionSequence[0].ImagePositionPatient = place

        found = read_regions(self.changed(seg, tmp_path, shift), pet)
        assert all(words in one.reason and f"region {one.name}" in one.reason for one in found)

    def test_with_other_pixels_are_refused(self, pet, seg, tmp_path):
        def coarse(ds):
            groups = ds.SharedFunctionalGroupsSequence[0]
            groups.PixelMeasuresSequence[0].PixelSpacing = [2, 2]

        found = read_regions(self.changed(seg, tmp_path, coarse), pet)
        assert all("pixel spacing is [2.0, 2.0] mm" in one.reason for one in found)

    def test_in_other_planes_are_refused(self, pet, seg, tmp_path):
        def turned(ds):
            groups = ds.SharedFunctionalGroupsSequence[0]
            groups.PlaneOrientationSequence[0].ImageOrientationPatient = [1, 0, 0, 0, 0, 1]

        found = read_regions(self.changed(seg, tmp_path, turned), pet)
        assert all("plane orientation" in one.reason for one in found)

    def test_in_another_frame_of_reference_are_refused(self, pet, seg, tmp_path):
        path = self.changed(
            seg, tmp_path, lambda ds: setattr(ds, "FrameOfReferenceUID", generate_uid())
        )
        with pytest.raises(Refused, match="frame of reference"):
            read_regions(path, pet)

    def test_may_be_a_label_map(self, pet, tmp_path):
        boxes = {"L1": [rectangle(-5, -7, 5, 3, 3)], "L2": [rectangle(-5, -7, 5, 3, 9)]}
        drawn = read_regions(write_rtstruct(tmp_path / "two.dcm", boxes), pet)
        binary = series_segmentation(pet, [Segment(one) for one in drawn])
        labels = np.zeros((2, 6, 5), dtype=np.uint8)
        labels[0, 1:4, 1:4], labels[1, 1:4, 1:4] = 1, 2
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")  # on the form of the patient's name
            label_map = hd.seg.Segmentation(
                source_images=[dcmread(pet.files[z]) for z in (1, 3)],
                pixel_array=labels,
                segmentation_type=hd.seg.SegmentationTypeValues.LABELMAP,
                segment_descriptions=[
                    binary.get_segment_description(number) for number in (1, 2)
                ],
                series_instance_uid=generate_uid(), series_number=1,
                sop_instance_uid=generate_uid(), instance_number=1, manufacturer="test",
                manufacturer_model_name="test", software_versions="1", device_serial_number="1",
            )  # fmt: skip
        label_map.save_as(tmp_path / "labels.dcm")
        found = read_regions(tmp_path / "labels.dcm", pet)
        assert [one.name for one in found] == ["L1", "L2"]
        for one, other in zip(found, drawn, strict=True):
            assert np.array_equal(mask_of(one), mask_of(other))

    def on_ct(self, pet, seg, tmp_path, spacing_mm, thickness_mm):
        """Voxels of the first segment in a finer grid of another series."""

        def finer(ds):
            ds.ReferencedSeriesSequence[0].SeriesInstanceUID = generate_uid()
            measures = ds.SharedFunctionalGroupsSequence[0].PixelMeasuresSequence[0]
            measures.PixelSpacing, measures.SpacingBetweenSlices = spacing_mm, thickness_mm

        return read_regions(self.changed(seg, tmp_path, finer), pet)

    def test_of_another_series_are_put_on_the_voxels_whose_centre_they_hold(
        self, pet, seg, tmp_path
    ):
        # L1 holds rows and columns 1 to 3 of two frames at z = 3 and 6: with pixels of 2 mm their
        # centres lie 2 to 6 mm from the first one, where the PET has one row and column.
        found = self.on_ct(pet, seg, tmp_path, [2, 2], 3)[0]
        assert np.argwhere(mask_of(found)).tolist() == [[1, 1, 1], [2, 1, 1]]
        assert found.flags == (
            "drawn_on_other_series(same frame of reference)",
            "drawn_on_other_voxels(3.00 × 2.00 × 2.00 mm, put on PET voxels)",
        )

    def test_of_another_series_on_the_same_grid_are_taken_as_they_are(self, pet, seg, tmp_path):
        found = self.on_ct(pet, seg, tmp_path, [4, 4], 3)[0]
        assert np.array_equal(mask_of(found), mask_of(seg[1][0]))
        assert found.flags == ("drawn_on_other_series(same frame of reference)",)

    def test_of_fractions_hold_voxels_from_half_on(self, pet, tmp_path):
        fractions = np.zeros((*SHAPE, 1))
        fractions[1, 2, 2:5, 0] = 0.49, 0.5, 1.0
        sources = [dcmread(path) for path in pet.files]
        described = series_segmentation(
            pet, [Segment(Region("L1", (1, 2, 2), np.ones((1, 1, 3), dtype=bool)))]
        ).get_segment_description(1)
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")
            hd.seg.Segmentation(
                source_images=sources,
                pixel_array=fractions,
                segmentation_type=hd.seg.SegmentationTypeValues.FRACTIONAL,
                fractional_type=hd.seg.SegmentationFractionalTypeValues.PROBABILITY,
                max_fractional_value=200,
                segment_descriptions=[described],
                series_instance_uid=generate_uid(), series_number=1,
                sop_instance_uid=generate_uid(), instance_number=1,
                manufacturer="made", manufacturer_model_name="made", software_versions="1",
                device_serial_number="1",
            ).save_as(tmp_path / "fractions.dcm")  # fmt: skip
        (found,) = read_regions(tmp_path / "fractions.dcm", pet)
        assert np.argwhere(mask_of(found)).tolist() == [[1, 2, 3], [1, 2, 4]]
        assert found.flags == ("fractional_segment(voxels of probability 0.5 and above)",)

    def test_of_equal_labels_are_told_apart_by_number(self, pet, seg, tmp_path):
        def alike(ds):
            for item in ds.SegmentSequence:
                item.SegmentLabel = "Lesion"

        path = self.changed(seg, tmp_path, alike)
        found = read_regions(path, pet)
        assert [(one.name, one.number, one.reason) for one in found] == [
            ("Lesion", 1, ""),
            ("Lesion", 2, ""),
        ]
        assert np.array_equal(mask_of(choose(found, path, number=2)), mask_of(seg[1][1]))
        with pytest.raises(InputError, match="2 regions named Lesion.*by its number"):
            choose(found, path, "Lesion")
        with pytest.raises(InputError, match="no region of number 3"):
            choose(found, path, number=3)

    def test_of_one_number_twice_are_refused(self, pet, seg, tmp_path):
        def twice(ds):
            ds.SegmentSequence[1].SegmentNumber = 1

        with pytest.raises(Refused, match="two segments of one number"):
            read_regions(self.changed(seg, tmp_path, twice), pet)

    def test_of_another_patient_are_refused(self, pet, seg, tmp_path):
        path = self.changed(seg, tmp_path, lambda ds: setattr(ds, "PatientID", "OTHER"))
        with pytest.raises(Refused, match=r"\(0010,0020\) Patient ID is OTHER, that of .* is TEST"):
            read_regions(path, pet)

    def test_without_a_patient_are_taken(self, pet, seg, tmp_path):
        path = self.changed(seg, tmp_path, lambda ds: setattr(ds, "PatientID", ""))
        assert [one.reason for one in read_regions(path, pet)] == ["", ""]

    def test_without_positions_are_refused(self, pet, seg, tmp_path):
        path = self.changed(
            seg, tmp_path, lambda ds: delattr(ds, "PerFrameFunctionalGroupsSequence")
        )
        with pytest.raises(Refused, match="not a whole segmentation"):
            read_regions(path, pet)

    def test_cut_short_are_refused(self, pet, seg, tmp_path):
        path = tmp_path / "short.dcm"
        path.write_bytes(seg[0].read_bytes()[:-40])
        with pytest.raises(Refused, match="short.dcm"):
            read_regions(path, pet)


def mask_image(labels: np.ndarray, origin=(-8.0, -10.0, 0.0)) -> sitk.Image:
    image = sitk.GetImageFromArray(labels)
    image.SetSpacing((4.0, 4.0, 3.0))
    image.SetOrigin(origin)
    return image


def labelled() -> np.ndarray:
    labels = np.zeros(SHAPE, dtype=np.uint8)
    labels[1:3, 1:4, 1:4], labels[3, 5, 0] = 1, 7
    return labels


class TestMasks:
    @pytest.mark.parametrize("ending", [".nii", ".nii.gz", ".nrrd", ".mha"])
    def test_name_their_voxels_by_label(self, pet, tmp_path, ending):
        path = tmp_path / f"mask{ending}"
        sitk.WriteImage(mask_image(labelled()), str(path))
        found = read_regions(path, pet)
        assert [(one.name, one.n_voxels) for one in found] == [("1", 18), ("7", 1)]
        assert np.array_equal(mask_of(found[0]), labelled() == 1)
        assert found[1].flags == ("one_voxel",)

    @pytest.mark.parametrize("order", ["LPS", "RAS", "LAI", "PSL", "SRA"])
    def test_may_be_flipped_and_permuted(self, pet, tmp_path, order):
        path = tmp_path / "mask.nii.gz"
        sitk.WriteImage(sitk.DICOMOrient(mask_image(labelled()), order), str(path))
        assert np.array_equal(mask_of(read_regions(path, pet)[0]), labelled() == 1)

    def test_may_be_a_part_of_the_grid(self, pet, tmp_path):
        path = tmp_path / "mask.nii.gz"
        part = labelled()[1:, 1:, 1:]
        sitk.WriteImage(mask_image(part, (-4.0, -6.0, 3.0)), str(path))
        assert np.array_equal(mask_of(read_regions(path, pet)[0]), labelled() == 1)

    def test_may_be_larger_than_the_image_and_says_what_is_lost(self, pet, tmp_path):
        path = tmp_path / "mask.nii.gz"
        larger = np.pad(labelled(), ((1, 1), (0, 0), (0, 0)))
        larger[0, 1, 1] = 1
        sitk.WriteImage(mask_image(larger, (-8.0, -10.0, -3.0)), str(path))
        assert read_regions(path, pet)[0].flags == ("leaves_image(1 of 19 voxels outside)",)

    def test_follow_slices_that_are_not_quite_even(self, tmp_path):
        heights = [0, 3.09, 6.0, 9.0]

        def place(index, ds):
            ds.ImagePositionPatient = ["-8", "-10", str(heights[index])]

        pet = load_series(write_series(tmp_path / "uneven", each=place))
        path = tmp_path / "mask.nii.gz"
        image = mask_image(labelled(), (-8.0, -10.0, 0.1))
        sitk.WriteImage(image, str(path))
        assert np.array_equal(mask_of(read_regions(path, pet)[0]), labelled() == 1)

    @pytest.mark.parametrize(
        ("change", "words"),
        [
            (lambda image: image.SetOrigin((-6.0, -10.0, 0.0)), "beside a PET voxel"),
            (lambda image: image.SetOrigin((-8.0, -10.0, 1.5)), "nearest PET slice"),
        ],
    )
    def test_off_the_grid_are_refused_by_name(self, pet, tmp_path, change, words):
        image = mask_image(labelled())
        change(image)
        path = tmp_path / "mask.nii.gz"
        sitk.WriteImage(image, str(path))
        reason = read_regions(path, pet)[0].reason
        assert words in reason
        assert "region 1" in reason

    @pytest.mark.parametrize(
        ("make", "words"),
        [
            (lambda: sitk.GetImageFromArray(labelled() * 0.5), "not probabilities"),
            (lambda: sitk.GetImageFromArray(labelled().astype(float)), "spacing"),
            (
                lambda: sitk.GetImageFromArray(np.zeros((4, 6, 5, 2)), isVector=True),
                "2 values a voxel",
            ),
        ],
    )
    def test_of_another_kind_are_refused(self, pet, tmp_path, make, words):
        path = tmp_path / "mask.nii.gz"
        sitk.WriteImage(make(), str(path))
        with pytest.raises(Refused, match=words):
            read_regions(path, pet)

    def test_take_the_files_name_for_a_single_label(self, pet, tmp_path):
        path = tmp_path / "GTV.nii.gz"
        sitk.WriteImage(mask_image((labelled() == 1).astype(np.uint8)), str(path))
        assert read_regions(path, pet)[0].name == "GTV"

    def test_take_names_of_a_table_beside_them(self, pet, tmp_path):
        path = tmp_path / "mask.nii.gz"
        sitk.WriteImage(mask_image(labelled()), str(path))
        (tmp_path / "mask.tsv").write_text("index\tname\n1\tL1\n7\tL2\n9\tL3\n", "utf-8")
        found = read_regions(path, pet)
        assert [one.name for one in found] == ["L1", "L2", "L3"]
        assert "without any voxel" in found[2].reason

    def test_take_names_of_3d_slicer(self, pet, tmp_path):
        image = mask_image(labelled())
        for number, (label, name) in enumerate(((1, "L1"), (7, "L2"))):
            image.SetMetaData(f"Segment{number}_LabelValue", str(label))
            image.SetMetaData(f"Segment{number}_Name", name)
        path = tmp_path / "mask.seg.nrrd"
        sitk.WriteImage(image, str(path))
        assert [one.name for one in read_regions(path, pet)] == ["L1", "L2"]


class TestFiles:
    def test_of_no_known_kind_are_refused(self, pet, tmp_path):
        (tmp_path / "notes.txt").write_text("no region")
        for name, words in (("notes.txt", "neither DICOM nor a mask"), ("gone.dcm", "no such")):
            with pytest.raises(InputError, match=words):
                read_regions(tmp_path / name, pet)

    def test_of_another_modality_are_refused(self, pet, tmp_path):
        with pytest.raises(InputError, match="DICOM modality PT"):
            read_regions(pet.files[0], pet)

    def test_a_damaged_mask_is_refused(self, pet, tmp_path):
        (tmp_path / "mask.nii.gz").write_bytes(b"\x1f\x8b no gzip")
        with pytest.raises(InputError, match="cannot be read as a mask"):
            read_regions(tmp_path / "mask.nii.gz", pet)

    def test_a_region_is_chosen_by_name(self, pet, tmp_path):
        path = write_rtstruct(tmp_path / "rs.dcm", {"L1": [rectangle(-5, -7, 5, 3, 3)]})
        found = read_regions(path, pet)
        assert choose(found, path, "L1") is found[0]
        assert choose(found, path, "L1", 1) is found[0]
        with pytest.raises(InputError, match="no region named L2; expected one. It holds L1"):
            choose(found, path, "L2")

    def test_the_builders_own_uids_are_those_of_the_series(self, pet):
        assert (pet.uid, pet.header["frame_of_reference"].text) == (SERIES, FRAME)
