"""Progression-free and overall survival from a study's tables, with the row that decided each day.

Glossary: the *origin* is the day from which time counts (resistance to 131I, or the 18F-Trop2 PET).
The *entry* is the day on which observation began: a patient belongs to the study because of being
alive and known then, so earlier days may not count as survived (left truncation). Who had the event
or was last seen by then is *not at risk*, and stays in the endpoint's table with that reason.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any, Literal, cast

import pandas as pd

from compendium.disease.progression import resistance_days
from compendium.disease.recist import RecistLimits, assess_from, first_progression
from compendium.errors import InputError

Tables = Mapping[str, pd.DataFrame]
Record = Mapping[str, Any]
CHOICES = {
    "outcome": ("pfs", "os"),
    "origin": ("resistance", "pet"),
    "entry": ("study", "pet", "ignored"),
    "tki": ("ignore", "event", "censor"),
}
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


@dataclass(frozen=True, kw_only=True)
class EndpointRule:
    """What counts as the endpoint.

    Attributes:
        outcome: `pfs`, first of progression and death, without an event censored at the last
            assessment; `os`, death of any cause, censored at last contact.
        origin: `resistance`, the day it was diagnosed; `pet`, the first 18F-Trop2 PET.
        entry: `study`, when the study began to observe; `pet`, the later of that and the PET, as
            any marker of the PET requires; `ignored`, the origin (only to show the bias).
        tki: start of a tyrosine-kinase inhibitor: ignored, an event, or the end of observation.
        recist: limits of progression.
    """

    outcome: Literal["pfs", "os"]
    origin: Literal["resistance", "pet"] = "resistance"
    entry: Literal["study", "pet", "ignored"] = "study"
    tki: Literal["ignore", "event", "censor"] = "ignore"
    recist: RecistLimits | None = None

    def __post_init__(self) -> None:
        for name, choices in CHOICES.items():
            if getattr(self, name) not in choices:
                raise InputError(
                    f"endpoint rule: {name} is {getattr(self, name)!r}; expected one of "
                    f"{', '.join(choices)}."
                )
        if self.outcome == "os" and self.tki == "event":
            raise InputError(
                "endpoint rule: tki is 'event' for overall survival; the start of a drug is no "
                "death. Use 'ignore' or 'censor'."
            )


@dataclass(frozen=True)
class Moment:
    """A day of a patient, the row that says so, and whether it is the event."""

    day: int
    row: str
    kind: str = ""
    event: bool = False


def endpoint(tables: Tables, patients: Sequence[str], rule: EndpointRule) -> pd.DataFrame:
    """Each patient's endpoint, with what decided it.

    Args:
        tables: of a study.
        patients: pseudonyms of those analysed.

    Returns:
        One row a patient, in the order given. reason: empty where at risk, or why not. entry_days,
        time_days: since the origin. event; kind: what ended the time at risk (progression, tki,
        thyroid_cancer, other, unknown; empty for the last contact or assessment). free_days: last
        time known event-free, before time_days where the event was seen at a visit. origin_day,
        entry_day, end_day: since day 0; …_row: table, column and finding that decided them.

    Raises:
        InputError: a patient has no row in follow_up.
    """
    follow_up = {str(row["patient_id"]): row for row in _records(tables["follow_up"])}
    unknown = [patient for patient in patients if patient not in follow_up]
    if unknown:
        raise InputError(
            f"follow_up: no row for {', '.join(unknown[:5])}; expected one for each patient "
            f"analysed. Add it, or leave the patient out."
        )
    scans = _first_scans(tables)
    origins = _origins(tables, scans, rule)
    progression = _progressions(tables, origins, rule) if rule.outcome == "pfs" else None
    rows = []
    for patient in patients:
        record = follow_up[patient]
        origin = origins.get(patient)
        entry = _entry(record, origin, scans.get(patient), rule)
        seen = None if progression is None else progression.get(patient, (None, None, None))
        rows.append(_row(patient, record, origin, entry, seen, rule))
    return pd.DataFrame(rows, columns=list(COLUMNS)).astype(
        {"event": bool, "origin_day": "Int64", "entry_day": "Int64", "end_day": "Int64"}
    )


def at_risk(endpoint: pd.DataFrame) -> pd.DataFrame:
    """The rows of an endpoint's table that contribute time at risk."""
    return endpoint[endpoint["reason"] == ""].reset_index(drop=True)


def _records(frame: pd.DataFrame) -> list[Record]:
    return cast(list[Record], frame.to_dict("records"))


def _first_scans(tables: Tables) -> dict[str, Moment]:
    scans = tables["pet_scan"]
    scans = scans[scans["tracer"] == "18F-Trop2"].sort_values("scan_day")
    first = scans.drop_duplicates("patient_id")
    return {
        scan["patient_id"]: Moment(int(scan["scan_day"]), f"pet_scan {scan['scan_id']}: scan_day")
        for scan in _records(first)
    }


