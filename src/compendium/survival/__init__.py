"""Survival with delayed entry, few events, and no number that means nothing.

From the bottom: `times` (entry, time, event), `partial_likelihood`, `cox`, `profile_likelihood`,
`kaplan_meier`, and on them `groups`, `competing`, `checks`, `prediction`, `decision`, `learners`.
What knows a study: `endpoints` (days from tables), `markers`, `hazard_ratios`, `intervals`. What
knows the truth: `operating`.
"""

from compendium.survival.checks import hazard_curve, proportional_hazards, schoenfeld
from compendium.survival.competing import cumulative_incidence, incidence_at
from compendium.survival.cox import fit_cox
from compendium.survival.decision import decision_curve
from compendium.survival.endpoints import EndpointRule, at_risk, endpoint
from compendium.survival.groups import log_rank, restricted_mean, restricted_mean_difference
from compendium.survival.hazard_ratios import Factor, as_table, hazard_ratios, survival_factors
from compendium.survival.intervals import interval_hazard_ratios
from compendium.survival.kaplan_meier import (
    kaplan_meier,
    median_follow_up,
    number_at_risk,
    reliable_from,
)
from compendium.survival.learners import nested_cross_validation
from compendium.survival.markers import (
    baseline_predictors,
    factor_table,
    flow_of_endpoints,
    median_survival,
    survival_at,
    survival_table,
    suv_factor,
    tg_factor,
)
from compendium.survival.operating import delayed_entry_bias, null_rejection
from compendium.survival.prediction import MEASURES, harrell_c, optimism_corrected, uno_c
from compendium.survival.profile_likelihood import profile
from compendium.survival.times import SurvivalTimes, survival_times, times_of

__all__ = [
    "MEASURES",
    "EndpointRule",
    "Factor",
    "SurvivalTimes",
    "as_table",
    "at_risk",
    "baseline_predictors",
    "cumulative_incidence",
    "decision_curve",
    "delayed_entry_bias",
    "endpoint",
    "factor_table",
    "fit_cox",
    "flow_of_endpoints",
    "harrell_c",
    "hazard_curve",
    "hazard_ratios",
    "incidence_at",
    "interval_hazard_ratios",
    "kaplan_meier",
    "log_rank",
    "median_follow_up",
    "median_survival",
    "nested_cross_validation",
    "null_rejection",
    "number_at_risk",
    "optimism_corrected",
    "profile",
    "proportional_hazards",
    "reliable_from",
    "restricted_mean",
    "restricted_mean_difference",
    "schoenfeld",
    "survival_at",
    "survival_factors",
    "survival_table",
    "survival_times",
    "suv_factor",
    "tg_factor",
    "times_of",
    "uno_c",
]
