"""What the operating characteristics are made of; the long runs belong to the benchmarks."""

import numpy as np
import pytest

from compendium.operating.monte_carlo import wilson
from compendium.operating.survival import (
    delayed_entry_bias,
    null_rejection,
    null_times,
    truncated_times,
)


@pytest.mark.parametrize("delayed", [False, True])
def test_null_data_have_the_events_asked_for(delayed):
    times = null_times(12, np.random.default_rng(1), delayed=delayed)
    assert (times.n, times.events, times.delayed) == (20, 12, delayed)


@pytest.mark.slow
def test_rejection_is_near_nominal_with_its_monte_carlo_error():
    found = null_rejection(20, 300, np.random.default_rng(2))
    assert (found.low, found.high) == pytest.approx(wilson(300 * found.estimate, 300))
    # 300 replicates: the nominal 5 % within four Monte-Carlo standard errors of 1.3 %.
    assert abs(found.estimate - 0.05) < 0.05
    adjusted = null_rejection(20, 20, np.random.default_rng(2), covariates=2)
    assert adjusted.n == 20


def test_who_is_seen_has_lived_to_entry():
    times, x = truncated_times(50, 0.7, np.random.default_rng(3))
    assert (times.time > times.entry).all()
    assert times.n == len(x) == 50
    assert x.mean() < 0  # those at high risk died before they could enter


@pytest.mark.slow
def test_ignoring_entry_is_biased_and_respecting_it_is_not():
    found = delayed_entry_bias(60, np.random.default_rng(4), n=400).set_index("entry")
    truth = found["truth_survival"].iloc[0]
    respected, ignored = found.loc["respected"], found.loc["ignored"]
    assert abs(respected["bias"]) < 3 * respected["log_hr_mc_se"]
    assert ignored["bias"] > 2 * ignored["log_hr_mc_se"]
    assert abs(respected["survival"] - truth) < 3 * respected["survival_mc_se"]
    assert ignored["survival"] - truth > 0.1
