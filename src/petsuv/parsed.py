"""What pydicom knows best: whole data sets, and compressed pixels."""

import warnings
from io import BytesIO
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from petsuv.elements import COPY_AGAIN, MARK, Source, content_of, damaged, start_of
from petsuv.errors import Refused


def parse(path: Source, *, pixels: bool = True) -> Any:
    """A file as a pydicom dataset.

    Raises:
        Refused: pydicom cannot read it.
    """
    import pydicom

    try:
        with warnings.catch_warnings():
            # Values against the standard's rules of form: judged where, and if, they are used.
            warnings.simplefilter("ignore")
            file = path if isinstance(path, Path) else BytesIO(content_of(path))
            bare = start_of(content_of(path, MARK.stop)) == 0  # without preamble
            return pydicom.dcmread(file, stop_before_pixels=not pixels, force=bare)
    except Exception as error:  # pydicom raises a dozen kinds on damaged files
        raise Refused(
            f"{path}: cannot be read as DICOM ({type(error).__name__}: {error}); expected a whole "
            f"DICOM file. {COPY_AGAIN}"
        ) from error


def decode_pixels(path: Source, syntax: str, shape: tuple[int, int]) -> NDArray[Any]:
    """Stored pixels of a file in any compression that an installed decoder knows.

    Raises:
        Refused: no decoder for this transfer syntax, or the compressed stream is damaged.
    """
    pixels = decode_frames(path, syntax)
    if pixels.size != shape[0] * shape[1]:
        raise damaged(path, ValueError(f"{pixels.size} pixels instead of {shape}"))
    return pixels.reshape(shape)


def decode_frames(path: Source, syntax: str) -> NDArray[Any]:
    """Stored pixels of all frames of a file, as `decode_pixels` gives those of one."""
    from pydicom.uid import UID

    dataset = parse(path)
    try:
        return np.asarray(dataset.pixel_array)
    except Exception as error:  # decoders raise their own kinds
        raise Refused(
            f"{path}: pixels in transfer syntax {UID(syntax).name} ({syntax}) cannot be decoded "
            f"({type(error).__name__}); expected uncompressed, RLE, JPEG lossless, JPEG-LS or JPEG "
            "2000. Transcode the series to Explicit VR Little Endian."
        ) from error
