"""Learners judged on unseen patients: signal is found, noise is not, few events are refused."""

import numpy as np
import pandas as pd
import pytest
from survival_reference import exponential, veteran_delayed

from compendium.prediction import learners
from compendium.prediction.learners import nested_cross_validation
from compendium.survival.times import survival_times


@pytest.fixture(autouse=True)
def few_trees(monkeypatch):
    monkeypatch.setattr(learners, "TREES", 10)


@pytest.mark.parametrize("learner", ["coxnet", "forest"])
@pytest.mark.parametrize(("effect", "low", "high"), [(1.5, 0.65, 0.95), (0.0, 0.35, 0.65)])
@pytest.mark.slow
def test_c_is_high_with_signal_and_near_one_half_without(learner, effect, low, high):
    rng = np.random.default_rng(2)
    x = pd.DataFrame(rng.normal(size=(100, 3)), columns=["a", "b", "c"])
    times = survival_times(rng.exponential(np.exp(-effect * x["a"])), np.ones(100))
    found = nested_cross_validation(times, x, learner, rng, repeats=1)
    assert low < found.estimate < high
    assert "3 variables, 33.3 events a variable; exploratory" in found.method


@pytest.mark.parametrize(("events", "reason"), [(19, "19 events; at least 20 needed"), (20, "")])
def test_twenty_events_are_needed(events, reason):
    rng = np.random.default_rng(2)
    times = survival_times(rng.exponential(size=40), np.arange(40) < events)
    x = pd.DataFrame({"a": rng.normal(size=40)})
    assert nested_cross_validation(times, x, "coxnet", rng, repeats=1).reason == reason


def test_delayed_entry_is_refused():
    data, times = veteran_delayed()
    found = nested_cross_validation(times, data[["age"]], "forest", np.random.default_rng(1))
    assert found.reason == "scikit-survival has no delayed entry"


def test_folds_hold_each_patient_once_and_share_out_events():
    times = exponential(np.random.default_rng(1), 53, delayed=False)
    folds = list(learners._folds(times, 5, np.random.default_rng(2)))
    tested = np.concatenate([test for _, test in folds])
    assert sorted(tested) == list(range(53))
    counts = [int(times.event[test].sum()) for _, test in folds]
    assert max(counts) - min(counts) <= 1


def test_same_seed_same_number():
    rng = np.random.default_rng(2)
    times = survival_times(rng.exponential(size=40), np.ones(40))
    x = pd.DataFrame({"a": rng.normal(size=40)})
    one, two = (
        nested_cross_validation(times, x, "coxnet", np.random.default_rng(3), repeats=1)
        for _ in range(2)
    )
    assert one == two
