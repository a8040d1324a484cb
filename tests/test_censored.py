"""Foci below the detection limit.

Origin of reference/left_censored_expected.csv: R 4.2.2, survival 3.5-3,
survreg(Surv(y, obs, type = "left") ~ x, dist = "gaussian") on reference/left_censored_data.csv
(simulated). Tolerance 1e-5 relative, of both optimisers together.
"""

import math
from pathlib import Path

import numpy as np
import pandas as pd
import pytest
from scipy import stats

from compendium.errors import InputError, NotEstimable
from compendium.operating.tsh import draw_study
from compendium.statistics.censored import (
    EXACT,
    LEFT,
    RIGHT,
    _both_below,
    censored_normal,
    censored_ratio,
)
from compendium.synthetic.truth import TRUTHS
from compendium.tsh.effect import t_ratio

REFERENCE = Path(__file__).parent / "reference"


def test_regression_agrees_with_survreg():
    data = pd.read_csv(REFERENCE / "left_censored_data.csv")
    expected = pd.read_csv(REFERENCE / "left_censored_expected.csv").set_index("term")
    side = np.where(data["obs"] == 1, EXACT, LEFT)
    fit = censored_normal(data["y"], side, {"x": data["x"]})
    assert fit.beta == pytest.approx(expected["coef"].iloc[:2], rel=1e-5)
    assert fit.se == pytest.approx(expected["se"].iloc[:2], rel=1e-5)
    assert (fit.log_scale, fit.log_scale_se) == pytest.approx(
        (expected.loc["log_scale", "coef"], expected.loc["log_scale", "se"]), rel=1e-5
    )
    assert fit.loglik == pytest.approx(expected["loglik"].iloc[0], rel=1e-9)


def test_nothing_censored_is_the_normal_sample():
    values = [1.0, 2.0, 4.0, 5.0]
    fit = censored_normal(values, [EXACT] * 4)
    assert fit.beta[0] == pytest.approx(3.0)
    assert math.exp(fit.log_scale) == pytest.approx(np.std(values), rel=1e-5)
    assert fit.se[0] == pytest.approx(np.std(values) / 2, rel=1e-4)


def test_left_and_right_are_mirror_images():
    values, side = [1.0, 2.0, 4.0, 0.5], [EXACT, EXACT, EXACT, LEFT]
    left = censored_normal(values, side)
    right = censored_normal(np.negative(values), [EXACT, EXACT, EXACT, RIGHT])
    assert left.beta[0] == pytest.approx(-right.beta[0], rel=1e-5)


@pytest.mark.parametrize(
    ("first", "second", "correlation"),
    [(-1, -0.5, 0.9), (0.3, -0.2, 0.5), (0, -1, 0.95), (0, 0, 0.3), (-3, -3.2, 0.97), (2, 1, 0.1)],
)
def test_both_below_agrees_with_the_bivariate_normal_of_scipy(first, second, correlation):
    theory = stats.multivariate_normal([0, 0], [[1, correlation], [correlation, 1]])
    found = _both_below(np.array([first]), np.array([second]), correlation)[0]
    assert found == pytest.approx(theory.cdf([first, second]), abs=2e-6)


def foci(log_low, log_high, patients, limit=0.1):
    low, high = np.exp(np.asarray(log_low, float)), np.exp(np.asarray(log_high, float))
    seen = [low >= limit, high >= limit]
    kinds = [seen[0] & seen[1], seen[0] & ~seen[1], ~seen[0] & seen[1]]
    return pd.DataFrame(
        {
            "patient_id": patients,
            "suv_max_low": low,
            "suv_max_high": high,
            "limit_low": limit,
            "limit_high": limit,
            "visibility": np.select(kinds, ["both", "only_low", "only_high"], "none"),
        }
    )


RNG = np.random.default_rng(2)
PATIENTS = np.repeat(np.arange(6), 4)
LOW = RNG.normal(1, 0.8, 24)
HIGH = LOW + 0.3 + RNG.normal(0, 0.4, 6)[PATIENTS] + RNG.normal(0, 0.2, 24)


