"""Assemble the synthetic study and write it: tables, truth, and images where they are wanted."""

import json
import shutil
from collections import defaultdict
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd

from compendium.errors import InputError
from compendium.synthetic.candidates import draw_candidates, record_candidates
from compendium.synthetic.history import Rows
from compendium.synthetic.scans import Scan, plan_trop2_scans, plan_tsh_scans, record_scans
from compendium.synthetic.truth import Truth
from compendium.synthetic.tsh_records import draw_tsh_candidates, record_tsh_candidates
from compendium.tables import MODELS

N_RESPONDERS = N_NON_RESPONDERS = 30
N_TSH124I = 10

# Cells left empty, with the share and the reason; never one that an eligibility rule, a response
# rule or a primary analysis reads.
LEFT_EMPTY: dict[tuple[str, str], tuple[float, str]] = {
    ("patient", "height_cm"): (0.03, "not_done"),
    ("pathology", "t_stage"): (0.03, "lost"),
    ("pathology", "m_stage"): (0.03, "not_done"),
    ("pathology", "tumour_diameter_mm"): (0.05, "lost"),
    ("pathology", "extrathyroidal_extension"): (0.04, "lost"),
    ("pathology", "multifocal"): (0.05, "lost"),
    ("pathology", "vascular_invasion"): (0.12, "not_assessable"),
    ("ihc_read", "pct_membranous"): (0.02, "not_assessable"),
    ("rai_course", "activity_gbq"): (0.03, "lost"),
    ("rai_course", "tsh_miu_per_l"): (0.04, "lost"),
    ("lab", "tg_ng_per_ml"): (0.02, "not_done"),
}


@dataclass(frozen=True, kw_only=True)
class SyntheticStudy:
    """The study before it is written.

    Attributes:
        tables: by name, in the form of `compendium.tables`, missing_reason included.
        patients: every candidate's latents (`draw_trop2_patients` columns, role, kind; TSH124I).
        lesions: every 18F-Trop2 lesion with `suv_true`.
        pairs: every TSH124I lesion with its true uptake at both levels.
        scans: what is to be imaged.
    """

    truth: Truth
    seed: int
    tables: dict[str, pd.DataFrame]
    patients: pd.DataFrame
    lesions: pd.DataFrame
    pairs: pd.DataFrame
    scans: tuple[Scan, ...]


def make_study(
    truth: Truth,
    seed: int,
    *,
    n_responders: int = N_RESPONDERS,
    n_non_responders: int = N_NON_RESPONDERS,
    n_tsh124i: int = N_TSH124I,
) -> SyntheticStudy:
    """Draw both registered studies with their candidates; the same seed gives the same study."""
    trop2_rng, tsh_rng, missing_rng = (
        np.random.default_rng(child) for child in np.random.SeedSequence(seed).spawn(3)
    )
    patients, lesions = draw_candidates(truth, n_responders, n_non_responders, trop2_rng)
    rows = record_candidates(patients, lesions, truth, trop2_rng)
    scans = plan_trop2_scans(rows, patients, trop2_rng)
    tsh_patients, pairs = draw_tsh_candidates(truth, n_tsh124i, tsh_rng)
    tsh_rows = record_tsh_candidates(tsh_patients, pairs, tsh_rng)
    scans += plan_tsh_scans(tsh_rows, tsh_patients, pairs, tsh_rng)
    for name, more in tsh_rows.items():
        rows[name] += more
    record_scans(rows, scans)
    _leave_empty(rows, {scan.patient_id for scan in scans}, missing_rng)
    return SyntheticStudy(
        truth=truth,
        seed=seed,
        tables={name: as_table(name, rows[name]) for name in MODELS},
        patients=pd.concat([patients, tsh_patients], ignore_index=True),
        lesions=lesions,
        pairs=pairs,
        scans=tuple(scans),
    )


