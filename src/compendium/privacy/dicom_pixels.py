"""Pixels with nothing behind them: no stray bytes, no overlay bits, no comments of a codec."""

import numpy as np
from pydicom.dataset import Dataset
from pydicom.uid import UID

from compendium.errors import InputError

OVERLAYS = range(0x6000, 0x6020, 2)
BYTES_OF = {"FloatPixelData": 4, "DoubleFloatPixelData": 8}


def clean_pixels(dataset: Dataset, shown: str) -> None:
    """Leave of the pixel data what an image of its size needs.

    Compressed pixels are decoded: a codec's stream has room for comments. Bits of an overlay that
    lie in the pixels' unused bits are cleared; bytes behind the last pixel go.

    Raises:
        InputError: there are fewer pixels than the header says, or they cannot be decoded.
    """
    present = [name for name in ("PixelData", *BYTES_OF) if name in dataset]
    if not present:
        if "Rows" in dataset:
            raise _cut(shown, "an image without its pixels")
        return
    if UID(dataset.file_meta.TransferSyntaxUID).is_compressed:
        _decode(dataset, shown)
    for name in present:
        value, expected = dataset[name].value or b"", _expected(dataset, name)
        if len(value) < expected:
            raise _cut(shown, f"{len(value)} bytes of pixels where {expected} were expected")
        dataset[name].value = value[:expected] + b"\0" * (expected % 2)
    _clear_overlays(dataset)


def _expected(dataset: Dataset, name: str) -> int:
    pixels = (
        int(dataset.Rows)
        * int(dataset.Columns)
        * int(dataset.get("NumberOfFrames") or 1)
        * int(dataset.get("SamplesPerPixel") or 1)
    )
    if name in BYTES_OF:
        return pixels * BYTES_OF[name]
    return (pixels * int(dataset.BitsAllocated) + 7) // 8


def _decode(dataset: Dataset, shown: str) -> None:
    syntax = UID(dataset.file_meta.TransferSyntaxUID)
    if syntax.is_encapsulated:
        try:
            dataset.decompress(generate_instance_uid=False)
        except Exception as error:  # decoders raise their own kinds
            raise _cut(shown, f"pixels in {syntax.name} that cannot be decoded") from error


def _clear_overlays(dataset: Dataset) -> None:
    order = "<" if UID(dataset.file_meta.TransferSyntaxUID).is_little_endian else ">"
    for group in OVERLAYS:
        place = dataset.get((group, 0x0102))
        if place is None or (group, 0x3000) in dataset or dataset.get("BitsAllocated") != 16:
            continue
        bit = int(place.value or 0)
        if int(dataset.get("HighBit", 15)) < bit < 16:
            words = np.frombuffer(dataset.PixelData, f"{order}u2") & ~np.uint16(1 << bit)
            dataset["PixelData"].value = words.astype(f"{order}u2").tobytes()


def _cut(shown: str, what: str) -> InputError:
    return InputError(
        f"{shown}: the file is cut short or damaged ({what}); expected a whole DICOM file. Copy it "
        "again from the archive."
    )
