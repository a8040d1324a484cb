"""Enhanced and Legacy Converted Enhanced PET: each frame as if it were a file of its own.

What such a file says once, for all frames or for one, is brought under the elements of a
single-frame series, so that everything after this reads one kind of series only.
"""

import math
import struct
from collections.abc import Iterator
from dataclasses import replace

import numpy as np

from petsuv.elements import (
    PIXEL_DATA,
    UNCOMPRESSED,
    Elements,
    RawFile,
    Source,
    read_elements,
)
from petsuv.errors import Refused
from petsuv.header import CODE_VALUE, ENHANCED_PET_STORAGES, PET_STORAGE, TAGS, label
from petsuv.header import ENHANCED as HELD
from petsuv.parsed import decode_frames
from petsuv.slices import Slice
from petsuv.text import decimal, text_of

# UCUM codes of DICOM context group 84, without case, braces and marks, as Units and SUV Type.
UNITS = {
    "bq/ml": ("BQML", ""),
    "suvbwg/ml": ("GML", "BW"),
    "g/mlsuvbw": ("GML", "BW"),
    "suvlbmg/ml": ("GML", "LBM"),
    "g/mlsuvlbm": ("GML", "LBM"),
    "suvlbm(james128)g/ml": ("GML", "LBMJAMES128"),
    "suvlbm(janma)g/ml": ("GML", "LBMJANMA"),
    "suvibwg/ml": ("GML", "IBW"),
    "g/mlsuvibw": ("GML", "IBW"),
    "suvbsacm2/ml": ("CM2ML", "BSA"),
    "cm2/mlsuvbsa": ("CM2ML", "BSA"),
}
# Elements that say YES or NO, as entries of Corrected Image.
CORRECTIONS = {
    "attenuation_corrected": "ATTN",
    "scatter_corrected": "SCAT",
    "dead_time_corrected": "DTIM",
    "randoms_corrected": "RAN",
    "normalised": "NORM",
}
SLOPE_AGREEMENT = 1e-5
MOST_BYTES = 8_000_000_000


def is_enhanced(one: Slice) -> bool:
    """Whether a file holds a whole series in its frames."""
    return one.text("sop_class") in ENHANCED_PET_STORAGES


def frames_of(path: Source) -> list[Slice]:
    """The frames of an enhanced PET file as slices.

    Raises:
        Refused: several time frames, damaged functional groups, or two slopes that disagree.
    """
    file = read_elements(path, None)
    frames = [*_frames(file)]
    times = {held.get(HELD["temporal_position"], b"") for held in frames}
    if len(times) > 1:
        raise Refused(
            f"{path}: {label(HELD['temporal_position'])} has {len(times)} values; expected one "
            "time frame. Choose the static reconstruction."
        )
    pixels = _pixels(file)
    size = len(pixels) // len(frames)
    found = []
    for number, held in enumerate(frames):
        values = _as_single(file, held, number + 1)
        values[PIXEL_DATA] = pixels[number * size : (number + 1) * size]
        # What is here is uncompressed by now.
        syntax = file.syntax if file.syntax in UNCOMPRESSED else UNCOMPRESSED[1]
        found.append(
            Slice(replace(file, values=values, syntax=syntax), frame=number + 1, whole=True)
        )
    return found


def _frames(file: RawFile) -> Iterator[dict[int, bytes]]:
    """The elements of each frame: the file's, those that all frames share, and its own."""
    groups = file.items(file.values.get(HELD["per_frame"]))
    declared = text_of(file.values.get(TAGS["frames"]))
    if not groups or str(len(groups)) != declared:
        raise Refused(
            f"{file.path}: {label(HELD['per_frame'])} has {len(groups)} items; expected "
            f"{declared or 'as many as frames'}. Export it again."
        )
    top = dict(file.values)
    for group in file.items(file.values.get(HELD["shared"])):
        top |= _flat(file, group)
    for group in groups:
        yield top | _flat(file, group)


def _flat(file: RawFile, group: Elements) -> dict[int, bytes]:
    """The elements within the functional groups of an item; makers' own are no groups."""
    flat: dict[int, bytes] = {}
    for tag, raw in group.items():
        if not tag >> 16 & 1:
            for item in file.items(raw)[:1]:
                flat |= item
    return flat


