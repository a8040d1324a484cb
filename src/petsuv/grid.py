"""Where planes of a region lie on the grid of a PET series: by position, never by resampling."""

import numpy as np
from numpy.typing import NDArray

from petsuv.errors import Refused
from petsuv.series import Series

FloatArray = NDArray[np.float64]
IntArray = NDArray[np.int64]

TOLERANCE_MM = 0.1  # a real offset between a series and its region file is 0.045 mm
OUTSIDE = -1


def slices_at(series: Series, along_mm: FloatArray, what: str, slack_mm: float = 0.0) -> IntArray:
    """Index of the slice at each distance along the normal; OUTSIDE beyond the first or last.

    Args:
        along_mm: position projected on the slice normal, shape (n,).
        what: the region file and region, for the message.
        slack_mm: tolerance beyond the usual one, for formats that can only be evenly spaced.

    Raises:
        Refused: a plane lies between two slices.
    """
    centres = series.positions_mm @ series.axes[0]
    right = np.clip(np.searchsorted(centres, along_mm), 1, max(len(centres) - 1, 1))
    left = right - 1
    right = np.minimum(right, len(centres) - 1)
    nearest = np.where(
        np.abs(along_mm - centres[left]) <= np.abs(along_mm - centres[right]), left, right
    )
    distance = np.abs(along_mm - centres[nearest])
    beyond = (along_mm < centres[0]) | (along_mm > centres[-1])
    off = (distance > TOLERANCE_MM + slack_mm) & ~beyond
    if off.any():
        raise Refused(
            f"{what}: a plane lies {distance[off].max():.2f} mm from the nearest PET slice; "
            f"expected at most {TOLERANCE_MM} mm. The region is not drawn on this PET: transfer it "
            "to the PET series in the contouring software."
        )
    return np.where(distance > TOLERANCE_MM + slack_mm, OUTSIDE, nearest)


def unevenness_mm(series: Series) -> float:
    """How far the series' slices lie from even places; an evenly spaced mask cannot be nearer."""
    centres = series.positions_mm @ series.axes[0]
    even = np.linspace(centres[0], centres[-1], len(centres))
    return float(np.abs(centres - even).max())


def first_voxel(series: Series, point_mm: FloatArray, what: str) -> tuple[int, int]:
    """Row and column at which a plane's first voxel lies.

    Raises:
        Refused: it lies between the voxels of the PET.
    """
    offset = (point_mm - series.positions_mm[0]) @ series.axes[1:].T
    index = offset / series.spacing_mm[1:]
    nearest = np.rint(index)
    away = np.abs(index - nearest) * series.spacing_mm[1:]
    if away.max() > TOLERANCE_MM:
        raise Refused(
            f"{what}: its first voxel lies {away.max():.2f} mm beside a PET voxel; expected at "
            f"most {TOLERANCE_MM} mm. Put the mask onto the grid of the PET first."
        )
    return int(nearest[0]), int(nearest[1])


def require_frame(series: Series, uids: set[str], series_uids: set[str], what: str) -> list[str]:
    """Flags, once region and PET are known to share a frame of reference.

    Args:
        uids: frames of reference that the region file names.
        series_uids: series that it was drawn on.

    Raises:
        Refused: another frame of reference, or none that could be compared.
    """
    own = series.header["frame_of_reference"]
    drawn_here = series.uid in series_uids
    if own and uids and uids != {own.text}:
        raise Refused(
            f"{what}: frame of reference {', '.join(sorted(uids))}; expected {own.text}, which is "
            f"{own.tag} of the PET. Use the region that was drawn on this scan."
        )
    if not (own and uids) and not drawn_here:
        raise Refused(
            f"{what}: frame of reference is {', '.join(uids) or 'not given'} in the region file, "
            f"{own.text or 'not given'} in the PET, and the region was not drawn on this series; "
            "expected either. Use the region that was drawn on this scan."
        )
    if not (own and uids):
        return ["frame_of_reference_missing(drawn on this series)"]
    if series_uids and not drawn_here:
        return ["drawn_on_other_series(same frame of reference)"]
    return []
