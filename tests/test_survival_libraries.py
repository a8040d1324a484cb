"""Where lifelines differs from R, and so is not asked: a test that fails is good news.

docs/decisions/survival-libraries.md has these figures; R's are of survival 3.5-3 and survRM2.
"""

import numpy as np
import pandas as pd
import pytest
from lifelines import AalenJohansenFitter, CoxPHFitter, KaplanMeierFitter
from lifelines.exceptions import StatError
from lifelines.statistics import proportional_hazard_test
from lifelines.utils import restricted_mean_survival_time
from scipy.integrate import IntegrationWarning
from survival_reference import expected, veteran, veteran_delayed

from compendium.survival.kaplan_meier import kaplan_meier, number_at_risk
from compendium.survival.times import SurvivalTimes, survival_times


def fitted(times: SurvivalTimes) -> KaplanMeierFitter:
    entry = times.entry if times.delayed else None
    return KaplanMeierFitter().fit(times.time, times.event, entry=entry)


def test_median_of_a_curve_that_is_flat_at_one_half():
    data, times = veteran()
    second = times.take(data["trt"] == 2)
    assert fitted(second).median_survival_time_ == 52
    known = expected("kaplan_meier").query("group == 'trt=2' and quantity == 'median'")
    assert kaplan_meier(second).median().estimate == known["estimate"].item() == 52.5


@pytest.mark.parametrize(("from_start", "theirs"), [(False, [53, 24, 10]), (True, [55, 25, 11])])
def test_number_at_risk_under_the_axis(from_start, theirs):
    times, ticks = veteran_delayed()[1], [100, 200, 365]
    table = fitted(times).event_table
    # As lifelines.plotting.add_at_risk_counts counts, at either of its two settings.
    at_risk = table["at_risk"] - (0 if from_start else table["removed"])
    assert [int(at_risk.loc[:tick].iloc[-1]) for tick in ticks] == theirs
    assert number_at_risk(times, ticks).tolist() == [55, 25, 10]  # R's


def test_a_curve_that_goes_on_after_a_tie_of_the_last_exit_with_an_entry():
    times = survival_times([2, 3, 7, 8], [1, 0, 1, 1], [0, 1, 3, 5])
    assert kaplan_meier(times).survival.tolist() == pytest.approx([1 / 2, 1 / 4, 0])
    gap = survival_times([2, 3, 7, 8], [1, 0, 1, 1], [0, 1, 4, 5])
    with pytest.raises(StatError, match="too few early truncation times"):
        KaplanMeierFitter().fit(gap.time, gap.event, entry=gap.entry)


@pytest.mark.slow
def test_standard_error_of_the_restricted_mean():
    data, times = veteran()
    first = times.take(data["trt"] == 1)
    with pytest.warns(IntegrationWarning):  # steps by quadrature
        _, variance = restricted_mean_survival_time(fitted(first), t=182.625, return_variance=True)
    # R: 8.038. lifelines' is the variance of min(T, tau) itself, 66.2², not of its mean.
    assert np.sqrt(variance) == pytest.approx(66.22, abs=0.01)
    assert np.sqrt(variance / first.n) == pytest.approx(7.973, abs=0.001)


def test_proportional_hazards():
    data, times = veteran()
    columns = ["trt", "karno", "diagtime", "age", "prior"]
    frame = data[columns].assign(time=times.time, event=times.event)
    model = CoxPHFitter().fit(frame, "time", "event", fit_options={"precision": 1e-12})
    found = proportional_hazard_test(model, frame, time_transform="km").summary
    # R's score test: 0.140; this is its approximation of before 2020.
    assert found.loc["age", "p"] == pytest.approx(0.0226, abs=0.0001)


def test_the_default_precision_of_the_cox_model():
    data, times = veteran()
    known = expected("cox").query("model == 'veteran'").set_index("term")["coef"].astype(float)
    frame = data[known.index].assign(time=times.time, event=times.event)
    off = abs(CoxPHFitter().fit(frame, "time", "event").params_ / known - 1).max()
    assert 1e-4 < off < 1e-3


def test_incidence_of_competing_causes_with_ties_is_drawn_by_lot():
    time, cause = np.repeat([1.0, 2.0, 3.0], 4), np.tile([1, 2, 0, 1], 3)

    def incidence(seed: int) -> pd.DataFrame:
        fitter = AalenJohansenFitter(seed=seed)
        with pytest.warns(Warning, match="Tied event times"):
            return fitter.fit(time, cause, event_of_interest=1).cumulative_density_

    ends = {round(float(incidence(seed).iloc[-1, 0]), 9) for seed in range(6)}
    assert len(ends) > 1
