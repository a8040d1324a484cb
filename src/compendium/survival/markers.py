"""What is measured of a patient before survival counts: PET, thyroglobulin; and tables of survival.

A marker carries the day on which it was known, so that `hazard_ratios` can refuse it where patients
had to survive to be measured.
"""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import fields
from typing import Any

import numpy as np
import pandas as pd

from compendium.calendar import DAYS_PER_YEAR
from compendium.disease.growth import TG, doublings_per_year, suppressed_tg
from compendium.disease.metastases import is_metastasis
from compendium.errors import NotEstimable
from compendium.estimates import Estimate, not_estimable
from compendium.rules import Rules
from compendium.studies import trop2
from compendium.survival.hazard_ratios import (
    MODELS,
    Factor,
    as_table,
    survival_factors,
)
from compendium.survival.kaplan_meier import (
    KaplanMeier,
    kaplan_meier,
    median_follow_up,
    reliable_from,
)
from compendium.survival.precision import HazardRatio
from compendium.survival.times import DAYS_IN, SurvivalTimes
from compendium.tables import COLUMNS
from compendium.uptake.readings import origins

CAUSES_OF_DEATH = COLUMNS["follow_up"]["death_cause"].codes or ()


def suv_factor(lesion_suv: pd.DataFrame, rules: Rules) -> Factor:
    """Log of the geometric mean SUVmax of a patient's metastases on the first Trop2 PET.

    The hottest lesion's SUVmax rises with the number of lesions; their geometric mean does not.

    Args:
        lesion_suv: one row a lesion and scan; only those with status ok count. Without rows, as
            in a study without PET, nobody has a value.
        rules: which lesions are metastases; the thyroid bed is none.

    Returns:
        The factor; its origin is told where persons read SUVmax.
    """
    if lesion_suv.empty:
        nobody = pd.Series(dtype=float, index=pd.Index([], dtype=object, name="patient_id"))
        return Factor("log SUVmax", nobody, nobody)
    measured = (lesion_suv["tracer"] == trop2.PET.code) & (lesion_suv["status"] == "ok")
    usable = lesion_suv[measured & is_metastasis(lesion_suv["site"], rules.trop2_nodes_count)]
    first = usable.groupby("patient_id")["scan_day"].transform("min")
    usable = usable[(usable["scan_day"] == first) & (usable["suv_max"] > 0)]
    by_patient = usable.assign(log=np.log(usable["suv_max"].astype(float))).groupby("patient_id")
    values, known = by_patient["log"].mean(), by_patient["scan_day"].first()
    return Factor("log SUVmax", values, known, origins(usable))


def tg_factor(tables: Mapping[str, pd.DataFrame], endpoint: pd.DataFrame, rules: Rules) -> Factor:
    """Doublings of thyroglobulin a year, from samples between day 0 and the entry.

    Samples after entry would tell of the course that is to be explained.

    Args:
        endpoint: an endpoint's table, whose entry days end the samples.
        rules: suppressed TSH, and how many samples a patient needs.
    """
    until = endpoint.set_index("patient_id")["entry_day"]
    labs = tables["lab"]
    labs = labs[labs["patient_id"].isin(until.index)]
    known = labs["lab_day"] <= labs["patient_id"].map(until)
    _, labs = suppressed_tg(labs[known.fillna(False).astype(bool)], rules)
    rate = doublings_per_year(labs, "lab_day", TG, least_values=rules.tg_values)
    return Factor("Tg doublings a year", rate, labs.groupby("patient_id")["lab_day"].max())


def median_survival(times: SurvivalTimes, least_at_risk: int) -> Estimate:
    """Median, of a curve that begins with so many patients at risk."""
    return _of_curve(times, least_at_risk, lambda curve: curve.median())


def survival_at(times: SurvivalTimes, at: float, least_at_risk: int) -> Estimate:
    """Event-free share at a time, of a curve that begins with so many patients at risk."""
    return _of_curve(times, least_at_risk, lambda curve: curve.at(at))


def _of_curve(
    times: SurvivalTimes, least_at_risk: int, of: Callable[[KaplanMeier], Estimate]
) -> Estimate:
    try:
        return of(kaplan_meier(times, start=reliable_from(times, least_at_risk)))
    except NotEstimable as reason:
        return not_estimable(str(reason), n=times.n, events=times.events, method="Kaplan–Meier")


