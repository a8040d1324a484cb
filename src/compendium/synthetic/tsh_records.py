"""The candidates of TSH124I and their tables: two 124I scans each under hormone withdrawal."""

import numpy as np
import pandas as pd

from compendium.studies import tsh124i
from compendium.synthetic.case import Rows
from compendium.synthetic.records import body_size, t_stage
from compendium.synthetic.truth import Truth
from compendium.synthetic.tsh import draw_lesion_pairs

# Candidates beyond those analysed, one of each, and the facts that remove them.
NOT_ANALYSED: dict[str, dict[str, object]] = {
    "under_18": {"age_years": 16.8},
    "no_total_thyroidectomy": {"total_thyroidectomy": False},
    "not_differentiated": {"histology": "mtc"},
    "no_distant_metastasis": {"distant_metastasis": False},
    "pregnant": {"sex": "female", "age_years": 31.0, "pregnant_or_lactating": True},
    "organ_dysfunction": {"hepatic_or_renal_dysfunction": True},
    "cannot_lie_still": {"tolerates_pet": False},
}
SCAN_DELAY_DAYS = 2
WITHDRAWAL_DAYS = 16
TSH_BEFORE_WITHDRAWAL = 0.05


def draw_tsh_candidates(
    truth: Truth, n_patients: int, rng: np.random.Generator
) -> tuple[pd.DataFrame, pd.DataFrame]:
    """Candidates (patient_id, role, sex, first_dose_day) and the lesion pairs of those analysed."""
    pairs = draw_lesion_pairs(truth, n_patients, rng)
    for column in ("diameter_mm", "activity_low_mbq", "activity_high_mbq", "tsh_low", "tsh_high"):
        pairs[column] = pairs[column].round(1)
    roles = ["analysed"] * n_patients + list(NOT_ANALYSED)
    n = len(roles)
    patients = pd.DataFrame(
        {
            "patient_id": [f"T{i + 1:03d}" for i in range(n)],
            "role": roles,
            "sex": np.where(rng.random(n) < 0.65, "female", "male"),
            "age_years": np.round(rng.normal(47, 12, n).clip(20, 80), 1),
            "first_dose_day": rng.integers(400, 2500, n),
        }
    )
    return patients, pairs


def record_tsh_candidates(
    patients: pd.DataFrame, pairs: pd.DataFrame, rng: np.random.Generator
) -> Rows:
    """The rows of all tables of the TSH124I candidates, but for pet_scan."""
    rows = Rows()
    for _, candidate in patients.iterrows():
        changed = NOT_ANALYSED.get(candidate["role"], {})
        _record_person(rows, candidate, changed, rng)
        _record_pathology(rows, candidate, changed, rng)
        _record_course(rows, candidate, rng)
        own = pairs[pairs["patient_id"] == candidate["patient_id"]]
        last = int(candidate["first_dose_day"]) + 30
        if len(own):
            last += int(own["interval_days"].iloc[0])
            _record_lesions(rows, own, rng)
            _record_withdrawal(rows, candidate, own.iloc[0], rng)
        seen = {"last_contact_day": last, "vital_status": "alive"}
        rows.add("follow_up", candidate["patient_id"], **seen)
    return rows


def _record_person(
    rows: Rows, candidate: pd.Series, changed: dict[str, object], rng: np.random.Generator
) -> None:
    sex = str(changed.get("sex", candidate["sex"]))
    height_cm, weight_kg = body_size(sex, rng)
    row: dict[str, object] = {
        "patient_id": candidate["patient_id"],
        "study": tsh124i.CODE,
        "sex": sex,
        "age_years": float(candidate["age_years"]),
        "total_thyroidectomy": True,
        "severe_comorbidity": False,
        "follow_up_complete": True,
        "distant_metastasis": True,
        "pregnant_or_lactating": False if sex == "female" else None,
        "hepatic_or_renal_dysfunction": False,
        "tolerates_pet": True,
        "height_cm": height_cm,
        "weight_kg": weight_kg,
    }
    rows["patient"].append({name: changed.get(name, value) for name, value in row.items()})


