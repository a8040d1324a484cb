"""A mask file says where its voxels lie, once: NIfTI's two affines, NRRD and MetaImage headers."""

import gzip
import struct

import numpy as np
import pytest
import SimpleITK as sitk

from petsuv.affines import nifti_affine
from petsuv.errors import Refused
from petsuv.regions import Reading, read_regions
from petsuv.series import load_series
from petsuv.testing.series import SHAPE, write_series

ORIGIN = (-8.0, -10.0, 0.0)


@pytest.fixture
def pet(tmp_path):
    return load_series(write_series(tmp_path / "pet"))


def labels(*voxels):
    found = np.zeros(SHAPE, np.uint8)
    for voxel in voxels:
        found[voxel] = 1
    return found


def image_of(array, origin=ORIGIN, spacing=(4.0, 4.0, 3.0)):
    image = sitk.GetImageFromArray(array)
    image.SetSpacing(spacing)
    image.SetOrigin(origin)
    return image


def written(path, image):
    sitk.WriteImage(image, str(path))
    return path


def patched(path, *changes):
    """The file with numbers of its NIfTI-1 header replaced: (offset, format, value)."""
    raw = bytearray(gzip.decompress(path.read_bytes()))
    for offset, form, value in changes:
        struct.pack_into("<" + form, raw, offset, value)
    path.write_bytes(gzip.compress(raw))
    return path


QFORM_CODE, SFORM_CODE, QOFFSET_X, SROW_X = 252, 254, 268, 280


class TestNifti:
    @pytest.fixture
    def mask(self, tmp_path):
        return written(tmp_path / "mask.nii.gz", image_of(labels((1, 2, 3))))

    def voxel(self, pet, path):
        (found,) = read_regions(path, pet)
        assert found.flags == ("one_voxel",)
        return found.start

    def test_affine_is_the_images_own(self, mask):
        expected = np.diag([4.0, 4.0, 3.0, 1.0])
        expected[:3, 3] = ORIGIN
        np.testing.assert_allclose(nifti_affine(mask), expected, atol=1e-6)

    def test_both_that_agree_are_read(self, pet, mask):
        assert self.voxel(pet, mask) == (1, 2, 3)

    def test_both_within_a_tenth_of_a_millimetre_are_read(self, pet, mask):
        assert self.voxel(pet, patched(mask, (QOFFSET_X, "f", 8.09))) == (1, 2, 3)

    def test_shifted_against_each_other_are_refused_with_both(self, pet, mask):
        # NIfTI's x runs to the right: the sform's origin is 8, the qform's is set to 4.
        with pytest.raises(Refused) as caught:
            read_regions(patched(mask, (QOFFSET_X, "f", 4.0)), pet)
        assert "sform [[-4.0, 0.0, 0.0, 8.0]" in str(caught.value)
        assert "qform [[-4.0, 0.0, 0.0, 4.0]" in str(caught.value)
        assert "differ by up to 4.00 mm and 0.00°" in str(caught.value)

    def test_turned_against_each_other_are_refused(self, pet, mask):
        # A turn of 0.2° about z: the quaternion's third part is sin(0.1°) where nothing flips; the
        # rows of the sform are turned instead, which leaves the corner voxel where it was.
        turn = np.radians(0.2)
        rows = [(SROW_X, -4 * np.cos(turn)), (SROW_X + 4, 4 * np.sin(turn))]
        changes = [(place, "f", value) for place, value in rows]
        with pytest.raises(Refused, match=r"0\.\d\d mm and 0\.\d\d°"):
            read_regions(patched(mask, *changes), pet)

    @pytest.mark.parametrize("left", [QFORM_CODE, SFORM_CODE])
    def test_one_alone_is_followed(self, pet, mask, left):
        other = {QFORM_CODE: SFORM_CODE, SFORM_CODE: QFORM_CODE}[left]
        wrong = {QFORM_CODE: (SROW_X + 12, "f", 0.0), SFORM_CODE: (QOFFSET_X, "f", 0.0)}[left]
        assert self.voxel(pet, patched(mask, (other, "h", 0), wrong)) == (1, 2, 3)

    def test_neither_is_refused(self, pet, mask):
        with pytest.raises(Refused, match="qform_code and sform_code are both 0"):
            read_regions(patched(mask, (QFORM_CODE, "h", 0), (SFORM_CODE, "h", 0)), pet)

    def test_in_metres_is_refused(self, pet, mask):
        with pytest.raises(Refused, match="xyzt_units is 1"):
            read_regions(patched(mask, (123, "b", 1)), pet)

    def test_of_one_time_is_read(self, pet, tmp_path):
        image = sitk.JoinSeries([image_of(labels((1, 2, 3)))])
        assert self.voxel(pet, written(tmp_path / "mask.nii.gz", image)) == (1, 2, 3)


