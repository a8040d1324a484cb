"""Firth's logistic regression.

Origins: reference/firth_logistic_expected.csv: brglm2 0.9 (R 4.2.2) on the endometrial data of
Heinze & Schemper 2002 (reference/firth_endometrial_data.csv) and on the recurrences of the UCI set;
12 digits, tolerance 1e-6 (brglm2 stops at a score of 1e-6). Profile limits and p-values of the
endometrial model: R 4.2.2, the penalised likelihood maximised by optim (BFGS, reltol 1e-15) and its
limits found by uniroot (tol 1e-10); tolerance 1e-5.
"""

from pathlib import Path

import numpy as np
import pandas as pd
import pytest
from hypothesis import assume, given, settings
from hypothesis import strategies as st
from scipy import stats

from compendium.errors import NotEstimable
from compendium.statistics.firth_logistic import fit, odds_ratios, plain_odds_ratios

REFERENCE = Path(__file__).parent / "reference"
ENDOMETRIAL = pd.read_csv(REFERENCE / "firth_endometrial_data.csv")
EXPECTED = pd.read_csv(REFERENCE / "firth_logistic_expected.csv", index_col=["dataset", "term"])
TERMS = ["NV", "PI", "EH"]


def with_intercept(design: pd.DataFrame) -> np.ndarray:
    return np.column_stack([np.ones(len(design)), design.to_numpy(float)])


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

    def test_does_not_depend_on_the_unit(self):
        event = ENDOMETRIAL["HG"]
        one = odds_ratios(ENDOMETRIAL[TERMS], event)["PI"]
        ten = odds_ratios(ENDOMETRIAL[TERMS].assign(PI=ENDOMETRIAL["PI"] / 10), event)["PI"]
        assert ten.low == pytest.approx(one.low**10, rel=1e-5)
        assert ten.p == pytest.approx(one.p, rel=1e-6)


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
