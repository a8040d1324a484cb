"""What the TSH analyses do under a known truth: bias, coverage and rejections over many studies.

draw_study(truth, rng)                     one study's lesion pairs, without tables or images
operating_characteristics(rng, …)          a row a truth and method, over many studies
"""

import math
from collections.abc import Callable, Sequence

import numpy as np
import pandas as pd
from joblib import Parallel, delayed

from compendium.estimates import Estimate, not_estimable
from compendium.operating.monte_carlo import bias_of, percent
from compendium.rules import Rules
from compendium.statistics.censored import censored_ratio
from compendium.synthetic.truth import TRUTHS, Truth
from compendium.synthetic.tsh import draw_lesion_pairs
from compendium.tsh.carry_over import HALF_LIFE_I124_DAYS, corrected, effective_half_life_days
from compendium.tsh.effect import lesions_as_independent, mixed_ratio, patient_mean_ratio
from compendium.tsh.uptake import lesion_set

BACKGROUND_SUV = 1.0  # assumed where no study tells its own limit
RULES = Rules()
DETECTION_LIMIT_SUV = Rules.avid_ratio.default * BACKGROUND_SUV
LIMIT_DIGITS = 2
STUDIES_PER_TASK = 50

Method = Callable[[pd.DataFrame, Truth, np.random.Generator], Estimate]


def _half_life_known(pairs: pd.DataFrame, truth: Truth, rng: np.random.Generator) -> Estimate:
    half_life = effective_half_life_days(truth.tsh.biological_half_life_days)
    return patient_mean_ratio(corrected(pairs, half_life, RULES), rng)


METHODS: dict[str, Method] = {
    "patient means, sign-flip test": lambda pairs, _, rng: patient_mean_ratio(pairs, rng),
    "mixed model, Kenward–Roger": lambda pairs, _, __: mixed_ratio(pairs),
    "carry-over corrected, half-life known": _half_life_known,
    "carry-over corrected, no washout": lambda pairs, _, rng: patient_mean_ratio(
        corrected(pairs, HALF_LIFE_I124_DAYS, RULES), rng
    ),
    "visible at either level only": lambda pairs, _, rng: patient_mean_ratio(
        lesion_set(pairs, "visible_on_either"), rng
    ),
    "lesions taken for independent (wrong)": lambda pairs, _, __: lesions_as_independent(pairs),
    "censored model": lambda pairs, _, __: censored_ratio(pairs),
}

KINDS = np.array(["none", "only_high", "only_low", "both"], dtype=object)
SLOW = ("censored model",)
FAST = tuple(name for name in METHODS if name not in SLOW)
TSH_TRUTHS = ("assumed", "null", "inverted_u", "carry_over")
PRIMARY, CORRECTED = "patient means, sign-flip test", "carry-over corrected, half-life known"
WRONG = "lesions taken for independent (wrong)"
DRAWN = ["truth", "method", "log_ratio", "covers", "rejects"]
SUMMED = [
    *("truth", "ratio_true", "method", "studies", "not_estimable", "ratio", "bias", "bias_error"),
    *(f"{name}{end}" for name in ("coverage", "rejects") for end in ("", "_low", "_high")),
]
HEADINGS = {
    "truth": "Truth",
    "ratio_true": "True ratio",
    "method": "Method",
    "studies": "Studies",
    "not_estimable": "Not estimable",
    "ratio": "Mean ratio",
    "bias": "Bias, %",
    "coverage": "Coverage, %",
    "rejects": "p < 0.05, %",
}


def draw_study(
    truth: Truth,
    rng: np.random.Generator,
    *,
    n_patients: int = 10,
    detection_limit_suv: float = DETECTION_LIMIT_SUV,
) -> pd.DataFrame:
    """Lesion pairs of one simulated study, as `uptake.lesion_pairs` has them, what is used here.

    Args:
        truth: the named truth.
        n_patients: patients in the study.
        detection_limit_suv: SUV under which a focus is not visible, on either scan.
    """
    drawn = draw_lesion_pairs(truth, n_patients, rng)
    low, high = (drawn[f"suv_{level}"].to_numpy() for level in ("low", "high"))
    seen_low, seen_high = low >= detection_limit_suv, high >= detection_limit_suv
    return pd.DataFrame(
        {
            "patient_id": drawn["patient_id"].to_numpy(),
            "suv_max_low": low,
            "suv_max_high": high,
            "activity_mbq_low": drawn["activity_low_mbq"].to_numpy(),
            "activity_mbq_high": drawn["activity_high_mbq"].to_numpy(),
            "interval_days": drawn["interval_days"].to_numpy(float),
            "limit_low": detection_limit_suv,
            "limit_high": detection_limit_suv,
            "visibility": KINDS[2 * seen_low + seen_high],
        }
    )


