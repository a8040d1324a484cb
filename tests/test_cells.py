"""Cells as people type them: what is read, what is refused, and in which words."""

import datetime as dt
import math

import pandas as pd
import pytest
from hypothesis import given
from hypothesis import strategies as st

from compendium.study.cells import (
    CellError,
    convert,
    is_empty,
    read_date,
    read_number,
    read_text,
    read_whole,
    read_yes_no,
    split_sign,
)
from compendium.tables import COLUMNS

DIAMETER = COLUMNS["lesion"]["diameter_mm"]


@pytest.mark.parametrize(
    ("cell", "number"),
    [
        ("12", 12),
        ("12.5", 12.5),
        (".5", 0.5),
        ("-3.", -3),
        ("1e3", 1000),
        (" 1 234.5 ", 1234.5),
        ("12,5", 12.5),  # a decimal comma: two or fewer digits behind it
        ("0,125", 0.125),  # no thousands begin with 0
        ("1234,567", 1234.567),  # thousands would have a separator before 234, too
        ("1,2345", 1.2345),
        ("1,234.5", 1234.5),
        ("1.234,5", 1234.5),
        ("1,234,567", 1234567),
        ("1.234", 1.234),  # a decimal point, unless the column has decimal commas
        ("１２．５", 12.5),  # full width
        (7, 7),
        (7.25, 7.25),
    ],
)
def test_numbers_are_read(cell, number):
    assert read_number(cell) == number


@pytest.mark.parametrize(
    ("cell", "words"),
    [
        ("1,234", "could be 1.234 or 1234"),
        ("-12,500", "could be -12.500 or -12500"),
        ("<0.04", "takes no < or >"),
        ("≥30", "takes no < or >"),
        ("12 mm", "without its unit"),
        ("12-15", "number only"),
        ("1e999", "number only"),
        ("inf", "number only"),
        ("12,34,5", "number only"),
        (dt.datetime(2019, 3, 7), "Format the cell as a number"),
        (dt.time(3, 7), "Format the cell as a number"),
    ],
)
def test_numbers_are_refused_rather_than_guessed(cell, words):
    with pytest.raises(CellError, match=words):
        read_number(cell)


@pytest.mark.parametrize(
    ("cell", "sign", "rest"),
    [
        ("<0.04", "<", "0.04"),
        ("< 0,04", "<", "0,04"),
        (">500", ">", "500"),
        ("≥100", "≥", "100"),
        (">=100", "≥", "100"),
        ("≧100", "≥", "100"),
        ("⩽0.2", "≤", "0.2"),
        ("=<0.2", "≤", "0.2"),
        ("＜０．０４", "<", "0.04"),
        ("＞500", ">", "500"),
        ("小于0.04", "<", "0.04"),
        ("大于等于100", "≥", "100"),
        ("12.5", "", "12.5"),
        (12.5, "", 12.5),
        ("0.04<", "", "0.04<"),
        (None, "", None),
    ],
)
def test_the_sign_before_a_laboratory_value(cell, sign, rest):
    assert split_sign(cell) == (sign, rest)


@given(st.floats(allow_nan=False, allow_infinity=False))
def test_every_number_that_python_writes_is_read_back(number):
    assert read_number(repr(number)) == number


@given(st.integers(-(10**9), 10**9), st.integers(0, 99))
def test_point_and_comma_mean_the_same_where_they_are_clear(whole, hundredths):
    point = f"{whole}.{hundredths:02d}"
    assert read_number(point) == read_number(point.replace(".", ","))


def test_a_point_is_ambiguous_beside_decimal_commas():
    values, wrong = convert(pd.Series(["7,5", "1.250", "2.5", "11"]), DIAMETER)
    assert list(wrong) == [1]
    assert "may be 1.250 or 1250" in wrong[1]
    assert values.isna().tolist() == [False, True, False, False]
    assert convert(pd.Series(["7.5", "1.250"]), DIAMETER)[1] == {}


@pytest.mark.parametrize("cell", ["yes", "YES", "y", "true", "TRUE", "1", 1, 1.0, "是"])
def test_yes_is_read(cell):
    assert read_yes_no(cell) is True


@pytest.mark.parametrize("cell", ["no", "No", "n", "false", "0", 0, "否"])
def test_no_is_read(cell):
    assert read_yes_no(cell) is False


@pytest.mark.parametrize("cell", ["2", 2, "unknown", "-", "+"])
def test_other_codes_are_neither_yes_nor_no(cell):
    with pytest.raises(CellError, match="Write yes or no"):
        read_yes_no(cell)


@pytest.mark.parametrize(("cell", "whole"), [("3", 3), ("3.0", 3), (3.0, 3), ("-40", -40)])
def test_whole_numbers_are_read(cell, whole):
    assert read_whole(cell) == whole


@pytest.mark.parametrize(
    ("cell", "words"),
    [
        ("3.5", "whole"),
        ("1e30", "whole"),
        ("2019-03-07", "days since day 0"),
        (dt.datetime(2019, 3, 7), "days since day 0"),
    ],
)
def test_whole_numbers_are_refused(cell, words):
    with pytest.raises(CellError, match=words):
        read_whole(cell)


@pytest.mark.parametrize(
    "cell",
    ["2019-03-07", "2019/3/7", "2019.03.07", "2019年3月7日", "2019-03-07 00:00:00",
     "2019-03-07T00:00:00", dt.datetime(2019, 3, 7, 9, 30), dt.date(2019, 3, 7)],
)  # fmt: skip
def test_dates_are_read(cell):
    assert read_date(cell) == dt.date(2019, 3, 7)


@pytest.mark.parametrize(
    ("cell", "words"),
    [
        ("07/03/2019", "year first"),
        ("2019-03", "year first"),
        (43531, "year first"),
        ("2019-02-29", "no such day"),
        ("2019-13-01", "no such day"),
    ],
)
def test_dates_are_refused(cell, words):
    with pytest.raises(CellError, match=words):
        read_date(cell)


@pytest.mark.parametrize(
    ("cell", "text"), [(17.0, "17"), (17, "17"), ("P017", "P017"), (1.5, "1.5")]
)
def test_a_code_that_excel_made_a_number_is_text_again(cell, text):
    assert read_text(cell) == text


@pytest.mark.parametrize("cell", ["", "  ", None, math.nan, "NA", pd.NaT])
def test_empty_cells(cell):
    assert is_empty(cell)
    values, wrong = convert(pd.Series([cell], dtype=object), DIAMETER)
    assert (values.isna().all(), wrong) == (True, {})


@pytest.mark.parametrize("cell", ["0", 0, "N/A", "-", "nan"])
def test_cells_that_are_not_empty(cell):
    assert not is_empty(cell)


@given(st.lists(st.one_of(st.none(), st.text(max_size=6), st.integers(), st.floats()), max_size=8))
@pytest.mark.slow
def test_conversion_keeps_every_row_and_raises_nothing(cells):
    for column in (DIAMETER, COLUMNS["lab"]["lab_day"], COLUMNS["lesion"]["structural"]):
        values, wrong = convert(pd.Series(cells, dtype=object), column)
        assert len(values) == len(cells)
        assert values.isna()[list(wrong)].all()