def _origins(tables: Tables, scans: Mapping[str, Moment], rule: EndpointRule) -> dict[str, Moment]:
    if rule.origin == "pet":
        return dict(scans)
    diagnosed = tables["follow_up"].set_index("patient_id")["rai_refractory_day"]
    return {
        row["patient_id"]: Moment(
            int(row["anchor_day"]),
            "rai_course: last course_day"
            if pd.isna(diagnosed[row["patient_id"]])
            else "follow_up: rai_refractory_day",
        )
        for row in _records(resistance_days(tables))
    }


def _entry(
    record: Record, origin: Moment | None, scan: Moment | None, rule: EndpointRule
) -> Moment | None:
    """The latest of the origin, the begin of observation, and the PET where that is asked for."""
    if origin is None or (rule.entry == "pet" and scan is None):
        return None
    moments = [Moment(origin.day, f"origin ({origin.row})")]
    if rule.entry == "ignored":
        return moments[0]
    if not pd.isna(record["study_entry_day"]):
        moments.append(Moment(int(record["study_entry_day"]), "follow_up: study_entry_day"))
    if rule.entry == "pet" and scan is not None:
        moments.append(scan)
    return max(moments, key=lambda moment: moment.day)


Seen = tuple[Moment | None, int | None, Moment | None]
"""First progression, last day known free of it, last assessment."""


def _progressions(
    tables: Tables, origins: Mapping[str, Moment], rule: EndpointRule
) -> dict[str, Seen]:
    anchors = pd.DataFrame(
        [(patient, moment.day) for patient, moment in origins.items()],
        columns=["patient_id", "anchor_day"],
    ).astype({"anchor_day": "Int64"})
    assessments = tables["response_assessment"]
    found = first_progression(assessments, anchors, rule.recist)
    details = assess_from(assessments, anchors, rule.recist).merge(
        assessments, on=["patient_id", "assessment_day"]
    )
    why = {(r["patient_id"], r["assessment_day"]): _finding(r) for r in _records(details)}
    result: dict[str, Seen] = {}
    for row in _records(found):
        last = int(row["last_assessment_day"])
        place = "response_assessment day {}: {}".format
        event = None
        if not pd.isna(row["progression_day"]):
            day = int(row["progression_day"])
            finding = why[row["patient_id"], day]
            event = Moment(day, place(day, finding), "progression", True)
        free = None if pd.isna(row["last_free_day"]) else int(row["last_free_day"])
        final = Moment(last, place(last, "last assessment"))
        result[row["patient_id"]] = (event, free, final)
    return result


def _finding(row: Record) -> str:
    """What makes an assessment progression, in words."""
    if row["new_lesion"] is True:
        return "new lesion"
    if row["non_target_progression"] is True:
        return "non-target progression"
    return f"sum {row['sum_mm']:g} mm, nadir {row['nadir_mm']:g} mm"


def _row(
    patient: str,
    record: Record,
    origin: Moment | None,
    entry: Moment | None,
    seen: Seen | None,
    rule: EndpointRule,
) -> dict[str, object]:
    row: dict[str, object] = dict.fromkeys(COLUMNS) | {"patient_id": patient, "event": False}
    if origin is None or entry is None:
        lacking = "day of resistance" if rule.origin == "resistance" and origin is None else "PET"
        return row | {"reason": f"no {lacking} recorded", "kind": ""}
    end = _end(record, seen, rule)
    row |= {"origin_day": origin.day, "origin_row": origin.row}
    row |= {"entry_day": entry.day, "entry_row": entry.row}
    if end is None:
        return row | {"reason": "no assessment after the origin", "kind": ""}
    row |= {"end_day": end.day, "end_row": end.row, "event": end.event, "kind": end.kind}
    row |= {"entry_days": float(entry.day - origin.day), "time_days": float(end.day - origin.day)}
    free = end.day
    if end.kind == "progression" and seen is not None and seen[1] is not None:
        free = max(seen[1], origin.day)
    row["free_days"] = float(free - origin.day)
    what = {"": "last seen", "progression": "progression", "tki": "TKI started"}
    ended = f"{what.get(end.kind, 'death')} by the day observation began: not at risk"
    row["reason"] = ended if end.day <= entry.day else ""
    return row


def _end(record: Record, seen: Seen | None, rule: EndpointRule) -> Moment | None:
    """What ended the time at risk; None where nothing was seen after the origin."""
    contact = Moment(int(record["last_contact_day"]), "follow_up: last_contact_day")
    progression, _, last = (None, None, contact) if seen is None else seen
    events = [] if progression is None else [progression]
    if record["vital_status"] == "dead":
        died: int = contact.day if pd.isna(record["death_day"]) else int(record["death_day"])
        cause = record["death_cause"] if isinstance(record["death_cause"], str) else "unknown"
        events.append(Moment(died, f"follow_up: death_day ({cause})", cause, True))
    drug = None
    if rule.tki != "ignore" and not pd.isna(record["tki_start_day"]):
        start = int(record["tki_start_day"])
        drug = Moment(start, "follow_up: tki_start_day", "tki", rule.tki == "event")
        events += [drug] if drug.event else []
    end = min(events, key=lambda moment: moment.day, default=last)
    if drug is not None and end is not None and drug.day < end.day:
        return drug
    return end
