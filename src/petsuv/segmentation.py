"""Regions as a DICOM Segmentation on the slices of their own series."""

import warnings
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from functools import wraps
from typing import Any, ParamSpec

import numpy as np

from petsuv.errors import Refused
from petsuv.parsed import parse
from petsuv.region import Region
from petsuv.series import Series
from petsuv.text import uid_of
from petsuv.version import SOFTWARE, VERSION

P = ParamSpec("P")


def quietly(function: Callable[P, Any]) -> Callable[P, Any]:
    """Without the library's advice on the form of the patient's name, which is not ours to mend."""

    @wraps(function)
    def wrapped(*args: P.args, **kwargs: P.kwargs) -> Any:
        with warnings.catch_warnings():
            warnings.simplefilter("ignore", UserWarning)
            return function(*args, **kwargs)

    return wrapped


@dataclass(frozen=True)
class Segment:
    """A usable region with what is known of it.

    Attributes:
        lesion: whether it is one; an organ otherwise.
        note: free text beside it.
        made: how a program made the region; empty where a person drew it.
    """

    region: Region
    lesion: bool = True
    note: str = ""
    made: str = ""


@quietly
def segmentation(
    header_of: Callable[[int], Any], segments: Sequence[Segment], *key: object, **about: Any
) -> Any:
    """The segments as a DICOM SEG, whose UIDs are the same whenever the key is.

    Args:
        header_of: a slice's dataset, without pixels, by its index.
        key: what the UIDs are made of.
        about: elements of series and equipment in place of the usual ones, by highdicom's names.
    """
    boxes = [segment.region.box for segment in segments]
    used = sorted({z for box in boxes for z in range(box[0].start, box[0].stop)})
    place = {z: plane for plane, z in enumerate(used)}
    return _segmentation([header_of(z) for z in used], place, len(used), segments, *key, **about)


@quietly
def series_segmentation(series: Series, segments: Sequence[Segment], **about: Any) -> Any:
    """The segments as a DICOM SEG on a series as it was read: on its slices, or on its frames.

    Args:
        about: as `segmentation` takes it; UIDs of its own for one that somebody changed.

    Raises:
        Refused: the series is several enhanced files.
    """
    if not any(series.frames):
        return segmentation(
            lambda index: parse(series.files[index], pixels=False), segments, series.uid, **about
        )
    if len(set(series.files)) > 1:
        raise Refused(
            f"{series.place}: its slices are frames of {len(set(series.files))} files; expected "
            "one file, or one a slice. Export the regions from the single-frame series."
        )
    place = {z: frame - 1 for z, frame in enumerate(series.frames)}
    header = parse(series.files[0], pixels=False)
    return _segmentation([header], place, int(header.NumberOfFrames), segments, series.uid, **about)


def _segmentation(
    headers: Sequence[Any],
    place: Mapping[int, int],
    n_planes: int,
    segments: Sequence[Segment],
    *key: object,
    **about: Any,
) -> Any:
    """The segments on the planes of the headers.

    Args:
        headers: one a plane, or one of all planes.
        place: the plane of a slice.
    """
    import highdicom as hd

    shape = (n_planes, headers[0].Rows, headers[0].Columns, len(segments))
    masks = np.zeros(shape, dtype=np.uint8)
    for number, segment in enumerate(segments):
        z, *box = segment.region.box
        planes = [place[index] for index in range(z.start, z.stop)]
        masks[planes, box[0], box[1], number] = segment.region.voxels
    usual = {
        "series_number": 101,
        "instance_number": 1,
        "manufacturer": SOFTWARE,
        "manufacturer_model_name": SOFTWARE,
        "software_versions": VERSION,
        "device_serial_number": "1",
        "content_label": "LESIONS",
        "series_instance_uid": uid_of(*key, "seg series"),
        "sop_instance_uid": uid_of(*key, "seg"),
    }
    return hd.seg.Segmentation(
        source_images=headers,
        pixel_array=masks,
        segmentation_type=hd.seg.SegmentationTypeValues.BINARY,
        segment_descriptions=[_described(n, one, *key) for n, one in enumerate(segments, start=1)],
        **usual | about,
    )


def tracking_uid(name: str, *key: object) -> str:
    """The UID by which a region is known in every file that tells of it."""
    return uid_of(*key, name, "tracking")


def _described(number: int, segment: Segment, *key: object) -> Any:
    import highdicom as hd
    from pydicom.sr.codedict import codes

    category, kind = (
        (codes.SCT.MorphologicallyAbnormalStructure, codes.SCT.Lesion)
        if segment.lesion
        else (codes.SCT.AnatomicalStructure, codes.SCT.Organ)
    )
    described = hd.seg.SegmentDescription(
        segment_number=number,
        segment_label=segment.region.name,
        segmented_property_category=category,
        segmented_property_type=kind,
        algorithm_type=hd.seg.SegmentAlgorithmTypeValues.SEMIAUTOMATIC
        if segment.made
        else hd.seg.SegmentAlgorithmTypeValues.MANUAL,
        algorithm_identification=_algorithm(segment.made) if segment.made else None,
        tracking_uid=tracking_uid(segment.region.name, *key),
        tracking_id=segment.region.name,
    )
    if segment.note:
        described.SegmentDescription = segment.note
    return described


def _algorithm(made: str) -> Any:
    """How a region was made, by which it is known again when the file is read."""
    import highdicom as hd
    from pydicom.sr.codedict import codes

    return hd.AlgorithmIdentificationSequence(
        name=f"{SOFTWARE} {made}"[:64],
        family=codes.cid7162.NeighborhoodAnalysis,
        version=VERSION,
    )
