"""Small tables in the schema's types, written in a test as the few cells that matter."""

import json
from pathlib import Path
from typing import Any

import pandas as pd

from compendium.comparing import sign_column
from compendium.generated import RECORD, TRUTH, units
from compendium.remembered import Remembered
from compendium.study.cells import split_sign
from compendium.tables import COLUMNS, DTYPES, MODELS, empty_table

PATIENT = {
    "study": "TROP2",
    "sex": "female",
    "age_years": 46.0,
    "total_thyroidectomy": True,
    "severe_comorbidity": False,
    "follow_up_complete": True,
    "distant_metastasis": True,
    "pregnant_or_lactating": False,
    "hepatic_or_renal_dysfunction": False,
    "tolerates_pet": True,
}
PATHOLOGY = {"histology": "ptc_classic", "braf_v600e": "mutant", "tert_promoter": "wild_type"}
DEFAULTS: dict[str, dict[str, Any]] = {
    "patient": PATIENT,
    "pathology": PATHOLOGY,
    "rai_course": {
        "course": 1,
        "course_day": 60,
        "activity_gbq": 5.55,
        "tsh_miu_per_l": 60.0,
        "tg_comparable": True,
        "tgab_negative": True,
    },
    "lesion": {"site": "lung", "structural": True},
    "response_assessment": {
        "new_lesion": False,
        "non_target_progression": False,
        "lesions_disappeared": False,
    },
    "follow_up": {"last_contact_day": 2000, "vital_status": "alive"},
    "lab": {"tsh_miu_per_l": 0.05, "tgab_negative": True},
}


EMPTY = {name: empty_table(model) for name, model in MODELS.items()}


def table(name: str, rows: list[dict[str, Any]]) -> pd.DataFrame:
    """A table of the schema; cells not given take their default, or are missing."""
    if not rows:
        return EMPTY[name].copy()
    filled = [_signed(name, {**DEFAULTS.get(name, {}), **row}) for row in rows]
    return pd.DataFrame(
        {
            column: pd.Series(
                [row.get(column) for row in filled], dtype=DTYPES[COLUMNS[name][column].kind]
            )
            for column in EMPTY[name].columns
        }
    )


def _signed(name: str, row: dict[str, Any]) -> dict[str, Any]:
    """The row with a laboratory value such as <0.04 as value and sign."""
    for column in (c for c, one in COLUMNS[name].items() if one.laboratory):
        if isinstance(row.get(column), str):
            sign, value = split_sign(row[column])
            row |= {column: float(value), sign_column(column): sign}
    return row


def tables(**rows: list[dict[str, Any]]) -> dict[str, pd.DataFrame]:
    """All tables of a study; those not given are empty."""
    return {name: table(name, rows.get(name, [])) for name in MODELS}


def together(patients: list[dict[str, pd.DataFrame]]) -> dict[str, pd.DataFrame]:
    """One study of the tables of several patients, who are named by their place in the list."""
    return {
        name: pd.concat(
            [
                one[name].assign(patient_id=str(k))
                for k, one in enumerate(patients)
                if len(one[name])
            ]
            or [patients[0][name]],
            ignore_index=True,
        )
        for name in MODELS
    }


