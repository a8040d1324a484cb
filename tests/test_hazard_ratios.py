"""Factors are refused by rule, and else get Firth's hazard ratio; a patient on each side."""

import numpy as np
import pandas as pd
import pytest
from survival_reference import expected, veteran, veteran_delayed

from compendium.survival.hazard_ratios import (
    Factor,
    as_table,
    hazard_ratios,
    refusal,
    survival_factors,
)
from compendium.survival.times import survival_times

DAYS = list(range(100, 700, 20))
NAMES = [f"P{i:03d}" for i in range(30)]


def endpoint(events: int, *, entry_day: int = 500) -> pd.DataFrame:
    return pd.DataFrame(
        {
            "patient_id": NAMES,
            "entry_days": 50.0,
            "time_days": [float(day) for day in DAYS],
            "event": [i < events for i in range(30)],
            "entry_day": entry_day,
        }
    )


def marker(**known: object) -> Factor:
    return Factor("Trop2 H-score", pd.Series(np.arange(30.0) % 7, index=NAMES), **known)


@pytest.mark.parametrize(
    ("events", "reason"),
    [(9, "9 events; at least 10 needed"), (10, "")],
)
def test_ten_events_for_a_factor(events, reason):
    found = survival_factors(endpoint(events), [marker()])["Trop2 H-score"]
    assert (found.reason, found.events, found.n) == (reason, events, 30)
    assert found.estimable == (not reason)


@pytest.mark.parametrize(
    ("events", "reason"),
    [(19, "19 events; at least 20 needed for 2 covariates"), (20, "")],
)
def test_ten_events_for_each_of_two(events, reason):
    other = Factor("Age", pd.Series(np.arange(30.0) % 5, index=NAMES))
    found = survival_factors(endpoint(events), [marker(), other], adjusted=True)
    assert [e.reason for e in found.values()] == [reason, reason]


@pytest.mark.parametrize(
    ("factor", "refused"),
    [
        (Factor("progression", pd.Series(1.0, index=NAMES)), True),
        (Factor("renamed", pd.Series(["rapid", "stable", None] * 10, index=NAMES)), True),
        (Factor("volume_doublings_per_year", pd.Series(0.3, index=NAMES)), True),
        (Factor("braf", pd.Series(["mutant"] * 30, index=NAMES)), False),
    ],
)
def test_what_progression_defines_does_not_explain_it(factor, refused):
    assert bool(refusal(endpoint(20), factor)) == refused


def test_the_refusal_says_why_in_place_of_a_number():
    circular = Factor("course", pd.Series(["rapid", "stable"] * 15, index=NAMES))
    found = survival_factors(endpoint(20), [circular, marker()])
    assert found["course"].reason == "defined by the progression that it would explain"
    assert found["Trop2 H-score"].estimable
    together = survival_factors(endpoint(30), [circular, marker()], adjusted=True)
    assert together["Trop2 H-score"].reason.startswith("course: defined by the progression")


@pytest.mark.parametrize(("scan_day", "late"), [(500, 0), (501, 30)])
def test_a_marker_is_known_when_observation_begins(scan_day, late):
    known = marker(known_day=pd.Series(scan_day, index=NAMES))
    reason = f"measured after entry in {late} of 30 patients" if late else ""
    assert refusal(endpoint(20), known) == reason


def test_nobody_at_risk_is_said():
    found = survival_factors(endpoint(20).head(0), [marker()])
    assert found["Trop2 H-score"].reason == "nobody at risk"


def test_ratio_is_per_sd_and_of_yes_against_no():
    data, times = veteran()
    columns = {"karno": data["karno"], "treated": data["trt"] == 2}
    found = hazard_ratios(times, pd.DataFrame(columns), penalty=False)
    # R: coxph(Surv(time, status) ~ karno + trt), karno's coefficient times its SD of 20.04.
    assert found["karno"].unit == "per SD (20)"
    assert found["treated"].unit == "yes vs no"
    per_point = hazard_ratios(times, pd.DataFrame(columns).assign(karno=data["karno"] / 10))
    assert per_point["karno"].estimate == pytest.approx(
        hazard_ratios(times, pd.DataFrame(columns))["karno"].estimate, rel=1e-6
    )


@pytest.mark.parametrize(("model", "study"), [("veteran", veteran), ("delayed", veteran_delayed)])
def test_the_plain_model_agrees_with_r(model, study):
    # R 4.2.2, survival 3.5-3: coxph, Efron ties; its 12 digits, lifelines' steps to 1e-12.
    data, times = study()
    known = expected("cox").query("model == @model").set_index("term")
    found = hazard_ratios(times, data[known.index].astype(float), penalty=False)
    for term, ratio in found.items():
        binary = set(data[term].unique()) <= {0, 1}
        per_unit = 1.0 if binary else data[term].std()
        coef, se = known.loc[term, ["coef", "se"]].astype(float) * per_unit
        assert np.log(ratio.estimate) == pytest.approx(coef, rel=2e-8)
        assert np.log(ratio.low) == pytest.approx(coef - 1.959963984540054 * se, rel=2e-8)
        assert np.log(ratio.high) == pytest.approx(coef + 1.959963984540054 * se, rel=2e-8)
        assert ratio.method.endswith("Wald")


def test_where_the_plain_model_runs_off_firths_stays():
    times = survival_times(np.arange(1.0, 21), np.arange(20) < 12)
    apart = pd.DataFrame({"x": np.arange(20) < 12})
    plain, firth = (hazard_ratios(times, apart, penalty=p)["x"] for p in (False, True))
    assert plain.reason.startswith("separated by x: at no event is anybody at risk ahead")
    assert 1 < firth.low < firth.estimate < firth.high < np.inf


def test_patients_without_a_value_are_left_out_and_counted():
    data, times = veteran()
    gaps = pd.DataFrame({"karno": data["karno"].astype(float).mask(data.index < 7)})
    found = hazard_ratios(times, gaps)["karno"]
    assert found.n == 130
    assert found.events == int(data["status"].iloc[7:].sum())


def test_a_constant_factor_has_no_ratio():
    times = survival_times(np.arange(1, 31), np.ones(30))
    found = hazard_ratios(times, pd.DataFrame({"same": np.full(30, 3.0)}))["same"]
    assert found.reason == "same is the same in all patients"


def test_delayed_entry_is_named_in_the_method():
    found = survival_factors(endpoint(20), [marker()])["Trop2 H-score"]
    assert found.method == "Firth's Cox model, Efron ties, delayed entry, profile likelihood"


def test_table_has_a_row_a_factor():
    table = as_table(survival_factors(endpoint(5), [marker()]), endpoint="PFS")
    assert table[["term", "endpoint", "events"]].values.tolist() == [["Trop2 H-score", "PFS", 5]]


def test_one_patient_has_no_hazard_ratio():
    one = hazard_ratios(
        survival_times([5], [1]), pd.DataFrame({"x": [1.0]}), events_per_covariate=1
    )
    assert one["x"].reason == "1 patients; at least 2 needed"
