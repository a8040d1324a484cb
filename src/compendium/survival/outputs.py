"""What the chapter on survival publishes of endpoints, curves and factors: ids and captions."""

from collections.abc import Iterator, Mapping, Sequence
from functools import partial

import pandas as pd
from scipy.special import fdtri

from compendium.estimates import Estimate
from compendium.figures.forest import forest
from compendium.public_forms import Balance, LeftOut, Redrawn, named
from compendium.published import Figure, Number, Part, Table, result
from compendium.rules import Rules
from compendium.studies.endpoints import Endpoint
from compendium.survival import figures as draw
from compendium.survival.competing import incidence_at
from compendium.survival.hazard_ratios import as_table
from compendium.survival.kaplan_meier import median_follow_up
from compendium.survival.markers import flow_of_endpoints, median_survival
from compendium.survival.observation_figure import time_under_observation
from compendium.survival.observed import Observed
from compendium.survival.times import SurvivalTimes

CAUSES = {"thyroid_cancer": "Thyroid cancer", "other": "Other causes"}
HAZARD_RATIO = "Hazard ratio per standard deviation"
SHARE = {"estimate": "n"}  # of survival, which has no unit
YEARS_OF_CAUSES = 5.0


@result
def patients(number: int) -> Iterator[Part]:
    """How many patients the chapter is about."""
    label = "Non-responders of the survival analysis"
    yield Number("n_survival_patients", number, format="d", unit="patients", label=label)


@result
def endpoints(observed: Observed) -> Iterator[Part]:
    """Each patient's time to each endpoint, and how many had it."""
    caption = "Each patient's time to each endpoint."
    yield Table("survival_endpoints", observed.ledger, rows="entry", caption=caption, max_rows=0)
    yield Table(
        "survival_flow",
        flow_of_endpoints(observed.tables),
        rows="setting",
        caption="Patients at risk and events of each endpoint.",
        links=[
            Balance(("patients",), ("not_at_risk", "at_risk")),
            Balance(("events",), ("progressions", "deaths", "tki_starts")),
        ],
    )


@result
def observation(observed: Observed, endpoint: Endpoint) -> Iterator[Part]:
    """Who was observed from when to when."""
    own = observed.tables[endpoint.label]
    yield Figure(
        "survival_observation",
        partial(time_under_observation, own),
        marks="patient",
        alt="One line a patient from resistance to progression or last assessment; observed part "
        "thick",
        caption="Time from resistance to progression, death or the last assessment of each "
        "patient. The thin line is time before observation began, when only survivors could be "
        "found; the thick line is time at risk. Open marks: the event, or the last assessment, "
        "came before observation began.",
        data=own,
    )


@result
def from_resistance(
    observed: Observed, progression: Endpoint, death: Endpoint, least_at_risk: int
) -> Iterator[Part]:
    """Curves of the tissue set from resistance."""
    yield _curves(
        "survival_from_resistance",
        observed,
        {one: {"": observed.times_of(one)} for one in (progression, death)},
        least_at_risk,
        alt="Kaplan-Meier curves from resistance, with numbers at risk",
        caption="Survival of the tissue set from resistance, progression-free (PFS) and overall "
        "(OS). Kaplan–Meier curves with 95% log-log bands; marks are censored patients, an open "
        "circle is where a curve begins.",
    )


@result
def from_pet(observed: Observed, both: Sequence[Endpoint], least_at_risk: int) -> Iterator[Part]:
    """Curves from the PET."""
    yield _curves(
        "survival_from_pet",
        observed,
        {one: {"": observed.times_of(one)} for one in both},
        least_at_risk,
        alt="Kaplan-Meier curves from the PET, with numbers at risk",
        caption="Survival of the PET set from the ¹⁸F-Trop2 PET, progression-free (PFS) and "
        "overall (OS). Kaplan–Meier curves with 95% log-log bands.",
    )


def _curves(
    figure_id: str,
    observed: Observed,
    curves: Mapping[Endpoint, Mapping[str, SurvivalTimes]],
    least_at_risk: int,
    *,
    alt: str,
    caption: str,
) -> Figure:
    panels = [draw.Panel(one.label, one.measures, one.axis, drawn) for one, drawn in curves.items()]
    ledger = observed.ledger
    return Figure(
        figure_id,
        partial(draw.survival_curves, panels, least_at_risk=least_at_risk),
        marks="step",
        alt=alt,
        caption=caption,
        data=ledger[ledger["endpoint"].isin([one.label for one in curves])],
        rows="entry",
    )


@result
def estimates(found: pd.DataFrame) -> Iterator[Part]:
    """Medians, survival at fixed times, follow-up."""
    shown = ["endpoint", "quantity", "estimate", "low", "high", "unit", "n", "events", "reason"]
    caption = "Median, survival at fixed times, and median follow-up (reverse Kaplan–Meier)."
    yield Table("survival_estimates", found[shown], rows="estimate", caption=caption, shares=SHARE)


@result
def rule_of_events(rules: Rules) -> Iterator[Part]:
    """How many events a factor needs, and under how many its ratio is called imprecise."""
    named = {
        "events_continuous": "Events for one continuous factor",
        "events_yes_no": "Events for a yes/no factor",
        "events_further": "Further events for each further factor",
        "events_precise": "Events under which a ratio is imprecise",
        "carriers_precise": "Patients at the rarer level, under which a ratio is imprecise",
    }
    for name, label in named.items():
        yield Number(name, rules[name], format="d", label=label, people=False)