VALID: dict[str, list[dict[str, Any]]] = {
    "patient": [
        {**PATIENT, "patient_id": "P001", "height_cm": 160, "weight_kg": 58.5},
        {**PATIENT, "patient_id": "P002", "sex": "male", "age_years": 61.5},
        {**PATIENT, "patient_id": "T001", "study": "TSH124I"},
    ],
    "pathology": [{**PATHOLOGY, "patient_id": patient} for patient in ("P001", "P002", "T001")],
    "ihc_read": [
        {"patient_id": "P001", "block_id": "B1", "reader_id": reader, "tissue": "primary",
         "antibody_clone": "SP295", "pct_0": 10, "pct_1": 20, "pct_2": 30, "pct_3": 40,
         "pct_membranous": 60}
        for reader in ("R1", "R2")
    ],
    "rai_course": [
        {**DEFAULTS["rai_course"], "patient_id": "P001"},
        {**DEFAULTS["rai_course"], "patient_id": "P001", "course": 2, "course_day": 300},
        {**DEFAULTS["rai_course"], "patient_id": "P002"},
    ],
    "lesion": [
        {**DEFAULTS["lesion"], "patient_id": patient, "lesion_id": lesion, "diameter_mm": mm}
        for patient in ("P001", "P002", "T001") for lesion, mm in (("L1", 12.5), ("L2", 14.5))
    ],
    "lesion_uptake": [
        {"patient_id": "P001", "lesion_id": "L1", "course": 1, "uptake": "avid"},
        {"patient_id": "P001", "lesion_id": "L2", "course": 1, "uptake": "non_avid"},
    ],
    "lab": [{**DEFAULTS["lab"], "patient_id": "P001", "lab_day": 400, "tg_ng_per_ml": 3.2}],
    "response_assessment": [
        {**DEFAULTS["response_assessment"], "patient_id": "P001", "assessment_day": 500,
         "sum_target_diameters_mm": 30},
        {**DEFAULTS["response_assessment"], "patient_id": "P002", "assessment_day": 900,
         "sum_target_diameters_mm": 0, "lesions_disappeared": True},
    ],
    "follow_up": [
        {**DEFAULTS["follow_up"], "patient_id": "P001", "rai_refractory_day": 600,
         "study_entry_day": 1500, "ascertainment": "alive"},
        {"patient_id": "P002", "last_contact_day": 1000, "vital_status": "dead", "death_day": 1000,
         "death_cause": "other"},
        {**DEFAULTS["follow_up"], "patient_id": "T001"},
    ],
    "pet_scan": [
        {"scan_id": "S1", "patient_id": "P001", "tracer": "18F-Trop2", "scan_day": 1500,
         "series_dir": "S1", "region_file": "S1.dcm"},
        {"scan_id": "S2", "patient_id": "T001", "tracer": "124I", "scan_day": 100,
         "tsh_level": "low", "tsh_miu_per_l": 32, "series_dir": "S2"},
        {"scan_id": "S3", "patient_id": "T001", "tracer": "124I", "scan_day": 112,
         "tsh_level": "high", "tsh_miu_per_l": 130, "series_dir": "S3"},
    ],
    "investigator_class": [
        {"patient_id": "P001", "rai_response": "non_responder", "progression": "stable"},
        {"patient_id": "P002", "rai_response": "responder"},
    ],
    "missing_reason": [
        {"patient_id": "P002", "table_name": "patient", "column_name": "height_cm",
         "reason": "lost"},
    ],
}  # fmt: skip
"""A study without a problem, in the form in which it is typed into a file."""

Rows = dict[str, list[dict[str, Any]]]


def valid_rows() -> Rows:
    """A copy of VALID with every cell that a template has, as text."""
    return {
        name: [
            {
                column: as_typed(row.get(column))
                for column, declared in COLUMNS[name].items()
                if not declared.optional
            }
            for row in rows
        ]
        for name, rows in VALID.items()
    }


def as_typed(cell: Any) -> Any:
    """A value as a person types it into a cell."""
    if cell is None:
        return ""
    if isinstance(cell, bool):
        return "yes" if cell else "no"
    return str(cell)


def write_csv(rows: Rows, study_dir: Path, *, encoding: str = "utf-8") -> Path:
    """The rows as tables/*.csv; the images of VALID beside them."""
    folder = study_dir / "tables"
    folder.mkdir(parents=True, exist_ok=True)
    for name, lines in rows.items():
        pd.DataFrame(lines).to_csv(folder / f"{name}.csv", index=False, encoding=encoding)
    write_images(study_dir)
    return study_dir


def write_images(study_dir: Path) -> None:
    """Folders and files by the names that VALID has for them."""
    for scan in ("S1", "S2", "S3"):
        (study_dir / "dicom" / scan).mkdir(parents=True, exist_ok=True)
        (study_dir / "dicom" / scan / "1.dcm").touch()
    (study_dir / "dicom" / "S1.dcm").touch()


def as_generated(study_dir: Path) -> None:
    """Make the files of a study those of the generator, its truth beside them."""
    (study_dir / TRUTH).write_text("{}")
    (study_dir / RECORD).unlink(missing_ok=True)
    (study_dir / RECORD).write_text(json.dumps({"units": units(study_dir, Remembered())}))
