"""The files of one PET series, wherever they lie: folders, archives, among others."""

import struct
import zipfile
from pathlib import Path

import numpy as np
import pytest
from pydicom import dcmread
from pydicom.uid import (
    DeflatedExplicitVRLittleEndian,
    ExplicitVRLittleEndian,
    ImplicitVRLittleEndian,
    SecondaryCaptureImageStorage,
)

import petsuv
from petsuv.errors import InputError, Refused
from petsuv.files import pet_file
from petsuv.series import load_series
from petsuv.testing.contours import rectangle, write_rtstruct
from petsuv.testing.series import SERIES, pet_slices, stored_values, write_series, write_slices
from petsuv.text import uid_of

OTHER = uid_of("another series")


def assert_whole(loaded, *flags):
    assert np.array_equal(loaded.stored, stored_values())
    assert loaded.flags == flags


@pytest.fixture
def mixed(tmp_path):
    """A tree of two PET series, a CT and a structure set."""
    write_series(tmp_path / "a" / "PT1")
    write_series(
        tmp_path / "b", SeriesInstanceUID=OTHER, SeriesNumber=7,
        each=lambda i, ds: setattr(ds, "SOPInstanceUID", uid_of("other", i)),
    )  # fmt: skip
    write_series(tmp_path / "b" / "CT", Modality="CT", SeriesInstanceUID=uid_of("ct"))
    write_rtstruct(tmp_path / "rs.dcm", {"L1": [rectangle(-5, -7, 5, 3, 3)]})
    return tmp_path


class TestFolders:
    def test_may_be_nested_and_split(self, tmp_path):
        slices = pet_slices()
        write_slices(tmp_path / "deep" / "S1", slices[:2])
        write_slices(tmp_path / "S2", slices[2:])
        assert_whole(load_series(tmp_path))

    def test_may_hold_other_modalities(self, tmp_path):
        write_series(tmp_path / "PT")
        write_series(tmp_path / "CT", Modality="CT", SeriesInstanceUID=OTHER)
        assert_whole(load_series(tmp_path))

    def test_may_hold_screen_shots_of_the_pet(self, tmp_path):
        write_series(tmp_path / "PT")
        shots = dict(SOPClassUID=SecondaryCaptureImageStorage, SeriesInstanceUID=OTHER)
        write_series(tmp_path / "SC", **shots)
        assert_whole(load_series(tmp_path))
        with pytest.raises(Refused, match=r"\(0008,0016\) SOP Class UID"):
            load_series(tmp_path / "SC")

    def test_of_several_series_are_refused_with_each(self, mixed):
        with pytest.raises(Refused) as caught:
            load_series(mixed)
        assert f"{SERIES} (number 1, 4 files)" in str(caught.value)
        assert f"{OTHER} (number 7, 4 files)" in str(caught.value)

    @pytest.mark.parametrize("chosen", [OTHER, "7"])
    def test_of_several_series_give_the_one_that_is_chosen(self, mixed, chosen):
        assert petsuv.load(mixed, series=chosen).series.uid == OTHER
        assert Path(str(pet_file(mixed, chosen))).parent == mixed / "b"

    def test_without_the_chosen_series_say_what_they_hold(self, mixed):
        with pytest.raises(InputError, match=r"no PET slice of series 9; .*number 7, 4 files"):
            load_series(mixed, "9")

    def test_a_damaged_file_of_another_series_does_no_harm(self, mixed):
        broken = sorted((mixed / "b").glob("*.dcm"))[0]
        broken.write_bytes(broken.read_bytes()[:-20])
        assert_whole(load_series(mixed, SERIES))
        with pytest.raises(Refused, match=broken.name):
            load_series(mixed, OTHER)

    def test_a_slice_of_another_modality_in_the_series_is_refused(self, tmp_path):
        folder = write_series(
            tmp_path, each=lambda i, ds: setattr(ds, "Modality", "CT" if i == 3 else "PT")
        )
        with pytest.raises(Refused, match=r"\(0008,0060\) Modality is CT"):
            load_series(folder)