def survival_table(
    endpoints: Mapping[str, SurvivalTimes], at_years: Sequence[float], least_at_risk: int
) -> pd.DataFrame:
    """Median, survival at fixed times and median follow-up: a row an endpoint and quantity."""
    rows = []
    for name, times in endpoints.items():
        at = [years * DAYS_PER_YEAR / DAYS_IN[times.unit] for years in at_years]
        found = {"median": median_survival(times, least_at_risk)}
        found |= {
            f"survival at {t:g} {times.unit if t != 1 else times.unit.removesuffix('s')}": (
                survival_at(times, t, least_at_risk)
            )
            for t in at
        }
        found["median follow-up"] = median_follow_up(times)
        rows += [
            {"endpoint": name, "quantity": quantity, **estimate.as_row()}
            for quantity, estimate in found.items()
        ]
    return pd.DataFrame(rows)


def flow_of_endpoints(endpoints: Mapping[str, pd.DataFrame]) -> pd.DataFrame:
    """Patients at risk and not, events, and what they were: a row an endpoint."""
    rows = []
    for name, table in endpoints.items():
        used = table[table["reason"] == ""]
        events = used.loc[used["event"], "kind"]
        rows.append(
            {
                "endpoint": name,
                "patients": len(table),
                "not_at_risk": len(table) - len(used),
                "at_risk": len(used),
                "events": len(events),
                "progressions": int((events == "progression").sum()),
                "deaths": int(events.isin(CAUSES_OF_DEATH).sum()),
                "tki_starts": int((events == "tki").sum()),
            }
        )
    return pd.DataFrame(rows)


def factor_table(
    endpoints: Mapping[str, pd.DataFrame], factors: Mapping[str, Sequence[Factor]], rules: Rules
) -> pd.DataFrame:
    """Hazard ratio of each factor alone on each endpoint: a row an endpoint and factor.

    Args:
        endpoints: rows at risk, by name; factors: of each, by the same name.
        rules: see `survival_factors`.

    Returns:
        The columns of a `HazardRatio` also where every one is refused.
    """
    parts = [
        as_table(survival_factors(table, factors[name], rules), endpoint=name)
        for name, table in endpoints.items()
    ]
    found = pd.concat(parts, ignore_index=True)
    known: dict[str, Any] = {field.name: field.default for field in fields(HazardRatio)}
    return found.assign(**{name: value for name, value in known.items() if name not in found})


def by_every_model(
    endpoints: Mapping[str, pd.DataFrame], factors: Mapping[str, Sequence[Factor]], rules: Rules
) -> pd.DataFrame:
    """What Firth's penalty changes: each factor that has a ratio, by it, without it, by a prior.

    Args:
        endpoints, factors, rules: as of `factor_table`.

    Returns:
        A row a factor and model (Firth, plain, log-F prior), as those of `factor_table`.
    """
    parts = [
        as_table(
            survival_factors(table, factors[name], rules, model=model), endpoint=name, model=model
        )
        for name, table in endpoints.items()
        for model in MODELS
    ]
    found = pd.concat(parts, ignore_index=True)
    of_factor = found.groupby(["endpoint", "term"], sort=False)
    return found[of_factor["reason"].transform("first") == ""].sort_values(
        ["endpoint", "term"], kind="stable", ignore_index=True
    )


def baseline_predictors(
    tables: Mapping[str, pd.DataFrame], patients: Sequence[str]
) -> pd.DataFrame:
    """What is known of each patient on day 0, as numbers; missing where not recorded or tested.

    Returns:
        A row a patient, in the order given: age (per 10 years), male, tumour_diameter (cm), braf,
        tert, vascular (1 yes, 0 no).
    """
    people = tables["patient"].set_index("patient_id")
    tumours = tables["pathology"].set_index("patient_id")
    found = pd.DataFrame(index=people.index)
    found["age"] = people["age_years"].astype(float) / 10
    found["male"] = (people["sex"] == "male").astype(float)
    found["tumour_diameter"] = tumours["tumour_diameter_mm"].astype(float) / 10
    for gene, column in (("braf", "braf_v600e"), ("tert", "tert_promoter")):
        found[gene] = tumours[column].map({"mutant": 1.0, "wild_type": 0.0})
    found["vascular"] = tumours["vascular_invasion"].astype("Float64")
    return found.reindex(list(patients)).astype(float)