@result
def size_of_test(sizes: Mapping[int, Estimate]) -> Iterator[Part]:
    """How often the test of Firth's model rejects where nothing is to be found."""
    for events, size in sizes.items():
        label = f"Rejected without an effect, {events} events"
        yield Number(f"survival_null_{events}", size, format=".1%", label=label, people=False)


@result
def factors(found: pd.DataFrame, origin: str = "") -> Iterator[Part]:
    """Each factor alone; `origin` tells of a factor that comes from elsewhere than usual."""
    told = f" {origin}." if origin else ""
    caption = "Each factor alone, per SD or yes against no. Detectable: the smallest ratio (or its "
    caption += "inverse) that so many events would have shown in 80% of studies."
    yield Table("survival_hazard_ratios", found, rows="estimate", caption=caption + told)
    imprecise = found["precision"].eq("imprecise")
    label = found["term"].where(~imprecise, found["term"] + " (imprecise)")
    shown = found.assign(label=label).drop(columns="term").rename(columns={"endpoint": "group"})
    yield Figure(
        "survival_forest",
        partial(forest, shown, xlabel=HAZARD_RATIO),
        marks="estimate",
        public=Redrawn(named(forest), ("fig_survival_forest",), {"xlabel": HAZARD_RATIO}),
        alt="Forest plot of hazard ratios by endpoint and factor, reasons where not estimable",
        caption="Hazard ratio per standard deviation of each factor alone, by endpoint, with 95% "
        "profile-likelihood intervals, or the reason why there is none. Imprecise: on so few "
        "events that only a large ratio could have shown." + told,
        data=shown,
    )


@result
def models(beside: pd.DataFrame, rules: Rules) -> Iterator[Part]:
    """Firth's model, the plain one, and one with a prior."""
    m = rules.prior_pseudo_events
    label = f"Upper 95% limit of the log-F({m:g}, {m:g}) prior of a hazard ratio"
    yield Number("prior_ratio", float(fdtri(m, m, 0.975)), format=".0f", label=label, people=False)
    shown = ["endpoint", "term", "model", "estimate", "low", "high", "p", "events", "reason"]
    caption = "Firth's Cox model, the plain one, and a log-F prior (sensitivity), per SD."
    yield Table("survival_models", beside[shown], rows="estimate", caption=caption)


@result
def refused(answered: pd.DataFrame) -> Iterator[Part]:
    """Models that were asked for, and the answers."""
    shown = ["endpoint", "model", "term", "estimate", "low", "high", "reason"]
    caption = "Models that were asked for, and the answers."
    yield Table("survival_refused", answered[shown], rows="estimate", caption=caption)


@result
def by_braf(name: str, tests: dict[str, Estimate]) -> Iterator[Part]:
    """An endpoint by BRAF V600E."""
    shown = as_table(tests).drop(columns="level")
    caption = f"{name} by BRAF V600E."
    yield Table("survival_by_braf", shown, rows="estimate", caption=caption)


@result
def sensitivity(parts: Sequence[pd.DataFrame]) -> Iterator[Part]:
    """Other counts of progression and of kinase inhibitors."""
    found = pd.concat(parts).drop(columns=["p", "level", "method"])
    caption = "Other counts of progression and TKI."
    yield Table("survival_sensitivity", found, rows="setting", caption=caption)


@result
def causes(observed: Observed, endpoint: Endpoint, least_at_risk: int) -> Iterator[Part]:
    """Death by its cause."""
    deaths, own = observed.times_of(endpoint), observed.of(endpoint)
    for cause, words in CAUSES.items():
        share = incidence_at(
            deaths, own["kind"], cause, YEARS_OF_CAUSES, least_at_risk=least_at_risk
        )
        label = f"Dead within 5 years: {words.lower()}"
        yield Number(f"death_5y_{cause}", share, label=label, share=True)
    yield Figure(
        "survival_causes",
        partial(
            draw.incidence_curves,
            deaths,
            own["kind"],
            CAUSES,
            least_at_risk=least_at_risk,
            xlabel=endpoint.axis,
        ),
        marks="step",
        alt="Cumulative incidence of death from thyroid cancer and from other causes",
        caption="Cumulative incidence of death by its cause since resistance, the causes competing "
        "(Aalen–Johansen, delayed entry).",
        data=own,
        rows="entry",
        public=LeftOut("each of its steps is one death"),
    )


@result
def summary(
    observed: Observed,
    named: Mapping[str, Endpoint],
    hazards: Mapping[str, Mapping[str, Estimate]],
    rules: Rules,
) -> Iterator[Part]:
    """Events, median, follow-up and hazard ratios of each endpoint.

    Args:
        named: the endpoints by the short name in the ids.
        hazards: by the same name, hazard ratios by factor: Trop2 H-score, and log SUVmax where
            the endpoint can have it.
    """
    for short, one in named.items():
        times = observed.times_of(one)
        label = f"Events, {one.label}"
        yield Number(f"n_{short}_events", times.events, format="d", unit="events", label=label)
        median = median_survival(times, rules.least_at_risk)
        yield Number(f"median_{short}", median, label=f"Median, {one.label}")
        label = f"Median follow-up (reverse Kaplan–Meier), {one.label}"
        yield Number(f"follow_up_{short}", median_follow_up(times), format=".1f", label=label)
        for key, factor in (("trop2", "Trop2 H-score"), ("suvmax", "log SUVmax")):
            if factor in hazards[short]:
                label = f"Hazard ratio of {factor}, {one.label}"
                yield Number(f"hr_{key}_{short}", hazards[short][factor], null=1, label=label)
