"""Small tables in the schema's types, written in a test as the few cells that matter."""

from typing import Any

import pandas as pd

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
    "rai_course": {"course": 1, "course_day": 60, "tg_comparable": True, "tgab_negative": True},
    "lesion": {"site": "lung", "structural": True},
    "response_assessment": {
        "new_lesion": False,
        "non_target_progression": False,
        "lesions_disappeared": False,
    },
    "follow_up": {"last_contact_day": 2000, "vital_status": "alive"},
    "lab": {"tsh_miu_per_l": 0.05, "tgab_negative": True},
}


def table(name: str, rows: list[dict[str, Any]]) -> pd.DataFrame:
    """A table of the schema; cells not given take their default, or are missing."""
    filled = [{**DEFAULTS.get(name, {}), **row} for row in rows]
    return pd.DataFrame(
        {
            column: pd.Series(
                [row.get(column) for row in filled], dtype=DTYPES[COLUMNS[name][column].kind]
            )
            for column in empty_table(MODELS[name]).columns
        }
    )


def tables(**rows: list[dict[str, Any]]) -> dict[str, pd.DataFrame]:
    """All tables of a study; those not given are empty."""
    return {name: table(name, rows.get(name, [])) for name in MODELS}
