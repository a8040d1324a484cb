"""Firth's logistic regression.

Origins: reference/firth_logistic_expected.csv: brglm2 0.9 (R 4.2.2) on the endometrial data of
Heinze & Schemper 2002 (reference/firth_endometrial_data.csv) and on the recurrences of the UCI set;
12 digits, tolerance 1e-6 (brglm2 stops at a score of 1e-6). Profile limits and p-values of the
endometrial model: R 4.2.2, the penalised likelihood maximised by optim (BFGS, reltol 1e-15) and its
limits found by uniroot (tol 1e-10); tolerance 1e-5. reference/firth_several_maxima.csv: simulated
sets near separation; `exact` sums the determinant of the information over all sets of k patients
(Cauchy and Binet), all terms positive, so that it knows no rounding however far out.
"""

import itertools
from pathlib import Path

import numpy as np
import pandas as pd
import pytest
from hypothesis import assume, given, settings
from hypothesis import strategies as st
from scipy import optimize, stats
from scipy.special import logsumexp

from compendium.errors import NotEstimable
from compendium.statistics.firth_logistic import fit, fit_each, odds_ratios, plain_odds_ratios
from compendium.statistics.logistic_maxima import corners, maximise
from compendium.statistics.penalised_logistic import Likelihood

REFERENCE = Path(__file__).parent / "reference"
ENDOMETRIAL = pd.read_csv(REFERENCE / "firth_endometrial_data.csv")
EXPECTED = pd.read_csv(REFERENCE / "firth_logistic_expected.csv", index_col=["dataset", "term"])
TERMS = ["NV", "PI", "EH"]
SEVERAL = pd.read_csv(REFERENCE / "firth_several_maxima.csv", dtype={"set": str})


def with_intercept(design: pd.DataFrame) -> np.ndarray:
    return np.column_stack([np.ones(len(design)), design.to_numpy(float)])


def exact(x: np.ndarray, event: np.ndarray, betas: np.ndarray) -> np.ndarray:
    """Penalised log-likelihood at betas of shape (points, k), the determinant term by term."""
    sets = np.array(list(itertools.combinations(range(len(x)), x.shape[1])))
    volumes = np.abs(np.linalg.det(x[sets]))
    sets, volumes = sets[volumes > 1e-12], volumes[volumes > 1e-12]
    found = []
    for beta in betas:
        odds = x @ beta
        weight = -np.abs(odds) - 2 * np.log1p(np.exp(-np.abs(odds)))
        determinant = logsumexp(2 * np.log(volumes) + weight[sets].sum(axis=1))
        found.append((event * odds - np.logaddexp(0, odds)).sum() + determinant / 2)
    return np.array(found)


def set_named(name: str) -> tuple[pd.DataFrame, np.ndarray]:
    rows = SEVERAL[SEVERAL["set"] == name]
    return rows[["x1", "x2"]].reset_index(drop=True), rows["e"].to_numpy(float)


def scattered(rng: np.random.Generator, points: int, k: int, farthest: float) -> np.ndarray:
    """Coefficients in all directions, from near 0 to far out."""
    ways = rng.normal(size=(points, k))
    ways /= np.linalg.norm(ways, axis=1, keepdims=True)
    return ways * np.exp(rng.uniform(-1, np.log(farthest), (points, 1)))


class TestLikelihood:
    @pytest.mark.parametrize("name", ["226", "46", "limit_34", "crash"])
    def test_is_exact_however_far_out(self, name):
        design, event = set_named(name)
        x = with_intercept((design - design.mean()) / design.std())
        betas = scattered(np.random.default_rng(1), 25, 3, 600)
        expected = exact(x, event, betas)
        assert Likelihood(x, event).values(betas) == pytest.approx(expected, abs=1e-9)

    def test_slope_and_curvature_are_those_of_the_value(self):
        design, event = set_named("limit_34")
        likelihood = Likelihood(with_intercept(design), event)
        beta = np.array([-1.0, 4.0, 0.5])
        point, h = likelihood.at(beta[None]), 1e-5
        moved = likelihood.at(beta + h * np.vstack([np.eye(3), -np.eye(3)]))
        slope = (moved.value[:3] - moved.value[3:]) / (2 * h)
        assert point.score[0] == pytest.approx(slope, abs=1e-7)
        bend = (moved.score[:3] - moved.score[3:]) / (2 * h)
        assert point.curvature[0] == pytest.approx(-bend, abs=1e-7)

    def test_counting_a_patient_twice_is_having_him_twice(self):
        design, event = set_named("limit_34")
        x, times = with_intercept(design), np.ones((1, len(event)))
        times[0, 3], times[0, 5] = 2, 0
        rows = np.repeat(np.arange(len(event)), times[0].astype(int))
        twice, found = fit_each(x, event, times)
        assert found.tolist() == [True]
        copied, _ = fit_each(x[rows], event[rows], np.ones((1, len(rows))))
        assert twice == pytest.approx(copied, rel=1e-6)


