"""What tissue and imaging tell of a patient at resistance, as factors of survival."""

from collections.abc import Mapping

import pandas as pd

from compendium.comparing import at_least
from compendium.rules import Rules
from compendium.survival.hazard_ratios import Factor

Tables = Mapping[str, pd.DataFrame]
GENES = {"TERT promoter": "tert_promoter", "BRAF V600E": "braf_v600e"}
MACRONODULAR_OR_BONE = "Macronodular or bone disease"


def tissue_factors(tables: Tables, h_score: pd.Series, rules: Rules) -> list[Factor]:
    """The factors known at resistance: H-score, age, TERT, BRAF, macronodular or bone disease.

    Args:
        h_score: of the primary tumour, by patient_id.
    """
    age = tables["patient"].set_index("patient_id")["age_years"]
    return [
        Factor("Trop2 H-score", h_score),
        Factor("Age", age),
        *(gene_factor(tables, name) for name in GENES),
        macronodular_or_bone(tables, rules),
    ]


def gene_factor(tables: Tables, name: str) -> Factor:
    """Mutant (1) or wild type (0); missing where not tested.

    Args:
        name: a key of `GENES`.
    """
    found = tables["pathology"].set_index("patient_id")[GENES[name]]
    return Factor(name, found.map({"mutant": 1.0, "wild_type": 0.0}))


def macronodular_or_bone(tables: Tables, rules: Rules) -> Factor:
    """A bone metastasis, or one of the lung from `macronodular_mm` on (1), or neither (0).

    Missing where no lesion is recorded, or a lung metastasis has no diameter and nothing else
    decides.
    """
    lesions = tables["lesion"]
    lung = lesions["site"] == "lung"
    large = at_least(lesions["diameter_mm"], rules.macronodular_mm).astype("boolean")
    large = large.mask(lesions["diameter_mm"].isna())
    extensive = (lesions["site"] == "bone") | (lung & large)
    by_patient = extensive.astype("boolean").groupby(lesions["patient_id"])
    known = by_patient.max()
    unread = extensive.isna().groupby(lesions["patient_id"]).any()
    found = known.astype("Float64").mask(unread & ~known.fillna(False))
    return Factor(MACRONODULAR_OR_BONE, found.astype(float))
