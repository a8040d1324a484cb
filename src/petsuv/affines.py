"""Where a mask file says that its voxels lie: read from the file itself, once it says one thing.

Libraries choose between two statements silently, or make one up where there is none.
"""

import gzip
import struct
import zlib
from collections.abc import Mapping
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from petsuv.errors import Refused

FloatArray = NDArray[np.float64]

AGREEMENT_MM = 0.1
AGREEMENT_DEGREES = 0.1
NIFTI_ENDINGS = (".nii", ".nii.gz")
MILLIMETRES = (0, 2)  # NIfTI's codes: not said, mm
LPS_OF_RAS = np.diag([-1.0, -1.0, 1.0, 1.0])
# Keys of a MetaImage header that mean the same.
ORIGINS, TURNS = ("Offset", "Position", "Origin"), ("TransformMatrix", "Orientation", "Rotation")
SPACES = {
    "left-posterior-superior", "lps", "right-anterior-superior", "ras", "left-anterior-superior",
    "las",
}  # fmt: skip
REMEDY = "Write the mask again with the geometry of its image."


def nifti_affine(path: Path) -> FloatArray:
    """From voxel index (column, row, slice) to patient coordinates of DICOM, mm, shape (4, 4).

    The sform where both are valid and agree, as readers do.

    Raises:
        Refused: sform and qform disagree, or neither is valid.

    Source:
        NIfTI-1 and NIfTI-2 data format, nifti1.h, methods 1 to 3.
    """
    raw = _head(path, 540)
    order = next((o for o in "<>" if raw[:4] in (struct.pack(o + "i", n) for n in (348, 540))), "")
    if not order:
        raise Refused(f"{path}: no NIfTI header; expected one of 348 or 540 bytes. {REMEDY}")
    second = struct.unpack_from(order + "i", raw)[0] == 540
    shape, pixdim, quatern, rows, units, qcode, scode = _fields(raw, order, second)
    if units & 7 not in MILLIMETRES:
        raise Refused(f"{path}: xyzt_units is {units}, which is not mm; expected mm (2). {REMEDY}")
    q = _of_quaternion(pixdim, quatern) if qcode > 0 else None
    s = np.vstack([rows.reshape(3, 4), (0, 0, 0, 1)]) if scode > 0 else None
    if q is not None and s is not None:
        _require_agreement(path, "sform", s, "qform", q, shape)
    found = q if s is None else s
    if found is None:
        raise Refused(
            f"{path}: qform_code and sform_code are both 0: the file does not say where its voxels "
            f"lie; expected one of them above 0. {REMEDY}"
        )
    if not np.isfinite(found).all() or abs(np.linalg.det(found[:3, :3])) < 1e-9:
        raise Refused(f"{path}: its affine {_shown(found)} is no geometry. {REMEDY}")
    turned: FloatArray = LPS_OF_RAS @ found
    return turned


def _fields(
    raw: bytes, order: str, second: bool
) -> tuple[FloatArray, FloatArray, FloatArray, FloatArray, int, int, int]:
    """Shape, pixdim, quaternion and offset, sform rows, units, qform_code, sform_code."""
    number = "d" if second else "f"
    at = (16, 104, 352, 400, 500, 344) if second else (40, 76, 256, 280, 123, 252)
    code = "i" if second else "h"
    dim = struct.unpack_from(order + ("8q" if second else "8h"), raw, at[0])
    pixdim, quatern, rows = (
        np.array(struct.unpack_from(f"{order}{count}{number}", raw, place), dtype=float)
        for count, place in ((8, at[1]), (6, at[2]), (12, at[3]))
    )
    units = struct.unpack_from(order + "i", raw, at[4])[0] if second else raw[at[4]]
    qcode, scode = struct.unpack_from(order + 2 * code, raw, at[5])
    return np.array(dim[1:4], dtype=float), pixdim, quatern, rows, units, qcode, scode


def _of_quaternion(pixdim: FloatArray, quatern: FloatArray) -> FloatArray:
    b, c, d = quatern[:3]
    a = np.sqrt(max(1 - (b * b + c * c + d * d), 0.0))
    turn = np.array([
        [a * a + b * b - c * c - d * d, 2 * (b * c - a * d), 2 * (b * d + a * c)],
        [2 * (b * c + a * d), a * a + c * c - b * b - d * d, 2 * (c * d - a * b)],
        [2 * (b * d - a * c), 2 * (c * d + a * b), a * a + d * d - b * b - c * c],
    ])  # fmt: skip
    handed = -1.0 if pixdim[0] < 0 else 1.0
    affine = np.eye(4)
    affine[:3, :3] = turn * (pixdim[1:4] * (1, 1, handed))
    affine[:3, 3] = quatern[3:]
    return affine


