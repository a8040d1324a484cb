"""What a DICOM RTSTRUCT file holds: its regions as drawn, and what was drawn otherwise."""

from collections import Counter
from dataclasses import dataclass, field
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from petsuv.elements import Elements, RawFile, read_elements
from petsuv.errors import Refused
from petsuv.header import STRUCTURE_SET as TAGS
from petsuv.header import label
from petsuv.registration import Registration
from petsuv.text import decoded, text_of

FloatArray = NDArray[np.float64]

CLOSED, XOR = "CLOSED_PLANAR", "CLOSEDPLANAR_XOR"


@dataclass
class DrawnRegion:
    """A region as drawn.

    Attributes:
        frames: frames of reference that it may be in.
        contours: closed contours in patient coordinates, mm, shape (points, 3).
        xor: whether contours of one plane take from each other what both hold.
        left_out: how many contours of other kinds there are, which are no region.
        flags: what a reader should know.
        reason: empty, or why the region cannot be read.
    """

    number: int
    name: str
    frames: set[str]
    contours: list[FloatArray] = field(default_factory=list)
    xor: bool = False
    left_out: Counter[str] = field(default_factory=Counter)
    flags: list[str] = field(default_factory=list)
    reason: str = ""


@dataclass(frozen=True)
class StructureSet:
    """The regions of an RTSTRUCT file, and the series that it was drawn on."""

    regions: list[DrawnRegion]
    series_uids: set[str]

    def registered(self, registration: Registration, target: str) -> None:
        """Move the regions of other frames of reference to that one, as far as they are known."""
        for region in self.regions:
            if motion := registration.motion(region.frames, target):
                region.contours = [motion.points(points) for points in region.contours]
                region.frames = {target}
                region.flags.append(f"registered(by {Path(registration.place).name})")


def read_structure_set(path: Path) -> StructureSet:
    """The contours of every region; one that cannot be read has the reason.

    Raises:
        Refused: the file cannot be read.
    """
    top = ("character_set", "shared_frames", "roi_items", "drawn_items")
    file = read_elements(path, [TAGS[name] for name in top])
    character_set = text_of(file.values.get(TAGS["character_set"]))
    shared = file.items(file.values.get(TAGS["shared_frames"]))
    frames = {text_of(item.get(TAGS["frame_of_reference"])) for item in shared} - {""}
    regions = [
        _named(item, frames, character_set)
        for item in file.items(file.values.get(TAGS["roi_items"]))
    ]
    numbers = Counter(number for number, _ in regions)
    by_number = {number: region for number, region in regions if numbers[number] == 1}
    for number, region in regions:
        if numbers[number] > 1 or not number.isdecimal():
            region.reason = (
                f"{path}, region {region.name}: {label(TAGS['roi_number'])} {number or 'missing'} "
                "is no number of its own; expected one for each region. Export it again."
            )
    for item in file.items(file.values.get(TAGS["drawn_items"])):
        drawn = by_number.get(text_of(item.get(TAGS["drawn_number"])))
        if drawn is not None and not drawn.reason:
            try:
                _add_contours(file, item, drawn, f"{path}, region {drawn.name}")
            except Refused as reason:  # one damaged region leaves the others as they are
                drawn.reason = str(reason)
    return StructureSet([region for _, region in regions], _series_uids(file, shared))


def _named(item: Elements, frames: set[str], character_set: str) -> tuple[str, DrawnRegion]:
    """A region without contours yet, and its number as text."""
    number, own = (text_of(item.get(TAGS[name])) for name in ("roi_number", "roi_frame"))
    name = decoded(item.get(TAGS["roi_name"]), character_set) or number
    return number, DrawnRegion(
        int(number) if number.isdecimal() else 0, name, {own} if own else frames
    )


def _series_uids(file: RawFile, shared: list[Elements]) -> set[str]:
    return {
        text_of(series.get(TAGS["series"]))
        for item in shared
        for study in file.items(item.get(TAGS["studies"]))
        for series in file.items(study.get(TAGS["series_items"]))
    }


def _add_contours(file: RawFile, drawn: Elements, region: DrawnRegion, what: str) -> None:
    for contour in file.items(drawn.get(TAGS["contour_items"])):
        kind = text_of(contour.get(TAGS["contour_type"]))
        if kind not in (CLOSED, XOR):
            region.left_out[kind or "contour without type"] += 1
            continue
        region.xor |= kind == XOR
        points = _points(text_of(contour.get(TAGS["contour_data"])), what)
        if len(points) > 2:
            region.contours.append(points)
        else:
            region.left_out[f"{kind} of {len(points)} points"] += 1


def _points(text: str, what: str) -> FloatArray:
    tag = label(TAGS["contour_data"])
    try:
        points = np.array(text.split("\\"), dtype=float).reshape(-1, 3)
    except ValueError as error:
        raise Refused(
            f"{what}: {tag} is not a list of x, y, z ({error}); expected three numbers a point. "
            "Export the structure set again."
        ) from error
    if not np.isfinite(points).all():
        raise Refused(
            f"{what}: {tag} holds a number that is not finite; expected millimetres. Export the "
            "structure set again."
        )
    return points
