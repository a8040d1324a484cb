"""Rules 1 and 2: one whole, even, single-frame series of plain values, or a refusal by name."""

import numpy as np
import pytest
from pydicom import dcmread
from pydicom.dataset import Dataset
from pydicom.encaps import encapsulate
from pydicom.uid import (
    DeflatedExplicitVRLittleEndian,
    ExplicitVRBigEndian,
    ExplicitVRLittleEndian,
    ImplicitVRLittleEndian,
    JPEG2000Lossless,
    JPEGLossless,
    JPEGLosslessSV1,
    RLELossless,
    generate_uid,
)

from petsuv.errors import InputError, Refused
from petsuv.series import load_series
from petsuv.suv import convert
from petsuv.testing.files import changed, compressed, encoded, save
from petsuv.testing.jpeg import encode
from petsuv.testing.series import (
    SERIES,
    SHAPE,
    SPACING,
    pet_slices,
    stored_values,
    write_series,
    write_slices,
)


def refusal(folder) -> str:
    with pytest.raises(Refused) as caught:
        convert(load_series(folder))
    return str(caught.value)


class TestStack:
    def test_is_sorted_by_position_whatever_names_and_numbers_say(self, tmp_path):
        loaded = load_series(write_series(tmp_path))
        assert np.array_equal(loaded.stored, stored_values())
        assert np.allclose(loaded.spacing_mm, SPACING)
        assert [number for number, _ in enumerate(loaded.files)] == [0, 1, 2, 3]
        assert loaded.uid == SERIES

    def test_reads_a_stack_whose_normal_points_to_the_feet(self, tmp_path):
        loaded = load_series(
            write_series(tmp_path, ImageOrientationPatient=["1", "0", "0", "0", "-1", "0"])
        )
        assert np.array_equal(loaded.stored, stored_values()[::-1])
        assert loaded.point_mm((0, 1, 2)).tolist() == [0.0, -14.0, 9.0]

    def test_gives_a_voxel_its_place_in_the_patient(self, tmp_path):
        loaded = load_series(write_series(tmp_path))
        assert loaded.point_mm((2, 1, 3)).tolist() == [4.0, -6.0, 6.0]
        assert loaded.voxel_ml == pytest.approx(0.048)

    def test_takes_a_slice_thickness_for_a_single_slice_and_says_so(self, tmp_path):
        loaded = load_series(write_series(tmp_path, stored=stored_values()[:1]))
        assert loaded.spacing_mm[0] == 3.0
        assert loaded.flags == ("single_slice(spacing from slice thickness)",)

    def test_allows_the_jitter_of_a_real_series(self, tmp_path):
        heights = [0, 3.05, 6, 9]
        loaded = load_series(write_series(tmp_path, each=lambda i, ds: place(ds, heights[i])))
        assert loaded.spacing_mm[0] == pytest.approx(3.0)

    @pytest.mark.parametrize(
        ("heights", "words"),
        [
            ([0, 3, 9, 12], "gap of 6.00 mm"),
            ([0, 3, 6.2, 9], "gap of"),
            ([0, 3, 3, 6], "is the same in"),
        ],
    )
    def test_refuses_gaps_and_duplicates(self, tmp_path, heights, words):
        folder = write_series(tmp_path, each=lambda i, ds: place(ds, heights[i]))
        assert words in refusal(folder)
        assert "(0020,0032) Image Position (Patient)" in refusal(folder)

    def test_refuses_a_sheared_stack(self, tmp_path):
        folder = write_series(
            tmp_path,
            each=lambda i, ds: setattr(ds, "ImagePositionPatient", [str(i), "0", str(3 * i)]),
        )
        assert "3.00 mm sideways" in refusal(folder)

    def test_says_that_slices_are_missing_at_an_end(self, tmp_path):
        loaded = load_series(write_series(tmp_path, NumberOfSlices=6))
        assert loaded.flags == ("number_of_slices(6 declared, 4 found)",)


def place(ds, height):
    ds.ImagePositionPatient = ["-8", "-10", f"{height:g}"]


