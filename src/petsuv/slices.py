"""One file of a series, its elements by name."""

import math
from dataclasses import dataclass, replace
from functools import lru_cache
from typing import Any

import numpy as np
from numpy.typing import NDArray

from petsuv.elements import PIXEL_DATA, UNCOMPRESSED, RawFile, Source, read_elements
from petsuv.errors import Refused
from petsuv.fields import AGAIN, Field
from petsuv.header import (
    BINARY_ELEMENTS,
    CONSTANT_TAGS,
    DECIMAL_TAGS,
    SEQUENCE_TAGS,
    TAGS,
    WANTED,
    Header,
    header_of,
    label,
    label_of,
    read_header,
)
from petsuv.parsed import decode_pixels
from petsuv.text import decimal, parse_moment, seconds, text_of

ROUNDING = 1e-5  # relative; as one number is written with more or fewer digits


@dataclass(frozen=True)
class Slice:
    """One file of a series: the elements that may differ, those that may not, the stored pixels.

    Attributes:
        frame: of an enhanced file, counted from 1; 0 of a file with one.
        whole: whether all elements were read, not only those that are wanted of each slice.
    """

    file: RawFile
    frame: int = 0
    whole: bool = False

    @property
    def path(self) -> Source:
        """Where it lies."""
        return self.file.path

    def raw(self, name: str) -> bytes:
        """The bytes of an element, empty where it is absent."""
        return self.file.values.get(TAGS[name], b"")

    def text(self, name: str) -> str:
        """The text of an element, empty where it is absent."""
        return text_of(self.raw(name))

    def count(self, name: str) -> int:
        """An unsigned 16-bit value, 0 where it is absent."""
        return self.file.count(TAGS[name])

    def numbers(self, name: str, count: int) -> tuple[float, ...]:
        """`count` finite numbers.

        Raises:
            Refused: there are more, fewer or none, or they are not finite numbers.
        """
        numbers = _decimals(self.raw(name))
        if len(numbers) != count:
            raise self.refusal(name, f"{count} number{'s' * (count > 1)}")
        return numbers

    def number(self, name: str) -> float:
        """One number; nan where it is absent.

        Raises:
            Refused: there is something, but not one finite number.
        """
        return self.numbers(name, 1)[0] if self.text(name) else float("nan")

    def acquired_s(self, timezone: str) -> float:
        """Start of the acquisition in seconds of the header's clock; nan where not given.

        Raises:
            Refused: the time is given, but not with hour and minute.
        """
        date, time = self.text("acquisition_date"), self.text("acquisition_time")
        text = date + time if date and time else self.text("acquisition_datetime")
        if not text:
            return float("nan")
        moment = parse_moment(text, timezone)
        if moment is None:
            raise self.refusal("acquisition_time", "a time with hour and minute, with its date")
        return seconds(moment)

    def stored(self, shape: tuple[int, int]) -> NDArray[Any]:
        """Stored values of a slice, in the smallest type that holds them."""
        if (self.count("samples") or 1) != 1:
            raise self.refusal("samples", "1")
        if self.text("frames") not in ("", "1"):
            raise self.refusal("frames", "1: single-frame PET", "Have the archive split them.")
        if self.file.syntax not in UNCOMPRESSED:
            return decode_pixels(self.path, self.file.syntax, shape)
        allocated = self.count("bits_allocated")
        stored = self.count("bits_stored")
        if allocated not in (8, 16, 32) or not 0 < stored <= allocated:
            raise self.refusal("bits_allocated", "8, 16 or 32 and no fewer than stored")
        if self.count("high_bit") != stored - 1:
            raise self.refusal("high_bit", "one less than the bits stored")
        kind = "i" if self.count("signed") else "u"
        raw = self.raw("pixels")
        size = shape[0] * shape[1] * allocated // 8
        if len(raw) not in (size, size + size % 2):
            raise Refused(
                f"{self.path}: {label_of('pixels')} holds {len(raw)} bytes; expected {size} "
                f"for {shape[0]} × {shape[1]} pixels. The file is cut short: copy it again."
            )
        dtype = f"{self.file.encoding.order}{kind}{allocated // 8}"
        pixels = np.frombuffer(raw, dtype, count=shape[0] * shape[1])
        if stored < allocated:  # bits above the stored ones are not part of the value
            pixels = np.right_shift(np.left_shift(pixels, allocated - stored), allocated - stored)
        return pixels.reshape(shape)

    def named(self) -> "Slice":
        """The same with no more than what names its series: pixels of other images weigh much."""
        names = ("sop_class", "modality", "series_uid", "series_number")
        kept = {TAGS[name]: self.raw(name) for name in names}
        return replace(self, file=replace(self.file, values=kept))

    def holds_the_same(self, other: "Slice") -> bool:
        """Whether all that is read of both means the same, in whatever syntax it is written."""
        one, two = self.file.values, other.file.values
        shape = (self.count("rows"), self.count("columns"))
        return all(
            _same(self.file, one.get(tag, b""), other.file, two.get(tag, b""), tag)
            for tag in WANTED - {PIXEL_DATA, *(TAGS[name] for name in BINARY_ELEMENTS)}
        ) and (
            one.get(PIXEL_DATA) == two.get(PIXEL_DATA)
            or np.array_equal(self.stored(shape), other.stored(shape))
        )

    def header(self, place: str) -> Header:
        """The whole header.

        Raises:
            Refused: the file cannot be parsed.
        """
        return header_of(self.file, place) if self.whole else read_header(self.path, place)

    def refusal(self, name: str, expected: str, remedy: str = AGAIN) -> Refused:
        """A refusal that names the file, the tag and the value."""
        text = str(self.count(name)) if name in BINARY_ELEMENTS else self.text(name)
        return Field(str(self.path), label_of(name), text).refusal(expected, remedy)

    def differing(self, first: "Slice") -> str:
        """The tag of an element of the series that differs from the first slice's, or nothing."""
        for tag in CONSTANT_TAGS:
            own, other = (file.values.get(tag, b"") for file in (self.file, first.file))
            if not _same(self.file, own, first.file, other, tag):
                return label(tag)
        return ""


def _same(file: RawFile, own: bytes, first: RawFile, other: bytes, tag: int) -> bool:
    """Whether two values mean the same: numbers as numbers, sequences item by item."""
    if own == other:
        return True
    if tag in SEQUENCE_TAGS:
        items, others = file.items(own), first.items(other)
        return len(items) == len(others) and all(
            set(one) == set(two) and all(_same(file, one[t], first, two[t], t) for t in one)
            for one, two in zip(items, others, strict=True)
        )
    texts = text_of(own), text_of(other)
    numbers = [decimal(text) for text in texts]
    rounding = ROUNDING if tag in DECIMAL_TAGS else 0.0
    if numbers[0] is None or numbers[1] is None:
        return texts[0] == texts[1]
    return math.isclose(numbers[0], numbers[1], rel_tol=rounding)


@lru_cache(maxsize=4096)
def _decimals(raw: bytes) -> tuple[float, ...]:
    """Finite numbers, or nothing when any part is none."""
    numbers = [decimal(part.strip()) for part in text_of(raw).split("\\")]
    return (
        tuple(number for number in numbers if number is not None)
        if all(number is not None for number in numbers)
        else ()
    )


def read_slice(path: Source) -> Slice:
    """One file of a series.

    Raises:
        Refused: it is not DICOM, or cut short.
    """
    return Slice(read_elements(path, WANTED))
