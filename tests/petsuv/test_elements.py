"""The fast reader against pydicom on every file that pydicom and highdicom ship.

Equal, or refused with a reason: the bytes of each element at any depth, stored pixels, numbers and
texts. No file is copied: they lie in the installed packages.
"""

import warnings
from collections import Counter
from pathlib import Path

import highdicom
import numpy as np
import pydicom
import pytest
from pydicom.dataelem import RawDataElement, convert_raw_data_element
from pydicom.dataset import Dataset

from petsuv.elements import PIXEL_DATA, UNCOMPRESSED, Elements, RawFile, read_elements
from petsuv.errors import UserError
from petsuv.slices import read_slice
from petsuv.text import decimal, decoded, text_of

FOLDERS = [Path(module.__file__).parent for module in (pydicom, highdicom)]
SHIPPED = {
    str(path.relative_to(folder.parent)): path
    for folder in FOLDERS
    for path in sorted(folder.rglob("*"))
    if path.is_file() and path.suffix not in (".py", ".pyc", ".pyi")
}
TEXTS = ("PN", "LO", "SH", "ST", "LT", "UT", "UC")
# Read by pydicom, as far as it goes, and refused here with this reason.
REFUSED = {
    "MR_truncated.dcm": "(7fe0,0010) ends 62 bytes late",
    "rtplan_truncated.dcm": "(300a,00b0) ends 265 bytes late",
    "SC_rgb_jpeg.dcm": "(0008,0008) has no type",  # implicit, though its syntax says explicit
    "meta_missing_tsyntax.dcm": "Transfer Syntax UID is missing",
    "DICOMDIR-nooffset": "cut short or damaged",  # its last item is longer than its sequence
}


def by_pydicom(path: Path) -> Dataset | None:
    try:
        bare = path.read_bytes()[:2] in (b"\x02\0", b"\x08\0")  # a data set without preamble
        return pydicom.dcmread(path, force=bare)
    except Exception:  # it raises many kinds
        return None


def refusal(path: Path, theirs: Dataset | None) -> str:
    """The reason for which a file, or a sequence in it, is refused; empty where all is equal."""
    try:
        file = read_elements(path, None)
        visit(file, file.values, theirs)
    except UserError as reason:
        return str(reason)
    return ""


def visit(file: RawFile, ours: Elements, theirs: Dataset) -> Counter:
    """Compare two readings of a dataset and of all below it; the elements by their type."""
    seen = Counter()
    assert set(ours) == {int(tag) for tag in theirs.keys() if tag != PIXEL_DATA}  # noqa: SIM118
    for tag, raw in ours.items():
        element = theirs.get_item(tag)
        if element.VR == "SQ" or (element.is_raw and theirs[tag].VR == "SQ"):
            items = file.items(raw)
            assert len(items) == len(theirs[tag].value), hex(tag)
            for one, other in zip(items, theirs[tag].value, strict=True):
                seen += visit(file, one, other)
        elif element.is_raw:
            assert raw == (element.value or b""), hex(tag)
        else:  # pydicom has interpreted it already: let it interpret our bytes
            again = RawDataElement(
                element.tag, element.VR, len(raw), bytes(raw), 0, *theirs.original_encoding
            )
            if raw:
                assert convert_raw_data_element(again).value == element.value, hex(tag)
            else:
                assert element.is_empty, hex(tag)
        seen[theirs[tag].VR] += 1
    return seen


def pixels_differ(path: Path, theirs: Dataset) -> str:
    """Whether the plane of a file is read, refused for a stated reason, or read differently."""
    if "PixelData" not in theirs or theirs.get("SamplesPerPixel") != 1:
        return "none"
    try:
        ours = read_slice(path).stored((theirs.Rows, theirs.Columns))
    except UserError as reason:
        return "refused" if "; expected " in str(reason) else f"no reason: {reason}"
    return "equal" if np.array_equal(ours, theirs.pixel_array) else "different"


def meanings_differ(file: RawFile, theirs: Dataset) -> list[str]:
    """Numbers and texts that are understood in another way."""
    charset = text_of(file.values.get(0x00080005))
    found = []
    for tag, raw in file.values.items():
        element = theirs[tag]
        if element.VR in ("DS", "IS") and raw:
            values = element.value if element.VM > 1 else [element.value]
            numbers = [decimal(part.strip()) for part in text_of(raw).split("\\")]
            same = numbers == [_number(value) for value in values]
        elif element.VR in TEXTS and element.VM == 1:
            # pydicom leaves the mark of an empty last component of a name away
            same = decoded(raw, charset).strip(" =") == str(element.value).strip(" =")
        else:
            continue
        found += [] if same else [f"{tag:08x} {raw!r} {element.value!r}"]
    return found


def _number(value: object) -> float | None:
    try:
        return float(str(value))
    except ValueError:
        return None


@pytest.fixture(autouse=True)
def _quietly():
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")  # pydicom's, on what is wrong in these files on purpose
        yield


@pytest.mark.parametrize("name", SHIPPED)
def test_is_read_as_pydicom_reads_it_or_refused(name):
    path = SHIPPED[name]
    theirs = by_pydicom(path)
    if reason := refusal(path, theirs):
        assert reason.startswith(f"{path}: ")
        assert "; expected " in reason
        assert theirs is None or REFUSED[path.name] in reason
        return
    file = read_elements(path, None)
    assert file.syntax == theirs.file_meta.get("TransferSyntaxUID", file.syntax)
    assert pixels_differ(path, theirs) in ("none", "equal", "refused")
    assert meanings_differ(file, theirs) == []


@pytest.mark.slow
def test_the_files_hold_what_the_comparison_is_for():
    read = {path: by_pydicom(path) for path in SHIPPED.values()}
    read = {path: theirs for path, theirs in read.items() if theirs is not None}
    assert len(read) >= 150
    refused = {path for path, theirs in read.items() if refusal(path, theirs)}
    assert {path.name for path in refused} == set(REFUSED)
    files = {path: read_elements(path, None) for path in read if path not in refused}
    assert {file.syntax for file in files.values()} >= set(UNCOMPRESSED)
    seen = sum((visit(f, f.values, by_pydicom(path)) for path, f in files.items()), Counter())
    assert seen["SQ"] > 100
    planes = Counter(pixels_differ(path, read[path]) for path in files)
    assert planes["equal"] > 50
