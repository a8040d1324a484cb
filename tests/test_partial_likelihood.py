"""Risk sets as linear maps, and the likelihood against its definition."""

import math

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from survival_reference import exponential

from compendium.survival import partial_likelihood
from compendium.survival.partial_likelihood import PartialLikelihood, RiskSets
from compendium.survival.times import survival_times


def test_value_of_three_patients_by_hand():
    # Deaths at 1 (x = 1; at risk: all), 2 (x = 0; at risk: the last two); beta = ln 2.
    times = survival_times([1, 2, 3], [1, 1, 0])
    x = np.array([[1.0], [0.0], [1.0]])
    point = PartialLikelihood(x, times, penalty=False).at(np.array([[math.log(2)]]))
    assert point.value[0] == pytest.approx(math.log(2 / 5) + math.log(1 / 3))
    assert point.score[0, 0] == pytest.approx((1 - 4 / 5) + (0 - 2 / 3))
    assert point.information[0, 0, 0] == pytest.approx(4 / 5 * 1 / 5 + 2 / 3 * 1 / 3)


def test_who_has_not_entered_is_not_at_risk():
    times = survival_times([1, 2, 3], [1, 1, 0], [0, 0, 1])
    sums = RiskSets(times).sums(np.array([1.0, 10.0, 100.0]))
    assert sums.tolist() == [11.0, 110.0]


def test_tied_deaths_leave_the_risk_set_in_shares():
    # Two die at 1 of three: Efron's denominators are the sum, and the sum less half the deaths.
    times = survival_times([1, 1, 2], [1, 1, 0])
    assert RiskSets(times).sums(np.array([1.0, 3.0, 5.0])).tolist() == [9.0, 7.0]


@given(seed=st.integers(0, 10_000), delayed=st.booleans())
def test_matrix_and_running_sums_agree_and_are_transposes(seed, delayed):
    rng = np.random.default_rng(seed)
    times = exponential(rng, 25, delayed=delayed)
    if times.events == 0:
        return
    dense = RiskSets(times)
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(partial_likelihood, "DENSE_UP_TO", 0)
        running = RiskSets(times)
    values, of_deaths = rng.normal(size=(2, times.n)), rng.normal(size=(2, times.events))
    np.testing.assert_allclose(dense.sums(values), running.sums(values), atol=1e-12)
    np.testing.assert_allclose(dense.spread(of_deaths), running.spread(of_deaths), atol=1e-12)
    there, back = (dense.sums(values) * of_deaths).sum(), (values * dense.spread(of_deaths)).sum()
    assert there == pytest.approx(back)


@pytest.mark.parametrize("penalty", [False, True])
@pytest.mark.parametrize("delayed", [False, True])
def test_score_is_the_gradient(penalty, delayed):
    rng = np.random.default_rng(7)
    times = exponential(rng, 40, delayed=delayed)
    x = rng.normal(size=(40, 3))
    likelihood = PartialLikelihood(x, times, penalty=penalty)
    beta, h = np.array([0.4, -0.3, 0.8]), 1e-5
    up, down = likelihood.at(beta + h * np.eye(3)), likelihood.at(beta - h * np.eye(3))
    # Central differences are good to h² times a third derivative of order 10.
    np.testing.assert_allclose(
        likelihood.at(beta[None]).score[0], (up.value - down.value) / (2 * h), atol=1e-7
    )
    if not penalty:
        np.testing.assert_allclose(
            likelihood.at(beta[None]).information[0], (down.score - up.score) / (2 * h), atol=1e-7
        )


def test_absurd_betas_keep_the_value_finite():
    times = survival_times([1, 2, 3], [1, 1, 0], [0, 0, 1])
    x = np.array([[0.0], [0.0], [1.0]])
    point = PartialLikelihood(x, times, penalty=False).at(np.array([[5000.0]]))
    assert np.isfinite(point.value).all()