class TestCopies:
    def test_that_are_identical_are_left_out(self, tmp_path):
        folder = write_series(tmp_path)
        first = sorted(folder.iterdir())[0]
        (folder / "copy (1).dcm").write_bytes(first.read_bytes())
        assert_whole(load_series(folder), "identical_copies(1 left out)")

    def test_in_another_syntax_are_left_out(self, tmp_path):
        folder = write_series(tmp_path / "a")
        write_slices(tmp_path / "a" / "again", pet_slices()[:2], ImplicitVRLittleEndian)
        assert_whole(load_series(folder), "identical_copies(2 left out)")

    def test_that_differ_are_refused(self, tmp_path):
        folder = write_series(tmp_path)
        content = bytearray(sorted(folder.iterdir())[0].read_bytes())
        content[-1] ^= 1
        (folder / "copy (1).dcm").write_bytes(content)
        with pytest.raises(Refused, match="holds something else"):
            load_series(folder)


class TestBareFiles:
    @pytest.mark.parametrize("syntax", [ExplicitVRLittleEndian, ImplicitVRLittleEndian])
    def test_without_preamble_and_meta_information_are_read(self, tmp_path, syntax):
        folder = write_slices(tmp_path / "with", pet_slices(), syntax)
        bare = tmp_path / "bare"
        bare.mkdir()
        for number, path in enumerate(sorted(folder.iterdir())):
            content = path.read_bytes()
            (length,) = struct.unpack_from("<L", content, 140)  # of the meta information
            (bare / f"IM{number}").write_bytes(content[144 + length :])
        assert_whole(load_series(bare))

    def test_without_preamble_alone_are_read(self, tmp_path):
        folder = write_series(tmp_path / "with")
        for path in folder.iterdir():
            path.write_bytes(path.read_bytes()[132:])
        assert_whole(load_series(folder))


def zipped(folder, path, compression=zipfile.ZIP_DEFLATED):
    with zipfile.ZipFile(path, "w", compression) as archive:
        for file in sorted(folder.rglob("*")):
            if file.is_file():
                archive.write(file, file.relative_to(folder))
    return path


class TestArchives:
    def test_are_read_like_folders(self, tmp_path):
        folder = write_series(tmp_path / "PT")
        path = zipped(folder.parent, tmp_path.parent / f"{tmp_path.name}.zip")
        pet = petsuv.load(path)
        assert_whole(pet.series)
        region = write_rtstruct(tmp_path / "rs.dcm", {"L1": [rectangle(-5, -7, 5, 3, 3)]})
        assert pet.measure(region) == petsuv.load(folder).measure(region)

    def test_within_a_folder_are_opened(self, tmp_path):
        folder = write_series(tmp_path / "PT")
        (tmp_path / "export").mkdir()
        zipped(folder, tmp_path / "export" / "a.zip")
        assert_whole(load_series(tmp_path / "export"))

    @pytest.mark.slow
    def test_that_unpack_beyond_measure_are_refused(self, tmp_path):
        path = tmp_path / "bomb.zip"
        with zipfile.ZipFile(path, "w", zipfile.ZIP_DEFLATED) as archive:
            for number in range(6):
                archive.writestr(f"{number}.dcm", bytes(10_000_000))
        with pytest.raises(Refused, match=r"would unpack to 60 MB from 0\.06 MB"):
            load_series(path)

    @pytest.mark.slow
    def test_deflated_elements_that_do_are_refused(self, tmp_path):
        path = sorted(write_series(tmp_path).iterdir())[0]
        ds = dcmread(path)
        ds.file_meta.TransferSyntaxUID = DeflatedExplicitVRLittleEndian
        ds.PixelData = bytes(60_000_000)
        ds.save_as(path, enforce_file_format=True)
        with pytest.raises(Refused, match=r"would unpack to more than 50 MB from 0\.06 MB"):
            load_series(tmp_path)

    def test_of_archives_are_not_opened_further(self, tmp_path):
        folder = write_series(tmp_path / "PT")
        inner = zipped(folder, tmp_path / "inner.zip")
        outer = tmp_path / "outer.zip"
        with zipfile.ZipFile(outer, "w") as archive:
            archive.write(inner, "inner.zip")
        with pytest.raises(InputError, match="holds no PET slice"):
            load_series(outer)

    def test_that_are_damaged_are_refused(self, tmp_path):
        path = zipped(write_series(tmp_path / "PT"), tmp_path / "a.zip", zipfile.ZIP_STORED)
        content = bytearray(path.read_bytes())
        content[2000] ^= 255
        path.write_bytes(content)
        with pytest.raises(Refused, match="cut short or damaged"):
            load_series(path)
