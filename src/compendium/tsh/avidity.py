"""Change of radioiodine avidity between the two TSH levels, lesion by lesion, tested by patients.

McNemar's test would take the lesions of a patient for independent. Here a patient's two scans
change places as a whole: with k patients whose count of visible lesions changed there are 2^k
rearrangements, all enumerated (up to 17 patients).
"""

import math

import numpy as np
import pandas as pd
from scipy import stats

from compendium.errors import NotEstimable
from compendium.estimates import Estimate, labelled, require_at_least
from compendium.statistics.resampling import sign_flip

VISIBILITIES = ("both", "only_low", "only_high", "none", "unknown", "not_measured")


def visibility_counts(pairs: pd.DataFrame) -> pd.DataFrame:
    """How many lesions, in how many patients, are visible at which level: a row a kind.

    Args:
        pairs: as `uptake.lesion_pairs` returns.
    """
    grouped = pairs.groupby("visibility")["patient_id"]
    counts = pd.DataFrame({"lesions": grouped.size(), "patients": grouped.nunique()})
    return counts.reindex(VISIBILITIES, fill_value=0).rename_axis("visibility").reset_index()


@labelled
def avidity_change(
    pairs: pd.DataFrame, rng: np.random.Generator, *, level: float = 0.95
) -> Estimate:
    """Share of lesions visible at the high level less that at the low, cluster permutation p.

    The interval is that of a ratio of patients' sums (visible lesions gained over lesions
    measured), by t with one degree of freedom less than there are patients.

    Args:
        pairs: as `uptake.lesion_pairs` returns; lesions without a value or a limit at
            either level are left out.
        rng: used only where more than 17 patients changed, and flips are drawn.

    Raises:
        NotEstimable: no lesion, fewer than two patients, none visible, or none that changed.

    Source:
        Cochran, Sampling Techniques, 3rd ed., 1977, ch. 9A (clusters of unequal size).
    """
    gained, measured = gained_by_patient(pairs)
    k, total = len(measured), int(measured.sum())
    require_at_least(k, 2, "patients with a lesion measured at both TSH levels")
    changed = gained[gained != 0]
    share = float(gained.sum() / total)
    residual = gained - share * measured
    se = math.sqrt(k / (k - 1) * float(residual @ residual)) / total
    if se == 0:
        raise NotEstimable(f"the same change in all {k} patients; no spread to judge it by")
    half = float(stats.t.ppf(0.5 + level / 2, k - 1)) * se
    p = sign_flip(changed, rng).p if len(changed) else 1.0
    return Estimate(
        estimate=share,
        low=share - half,
        high=share + half,
        n=k,
        events=int((pairs["visibility"].isin(["only_low", "only_high"])).sum()),
        p=p,
        method=f"{total} lesions, clustered t interval, exact permutation of patients' scans",
        level=level,
        within=(-1.0, 1.0),
    )


def gained_by_patient(pairs: pd.DataFrame) -> tuple[np.ndarray, np.ndarray]:
    """Lesions gained (only high less only low) and lesions measured, a patient each.

    Raises:
        NotEstimable: none is visible, or none changed.
    """
    measured = pairs[~pairs["visibility"].isin(["unknown", "not_measured"])]
    seen = measured["visibility"]
    if len(measured) and seen.eq("none").all():
        raise NotEstimable(f"none of {len(measured)} lesions is visible on either scan")
    if len(measured) and not seen.isin(["only_low", "only_high"]).any():
        raise NotEstimable(f"none of {len(measured)} lesions changed its visibility")
    step = seen.eq("only_high").astype(float) - seen.eq("only_low").astype(float)
    grouped = step.groupby(measured["patient_id"])
    return grouped.sum().to_numpy(), grouped.size().to_numpy().astype(float)
