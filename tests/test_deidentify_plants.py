"""Identifiers planted where files hide them: none of them leaves, and what is clean stays."""

import io
import warnings
from collections.abc import Callable
from pathlib import Path

import numpy as np
import pydicom
import pytest
from pydicom.dataset import Dataset, FileDataset
from pydicom.encaps import encapsulate
from pydicom.uid import JPEGLosslessSV1, RLELossless
from test_deidentify import pet_slice

from compendium.errors import InputError
from compendium.privacy import deidentify, disclosure
from petsuv.testing import jpeg

SECRET = "ZHANGWEI"
HIDDEN = (
    "ZHANGWEI", "ZHANG WEI", "Zhang Wei", "Wei Zhang", "zhang.wei", "张伟", "448120", "A0098812",
    "19490708", "1949-07-08", "Novak", "A Hospital", "PETROOM2", "13912345678",
)  # fmt: skip
# One key for all: under another, a new UID may by chance hold the digits of a planted number.
KEY = "0123456789abcdef" * 4
PIXELS = np.arange(64, dtype="<u2").reshape(8, 8)


def imaged() -> FileDataset:
    """A slice with pixels and a place, of a patient with a name in two scripts."""
    made = pet_slice()
    made.PatientName = "Zhang^Wei=张^伟"
    made.Rows = made.Columns = 8
    made.BitsAllocated, made.BitsStored, made.HighBit, made.PixelRepresentation = 16, 12, 11, 0
    made.SamplesPerPixel, made.PhotometricInterpretation = 1, "MONOCHROME2"
    made.ImagePositionPatient, made.PixelSpacing = [0, 0, 0], [4, 4]
    made.ImageOrientationPatient = [1, 0, 0, 0, 1, 0]
    made.PixelData = PIXELS.tobytes()
    return made


def item(**values: object) -> Dataset:
    made = Dataset()
    for name, value in values.items():
        setattr(made, name, value)
    return made


def element(tag: tuple[int, int], kind: str, value: object) -> Callable[[FileDataset], None]:
    return lambda made: made.add_new(tag, kind, value)


def named(**values: object) -> Callable[[FileDataset], None]:
    def plant(made: FileDataset) -> None:
        for name, value in values.items():
            setattr(made, name, value)

    return plant


def private(group: int, creator: str, offset: int, value: str = SECRET) -> Callable[..., None]:
    def plant(made: FileDataset) -> None:
        made.private_block(group, creator, create=True).add_new(offset, "LO", value)

    return plant


def in_bits(made: FileDataset) -> None:
    """An overlay in the pixels' unused bits, as old scanners drew names."""
    made.PixelData = (PIXELS | np.uint16(1 << 15)).tobytes()
    made.add_new((0x6000, 0x0102), "US", 15)


def private_meta(made: FileDataset) -> None:
    made.file_meta.PrivateInformationCreatorUID = "1.2.3"
    made.file_meta.PrivateInformation = SECRET.encode()


def ae_meta(made: FileDataset) -> None:
    made.file_meta.SourceApplicationEntityTitle = SECRET


def preamble(made: FileDataset) -> None:
    made.preamble = SECRET.encode().ljust(128, b"\0")


def behind_pixels(made: FileDataset) -> None:
    made.PixelData = PIXELS.tobytes() + SECRET.encode()


def nested_private(made: FileDataset) -> None:
    tracer = made.RadiopharmaceuticalInformationSequence[0]
    tracer.private_block(0x0011, "X", create=True).add_new(0x01, "LO", SECRET)


def encapsulated_comment(made: FileDataset) -> None:
    """Bytes behind the stream of a frame, where a codec has room for a comment."""
    made.compress(RLELossless, PIXELS)
    frame = pydicom.encaps.get_frame(made.PixelData, 0, number_of_frames=1)
    made.PixelData = encapsulate([frame + SECRET.encode()])


