"""Contours on the voxels of the PET: centres on them are inside; what is odd is flagged."""

import numpy as np
import pytest
from pydicom import dcmread

from petsuv.region import Region
from petsuv.regions import Reading, read_regions
from petsuv.series import load_series
from petsuv.testing.contours import rectangle, write_rtstruct
from petsuv.testing.files import save
from petsuv.testing.series import SERIES, SHAPE, write_series
from petsuv.text import uid_of

# Voxel centres: x = -8, -4, 0, 4, 8; y = -10, -6, -2, 2, 6, 10; z = 0, 3, 6, 9 mm.
BOX = (-5, -7, 5, 3)  # 3 × 3 voxels
HOLE = (-1, -3, 1, -1)  # the middle one of them
CT = uid_of("series of the CT")


@pytest.fixture
def pet(tmp_path):
    return load_series(write_series(tmp_path / "pet"))


def drawn(pet, tmp_path, contours, fill=False, **how) -> Region:
    path = write_rtstruct(tmp_path / "rs.dcm", {"L1": contours}, **how)
    return read_regions(path, pet, Reading(fill=fill))[0]


class TestContours:
    def test_take_the_voxels_whose_centre_is_inside(self, pet, tmp_path):
        found = drawn(pet, tmp_path, [rectangle(-5, -7, 5, 3, 3)])
        expected = np.zeros(SHAPE, dtype=bool)
        expected[1, 1:4, 1:4] = True
        assert np.array_equal(found.mask(SHAPE), expected)
        assert found.flags == ()

    def test_leave_a_hole_out(self, pet, tmp_path):
        found = drawn(pet, tmp_path, [rectangle(-5, -7, 5, 3, 3), rectangle(-1, -3, 1, -1, 3)])
        assert found.n_voxels == 8
        assert not found.mask(SHAPE)[1, 2, 2]

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
        rows = drawn(pet, tmp_path, [diamond]).mask(SHAPE)[1].sum(axis=1)
        assert rows.tolist() == [1, 3, 5, 3, 1, 0]

    def test_a_centre_on_the_outline_is_inside_on_every_side(self, pet, tmp_path):
        for turned in (1, -1):  # whichever way round it is drawn
            found = drawn(pet, tmp_path, [rectangle(-4, -6, 4, 6, 3)[::turned]])
            expected = np.zeros(SHAPE, dtype=bool)
            expected[1, 1:5, 1:4] = True
            assert np.array_equal(found.mask(SHAPE), expected)

    def test_two_neighbours_share_the_centres_on_their_border(self, pet, tmp_path):
        left, right = rectangle(-9, -9, 0, 9, 3), rectangle(0, -9, 9, 9, 3)
        path = write_rtstruct(tmp_path / "rs.dcm", {"left": [left], "right": [right]})
        one, other = (found.mask(SHAPE) for found in read_regions(path, pet))
        assert np.argwhere(one & other)[:, 1:].tolist() == [[row, 2] for row in range(1, 5)]

    @pytest.mark.parametrize(("x", "n_voxels"), [(-4.009, 12), (-3.991, 12), (-3.98, 8)])
    def test_an_outline_may_be_rounded_by_a_hundredth_of_a_millimetre(
        self, pet, tmp_path, x, n_voxels
    ):
        assert drawn(pet, tmp_path, [rectangle(x, -6, 4, 6, 3)]).n_voxels == n_voxels

    def test_a_slanted_outline_holds_the_centres_on_it(self, pet, tmp_path):
        triangle = [(-8, -10, 3), (8, 6, 3), (-8, 6, 3)]  # its long side runs through five centres
        rows = drawn(pet, tmp_path, [triangle]).mask(SHAPE)[1].sum(axis=1)
        assert rows.tolist() == [1, 2, 3, 4, 5, 0]

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

    @pytest.mark.parametrize("charset", ["GB18030", "GBK", "ISO_IR 192", ["", "ISO 2022 IR 58"]])
    def test_may_have_a_chinese_name(self, pet, tmp_path, charset):
        path = write_rtstruct(
            tmp_path / "rs.dcm",
            {"右肺病灶": [rectangle(-5, -7, 5, 3, 3)]},
            SpecificCharacterSet=charset,
        )
        assert read_regions(path, pet)[0].name == "右肺病灶"

    def test_of_the_same_name_are_told_apart_by_number(self, pet, tmp_path):
        two = [("L1", [rectangle(-5, -7, 5, 3, z)]) for z in (3, 6)]
        found = read_regions(write_rtstruct(tmp_path / "rs.dcm", two), pet)
        assert [(one.name, one.number, one.start[0]) for one in found] == [
            ("L1", 1, 1),
            ("L1", 2, 2),
        ]

    @pytest.mark.parametrize("number", [1, None])
    def test_without_a_number_of_its_own_are_refused_and_no_others(self, pet, tmp_path, number):
        three = [(name, [rectangle(-5, -7, 5, 3, 3)]) for name in ("L1", "L2", "L3")]
        ds = dcmread(write_rtstruct(tmp_path / "rs.dcm", three))
        ds.StructureSetROISequence[1].ROINumber = number
        found = {one.name: one.reason for one in read_regions(save(ds, tmp_path / "x.dcm"), pet)}
        said = f"region L2: (3006,0022) ROI Number {number or 'missing'} is no number of its own"
        assert said in found["L2"]
        assert bool(found["L1"]) == (number == 1)  # whose contours are whose is not known
        assert found["L3"] == ""