def _record_pathology(
    rows: Rows, candidate: pd.Series, changed: dict[str, object], rng: np.random.Generator
) -> None:
    braf = rng.random() < 0.5
    differentiated = str(rng.choice(["ptc_classic", "ptc_follicular", "ftc", "oncocytic"],
                                    p=[0.55, 0.15, 0.25, 0.05]))  # fmt: skip
    beyond = bool(rng.integers(3) == 2)
    n_stage = str(rng.choice(["N0", "N1a", "N1b"]))
    extension = str(rng.choice(["none", "microscopic", "gross"]))
    diameter_mm = float(round(np.exp(rng.normal(np.log(28), 0.4))))
    rows.add(
        "pathology",
        candidate["patient_id"],
        histology=changed.get("histology", differentiated),
        t_stage=t_stage(diameter_mm, extension, beyond_strap_muscles=beyond),
        n_stage=n_stage,
        m_stage="M1" if changed.get("distant_metastasis", True) else "M0",
        extrathyroidal_extension=extension,
        tumour_diameter_mm=diameter_mm,
        multifocal=bool(rng.random() < 0.4),
        vascular_invasion=bool(rng.random() < 0.4),
        braf_v600e="mutant" if braf and differentiated.startswith("ptc") else "wild_type",
        tert_promoter=str(rng.choice(["mutant", "wild_type", "not_tested"], p=[0.2, 0.6, 0.2])),
    )


def _record_course(rows: Rows, candidate: pd.Series, rng: np.random.Generator) -> None:
    """The remnant ablation that every candidate had."""
    tg_pre = float(np.exp(rng.normal(np.log(80), 1)))
    rows.add(
        "rai_course",
        candidate["patient_id"],
        course=1,
        course_day=int(rng.integers(60, 150)),
        activity_gbq=3.7,
        tsh_miu_per_l=round(float(rng.uniform(35, 120)), 1),
        tg_pre_ng_per_ml=round(tg_pre, 1),
        tg_post_ng_per_ml=round(tg_pre * float(rng.uniform(0.2, 1.1)), 1),
        tg_comparable=True,
        tgab_negative=True,
    )


def _record_lesions(rows: Rows, own: pd.DataFrame, rng: np.random.Generator) -> None:
    for lesion in own.itertuples():
        key = {"patient_id": lesion.patient_id, "lesion_id": lesion.lesion_id}
        rows["lesion"].append(
            {
                **key,
                "site": lesion.site,
                "diameter_mm": float(str(lesion.diameter_mm)),
                "structural": True,
            }
        )
        uptake = "avid" if lesion.avid_patient else "non_avid"
        uptake = "not_assessed" if rng.random() < 0.15 else uptake
        rows["lesion_uptake"].append({**key, "course": 1, "uptake": uptake})


def _record_withdrawal(
    rows: Rows, candidate: pd.Series, scans: pd.Series, rng: np.random.Generator
) -> None:
    """TSH and Tg from the last suppressed value to the second administration, twice a week."""
    first = int(candidate["first_dose_day"])
    second = first + int(scans["interval_days"])
    known = {
        first - WITHDRAWAL_DAYS: TSH_BEFORE_WITHDRAWAL,
        first: float(scans["tsh_low"]),
        second: float(scans["tsh_high"]),
    }
    days = sorted({*range(first - WITHDRAWAL_DAYS, second, 4), *known})
    ln_tsh = np.interp(days, list(known), np.log(list(known.values())))
    tg = float(np.exp(rng.normal(np.log(40), 1)))
    for lab_day, log_value in zip(days, ln_tsh, strict=True):
        exact = lab_day in known
        tsh = float(np.exp(log_value + (0 if exact else rng.normal(0, 0.08))))
        stimulated = tg * (1 + 3 * tsh / (tsh + 30)) * float(np.exp(rng.normal(0, 0.1)))
        rows.add(
            "lab",
            candidate["patient_id"],
            lab_day=int(lab_day),
            tsh_miu_per_l=round(tsh, 2),
            tg_ng_per_ml=round(stimulated, 1),
            tgab_negative=True,
        )
