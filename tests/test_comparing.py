"""Comparing with a limit: at it in spite of the last bit, and beyond a limit of detection."""

import math

import numpy as np
import pandas as pd
import pytest
from hypothesis import given
from hypothesis import strategies as st

from compendium.comparing import (
    SIGNS,
    above,
    as_written,
    at_least,
    at_most,
    below,
    bounds,
    exceeds,
    quantified,
    surely_above,
    surely_at_least,
    surely_below,
    within,
    written,
)


def one(function, value, limit):
    found = function(pd.Series([value], dtype=float), limit).iloc[0]
    return None if pd.isna(found) else bool(found)


@pytest.mark.slow
@given(st.integers(1, 100_000), st.sampled_from([1, 10, 100]), st.sampled_from([0.7, 0.3, 1.5]))
def test_a_product_with_the_limit_divided_again_is_at_the_limit(count, decimals, limit):
    before = count / decimals
    ratio = (before * limit) / before
    assert not one(above, ratio, limit)
    assert not one(below, ratio, limit)
    assert one(at_least, ratio, limit)
    assert one(at_most, ratio, limit)


@pytest.mark.parametrize(
    ("value", "judged"),
    [(69.9, (False, False, True, True)), (70.0, (True, False, True, False)),
     (70.1, (True, True, False, False)), (math.inf, (True, True, False, False)),
     (-math.inf, (False, False, True, True)), (math.nan, (None,) * 4)],
)  # fmt: skip
def test_each_comparison(value, judged):
    assert tuple(one(f, value, 70.0) for f in (at_least, above, at_most, below)) == judged


def test_numbers_exceed_as_columns_are_above():
    values = np.array([0.69, 0.7, 2.1 / 3.0, 0.7 + 1e-8, np.inf, -np.inf, np.nan])
    found = exceeds(values, 0.7).tolist()
    assert found == [False, False, False, True, True, False, False]
    assert found == above(pd.Series(values), 0.7).fillna(False).tolist()


def test_a_missing_limit_decides_nothing():
    values, limits = pd.Series([1.0, 2.0]), pd.Series([np.nan, 1.0])
    assert above(values, limits).tolist() == [pd.NA, True]


def test_within_includes_both_ends():
    values = pd.Series([19.9, 20.0, 20 - 1e-12, 40.0, 40.1, np.nan])
    assert within(values, 20, 40).tolist() == [False, True, True, True, False, pd.NA]


def cells(*pairs):
    return pd.DataFrame(pairs, columns=["tg_sign", "tg"])


@pytest.mark.parametrize(
    ("sign", "value", "is_above", "is_at_least", "is_below"),
    [
        ("", 100, False, True, False),
        (">", 100, True, True, False),
        ("≥", 100, None, True, False),
        ("≥", 100.1, True, True, False),
        (">", 75, None, None, None),
        ("<", 100, False, False, True),
        ("≤", 100, False, None, None),
        ("≤", 99, False, False, True),
        ("<", 101, None, None, None),
    ],
)
def test_what_a_value_beyond_a_limit_of_detection_says_of_100(
    sign, value, is_above, is_at_least, is_below
):
    known = bounds(cells((sign, value)), "tg")
    judged = [f(known, 100).iloc[0] for f in (surely_above, surely_at_least, surely_below)]
    expected = [is_above, is_at_least, is_below]
    assert [None if pd.isna(found) else bool(found) for found in judged] == expected


def test_bounds_of_a_column_without_signs_are_its_values():
    table = pd.DataFrame({"tg": [0.0, 3.5, np.nan]})
    known = bounds(table, "tg")
    assert known["low"].equals(table["tg"])
    assert known["high"].equals(table["tg"])
    assert quantified(table, "tg").tolist() == [True, True, False]


def test_only_a_value_without_a_sign_is_quantified():
    table = cells(*((sign, 1.0) for sign in SIGNS), ("", 1.0), (None, 2.0), (None, np.nan))
    assert quantified(table, "tg").tolist() == [False] * 4 + [True, True, False]


def test_values_are_written_as_they_were_read():
    table = cells(("<", 0.04), ("≥", 100.0), ("", 19.9), (None, np.nan), ("", 1234567.25))
    assert written(table, "tg").tolist() == ["<0.04", "≥100", "19.9", "", "1234567.25"]
    assert as_written(0.1 + 0.2) == "0.3"
