"""Profile limits by their definition, by two searches, and where there are none."""

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from survival_reference import exponential, veteran

from compendium.errors import NotEstimable
from compendium.survival import profile_likelihood
from compendium.survival.cox import fit_cox
from compendium.survival.profile_likelihood import profile
from compendium.survival.times import survival_times


@given(seed=st.integers(0, 10_000))
@settings(deadline=None, max_examples=30)
def test_limits_are_where_the_likelihood_has_fallen_by_the_quantile(seed):
    rng = np.random.default_rng(seed)
    times = exponential(rng, 40, delayed=True)
    fit = fit_cox(rng.normal(size=(40, 1)), times)
    limits = profile(fit, level=0.9)
    ends = np.array([[limits.low[0]], [limits.high[0]]]) * fit.scale
    fallen = fit.log_likelihood - np.log(fit.scale[0]) - fit.likelihood.at(ends).value
    np.testing.assert_allclose(2 * fallen, 2.705543454, atol=1e-6)  # chi-squared, 90 %, 1 df


@pytest.mark.parametrize("penalty", [False, True])
def test_search_along_the_profile_finds_the_same(penalty, monkeypatch):
    data, times = veteran()
    fit = fit_cox(data[["karno", "age", "trt"]], times, penalty=penalty)
    together = profile(fit)
    of_nobody = profile_likelihood._roots

    def none_found(*arguments):
        ends, values, found = of_nobody(*arguments)
        return ends, values, found & False

    monkeypatch.setattr(profile_likelihood, "_roots", none_found)
    alone = profile(fit)
    for name in ("low", "high", "p"):
        np.testing.assert_allclose(getattr(alone, name), getattr(together, name), rtol=1e-5)


def test_one_covariate_has_the_p_of_its_model():
    data, times = veteran()
    fit = fit_cox(data[["karno"]], times)
    assert profile(fit).p[0] == pytest.approx(fit.p, rel=1e-6)


def test_a_wider_level_has_wider_limits():
    data, times = veteran()
    fit = fit_cox(data[["karno"]], times)
    wide, narrow = profile(fit, level=0.99), profile(fit, level=0.8)
    assert wide.low[0] < narrow.low[0] < fit.coef[0] < narrow.high[0] < wide.high[0]


def test_a_likelihood_that_does_not_fall_has_no_limit(monkeypatch):
    monkeypatch.setattr(profile_likelihood, "FARTHEST", 0.5)
    monkeypatch.setattr(profile_likelihood, "MAX_STEPS", 1)
    times = survival_times(np.arange(1, 13), [1, 1, 0] * 4)
    fit = fit_cox(np.r_[np.ones(6), np.zeros(6)], times)
    with pytest.raises(NotEstimable, match="does not fall on both sides"):
        profile(fit)
