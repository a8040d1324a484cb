"""De-identification of DICOM: nobody can be told from the copy, and the SUV does not change."""

from collections.abc import Callable
from pathlib import Path

import pydicom
import pytest
from click.testing import CliRunner
from pydicom.dataset import Dataset, FileDataset, FileMetaDataset
from pydicom.sequence import Sequence
from pydicom.uid import ExplicitVRLittleEndian, PositronEmissionTomographyImageStorage

from compendium.cli import group
from compendium.errors import InputError
from compendium.privacy import deidentify, disclosure
from compendium.privacy.dicom_identity import identifying
from petsuv.text import uid_of

# Never drawn: a UID may by chance hold the digits of a planted number.
SERIES, FRAME = uid_of("series"), uid_of("frame")


def pet_slice(number: int = 1, patient: str = "P-448120") -> FileDataset:
    """A PET slice as a scanner leaves it, with all that tells who the patient is."""
    meta = FileMetaDataset()
    meta.TransferSyntaxUID = ExplicitVRLittleEndian
    meta.MediaStorageSOPClassUID = PositronEmissionTomographyImageStorage
    meta.MediaStorageSOPInstanceUID = uid_of("slice", patient, number)
    made = FileDataset("", {}, file_meta=meta, preamble=b"\0" * 128)
    made.SOPClassUID, made.SOPInstanceUID = (
        meta.MediaStorageSOPClassUID,
        meta.MediaStorageSOPInstanceUID,
    )
    made.SeriesInstanceUID, made.FrameOfReferenceUID, made.StudyInstanceUID = SERIES, FRAME, FRAME
    made.SpecificCharacterSet = "ISO_IR 192"
    made.PatientName, made.PatientID = "张^伟", patient
    made.PatientBirthDate, made.PatientAge, made.PatientSex = "19490708", "074Y", "M"
    made.PatientWeight, made.PatientSize = 70.0, 1.7
    made.ReferringPhysicianName = "Novak^Greta"
    made.InstitutionName, made.StationName = "A Hospital", "PETROOM2"
    made.AccessionNumber, made.StudyID = "A0098812", "77"
    made.StudyDescription, made.ImageComments = "PET of Zhang Wei", "家属13912345678"
    made.Modality, made.Units, made.DecayCorrection = "PT", "BQML", "START"
    made.Manufacturer, made.InstanceNumber = "GE MEDICAL SYSTEMS", number
    made.SeriesDate, made.SeriesTime = "20210314", "101500"
    made.AcquisitionDate, made.AcquisitionTime = "20210314", "101500"
    tracer = Dataset()
    tracer.RadiopharmaceuticalStartTime = "091500.00"
    tracer.RadiopharmaceuticalStartDateTime = "20210314091500.00"
    tracer.RadionuclideTotalDose, tracer.RadionuclideHalfLife = 3.7e8, 6586.2
    made.RadiopharmaceuticalInformationSequence = Sequence([tracer])
    made.add_new((0x0009, 0x0010), "LO", "GEMS_PETD_01")
    made.add_new((0x0009, 0x100D), "DT", "20210314101500.00")
    made.add_new((0x7053, 0x0010), "LO", "Philips PET Private Group")
    made.add_new((0x7053, 0x1000), "DS", "0.0005")
    return made


@pytest.fixture
def source(tmp_path: Path) -> Path:
    """A folder with a series of two slices."""
    folder = tmp_path / "dicom" / "s1"
    folder.mkdir(parents=True)
    for number in (1, 2):
        pet_slice(number).save_as(folder / f"slice{number}.dcm")
    return folder.parent


@pytest.fixture
def target(source: Path, tmp_path: Path) -> Path:
    """Its de-identified copy."""
    deidentify.deidentify_folder(source, tmp_path / "shared", tmp_path / "key.txt")
    return tmp_path / "shared"


