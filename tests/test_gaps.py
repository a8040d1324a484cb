"""What gaps could do: patterns, the imputed odds ratio, the E-value, the tipping point."""

import itertools
import math

import numpy as np
import pandas as pd
import pytest
from scipy import stats

from compendium.estimates import Estimate, not_estimable
from compendium.rules import Rules
from compendium.statistics.firth_logistic import fit, odds_ratios
from compendium.statistics.intervals import hodges_lehmann
from compendium.suppression.counts import Counts
from compendium.trop2.adjusted import model_columns
from compendium.trop2.gaps import (
    e_value,
    imputed_odds_ratio,
    patterns,
    tipping_point,
    turning_number,
)

GROUPS = ("responder", "non_responder")
TERMS = ["h_score", "age_years", "braf_v600e"]


def patients(n: int = 60, untested: int = 12) -> pd.DataFrame:
    rng = np.random.default_rng(4)
    response = np.where(np.arange(n) % 2, "non_responder", "responder")
    genes = np.where(rng.random(n) < 0.6, "mutant", "wild_type").astype(object)
    genes[:untested] = "not_tested"
    return pd.DataFrame(
        {
            "rai_response": response,
            "h_score": rng.normal(120, 50, n) + 40 * (response == "non_responder"),
            "age_years": rng.normal(50, 10, n),
            "braf_v600e": genes,
        }
    )


def imputed(frame: pd.DataFrame, rules: Rules | None = None) -> Estimate:
    rng = np.random.default_rng(9)
    return imputed_odds_ratio(
        frame, "rai_response", GROUPS, TERMS, rules or Rules(), rng, sets=5, donors=5
    )


def test_patterns_count_what_is_unknown_together():
    frame = patients(6, 3).assign(age_years=[50.0, np.nan, 50, 50, 50, 50])
    found = patterns(frame, "rai_response", GROUPS, TERMS)
    assert found.to_dict("records") == [
        {"unknown": "nothing", "responder": 1, "non_responder": 2},
        {"unknown": "BRAF V600E mutant", "responder": 2, "non_responder": 0},
        {"unknown": "Age, per 10 years, BRAF V600E mutant", "responder": 0, "non_responder": 1},
    ]


@pytest.mark.slow
def test_nobody_is_left_out_for_a_gene():
    found = imputed(patients())
    assert (found.n, found.events) == (60, 30)
    assert "12 patients with gaps" in found.method
    assert found.low < found.estimate < found.high


@pytest.mark.slow
def test_without_gaps_it_is_firths_estimate():
    frame = patients(60, 0)
    design = model_columns(frame, TERMS)
    known = odds_ratios(design, frame["rai_response"] == "non_responder")["h_score"]
    found = imputed(frame)
    assert found.estimate == pytest.approx(known.estimate, rel=1e-6)
    # Wald's limits, of Student's t; the profile's are a little shorter below.
    x = np.column_stack([np.ones(60), design.to_numpy(float)])
    model = fit(x, (frame["rai_response"] == "non_responder").to_numpy(float))
    df = 56 * 57 / 59
    half = stats.t.ppf(0.975, df) * math.sqrt(model.covariance[1, 1])
    assert np.log([found.low, found.high]) == pytest.approx(
        [model.coefficients[1] - half, model.coefficients[1] + half]
    )


@pytest.mark.slow
def test_a_gene_known_to_two_patients_is_left_out_of_both_models():
    found = imputed(patients(60, 58))
    without = patients(60, 58).assign(braf_v600e="mutant")
    assert found.estimate == pytest.approx(imputed(without).estimate)


def test_too_few_patients_have_the_reason_of_the_adjusted_model():
    found = imputed(patients(20, 0))
    assert found.reason == "10 patients in the smaller group; 3 terms need at least 15"