class TestFit:
    def test_agrees_with_brglm2(self):
        found = fit(with_intercept(ENDOMETRIAL[TERMS]), ENDOMETRIAL["HG"].to_numpy(float))
        expected = EXPECTED.loc["endometrial"]
        assert found.converged
        assert found.coefficients == pytest.approx(expected["firth_coef"].to_numpy(), abs=1e-6)
        errors = np.sqrt(np.diag(found.covariance))
        assert errors == pytest.approx(expected["firth_se"].to_numpy(), abs=1e-6)

    def test_agrees_with_brglm2_on_the_recurrences(self, external):
        raw = pd.read_csv(external("clinical/uci-dtc-recurrence/thyroid_diff.csv"))
        design = pd.DataFrame({"age": raw["Age"], "male": raw["Gender"] == "M",
                               "n1": raw["N"] != "N0", "m1": raw["M"] == "M1"})  # fmt: skip
        event = (raw["Recurred"] == "Yes").to_numpy(float)
        expected = EXPECTED.loc["uci_dtc"]
        firth = fit(with_intercept(design), event)
        assert firth.coefficients == pytest.approx(expected["firth_coef"].to_numpy(), abs=1e-6)
        plain = plain_odds_ratios(design.astype(float), event)
        assert plain["m1"] == np.inf  # nobody with M1 stayed free of recurrence
        ml = np.exp(expected["ml_coef"])
        assert plain["n1"] == pytest.approx(ml["N1"], rel=1e-6)

    def test_without_penalty_and_separation_it_is_maximum_likelihood(self):
        rng = np.random.default_rng(1)
        x = rng.normal(size=80)
        event = (rng.random(80) < 1 / (1 + np.exp(-x))).astype(float)
        found = fit(np.column_stack([np.ones(80), x]), event, firth=False)
        residual = event - 1 / (1 + np.exp(-found.coefficients[0] - found.coefficients[1] * x))
        assert residual.sum() == pytest.approx(0, abs=1e-8)
        assert (residual * x).sum() == pytest.approx(0, abs=1e-8)

    def test_a_2x2_table_gains_half_in_every_cell(self):
        # Saturated: Firth's estimate is the log odds ratio with 1/2 added to every cell.
        design = pd.DataFrame({"x": np.repeat([1.0, 1, 0, 0], [7, 3, 2, 8])})
        event = np.repeat([1, 0, 1, 0], [7, 3, 2, 8])
        found = odds_ratios(design, event)["x"]
        assert found.estimate == pytest.approx(7.5 * 8.5 / (3.5 * 2.5), rel=1e-8)


class TestProfile:
    @pytest.mark.slow
    @pytest.mark.parametrize(
        ("term", "low", "high", "p"),
        [
            ("NV", 0.60972443625, 7.85463169883, 0.00912366755),
            ("PI", -0.12445872086, 0.04045547319, 0.38748220374),
            ("EH", -4.365183244, -1.232721062, 2.506867108e-05),
        ],
    )
    def test_limits_and_p_agree_with_r(self, term, low, high, p):
        found = odds_ratios(ENDOMETRIAL[TERMS], ENDOMETRIAL["HG"])[term]
        assert np.log([found.low, found.high]) == pytest.approx([low, high], abs=1e-5)
        assert found.p == pytest.approx(p, rel=1e-4)
        assert (found.n, found.events) == (79, 30)

    def test_separation_is_finite_with_a_finite_lower_limit(self):
        # 21 of 26 against 0 of 26: Kong et al. 2018, doi:10.4132/jptm.2017.10.17.
        design = pd.DataFrame({"braf": np.repeat([1.0, 0.0], 26)})
        event = np.array([1] * 21 + [0] * 31)
        found = odds_ratios(design, event)["braf"]
        assert found.estimate == pytest.approx(21.5 * 26.5 / (5.5 * 0.5))
        assert 10 < found.low < found.estimate < found.high < np.inf
        assert plain_odds_ratios(design, event)["braf"] == np.inf
        assert plain_odds_ratios(1 - design, event)["braf"] == 0

    @pytest.mark.slow
    @settings(max_examples=25, deadline=None)
    @given(st.integers(0, 10_000), st.integers(8, 40))
    def test_p_and_interval_say_the_same(self, seed, n):
        rng = np.random.default_rng(seed)
        design = pd.DataFrame({"a": (rng.random(n) < 0.3) * 1.0, "b": rng.normal(size=n)})
        event = rng.random(n) < 0.4
        assume(design["a"].nunique() == 2 and 0 < event.sum() < n)
        for found in odds_ratios(design, event).values():
            assert found.low < found.estimate < found.high
            assert (found.low > 1 or found.high < 1) == (found.p < 0.05)

    @pytest.mark.slow
    def test_does_not_depend_on_the_unit(self):
        event = ENDOMETRIAL["HG"]
        one = odds_ratios(ENDOMETRIAL[TERMS], event)["PI"]
        ten = odds_ratios(ENDOMETRIAL[TERMS].assign(PI=ENDOMETRIAL["PI"] / 10), event)["PI"]
        assert ten.low == pytest.approx(one.low**10, rel=1e-5)
        assert ten.p == pytest.approx(one.p, rel=1e-6)


