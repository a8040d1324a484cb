"""Whether the plain Cox model has a maximum: whom the separation test takes and whom it spares."""

from pathlib import Path

import numpy as np
import pandas as pd
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from survival_reference import exponential, veteran, veteran_delayed

from compendium.errors import NotEstimable
from compendium.survival.checks import GLOBAL, proportional_hazards, schoenfeld
from compendium.survival.cox import chi2_p, fit_cox
from compendium.survival.separation import require_overlap, separating_direction
from compendium.survival.times import survival_times

SEPARATED = pd.read_csv(Path(__file__).parent / "reference" / "cox_separated.csv")


@pytest.mark.parametrize(
    ("time", "event", "entry", "x", "separated"),
    [
        # no event where x is 0
        ([1, 2, 3, 4], [1, 1, 0, 0], None, [1.0, 1, 0, 0], True),
        # the only event of x = 0 comes when nobody of x = 1 is left: still without a maximum
        ([1, 2, 3, 4], [1, 1, 1, 0], None, [1.0, 1, 0, 0], True),
        # an event of x = 0 while one of x = 1 is at risk
        ([1, 2, 3, 4], [1, 1, 1, 0], None, [1.0, 0, 1, 0], False),
        # the one of x = 1 enters after that event
        ([1, 2, 3, 4], [1, 1, 1, 0], [0, 0, 2, 0], [1.0, 0, 1, 0], True),
        # two tied events that differ
        ([1, 1, 3, 4], [1, 1, 0, 0], None, [1.0, 0, 0, 0], False),
        # the order of times is that of x
        ([1, 2, 3, 4], [1, 1, 1, 1], None, [4.0, 3, 2, 1], True),
        # nobody else is at risk
        ([1, 2], [0, 1], None, [1.0, 2], False),
    ],
)
def test_one_covariate(time, event, entry, x, separated):
    found = separating_direction(np.array(x)[:, None], survival_times(time, event, entry))
    assert (found is not None) == separated


def test_two_covariates_together_that_neither_does_alone():
    # Whoever has the event has the highest sum of the two.
    times = survival_times([1, 2, 3, 4, 5], [1, 1, 1, 0, 0])
    x = np.array([[5.0, 0], [0, 4], [3, 0], [0, 2.9], [2, 0.5]])
    alone = [separating_direction(x[:, [j]], times) for j in (0, 1)]
    assert alone == [None, None]
    direction = separating_direction(x, times)
    assert (direction > 0).all()


def test_one_pair_of_many_decides():
    # Whoever is ahead has the event first, of 19,900 pairs; then but for two neighbours.
    times, x = survival_times(np.arange(1.0, 201), np.ones(200)), np.arange(200.0, 0, -1)[:, None]
    assert (separating_direction(x / 58, times) > 0).all()
    x[[100, 101]] = x[[101, 100]]
    assert separating_direction(x / 58, times) is None


def test_the_covariates_that_separate_are_named():
    x = np.column_stack([[0.1, -0.2, 0.3, -0.1], [1.0, 1, 0, 0]])
    with pytest.raises(NotEstimable, match="^separated by braf: at no event"):
        require_overlap(x, survival_times([1, 2, 3, 4], [1, 1, 0, 0]), ["age", "braf"])


@pytest.mark.parametrize("data", [veteran, veteran_delayed])
def test_real_patients_are_spared(data):
    rows, times = data()
    x = rows[["age", "karno", "diagtime"]].to_numpy(float)
    assert separating_direction(x / x.std(axis=0), times) is None


@pytest.mark.slow
@settings(max_examples=40, deadline=None)
@given(st.integers(0, 10_000), st.integers(4, 12), st.booleans())
def test_is_what_the_likelihood_does_far_out(seed, n, delayed):
    # With one covariate the likelihood rises up to the end on one side just where it is separated.
    rng = np.random.default_rng(seed)
    times = exponential(rng, n, delayed=delayed)
    x = rng.integers(0, 3, n).astype(float)
    if times.events == 0 or np.ptp(x) == 0:
        return
    separated = separating_direction(x[:, None], times) is not None
    try:
        fit_cox(x, times, penalty=False)
        reason = ""
    except NotEstimable as refusal:
        reason = str(refusal)
    assert separated == reason.startswith("separated")
    others = ("do not tell the covariate", "no two patients are compared")
    assert separated or not reason or any(said in reason for said in others)


def test_tests_of_a_separated_model_are_refused():
    times = survival_times(SEPARATED["time"], SEPARATED["event"])
    found = proportional_hazards(times, SEPARATED[["age", "braf"]])
    assert set(found) == {"age", "braf", GLOBAL}
    assert all(one.reason.startswith("separated by braf") for one in found.values())
    assert schoenfeld(times, SEPARATED[["age", "braf"]]).reason.startswith("separated by braf")


def test_no_information_on_a_change_with_time_is_refused():
    # At the second event all at risk are alike, so that the first alone tells of x.
    times = survival_times([1, 1.5, 1.5, 2, 3], [1, 0, 0, 1, 0])
    alike = pd.DataFrame({"x": [1.0, 0, 2, 1, 1]})
    found = proportional_hazards(times, alike, events_per_covariate=1)["x"]
    assert found.reason == "2 events carry no information on a change with time"
    differ = pd.DataFrame({"x": [1.0, 0, 2, 1, 2]})
    assert proportional_hazards(times, differ, events_per_covariate=1)["x"].p < 1


def test_a_negative_chi_squared_is_no_p_of_1():
    assert chi2_p(0.0, 1) == 1
    assert chi2_p(-1e-9, 1) == 1  # rounding
    with pytest.raises(NotEstimable, match="chi-squared would be -3: there is no information"):
        chi2_p(-3.0, 1)
