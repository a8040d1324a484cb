"""Times to an event from a study's tables, by a declared endpoint, with what decided each day.

Glossary: the *origin* is the day from which time counts. The *entry* is the day on which
observation began. A patient found in the *archive*, dead or alive, is observed from the origin; one
found *alive* belongs to the study for being alive on a later day, and no earlier day may count as
survived (left truncation). Who had the event or was last seen by the entry is *not at risk*, and
stays in the endpoint's table with that reason.
"""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import pandas as pd

from compendium.disease.recist import assess_from
from compendium.errors import InputError
from compendium.rules import Rules
from compendium.studies.endpoints import Endpoint, Source
from compendium.studies.moments import Moment, Tables, first_of, moments
from compendium.tables import MODELS, key_of

COLUMNS = (
    "patient_id",
    "reason",
    "entry_days",
    "time_days",
    "event",
    "kind",
    "free_days",
    "origin_day",
    "origin_row",
    "entry_day",
    "entry_row",
    "end_day",
    "end_row",
)


def time_to_event(
    tables: Tables, patients: Sequence[str], endpoint: Endpoint, rules: Rules
) -> pd.DataFrame:
    """Each patient's time to an event, with what decided it.

    Args:
        tables: of a study.
        patients: pseudonyms of those analysed.
        endpoint: as declared in `studies`.
        rules: limits of progression, and those that the endpoint names.

    Returns:
        One row a patient, in the order given. reason: empty where at risk, or why not. entry_days,
        time_days: since the origin. event; kind: what ended the time at risk, by the code of its
        source (empty where nothing happened). free_days: last time known event-free, before
        time_days where the event was seen at a visit. origin_day, entry_day, end_day: since day 0;
        …_row: table, column and finding that decided them.

    Raises:
        InputError: a patient has no row in a table with one row a patient, or a source names a
            table or column that does not exist.
    """
    endpoint = endpoint.under(rules)
    _require_rows(tables, patients, endpoint)
    origins = first_of(tables, endpoint.analysis_set.origin, rules)
    asked = {source.table for source in endpoint.sources}
    derived = {name: DERIVED[name](tables, origins, rules) for name in asked & DERIVED.keys()}
    days = {
        source: moments(derived if source.table in derived else tables, source, rules)
        for source in set(endpoint.sources)
    }
    rows = []
    for patient in patients:
        own = {source: found[patient] for source, found in days.items() if patient in found}
        rows.append({"patient_id": patient} | _row(origins.get(patient), own, endpoint))
    return pd.DataFrame(rows, columns=list(COLUMNS)).astype(
        {"event": bool, "origin_day": "Int64", "entry_day": "Int64", "end_day": "Int64"}
    )


def at_risk(endpoint: pd.DataFrame) -> pd.DataFrame:
    """The rows of an endpoint's table that contribute time at risk."""
    return endpoint[endpoint["reason"] == ""].reset_index(drop=True)


def _require_rows(tables: Tables, patients: Sequence[str], endpoint: Endpoint) -> None:
    """Who lacks the only row that a table has of a patient would be taken for event-free."""
    for name in {source.table for source in endpoint.sources} & MODELS.keys():
        if key_of(MODELS[name]) == ("patient_id",):
            known = set(tables[name]["patient_id"])
            unknown = [patient for patient in patients if patient not in known]
            if unknown:
                raise InputError(
                    f"{name}: no row for {', '.join(unknown[:5])}; expected one for each patient "
                    f"analysed. Add it, or leave the patient out."
                )


