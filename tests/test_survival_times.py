"""Times are checked once, at the boundary."""

import numpy as np
import pandas as pd
import pytest

from compendium.errors import InputError
from compendium.survival.times import matrix, risk_set_sizes, survival_times, times_of


def test_counts_patients_and_events():
    times = survival_times([2, 3, 5], [1, 0, 1], [0, 1, 4])
    assert (times.n, times.events, times.delayed) == (3, 2, True)
    assert not times.from_origin().delayed
    assert times.take([2, 2]).time.tolist() == [5, 5]


@pytest.mark.parametrize(
    ("time", "event", "entry", "message"),
    [
        ([1, 2], [1], None, r"shapes \(2,\), \(1,\), \(2,\)"),
        ([1, 2], [1, 2], None, "other values than 0 and 1"),
        ([1, 0], [1, 1], None, "position 1: time 0 and entry 0 days"),
        ([1, 2], [1, 1], [0, 2], "position 1: time 2 and entry 2 days"),
        ([1, 2], [1, 1], [-1, 0], "position 0: time 1 and entry -1 days"),
        ([1, np.nan], [1, 1], None, "position 1: time nan"),
    ],
)
def test_says_which_patient_has_impossible_times(time, event, entry, message):
    with pytest.raises(InputError, match=message):
        survival_times(time, event, entry)


def test_unknown_unit_is_named():
    with pytest.raises(InputError, match="unit is 'weeks'; expected one of days, months, years"):
        survival_times([1], [1], unit="weeks")


def test_reads_an_endpoints_table_in_years():
    table = pd.DataFrame({"time_days": [365.25], "event": [True], "entry_days": [36.525]})
    times = times_of(table, unit="years")
    assert (times.time[0], times.entry[0], times.unit) == (1.0, pytest.approx(0.1), "years")


def test_who_enters_at_a_time_is_at_risk_only_after_it():
    times = survival_times([3, 5, 5], [1, 1, 0], [0, 3, 2])
    assert risk_set_sizes(times, np.array([2.0, 3.0, 4.0, 5.0])).tolist() == [1, 2, 2, 2]
    assert risk_set_sizes(times, np.array([5.0]), start=4.0).tolist() == [2]


def test_a_gap_in_a_covariate_is_named():
    with pytest.raises(InputError, match="h_score, patient in position 1: nan; expected a number"):
        matrix(pd.DataFrame({"h_score": [100.0, np.nan]}), 2, ["h_score"])
    with pytest.raises(InputError, match="expected 3 rows"):
        matrix([1.0, 2.0], 3)