def as_table(name: str, rows: list[dict[str, object]]) -> pd.DataFrame:
    """Rows as the table of that name, with its columns in order and their types, validated."""
    schema = MODELS[name].to_schema()
    wanted = [c for c, column in schema.columns.items() if column.required]
    table = pd.DataFrame(rows, columns=wanted).reset_index(drop=True)
    for column in wanted:
        dtype = str(schema.columns[column].dtype)
        values = table[column]
        table[column] = (
            values.astype(object).where(values.notna(), None)
            if dtype == "str"
            else values.astype(dtype)
        )
    return pd.DataFrame(schema.validate(table, lazy=True))


def _leave_empty(rows: Rows, imaged: set[str], rng: np.random.Generator) -> None:
    """Empty some cells and give each its reason; heights of imaged patients stay."""
    reasons: defaultdict[tuple[str, str, str], str] = defaultdict(str)
    for (table, column), (share, reason) in LEFT_EMPTY.items():
        for row in rows[table]:
            empty = rng.random() < share
            patient_id = str(row["patient_id"])
            if empty and not (column == "height_cm" and patient_id in imaged):
                row[column] = None
                reasons[patient_id, table, column] = reason
    rows["missing_reason"] = [
        {"patient_id": p, "table_name": table, "column_name": column, "reason": reason}
        for (p, table, column), reason in sorted(reasons.items())
    ]


def write_study(study: SyntheticStudy, out_dir: Path, *, tables_only: bool, workers: int) -> None:
    """Write the study to a folder beside `out_dir` and put it in its place when it is complete.

    Raises:
        InputError: `out_dir` holds something that is not a synthetic study.
    """
    if out_dir.exists() and any(out_dir.iterdir()) and not (out_dir / "truth.json").is_file():
        raise InputError(
            f"{out_dir}: is not empty and not a synthetic study (it has no truth.json); expected "
            "a new folder or a synthetic study to replace. Give another folder."
        )
    partial = out_dir.with_name(f".{out_dir.name}.partial")
    shutil.rmtree(partial, ignore_errors=True)
    (partial / "tables").mkdir(parents=True)
    for name, table in study.tables.items():
        write_table(table, partial / "tables" / f"{name}.csv")
    (partial / "dicom").mkdir()
    truth = truth_record(study)
    (partial / "truth.json").write_text(json.dumps(truth, indent=1) + "\n", encoding="utf-8")
    _put_in_place(partial, out_dir)


def _put_in_place(partial: Path, out_dir: Path) -> None:
    """Swap the finished folder for an earlier one, which is removed last."""
    replaced = out_dir.with_name(f".{out_dir.name}.replaced")
    shutil.rmtree(replaced, ignore_errors=True)
    if out_dir.exists():
        out_dir.rename(replaced)
    partial.rename(out_dir)
    shutil.rmtree(replaced, ignore_errors=True)


def write_table(table: pd.DataFrame, path: Path) -> None:
    """Write a table as CSV: yes and no for truth values, nothing for missing ones."""
    shown = table.copy()
    for column in shown.columns[shown.dtypes == "boolean"]:
        shown[column] = shown[column].map({True: "yes", False: "no"})
    shown.to_csv(path, index=False, lineterminator="\n")


def truth_record(study: SyntheticStudy) -> dict[str, Any]:
    """What is true of this study: parameters, latents of every patient, uptake of every lesion."""
    left_out = ["administered_at", "started_at"]
    return {
        "synthetic": True,
        "seed": study.seed,
        "truth": asdict(study.truth),
        "patients": _records(study.patients.drop(columns="first_dose_day")),
        "trop2_lesions": _records(study.lesions),
        "tsh124i_lesions": _records(study.pairs),
        "scans": _records(pd.DataFrame([asdict(s) for s in study.scans]).drop(columns=left_out)),
    }


def _records(frame: pd.DataFrame) -> list[dict[str, Any]]:
    """Rows as JSON values: missing cells left out, traits as sorted lists, six digits."""
    return [
        {
            str(name): sorted(value)
            if isinstance(value, frozenset)
            else float(f"{value:.6g}")
            if isinstance(value, float)
            else value.item()
            if isinstance(value, np.generic)
            else value
            for name, value in row.items()
            if isinstance(value, frozenset) or not pd.isna(value)
        }
        for row in frame.to_dict("records")
    ]
