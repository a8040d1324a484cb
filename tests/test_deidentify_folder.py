"""A shared folder is whole or not there; what may show a person is refused, a whole file is not."""

import errno
import os
import signal
import subprocess
import sys
import warnings
from collections.abc import Iterator
from pathlib import Path

import pydicom
import pytest
from click.testing import CliRunner
from pydicom import uid
from pydicom.dataset import FileDataset
from pydicom.fileset import FileSet
from test_deidentify_plants import PIXELS, imaged

import petsuv
from compendium.cli import group
from compendium.errors import InputError
from compendium.privacy import deidentify, dicom_kinds, disclosure
from petsuv.testing.enhanced import write_enhanced


@pytest.fixture(autouse=True)
def quiet() -> Iterator[None]:
    """pydicom warns of planted values."""
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        yield


def placed(folder: Path, *slices: FileDataset) -> Path:
    """A folder with these slices."""
    folder.mkdir(parents=True, exist_ok=True)
    for number, made in enumerate(slices, start=1):
        made.InstanceNumber = number
        made.SOPInstanceUID = made.file_meta.MediaStorageSOPInstanceUID = f"1.2.3.{number}"
        made.save_as(folder / f"{number}.dcm")
    return folder


def share(tmp_path: Path, **options: bool) -> deidentify.Deidentified:
    return deidentify.deidentify_folder(
        tmp_path / "in", tmp_path / "out", tmp_path / "key", **options
    )


def of_class(sop_class: str, **values: object) -> FileDataset:
    made = imaged()
    made.SOPClassUID = made.file_meta.MediaStorageSOPClassUID = sop_class
    for name, value in values.items():
        setattr(made, name, value)
    return made


REFUSED = {
    "secondary capture": of_class(uid.SecondaryCaptureImageStorage),
    "many-frame secondary capture": of_class(uid.MultiFrameTrueColorSecondaryCaptureImageStorage),
    "encapsulated PDF": of_class(uid.EncapsulatedPDFStorage),
    "dose report": of_class(uid.XRayRadiationDoseSRStorage),
    "structured report": of_class(uid.ComprehensiveSRStorage),
    "presentation state": of_class(uid.GrayscaleSoftcopyPresentationStateStorage),
    "waveform": of_class(uid.TwelveLeadECGWaveformStorage),
    "raw data": of_class(uid.RawDataStorage),
    "private class": of_class("1.2.840.113619.4.27"),
    "no class": of_class(""),
    "screen save": of_class(
        uid.CTImageStorage, Modality="CT", ImageType=["DERIVED", "SECONDARY", "SCREEN SAVE"]
    ),
    "dose page": of_class(uid.CTImageStorage, Modality="CT", SeriesDescription="Dose Report"),
    "protocol page": of_class(uid.CTImageStorage, SeriesDescription="Patient Protocol"),
    "converted": of_class(uid.CTImageStorage, ConversionType="WSD"),
    "colours": of_class(uid.CTImageStorage, PhotometricInterpretation="RGB"),
    "text in the pixels": of_class(uid.CTImageStorage, BurnedInAnnotation="YES"),
}


@pytest.mark.parametrize("kind", REFUSED)
def test_what_may_show_a_person_is_refused(kind: str, tmp_path: Path) -> None:
    placed(tmp_path / "in", REFUSED[kind], imaged())
    with pytest.raises(InputError, match=r"1 files? must not be shared(?s:.*)\n1\.dcm: "):
        share(tmp_path)
    assert not (tmp_path / "out").exists()
    done = share(tmp_path, leave_out_refused=True)
    assert (done.written, list(done.refused)) == (1, ["1.dcm"])


def test_a_page_without_a_place_is_refused() -> None:
    page = imaged()
    del page.ImagePositionPatient
    assert "no place in the patient" in (dicom_kinds.refusal(page) or "")


@pytest.mark.parametrize("sop_class", list(dicom_kinds.ALLOWED))
def test_what_a_measurement_needs_is_shared(sop_class: str) -> None:
    made = of_class(sop_class, Modality="PT", SeriesDescription="WB CTAC 3D")
    assert dicom_kinds.refusal(made) is None