@pytest.mark.slow
class TestSeveralMaxima:
    @pytest.mark.parametrize(
        ("name", "low", "high"),
        [("226", 0.00254, 31.5), ("46", 0.000328, 23.4), ("limit_34", 0.000534, 32.3)],
    )
    def test_limits_are_those_of_the_highest(self, name, low, high):
        found = odds_ratios(*set_named(name))["x2"]
        assert (found.low, found.high) == pytest.approx((low, high), rel=2e-3)

    def test_the_higher_of_two_is_taken_and_said(self):
        design, event = set_named("crash")
        found = fit(with_intercept(design), event)
        lower, _ = fit_each(with_intercept(design), event, np.ones((1, len(event))))
        x = with_intercept(design)
        heights = exact(x, event, np.array([found.coefficients, lower[0]]))
        # The two maxima, by the exact likelihood; 0 lies below the lower one.
        assert heights[0] - heights[1] == pytest.approx(0.648, abs=0.001)
        assert found.log_likelihood == pytest.approx(heights[0], abs=1e-9)
        assert "highest of 2 maxima" in odds_ratios(design, event)["x2"].method

    def test_nothing_higher_is_found_on_small_sets(self):
        # Study-like sets with a threshold that (nearly) separates; the exact likelihood is looked
        # at in 400 places and climbed by another method from the best of them.
        rng = np.random.default_rng(11)
        for _ in range(12):
            n = int(rng.integers(10, 19))
            design = pd.DataFrame({"a": rng.normal(size=n), "b": (rng.random(n) < 0.4) * 1.0})
            event = ((design["a"] > 0) ^ (rng.random(n) < 0.1)).to_numpy(float)
            if design["b"].nunique() < 2 or not 0 < event.sum() < n:
                continue
            x = with_intercept(design)
            top = fit(x, event).log_likelihood
            places = scattered(rng, 400, 3, 60)
            heights = exact(x, event, places)
            climbed = max(
                -optimize.minimize(lambda b: -exact(x, event, b[None])[0], start).fun  # noqa: B023
                for start in places[np.argsort(-heights)[:2]]
            )
            assert top >= max(heights.max(), climbed) - 1e-7

    def test_beyond_a_limit_everything_is_rejected(self):
        design, event = set_named("226")
        x = with_intercept((design - design.mean()) / design.std(ddof=0))
        likelihood, critical = Likelihood(x, event), stats.chi2.ppf(0.95, 1)
        top = maximise(likelihood, corners(likelihood))[1].max()
        found = odds_ratios(design, event)["x2"]
        for limit, out in ((found.low, 0.99), (found.high, 1.01)):
            for factor in (1, out, out**30, out**300):
                held = np.log(limit * factor) * design["x2"].std(ddof=0)
                starts = corners(likelihood, held=2, at=held, sets=2000, most=20)
                fall = 2 * (top - maximise(likelihood, starts, held=2)[1].max())
                at_limit = pytest.approx(critical, abs=1e-4)
                assert fall == at_limit if factor == 1 else fall > critical

    def test_a_ratio_too_large_for_a_number_is_labelled(self):
        # Per unit of a covariate that spans a thousandth the estimate exceeds e^709.
        design, event = set_named("46")
        found = odds_ratios(design[["x1"]] / 1000, event)["x1"]
        assert not found.estimable
        assert found.reason == "the 95% interval would be the single value inf"


@pytest.mark.parametrize(
    ("columns", "event", "reason"),
    [
        ({"x": [0.0, 1, 0, 1]}, [0, 0, 0, 0], "0 in the compared group; at least 1 needed"),
        ({"x": [0.0, 1, 0, 1]}, [1, 1, 1, 1], "0 in the reference group; at least 1 needed"),
        ({"x": [0.0, 1]}, [0, 1], "2 patients with all covariates known; at least 3 needed"),
        ({"x": [1.0] * 4}, [0, 1, 0, 1], "x is the same in all 4 patients"),
        (
            {"x": [0.0, 1, 0, 1, 1], "y": [1.0, 0, 1, 0, 0]},
            [0, 1, 0, 1, 0],
            "x, y are collinear",
        ),
    ],
)
def test_says_why_it_is_not_estimable(columns, event, reason):
    with pytest.raises(NotEstimable, match=reason):
        odds_ratios(pd.DataFrame(columns), event)


@pytest.mark.slow
def test_interval_covers_the_truth_in_small_groups():
    rng = np.random.default_rng(5)
    covered = []
    for _ in range(150):
        x = rng.normal(size=60)
        event = rng.random(60) < 1 / (1 + np.exp(-0.5 * x))
        found = odds_ratios(pd.DataFrame({"x": x}), event)["x"]
        covered.append(found.low <= np.exp(0.5) <= found.high)
    # 150 studies: within three binomial standard errors of 95 %.
    assert np.mean(covered) == pytest.approx(0.95, abs=3 * stats.binom(150, 0.95).std() / 150)
