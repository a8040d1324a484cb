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
from compendium.multiverse.trop2 import gene_by_response
from compendium.multiverse.tsh import avidity
from compendium.rules import Rules
from compendium.statistics.fisher import fisher_odds_ratio
from compendium.tsh.uptake import seen_by

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
    assert [tuple(line.get_xydata()[0]) for line in marked] == [(1.0, 1.0)]
    assert [text.get_text() for text in lower.get_yticklabels()][:2] == ["First: a", "First: b"]


def test_a_question_about_what_the_study_does_not_hold_is_not_counted():
    asked, other = question(), question(id="other", label="Other", asked=False)
    curves = [(one, specification_curve(one)) for one in (asked, other)]
    total, table = decisions(curves)
    assert total.found == len(asked.settings())
    assert set(table.frame["question"]) == {"Sum"}


def test_what_the_study_does_not_hold_has_no_settings_and_says_so():
    other = question(asked=False)
    curve = specification_curve(other)
    assert len(curve) == 0
    assert list(curve) == ["First", "Second", "analysed", "estimate", "low", "high", "reason"]
    assert summary(other, curve).estimable == 0
    assert len(variance_shares(other, curve)) == 2
    said = permutation_test(other, np.random.default_rng(1), shuffles=10).reason
    assert said == "the study holds nothing that is asked about"
    total, table = decisions([(other, curve)])
    assert (total.found, len(table.frame)) == (0, 0)


def test_odds_of_0_are_counted_but_are_no_part_of_the_variance():
    found = {"a": 0.0, "b": 2.0, "c": 8.0}
    odds = question(
        ratio=True,
        null=1.0,
        decisions={"Only": found},
        estimate=lambda v: Estimate(estimate=v["Only"], low=v["Only"] / 2, high=v["Only"] * 2 + 1),
    )
    curve = specification_curve(odds)
    assert curve["estimate"].tolist() == [0.0, 2.0, 8.0]
    assert summary(odds, curve).estimable == 3
    assert variance_shares(odds, curve)["share"].tolist() == [1.0]
    assert curve_figure(odds, curve).axes[0].get_ylim()[0] > 0


PEOPLE = pd.DataFrame(
    {"patient_id": list("ABCDEF"), "braf_v600e": ["mutant"] * 3 + ["wild_type"] * 2 + [None]}
)


class Two:
    """Patients whose classes hang on one rule: F, of whom nothing is known, is never counted."""

    rules, there = Rules(), True

    def classes(self, values):
        loose = values["Tg limit"] == {"tg_ratio": 0.6}
        first = "non_responder" if loose else "responder"
        responses = ["non_responder", first, "responder", "responder", "non_responder", "responder"]
        return pd.DataFrame({"patient_id": list("ABCDEF"), "rai_response": responses})


def test_the_odds_of_a_gene_are_those_of_the_patients_as_they_are_classed():
    asked = gene_by_response(Two(), PEOPLE, "braf_v600e")
    values = asked.values(asked.settings()[0])
    assert asked.estimate(values) == fisher_odds_ratio([[1, 1], [2, 1]])
    assert asked.estimate(values | {"Tg limit": {"tg_ratio": 0.6}}) == fisher_odds_ratio(
        [[1, 1], [1, 2]]
    )


def lesions(values: list[tuple[str, float, float]]) -> tuple[pd.DataFrame, pd.DataFrame]:
    """Pairs of lesions (patient, SUVmax at both levels), and the background of each, 1 ± 0.2."""
    pairs = pd.DataFrame(
        [
            {"patient_id": p, "lesion_id": f"L{k}", "site": "lung", "diameter_mm": 12.0,
             "suv_max_low": low, "suv_max_high": high, "scan_id_low": f"{p}_low",
             "scan_id_high": f"{p}_high", "visibility": "none", "deviation": ""}
            for k, (p, low, high) in enumerate(values)
        ]
    )  # fmt: skip
    grounds = [
        {"scan_id": row[f"scan_id_{level}"], "lesion_id": row["lesion_id"],
         "background_mean": 1.0, "background_sd": 0.2}
        for _, row in pairs.iterrows() for level in ("low", "high")
    ]  # fmt: skip
    return pairs, pd.DataFrame(grounds)


def test_what_is_visible_changes_with_the_rule_and_what_is_not_measured_does_not():
    pairs, grounds = lesions([("A", 1.55, 1.7), ("A", 1.55, 2.1), ("B", 1.0, 1.0), ("B", 9.0, 9.0)])
    pairs.loc[3, "visibility"] = "not_measured"
    usual = seen_by(pairs, grounds, Rules())  # above 1.6, and from 1.5 on
    assert usual["visibility"].tolist() == ["only_high", "only_high", "none", "not_measured"]
    looser = seen_by(pairs, grounds, Rules(avid_sds=2.0))  # above 1.4, and from 1.5 on
    assert looser["visibility"].tolist() == ["both", "both", "none", "not_measured"]
    times = seen_by(pairs, grounds, Rules(avid_ratio=2.0))
    assert times["visibility"].tolist() == ["none", "only_high", "none", "not_measured"]


def test_the_change_of_avidity_is_asked_under_each_rule_of_visibility():
    pairs, grounds = lesions([("A", 1.55, 1.7), ("A", 1.55, 2.1), ("B", 1.2, 1.2), ("B", 1.9, 1.9)])
    pairs = seen_by(pairs, grounds, Rules())
    asked = avidity(pairs, grounds, Rules(), np.random.default_rng(1))
    curve = specification_curve(asked)
    assert list(asked.decisions["Visible"]) == [
        f"{sds} SD and {times} times the background"
        for sds, times in ((3, 1.5), (2, 1.5), (5, 1.5), (3, 1), (3, 2))
    ]
    plain = curve[(curve["Patients"] == "all") & (curve["Size"] == "any")]
    by_rule = plain.groupby("Visible")["estimate"].first()
    assert by_rule["3 SD and 1.5 times the background"] == 0.5
    assert by_rule["2 SD and 1.5 times the background"] == 0.0
    assert by_rule["3 SD and 2 times the background"] == 0.25
    fixed = avidity(pairs, grounds, Rules(detection_limit_suv=1.0), np.random.default_rng(1))
    assert list(fixed.decisions["Visible"])[:2] == [
        "from SUV 1", "3 SD and 1.5 times the background"
    ]  # fmt: skip
