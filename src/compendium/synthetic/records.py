"""What a TROP2 candidate's records say beside the course: person, pathology, reads, lesions."""

import numpy as np
import pandas as pd

from compendium.studies import trop2
from compendium.synthetic.case import Rows
from compendium.synthetic.staining import read_percentages
from compendium.synthetic.truth import Trop2Truth

ANTIBODY = {"antibody_clone": "EPR20043", "antibody_catalogue": "ab214488"}
READERS = ("reader_a", "reader_b")
PAPILLARY = ("ptc_classic", "ptc_follicular", "ptc_tall_cell", "ptc_other")
NOT_TESTED_BRAF, NOT_TESTED_TERT = 0.08, 0.15
METASTASIS_BLOCK = {"responder": 0.1, "non_responder": 0.35}
T1_MM, T2_MM = 20, 40
BODY_MASS_INDEX, BODY_MASS_INDEX_SD = 23.5, 3.0


def record_person(rows: Rows, draw: pd.Series, own: pd.DataFrame, rng: np.random.Generator) -> None:
    """Row of patient: who they are, and what eligibility asks."""
    role = draw["role"]
    height_cm, weight_kg = body_size(draw["sex"], rng)
    rows.add(
        "patient",
        draw["patient_id"],
        study=trop2.CODE,
        sex=draw["sex"],
        age_years=float(draw["age_years"]),
        total_thyroidectomy=role != "no_total_thyroidectomy",
        severe_comorbidity=role == "severe_comorbidity",
        follow_up_complete=role not in ("follow_up_incomplete", "over_75_and_incomplete"),
        distant_metastasis=bool(own["site"].isin(["lung", "bone"]).any()),
        height_cm=height_cm,
        weight_kg=weight_kg,
    )


def body_size(sex: str, rng: np.random.Generator) -> tuple[float, float]:
    """Height (cm) and weight (kg)."""
    height_cm = round(float(rng.normal(160 if sex == "female" else 171, 6)))
    bmi = max(float(rng.normal(BODY_MASS_INDEX, BODY_MASS_INDEX_SD)), 17.0)
    return float(height_cm), round(bmi * (height_cm / 100) ** 2, 1)


def record_pathology(rows: Rows, draw: pd.Series, rng: np.random.Generator) -> None:
    """Row of pathology, after that of the person; invasion rises with dedifferentiation."""
    worse = float(draw["u"]) + rng.normal(0, 0.8)
    histology = "ftc"
    if draw["role"] != "not_papillary":
        shares = (0.72, 0.12, 0.12, 0.04) if worse > 0 else (0.80, 0.14, 0.02, 0.04)
        histology = str(rng.choice(PAPILLARY, p=shares))
    extension = ("none", "microscopic", "gross")[int(np.searchsorted([0.0, 0.9], worse))]
    diameter_mm = float(round(20 * np.exp(0.2 * worse + rng.normal(0, 0.4))))
    distant = bool(rows["patient"][-1]["distant_metastasis"])
    rows.add(
        "pathology",
        draw["patient_id"],
        histology=histology,
        t_stage=t_stage(diameter_mm, extension, beyond_strap_muscles=worse > 1.0),
        n_stage=("N0", "N1a", "N1b")[int(np.searchsorted([-0.7, 0.1], worse))],
        m_stage="M1" if worse > 1.2 and distant else "M0",
        extrathyroidal_extension=extension,
        tumour_diameter_mm=diameter_mm,
        multifocal=bool(rng.random() < 0.4),
        vascular_invasion=bool(rng.random() < 0.15 + 0.1 * (worse > 0)),
        braf_v600e=_mutation(draw["braf"], NOT_TESTED_BRAF, rng),
        tert_promoter=_mutation(draw["tert"], NOT_TESTED_TERT, rng),
    )  # fmt: skip


def t_stage(diameter_mm: float, extension: str, *, beyond_strap_muscles: bool) -> str:
    """T stage of a primary tumour, AJCC 8: gross extension before diameter."""
    if extension == "gross":
        return "T4" if beyond_strap_muscles else "T3"
    return "T1" if diameter_mm <= T1_MM else "T2" if diameter_mm <= T2_MM else "T3"


def _mutation(mutant: bool, not_tested: float, rng: np.random.Generator) -> str:
    if rng.random() < not_tested:
        return "not_tested"
    return "mutant" if mutant else "wild_type"


def record_reads(rows: Rows, draw: pd.Series, p: Trop2Truth, rng: np.random.Generator) -> None:
    """Two readers' percentages of one to three blocks of the primary, in some of a metastasis.

    The best block of the primary shows the patient's own expression; the others fall short of it.
    """
    n_more = int(rng.choice(3, p=[0.5, 0.35, 0.15]))
    short = np.abs(rng.normal(0, p.block_sd, n_more)) * (draw["trop2_latent"] >= p.negative_below)
    blocks = [("A1", "primary", 0.0)]
    blocks += [(f"A{k + 2}", "primary", -s) for k, s in enumerate(short)]
    if rng.random() < METASTASIS_BLOCK[draw["rai_response"]]:
        blocks.append(("M1", "metastasis", rng.normal(0.1, 0.4)))
    for block_id, tissue, shift in blocks:
        for reader in READERS:
            latent = np.array([draw["trop2_latent"] + shift])
            percentages = read_percentages(p, latent, rng)[0]
            membranous = 5 * round((100 - percentages[0]) * rng.uniform(0.55, 0.95) / 5)
            rows.add(
                "ihc_read",
                draw["patient_id"],
                block_id=block_id,
                reader_id=reader,
                tissue=tissue,
                **ANTIBODY,
                blinded=True,
                **{f"pct_{k}": float(value) for k, value in enumerate(percentages)},
                pct_membranous=float(membranous),
            )


def record_lesions(rows: Rows, own: pd.DataFrame) -> None:
    """Rows of lesion; one that is only seen by its uptake has no diameter."""
    for lesion in own.itertuples():
        rows.add(
            "lesion",
            lesion.patient_id,
            lesion_id=lesion.lesion_id,
            site=lesion.site,
            diameter_mm=float(str(lesion.diameter_mm)) if lesion.structural else None,
            structural=bool(lesion.structural),
        )


def record_investigator(rows: Rows, patients: pd.DataFrame) -> None:
    """The investigator's classes: the drawn ones, with a few disagreements in each."""
    treated = patients[patients["role"] != "no_rai_course"]
    seen = {"responder": 0, "non_responder": 0, "indeterminate": 0, "scanned": 0}
    for _, draw in treated.iterrows():
        drawn = "indeterminate" if draw["kind"] == "indeterminate" else draw["rai_response"]
        seen[drawn] += 1
        scanned = drawn == "non_responder" and pd.notna(draw["entry_days"])
        seen["scanned"] += int(scanned)
        response, progression = drawn, draw["progression"]
        if drawn == "indeterminate" and seen[drawn] <= 2:
            response = "responder"
        elif drawn == "responder" and seen[drawn] in (7, 19):
            response = "indeterminate"
        elif scanned and seen["scanned"] == 11:
            response, progression = "responder", None
        elif drawn == "non_responder" and seen[drawn] in (3, 14, 22):
            progression = {"rapid": "stable"}.get(progression, "rapid")
        told = {"rai_response": response, "progression": progression}
        rows.add("investigator_class", draw["patient_id"], **told)
