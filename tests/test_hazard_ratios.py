"""Factors are refused by rule, and else get Firth's hazard ratio; a patient on each side."""

import warnings

import numpy as np
import pandas as pd
import pytest
from lifelines import CoxPHFitter
from survival_reference import expected, veteran, veteran_delayed

from compendium.errors import InputError
from compendium.rules import Rules
from compendium.survival.cox import fit_cox
from compendium.survival.hazard_ratios import (
    MODELS,
    Factor,
    as_table,
    hazard_ratios,
    refusal,
    survival_factors,
)
from compendium.survival.times import survival_times

RULES = Rules()
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


def yes_or_no(name: str = "BRAF") -> Factor:
    return Factor(name, pd.Series([i % 3 == 0 for i in range(30)], index=NAMES))


@pytest.mark.parametrize(
    ("factors", "few", "enough", "why"),
    [
        ([marker()], 4, 5,
         "4 events for a continuous factor; under 5 only ratios over 4.1 per SD could show "
         "(power)"),
        ([marker(), Factor("Age", pd.Series(np.arange(30.0) % 5, index=NAMES))], 7, 8,
         "7 events for 2 factors; under 8 only ratios over 2.9 per SD could show (power)"),
        ([yes_or_no()], 9, 10,
         "9 events for a yes/no factor; under 10 its estimate is biased (validity)"),
        ([yes_or_no(), marker()], 12, 13,
         "12 events for 2 factors, one of them yes/no; under 13 its estimate is biased (validity)"),
    ],
    ids=["continuous", "two", "yes/no", "mixed"],
)  # fmt: skip
def test_events_that_factors_need(factors, few, enough, why):
    adjusted = len(factors) > 1
    refused = survival_factors(endpoint(few), factors, RULES, adjusted=adjusted)
    assert {e.reason for e in refused.values()} == {why}
    found = survival_factors(endpoint(enough), factors, RULES, adjusted=adjusted)
    assert all(e.estimable and e.low < e.estimate < e.high for e in found.values())


@pytest.mark.parametrize(
    ("asked", "events", "reason"),
    [
        ({"events_continuous": 12}, 11, "(power)"),
        ({"events_continuous": 12}, 12, ""),
        ({"events_continuous": 3}, 2, "(power)"),
        ({"events_continuous": 3}, 0, "no event"),
    ],
)
def test_a_study_may_ask_for_more_or_fewer(asked, events, reason):
    found = survival_factors(endpoint(events), [marker()], RULES.replace(**asked))
    assert found["Trop2 H-score"].reason.endswith(reason)
    assert found["Trop2 H-score"].estimable == (not reason)


def test_more_events_for_a_yes_no_factor_are_asked_for_power():
    found = survival_factors(endpoint(15), [yes_or_no()], RULES.replace(events_yes_no=20))["BRAF"]
    assert found.reason.endswith("(power)")


@pytest.mark.parametrize(("events", "word"), [(9, "imprecise"), (10, "")])
def test_few_events_are_called_imprecise(events, word):
    found = survival_factors(endpoint(events), [marker()], RULES)["Trop2 H-score"]
    assert found.precision == word


@pytest.mark.parametrize(("carriers", "word"), [(7, "imprecise"), (8, "")])
def test_few_carriers_are_called_imprecise(carriers, word):
    rare = pd.Series([i % 3 == 0 and i < 3 * carriers for i in range(30)], index=NAMES)
    found = survival_factors(endpoint(20), [Factor("BRAF", rare)], RULES)["BRAF"]
    assert found.precision == word


def test_the_detectable_ratio_is_schoenfelds():
    # All at risk from the origin and few events: events × variance is the information of a factor.
    rng = np.random.default_rng(3)
    x, n = rng.standard_normal(3000), 3000
    times = survival_times(np.arange(1.0, n + 1), np.arange(n) < 40)
    found = hazard_ratios(times, pd.DataFrame({"x": x}), RULES)["x"]
    assert np.log(found.detectable) == pytest.approx((1.959964 + 0.841621) / 40**0.5, rel=0.03)
    known = pd.DataFrame({"x": x > 1})
    share = (x > 1).mean()
    found = hazard_ratios(times, known, RULES)["x"]
    expected = (1.959964 + 0.841621) / (40 * share * (1 - share)) ** 0.5
    assert np.log(found.detectable) == pytest.approx(expected, rel=0.03)


