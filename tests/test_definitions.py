"""What the definitions of the classes do to the answers."""

import pandas as pd
import pytest

from compendium.disease.progression import classify_progression
from compendium.disease.response import classify_response
from compendium.rules import Rules
from compendium.trop2.by_definition import (
    Classed,
    answers_by_definition,
    classes_by_definition,
    counts_by_definition,
    ratios_by_definition,
)
from compendium.trop2.definition_figure import PANELS, answers_figure
from compendium.trop2.definitions import ANALYSED, definitions, definitions_for

pytestmark = pytest.mark.slow


@pytest.fixture(scope="module")
def answers(demo_drawn):
    tables = demo_drawn.tables
    people = tables["patient"]
    eligible = people.loc[people["study"] == "TROP2", "patient_id"]
    scores = demo_drawn.patients.set_index("patient_id")["h_score"].dropna()
    drawn = demo_drawn.lesions
    lesions = drawn.assign(suv_max=drawn["suv_true"], tracer="18F-Trop2", status="ok")
    classes = classes_by_definition(tables, Rules(), eligible)
    h_scores = answers_by_definition(classes, tables, Rules(), scores)
    ratios = ratios_by_definition(classes, tables, Rules(), lesions)
    same = [name for name in ratios if not name.startswith("suv_ratio")]
    pd.testing.assert_frame_equal(h_scores[same], ratios[same])
    return h_scores.assign(**{name: ratios[name] for name in ratios if name not in h_scores})


def test_a_study_without_pet_has_no_definition_by_its_day(demo_drawn):
    tables = demo_drawn.tables
    without = {**tables, "pet_scan": tables["pet_scan"].head(0)}
    by_pet = {"Course in the 12 months around the PET"}
    of_all, left = (
        {one.name for one in definitions_for(given, Rules())} for given in (tables, without)
    )
    assert of_all - left == by_pet
    assert left < of_all


def test_there_are_twenty_definitions_at_least_and_the_analysed_one_is_first(answers):
    assert len(answers) >= 20
    assert answers["analysed"].tolist() == [True] + [False] * (len(answers) - 1)
    assert answers["moved"].iloc[0] == 0
    assert answers["definition"].is_unique


BESIDE = {"pr_share", "tg_values"}
"""Limits that are asked for with the classes and decide none: shown beside them."""


def test_every_limit_that_decides_a_class_has_a_definition_without_it(demo_drawn):
    rules = Rules()
    classify_response(demo_drawn.tables, rules)
    classify_progression(demo_drawn.tables, rules)
    varied = {name for one in definitions(Rules()) for name in one.changes}
    assert varied == rules.read_names - BESIDE


def test_a_study_is_known_by_the_content_of_its_tables(demo_drawn):
    tables = demo_drawn.tables
    same = Classed.of({name: table.copy() for name, table in tables.items()})
    assert same is Classed.of(tables)
    later = tables["lab"].assign(lab_day=tables["lab"]["lab_day"] + 1)
    assert Classed.of({**tables, "lab": later}) is not same


SHARING = ("R1: Tg ratio over 0.6", "R3: within 6 months", "Nodes of the neck are no metastases",
           "Progression: by 30% of the sum of diameters")  # fmt: skip


def test_what_definitions_share_gives_the_classes_that_each_gives_alone(demo_drawn):
    tables, rules = demo_drawn.tables, Rules()
    classed, chosen = Classed(tables), {one.name: one for one in definitions(rules)}
    for name in SHARING:
        shared = classed.under(chosen[name], rules)
        own = Classed(tables).under(chosen[name], rules)
        pd.testing.assert_frame_equal(shared, own)
    usual = classed.under(ANALYSED, rules)
    assert not usual.equals(shared)


def test_a_definition_equal_to_the_studys_own_is_left_out():
    names = {one.name for one in definitions(Rules())}
    assert "R1: Tg ratio over 0.7" not in names
    assert "R1: Tg ratio over 0.7" in {one.name for one in definitions(Rules(tg_ratio=0.8))}


def test_every_answer_is_estimated_or_has_its_reason(answers):
    for name in PANELS:
        assert (answers[name].notna() != (answers[f"{name}_reason"] != "")).all(), name


def test_the_indeterminate_are_counted_each_way(answers):
    counts = answers.set_index("definition")[["n_responder", "n_non_responder"]]
    usual = counts.loc["As analysed"]
    one_way = counts.loc["All indeterminate are responders"]
    other = counts.loc["All indeterminate are non-responders"]
    assert one_way["n_non_responder"] == usual["n_non_responder"]
    assert other["n_responder"] == usual["n_responder"]
    assert one_way.sum() == other.sum() > usual.sum()


def test_counts_are_those_of_the_answers(answers, demo_drawn):
    tables = demo_drawn.tables
    eligible = tables["patient"].loc[tables["patient"]["study"] == "TROP2", "patient_id"]
    classes = classes_by_definition(tables, Rules(), eligible)
    counts = counts_by_definition(classes, tables, Rules())
    assert len(classes) == len(counts) * len(eligible)
    assert counts["responder"].tolist() == answers["n_responder"].tolist()
    assert counts["moved"].tolist() == answers["moved"].tolist()


def test_where_nobody_is_eligible_every_definition_has_its_reason(demo_drawn):
    tables = demo_drawn.tables
    nobody = classes_by_definition(tables, Rules(), tables["patient"]["patient_id"].head(0))
    found = answers_by_definition(nobody, tables, Rules(), pd.Series(dtype=float))
    assert len(found) == len(definitions_for(tables, Rules()))
    assert (found["n_responder"] == 0).all()
    assert (found["shift_reason"] != "").all()


def test_the_figure_has_a_point_for_every_estimate(answers):
    panels = answers_figure(answers).axes
    for axes, name in zip(panels, PANELS, strict=True):
        drawn = sum(pd.Series(line.get_ydata()[pd.notna(line.get_xdata())]).size
                    for line in axes.lines if line.get_marker() == "o")  # fmt: skip
        assert drawn == answers[name].notna().sum()