def last(keyword, value):
    """Change the last slice only."""
    return lambda index, ds: setattr(ds, keyword, value) if index == 3 else None


REFUSED = {
    "another modality": (dict(Modality="CT"), "(0008,0060) Modality is CT"),
    "another class": (dict(SOPClassUID=generate_uid()), "(0008,0016) SOP Class UID"),
    "enhanced": (
        dict(SOPClassUID="1.2.840.10008.5.1.4.1.1.130"),
        "(5200,9230) Per-frame Functional Groups Sequence has 0 items",
    ),
    "several frames": (dict(NumberOfFrames="2"), "(0028,0008) Number of Frames is 2"),
    "two series": (dict(each=last("SeriesInstanceUID", generate_uid())), "expected one series"),
    "turned slice": (
        dict(each=last("ImageOrientationPatient", ["1", "0", "0", "0", "0.8", "0.6"])),
        "(0020,0037) Image Orientation (Patient)",
    ),
    "skew axes": (
        dict(ImageOrientationPatient=["1", "0", "0", "0.6", "0.8", "0"]),
        "two unit vectors at a right angle",
    ),
    "another spacing": (dict(each=last("PixelSpacing", ["4", "5"])), "(0028,0030) Pixel Spacing"),
    "no position": (dict(each=last("ImagePositionPatient", None)), "(0020,0032)"),
    "dynamic": (dict(SeriesType=["DYNAMIC", "IMAGE"]), "(0054,1000) Series Type is DYNAMIC"),
    "gated": (dict(SeriesType=["GATED", "IMAGE"]), "(0054,1000) Series Type is GATED"),
    "reprojection": (dict(SeriesType=["STATIC", "REPROJECTION"]), "REPROJECTION"),
    "colour": (dict(PhotometricInterpretation="RGB"), "(0028,0004)"),
    "lossy": (dict(LossyImageCompression="01"), "(0028,2110) Lossy Image Compression is 01"),
    "intercept": (dict(each=last("RescaleIntercept", "-5")), "(0028,1052) Rescale Intercept is -5"),
    "no slope": (dict(RescaleSlope=None), "(0028,1053) Rescale Slope is missing"),
    "slope of zero": (dict(RescaleSlope="0"), "(0028,1053) Rescale Slope is 0"),
    "words for a slope": (dict(each=last("HighBit", 11)), "(0028,0102) High Bit is 11"),
    "no attenuation": (dict(CorrectedImage=["DECY"]), "(0028,0051) Corrected Image is DECY"),
    "no decay": (dict(CorrectedImage=["ATTN"]), "(0028,0051) Corrected Image is ATTN"),
    "nothing corrected": (dict(CorrectedImage=None), "(0028,0051) Corrected Image is missing"),
    "two weights": (dict(each=last("PatientWeight", "71")), "(0010,1030) Patient's Weight differs"),
    "two units": (dict(each=last("Units", "CNTS")), "(0054,1001) Units differs"),
}


@pytest.mark.parametrize("case", REFUSED)
def test_refuses_with_tag_and_value(tmp_path, case):
    changes, words = REFUSED[case]
    changes = dict(changes)
    if case == "no position":
        changes = dict(each=lambda i, ds: delattr(ds, "ImagePositionPatient") if i == 3 else None)
    assert words in refusal(write_series(tmp_path, **changes))


@pytest.mark.parametrize(
    ("keyword", "value"),
    [
        ("PatientWeight", "70.0"),
        ("PatientWeight", "70.0001"),
        ("PatientSize", "1.750"),
        ("SeriesTime", "110000.000"),
        ("PixelSpacing", ["4.00001", "4"]),
    ],
)
def test_one_value_written_in_two_ways_is_one(tmp_path, keyword, value):
    assert len(load_series(write_series(tmp_path, each=last(keyword, value))).files) == 4


@pytest.mark.parametrize(("dose", "same"), [("3.7e8", True), ("370000001", True), ("371e6", False)])
def test_doses_are_compared_as_numbers(tmp_path, dose, same):
    def each(index, ds):
        ds.RadiopharmaceuticalInformationSequence[0].RadionuclideTotalDose = (
            dose if index == 3 else "370000000"
        )

    folder = write_series(tmp_path, each=each)
    if same:
        assert len(load_series(folder).files) == 4
    else:
        assert "(0054,0016) Radiopharmaceutical Information Sequence differs" in refusal(folder)