class TestSeveralInAPlane:
    """One plane: what several contours of one region mean."""

    def count(self, pet, tmp_path, *loops, kind="CLOSED_PLANAR"):
        return drawn(pet, tmp_path, [rectangle(*loop, 3) for loop in loops], kind=kind)

    def test_one_drawn_twice_is_one_and_is_flagged(self, pet, tmp_path):
        found = self.count(pet, tmp_path, BOX, BOX)
        assert found.n_voxels == 9
        assert found.flags == ("contours_drawn_twice(1 slices)",)

    def test_the_other_way_round_it_is_the_same_one(self, pet, tmp_path):
        once = rectangle(*BOX, 3)
        again = [*once[2:], *once[:2]][::-1]
        assert drawn(pet, tmp_path, [once, again]).n_voxels == 9

    def test_overlapping_ones_are_united_and_flagged(self, pet, tmp_path):
        found = self.count(pet, tmp_path, BOX, (-1, -7, 9, 3))
        assert found.n_voxels == 12
        assert found.flags == ("contours_overlap(1 slices)",)

    def test_crossing_ones_are_united_though_no_corner_is_in_the_other(self, pet, tmp_path):
        found = self.count(pet, tmp_path, (-9, -3, 9, -1), (-1, -11, 1, 11))
        assert found.n_voxels == 5 + 6 - 1
        assert found.flags == ("contours_overlap(1 slices)",)

    def test_separate_ones_need_no_flag(self, pet, tmp_path):
        found = self.count(pet, tmp_path, (-9, -11, -3, -5), (3, 1, 9, 7))
        assert found.n_voxels == 8
        assert found.flags == ()

    def test_a_hole_may_have_an_island(self, pet, tmp_path):
        found = self.count(pet, tmp_path, (-9, -11, 9, 11), (-5, -7, 5, 7), HOLE)
        assert found.n_voxels == 30 - 12 + 1
        assert found.flags == ()

    def test_centres_on_the_edge_of_a_hole_are_inside(self, pet, tmp_path):
        found = self.count(pet, tmp_path, (-9, -11, 9, 11), (-4, -6, 4, 6))
        assert found.n_voxels == 30 - 2  # of 3 × 4 centres ten lie on the hole's edge

    def test_xor_takes_away_what_both_hold(self, pet, tmp_path):
        xor = dict(kind="CLOSEDPLANAR_XOR")
        assert self.count(pet, tmp_path, BOX, HOLE, **xor).n_voxels == 8
        assert self.count(pet, tmp_path, BOX, (-1, -7, 9, 3), **xor).n_voxels == 6
        assert "without any voxel" in self.count(pet, tmp_path, BOX, BOX, **xor).reason