def _as_single(file: RawFile, held: dict[int, bytes], number: int) -> dict[int, bytes]:
    """The elements of a frame under the tags of single-frame PET."""
    values = {tag: raw for tag, raw in held.items() if tag >> 16 != HELD["shared"] >> 16}
    values[TAGS["sop_class"]] = PET_STORAGE.encode()
    values[TAGS["frames"]] = b"1"
    _put(values, "slope", _slope(file, held, number))
    _put(values, "intercept", _intercept(file, held))
    _put(values, "frame_duration", _double(file, held, "frame_duration_ms"))
    acquired = held.get(HELD["frame_acquired"])
    if acquired:
        for name in ("acquisition_date", "acquisition_time"):
            values.pop(TAGS[name], None)
        values[TAGS["acquisition_datetime"]] = acquired
    if not values.get(TAGS["units"]):
        units, kind = UNITS.get(_unit(file, held), (_unit(file, held).upper(), ""))
        _put(values, "units", units)
        _put(values, "suv_type", kind)
    if not values.get(TAGS["decay_correction"]):
        said = text_of(held.get(HELD["decay_corrected"]))
        _put(values, "decay_correction", {"YES": "START", "NO": "NONE"}.get(said, ""))
    if not values.get(TAGS["corrected_image"]):
        _put(values, "corrected_image", _corrections(held))
    return values


def _put(values: dict[int, bytes], name: str, text: str) -> None:
    if text:
        values[TAGS[name]] = text.encode()


def _corrections(held: Elements) -> str:
    found = [code for name, code in CORRECTIONS.items() if text_of(held.get(HELD[name])) == "YES"]
    decay = text_of(held.get(HELD["decay_corrected"])) == "YES"
    return "\\".join(["DECY", *found] if decay else found)


def _mapping(file: RawFile, held: Elements) -> Elements:
    items = file.items(held.get(HELD["real_world_mapping"]))
    return items[0] if items else held


def _unit(file: RawFile, held: Elements) -> str:
    """The unit's code, in lower case without braces."""
    codes = file.items(_mapping(file, held).get(HELD["unit_code"]))
    text = text_of(codes[0].get(CODE_VALUE)) if codes else ""
    return text.lower().replace("{", "").replace("}", "")


def _slope(file: RawFile, held: Elements, number: int) -> str:
    """Slope to real values, where all that state one agree.

    Raises:
        Refused: two slopes disagree, or one is no number.
    """
    rescale = text_of(held.get(TAGS["slope"]))
    real = _double(file, _mapping(file, held), "real_world_slope")
    stated = [text for text in (rescale, real) if text]
    numbers = [decimal(text) for text in stated]
    if None in numbers or (
        len(numbers) == 2
        and not math.isclose(numbers[0] or 0, numbers[1] or 0, rel_tol=SLOPE_AGREEMENT)
    ):
        raise Refused(
            f"{file.path}, frame {number}: {label(TAGS['slope'])} is {rescale or 'missing'}, "
            f"{label(HELD['real_world_slope'])} {real or 'missing'}; expected one number. Have the "
            "file exported again."
        )
    return stated[0] if stated else ""


def _intercept(file: RawFile, held: Elements) -> str:
    rescale = text_of(held.get(TAGS["intercept"]))
    real = _double(file, _mapping(file, held), "real_world_intercept")
    return real if (decimal(rescale) or 0) == 0 and real else rescale


def _double(file: RawFile, held: Elements, name: str) -> str:
    """A binary number as text; empty where it is absent."""
    raw = held.get(HELD[name], b"")
    return repr(struct.unpack(f"{file.encoding.order}d", raw)[0]) if len(raw) == 8 else ""


def _pixels(file: RawFile) -> bytes:
    """Stored values of all frames, uncompressed."""
    rows, columns = (file.count(TAGS[name]) for name in ("rows", "columns"))
    frames = int(decimal(text_of(file.values.get(TAGS["frames"]))) or 0)
    allocated = file.count(TAGS["bits_allocated"])
    size = rows * columns * frames * allocated // 8
    if size > MOST_BYTES:
        raise Refused(f"{file.path}: its frames hold {size} bytes; expected at most {MOST_BYTES}.")
    if file.syntax not in UNCOMPRESSED:
        decoded = decode_frames(file.path, file.syntax)
        return np.ascontiguousarray(decoded, decoded.dtype.newbyteorder("<")).tobytes()
    pixels = read_elements(file.path, (PIXEL_DATA,)).values.get(PIXEL_DATA, b"")
    if len(pixels) not in (size, size + size % 2):
        raise Refused(
            f"{file.path}: {label(PIXEL_DATA)} holds {len(pixels)} bytes; expected {size} for "
            f"{frames} frames. The file is cut short: copy it again."
        )
    return pixels[:size]