@pytest.mark.parametrize(("m", "binary"), [(1.0, False), (2.0, False), (1.0, True)])
def test_the_prior_is_what_two_weighted_strata_add(m, binary):
    # lifelines, with entry, strata and weights: the event once with, once without a unit of x.
    data, times = veteran_delayed()
    x = (data["trt"] == 2).to_numpy(float) if binary else data["karno"].to_numpy(float)
    rules = RULES.replace(prior_pseudo_events=m)
    found = hazard_ratios(times, pd.DataFrame({"x": x}), rules, model="log-F prior")["x"]
    unit = 1.0 if binary else x.std(ddof=1)
    patients = pd.DataFrame({"x": x / unit, "time": times.time, "event": times.event,
                             "entry": times.entry, "stratum": 0, "weight": 1.0})  # fmt: skip
    pseudo = pd.DataFrame({"x": [1.0, 0, 0, 1], "time": [1.0, 2, 1, 2], "event": [1, 0, 1, 0],
                           "entry": 0.0, "stratum": [1, 1, 2, 2], "weight": m / 2})  # fmt: skip
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        oracle = CoxPHFitter().fit(
            pd.concat([patients, pseudo]), "time", "event", entry_col="entry", strata=["stratum"],
            weights_col="weight", fit_options={"precision": 1e-12},
        )  # fmt: skip
    assert np.log(found.estimate) == pytest.approx(oracle.params_["x"], abs=1e-6)
    assert found.low < found.estimate < found.high


def test_the_prior_holds_an_estimate_where_the_plain_model_is_separated():
    times = survival_times(np.arange(1.0, 21), np.arange(20) < 12)
    apart = pd.DataFrame({"x": np.arange(20) < 12})
    found = hazard_ratios(times, apart, RULES, model="log-F prior")["x"]
    assert 1 < found.low < found.estimate < found.high < np.inf
    assert found.method == "Cox model, log-F(1, 1) prior, Efron ties, profile likelihood"
    with pytest.raises(InputError, match="a penalty and a prior of 1 pseudo-events"):
        fit_cox(apart, times, prior=1.0)


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
    found = survival_factors(endpoint(20), [circular, marker()], RULES)
    assert found["course"].reason == "defined by the progression that it would explain"
    assert found["Trop2 H-score"].estimable
    together = survival_factors(endpoint(30), [circular, marker()], RULES, adjusted=True)
    assert together["Trop2 H-score"].reason.startswith("course: defined by the progression")


@pytest.mark.parametrize(("scan_day", "late"), [(500, 0), (501, 30)])
def test_a_marker_is_known_when_observation_begins(scan_day, late):
    known = marker(known_day=pd.Series(scan_day, index=NAMES))
    reason = f"measured after entry in {late} of 30 patients" if late else ""
    assert refusal(endpoint(20), known) == reason


def test_nobody_at_risk_is_said():
    found = survival_factors(endpoint(20).head(0), [marker()], RULES)
    assert found["Trop2 H-score"].reason == "nobody at risk"


def test_ratio_is_per_sd_and_of_yes_against_no():
    data, times = veteran()
    columns = {"karno": data["karno"], "treated": data["trt"] == 2}
    found = hazard_ratios(times, pd.DataFrame(columns), RULES, model="plain")
    # R: coxph(Surv(time, status) ~ karno + trt), karno's coefficient times its SD of 20.04.
    assert found["karno"].unit == "per SD (20)"
    assert found["treated"].unit == "yes vs no"
    per_point = hazard_ratios(times, pd.DataFrame(columns).assign(karno=data["karno"] / 10), RULES)
    assert per_point["karno"].estimate == pytest.approx(
        hazard_ratios(times, pd.DataFrame(columns), RULES)["karno"].estimate, rel=1e-6
    )


@pytest.mark.parametrize(("model", "study"), [("veteran", veteran), ("delayed", veteran_delayed)])
def test_the_plain_model_agrees_with_r(model, study):
    # R 4.2.2, survival 3.5-3: coxph, Efron ties; its 12 digits, lifelines' steps to 1e-12.
    data, times = study()
    known = expected("cox").query("model == @model").set_index("term")
    found = hazard_ratios(times, data[known.index].astype(float), RULES, model="plain")
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
    plain, firth = (hazard_ratios(times, apart, RULES, model=m)["x"] for m in ("plain", "Firth"))
    assert plain.reason.startswith("separated by x: at no event is anybody at risk ahead")
    assert 1 < firth.low < firth.estimate < firth.high < np.inf


