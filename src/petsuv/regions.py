"""Regions of interest as voxels of a PET series, from any of the formats in which they come."""

from collections.abc import Callable, Iterator
from dataclasses import dataclass
from functools import partial
from pathlib import Path

from petsuv.contours import voxels_within
from petsuv.elements import read_head
from petsuv.errors import InputError, Refused
from petsuv.grid import require_frame
from petsuv.header import TAGS, Header, label_of, modality_of
from petsuv.identity import identity_of_region
from petsuv.masks import Mask, read_mask, voxels_of_label
from petsuv.region import Region, Voxels, region_of
from petsuv.registration import Registration
from petsuv.segments import Segment, Segmentation, read_segmentation, voxels_of_frames
from petsuv.series import Series
from petsuv.structure_set import DrawnRegion, StructureSet, read_structure_set
from petsuv.text import text_of

OTHER_STUDY = ", or allow regions that are filed in another study (other_study)"
MASK_ENDINGS = (".nii", ".nii.gz", ".nrrd", ".nhdr", ".mha")


@dataclass(frozen=True)
class Reading:
    """How regions are brought onto a series.

    Attributes:
        fill: whether slices that were skipped between drawn contours are filled.
        registration: where regions of another frame of reference lie.
        mask_on_ct: whether a mask file, which names no frame of reference, was drawn on CT in the
            space of the PET.
        other_study: whether the file may be of another examination of the patient, in the same
            frame of reference.
    """

    fill: bool = False
    registration: Registration | None = None
    mask_on_ct: bool = False
    other_study: bool = False


def read_regions(path: Path, series: Series, how: Reading | None = None) -> list[Region]:
    """Every region of a file, in its order, on the grid of the series.

    A region that cannot be used stands in the list with its reason.

    Args:
        how: skipped slices filled, other frames of reference registered; neither by default.

    Raises:
        InputError: the file is missing, of no known format, or holds no region.
        Refused: the whole file cannot be used with this series.
    """
    if not path.is_file():
        raise InputError(f"{path}: no such file; expected a region file for {series.place}.")
    regions = [
        region_of(one.name, one.number, one.voxels, series, f"{path}, region {one.name}")
        for one in _voxels_of(path, series, how or Reading())
    ]
    if not regions:
        raise InputError(f"{path}: holds no region; expected at least one. Check the file.")
    return regions


@dataclass(frozen=True)
class _Found:
    """A region of a file before it is put on the voxels of the PET."""

    number: int
    name: str
    voxels: Callable[[], Voxels]


def _voxels_of(path: Path, series: Series, how: Reading) -> Iterator[_Found]:
    modality = modality_of(path)
    if modality in ("RTSTRUCT", "SEG"):
        _require_examination(path, series.header, how)
    if modality == "RTSTRUCT":
        yield from _of_structure_set(path, series, how)
    elif modality == "SEG":
        yield from _of_segmentation(path, series, how)
    elif modality:
        raise InputError(
            f"{path}: DICOM modality {modality}; expected SEG or RTSTRUCT, or a NIfTI or NRRD mask."
        )
    elif path.name.lower().endswith(MASK_ENDINGS):
        yield from _of_mask(path, series, how)
    else:
        raise InputError(
            f"{path}: neither DICOM nor a mask by its ending; expected SEG, RTSTRUCT or "
            f"{', '.join(MASK_ENDINGS)}."
        )


def _require_examination(path: Path, header: Header, how: Reading) -> None:
    """Refuse a region file of another patient or study, wherever both files say whose they are."""
    tag, own = TAGS["patient_id"], header["patient_id"].text
    found = text_of(read_head(path, (tag,)).values.get(tag))
    if found and own and found.casefold() != own.casefold():
        raise _of_another(path, header, "patient_id", found, "one patient")
    said, study = identity_of_region(path), header["study_uid"].text
    elsewhere = how.other_study or how.registration is not None
    if not elsewhere and said.is_of_study(study) is False:
        drawn = said.drawn_in if said.study_uid in ("", study) else {said.study_uid}
        found = ", ".join(sorted(drawn))
        raise _of_another(path, header, "study_uid", found, "one examination", OTHER_STUDY)


def _of_another(
    path: Path, header: Header, name: str, found: str, expected: str, remedy: str = ""
) -> Refused:
    return Refused(
        f"{path}: {label_of(name)} is {found}, that of {header.place} is {header[name].text}; "
        f"expected {expected}. Use the region that was drawn on this scan{remedy}."
    )


def _of_structure_set(path: Path, series: Series, how: Reading) -> Iterator[_Found]:
    drawn_on = read_structure_set(path)
    if how.registration:
        drawn_on.registered(how.registration, series.header["frame_of_reference"].text)
    for region in drawn_on.regions:
        what = f"{path}, region {region.name}"
        voxels = partial(_drawn, series, region, drawn_on, what, how.fill)
        yield _Found(region.number, region.name, voxels)


def _drawn(
    series: Series, region: DrawnRegion, drawn_on: StructureSet, what: str, fill: bool
) -> Voxels:
    if region.reason:
        raise Refused(region.reason)
    left_out = ", ".join(f"{count} {kind}" for kind, count in region.left_out.items())
    if left_out and not region.contours:
        raise Refused(
            f"{what}: holds {left_out}; expected closed contours. It is left out: it is no region."
        )
    flags = require_frame(series, region.frames, drawn_on.series_uids, what)
    flags += region.flags + ([f"contours_left_out({left_out})"] if left_out else [])
    elsewhere = series.uid not in drawn_on.series_uids
    index, more = voxels_within(series, region, drawn_on if elsewhere else None, what, fill=fill)
    return index, flags + more


def _of_segmentation(path: Path, series: Series, how: Reading) -> Iterator[_Found]:
    segmentation = read_segmentation(path)
    drawn_in, flags = segmentation.frames, [*segmentation.flags]
    if how.registration:
        target = series.header["frame_of_reference"].text
        segmentation = segmentation.registered(how.registration, target)
        if segmentation.frames != drawn_in:
            flags.append(f"registered(by {Path(how.registration.place).name})")
    flags += require_frame(series, segmentation.frames, segmentation.series_uids, str(path))
    for segment in segmentation.segments:
        what = f"{path}, region {segment.label}"
        voxels = partial(_segmented, series, segmentation, segment, flags, what)
        yield _Found(segment.number, segment.label, voxels)


def _segmented(
    series: Series, segmentation: Segmentation, segment: Segment, flags: list[str], what: str
) -> Voxels:
    index, more = voxels_of_frames(series, segmentation, segment.frames, what)
    made = [f"without_segmentation({segment.made})"] if segment.made else []
    return index, made + flags + more


def _of_mask(path: Path, series: Series, how: Reading) -> Iterator[_Found]:
    mask = read_mask(path, series, on_ct=how.mask_on_ct)
    for value, name in mask.names.items():
        voxels = partial(_labelled, series, mask, value, f"{path}, region {name}")
        yield _Found(value, name, voxels)


def _labelled(series: Series, mask: Mask, value: int, what: str) -> Voxels:
    return voxels_of_label(series, mask, value, what), [*mask.flags]