def shared_slice(folder: Path, number: int = 1) -> FileDataset:
    """The de-identified slice of that number."""
    slices = map(pydicom.dcmread, folder.rglob("*.dcm"))
    return next(one for one in slices if one.InstanceNumber == number)


def test_the_gate_finds_the_person_before_and_nobody_after(source: Path, target: Path) -> None:
    assert {f.kind for f in disclosure.scan_dicom(source)} >= {
        "not de-identified",
        "person",
        "identifying element",
        "private element",
    }
    assert disclosure.scan_dicom(target) == []


def test_times_keep_their_distance_to_the_second(target: Path) -> None:
    shared = shared_slice(target)
    tracer = shared.RadiopharmaceuticalInformationSequence[0]
    assert shared.SeriesDate != "20210314"
    assert shared.SeriesTime == "101500"
    assert tracer.RadiopharmaceuticalStartTime == "091500.00"
    assert tracer.RadiopharmaceuticalStartDateTime == f"{shared.SeriesDate}091500.00"
    assert shared.DecayCorrectionDateTime == f"{shared.SeriesDate}101500.00"


def test_what_the_suv_needs_is_kept(target: Path) -> None:
    shared = shared_slice(target)
    assert (shared.PatientWeight, shared.PatientSize, shared.PatientSex) == (70.0, 1.7, "M")
    assert shared.RadiopharmaceuticalInformationSequence[0].RadionuclideTotalDose == 3.7e8
    assert shared[0x7053, 0x1000].value == 0.0005
    assert (0x0009, 0x100D) not in shared


def test_uids_are_new_and_agree_over_a_series(target: Path) -> None:
    first, second = (shared_slice(target, n) for n in (1, 2))
    assert first.SeriesInstanceUID == second.SeriesInstanceUID != SERIES
    assert first.SOPInstanceUID != second.SOPInstanceUID
    assert first.file_meta.MediaStorageSOPInstanceUID == first.SOPInstanceUID
    assert first.SOPClassUID == PositronEmissionTomographyImageStorage


def test_the_same_key_gives_the_same_copy_and_another_does_not(
    source: Path, target: Path, tmp_path: Path
) -> None:
    deidentify.deidentify_folder(source, tmp_path / "again", tmp_path / "key.txt")
    deidentify.deidentify_folder(source, tmp_path / "other", tmp_path / "key2.txt")
    again, other = (
        {p.name: p.read_bytes() for p in (tmp_path / n).rglob("*.dcm")} for n in ("again", "other")
    )
    assert again == {p.name: p.read_bytes() for p in target.rglob("*.dcm")}
    assert not set(again) & set(other)
    assert not set(again.values()) & set(other.values())


def test_all_scans_of_a_patient_move_by_the_same_days_and_others_by_others() -> None:
    key = "k" * 32
    assert deidentify.shift_days("P1", key) == deidentify.shift_days("P1", key)
    assert deidentify.shift_days("P1", key) != deidentify.shift_days("P2", key)
    assert all(62 <= deidentify.shift_days(f"P{i}", key) <= 1825 for i in range(200))


def test_the_key_is_for_its_owner_only(target: Path, tmp_path: Path) -> None:
    assert (tmp_path / "key.txt").stat().st_mode & 0o777 == 0o600
    assert len((tmp_path / "key.txt").read_text()) == 64