class TestNrrdAndMetaImage:
    @pytest.mark.parametrize("ending", ["nrrd", "mha"])
    def test_with_their_geometry_are_read(self, pet, tmp_path, ending):
        path = written(tmp_path / f"mask.{ending}", image_of(labels((1, 2, 3))))
        assert [one.start for one in read_regions(path, pet)] == [(1, 2, 3)]

    @pytest.mark.parametrize(
        ("ending", "line", "words"),
        [
            ("nrrd", b"space origin:", "space origin missing"),
            ("mha", b"Offset =", "Offset missing"),
            ("mha", b"ElementSpacing =", "ElementSpacing missing"),
        ],
    )
    def test_without_a_part_of_it_are_refused(self, pet, tmp_path, ending, line, words):
        path = written(tmp_path / f"mask.{ending}", image_of(labels((1, 2, 3))))
        lines = path.read_bytes().split(b"\n")
        kept = [one for one in lines if not one.startswith(line)]
        assert len(kept) == len(lines) - 1
        path.write_bytes(b"\n".join(kept))
        with pytest.raises(Refused, match=words):
            read_regions(path, pet)

    def test_that_say_two_origins_are_refused_with_both(self, pet, tmp_path):
        path = written(tmp_path / "mask.mha", image_of(labels((1, 2, 3))))
        raw = path.read_bytes()
        path.write_bytes(raw.replace(b"\nOffset", b"\nPosition = 0 0 0\nOffset", 1))
        with pytest.raises(Refused, match=r"Offset says \[-8.0, -10.0, 0.0\], Position \[0.0"):
            read_regions(path, pet)


class TestMasksDrawnOnCt:
    """A mask of 2 × 2 × 2 mm voxels; the PET's have 4 × 4 × 3 mm."""

    def fine(self, tmp_path):
        array = np.zeros((6, 12, 10), np.uint8)
        array[1:4, 3:8, 2:6] = 1
        return written(tmp_path / "fine.nii.gz", image_of(array, (-9.0, -11.0, -1.0), (2, 2, 2)))

    def test_are_refused_unless_it_is_said(self, pet, tmp_path):
        with pytest.raises(Refused, match="say that it was drawn on CT"):
            read_regions(self.fine(tmp_path), pet)

    def test_give_each_voxel_the_label_at_its_centre(self, pet, tmp_path):
        path = self.fine(tmp_path)
        (found,) = read_regions(path, pet, Reading(mask_on_ct=True))
        reference = image_of(np.zeros(SHAPE, np.uint8))
        expected = sitk.Resample(
            sitk.ReadImage(str(path)), reference, sitk.Transform(), sitk.sitkNearestNeighbor
        )
        assert np.array_equal(found.mask(SHAPE), sitk.GetArrayFromImage(expected) == 1)
        assert found.flags == ("mask_on_other_voxels(2.00 × 2.00 × 2.00 mm, put on PET voxels)",)

    def test_between_the_voxels_are_put_on_them(self, pet, tmp_path):
        path = written(tmp_path / "m.nii.gz", image_of(labels((1, 2, 3)), (-7.0, -10.0, 0.0)))
        (found,) = read_regions(path, pet, Reading(mask_on_ct=True))
        assert found.start == (1, 2, 3)
        assert found.flags[0].startswith("mask_on_other_voxels")

    def test_on_the_voxels_of_the_pet_are_not_flagged(self, pet, tmp_path):
        path = written(tmp_path / "m.nii.gz", image_of(labels((1, 2, 3))))
        assert read_regions(path, pet, Reading(mask_on_ct=True))[0].flags == ("one_voxel",)

    def test_elsewhere_are_refused(self, pet, tmp_path):
        path = written(tmp_path / "m.nii.gz", image_of(labels((1, 2, 3)), (500, 0, 0), (2, 2, 2)))
        with pytest.raises(Refused, match="does not reach the PET"):
            read_regions(path, pet, Reading(mask_on_ct=True))


def test_a_map_of_many_labels_is_no_mask(pet, tmp_path):
    array = np.arange(24 * 24 * 24, dtype=np.int32).reshape(24, 24, 24)
    path = written(tmp_path / "many.nii.gz", image_of(array))
    with pytest.raises(Refused, match="13823 labels"):
        read_regions(path, pet)
