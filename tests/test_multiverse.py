"""Specification curves: every combination once, shares and tests against values worked by hand."""

import numpy as np
import pandas as pd
import pytest

from compendium.estimates import Estimate, not_estimable
from compendium.multiverse.curve import (
    Question,
    by_rule,
    permutation_test,
    specification_curve,
    summary,
    variance_shares,
    yes_or_no,
)
from compendium.multiverse.figures import curve_figure
from compendium.multiverse.outputs import decisions
from compendium.rules import Rules

TWO = {"First": {"a": 1.0, "b": 3.0}, "Second": {"x": 0.0, "y": 0.5, "z": -2.0}}


def added(values) -> Estimate:
    total = values["First"] + values["Second"]
    if total < 0:
        return not_estimable("below zero")
    return Estimate(estimate=total, low=total - 1, high=total + 1)


def question(**changes) -> Question:
    given = {"id": "sum", "label": "Sum", "null": 0.0, "ratio": False, "decisions": TWO}
    return Question(**{**given, "estimate": added, **changes})


def test_every_combination_is_there_once_sorted_and_the_analysed_one_marked():
    curve = specification_curve(question())
    assert list(zip(curve["First"], curve["Second"], strict=True)) == [
        ("a", "x"),
        ("b", "z"),
        ("a", "y"),
        ("b", "x"),
        ("b", "y"),
        ("a", "z"),
    ]
    assert curve["analysed"].tolist() == [True, False, False, False, False, False]
    assert curve["estimate"].tolist()[:5] == [1.0, 1.0, 1.5, 3.0, 3.5]
    assert curve["reason"].tolist() == ["", "", "", "", "", "below zero"]


def test_a_decision_with_one_choice_is_none_and_changes_no_setting():
    one = question(decisions={"Second": TWO["Second"], "First": {"a": 1.0}})
    curve = specification_curve(one)
    assert "First" not in curve
    assert len(curve) == len(one.settings()) == 3
    assert curve["estimate"].tolist()[:2] == [1.0, 1.5]
    assert variance_shares(one, curve)["decision"].tolist() == ["Second"]


def test_the_summary_counts_signs_and_intervals_of_what_is_estimable():
    said = summary(question(), specification_curve(question()))
    assert (said.settings, said.estimable) == (6, 5)
    assert (said.lowest, said.median, said.highest) == (1.0, 1.5, 3.5)
    assert said.same_sign == 1.0
    assert said.beyond_null == 3 / 5  # 1 ± 1 reaches 0, twice


def test_a_sign_is_that_of_the_analysed_setting():
    other = question(null=1.2)
    said = summary(other, specification_curve(other))
    assert said.same_sign == 2 / 5


def test_variance_is_shared_by_decision_as_worked_by_hand():
    """Effects 1, 3 (x) and 1.5, 3.5 (y): First moves 2 of the sum of squares 4.25, Second 0.25."""
    decisions = {"First": TWO["First"], "Second": {"x": 0.0, "y": 0.5}}
    asked = question(decisions=decisions)
    found = variance_shares(asked, specification_curve(asked))
    assert found["decision"].tolist() == ["First", "Second"]
    assert found["choices"].tolist() == [2, 2]
    assert found["share"].tolist() == pytest.approx([4 / 4.25, 0.25 / 4.25])


def test_of_a_ratio_the_logarithm_is_the_effect():
    asked = question(
        ratio=True, null=1.0, decisions={"First": {"a": 0.5, "b": 2.0}, "Second": {"x": 0.0}}
    )
    assert asked.effect(pd.Series([0.5, 2.0])).tolist() == pytest.approx([-np.log(2), np.log(2)])


def test_choices_of_a_rule_begin_with_the_studys_own_and_have_each_once():
    rules = Rules(tg_ratio=0.6)
    assert by_rule(rules, "tg_ratio", 0.6, 0.8) == {
        "0.6": {"tg_ratio": 0.6},
        "0.8": {"tg_ratio": 0.8},
    }
    assert list(yes_or_no(rules, "trop2_nodes_count", "count", "do not")) == ["count", "do not"]
    other = Rules(trop2_nodes_count=False)
    assert list(yes_or_no(other, "trop2_nodes_count", "count", "do not")) == ["do not", "count"]


def compared(scores: list[float], group: list[int]) -> Question:
    def sides(values):
        return np.array(scores) * values["First"], np.array(group)

    return question(null=0.5, sides=sides)


def test_shuffled_patients_reach_a_perfect_separation_as_often_as_counting_says():
    """Of 20 ways to choose 3 of 6 patients, 2 separate the groups: p is near a tenth."""
    asked = compared([1, 2, 3, 4, 5, 6], [0, 0, 0, 1, 1, 1])
    found = permutation_test(asked, np.random.default_rng(1), shuffles=4000)
    assert found.estimate == 0.5
    assert found.p == pytest.approx(0.1, abs=0.02)


def test_a_patient_without_a_score_or_group_takes_no_part():
    with_gaps = compared([1, 2, 3, np.nan, 5, 6, 9], [0, 0, 0, 1, 1, 1, -1])
    found = permutation_test(with_gaps, np.random.default_rng(1), shuffles=50)
    assert found.estimate == 0.5
    assert found.n == 7


def test_where_no_groups_are_compared_there_is_no_shuffling():
    found = permutation_test(question(), np.random.default_rng(1), shuffles=10)
    assert found.reason == "patients cannot be shuffled: no groups of them are compared"


def test_a_curve_without_any_estimate_says_so():
    nothing = question(estimate=lambda values: not_estimable("none"))
    curve = specification_curve(nothing)
    assert summary(nothing, curve).estimable == 0
    assert curve_figure(nothing, curve).axes == [] or curve_figure(nothing, curve).texts


def test_the_figure_marks_the_analysed_setting_at_its_estimate():
    asked = question()
    figure = curve_figure(asked, specification_curve(asked))
    upper, lower = figure.axes
    marked = [line for line in upper.lines if line.get_marker() == "D"]
    assert [tuple(line.get_xydata()[0]) for line in marked] == [(0.0, 1.0)]
    assert [text.get_text() for text in lower.get_yticklabels()][:2] == ["First: a", "First: b"]


def test_a_question_about_what_the_study_does_not_hold_is_not_counted():
    asked, other = question(), question(id="other", label="Other", asked=False)
    curves = [(one, specification_curve(one)) for one in (asked, other)]
    total, table = decisions(curves)
    assert total.found == len(asked.settings())
    assert set(table.frame["question"]) == {"Sum"}