@pytest.mark.parametrize(
    ("keyword", "value"),
    [
        ("PatientWeight", "70.01"),
        ("SeriesDate", "20250313"),
        ("SeriesTime", "110000.001"),
        ("PixelSpacing", ["4.05", "4"]),
    ],
)
def test_another_value_is_another(tmp_path, keyword, value):
    assert "expected" in refusal(write_series(tmp_path, each=last(keyword, value)))


def test_slopes_may_differ_from_slice_to_slice(tmp_path):
    loaded = load_series(
        write_series(tmp_path, each=lambda i, ds: setattr(ds, "RescaleSlope", f"{0.5 * (i + 1):g}"))
    )
    assert loaded.slope.tolist() == [0.5, 1.0, 1.5, 2.0]


@pytest.mark.parametrize(("bits", "signed"), [(12, 0), (12, 1), (16, 0), (8, 0), (32, 1)])
def test_reads_every_depth_of_stored_values(tmp_path, bits, signed):
    allocated = 8 if bits == 8 else 16 if bits <= 16 else 32
    values = (np.arange(30).reshape(6, 5) * 7 - (100 if signed else 0)).astype(np.int64)
    raw = values & ((1 << bits) - 1)
    if bits == 12 and not signed:
        raw = raw | 0x3000  # bits above the stored ones carry no value

    def pixels(_, ds):
        ds.BitsAllocated, ds.BitsStored, ds.HighBit = allocated, bits, bits - 1
        ds.PixelRepresentation = signed
        ds.PixelData = raw.astype(f"<u{allocated // 8}").tobytes()

    assert np.array_equal(load_series(write_series(tmp_path, each=pixels)).stored[2], values)


