"""Rule 9: regions of every format on the grid of the PET, or refused by name."""

import warnings

import highdicom as hd
import numpy as np
import pytest
import SimpleITK as sitk
from pydicom import dcmread
from pydicom.uid import generate_uid

from petsuv.errors import InputError, Refused
from petsuv.regions import Region, choose, read_regions
from petsuv.segmentation import Segment, series_segmentation
from petsuv.series import load_series
from petsuv.testing.contours import rectangle, write_rtstruct
from petsuv.testing.files import save
from petsuv.testing.series import FRAME, SERIES, SHAPE, write_series

# Voxel centres: x = -8, -4, 0, 4, 8; y = -10, -6, -2, 2, 6, 10; z = 0, 3, 6, 9 mm.


@pytest.fixture
def pet(tmp_path):
    return load_series(write_series(tmp_path / "pet"))


def full(found: Region, shape=SHAPE) -> np.ndarray:
    mask = np.zeros(shape, dtype=bool)
    mask[found.box] = found.voxels
    return mask


def drawn(pet, tmp_path, contours, **how) -> Region:
    return read_regions(write_rtstruct(tmp_path / "rs.dcm", {"L1": contours}, **how), pet)[0]


class TestContours:
    def test_take_the_voxels_whose_centre_is_inside(self, pet, tmp_path):
        found = drawn(pet, tmp_path, [rectangle(-5, -7, 5, 3, 3)])
        expected = np.zeros(SHAPE, dtype=bool)
        expected[1, 1:4, 1:4] = True
        assert np.array_equal(full(found), expected)
        assert found.flags == ()

    def test_leave_a_hole_out(self, pet, tmp_path):
        found = drawn(pet, tmp_path, [rectangle(-5, -7, 5, 3, 3), rectangle(-1, -3, 1, -1, 3)])
        assert found.n_voxels == 8
        assert not full(found)[1, 2, 2]

    @pytest.mark.parametrize("first_mm", [0.005, 0.335])
    def test_leave_a_hole_out_wherever_the_slice_lies(self, tmp_path, first_mm):
        """Means of one position over other numbers of points differ in their last digit."""

        def place(index, ds):
            ds.ImagePositionPatient = ["-8", "-10", f"{index * 3 + first_mm:.6g}"]

        pet = load_series(write_series(tmp_path / "pet", each=place))
        for index in range(len(pet.stored)):
            z = index * 3 + first_mm
            hole = [(-1, -3, z), (0, -3, z), (1, -3, z), (1, -2, z), (1, -1, z), (0, -1, z),
                    (-1, -1, z)]  # fmt: skip
            assert drawn(pet, tmp_path, [rectangle(-5, -7, 5, 3, z), hole]).n_voxels == 8

    def test_leave_a_hole_out_that_is_drawn_a_little_beside_its_outline(self, pet, tmp_path):
        loops = [rectangle(-5, -7, 5, 3, 3.004), rectangle(-1, -3, 1, -1, 3.006)]
        assert drawn(pet, tmp_path, loops).n_voxels == 8

    def test_leave_a_hole_out_that_a_keyhole_joins(self, pet, tmp_path):
        key = [(-5, -7, 3), (5, -7, 3), (5, 3, 3), (-5, 3, 3), (-5, -2.5, 3),
               (-1, -2.5, 3), (-1, -1, 3), (1, -1, 3), (1, -3, 3), (-1, -3, 3),
               (-1, -2.5, 3), (-5, -2.5, 3)]  # fmt: skip
        assert drawn(pet, tmp_path, [key]).n_voxels == 8

    def test_a_corner_on_a_row_of_centres_counts_once(self, pet, tmp_path):
        diamond = [(0, -10.5, 3), (8.5, -2, 3), (0, 6.5, 3), (-8.5, -2, 3)]
        rows = full(drawn(pet, tmp_path, [diamond]))[1].sum(axis=1)
        assert rows.tolist() == [1, 3, 5, 3, 1, 0]

    def test_a_centre_on_the_outline_belongs_to_one_of_two_neighbours(self, pet, tmp_path):
        left, right = rectangle(-9, -9, 0, 9, 3), rectangle(0, -9, 9, 9, 3)
        path = write_rtstruct(tmp_path / "rs.dcm", {"left": [left], "right": [right]})
        masks = [full(found) for found in read_regions(path, pet)]
        assert not (masks[0] & masks[1]).any()
        assert (masks[0] | masks[1])[1, 1:5].all()

    def test_lie_on_the_nearest_slice_within_a_tenth_of_a_millimetre(self, pet, tmp_path):
        near = drawn(pet, tmp_path, [rectangle(-5, -7, 5, 3, 6.045)])
        assert near.start[0] == 2
        between = drawn(pet, tmp_path, [rectangle(-5, -7, 5, 3, 4.4)])
        assert "region L1: a plane lies 1.40 mm from the nearest PET slice" in between.reason

    def test_must_be_parallel_to_the_slices(self, pet, tmp_path):
        tilted = [(-5, -7, 3), (5, -7, 3), (5, 3, 4), (-5, 3, 4)]
        assert "not parallel to the PET slices" in drawn(pet, tmp_path, [tilted]).reason

    def test_say_how_much_of_them_leaves_the_image(self, pet, tmp_path):
        sideways = drawn(pet, tmp_path, [rectangle(5, -7, 13, 3, 3)])
        assert sideways.flags == ("leaves_image(3 of 6 voxels outside)",)
        above = drawn(pet, tmp_path, [rectangle(-5, -7, 5, 3, z) for z in (9, 12)])
        assert above.flags == ("leaves_image(9 of 18 voxels outside)",)

    @pytest.mark.parametrize(
        ("contours", "words"),
        [
            ([], "region L1: without any voxel"),
            ([rectangle(-3, -5, -1, -3, 3)], "region L1: without any voxel"),
            ([rectangle(100, 100, 110, 110, 3)], "region L1: lies outside the PET image"),
            ([rectangle(-5, -7, 5, 3, 30)], "region L1: lies outside the PET image"),
            ([rectangle(-5, -7, 5e6, 3, 3)], "region L1: a contour spans"),
        ],
    )
    def test_without_a_voxel_in_the_image_are_refused_by_name(self, pet, tmp_path, contours, words):
        assert words in drawn(pet, tmp_path, contours).reason

    def test_of_one_voxel_are_flagged(self, pet, tmp_path):
        assert drawn(pet, tmp_path, [rectangle(-1, -3, 1, -1, 3)]).flags == ("one_voxel",)

    def test_that_are_open_are_refused(self, pet, tmp_path):
        path = write_rtstruct(
            tmp_path / "rs.dcm", {"L1": [rectangle(0, 0, 9, 9, 3)]}, kind="OPEN_PLANAR"
        )
        with pytest.raises(Refused, match="region L1: contour type OPEN_PLANAR"):
            read_regions(path, pet)

    @pytest.mark.parametrize("charset", ["GB18030", "GBK", "ISO_IR 192", ["", "ISO 2022 IR 58"]])
    def test_may_have_a_chinese_name(self, pet, tmp_path, charset):
        path = write_rtstruct(
            tmp_path / "rs.dcm",
            {"右肺病灶": [rectangle(-5, -7, 5, 3, 3)]},
            SpecificCharacterSet=charset,
        )
        assert read_regions(path, pet)[0].name == "右肺病灶"

    def test_of_the_same_name_are_refused(self, pet, tmp_path):
        box = [rectangle(-5, -7, 5, 3, 3)]
        found = read_regions(write_rtstruct(tmp_path / "rs.dcm", [("L1", box), ("L1", box)]), pet)
        assert [one.reason.split(": ")[1] for one in found] == [
            "2 regions are named L1; expected one. Rename or merge them."
        ] * 2


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
            assert np.array_equal(full(one), full(other))

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
        assert np.array_equal(full(found[0]), full(seg[1][0]))

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

        with pytest.raises(Refused, match=r"pixel spacing is \[2.0, 2.0\] mm"):
            read_regions(self.changed(seg, tmp_path, coarse), pet)

    def test_in_other_planes_are_refused(self, pet, seg, tmp_path):
        def turned(ds):
            groups = ds.SharedFunctionalGroupsSequence[0]
            groups.PlaneOrientationSequence[0].ImageOrientationPatient = [1, 0, 0, 0, 0, 1]

        with pytest.raises(Refused, match="plane orientation"):
            read_regions(self.changed(seg, tmp_path, turned), pet)

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
            assert np.array_equal(full(one), full(other))

    def test_of_fractions_are_refused(self, pet, seg, tmp_path):
        path = self.changed(seg, tmp_path, lambda ds: setattr(ds, "SegmentationType", "FRACTIONAL"))
        with pytest.raises(Refused, match="segmentation type is FRACTIONAL"):
            read_regions(path, pet)

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
        assert np.array_equal(full(found[0]), labelled() == 1)
        assert found[1].flags == ("one_voxel",)

    @pytest.mark.parametrize("order", ["LPS", "RAS", "LAI", "PSL", "SRA"])
    def test_may_be_flipped_and_permuted(self, pet, tmp_path, order):
        path = tmp_path / "mask.nii.gz"
        sitk.WriteImage(sitk.DICOMOrient(mask_image(labelled()), order), str(path))
        assert np.array_equal(full(read_regions(path, pet)[0]), labelled() == 1)

    def test_may_be_a_part_of_the_grid(self, pet, tmp_path):
        path = tmp_path / "mask.nii.gz"
        part = labelled()[1:, 1:, 1:]
        sitk.WriteImage(mask_image(part, (-4.0, -6.0, 3.0)), str(path))
        assert np.array_equal(full(read_regions(path, pet)[0]), labelled() == 1)

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
        assert np.array_equal(full(read_regions(path, pet)[0]), labelled() == 1)

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
        assert choose(found, "L1", path) is found[0]
        with pytest.raises(InputError, match="no region named L2; it holds L1"):
            choose(found, "L2", path)

    def test_the_builders_own_uids_are_those_of_the_series(self, pet):
        assert (pet.uid, pet.header["frame_of_reference"].text) == (SERIES, FRAME)
