"""Net benefit by hand, at its limits, and where it is refused."""

import numpy as np
import pandas as pd
import pytest
from sksurv.nonparametric import kaplan_meier_estimator
from survival_reference import veteran, veteran_delayed

from compendium.prediction.decision import _free, _net_benefit, decision_curve
from compendium.survival.times import survival_times


def test_net_benefit_by_hand():
    # Of four treated, one has the event by 2 and none is censored: 1/4 - 3/4 · (0.2/0.8).
    times = survival_times([1, 3, 3, 3], [1, 0, 0, 0])
    treated = np.ones(4, dtype=bool)
    assert _net_benefit(times, treated, 0.2, 2.0) == pytest.approx(1 / 4 - 3 / 4 / 4)
    half = np.array([True, True, False, False])
    assert _net_benefit(times, half, 0.2, 2.0) == pytest.approx(1 / 2 * (1 / 2 - 1 / 2 / 4))
    assert _net_benefit(times, ~treated, 0.2, 2.0) == 0
    # All treated had the event before the horizon: each is a true positive.
    assert _net_benefit(times, np.array([True, False, False, False]), 0.2, 2.0) == 1 / 4
    # Whoever is treated leaves before the horizon: nobody knows.
    gone = survival_times([1, 1, 3, 3], [0, 0, 1, 0])
    assert np.isnan(_net_benefit(gone, half, 0.2, 2.0))


@pytest.mark.parametrize("horizon", [0.5, 30.0, 90.0, 231.0, 999.0, 1000.0])
def test_share_without_the_event_is_that_of_scikit_survival(horizon):
    _, times = veteran()
    at, survival = kaplan_meier_estimator(times.event, times.time)
    expected = np.append(1.0, survival)[np.searchsorted(at, horizon, "right")]
    assert _free(times.time, times.event, horizon) == expected


def test_model_beats_both_rules_where_it_tells_patients_apart():
    data, times = veteran()
    found = decision_curve(
        times,
        data[["karno"]],
        np.random.default_rng(1),
        horizon=90.0,
        thresholds=(0.05, 0.5),
        resamples=20,
    )
    low, middle = found.to_dict("records")
    assert low["model_apparent"] == pytest.approx(low["all"])  # everybody's risk is above 5 %
    assert middle["model"] > max(middle["all"], middle["none"])
    assert set(found["reason"]) == {""}


def test_says_why_there_is_no_curve():
    data, times = veteran_delayed()
    rng = np.random.default_rng(1)
    found = decision_curve(times, data[["karno"]], rng, horizon=90.0)
    assert found["reason"].iloc[0] == "net benefit is not defined with delayed entry"
    few = survival_times(np.arange(1.0, 31.0), np.arange(30) < 9)
    found = decision_curve(few, pd.DataFrame({"x": np.arange(30.0)}), rng, horizon=5.0)
    assert found["reason"].iloc[0] == "9 events; at least 10 needed"
    assert found["model"].isna().all()