def _require_agreement(
    path: Path, one: str, s: FloatArray, other: str, q: FloatArray, shape: FloatArray
) -> None:
    """Refuse two affines that put a corner of the image, or an axis, at different places."""
    corners = np.array(np.meshgrid(*[(0, max(n - 1, 0)) for n in shape])).reshape(3, -1)
    both = [affine[:3, :3] @ corners + affine[:3, 3:] for affine in (s, q)]
    away_mm = float(np.linalg.norm(both[0] - both[1], axis=0).max())
    unit = [affine[:3, :3] / np.linalg.norm(affine[:3, :3], axis=0) for affine in (s, q)]
    cosines = np.clip((unit[0] * unit[1]).sum(axis=0), -1, 1)
    degrees = float(np.degrees(np.arccos(cosines)).max())
    # Written so that a number that is none is no agreement.
    if not (away_mm <= AGREEMENT_MM and degrees <= AGREEMENT_DEGREES):
        raise Refused(
            f"{path}: {one} {_shown(s)} and {other} {_shown(q)} are both valid and differ by up to "
            f"{away_mm:.2f} mm and {degrees:.2f}°; expected at most {AGREEMENT_MM} mm and "
            f"{AGREEMENT_DEGREES}°. {REMEDY}"
        )


def _shown(affine: FloatArray) -> str:
    return str(affine[:3].round(3).tolist())


def require_geometry(path: Path) -> None:
    """Refuse a NRRD or MetaImage file that does not say where its voxels lie, or says two things.

    Raises:
        Refused: what is missing, or contradicts itself.
    """
    if path.name.lower().endswith((".mha", ".mhd")):
        _require_meta_image(path, _keys(path, b"ElementDataFile", "="))
    else:
        _require_nrrd(path, _keys(path, b"\n\n", ":"))


def _keys(path: Path, end: bytes, separator: str) -> dict[str, str]:
    """The header's text by key; comments and NRRD's own key/value pairs left out."""
    text = _head(path, 1 << 16).replace(b"\r\n", b"\n").partition(end)[0].decode("latin-1")
    lines = [line.partition(separator) for line in text.splitlines() if not line.startswith("#")]
    return {
        key.strip(): value.strip()
        for key, found, value in lines
        if found and not value.startswith("=")
    }


def _require_nrrd(path: Path, keys: Mapping[str, str]) -> None:
    keys = {key.lower(): value for key, value in keys.items()}
    _require_keys(path, [key for key in ("space", "space directions", "space origin")
                         if not keys.get(key)])  # fmt: skip
    if keys["space"].lower() not in SPACES:
        raise Refused(
            f"{path}: space is {keys['space']}; expected left-posterior-superior or "
            f"right-anterior-superior. {REMEDY}"
        )
    if units := {unit for unit in keys.get("space units", "").split('"') if unit.strip()} - {"mm"}:
        raise Refused(f"{path}: space units are {', '.join(sorted(units))}; expected mm. {REMEDY}")
    if "spacings" in keys:
        vectors = [part for part in keys["space directions"].split() if part != "none"]
        steps = [float(np.linalg.norm(_numbers(vector.strip("()")))) for vector in vectors]
        stated = [abs(value) for value in _numbers(keys["spacings"]) if np.isfinite(value)]
        _require_same(path, "space directions", steps, "spacings", stated)


def _require_meta_image(path: Path, keys: Mapping[str, str]) -> None:
    wanted = (ORIGINS, TURNS, ("ElementSpacing",))
    _require_keys(path, [names[0] for names in wanted if not any(map(keys.get, names))])
    for names in (ORIGINS, TURNS):
        first, *others = [name for name in names if keys.get(name)]
        for name in others:
            _require_same(path, first, _numbers(keys[first]), name, _numbers(keys[name]))


def _require_keys(path: Path, missing: list[str]) -> None:
    if missing:
        raise Refused(
            f"{path}: {' and '.join(missing)} missing from its header: the file does not say where "
            f"its voxels lie; expected that. {REMEDY}"
        )


def _require_same(
    path: Path, one: str, values: list[float], other: str, others: list[float]
) -> None:
    if len(values) != len(others) or not np.allclose(values, others, rtol=0, atol=1e-3):
        raise Refused(
            f"{path}: {one} says {[round(float(v), 4) for v in values]}, {other} {others}; "
            f"expected the same. {REMEDY}"
        )


def _numbers(text: str) -> list[float]:
    try:
        return [float(part) for part in text.replace(",", " ").split()]
    except ValueError:
        return [float("nan")]


def _head(path: Path, size: int) -> bytes:
    """The first bytes of a file, unpacked where it is gzip."""
    with path.open("rb") as stream:
        packed = stream.read(2) == b"\x1f\x8b"
        stream.seek(0)
        try:
            return gzip.GzipFile(fileobj=stream).read(size) if packed else stream.read(size)
        except (OSError, EOFError, zlib.error):
            return b""