CODE = {"CodeValue": "1", "CodingSchemeDesignator": "99LOCAL"}
PLANTS: dict[str, Callable[[FileDataset], None]] = {
    "person name": named(OperatorsName="Zhang^Wei"),
    "person name nested": named(
        PerformedProtocolCodeSequence=[item(**CODE, CodeMeaning="Zhang Wei")]
    ),
    "description": named(SeriesDescription="PET Zhang Wei"),
    "study comments": named(StudyComments=SECRET),
    "label of a region": named(StructureSetLabel="Zhang Wei"),
    "name the other way round": named(ReconstructionMethod="OSEM Wei Zhang"),
    "name in other letters": named(ReconstructionMethod="OSEM zhang.wei"),
    "name in Chinese": named(Radiopharmaceutical="FDG 张伟"),
    "name joined": named(AttenuationCorrectionMethod="measured ZHANGWEI"),
    "patient number": named(ReconstructionMethod="OSEM 448120"),
    "patient number spelt otherwise": named(ConvolutionKernel="P 448120"),
    "accession number": named(SoftwareVersions="A0098812"),
    "patient number as a number": named(SeriesNumber=448120, AcquisitionNumber=448120),
    "birth date": named(ReconstructionMethod="born 1949-07-08"),
    "birth date as it is stored": named(SoftwareVersions="19490708"),
    "telephone": named(ScatterCorrectionMethod="13912345678"),
    "institution in kept text": named(ManufacturerModelName="A Hospital"),
    "physician in kept text": named(RandomsCorrectionMethod="DLYD Novak"),
    "name in a code string": named(BodyPartExamined="ZHANGWEI"),
    "name in the image type": named(ImageType=["ORIGINAL", "PRIMARY", "ZHANGWEI"]),
    "name in a code meaning": named(AnatomicRegionSequence=[item(**CODE, CodeMeaning="Zhang Wei")]),
    "identifier sequence": named(OtherPatientIDsSequence=[item(PatientID="448120")]),
    "request": named(RequestAttributesSequence=[item(ScheduledProcedureStepID=SECRET)]),
    "original attributes": named(
        OriginalAttributesSequence=[
            item(ModifiedAttributesSequence=[item(PatientName="Zhang^Wei")])
        ]
    ),
    "encrypted attributes": named(
        EncryptedAttributesSequence=[item(EncryptedContent=SECRET.encode())]
    ),
    "signature": named(DigitalSignaturesSequence=[item(Signature=SECRET.encode())]),
    "MAC parameters": named(MACParametersSequence=[item(MACAlgorithm=SECRET)]),
    "ICC profile": named(ICCProfile=SECRET.encode()),
    "icon": named(IconImageSequence=[item(PixelData=SECRET.encode(), BitsAllocated=8)]),
    "AE title": named(RetrieveAETitle=SECRET),
    "station AE title": named(ScheduledStationAETitle=SECRET),
    "device serial number": named(DeviceSerialNumber=SECRET),
    "station": named(StationName="PETROOM2"),
    "address": named(InstitutionAddress="A Hospital"),
    "trial": named(ClinicalTrialSubjectID="P-448120"),
    "content sequence": named(ContentSequence=[item(TextValue=SECRET)]),
    "curve": element((0x5000, 0x3000), "OW", SECRET.encode()),
    "curve label": element((0x5002, 0x2500), "LO", SECRET),
    "overlay": element((0x6000, 0x3000), "OW", SECRET.encode()),
    "overlay description": element((0x6002, 0x0022), "LO", SECRET),
    "overlay comments": element((0x6000, 0x4000), "LT", SECRET),
    "trailing padding": element((0xFFFC, 0xFFFC), "OB", SECRET.encode()),
    "unknown public element": element((0x0018, 0x9FF1), "LO", SECRET),
    "unknown public bytes": element((0x0008, 0x0FF0), "UN", SECRET.encode()),
    "private": private(0x0009, "GEMS_IDEN_01", 0x27),
    "private nested": nested_private,
    "private by the listed creator": private(0x7053, "Philips PET Private Group", 0x01),
    "listed private, no number": private(0x7053, "Philips PET Private Group", 0x09),
    "private claimed safe": named(
        PrivateDataElementCharacteristicsSequence=[
            item(PrivateGroupReference=9, PrivateCreatorReference=SECRET)
        ]
    ),
    "preamble": preamble,
    "AE title in the meta": ae_meta,
    "private meta": private_meta,
    "behind the pixels": behind_pixels,
    "behind a compressed frame": encapsulated_comment,
    "overlay in the pixels' bits": in_bits,
}


def share(made: FileDataset, tmp_path: Path, name: str = "one.dcm") -> bytes:
    """The one file that leaves, as bytes."""
    (tmp_path / "in").mkdir()
    (tmp_path / "key").write_text(KEY)
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        made.save_as(tmp_path / "in" / name, enforce_file_format=False)
    done = deidentify.deidentify_folder(tmp_path / "in", tmp_path / "out", tmp_path / "key")
    assert done.written == 1
    return next((tmp_path / "out").rglob("*.dcm")).read_bytes()