class TestEncodings:
    @pytest.mark.parametrize("syntax", [ImplicitVRLittleEndian, DeflatedExplicitVRLittleEndian])
    def test_reads_the_usual_ones(self, tmp_path, syntax):
        folder = write_slices(tmp_path, pet_slices(), syntax)
        assert np.array_equal(load_series(folder).stored, stored_values())

    def test_reads_big_endian(self, tmp_path):
        def swapped(_, ds):
            ds.PixelData = np.frombuffer(ds.PixelData, "<i2").byteswap().tobytes()
            ds["PixelData"].VR = "OW"

        folder = write_slices(tmp_path, pet_slices(each=swapped), ExplicitVRBigEndian)
        assert np.array_equal(load_series(folder).stored, stored_values())
        assert convert(load_series(folder)).suv_per_stored[0] == pytest.approx(2.763367e-4, 1e-6)

    def test_reads_rle(self, tmp_path):
        found = [compressed(ds, RLELossless) for ds in pet_slices()]
        folder = write_slices(tmp_path, found, RLELossless)
        assert np.array_equal(load_series(folder).stored, stored_values())

    @pytest.mark.parametrize("syntax", [JPEGLosslessSV1, JPEGLossless])
    def test_reads_jpeg_lossless(self, tmp_path, syntax):
        values = (np.arange(120).reshape(SHAPE) * 547 - 32_768).astype(np.int16)

        def jpeg(index, ds):
            ds.PixelData = encapsulate([encode(values[index])])
            ds["PixelData"].is_undefined_length = True
            ds["PixelData"].VR = "OB"

        folder = write_slices(tmp_path, pet_slices(each=jpeg), syntax)
        assert np.array_equal(load_series(folder).stored, values)

    @pytest.mark.parametrize("syntax", [JPEG2000Lossless, JPEGLosslessSV1])
    def test_refuses_by_name_what_it_cannot_decode(self, tmp_path, syntax):
        def nonsense(_, ds):
            ds.PixelData = encapsulate([b"\xff\xd8 no picture \xff\xd9"])
            ds["PixelData"].is_undefined_length = True

        folder = write_slices(tmp_path, pet_slices(each=nonsense), syntax)
        assert f"({syntax}) cannot be decoded" in refusal(folder)

    @pytest.mark.parametrize(
        ("charset", "name"),
        [("GB18030", "王^小明"), ("ISO_IR 192", "王^小明"), ("ISO 2022 IR 58", "WANG")],
    )
    def test_reads_chinese_patient_names(self, tmp_path, charset, name):
        folder = write_series(tmp_path, SpecificCharacterSet=charset, PatientName=name)
        assert convert(load_series(folder)).suv_per_stored[0] == pytest.approx(2.763367e-4, 1e-6)

    def test_reads_sequences_of_defined_and_undefined_length(self, tmp_path):
        def undefined(_, ds):
            sequence = ds["RadiopharmaceuticalInformationSequence"]
            sequence.is_undefined_length = True
            sequence.value[0].is_undefined_length_sequence_item = True
            ds.add_new(0x00400275, "SQ", [Dataset()])

        for number, syntax in enumerate((ImplicitVRLittleEndian, ExplicitVRLittleEndian)):
            folder = write_slices(tmp_path / str(number), pet_slices(each=undefined), syntax)
            found = convert(load_series(folder))
            assert found.suv_per_stored[0] == pytest.approx(2.763367e-4, 1e-6)

    def test_reads_elements_that_a_converter_left_without_their_type(self, tmp_path):
        """As gdcmconv does: type UN, and what is inside a sequence as in an implicit file."""
        folder = write_series(tmp_path)
        expected = convert(load_series(folder))
        for path in folder.iterdir():
            ds = dcmread(path)
            untyped = {
                tag: element[:4] + b"UN\0\0" + element[4:]
                for tag, element in encoded(ds, ImplicitVRLittleEndian).items()
            }
            instance = changed(Dataset(), {"SOPInstanceUID": ds.SOPInstanceUID})
            save(instance, path, shared=untyped)
        found = convert(load_series(folder))
        assert found.quantities == expected.quantities
        assert np.array_equal(found.suv_per_stored, expected.suv_per_stored)

    def test_is_not_troubled_by_an_unknown_character_set(self, tmp_path):
        folder = write_series(tmp_path)
        for path in folder.iterdir():
            content = path.read_bytes()
            path.write_bytes(content.replace(b"TEST", b"\xc4\xe3\xba\xc3"))
        assert load_series(folder).stored.shape == SHAPE


class TestFiles:
    @pytest.mark.parametrize("share", [0.02, 0.3, 0.5, 0.8, 0.95, 0.999])
    def test_refuses_a_truncated_file_by_name(self, tmp_path, share):
        folder = write_series(tmp_path)
        broken = sorted(folder.iterdir())[1]
        content = broken.read_bytes()
        broken.write_bytes(content[: int(len(content) * share)])
        assert broken.name in refusal(folder)

    def test_refuses_a_file_that_is_called_dicom_and_is_not(self, tmp_path):
        folder = write_series(tmp_path)
        (folder / "notes.dcm").write_text("remember the blood sample")
        assert "notes.dcm: not a DICOM file" in refusal(folder)

    def test_leaves_out_other_files_and_counts_those_without_a_known_ending(self, tmp_path):
        folder = write_series(tmp_path)
        for name in ("Thumbs.db", "desktop.ini", "letter.docx", "VERSION", "notes"):
            (folder / name).write_text("remember the blood sample")
        loaded = load_series(folder)
        assert len(loaded.files) == 4
        assert loaded.flags == ("files_left_out(2 not DICOM)",)

    def test_leaves_other_things_in_the_folder_alone(self, tmp_path):
        folder = write_series(tmp_path)
        for name in ("README.txt", ".DS_Store", "DICOMDIR", "sidecar.json"):
            (folder / name).write_text("no slice")
        assert len(load_series(folder).files) == 4

    @pytest.mark.parametrize("make", [False, True])
    def test_says_that_there_is_no_series(self, tmp_path, make):
        folder = tmp_path / "nothing"
        if make:
            folder.mkdir()
        with pytest.raises(InputError, match="nothing"):
            load_series(folder)
