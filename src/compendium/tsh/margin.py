"""Is a TSH of 25 to 30 enough? Each measure of uptake against a margin, with a verdict in words.

The margin is a clinical choice of the study: the gain from which the high level is worth its price.
Two one-sided tests at 5 % ask whether the gain exceeds the margin and whether it stays below; their
answer is read from the 90 % interval of the same test of patients: of a ratio the sign-flip test,
of avidity the t with a further patient, since away from no change scans cannot change places.

    of_ratio(pairs, margin, rng)        SUVmax or another measure, high over low
    of_avidity(pairs, margin)           share of visible lesions, high less low
"""

import math
from collections.abc import Mapping
from dataclasses import dataclass

import numpy as np
import pandas as pd

from compendium.errors import NotEstimable
from compendium.estimates import Estimate, not_estimable, require_at_least
from compendium.rules import Rules
from compendium.statistics.intervals import exponentiated
from compendium.statistics.resampling import sign_flip, sign_flip_tails
from compendium.tsh.avidity import gained_by_patient, share_gained, share_tails
from compendium.tsh.effect import patient_means

LEVEL = 0.90  # of the interval that holds what two one-sided tests at 5 % accept
GAIN, NO_GAIN, LOSS, UNDECIDED = "gain", "no relevant gain", "loss", "undecided"


@dataclass(frozen=True)
class Verdict:
    """A measure against its margin.

    Attributes:
        margin: in the unit of the estimate.
        interval: the estimate with its 90 % interval, or the reason why there is none.
        p_gain: one-sided p of a gain above the margin; p_no_gain: of one below it.
        words: "gain", "no relevant gain", "loss", "undecided", or "not estimable".
    """

    margin: float
    interval: Estimate
    p_gain: float
    p_no_gain: float
    words: str


def verdict(interval: Estimate, margin: float, no_effect: float) -> str:
    """Words for a 90 % interval: gain from the margin on, loss below no effect, else undecided.

    Args:
        interval: at 90 %.
        margin: above `no_effect`, in the same unit.
        no_effect: 1 for a ratio, 0 for a difference.
    """
    if not interval.estimable:
        return "not estimable"
    if interval.low >= margin:
        return GAIN
    if interval.high < no_effect:
        return LOSS
    return NO_GAIN if interval.high < margin else UNDECIDED


def of_ratio(
    pairs: pd.DataFrame, margin: float, rng: np.random.Generator, *, metric: str = "suv_max"
) -> Verdict:
    """Geometric mean ratio over patients against a margin.

    Args:
        pairs: one row a lesion, as `uptake.lesion_pairs` returns.
        margin: of the ratio, > 1.
        rng: used only beyond 17 patients.
        metric: name of a paired metric.
    """
    means = patient_means(pairs, metric).to_numpy()
    try:
        require_at_least(len(means), 2, "patients with a lesion measured at both TSH levels")
        tails = sign_flip_tails(means, rng, bound=math.log(margin))
    except NotEstimable as reason:
        return _no_verdict(margin, reason)
    found = sign_flip(means, rng, level=LEVEL)
    return _verdict(exponentiated(found) if found.estimable else found, tails, margin, 1.0)


def of_avidity(pairs: pd.DataFrame, margin: float) -> Verdict:
    """Change in the share of visible lesions against a margin.

    Args:
        pairs: as `uptake.lesion_pairs` returns.
        margin: of the share, > 0.
    """
    try:
        gained, measured = gained_by_patient(pairs)
        found = share_gained(gained, measured, LEVEL)
    except NotEstimable as reason:
        return _no_verdict(margin, reason)
    return _verdict(found, share_tails(gained, measured, margin), margin, 0.0)


def _no_verdict(margin: float, reason: NotEstimable) -> Verdict:
    return Verdict(margin, not_estimable(str(reason)), math.nan, math.nan, "not estimable")


def _verdict(
    interval: Estimate, tails: tuple[float, float], margin: float, no_effect: float
) -> Verdict:
    above, below = tails if interval.estimable else (math.nan, math.nan)
    return Verdict(margin, interval, above, below, verdict(interval, margin, no_effect))


def against_margins(
    measured: pd.DataFrame,
    pairs: pd.DataFrame,
    doses: pd.DataFrame,
    rules: Rules,
    rng: np.random.Generator,
) -> dict[tuple[str, str], Verdict]:
    """SUVmax, avidity and dose against the study's margins, and both ratios against others.

    Args:
        measured: lesions with a value at both levels; pairs: all lesions.
        doses: as `projected_doses` returns.

    Returns:
        By measure and margin ("study" or "sensitivity: …").
    """
    found = {
        ("SUVmax", "study"): of_ratio(measured, rules.margin_ratio, rng),
        ("avidity", "study"): of_avidity(pairs, rules.margin_avidity),
        ("dose per GBq", "study"): of_ratio(doses, rules.margin_dose, rng, metric="gy_per_gbq"),
    }
    for margin in rules.other_margins:
        name = f"sensitivity: {margin:g}"
        found["SUVmax", name] = of_ratio(measured, margin, rng)
        found["dose per GBq", name] = of_ratio(doses, margin, rng, metric="gy_per_gbq")
    return found


def table_of_verdicts(found: Mapping[tuple[str, str], Verdict]) -> pd.DataFrame:
    """A row a measure and margin: measure, of, margin, estimate, low, high (90 %), p's, verdict."""
    return pd.DataFrame(
        [
            {
                "measure": measure,
                "of": of,
                "margin": one.margin,
                "estimate": one.interval.estimate,
                "low": one.interval.low,
                "high": one.interval.high,
                "p_gain": one.p_gain,
                "p_no_gain": one.p_no_gain,
                "verdict": one.words,
                "reason": one.interval.reason,
            }
            for (measure, of), one in found.items()
        ]
    )
