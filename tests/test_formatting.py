"""How numbers look."""

import math

import pytest

from compendium import formatting

ENTRY = {
    "value": 0.7512, "low": 0.63, "high": 0.864, "unit": "", "format": ".2f", "level": 0.95,
    "p": 0.0123, "n": 60, "events": None, "reason": "",
}  # fmt: skip


@pytest.mark.parametrize(
    ("number", "spec", "text"),
    [
        (0.756, ".2f", "0.76"),
        (-1.5, ".1f", "−1.5"),
        (-0.001, ".2f", "0.00"),
        (12345, ",d", "12,345"),
        (3.0, "d", "3"),
        (3.5, "d", "3.5"),
        (math.nan, ".2f", "–"),
        (None, ".2f", "–"),
        (math.inf, ".2f", "∞"),
        (-math.inf, ".2f", "−∞"),
        (True, "d", "yes"),
        ("lung", ".2f", "lung"),
        (0.0004, "p", "<0.001"),
    ],
)
def test_a_value(number, spec, text):
    assert formatting.value(number, spec) == text


@pytest.mark.parametrize(
    ("p", "text"),
    [(0.00099, "<0.001"), (0.001, "0.001"), (0.0494, "0.049"), (0.1, "0.10"), (1.0, "1.00")],
)
def test_a_p_value(p, text):
    assert formatting.p_value(p) == text


@pytest.mark.parametrize(
    ("part", "text"),
    [
        ("", "0.75"),
        ("ci", "0.75 (95% CI 0.63 to 0.86)"),
        ("interval", "0.63 to 0.86"),
        ("p", "p = 0.012"),
        ("n", "60"),
        ("events", "–"),
        ("reason", "estimable"),
    ],
)
def test_a_part_of_a_reported_number(part, text):
    assert formatting.reported(ENTRY, part) == text


def test_a_unit_follows_the_value():
    assert formatting.reported(ENTRY | {"unit": "g/mL"}, "ci") == "0.75 g/mL (95% CI 0.63 to 0.86)"
    assert formatting.reported(ENTRY | {"unit": "g/mL"}, "bare") == "0.75"


@pytest.mark.parametrize("part", ["", "ci", "interval", "p"])
def test_what_is_not_estimable_says_why_in_place_of_a_number(part):
    entry = ENTRY | {"value": None, "p": None, "reason": "2 deaths; 10 needed"}
    assert formatting.reported(entry, part) == "not estimable: 2 deaths; 10 needed"


def test_a_percent_sign_follows_without_a_space():
    entry = ENTRY | {"value": 27.5, "format": ".1f", "unit": "%"}
    assert formatting.reported(entry) == "27.5%"


@pytest.mark.parametrize(("number", "text"), [(99.994, "99.99"), (100.4, "100"), (-341.27, "−341")])
def test_two_decimals_end_at_a_hundred(number, text):
    assert formatting.value(number, ".2f") == text
    assert formatting.value(number, ".1f") == f"{number:.1f}".replace("-", "−")


@pytest.mark.parametrize(
    ("entry", "text"),
    [
        ({}, "0.75（95%置信区间：0.63 至 0.86；p = 0.012）"),
        ({"p_holm": 0.03}, "0.75（95%置信区间：0.63 至 0.86；Holm 校正 p = 0.030）"),
        ({"low": None}, "0.75（p = 0.012）"),
        ({"reason": "2 deaths"}, "无法估计"),
    ],
)
def test_a_number_in_chinese_has_chinese_marks(entry, text):
    assert formatting.reported(ENTRY | entry, "zh_tested") == text


@pytest.mark.parametrize(
    ("given", "unit", "text"),
    [
        (-28, "%", "−28%"),
        ([3.6, 5], "months", "3.6–5 months"),
        (True, "", "yes"),
        ("none of 26", "tumours", "none of 26 tumours"),
    ],
)
def test_what_a_source_gives_is_written_as_our_own_numbers_are(given, unit, text):
    assert formatting.of_source(given, unit) == text


def test_an_infinite_limit_is_shown_as_such():
    assert formatting.reported(ENTRY | {"high": "inf"}, "interval") == "0.63 to ∞"


def test_an_unknown_part_is_an_error():
    with pytest.raises(KeyError):
        formatting.reported(ENTRY, "ce")


@pytest.mark.parametrize(
    ("code", "text", "heading"),
    [
        ("non_responder", "non-responder", "Non-responder"),
        ("diameter_mm", "diameter, mm", "Diameter, mm"),
        ("tsh_miu_per_l", "TSH, mIU/L", "TSH, mIU/L"),
        ("suv_max_low", "SUVmax low", "SUVmax low"),
        ("vascular_invasion", "vascular invasion", "Vascular invasion"),
        ("p", "p", "p"),
    ],
)
def test_a_code_is_spelt_out_for_readers(code, text, heading):
    assert formatting.words(code) == text
    assert formatting.heading(code) == heading


@pytest.mark.parametrize(("count", "shown"), [(0, "0 events"), (1, "1 event"), (2, "2 events")])
def test_one_of_what_is_counted_is_in_the_singular(count, shown):
    entry = {"value": count, "format": "d", "unit": "events", "reason": "", "p": None}
    assert formatting.reported(entry) == shown
    measured = entry | {"value": 1.0, "format": ".1f", "unit": "months"}
    assert formatting.reported(measured) == "1.0 months"
