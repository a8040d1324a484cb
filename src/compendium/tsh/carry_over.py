"""What is left of the first 124I administration on the second scan, and the ratio without it.

The low-TSH scan always comes first, so anything left of it adds to the high-TSH scan and looks like
an effect of TSH. What is left after Δ days is C1·2^(-Δ/T), with T the effective half-life in the
lesion; as an SUV of the second scan that is SUV1·(A1/A2)·2^(-Δ/T). T cannot exceed the physical
half-life of 124I, so the correction with that half-life is the largest there can be, and no
correction the smallest: what carry-over allows lies between the two.
"""

import math
from collections.abc import Sequence

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from compendium.calendar import HOURS_PER_DAY
from compendium.comparing import exceeds
from compendium.errors import InputError
from compendium.estimates import Estimate
from compendium.rules import Rules
from compendium.studies import tsh124i
from compendium.tsh.effect import patient_mean_ratio
from petsuv.nuclides import half_life_days

HALF_LIFE_I124_DAYS = half_life_days(tsh124i.PET.nuclide)
CURVE_DAYS = tuple(np.geomspace(0.5, 200, 25))  # biological half-lives along a curve


def effective_half_life_days(biological_days: float) -> float:
    """Effective half-life of 124I in a lesion, days.

    Args:
        biological_days: biological half-life, days, > 0; infinity where nothing leaves the lesion.
    """
    if not biological_days > 0:
        raise InputError(
            f"biological half-life {biological_days} d: expected more than 0 (inf for no washout)"
        )
    return 1 / (1 / biological_days + 1 / HALF_LIFE_I124_DAYS)


def residual_suv(
    pairs: pd.DataFrame, half_life_days: float, rules: Rules, metric: str = "suv_max"
) -> pd.Series:
    """What is left of the first administration, as SUV of the second scan, a lesion each.

    Where a scan just before the second administration measured it (columns residual_scan_suv, as
    SUV of the first administration, and residual_scan_days after that), the half-life is only
    needed for the washout from there to the second scan; elsewhere it predicts everything.

    Args:
        pairs: with activity_mbq_low, activity_mbq_high, interval_days and the metric.
        half_life_days: effective half-life in the lesion, at most the physical one.
    """
    if not 0 < half_life_days <= HALF_LIFE_I124_DAYS:
        raise InputError(
            f"effective half-life {half_life_days} d: expected over 0, at most the physical "
            f"{HALF_LIFE_I124_DAYS} d of 124I"
        )
    activities = _floats(pairs, "activity_mbq_low") / _floats(pairs, "activity_mbq_high")
    left = 2.0 ** (-_floats(pairs, "interval_days") / half_life_days)
    residual = _floats(pairs, f"{metric}_low") * activities * left
    if metric == "suv_max" and "residual_scan_suv" in pairs:
        scan_days = rules.i124_scan_hours / HOURS_PER_DAY
        decayed = 2.0 ** (-_floats(pairs, "residual_scan_days") / HALF_LIFE_I124_DAYS)
        washed_out = 2.0 ** (-scan_days * (1 / half_life_days - 1 / HALF_LIFE_I124_DAYS))
        measured = _floats(pairs, "residual_scan_suv") * activities * decayed * washed_out
        residual = np.where(np.isnan(measured), residual, measured)
    return pd.Series(residual, index=pairs.index)


def corrected(
    pairs: pd.DataFrame,
    half_life_days: float,
    rules: Rules,
    *,
    metric: str = "suv_max",
) -> pd.DataFrame:
    """Lesion pairs with the residual taken off the second scan.

    Where the residual would be more than `credible_share` of what the second scan reads, the
    difference of two such numbers is not credible: only that share is taken off, and the lesion's
    `credible` is False. Leaving such lesions out would select those that rose.

    Returns:
        The pairs with the metric's `_high` corrected; residual_suv, residual_share, credible.
    """
    residual = residual_suv(pairs, half_life_days, rules, metric).to_numpy()
    reading = _floats(pairs, f"{metric}_high")
    share = residual / reading
    return pairs.assign(
        **{f"{metric}_high": reading * (1 - np.minimum(share, rules.credible_share))},
        residual_suv=residual,
        residual_share=share,
        credible=~exceeds(share, rules.credible_share),
    )


def longest_credible_half_life_days(
    pairs: pd.DataFrame, rules: Rules, *, metric: str = "suv_max"
) -> pd.Series:
    """The effective half-life up to which a lesion's correction is credible, days.

    It is the physical half-life where even the largest correction is credible.
    """
    uptake = _floats(pairs, f"{metric}_low") / _floats(pairs, f"{metric}_high")
    activities = _floats(pairs, "activity_mbq_low") / _floats(pairs, "activity_mbq_high")
    halvings = np.log2(uptake * activities / rules.credible_share)
    longest = _floats(pairs, "interval_days") / np.where(halvings > 0, halvings, math.nan)
    return pd.Series(np.fmin(longest, HALF_LIFE_I124_DAYS), index=pairs.index)


def side_by_side(
    pairs: pd.DataFrame,
    biological_half_lives_days: Sequence[float],
    rng: np.random.Generator,
    rules: Rules,
    *,
    metric: str = "suv_max",
) -> pd.DataFrame:
    """The ratio uncorrected, and corrected under each half-life up to no washout at all.

    Returns:
        A row an assumption: analysis, effective_half_life_days (0 for no correction),
        median_share and largest_share (residual over reading), not_credible (lesions), and the
        columns of the estimate.
    """
    rows = [_row("not corrected", 0.0, None, patient_mean_ratio(pairs, rng, metric=metric))]
    for biological in sorted({*biological_half_lives_days, math.inf}):
        effective = effective_half_life_days(biological)
        lesions = corrected(pairs, effective, rules, metric=metric)
        washout = f"biological half-life {biological:g} d"
        name = "largest correction, no washout" if math.isinf(biological) else washout
        found = patient_mean_ratio(lesions, rng, metric=metric)
        rows.append(_row(name, effective, lesions, found))
    return pd.DataFrame(rows)


def key_numbers(
    pairs: pd.DataFrame, rng: np.random.Generator, rules: Rules
) -> dict[str, Estimate | float | str]:
    """What a reader needs of the correction of SUVmax, by name.

    Returns:
        ratio_corrected: with the largest correction, no washout; not_credible: lesions beyond the
        bound then; longest_half_life: effective half-life (days) up to which no lesion is, or
        "none"; physical_half_life: of 124I, days; credible: the bound, percent.
    """
    lesions = corrected(pairs, HALF_LIFE_I124_DAYS, rules)
    longest = longest_credible_half_life_days(pairs, rules)
    return {
        "ratio_corrected": patient_mean_ratio(lesions, rng),
        "not_credible": int((~lesions["credible"]).sum()),
        "longest_half_life": float(longest.min()) if longest.notna().any() else "none",
        "physical_half_life": HALF_LIFE_I124_DAYS,
        "credible": 100 * rules.credible_share,
    }


def _floats(pairs: pd.DataFrame, column: str) -> NDArray[np.float64]:
    return pairs[column].to_numpy(dtype=float, na_value=math.nan)


def _row(
    analysis: str, half_life_days: float, lesions: pd.DataFrame | None, found: Estimate
) -> dict[str, object]:
    share = pd.Series(0.0) if lesions is None else lesions["residual_share"].dropna()
    return {
        "analysis": analysis,
        "effective_half_life_days": half_life_days,
        "median_share": share.median(),
        "largest_share": share.max(),
        "not_credible": 0 if lesions is None else int((~lesions["credible"]).sum()),
        **found.as_row(),
    }
