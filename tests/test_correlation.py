"""Rank correlation of patients: by hand, against scipy, and where there is none."""

import itertools

import numpy as np
import pandas as pd
import pytest
from scipy import stats

from compendium.errors import InputError
from compendium.rules import Rules
from compendium.statistics.correlation import spearman
from compendium.trop2 import suv_outputs
from compendium.trop2.suv_tissue import by_patient, correlations, uptake_by_score
from compendium.uptake.readings import MEASURED


def rng() -> np.random.Generator:
    return np.random.default_rng(7)


def test_p_of_four_patients_by_hand_who_bound_nothing():
    # Ranks 1 2 3 4 and 1 2 4 3: 1 - 6·2/(4·15) = 0.8; as far from 0 in 8 of 24 orders.
    found = spearman([1, 2, 3, 4], [10, 20, 40, 30], rng())
    assert found.p == pytest.approx(8 / 24)
    assert found.reason == "the 95% interval would hold every value from −1 to 1"


@pytest.mark.parametrize("ties", [False, True])
@pytest.mark.slow
def test_agrees_with_scipy(ties):
    drawn = rng()
    x = drawn.normal(size=30)
    y = 0.5 * x + drawn.normal(size=30)
    x, y = (np.round(v) if ties else v for v in (x, y))
    found, known = spearman(x, y, rng()), stats.spearmanr(x, y)
    assert found.low < found.estimate < found.high
    assert found.estimate == pytest.approx(known.statistic)
    assert found.p == pytest.approx(known.pvalue, abs=0.01)
    oracle = stats.bootstrap(
        (x, y), lambda a, b: stats.spearmanr(a, b).statistic, paired=True, vectorized=False,
        n_resamples=2000, rng=np.random.default_rng(1),
    ).confidence_interval  # fmt: skip
    assert (found.low, found.high) == pytest.approx(tuple(oracle), abs=0.05)
    assert found.method.endswith("permutation p (20,000 orders drawn)")


@pytest.mark.slow
def test_exact_p_is_that_of_all_orders():
    drawn = rng()
    x, y = drawn.integers(0, 4, 6).astype(float), drawn.normal(size=6)
    found = spearman(x, y, rng())
    every = [stats.spearmanr(x, order).statistic for order in itertools.permutations(y)]
    far = np.abs(every) >= abs(stats.spearmanr(x, y).statistic) - 1e-9
    assert found.p == pytest.approx(far.mean())


@pytest.mark.parametrize(
    ("x", "y", "reason"),
    [
        ([1, 2, 3], [1, 2, 3], "3 patients with both measures; at least 4 needed"),
        ([1, 2, 3, 4, 5], [7] * 5, "the second measure is the same in all 5 patients"),
        ([7] * 5, [1, 2, 3, 4, 5], "the first measure is the same in all 5 patients"),
        (range(9), range(9), "every resample gives 1, which leaves no interval"),
    ],
)
def test_without_a_correlation_there_is_a_reason(x, y, reason):
    assert spearman(list(x), list(y), rng()).reason == reason


def test_unequal_lengths_are_an_error():
    with pytest.raises(InputError, match="4 and 5 values"):
        spearman([1, 2, 3, 4], [1, 2, 3, 4, 5], rng())


def lesions(*rows: tuple[str, float, int, str]) -> pd.DataFrame:
    table = pd.DataFrame(rows, columns=["patient_id", "suv_max", "scan_day", "site"])
    return table.assign(tracer="18F-Trop2", status="ok")


SCORES = pd.DataFrame(
    {
        "patient_id": ["A", "A", "B", "C"],
        "tissue": ["primary", "metastasis", "primary", "primary"],
        "h_score": [100.0, 150.0, np.nan, 50.0],
    }
)


def test_a_patient_is_the_geometric_mean_of_the_metastases():
    found = by_patient(
        lesions(
            ("A", 2.0, 10, "lung"), ("A", 8.0, 10, "bone"),
            ("A", 99.0, 10, "thyroid_bed"),  # no metastasis
            ("A", 99.0, 90, "lung"),  # a later scan
            ("B", 3.0, 10, "lung"),  # without a score
        ),
        SCORES, "primary", Rules(),
    )  # fmt: skip
    assert found.to_dict("records") == [
        {
            "patient_id": "A",
            "lesions": 2,
            "suv_max": pytest.approx(4.0),
            "hottest": pytest.approx(8.0),
            "origin": "",
            "h_score": 100.0,
        }
    ]


def test_each_tissue_and_measure_has_its_correlation_or_reason():
    few = by_patient(lesions(("A", 2.0, 10, "lung")), SCORES, "primary", Rules())
    found = correlations({"primary": few}, rng(), 100)
    assert list(found) == [("primary", "suv_max"), ("primary", "hottest")]
    assert {one.reason for one in found.values()} == {
        "1 patient with both measures; at least 4 needed"
    }


def test_a_correlation_of_suvmax_that_persons_read_says_so():
    read = lesions(("A", 2.0, 10, "lung"), ("C", 8.0, 10, "bone")).assign(
        origin=["read by R1 in MIM 7.1", MEASURED]
    )
    of_primary = by_patient(read, SCORES, "primary", Rules())
    found = correlations({"primary": of_primary}, rng(), 100)["primary", "suv_max"]
    told = "SUVmax of several origins: 1 patient measured in the images, 1 patient read by R1"
    assert told in found.method
    *_, figure = suv_outputs.tissue(of_primary, {("primary", "suv_max"): found})
    assert told in figure.caption


def test_an_empty_figure_says_why():
    nobody = by_patient(lesions(), SCORES, "primary", Rules())
    texts = [
        text.get_text() for text in uptake_by_score(nobody).findobj() if hasattr(text, "get_text")
    ]
    assert any("no patient with a scan" in text for text in texts)
