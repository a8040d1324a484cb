"""The studies' limits: each once, explained, possible itself, and refused where misread."""

import pytest
from study_tables import tables

from compendium.errors import InputError
from compendium.rules import Rules
from compendium.settings import Settings
from compendium.studies.endpoints import STRATEGIES
from compendium.survival.markers import baseline_predictors
from compendium.synthetic.truth import TRUTHS
from compendium.trop2.adjusted import MAX_COVARIATES, TERMS
from compendium.trop2.ihc import BLOCK_RULES, READER_RULES

EVERY = [(kind, name) for kind in (Rules, Settings) for name in kind.declared]


@pytest.mark.parametrize(("kind", "name"), EVERY, ids=[name for _, name in EVERY])
def test_each_is_explained_and_bounded_and_its_default_possible(kind, name):
    limit = kind.declared[name]
    assert limit.meaning
    assert limit.checked(limit.default, "default") == limit.default
    bounded = any(end is not None for end in limit.ends.values()) or limit.choices
    either = isinstance(limit.default, bool)
    assert bounded or either or limit.default == ""  # a name in the study's own tables
    number = not isinstance(limit.default, str) and not limit.choices and not either
    assert bool(limit.unit) == number


def test_no_name_has_two_meanings():
    assert not set(Rules.declared) & set(Settings.declared)


@pytest.mark.parametrize(
    "wrong",
    [
        {"pd_share": 20},
        {"tg_ratio": 70},
        {"tg_ratio": float("nan")},
        {"tvdt_years": -1},
        {"tvdt_years": 0},
        {"tki": "Ignore"},
        {"tsh_low": [40, 20]},
        {"min_age_years": 80},
        {"shell_outer_mm": 8},
        {"tsh_high_above": 30},
        {"doses_gy": [20]},
        {"avid_ratio": 0.5},
    ],
    ids=str,
)
def test_what_changes_results_silently_is_refused(wrong):
    with pytest.raises(InputError, match=next(iter(wrong))):
        Rules(**wrong)


def test_vocabularies_are_those_of_the_package():
    assert Rules.tki.choices == STRATEGIES
    assert Settings.reader_rule.choices == READER_RULES
    assert Settings.block_rule.choices == BLOCK_RULES
    assert set(Settings.adjust_for.choices) == set(TERMS) - {"h_score", "irs"}
    assert Settings.adjust_for.longest == MAX_COVARIATES
    assert set(Settings.tsh_truths.choices) == set(TRUTHS)


def test_predictors_are_those_that_are_made():
    assert set(Settings.learner_predictors.choices) == set(baseline_predictors(tables(), []))
