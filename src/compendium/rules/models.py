"""Limits of stained sections and of the models of response and survival."""

from compendium.limits import AS_SOURCE, Limit, Limits

STRATEGIES = ("ignore", "event", "censor")
"""What an intercurrent event does: nothing, it is an event, or it ends the observation."""


class ModelRules(Limits):
    """What decides whether and how a model is fitted."""

    # fmt: off
    # Immunohistochemistry
    ihc_sum_points = Limit(
        2.0, "percentages of a read that miss 100 by so much are rounded ones, and are rescaled",
        unit="%", ge=0, le=10,
    )

    # Models of response and survival
    patients_per_term = Limit(
        5, "patients of the smaller group that a logistic model needs for each of its terms",
        unit="patients", ge=1, le=1000,
    )
    known_share = Limit(
        2 / 3, "share of the patients in whom a covariate is known that enters the model",
        unit="(share)", gt=0, le=1,
    )
    tki = Limit(
        "ignore", "start of a tyrosine-kinase inhibitor in PFS", choices=STRATEGIES,
    )
    ascertainment = Limit(
        "archive", "how a patient was found of whom follow_up does not say it: in the records, "
        "dead or alive (archive), or for being alive on study_entry_day (alive)",
        choices=("archive", "alive"), source="NCT07314255, retrospectively collected",
    )
    macronodular_mm = Limit(
        10.0, "a lung metastasis is macronodular from this diameter on", unit="mm", ge=0, le=100,
    )
    least_at_risk = Limit(
        5, "patients at risk with which a survival curve may begin", unit="patients", ge=1, le=1000,
    )
    events_continuous = Limit(
        5, "events that Firth's Cox model needs for one continuous factor", unit="events",
        ge=1, le=1000,
    )
    events_yes_no = Limit(
        10, "events that Firth's Cox model needs where a factor is yes/no", unit="events",
        ge=1, le=1000,
    )
    events_further = Limit(
        3, "events that Firth's Cox model needs for each factor beyond the first", unit="events",
        ge=1, le=1000,
    )
    events_precise = Limit(
        10, "a hazard ratio on fewer events is called imprecise", unit="events", ge=1, le=1000,
    )
    carriers_precise = Limit(
        8, "a hazard ratio of a yes/no factor with fewer patients at its rarer level is called "
        "imprecise", unit="patients", ge=1, le=1000,
    )
    prior_pseudo_events = Limit(
        1.0, "pseudo-events m of the log-F(m, m) prior of a log hazard ratio, in the sensitivity "
        "analysis", unit="events", gt=0, le=100, source="greenland2015",
        stands=AS_SOURCE,
    )
    events_per_covariate = Limit(
        10, "events that checks, prediction and models without penalty need for each covariate",
        unit="events", ge=1, le=1000, source="peduzzi1995",
        stands=AS_SOURCE,
    )
