"""Whether a TSH of 25 to 30 is enough: verdicts by the 90 % interval and by two one-sided tests."""

import itertools

import numpy as np
import pandas as pd
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from scipy import stats

from compendium.errors import InputError
from compendium.estimates import Estimate, not_estimable
from compendium.rules import Rules
from compendium.statistics.resampling import sign_flip, sign_flip_tails
from compendium.tsh.margin import (
    against_margins,
    of_avidity,
    of_ratio,
    table_of_verdicts,
    verdict,
)

RULES = Rules()
KINDS = ["both", "only_low", "only_high", "none"]


def rng() -> np.random.Generator:
    return np.random.default_rng(1)


def ratios(values: list[float]) -> pd.DataFrame:
    """One lesion a patient, of which the uptake changes by each ratio."""
    return pd.DataFrame(
        {
            "patient_id": [f"T{i:02d}" for i in range(len(values))],
            "suv_max_low": 2.0,
            "suv_max_high": 2.0 * np.array(values),
        }
    )


def seen(by_patient: list[list[str]]) -> pd.DataFrame:
    rows = [(f"T{i:02d}", kind) for i, kinds in enumerate(by_patient) for kind in kinds]
    return pd.DataFrame(rows, columns=["patient_id", "visibility"])


@pytest.mark.parametrize(
    ("low", "high", "words"),
    [
        (1.25, 1.60, "gain"),
        (1.24, 1.60, "undecided"),
        (1.02, 1.24, "no relevant gain"),
        (1.02, 1.25, "undecided"),
        (0.90, 1.24, "no relevant gain"),
        (0.70, 0.99, "loss"),
        (0.70, 1.00, "no relevant gain"),
        (0.70, 1.60, "undecided"),
        (0.0, np.inf, "undecided"),
    ],
)
def test_words_of_an_interval(low, high, words):
    assert verdict(Estimate(estimate=1.1, low=low, high=high), 1.25, 1.0) == words


def test_no_interval_has_no_verdict():
    assert verdict(not_estimable("none of 4 lesions"), 1.25, 1.0) == "not estimable"


@pytest.mark.parametrize(
    ("values", "words"),
    [
        ([1.5, 1.6, 1.4, 1.7, 1.5, 1.6, 1.45, 1.55], "gain"),
        ([1.0, 1.1, 0.95, 1.05, 1.02, 0.98, 1.08, 1.01], "no relevant gain"),
        ([0.7, 0.8, 0.75, 0.72, 0.78, 0.81, 0.69, 0.77], "loss"),
        ([1.0, 1.9, 0.8, 1.7, 1.1, 1.6, 0.9, 2.1], "undecided"),
        ([1.5, 1.6, 1.7, 1.8], "undecided"),  # of four patients the interval has no bounds
    ],
)
def test_verdicts_on_the_ratio(values, words):
    assert of_ratio(ratios(values), 1.25, rng()).words == words


def test_one_sided_p_by_hand():
    # Logs less log 1.25 of three patients, all above: one of 8 flips has so large a sum.
    found = of_ratio(ratios([1.4, 1.5, 1.6]), 1.25, rng())
    assert (found.p_gain, found.p_no_gain) == (pytest.approx(1 / 8), pytest.approx(1.0))


@settings(max_examples=60, deadline=None)
@given(st.integers(0, 10_000), st.integers(5, 9))
def test_tests_and_interval_say_the_same(seed, n):
    drawn = np.random.default_rng(seed)
    values, bound = drawn.normal(0.2, 0.2, n), 0.223
    found = sign_flip(values, rng(), level=0.9)
    above, below = sign_flip_tails(values, rng(), bound=bound)
    assert (above <= 0.05) == (found.low > bound)
    assert (below <= 0.05) == (found.high < bound)


@settings(max_examples=60, deadline=None)
@given(st.integers(0, 10_000), st.integers(2, 7))
def test_tails_are_those_of_all_flips_written_out(seed, n):
    drawn = np.random.default_rng(seed)
    values = drawn.integers(-3, 4, n).astype(float)
    if not values.any():
        return
    above, below = sign_flip_tails(values, rng(), bound=0.1)
    residual = values - 0.1
    sums = [float(np.dot(signs, residual)) for signs in itertools.product((-1, 1), repeat=n)]
    seen_sum = residual.sum()
    assert above == pytest.approx(np.mean([s >= seen_sum - 1e-9 for s in sums]))
    assert below == pytest.approx(np.mean([s <= seen_sum + 1e-9 for s in sums]))