@pytest.mark.parametrize("kind", PLANTS)
def test_a_planted_identifier_does_not_leave(kind: str, tmp_path: Path) -> None:
    made = imaged()
    PLANTS[kind](made)
    content = share(made, tmp_path)
    assert not [
        word for word in HIDDEN if word.encode() in content or word.upper().encode() in content
    ]
    shared = pydicom.dcmread(io.BytesIO(content))
    assert (shared.pixel_array == PIXELS).all()
    assert disclosure.scan_dicom(tmp_path / "out") == []
    assert shared.DeidentificationMethodCodeSequence[0].CodeValue == "113100"


def test_there_are_at_least_forty_kinds() -> None:
    assert len(PLANTS) >= 40


def test_what_names_nobody_stays(tmp_path: Path) -> None:
    made = imaged()
    clean = {
        "ReconstructionMethod": "VPFX (OSEM+TOF) 3i24s",
        "Radiopharmaceutical": "Fluorodeoxyglucose 18F",
        "SoftwareVersions": "1.2.3",
        "ConvolutionKernel": "XYZ Gauss5.00",
        "Manufacturer": "GE MEDICAL SYSTEMS",
        "BodyPartExamined": "CHEST",
        "ImageType": ["ORIGINAL", "PRIMARY"],
    }
    named(**clean)(made)
    made.AnatomicRegionSequence = [
        item(CodeValue="20190101", CodingSchemeDesignator="SCT", CodeMeaning="Structure of weight")
    ]
    shared = pydicom.dcmread(io.BytesIO(share(made, tmp_path)))
    assert {name: shared[name].value for name in clean} == clean
    assert shared.AnatomicRegionSequence[0].CodeValue == "20190101"
    assert shared.AnatomicRegionSequence[0].CodeMeaning == "Structure of weight"


@pytest.mark.parametrize("syntax", [RLELossless, JPEGLosslessSV1])
def test_compressed_pixels_come_out_the_same(syntax: str, tmp_path: Path) -> None:
    made = imaged()
    if syntax == RLELossless:
        made.compress(RLELossless, PIXELS)
    else:
        made.file_meta.TransferSyntaxUID = syntax
        made.PixelData = encapsulate([jpeg.encode(PIXELS)])
    shared = pydicom.dcmread(io.BytesIO(share(made, tmp_path)))
    assert not shared.file_meta.TransferSyntaxUID.is_compressed
    assert (shared.pixel_array == PIXELS).all()


@pytest.mark.parametrize(
    ("named_so", "name"),
    [("folder", "P-448120/one.dcm"), ("name", "Zhang Wei/one.dcm"), ("file", "s/A0098812.dcm")],
)
def test_no_word_of_an_old_path_is_left(named_so: str, name: str, tmp_path: Path) -> None:
    path = tmp_path / "in" / name
    path.parent.mkdir(parents=True)
    imaged().save_as(path)
    done = deidentify.deidentify_folder(tmp_path / "in", tmp_path / "out", tmp_path / "key")
    (new,) = done.renamed.values()
    assert not set(Path(new).parts) & set(Path(name).parts)
    assert list(done.renamed) == [name]
    assert done.names_file.parent == tmp_path
    assert done.names_file.stat().st_mode & 0o777 == 0o600


def test_names_agree_for_files_of_a_folder_and_differ_by_key(tmp_path: Path) -> None:
    one, two = (
        deidentify.new_path(Path("a/b/1"), "k" * 32),
        deidentify.new_path(Path("a/b/2"), "k" * 32),
    )
    assert one.parent == two.parent
    assert one.name != two.name
    assert deidentify.new_path(Path("a/b/1"), "l" * 32).parts[0] != one.parts[0]


@pytest.fixture(autouse=True)
def quiet() -> None:
    """pydicom warns of the planted values."""
    warnings.simplefilter("ignore")


def test_a_refusal_names_every_file(tmp_path: Path) -> None:
    (tmp_path / "in").mkdir()
    for number in (1, 2):
        made = imaged()
        made.BurnedInAnnotation = "YES"
        made.save_as(tmp_path / "in" / f"{number}.dcm")
    with pytest.raises(InputError, match=r"(?s)2 files must not be shared.*1\.dcm:.*2\.dcm:"):
        deidentify.deidentify_folder(tmp_path / "in", tmp_path / "out", tmp_path / "key")
    assert not (tmp_path / "out").exists()
