"""The analysis sets of a chapter on survival: who is in which, and what other sets would say."""

from collections.abc import Mapping, Sequence
from dataclasses import replace

import pandas as pd

from compendium.rules import Rules
from compendium.studies import trop2
from compendium.studies.endpoints import Endpoint
from compendium.survival.hazard_ratios import Factor, as_table, survival_factors
from compendium.survival.markers import median_survival
from compendium.survival.observed import Observed, observe

Tables = Mapping[str, pd.DataFrame]
FOUND_AS_RECORDED = "as recorded"
FOUND_AS = {"archive": "all from the archive", "alive": "all for being alive"}


def flow_to_sets(
    observed: Observed, factors: Mapping[str, Sequence[Factor]], pet: Sequence[Endpoint]
) -> pd.DataFrame:
    """Patients and events of each endpoint: all, at risk, with each factor, with all of them.

    Args:
        factors: of each endpoint, by its label.
        pet: the endpoints of the PET set; the others are of the tissue set.

    Returns:
        set, endpoint, step, patients, events; a row a step.
    """
    of_pet = {one.label for one in pet}
    rows = []
    for name, table in observed.tables.items():
        used = observed.used[name]
        known = {f.name: used["patient_id"].map(f.values).notna() for f in factors[name]}
        complete = pd.concat(known, axis=1).all(axis=1)
        steps: dict[str, pd.DataFrame] = {"non-responders": table, "at risk": used}
        steps |= {f"with {factor}": used[here] for factor, here in known.items()}
        steps |= {"with all of these": used[complete.to_numpy(bool)]}
        rows += [
            {
                "set": "PET set" if name in of_pet else "tissue set",
                "endpoint": name,
                "step": step,
                "patients": len(left),
                "events": int(left["event"].sum()),
            }
            for step, left in steps.items()
        ]
    return pd.DataFrame(rows)


def found_otherwise(
    tables: Tables,
    patients: Sequence[str],
    endpoints: Sequence[Endpoint],
    factor: Factor,
    rules: Rules,
) -> pd.DataFrame:
    """What another way of finding the patients would say: median, and hazard ratio of a factor.

    Returns:
        term (how the patients are taken to have been found), endpoint, quantity, and the columns of
        an Estimate; two rows a way and endpoint.
    """
    parts = []
    for how in (FOUND_AS_RECORDED, *trop2.FOUND_OTHERWISE):
        taken = [_found(one, how) for one in endpoints]
        observed = observe(tables, patients, taken, rules)
        parts += [_both(observed, one, FOUND_AS.get(how, how), factor, rules) for one in taken]
    return pd.concat(parts, ignore_index=True)


def _found(endpoint: Endpoint, how: str) -> Endpoint:
    if how == FOUND_AS_RECORDED:
        return endpoint
    return replace(endpoint, analysis_set=trop2.FOUND_OTHERWISE[how])


def median_and_ratio(
    observed: Observed, endpoints: Sequence[Endpoint], factor: Factor, rules: Rules
) -> pd.DataFrame:
    """Median and hazard ratio of a factor for each endpoint; two rows an endpoint."""
    parts = [_both(observed, one, factor.name, factor, rules) for one in endpoints]
    return pd.concat(parts, ignore_index=True)


def _both(
    observed: Observed, endpoint: Endpoint, term: str, factor: Factor, rules: Rules
) -> pd.DataFrame:
    median = median_survival(observed.times_of(endpoint), rules.least_at_risk)
    ratio = survival_factors(observed.of(endpoint), [factor], rules)[factor.name]
    found = {"median": median, f"HR of {factor.name}": ratio}
    rows = [
        as_table({term: value}, endpoint=endpoint.label, quantity=quantity)
        for quantity, value in found.items()
    ]
    return pd.concat(rows, ignore_index=True)


def groups_of_sets(
    observed: Observed,
    factors: Mapping[str, Sequence[Factor]],
    tissue: Endpoint,
    pet: Endpoint | None = None,
) -> pd.DataFrame:
    """The non-responders by analysis set, as a diagram of groups shows them.

    Args:
        factors: of each endpoint, by its label.
        tissue, pet: the leading endpoint of each set; no PET set without its endpoint.

    Returns:
        group, parent (empty: the non-responders), label, patients, as of
        `cohort.populations.flow_groups`; who is not in a set stands beside it with the reason.
    """
    rows: list[tuple[str, str, str, int]] = []
    for name, words, one in (("tissue", "Tissue set", tissue), ("pet", "PET set", pet)):
        if one is None:
            continue
        used, known = observed.used[one.label], factors[one.label]
        rows.append((name, "", f"{words}, {one.label}", len(used)))
        rows += _left_out(name, words, observed.tables[one.label])
        rows.append((f"{name}_first", name, f"With {known[0].name}", _with(used, known[:1])))
        rows.append((f"{name}_all", name, "With all factors", _with(used, known)))
    return pd.DataFrame(rows, columns=["group", "parent", "label", "patients"])


def _left_out(name: str, words: str, table: pd.DataFrame) -> list[tuple[str, str, str, int]]:
    """A group of those who are not at risk, if there are any."""
    reasons = table.loc[table["reason"] != "", "reason"]
    if reasons.empty:
        return []
    why = reasons.iloc[0] if reasons.nunique() == 1 else "not at risk"
    return [(f"{name}_out", "", f"Not in the {words}: {why}", len(reasons))]


def _with(used: pd.DataFrame, factors: Sequence[Factor]) -> int:
    """Patients of whom all the factors are known."""
    known = [used["patient_id"].map(factor.values).notna() for factor in factors]
    return int(pd.concat(known, axis=1).all(axis=1).sum())
