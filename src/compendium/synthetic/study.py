"""Assemble the synthetic study: both registered studies' tables, and what is true of them."""

from collections import defaultdict
from dataclasses import dataclass

import numpy as np
import pandas as pd

from compendium.synthetic.candidates import draw_candidates, record_candidates
from compendium.synthetic.case import Rows
from compendium.synthetic.scans import Scan, plan_trop2_scans, plan_tsh_scans, record_scans
from compendium.synthetic.truth import Truth
from compendium.synthetic.tsh_records import draw_tsh_candidates, record_tsh_candidates
from compendium.tables import MODELS

N_RESPONDERS = N_NON_RESPONDERS = 30
N_TSH124I = 10
N_RESIDUAL = 4

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
    scans += plan_tsh_scans(
        tsh_rows,
        tsh_patients,
        pairs,
        tsh_rng,
        n_residual=N_RESIDUAL if truth.tsh.carry_over else 0,
    )
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
            # What decides a class stays: TSH and activity of the first course.
            decides = table == "rai_course" and row["course"] == 1
            if empty and not decides and not (column == "height_cm" and patient_id in imaged):
                row[column] = None
                reasons[patient_id, table, column] = reason
    rows["missing_reason"] = [
        {"patient_id": p, "table_name": table, "column_name": column, "reason": reason}
        for (p, table, column), reason in sorted(reasons.items())
    ]
