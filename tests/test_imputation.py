"""Multiple imputation: donors' own values, Rubin's rules by hand, and refusals."""

import math

import numpy as np
import pandas as pd
import pytest
from scipy import stats

from compendium.errors import NotEstimable
from compendium.statistics import imputation
from compendium.statistics.imputation import imputations, pooled


def rng() -> np.random.Generator:
    return np.random.default_rng(11)


def frame(n: int = 60, gaps: int = 15) -> pd.DataFrame:
    drawn = rng()
    score = drawn.normal(2, 1, n)
    gene = (drawn.random(n) < 1 / (1 + np.exp(-(score - 2)))).astype(float)
    event = (drawn.random(n) < 0.5).astype(float)
    gene[drawn.choice(n, gaps, replace=False)] = np.nan
    return pd.DataFrame({"h score (50)": score, "gene": gene, "event": event})


@pytest.mark.slow
def test_a_gap_takes_the_value_of_a_donor_and_what_is_known_stays():
    known = frame()
    sets = list(imputations(known, rng(), sets=5, donors=5))
    assert len(sets) == 5
    for whole in sets:
        assert list(whole.columns) == list(known.columns)
        assert set(whole["gene"]) == {0.0, 1.0}  # never in between
        pd.testing.assert_frame_equal(
            whole.where(known.notna()), known, check_dtype=False, check_freq=False
        )
    filled = [tuple(whole.loc[known["gene"].isna(), "gene"]) for whole in sets]
    assert len(set(filled)) > 1  # what is not known differs between sets


def test_the_same_generator_gives_the_same_sets():
    one, other = (list(imputations(frame(), rng(), sets=2, donors=5)) for _ in range(2))
    for first, second in zip(one, other, strict=True):
        pd.testing.assert_frame_equal(first, second)


@pytest.mark.slow
def test_gaps_follow_what_goes_with_them():
    # The gene is 1 just where the score is over 2: the imputed genes must know it.
    known = frame(200, 0)
    known["gene"] = (known["h score (50)"] > 2).astype(float)
    hidden = known.assign(gene=known["gene"].mask(np.arange(200) % 4 == 0))
    gap = hidden["gene"].isna()
    right = [
        (whole["gene"] == known["gene"])[gap].mean()
        for whole in imputations(hidden, rng(), sets=5, donors=5)
    ]
    assert np.mean(right) > 0.8


def test_without_a_gap_every_set_is_the_table():
    whole = frame(30, 0)
    for copy in imputations(whole, rng(), sets=3, donors=5):
        pd.testing.assert_frame_equal(copy, whole)


@pytest.mark.parametrize(("known", "reason"), [(9, True), (10, False)])
def test_a_covariate_known_in_too_few_has_no_donors(known, reason):
    table = frame(40, 0)
    table["gene"] = table["gene"].where(np.arange(40) < known)
    if reason:
        with pytest.raises(NotEstimable, match="9 patients in whom gene is known; at least 10"):
            list(imputations(table, rng(), sets=2, donors=5))
    else:
        assert len(list(imputations(table, rng(), sets=2, donors=5))) == 2


def test_rubins_rules_by_hand():
    # Three sets: mean 2, within 1, between 1 · (1 + 1/3); Barnard and Rubin's df for 20.
    found = pooled([1.0, 2.0, 3.0], [1.0, 1.0, 1.0], 20)
    total, share = 1 + 4 / 3, (4 / 3) / (1 + 4 / 3)
    observed = 20 * 21 / 23 * (1 - share)
    df = 1 / (share**2 / 2 + 1 / observed)
    half = stats.t.ppf(0.975, df) * math.sqrt(total)
    assert found.estimate == pytest.approx(2.0)
    assert (found.low, found.high) == pytest.approx((2 - half, 2 + half))
    assert found.p == pytest.approx(2 * stats.t.sf(2 / math.sqrt(total), df))
    assert found.method == "Rubin's rules over 3 imputed sets, 57% of the variance between"


def test_sets_that_agree_leave_the_complete_interval():
    found = pooled([2.0, 2.0], [1.0, 1.0], 20)
    half = stats.t.ppf(0.975, 20 * 21 / 23)
    assert (found.low, found.high) == pytest.approx((2 - half, 2 + half))


def test_one_set_is_no_multiple_imputation():
    with pytest.raises(NotEstimable, match="1 imputed sets?; at least 2"):
        pooled([2.0], [1.0], 20)


@pytest.mark.slow
def test_designs_of_the_table_impute_as_the_formulas_of_statsmodels_do(monkeypatch):
    rng = np.random.default_rng(4)
    values = rng.normal(size=(40, 4))
    values[:, 1] = rng.integers(0, 2, 40)
    gaps = rng.random(values.shape) < 0.2
    frame = pd.DataFrame(values, columns=list("abcd")).mask(gaps)

    def made():
        found = imputation.imputations(frame, np.random.default_rng(1), sets=1, donors=5)
        return next(iter(found))

    ours = made()

    class Plain(imputation.MICEData):
        values = property(lambda self: self.data.to_numpy(float))

    monkeypatch.setattr(imputation, "_Chained", Plain)
    pd.testing.assert_frame_equal(ours, made(), check_exact=True)