def detection_limit_suv(pairs: pd.DataFrame) -> float:
    """The median limit of visibility of a study's lesions, to two digits; an assumed one of none.

    Args:
        pairs: as `uptake.lesion_pairs` returns.
    """
    limits = pairs.reindex(columns=["limit_low", "limit_high"]).to_numpy(float)
    limits = limits[np.isfinite(limits) & (limits > 0)]
    if not len(limits):
        return DETECTION_LIMIT_SUV
    return float(f"{np.median(limits):.{LIMIT_DIGITS}g}")


def operating_characteristics(
    rng: np.random.Generator,
    *,
    truths: Sequence[str],
    n_studies: int,
    methods: Sequence[str] = tuple(METHODS),
    n_patients: int = 10,
    limit_suv: float = DETECTION_LIMIT_SUV,
    workers: int = 2,
) -> pd.DataFrame:
    """Bias, coverage and rejections of each method under each named truth.

    Every study has a generator of its own, so that the result does not depend on `workers`.

    Args:
        truths: names in `synthetic.truth.TRUTHS`.
        n_studies: studies drawn under each.
        methods: names in METHODS.
        n_patients: patients a study.
        limit_suv: SUV under which a focus is not visible.

    Returns:
        A row a truth and method: truth, ratio_true, method, studies, not_estimable, ratio
        (geometric mean of the estimates), bias (percent of the true ratio), bias_error (its Monte
        Carlo standard error), coverage and rejects (percent: 95 % intervals that hold the truth;
        p below 0.05), each with its Wilson interval (_low, _high).
    """
    tasks = []
    for name, streams in zip(truths, rng.spawn(len(truths)), strict=True):
        own = streams.spawn(n_studies)
        tasks += [
            (name, own[i : i + STUDIES_PER_TASK]) for i in range(0, n_studies, STUDIES_PER_TASK)
        ]
    done = Parallel(n_jobs=workers)(
        delayed(_studies)(name, own, tuple(methods), n_patients, limit_suv) for name, own in tasks
    )
    drawn = [pd.DataFrame(rows) for rows in done]
    results = pd.concat(drawn) if drawn else pd.DataFrame(columns=DRAWN)
    grouped = results.groupby(["truth", "method"], sort=False)
    return pd.DataFrame([_summary(group) for _, group in grouped], columns=SUMMED)


def primary_numbers(table: pd.DataFrame) -> dict[str, float | Estimate]:
    """What the text says of the operating characteristics, in percent, by name.

    Args:
        table: as `operating_characteristics` returns.

    Returns:
        bias_, coverage_ and rejects_ of the primary analysis by truth; corrected_bias and
        corrected_coverage under carry_over; wrong_null, rejections of the wrong analysis. What was
        not simulated is labelled so.
    """
    by_key = table.set_index(["truth", "method"])

    def of(truth: str, method: str, column: str) -> float | Estimate:
        if (truth, method) not in by_key.index:
            return not_estimable(f"truth {truth} was not simulated")
        return float(by_key[column].to_dict()[truth, method])

    found = {
        f"{column}_{truth}": of(truth, PRIMARY, column)
        for truth in TSH_TRUTHS
        for column in ("bias", "coverage", "rejects")
    }
    return found | {
        "corrected_bias": of("carry_over", CORRECTED, "bias"),
        "corrected_coverage": of("carry_over", CORRECTED, "coverage"),
        "wrong_null": of("null", WRONG, "rejects"),
    }


def _studies(
    name: str,
    rngs: Sequence[np.random.Generator],
    methods: Sequence[str],
    n_patients: int,
    limit_suv: float,
) -> list[dict[str, object]]:
    """The estimates of some studies, a row a study and method."""
    truth, rows = TRUTHS[name], []
    for rng in rngs:
        pairs = draw_study(truth, rng, n_patients=n_patients, detection_limit_suv=limit_suv)
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
    of = bias_of(found["log_ratio"].to_numpy(float), true, log=True)
    return {
        "truth": name,
        "ratio_true": true,
        "method": method,
        "studies": len(studies),
        "not_estimable": len(studies) - len(found),
        "ratio": of["mean"],
        "bias": of["bias"],
        "bias_error": of["bias_error"],
        **percent("coverage", found["covers"].to_numpy(bool)),
        **percent("rejects", found["rejects"].to_numpy(bool)),
    }