def test_avidity_against_ten_points_by_hand():
    """Two patients of two lesions, one gains both, the other one: share 3/4. A further patient has
    two lesions and gained 2 (3/4 - 1/4) = 1: share 4/6, residuals 2/3, -1/3, -1/3, their squares
    2/3; error sqrt(3/2 * 2/3) / 6 = 1/6."""
    found = of_avidity(seen([["only_high", "only_high"], ["only_high", "both"]]), 0.1)
    t = stats.t.ppf(0.95, 2)
    assert found.interval.estimate == 0.75
    assert found.interval.low == pytest.approx(4 / 6 - t / 6)
    assert found.interval.high == 1
    assert found.p_gain == pytest.approx(stats.t.sf((4 / 6 - 0.1) * 6, 2))
    assert found.words == "gain"


@pytest.mark.slow
@settings(max_examples=60, deadline=None)
@given(st.lists(st.lists(st.sampled_from(KINDS), min_size=1, max_size=5), min_size=2, max_size=8))
def test_tests_and_interval_of_avidity_say_the_same(kinds):
    found = of_avidity(seen(kinds), 0.1)
    if found.interval.estimable:
        assert (found.p_gain <= 0.05) == (found.interval.low >= 0.1)
        assert (found.p_no_gain < 0.05) == (found.interval.high < 0.1)
        assert found.interval.low <= found.interval.estimate <= found.interval.high


def test_avidity_that_hardly_changes_is_no_relevant_gain():
    quiet = [["both"] * 10 for _ in range(8)]
    some = [["only_high", *["both"] * 9], ["only_low", *["both"] * 9]]
    found = of_avidity(seen([*quiet, *some]), 0.1)
    assert found.words == "no relevant gain"
    assert found.p_no_gain < 0.05 < found.p_gain


def test_avidity_that_never_changes_is_an_answer():
    found = of_avidity(seen([["both", "none"]] * 10), 0.1)
    assert found.words == "no relevant gain"
    assert -found.interval.low == pytest.approx(found.interval.high)
    few = of_avidity(seen([["both", "none"]] * 5), 0.1)
    assert few.words == "undecided"


@pytest.mark.parametrize(
    ("kinds", "reason"),
    [
        ([["none", "none"]] * 6, "none of 12 lesions is visible on either scan"),
        (
            [["only_high"]],
            "1 patient with a lesion measured at both TSH levels; at least 2 needed",
        ),
    ],
)
def test_what_cannot_be_judged_has_its_reason(kinds, reason):
    found = of_avidity(seen(kinds), 0.1)
    assert (found.words, found.interval.reason) == ("not estimable", reason)


@pytest.mark.parametrize("wrong", [{"margin_ratio": 1.0}, {"margin_avidity": 0.0}])
def test_a_margin_of_no_effect_is_refused(wrong):
    with pytest.raises(InputError, match="is not possible; expected a number, over"):
        Rules(**wrong)


def test_each_measure_has_its_margin_and_ratios_have_two_more():
    pairs = ratios([1.5, 1.6, 1.4, 1.7, 1.5, 1.6]).assign(visibility="both")
    doses = pairs.rename(columns=lambda name: name.replace("suv_max", "gy_per_gbq"))
    found = table_of_verdicts(against_margins(pairs, pairs, doses, RULES, rng()))
    assert found[["measure", "of", "margin", "verdict"]].values.tolist() == [
        ["SUVmax", "study", 1.25, "gain"],
        ["avidity", "study", 0.1, "undecided"],
        ["dose per GBq", "study", 1.25, "gain"],
        ["SUVmax", "sensitivity: 1.15", 1.15, "gain"],
        ["dose per GBq", "sensitivity: 1.15", 1.15, "gain"],
        ["SUVmax", "sensitivity: 1.5", 1.5, "undecided"],
        ["dose per GBq", "sensitivity: 1.5", 1.5, "undecided"],
    ]