@pytest.mark.parametrize(
    ("keyword", "value"),
    [
        ("SeriesDescription", "CT low dose AC"),
        ("SeriesDescription", "PET rescanned 2 h"),
        ("ImageType", ["ORIGINAL", "PRIMARY", "AXIAL", "LOWDOSE"]),
        ("ProtocolName", "WB protocol 2"),
        ("PhotometricInterpretation", "MONOCHROME1"),
        ("BurnedInAnnotation", "NO"),
    ],
)
def test_an_image_that_only_sounds_like_a_page_is_shared(keyword: str, value: object) -> None:
    made = imaged()
    setattr(made, keyword, value)
    assert dicom_kinds.refusal(made) is None


@pytest.mark.parametrize("name", ["2.dcm", "IM0002"])
@pytest.mark.parametrize("start", [128 + 4, "data set"])
def test_files_without_preamble_are_shared(name: str, start: int | str, tmp_path: Path) -> None:
    placed(tmp_path / "in", imaged(), imaged())
    content = (tmp_path / "in" / "2.dcm").read_bytes()
    at = start if isinstance(start, int) else content.index(b"\x08\0\x05\0")
    (tmp_path / "in" / "2.dcm").unlink()
    (tmp_path / "in" / name).write_bytes(content[at:])
    done = share(tmp_path)
    assert done.written == 2
    one, two = (pydicom.dcmread(path) for path in (tmp_path / "out").rglob("*.dcm"))
    assert one.PixelData == two.PixelData
    assert disclosure.scan_dicom(tmp_path / "out") == []


@pytest.mark.parametrize("share_of_file", [0.1, 0.5, 0.9, 0.999])
def test_a_file_that_is_cut_short_is_refused(share_of_file: float, tmp_path: Path) -> None:
    placed(tmp_path / "in", imaged(), imaged())
    whole = (tmp_path / "in" / "2.dcm").read_bytes()
    (tmp_path / "in" / "2.dcm").write_bytes(whole[: int(len(whole) * share_of_file)])
    with pytest.raises(InputError, match=r"2\.dcm: "):
        share(tmp_path)
    assert not (tmp_path / "out").exists()


def test_pixels_fewer_than_the_header_says_are_refused(tmp_path: Path) -> None:
    made = imaged()
    made.PixelData = PIXELS.tobytes()[:-2]
    placed(tmp_path / "in", made)
    with pytest.raises(InputError, match="126 bytes of pixels where 128 were expected"):
        share(tmp_path)


def test_an_image_that_ends_before_its_pixels_is_refused(tmp_path: Path) -> None:
    made = imaged()
    del made.PixelData
    placed(tmp_path / "in", made)
    with pytest.raises(InputError, match="an image without its pixels"):
        share(tmp_path)


KILLED = """
import os, signal, sys, warnings
from pathlib import Path
warnings.simplefilter("ignore")
from compendium.privacy import deidentify
write, written = deidentify.write_whole, []
def stop_after_two(path, content, **options):
    if len(written) == 3:  # after the key
        path.parent.mkdir(parents=True, exist_ok=True)
        (path.parent / ".half.partial").write_bytes(content[:100])
        os.kill(os.getpid(), signal.SIGKILL)
    written.append(path)
    write(path, content, **options)
deidentify.write_whole = stop_after_two
deidentify.deidentify_folder(*map(Path, sys.argv[1:]))
"""


@pytest.mark.slow
def test_a_killed_run_leaves_nothing_half_made_and_is_taken_up(tmp_path: Path) -> None:
    placed(tmp_path / "in", *(imaged() for _ in range(4)))
    places = [str(tmp_path / name) for name in ("in", "out", "key")]
    killed = subprocess.run([sys.executable, "-c", KILLED, *places], check=False)
    assert killed.returncode == -signal.SIGKILL
    assert not (tmp_path / "out").exists()
    (partial,) = tmp_path.glob(".out.*.partial")
    before = {path: path.stat().st_mtime_ns for path in partial.rglob("*.dcm")}
    assert len(before) == 2
    assert all(pydicom.dcmread(path).PatientIdentityRemoved == "YES" for path in before)
    done = share(tmp_path)
    after = {path: path.stat().st_mtime_ns for path in (tmp_path / "out").rglob("*")}
    kept = {path.name: time for path, time in after.items()}
    assert done.written == 4 == len([path for path in after if path.is_file()])
    assert all(kept[path.name] == time for path, time in before.items())
    assert not list(tmp_path.glob(".out.*"))


