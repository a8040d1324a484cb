"""Regions of another frame of reference, brought to that of the PET by a Spatial Registration."""

import numpy as np
import pytest
from pydicom import dcmread

import petsuv
from petsuv.segmentation import Segment, series_segmentation
from petsuv.testing.contours import rectangle, write_rtstruct
from petsuv.testing.files import save
from petsuv.testing.registrations import moved, write_registration
from petsuv.testing.series import FRAME, SHAPE, write_series
from petsuv.text import uid_of

ELSEWHERE = uid_of("frame of another scanner")
BOX = (-5, -7, 5, 3)  # 3 × 3 voxels of each slice
TURNED_ROUND_Z = np.array([[0.0, -1, 0], [1, 0, 0], [0, 0, 1]])


@pytest.fixture
def pet(tmp_path):
    return petsuv.load(write_series(tmp_path / "pet"))


def motion(turn=None, shift=(0, 0, 0)):
    matrix = np.eye(4)
    matrix[:3, :3] = np.eye(3) if turn is None else turn
    matrix[:3, 3] = shift
    return matrix


def registration(tmp_path, *items, common=FRAME, **changes):
    return write_registration(tmp_path / "reg.dcm", common, *items, **changes)


def contours(tmp_path, box=BOX, z=3):
    boxes = {"L1": [rectangle(*box, z)]}
    return write_rtstruct(tmp_path / "rs.dcm", boxes, frame=ELSEWHERE, series_uid=uid_of("CT"))


def voxels(pet, path, reg) -> list[list[int]]:
    (region,) = pet.regions(path, registration=reg)
    assert region.reason == ""
    return np.argwhere(region.mask(SHAPE)).tolist()


@pytest.fixture
def expected(pet, tmp_path):
    (region,) = pet.regions(write_rtstruct(tmp_path / "own.dcm", {"L1": [rectangle(*BOX, 3)]}))
    return np.argwhere(region.mask(SHAPE)).tolist()


def test_without_it_they_are_refused(pet, tmp_path):
    (region,) = pet.regions(contours(tmp_path))
    assert "frame of reference" in region.reason


def test_a_shift_is_undone(pet, tmp_path, expected):
    x0, y0, x1, y1 = BOX
    path = contours(tmp_path, (x0 - 20, y0 + 30, x1 - 20, y1 + 30), 3 - 9)
    reg = registration(tmp_path, moved(ELSEWHERE, motion(shift=(20, -30, 9))))
    assert voxels(pet, path, reg) == expected
    (region,) = pet.regions(path, registration=reg)
    assert region.flags[-1] == "registered(by reg.dcm)"


def test_a_turn_is_undone(pet, tmp_path, expected):
    """Rows and columns are turned: (x, y) elsewhere is (-y, x) here, then both are shifted."""
    x0, y0, x1, y1 = BOX
    path = contours(tmp_path, (y0, -x1, y1, -x0))
    assert voxels(pet, path, registration(tmp_path, moved(ELSEWHERE, motion(TURNED_ROUND_Z)))) == (
        expected
    )


def test_both_frames_may_be_told_in_a_third_one_and_by_several_matrices(pet, tmp_path, expected):
    x0, y0, x1, y1 = BOX
    path = contours(tmp_path, (x0 - 1, y0, x1 - 1, y1))
    parts = motion(shift=(1, 0, 0)), motion(TURNED_ROUND_Z)  # first shifted, then turned
    items = moved(ELSEWHERE, *parts), moved(FRAME, motion(TURNED_ROUND_Z))
    assert voxels(pet, path, registration(tmp_path, *items, common=uid_of("third"))) == expected


def test_segments_are_moved_too(pet, tmp_path, expected):
    own = pet.regions(write_rtstruct(tmp_path / "own.dcm", {"L1": [rectangle(*BOX, 3)]}))
    series_segmentation(pet.series, [Segment(own[0])]).save_as(tmp_path / "seg.dcm")
    ds = dcmread(tmp_path / "seg.dcm")
    ds.FrameOfReferenceUID = ELSEWHERE
    ds.ReferencedSeriesSequence[0].SeriesInstanceUID = uid_of("CT")
    for group in (*ds.PerFrameFunctionalGroupsSequence, *ds.SharedFunctionalGroupsSequence):
        for place in group.get("PlanePositionSequence", []):
            x, y, z = place.ImagePositionPatient
            place.ImagePositionPatient = [x - 20, y + 30, z - 9]
    path = save(ds, tmp_path / "moved.dcm")
    reg = registration(tmp_path, moved(ELSEWHERE, motion(shift=(20, -30, 9))))
    assert voxels(pet, path, reg) == expected


def test_planes_that_are_tilted_by_it_are_refused(pet, tmp_path):
    tilt = np.array([[1.0, 0, 0], [0, 0.8, -0.6], [0, 0.6, 0.8]])
    reg = registration(tmp_path, moved(ELSEWHERE, motion(tilt)))
    (region,) = pet.regions(contours(tmp_path), registration=reg)
    assert "not parallel to the PET slices" in region.reason


def test_of_other_frames_it_changes_nothing(pet, tmp_path):
    reg = registration(tmp_path, moved(uid_of("a third scanner"), motion(shift=(20, 0, 0))))
    (region,) = pet.regions(contours(tmp_path), registration=reg)
    assert "frame of reference" in region.reason


@pytest.mark.parametrize(
    ("matrix", "words"),
    [
        (2 * motion(), "is not rigid"),
        (np.diag([1.0, 1, -1, 1]), "is not rigid"),
        ([1, 0, 0, 0], "not a whole registration"),
    ],
)
def test_what_is_no_rigid_motion_is_refused(pet, tmp_path, matrix, words):
    reg = registration(tmp_path, moved(ELSEWHERE, matrix))
    with pytest.raises(petsuv.Refused, match=words):
        pet.regions(contours(tmp_path), registration=reg)


def test_another_file_is_named(pet, tmp_path):
    with pytest.raises(petsuv.InputError, match="modality RTSTRUCT; expected REG"):
        pet.regions(contours(tmp_path), registration=contours(tmp_path))
    with pytest.raises(petsuv.InputError, match=r"gone.dcm: no such file"):
        pet.regions(contours(tmp_path), registration=tmp_path / "gone.dcm")
