"""Write DICOM structure sets: regions as closed contours in patient coordinates, mm."""

from collections.abc import Iterable, Iterator, Mapping, Sequence
from pathlib import Path
from typing import Any

import numpy as np
from pydicom.dataset import Dataset
from pydicom.uid import PositronEmissionTomographyImageStorage, RTStructureSetStorage

from petsuv.testing.files import changed, save
from petsuv.testing.phantom import Point, Sphere
from petsuv.testing.series import FRAME, SERIES, STUDY
from petsuv.text import uid_of

CONTOUR_POINTS = 128
COLOURS = ((230, 159, 0), (86, 180, 233), (0, 158, 115), (204, 121, 167), (213, 94, 0))
DETACHED_STUDY = "1.2.840.10008.3.1.2.3.1"

Contour = Sequence[Point]
Regions = Mapping[str, Iterable[Contour]]


def write_rtstruct(
    path: Path,
    regions: Regions | Iterable[tuple[str, Iterable[Contour]]],
    *,
    frame: str = FRAME,
    series_uid: str = SERIES,
    images: Mapping[float, str] | None = None,
    kind: str = "CLOSED_PLANAR",
    **changes: Any,
) -> Path:
    """Write each region with its contours; returns the path.

    Args:
        regions: contours by name, or pairs of name and contours where names repeat.
        frame, series_uid: frame of reference and series that were drawn on; empty to leave out.
        images: SOP instance of each slice by its position along z, mm, to refer to.
        changes: further elements by keyword; None deletes one.
    """
    ds = Dataset()
    ds.SOPClassUID = RTStructureSetStorage
    ds.SOPInstanceUID = uid_of("rtstruct", path.name)
    ds.StudyInstanceUID = STUDY
    ds.Modality = "RTSTRUCT"
    ds.StructureSetROISequence, ds.ROIContourSequence = [], []
    ds.RTROIObservationsSequence = []
    changed(ds, changes)
    ds.ReferencedFrameOfReferenceSequence = [_drawn_on(ds, frame, series_uid, images or {})]
    pairs = regions.items() if isinstance(regions, Mapping) else regions
    for number, (name, contours) in enumerate(pairs, start=1):
        _append(ds, number, name, frame, [_contour(c, kind, images or {}) for c in contours])
    return save(ds, path)


def rectangle(x0: float, y0: float, x1: float, y1: float, z: float) -> Contour:
    """The corners of a rectangle in a transverse plane."""
    return [(x0, y0, z), (x1, y0, z), (x1, y1, z), (x0, y1, z)]


def sphere_contours(sphere: Sphere, planes_mm: Iterable[float]) -> Iterator[Contour]:
    """A polygon round the section of a sphere with each plane that it meets.

    Its sides touch the circle from outside: the voxels are those of the sphere, but for one whose
    centre lies within 0.01 mm of its surface.
    """
    turn = np.arange(CONTOUR_POINTS) * 2 * np.pi / CONTOUR_POINTS
    x0, y0, z0 = sphere.centre
    for z in planes_mm:
        section2 = sphere.radius_mm**2 - (z - z0) ** 2
        if section2 > 0:
            around = np.sqrt(section2) / np.cos(np.pi / CONTOUR_POINTS)
            x, y = x0 + around * np.cos(turn), y0 + around * np.sin(turn)
            yield [(*point, z) for point in zip(x.tolist(), y.tolist(), strict=True)]


def _drawn_on(ds: Dataset, frame: str, series_uid: str, images: Mapping[float, str]) -> Dataset:
    """Frame of reference, study, series and slices that the regions were drawn on."""
    series, study, shared = Dataset(), Dataset(), Dataset()
    series.SeriesInstanceUID = series_uid
    if images:
        series.ContourImageSequence = [_image(uid) for uid in images.values()]
    study.ReferencedSOPClassUID = DETACHED_STUDY
    study.ReferencedSOPInstanceUID = ds.StudyInstanceUID
    study.RTReferencedSeriesSequence = [series] if series_uid else []
    shared.RTReferencedStudySequence = [study]
    if frame:
        shared.FrameOfReferenceUID = frame
    return shared


def _image(uid: str) -> Dataset:
    item = Dataset()
    item.ReferencedSOPClassUID = PositronEmissionTomographyImageStorage
    item.ReferencedSOPInstanceUID = uid
    return item


def _contour(points: Contour, kind: str, images: Mapping[float, str]) -> Dataset:
    item = Dataset()
    if images:
        item.ContourImageSequence = [_image(images[points[0][2]])]
    item.ContourGeometricType = kind
    item.NumberOfContourPoints = len(points)
    item.ContourData = [f"{value:.3f}" for point in points for value in point]
    return item


def _append(ds: Dataset, number: int, name: str, frame: str, contours: list[Dataset]) -> None:
    roi, drawn, observed = Dataset(), Dataset(), Dataset()
    roi.ROINumber, roi.ROIName, roi.ROIGenerationAlgorithm = number, name, "MANUAL"
    if frame:
        roi.ReferencedFrameOfReferenceUID = frame
    drawn.ReferencedROINumber = number
    drawn.ROIDisplayColor = list(COLOURS[number % len(COLOURS)])
    drawn.ContourSequence = contours
    observed.ObservationNumber = observed.ReferencedROINumber = number
    observed.RTROIInterpretedType = observed.ROIInterpreter = ""
    ds.StructureSetROISequence.append(roi)
    ds.ROIContourSequence.append(drawn)
    ds.RTROIObservationsSequence.append(observed)