class TestSkippedSlices:
    def test_are_flagged(self, pet, tmp_path):
        found = drawn(pet, tmp_path, [rectangle(*BOX, z) for z in (0, 6, 9)])
        assert found.n_voxels == 27
        assert found.flags == ("slices_skipped(1 between drawn ones are not in the region)",)

    def test_are_filled_if_asked_and_that_is_said(self, pet, tmp_path):
        found = drawn(pet, tmp_path, [rectangle(*BOX, z) for z in (0, 9)], fill=True)
        assert found.n_voxels == 36
        assert found.flags == ("slices_filled(2 between drawn ones, by interpolation)",)

    def test_are_filled_between_outlines_that_differ(self, pet, tmp_path):
        large, small = rectangle(-9, -11, 9, 11, 0), rectangle(*HOLE, 6)
        found = drawn(pet, tmp_path, [large, small], fill=True)
        between = found.mask(SHAPE)[1]
        # 6 × 5 voxels shrink to one, (2, 2). Halfway a voxel is inside where its depth in the large
        # outline exceeds its distance to that one: in ring 2, but for row 4 (depth 2, distance 2).
        assert between.sum() == 9
        assert between[1:4, 1:4].all()

    @pytest.mark.parametrize("fill", [False, True])
    def test_whole_regions_and_separate_parts_need_no_flag(self, pet, tmp_path, fill):
        whole = drawn(pet, tmp_path, [rectangle(*BOX, z) for z in (0, 3, 6)], fill=fill)
        assert (whole.n_voxels, whole.flags) == (27, ())
        parts = [rectangle(-9, -11, -3, -5, 0), rectangle(3, 1, 9, 7, 6)]
        found = drawn(pet, tmp_path, parts, fill=fill)
        assert (found.n_voxels, found.flags) == (8, ())


class TestOtherKinds:
    """Points and open contours are listed and left out."""

    def changed(self, tmp_path, change):
        boxes = {"L1": [rectangle(*BOX, z) for z in (3, 6)], "ISO": [rectangle(*HOLE, 3)]}
        ds = dcmread(write_rtstruct(tmp_path / "rs.dcm", boxes))
        change(ds)
        return save(ds, tmp_path / "changed.dcm")

    @pytest.mark.parametrize("kind", ["POINT", "OPEN_PLANAR", "OPEN_NONPLANAR"])
    def test_a_region_of_them_leaves_the_others_as_they_are(self, pet, tmp_path, kind):
        def change(ds):
            contour = ds.ROIContourSequence[1].ContourSequence[0]
            contour.ContourGeometricType = kind

        first, second = read_regions(self.changed(tmp_path, change), pet)
        assert (first.n_voxels, first.flags) == (18, ())
        assert f"region ISO: holds 1 {kind}; expected closed contours" in second.reason

    def test_among_closed_ones_they_are_flagged(self, pet, tmp_path):
        def change(ds):
            ds.ROIContourSequence[0].ContourSequence[1].ContourGeometricType = "POINT"

        first, _ = read_regions(self.changed(tmp_path, change), pet)
        assert (first.n_voxels, first.flags) == (9, ("contours_left_out(1 POINT)",))

    def test_a_damaged_region_leaves_the_others_as_they_are(self, pet, tmp_path):
        def change(ds):
            ds.ROIContourSequence[1].ContourSequence[0].ContourData = ["1", "2"]

        first, second = read_regions(self.changed(tmp_path, change), pet)
        assert first.n_voxels == 18
        assert "region ISO: (3006,0050) Contour Data is not a list of x, y, z" in second.reason


