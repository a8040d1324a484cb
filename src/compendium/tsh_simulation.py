"""What the TSH analyses do under a known truth: bias, coverage and rejections over many studies.

draw_study(truth, rng)                     one study's lesion pairs, without tables or images
operating_characteristics(truths, …)       a row a truth and method, over many studies
"""

import math
from collections.abc import Callable, Sequence

import numpy as np
import pandas as pd
from joblib import Parallel, delayed

from compendium.carry_over import HALF_LIFE_I124_DAYS, corrected, effective_half_life_days
from compendium.censored import censored_ratio
from compendium.estimates import Estimate
from compendium.synthetic.truth import TRUTHS, Truth
from compendium.synthetic.tsh import draw_lesion_pairs
from compendium.tsh_effect import lesions_as_independent, mixed_ratio, patient_mean_ratio, t_ratio
from compendium.uptake import lesion_set

DETECTION_LIMIT_SUV = 1.5  # assumed: one and a half times a background of SUV 1
STUDIES_PER_TASK = 50

Method = Callable[[pd.DataFrame, Truth, np.random.Generator], Estimate]


def _half_life_known(pairs: pd.DataFrame, truth: Truth, rng: np.random.Generator) -> Estimate:
    half_life = effective_half_life_days(truth.tsh.biological_half_life_days)
    return patient_mean_ratio(corrected(pairs, half_life), rng)


METHODS: dict[str, Method] = {
    "patient means, sign-flip test": lambda pairs, _, rng: patient_mean_ratio(pairs, rng),
    "patient means, t-test": lambda pairs, _, __: t_ratio(pairs),
    "mixed model, Kenward–Roger": lambda pairs, _, __: mixed_ratio(pairs),
    "mixed model, Satterthwaite": lambda pairs, _, __: mixed_ratio(pairs, df="satterthwaite"),
    "carry-over corrected, half-life known": _half_life_known,
    "carry-over corrected, no washout": lambda pairs, _, rng: patient_mean_ratio(
        corrected(pairs, HALF_LIFE_I124_DAYS), rng
    ),
    "visible at either level only": lambda pairs, _, rng: patient_mean_ratio(
        lesion_set(pairs, "visible_on_either"), rng
    ),
    "lesions taken for independent (wrong)": lambda pairs, _, __: lesions_as_independent(pairs),
    "censored model": lambda pairs, _, __: censored_ratio(pairs),
}


def draw_study(
    truth: Truth,
    rng: np.random.Generator,
    *,
    n_patients: int = 10,
    detection_limit_suv: float = DETECTION_LIMIT_SUV,
) -> pd.DataFrame:
    """Lesion pairs of one simulated study, in the form of `uptake.lesion_pairs`.

    Args:
        truth: the named truth.
        n_patients: patients in the study.
        detection_limit_suv: SUV under which a focus is not visible, on either scan.
    """
    pairs = draw_lesion_pairs(truth, n_patients, rng).rename(
        columns={
            "suv_low": "suv_max_low",
            "suv_high": "suv_max_high",
            "activity_low_mbq": "activity_mbq_low",
            "activity_high_mbq": "activity_mbq_high",
        }
    )
    low, high = (pairs[f"suv_max_{level}"] >= detection_limit_suv for level in ("low", "high"))
    visibility = np.select([low & high, low, high], ["both", "only_low", "only_high"], "none")
    return pairs.assign(
        limit_low=detection_limit_suv, limit_high=detection_limit_suv, visibility=visibility
    )


def operating_characteristics(
    truths: Sequence[str],
    n_studies: int,
    rng: np.random.Generator,
    *,
    methods: Sequence[str] = tuple(METHODS),
    n_patients: int = 10,
    workers: int = 2,
) -> pd.DataFrame:
    """Bias, coverage and rejections of each method under each named truth.

    Every study has a generator of its own, so that the result does not depend on `workers`.

    Args:
        truths: names in `synthetic.truth.TRUTHS`.
        n_studies: studies drawn under each.
        methods: names in METHODS.
        n_patients: patients a study.

    Returns:
        A row a truth and method: truth, ratio_true, method, studies, not_estimable, ratio
        (geometric mean of the estimates), bias (percent of the true ratio), bias_error (its Monte
        Carlo standard error), coverage and rejects (percent: 95 % intervals that hold the truth;
        p below 0.05), coverage_error.
    """
    tasks = []
    for name, streams in zip(truths, rng.spawn(len(truths)), strict=True):
        own = streams.spawn(n_studies)
        tasks += [
            (name, own[i : i + STUDIES_PER_TASK]) for i in range(0, n_studies, STUDIES_PER_TASK)
        ]
    done = Parallel(n_jobs=workers)(
        delayed(_studies)(name, own, tuple(methods), n_patients) for name, own in tasks
    )
    results = pd.concat([pd.DataFrame(rows) for rows in done])
    grouped = results.groupby(["truth", "method"], sort=False)
    return pd.DataFrame([_summary(group) for _, group in grouped])


def _studies(
    name: str, rngs: Sequence[np.random.Generator], methods: Sequence[str], n_patients: int
) -> list[dict[str, object]]:
    """The estimates of some studies, a row a study and method."""
    truth, rows = TRUTHS[name], []
    for rng in rngs:
        pairs = draw_study(truth, rng, n_patients=n_patients)
        for method in methods:
            found = METHODS[method](pairs, truth, rng)
            rows.append(
                {
                    "truth": name,
                    "method": method,
                    "log_ratio": math.log(found.estimate) if found.estimable else math.nan,
                    "covers": found.low <= truth.tsh.ratio <= found.high,
                    "rejects": found.p < 0.05,
                }
            )
    return rows


def _summary(studies: pd.DataFrame) -> dict[str, object]:
    """What one method did in the studies of one truth."""
    name, method = studies["truth"].iloc[0], studies["method"].iloc[0]
    true = TRUTHS[name].tsh.ratio
    found = studies[studies["log_ratio"].notna()]
    n, log_ratio = max(len(found), 1), found["log_ratio"]
    ratio, coverage = math.exp(log_ratio.mean()), found["covers"].mean()
    return {
        "truth": name,
        "ratio_true": true,
        "method": method,
        "studies": len(studies),
        "not_estimable": len(studies) - len(found),
        "ratio": ratio,
        "bias": 100 * (ratio / true - 1),
        "bias_error": 100 * ratio / true * log_ratio.std() / n**0.5,
        "coverage": 100 * coverage,
        "coverage_error": 100 * math.sqrt(coverage * (1 - coverage) / n),
        "rejects": 100 * found["rejects"].mean(),
    }