def test_patients_without_a_value_are_left_out_and_counted():
    data, times = veteran()
    gaps = pd.DataFrame({"karno": data["karno"].astype(float).mask(data.index < 7)})
    found = hazard_ratios(times, gaps, RULES)["karno"]
    assert found.n == 130
    assert found.events == int(data["status"].iloc[7:].sum())


def test_a_constant_factor_has_no_ratio():
    times = survival_times(np.arange(1, 31), np.ones(30))
    found = hazard_ratios(times, pd.DataFrame({"same": np.full(30, 3.0)}), RULES)["same"]
    assert found.reason == "same is the same in all patients"
    rounded = pd.DataFrame({"same": np.where(np.arange(30) % 2, 0.3, 0.1 + 0.2)})
    assert hazard_ratios(times, rounded, RULES)["same"].reason == found.reason


def test_delayed_entry_is_named_in_the_method():
    found = survival_factors(endpoint(20), [marker()], RULES)["Trop2 H-score"]
    assert found.method == "Firth's Cox model, Efron ties, delayed entry, profile likelihood"


def test_table_has_a_row_a_factor():
    table = as_table(survival_factors(endpoint(5), [marker()], RULES), endpoint="PFS")
    assert table[["term", "endpoint", "events"]].values.tolist() == [["Trop2 H-score", "PFS", 5]]


def test_one_patient_has_no_hazard_ratio():
    one = hazard_ratios(survival_times([5], [1]), pd.DataFrame({"x": [1.0]}), RULES)
    assert one["x"].reason == "1 patient in whom all is known; at least 2 needed"


@pytest.mark.parametrize("model", MODELS)
def test_everybody_dead_on_one_day_compares_nobody(model):
    x = pd.DataFrame({"x": np.arange(20.0) % 7})
    together = survival_times(np.full(20, 5.0), np.ones(20))
    found = hazard_ratios(together, x, RULES, model=model)["x"]
    assert found.reason == "20 events, all on one day: no two patients are compared"
    one_lives = survival_times(np.r_[np.full(19, 5.0), 6.0], np.r_[np.ones(19), 0])
    assert hazard_ratios(one_lives, x, RULES, model=model)["x"].estimable


def test_nobody_at_risk_who_outlives_an_event_compares_nobody():
    # Each leaves with the event before the next is observed.
    alone = survival_times([1, 2, 3, 4, 5, 6], np.ones(6), [0, 1, 2, 3, 4, 5])
    found = hazard_ratios(alone, pd.DataFrame({"x": np.arange(6.0)}), RULES)["x"]
    assert found.reason == (
        "6 events, at each event all who are at risk: no two patients are compared"
    )


@pytest.mark.parametrize(
    ("model", "finite"), [("Firth", True), ("plain", False), ("log-F prior", True)]
)
def test_separation_by_two_covariates_together(model, finite):
    rng = np.random.default_rng(1)
    a, time = rng.normal(size=20), np.arange(1.0, 21)
    both = pd.DataFrame({"a": a, "b": -time - 3 * a})
    found = hazard_ratios(survival_times(time, np.ones(20)), both, RULES, model=model)["a"]
    assert found.estimable == finite
    if finite:
        assert found.low < found.estimate < found.high < np.inf
    else:
        assert found.reason.startswith("separated by a, b")


def test_a_covariate_known_for_two_patients_has_a_reason():
    x = pd.DataFrame({"x": np.where(np.arange(20) < 2, 50 + np.arange(20.0), np.nan)})
    found = hazard_ratios(survival_times(np.arange(1.0, 21), np.ones(20)), x, RULES)["x"]
    assert (found.n, found.events) == (2, 2)
    assert found.reason.startswith("2 events for a continuous factor")


def test_a_covariate_known_for_two_patients_leaves_the_others_their_model():
    rare = Factor("TERT", pd.Series([1.0, 0.0], index=NAMES[:2]))
    most = Factor("Age", pd.Series(np.arange(20.0) % 5, index=NAMES[:20]))  # two thirds, enough
    found = survival_factors(endpoint(25), [marker(), rare, most], RULES, adjusted=True)
    assert list(found) == ["Trop2 H-score", "TERT", "Age"]
    assert found["TERT"].reason == "known in 2 of 30 patients"
    without = survival_factors(endpoint(25), [marker(), most], RULES, adjusted=True)
    assert found["Age"] == without["Age"]
    assert (found["Age"].estimable, found["Age"].n) == (True, 20)
    alone = survival_factors(endpoint(25), [rare], RULES, adjusted=True)
    assert alone["TERT"].reason == "known in 2 of 30 patients"