class TestRoundedPositions:
    def test_whole_millimetres_are_matched_and_flagged(self, tmp_path):
        def place(index, ds):
            ds.ImagePositionPatient = ["-8", "-10", f"{index * 3.27 + 0.3:.6g}"]

        pet = load_series(write_series(tmp_path / "pet", each=place))  # 0.3, 3.57, 6.84, 10.11
        found = drawn(pet, tmp_path, [rectangle(*BOX, z) for z in (0, 4, 7, 10)])
        assert found.mask(SHAPE).sum(axis=(1, 2)).tolist() == [9, 9, 9, 9]
        assert found.flags == ("contour_positions_rounded(up to 0.43 mm from their slices)",)
        other = drawn(pet, tmp_path, [rectangle(*BOX, z) for z in (0.1, 4.1)])
        assert "a plane lies 0.53 mm from the nearest PET slice" in other.reason

    def test_on_slices_in_whole_millimetres_there_is_nothing_to_say(self, pet, tmp_path):
        assert drawn(pet, tmp_path, [rectangle(*BOX, 3)]).flags == ()


class TestDrawnOnCt:
    """Contours of another series in the same frame of reference, on planes of their own."""

    def on_ct(self, pet, tmp_path, planes, **how):
        contours = [rectangle(*BOX, z) for z in planes]
        return drawn(pet, tmp_path, contours, **{"series_uid": CT, **how})

    def test_a_finer_one_is_put_on_the_voxels_whose_centre_it_holds(self, pet, tmp_path):
        # A plane each 1.25 mm from 2 to 7: from 1.375 to 7.625 mm, the slices at 3 and 6.
        found = self.on_ct(pet, tmp_path, [2, 3.25, 4.5, 5.75, 7])
        assert found.mask(SHAPE).sum(axis=(1, 2)).tolist() == [0, 9, 9, 0]
        assert found.flags == (
            "drawn_on_other_series(same frame of reference)",
            "drawn_on_other_planes(every 1.25 mm, put on PET voxels)",
        )

    def test_a_coarser_one_covers_the_slices_between(self, pet, tmp_path):
        found = self.on_ct(pet, tmp_path, [1, 6])  # from -1.5 to 8.5 mm
        assert found.mask(SHAPE).sum(axis=(1, 2)).tolist() == [9, 9, 9, 0]

    def test_each_slice_takes_the_outline_of_the_nearest_plane(self, pet, tmp_path):
        contours = [rectangle(*BOX, 2), rectangle(*HOLE, 5)]
        found = drawn(pet, tmp_path, contours, series_uid=CT)
        assert found.mask(SHAPE).sum(axis=(1, 2)).tolist() == [0, 9, 1, 0]

    def test_planes_left_out_are_flagged(self, pet, tmp_path):
        found = self.on_ct(pet, tmp_path, [0.5, 1.5, 7.5, 8.5])
        assert found.mask(SHAPE).sum(axis=(1, 2)).tolist() == [9, 0, 0, 9]
        assert found.flags[-1].startswith("slices_skipped(2 ")

    def test_what_leaves_the_image_is_counted(self, pet, tmp_path):
        found = self.on_ct(pet, tmp_path, [8.5, 10, 11.5, 13])
        assert found.flags[-1] == "leaves_image(9 of 18 voxels outside)"

    def test_one_plane_alone_tells_no_thickness(self, pet, tmp_path):
        assert "drawn on one plane between" in self.on_ct(pet, tmp_path, [4.4]).reason

    @pytest.mark.parametrize("how", [dict(frame=uid_of("elsewhere")), dict(frame="")])
    def test_without_the_frames_identity_it_is_refused(self, pet, tmp_path, how):
        found = self.on_ct(pet, tmp_path, [2, 3.25, 4.5], **how)
        assert "frame of reference" in found.reason

    def test_off_the_slices_of_its_own_series_it_is_refused(self, pet, tmp_path):
        found = self.on_ct(pet, tmp_path, [2, 3.25, 4.5], series_uid=SERIES)
        assert "from the nearest PET slice" in found.reason