def test_nothing_censored_and_balanced_is_the_t_test_of_patient_means():
    found = censored_ratio(foci(LOW, HIGH, PATIENTS))
    theory = stats.ttest_1samp((HIGH - LOW).reshape(6, 4).mean(axis=1), 0)
    low, high = theory.confidence_interval()
    assert math.log(found.estimate) == pytest.approx(theory._estimate, rel=1e-4)
    assert (math.log(found.low), math.log(found.high)) == pytest.approx((low, high), rel=1e-3)
    assert found.p == pytest.approx(theory.pvalue, rel=1e-3)
    assert (found.n, found.events) == (6, 0)


def test_a_focus_a_patient_is_the_t_test_of_foci():
    found = censored_ratio(foci(LOW[::4], HIGH[::4], PATIENTS[::4]))
    theory = stats.ttest_1samp((HIGH - LOW)[::4], 0).confidence_interval()
    assert (math.log(found.low), math.log(found.high)) == pytest.approx(tuple(theory), rel=1e-3)
    assert found.method.endswith("no variance between patients estimated")


def test_the_value_read_below_the_limit_does_not_matter():
    limit = math.exp(1.0)
    one = foci(LOW, HIGH, PATIENTS, limit)
    other = one.copy()
    below = other["suv_max_low"] < limit
    other.loc[below, "suv_max_low"] *= 0.5
    assert below.any()
    assert censored_ratio(one).estimate == pytest.approx(censored_ratio(other).estimate)


def test_swapping_the_scans_turns_the_ratio_round():
    """Only nearly so: uptake at the low level is what the ratio is independent of."""
    pairs = foci(LOW, HIGH, PATIENTS, math.exp(0.4))
    swapped = foci(HIGH, LOW, PATIENTS, math.exp(0.4))
    assert censored_ratio(pairs).estimate == pytest.approx(
        1 / censored_ratio(swapped).estimate, rel=0.1
    )


@pytest.mark.parametrize(
    ("pairs", "reason"),
    [
        (foci(LOW[:4], HIGH[:4], PATIENTS[:4]), "1 patient with a visible focus"),
        (foci([-5.0, -5.0], [-5.0, -5.0], [1, 2]), "0 patients with a visible focus"),
        (foci([1.0, -5.0], [1.2, 1.0], [1, 2]), "1 focus visible at both levels"),
        (foci([1.0, 2.0], [1.0, 2.0], [1, 2]), "the same ratio in all 2 foci"),
    ],
    ids=["one patient", "none visible", "one focus", "identical scans"],
)
def test_what_the_data_do_not_carry_is_labelled(pairs, reason):
    assert censored_ratio(pairs).reason.startswith(reason)


def test_bad_input_of_the_regression_is_named():
    with pytest.raises(InputError, match="a side is none of -1, 0, 1"):
        censored_normal([1.0, 2.0], [0, 2])
    with pytest.raises(NotEstimable, match="are the same"):
        censored_normal([1.0, 1.0, 0.5], [0, 0, -1])


def test_a_patient_without_a_visible_focus_changes_nothing():
    pairs = foci(LOW, HIGH, PATIENTS, math.exp(0.4))
    silent = foci([-3.0, -2.0], [-2.5, -3.0], [9, 9], math.exp(0.4))
    together = pd.concat([pairs, silent])
    assert censored_ratio(together) == censored_ratio(pairs)


@pytest.mark.slow
def test_recovers_the_ratio_where_visible_foci_alone_do_not():
    """40 studies with a third of patients under the limit: bias of the mean log ratio."""
    truth = TRUTHS["assumed"]
    rng = np.random.default_rng(11)
    drawn = [draw_study(truth, rng) for _ in range(40)]
    log_true = math.log(truth.tsh.ratio)
    model = np.mean([math.log(censored_ratio(one).estimate) for one in drawn]) - log_true
    seen = [one[one["visibility"] != "none"] for one in drawn]
    selected = np.mean([math.log(t_ratio(one).estimate) for one in seen]) - log_true
    assert abs(model) < 0.05
    assert selected > model + 0.02