def test_another_source_does_not_take_up_what_one_left(tmp_path: Path) -> None:
    placed(tmp_path / "in", imaged())
    stale = tmp_path / ".out.0123456789abcdef.partial"
    stale.mkdir()
    (stale / "old.dcm").write_bytes(b"old")
    share(tmp_path)
    assert not stale.exists()
    assert len([p for p in (tmp_path / "out").rglob("*") if p.is_file()]) == 1


def test_a_dicomdir_is_made_anew(tmp_path: Path) -> None:
    files = FileSet()
    for number in (1, 2):
        made = imaged()
        made.SOPInstanceUID = made.file_meta.MediaStorageSOPInstanceUID = f"1.2.3.{number}"
        made.InstanceNumber = number
        made.StudyDate, made.StudyTime, made.SeriesNumber = "20210314", "101500", 1
        made.file_meta.MediaStorageSOPClassUID = made.SOPClassUID
        files.add(made)
    files.write(tmp_path / "in")
    files._stage["t"].cleanup()
    assert b"448120" in (tmp_path / "in" / "DICOMDIR").read_bytes()
    done = share(tmp_path)
    assert disclosure.scan_dicom(tmp_path / "out") == []
    made_anew = FileSet(tmp_path / "out" / "DICOMDIR")
    made_anew._stage["t"].cleanup()
    assert len(made_anew) == 2 == done.written
    content = (tmp_path / "out" / "DICOMDIR").read_bytes()
    assert not [word for word in (b"448120", b"Zhang", b"20210314") if word in content]
    assert all((tmp_path / "out" / new).is_file() for new in done.renamed.values())
    assert done.left_out == ["DICOMDIR"]


def test_a_folder_in_the_source_is_no_target(tmp_path: Path) -> None:
    placed(tmp_path / "in", imaged())
    with pytest.raises(InputError, match="Name a folder outside of it"):
        deidentify.deidentify_folder(tmp_path / "in", tmp_path / "in" / "o", tmp_path / "key")


def test_a_folder_without_dicom_is_refused(tmp_path: Path) -> None:
    (tmp_path / "in").mkdir()
    (tmp_path / "in" / "notes.txt").write_text("x")
    with pytest.raises(InputError, match="no DICOM file that may be shared"):
        share(tmp_path)


@pytest.mark.parametrize(
    ("keyword", "value", "warned"),
    [
        ("BodyPartExamined", "HEAD", True),
        ("BodyPartExamined", "HEADNECK", True),
        ("SeriesDescription", "PET_WB_corrected", True),
        ("ProtocolName", "全身PET", True),
        ("BodyPartExamined", "CHEST", False),
        ("SeriesDescription", "PET liver, headfirst", False),
    ],
)
def test_a_head_is_warned_of(keyword: str, value: str, warned: bool, tmp_path: Path) -> None:
    made = imaged()
    setattr(made, keyword, value)
    placed(tmp_path / "in", made)
    places = [str(tmp_path / name) for name in ("in", "out")]
    called = CliRunner().invoke(group, ["deidentify", *places, "--key", str(tmp_path / "key")])
    assert called.exit_code == 0
    assert ("a head is imaged" in called.output) is warned


@pytest.mark.parametrize(("length_mm", "warned"), [(799.0, False), (801.0, True)])
def test_a_scan_of_the_whole_body_has_a_head(
    length_mm: float, warned: bool, tmp_path: Path
) -> None:
    low, high = imaged(), imaged()
    high.ImagePositionPatient = [0, 0, length_mm]
    placed(tmp_path / "in", low, high)
    assert bool(share(tmp_path).heads) is warned