@pytest.mark.parametrize(
    ("ratio", "low", "high", "point", "limit"),
    [
        (4.0, 2.25, 9.0, 2 + math.sqrt(2), 1.5 + math.sqrt(0.75)),  # risk ratios 2 and 1.5
        (0.25, 0.1, 1 / 2.25, 2 + math.sqrt(2), 1.5 + math.sqrt(0.75)),
        (4.0, 0.9, 9.0, 2 + math.sqrt(2), 1.0),
        (1.0, 0.5, 2.0, 1.0, 1.0),
    ],
)
def test_e_value_by_the_square_root(ratio, low, high, point, limit):
    found = e_value(Estimate(estimate=ratio, low=low, high=high))
    assert (found.estimate, found.low) == pytest.approx((point, limit))


def test_no_odds_ratio_has_no_e_value():
    assert e_value(not_estimable("2 patients")).reason == "2 patients"


def undecided(scores: list[float]) -> pd.DataFrame:
    decided = pd.DataFrame(
        {
            "rai_response": ["responder"] * 6 + ["non_responder"] * 6,
            "h_score": [10.0, 20, 30, 40, 50, 60, 70, 80, 90, 100, 110, 120],
        }
    )
    others = pd.DataFrame({"rai_response": "indeterminate", "h_score": scores})
    return pd.concat([decided, others], ignore_index=True)


def test_each_undecided_patient_is_counted_where_it_hurts_most():
    found = tipping_point(undecided([0.0, 300.0]), "rai_response", GROUPS, "indeterminate")
    assert found[["direction", "counted"]].values.tolist() == [
        ["against", 0], ["against", 1], ["against", 2], ["for", 0], ["for", 1], ["for", 2],
    ]  # fmt: skip
    first = [10.0, 20, 30, 40, 50, 60]
    second = [70.0, 80, 90, 100, 110, 120]
    against = hodges_lehmann([*first, 300.0], [*second, 0.0])
    favour = hodges_lehmann([*first, 0.0], [*second, 300.0])
    assert found["p"].iloc[2] == pytest.approx(against.p)
    assert found["p"].iloc[5] == pytest.approx(favour.p)
    assert found["estimate"].iloc[2] < found["estimate"].iloc[0] < found["estimate"].iloc[5]


def test_no_other_choice_of_so_many_does_more():
    scores = [5.0, 55.0, 65.0, 200.0]
    found = tipping_point(undecided(scores), "rai_response", GROUPS, "indeterminate")
    worst = found[(found["direction"] == "against") & (found["counted"] == len(scores))]
    first = [10.0, 20, 30, 40, 50, 60]
    second = [70.0, 80, 90, 100, 110, 120]
    every = []
    for choice in itertools.product((False, True), repeat=len(scores)):
        sides = (
            [x for x, c in zip(scores, choice, strict=True) if c == bool(side)] for side in (0, 1)
        )
        of_first, of_second = sides
        every.append(hodges_lehmann([*first, *of_first], [*second, *of_second]).estimate)
    assert worst["estimate"].iloc[0] == pytest.approx(min(every))


def test_the_least_number_that_turns_the_verdict():
    far = tipping_point(undecided([0.0] * 8), "rai_response", GROUPS, "indeterminate")
    rejected = far[far["direction"] == "against"].set_index("counted")["rejects"]
    assert rejected[0]
    number = turning_number(far)
    assert not rejected[int(number.estimate)]
    assert rejected[int(number.estimate) - 1]
    assert number.method == "least of 8 patients of no class with whom the test does not reject"


def test_where_nobody_is_undecided_or_nothing_turns_it_is_said():
    nobody = tipping_point(undecided([]), "rai_response", GROUPS, "indeterminate")
    assert turning_number(nobody).reason == ("the test rejects, and nobody is undecided")
    one = tipping_point(undecided([65.0]), "rai_response", GROUPS, "indeterminate")
    reason = turning_number(one).reason
    assert reason == "the test rejects however 1 patient of no class may be counted"
    assert "however fewer than 5 patients of no class" in Counts(5).text(reason)
