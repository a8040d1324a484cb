"""A small study of PET scans, made in the test: three patients, one scan each, one broken."""

from collections.abc import Sequence
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd

from compendium.study import Study
from compendium.tables import MODELS, empty_table
from petsuv.testing.contours import rectangle, write_rtstruct
from petsuv.testing.series import FRAME, STUDY, write_series
from petsuv.text import uid_of

SHAPE = (12, 16, 16)


def stored_values() -> np.ndarray:
    """Noise-free: 1000 everywhere, lesion L1 8000, lesion L2 3000 at its middle."""
    stored = np.full(SHAPE, 1000, dtype=np.int16)
    stored[5:8, 4:7, 4:7] = 8000
    stored[5:8, 11:13, 11:13] = 3000
    return stored


def boxes() -> dict[str, list[Any]]:
    """L1 has 27 voxels, L2 12, liver 9; x = -8 + 4·column, y = -10 + 4·row, z = 3·slice."""
    return {
        "L1": [rectangle(7, 5, 17, 15, z) for z in (15, 18, 21)],
        "L2": [rectangle(35, 33, 41, 39, z) for z in (15, 18, 21)],
        "liver": [rectangle(-9, -11, 1, -1, 3)],
    }


def scan(scan_id: str, patient_id: str, **changes: Any) -> dict[str, Any]:
    return {
        "scan_id": scan_id, "patient_id": patient_id, "tracer": "18F-Trop2", "scan_day": 100,
        "tsh_level": None, "tsh_miu_per_l": np.nan, "injected_activity_mbq": 370.0,
        "administered_at": None, "fwhm_mm": 6.0, "series_dir": scan_id,
        "region_file": f"{scan_id}_rs.dcm", "residual_series_dir": None,
    } | changes  # fmt: skip


def lesion(patient_id: str, lesion_id: str, diameter_mm: float = 15.0) -> dict[str, Any]:
    return {
        "patient_id": patient_id,
        "lesion_id": lesion_id,
        "site": "lung",
        "diameter_mm": diameter_mm,
        "structural": True,
    }


def study(
    folder: Path,
    scans: list[dict[str, Any]],
    lesions: list[dict[str, Any]],
    patients: Sequence[dict[str, Any]] = (),
) -> Study:
    """A study with these tables; its images are written apart."""
    tables = {
        "patient": pd.DataFrame(patients),
        "pet_scan": pd.DataFrame(scans).astype({"scan_day": "Int64"}),
        "lesion": pd.DataFrame(lesions),
        "lesion_reading": empty_table(MODELS["lesion_reading"]),
    }
    return Study("small", folder, tables)


def write_scan(folder: Path, scan_id: str, **changes: Any) -> None:
    """A series of a patient of its own, with its structure set in the study's dicom folder."""
    dicom = folder / "dicom"
    own = {
        "PatientID": scan_id.split("_")[0],
        "SeriesInstanceUID": uid_of("series", scan_id),
        "FrameOfReferenceUID": FRAME,
    } | changes
    write_series(dicom / scan_id, stored=stored_values(), **own)
    write_rtstruct(
        dicom / f"{scan_id}_rs.dcm",
        boxes(),
        frame=own["FrameOfReferenceUID"],
        series_uid=own["SeriesInstanceUID"],
        PatientID=own["PatientID"],
        StudyInstanceUID=own.get("StudyInstanceUID", STUDY),
    )
