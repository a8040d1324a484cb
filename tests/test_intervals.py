"""Progression between visits: the truth is found, and the visits' spacing shows."""

import numpy as np
import pandas as pd
import pytest

from compendium.calendar import DAYS_PER_YEAR
from compendium.survival.hazard_ratios import Factor
from compendium.survival.intervals import interval_hazard_ratios


def simulated(n: int, visit_years: float, seed: int) -> tuple[pd.DataFrame, Factor]:
    """Weibull progression (shape 1.3, log hazard ratio 0.7 per unit) seen at visits after entry."""
    rng = np.random.default_rng(seed)
    x = rng.normal(size=4 * n)
    happens = 5 * (rng.exponential(size=4 * n) * np.exp(-0.7 * x)) ** (1 / 1.3)
    entry = rng.uniform(0, 3, 4 * n)
    seen = np.flatnonzero(happens > entry)[:n]
    happens, entry, x = happens[seen], entry[seen], x[seen]
    visits = np.floor((happens - entry) / visit_years)
    before, after = entry + visits * visit_years, entry + (visits + 1) * visit_years
    leaves = entry + 6.0
    event = after <= leaves
    end = np.where(event, after, entry + np.floor(6.0 / visit_years) * visit_years)
    names = [f"P{i:03d}" for i in range(n)]
    table = pd.DataFrame(
        {
            "patient_id": names,
            "entry_days": entry * DAYS_PER_YEAR,
            "time_days": end * DAYS_PER_YEAR,
            "free_days": np.where(event, before, end) * DAYS_PER_YEAR,
            "event": event,
            "entry_day": 1000,
        }
    )
    return table, Factor("x", pd.Series(x, index=names))


@pytest.mark.slow
def test_the_truth_is_within_the_interval():
    table, factor = simulated(400, 1.0, seed=3)
    found = interval_hazard_ratios(table, factor)["between visits"]
    truth = np.exp(0.7 * factor.values.std())
    assert found.low < truth < found.high
    assert found.unit.startswith("per SD (")
    assert "between visits" in found.method


@pytest.mark.slow
def test_close_visits_make_no_difference():
    table, factor = simulated(120, 0.02, seed=4)
    found = interval_hazard_ratios(table, factor)
    between, at = found["between visits"], found["at the visit"]
    assert between.estimate == pytest.approx(at.estimate, rel=0.01)


def test_few_events_a_constant_and_a_circular_factor_are_said():
    table, factor = simulated(12, 1.0, seed=5)
    few = interval_hazard_ratios(table.assign(event=[True] * 9 + [False] * 3), factor)
    assert {e.reason for e in few.values()} == {"9 events; at least 10 needed"}
    table, factor = simulated(60, 1.0, seed=6)
    same = Factor("x", factor.values * 0)
    assert interval_hazard_ratios(table, same)["at the visit"].reason.startswith("x is the same")
    course = Factor("course", pd.Series("rapid", index=table["patient_id"]))
    assert "defined by" in interval_hazard_ratios(table, course)["between visits"].reason