def _recist(tables: Tables, origins: Mapping[str, Moment], rules: Rules) -> pd.DataFrame:
    """Assessments after the origin with their category, the one before each, and the finding."""
    anchors = pd.DataFrame(
        [(patient, origin.day) for patient, origin in origins.items()],
        columns=["patient_id", "anchor_day"],
    ).astype({"anchor_day": "Int64"})
    assessments = tables["response_assessment"]
    rows = assess_from(assessments, anchors, rules)
    evaluable = rows["assessment_day"].mask(rows["recist"] == "NE")
    before = evaluable.groupby(rows["patient_id"]).ffill().groupby(rows["patient_id"]).shift()
    rows["previous_day"] = before.fillna(rows["anchor_day"])
    rows = rows.merge(assessments, on=["patient_id", "assessment_day"])
    rows["finding"] = [_finding(row) for row in rows.to_dict("records")]
    after = rows["assessment_day"] > rows["anchor_day"]
    return rows[after & (rows["recist"] != "baseline")]


def _finding(row: Mapping[Any, Any]) -> str:
    """What makes an assessment progression, in words."""
    if row["new_lesion"] is True:
        return "new lesion"
    if row["non_target_progression"] is True:
        return "non-target progression"
    if pd.isna(row["sum_mm"]):
        return "lesions back after all had disappeared"
    return f"sum {row['sum_mm']:g} mm, nadir {row['nadir_mm']:g} mm"


def _ascertained(tables: Tables, origins: Mapping[str, Moment], rules: Rules) -> pd.DataFrame:
    """From when each patient is observed: the origin of one found in the archive."""
    rows = tables["follow_up"]
    found = rows["ascertainment"].fillna(rules.ascertainment)
    days = {patient: origin.day for patient, origin in origins.items()}
    origin = rows["patient_id"].map(days).astype("Int64")
    return rows.assign(entry_day=rows["study_entry_day"].where(found == "alive", origin))


Derive = Callable[[Tables, Mapping[str, Moment], Rules], pd.DataFrame]
DERIVED: dict[str, Derive] = {"recist": _recist, "ascertained": _ascertained}
"""Tables that a source may name beside those of the study, made for the endpoint's origin."""


@dataclass(frozen=True)
class _End:
    """What ended the time at risk, and whether it is the event."""

    moment: Moment
    event: bool


def _row(
    origin: Moment | None, own: Mapping[Source, Moment], endpoint: Endpoint
) -> dict[str, object]:
    """One patient's row, from the days that are known of the patient."""
    row: dict[str, object] = {"event": False, "kind": ""}
    begin = endpoint.analysis_set
    if origin is None:
        return row | {"reason": begin.origin[0].says_lacking}
    for source in begin.entry:
        if source.required and source not in own:
            return row | {"reason": source.says_lacking}
    row |= {"origin_day": origin.day, "origin_row": origin.row}
    entries = [own[source] for source in begin.entry if source in own]
    entry = max(entries, key=lambda moment: moment.day, default=origin)
    entry_row = entry.row
    if entry.day <= origin.day:
        entry, entry_row = origin, f"origin ({origin.row})"
    row |= {"entry_day": entry.day, "entry_row": entry_row}
    end = _end(own, endpoint)
    if end is None:
        return row | {"reason": endpoint.censored[0].says_lacking}
    last = end.moment
    free_day = last.day if last.free_day is None else max(last.free_day, origin.day)
    ended = f"{last.source.description} by the day observation began: not at risk"
    return row | {
        "reason": ended if last.day <= entry.day else "",
        "entry_days": float(entry.day - origin.day),
        "time_days": float(last.day - origin.day),
        "free_days": float(free_day - origin.day),
        "event": end.event,
        "kind": last.kind,
        "end_day": last.day,
        "end_row": last.row,
    }


def _end(own: Mapping[Source, Moment], endpoint: Endpoint) -> _End | None:
    """The first event, else the latest censoring; or what stops the observation before that."""
    events = [own[source] for source in endpoint.events if source in own]
    censored = [own[source] for source in endpoint.censored if source in own]
    if events:
        end = _End(min(events, key=lambda moment: moment.day), True)
    elif censored:
        end = _End(max(censored, key=lambda moment: moment.day), False)
    else:
        return None
    stops = [own[source] for source in endpoint.stops if source in own]
    stop = min(stops, key=lambda moment: moment.day, default=end.moment)
    return _End(stop, False) if stop.day < end.moment.day else end
