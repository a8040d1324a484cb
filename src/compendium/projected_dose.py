"""Absorbed dose that 131I would give each lesion, projected from 124I at both TSH levels.

Exploratory. One time point says nothing of the washout, so the biological half-life is assumed; the
same for both levels, so that it cancels in their comparison.
"""

import math
from collections.abc import Sequence

import numpy as np
import pandas as pd
from numpy.typing import ArrayLike, NDArray

from compendium.errors import InputError

HALF_LIFE_I131_HOURS = 8.025 * 24
GY_PER_KBQ_H_PER_ML = 1.106e-4  # beta particles of 131I absorbed where they arise, unit density
KBQ_PER_GBQ = 1e6
DEFAULT_UPTAKE_HOURS = 48.0


def dose_gy_per_gbq(
    percent_per_g: ArrayLike, uptake_hours: ArrayLike, biological_half_life_days: float
) -> NDArray[np.float64]:
    """Absorbed dose per administered activity of 131I, Gy/GBq, from one time point of 124I.

    The concentration, apart from decay, is that of the scan until the scan, and falls with the
    biological half-life after it.

    Args:
        percent_per_g: mean share of the injected activity per gram, %, decay-corrected.
        uptake_hours: from administration to scan, hours.
        biological_half_life_days: days, > 0; infinity for no washout.
    """
    if not biological_half_life_days > 0:
        raise InputError(
            f"biological half-life {biological_half_life_days} d: expected more than 0 (inf for no "
            f"washout)"
        )
    hours = np.asarray(uptake_hours, dtype=float)
    physical = math.log(2) / HALF_LIFE_I131_HOURS
    washout = math.log(2) / (24 * biological_half_life_days)
    kbq_per_ml = np.asarray(percent_per_g, dtype=float) / 100 * KBQ_PER_GBQ
    left = np.exp(-physical * hours)
    residence_hours = (1 - left) / physical + left / (physical + washout)
    return np.asarray(GY_PER_KBQ_H_PER_ML * kbq_per_ml * residence_hours)


def projected_doses(
    pairs: pd.DataFrame, activity_gbq: float, biological_half_life_days: float
) -> pd.DataFrame:
    """Each lesion's projected dose at both TSH levels, Gy.

    Args:
        pairs: as `uptake.lesion_pairs` returns, with percent_activity_per_g and uptake_hours (48
            where not known).
        activity_gbq: administered activity of 131I.

    Returns:
        One row a lesion with a value at both: patient_id, lesion_id, site; gy_per_gbq and dose
        (Gy), each with `_low` and `_high`.
    """
    table = pairs[["patient_id", "lesion_id", "site"]].copy()
    for level in ("low", "high"):
        hours = pairs.get(f"uptake_hours_{level}", pd.Series(math.nan, index=pairs.index))
        per_gbq = dose_gy_per_gbq(
            pairs[f"percent_activity_per_g_{level}"],
            hours.fillna(DEFAULT_UPTAKE_HOURS),
            biological_half_life_days,
        )
        table[f"gy_per_gbq_{level}"] = per_gbq
        table[f"dose_{level}"] = per_gbq * activity_gbq
    return table.dropna().reset_index(drop=True)


def crossings(doses: pd.DataFrame, thresholds_gy: Sequence[float]) -> pd.DataFrame:
    """How many lesions reach each dose at the low and the high TSH.

    Returns:
        A row a threshold: threshold_gy, lesions, at_low, at_high, gained (only at high), lost (only
        at low), patients_gained (with a lesion gained).
    """
    rows = []
    for gray in thresholds_gy:
        low, high = doses["dose_low"] >= gray, doses["dose_high"] >= gray
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