def test_a_file_by_another_number_keeps_its_patient(tmp_path: Path) -> None:
    other = imaged()
    other.PatientID = "P-99"
    placed(tmp_path / "in", imaged(), imaged(), other)
    share(tmp_path)
    found = [pydicom.dcmread(path) for path in (tmp_path / "out").rglob("*.dcm")]
    by_number = {int(one.InstanceNumber): one.PatientID for one in found}
    assert by_number[1] == by_number[2] != by_number[3]


def test_words_of_one_patient_are_blanked_in_another_ones_file(tmp_path: Path) -> None:
    other = imaged()
    other.PatientName, other.PatientID = "Svensson^Astrid", "P-99"
    other.ReconstructionMethod = "like P-448120"
    placed(tmp_path / "in", imaged(), other)
    share(tmp_path)
    found = [pydicom.dcmread(path) for path in (tmp_path / "out").rglob("*.dcm")]
    assert {one.get("ReconstructionMethod") for one in found} == {None, "like ***"}


def test_the_umask_does_not_open_the_table_of_names(tmp_path: Path) -> None:
    placed(tmp_path / "in", imaged())
    before = os.umask(0)
    try:
        done = share(tmp_path)
    finally:
        os.umask(before)
    assert done.names_file.stat().st_mode & 0o777 == 0o600
    assert "1.dcm" in done.names_file.read_text()


def test_patients_without_a_number_are_told_apart_by_their_names(tmp_path: Path) -> None:
    one, other = imaged(), imaged()
    one.PatientID = other.PatientID = ""
    other.PatientName = "Svensson^Astrid"
    placed(tmp_path / "in", one, other)
    share(tmp_path)
    found = [pydicom.dcmread(path) for path in (tmp_path / "out").rglob("*.dcm")]
    assert len({str(one.PatientID) for one in found}) == 2


@pytest.mark.parametrize("legacy", [False, True])
def test_an_enhanced_series_has_the_same_suv(legacy: bool, tmp_path: Path) -> None:
    (tmp_path / "in").mkdir()
    write_enhanced(tmp_path / "in" / "all.dcm", legacy=legacy)
    made = pydicom.dcmread(tmp_path / "in" / "all.dcm")
    made.PatientName, made.StudyDescription = "Zhang^Wei", "PET of Zhang Wei"
    made.PerFrameFunctionalGroupsSequence[0].add_new((0x0011, 0x0010), "LO", "ZHANGWEI")
    made.save_as(tmp_path / "in" / "all.dcm")
    before = petsuv.load(tmp_path / "in")
    share(tmp_path)
    (path,) = [p for p in (tmp_path / "out").rglob("*") if p.is_file()]
    after = petsuv.load(tmp_path / "out")
    assert (after.suv == before.suv).all()
    assert b"ZHANG" not in path.read_bytes().upper()
    assert disclosure.scan_dicom(tmp_path / "out") == []


def test_a_key_that_is_no_text_is_refused(tmp_path: Path) -> None:
    (tmp_path / "key").write_bytes(b"\xff\xfe\x92" * 20)
    (tmp_path / "in").mkdir()
    with pytest.raises(InputError, match=r"key: is no text, and so no key"):
        deidentify.deidentify_folder(tmp_path / "in", tmp_path / "out", tmp_path / "key")


def test_no_key_is_left_of_a_full_disk(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    def full(*_: object) -> int:
        raise OSError(errno.ENOSPC, "No space left on device")

    (tmp_path / "in").mkdir()
    monkeypatch.setattr(Path, "write_bytes", full)
    with pytest.raises(OSError, match="No space left"):
        deidentify.deidentify_folder(tmp_path / "in", tmp_path / "out", tmp_path / "key")
    assert [path.name for path in tmp_path.iterdir()] == ["in"]


def test_only_its_owner_reads_the_key(tmp_path: Path) -> None:
    (tmp_path / "in").mkdir()
    with pytest.raises(InputError, match="no DICOM file"):
        deidentify.deidentify_folder(tmp_path / "in", tmp_path / "out", tmp_path / "key")
    assert (tmp_path / "key").stat().st_mode & 0o077 == 0 or os.name == "nt"