class TestRefusals:
    """What a person must decide first."""

    def test_burned_in_text(self, source: Path, tmp_path: Path) -> None:
        captured = pet_slice()
        captured.Modality = "SC"
        captured.save_as(source / "capture.dcm")
        with pytest.raises(InputError, match=r"capture.dcm: the image may have a name burned"):
            deidentify.deidentify_folder(source, tmp_path / "out", tmp_path / "key.txt")

    def test_key_among_what_is_shared(self, source: Path, tmp_path: Path) -> None:
        with pytest.raises(InputError, match="the key lies in what is to be shared"):
            deidentify.deidentify_folder(source, tmp_path / "out", tmp_path / "out" / "key.txt")

    def test_target_not_empty(self, source: Path, target: Path, tmp_path: Path) -> None:
        with pytest.raises(InputError, match="is not empty"):
            deidentify.deidentify_folder(source, target, tmp_path / "key.txt")

    def test_a_folder_for_a_key(self, source: Path, tmp_path: Path) -> None:
        (tmp_path / "keys").mkdir()
        with pytest.raises(InputError, match="keys: is a folder; expected the file of the key"):
            deidentify.deidentify_folder(source, tmp_path / "out", tmp_path / "keys")

    def test_short_key(self, source: Path, tmp_path: Path) -> None:
        (tmp_path / "short").write_text("abc")
        with pytest.raises(InputError, match="3 characters are no key"):
            deidentify.deidentify_folder(source, tmp_path / "out", tmp_path / "short")


@pytest.mark.parametrize(
    ("kind", "keyword", "value"),
    [
        ("person", "PatientName", "Zhang^Wei"),
        ("person", "OperatorsName", "Novak"),
        ("person", "PerformingPhysicianName", "王^芳"),
        ("identifying element", "PatientBirthDate", "19490708"),
        ("identifying element", "InstitutionName", "A Hospital"),
        ("identifying element", "InstitutionAddress", "12 Maple Road"),
        ("identifying element", "StationName", "PETROOM2"),
        ("identifying element", "DeviceSerialNumber", "118822"),
        ("identifying element", "AccessionNumber", "A0098812"),
        ("identifying element", "StudyDescription", "PET"),
        ("identifying element", "PatientComments", "x"),
        ("identifying element", "PatientTelephoneNumbers", "139"),
        ("identifying element", "OtherPatientIDs", "448120"),
        ("name, Chinese", "ReconstructionMethod", "张伟"),
        ("date", "SoftwareVersions", "2021-03-14"),
        ("burned-in text", "BurnedInAnnotation", "YES"),
        ("not de-identified", "PatientIdentityRemoved", "NO"),
    ],
)
def test_an_element_left_in_a_copy_is_found(
    target: Path, kind: str, keyword: str, value: str
) -> None:
    shared = shared_slice(target)
    setattr(shared, keyword, value)
    assert (kind, keyword) in [(found, name) for found, name, _ in identifying(shared)]


def test_a_private_element_left_in_a_copy_is_found(target: Path) -> None:
    shared = shared_slice(target)
    shared.add_new((0x0011, 0x1010), "LO", "Zhang Wei")
    assert [kind for kind, _, _ in identifying(shared)] == ["private element"]


def test_a_file_that_is_not_dicom_is_named(source: Path, tmp_path: Path) -> None:
    (source / "notes.txt").write_text("x")
    done = deidentify.deidentify_folder(source, tmp_path / "out", tmp_path / "key.txt")
    assert done.left_out == ["notes.txt"]
    assert [f.kind for f in disclosure.scan_dicom(source) if f.place == "notes.txt"] == [
        "not DICOM"
    ]


@pytest.mark.slow
def test_suv_of_a_real_series_is_the_same_to_the_last_digit(
    external: Callable[[str], Path], tmp_path: Path
) -> None:
    source = external("pet/sts-001-raw")
    shared = tmp_path / "shared"
    new = deidentify.deidentify_folder(source, shared, tmp_path / "key.txt").renamed
    slices = next(name for name in new.values() if new["mask/1-1.dcm"] != name)
    tables = []
    for image, mask in (
        (source / "image", source / "mask" / "1-1.dcm"),
        ((shared / slices).parent, shared / new["mask/1-1.dcm"]),
    ):
        table = tmp_path / "suv.csv"
        region = ["--region", str(mask), "--region-name", "GTV_Mass"]
        called = ["suv", str(image), *region, "--out", str(table)]
        assert CliRunner().invoke(group, called).exit_code == 0
        tables.append(table.read_text())
    assert tables[0] == tables[1]
    assert "7.9106" in tables[0]
    assert disclosure.scan_dicom(shared) == []
