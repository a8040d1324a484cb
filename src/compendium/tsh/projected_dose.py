"""Absorbed dose that 131I would give each lesion, projected from 124I at both TSH levels.

Exploratory. One scan a level says nothing of the washout, so nothing is taken to leave the lesion
but by decay: an upper bound, and the same assumption at both levels.
"""

import math
from collections.abc import Sequence

import pandas as pd

from compendium.comparing import at_least
from compendium.rules import Rules
from compendium.studies.tsh124i import LEVELS
from compendium.tsh.dosimetry import dose_per_gbq

KBQ_PER_MBQ = 1000.0


def projected_doses(pairs: pd.DataFrame, rules: Rules) -> pd.DataFrame:
    """Each lesion's projected dose at both TSH levels, Gy.

    Args:
        pairs: as `uptake.lesion_pairs` returns, with percent_activity_per_g (mean, %) and
            uptake_hours, where known.
        rules: activity of 131I, and hours of uptake that no header says.

    Returns:
        One row a lesion with a value at both: patient_id, lesion_id, site; gy_per_gbq and dose
        (Gy), each with `_low` and `_high`.
    """
    table = pairs[["patient_id", "lesion_id", "site"]].copy()
    for level in LEVELS:
        shares = pairs[f"percent_activity_per_g_{level}"].astype(float)
        hours = pairs.get(f"uptake_hours_{level}", pd.Series(math.nan, index=pairs.index))
        hours = hours.astype(float).fillna(rules.i124_scan_hours)
        table[f"gy_per_gbq_{level}"] = [
            _gy_per_gbq(*one) for one in zip(shares, hours, strict=True)
        ]
        table[f"dose_{level}"] = table[f"gy_per_gbq_{level}"].astype(float) * rules.therapy_gbq
    known = table[[f"dose_{level}" for level in LEVELS]].notna().all(axis=1)
    return table[known].reset_index(drop=True)


def _gy_per_gbq(percent_per_g: float, hours: float) -> float:
    """Dose per GBq of one lesion at one level, Gy/GBq; nan without a positive value."""
    if not percent_per_g > 0:
        return math.nan
    kbq_per_ml = percent_per_g / 100 * KBQ_PER_MBQ  # of 1 MBq, at unit density
    return dose_per_gbq([hours], [kbq_per_ml], 1.0).gy_per_gbq


def crossings(doses: pd.DataFrame, thresholds_gy: Sequence[float]) -> pd.DataFrame:
    """How many lesions reach each dose at the low and the high TSH.

    Returns:
        A row a threshold: threshold_gy, lesions, at_low, at_high, gained (only at high), lost (only
        at low), patients_gained (with a lesion gained).
    """
    rows = []
    for gray in thresholds_gy:
        low, high = (at_least(doses[f"dose_{level}"], gray) for level in LEVELS)
        rows.append(
            {
                "threshold_gy": gray,
                "lesions": len(doses),
                "at_low": int(low.sum()),
                "at_high": int(high.sum()),
                "gained": int((high & ~low).sum()),
                "lost": int((low & ~high).sum()),
                "patients_gained": doses.loc[high & ~low, "patient_id"].nunique(),
            }
        )
    return pd.DataFrame(rows)
