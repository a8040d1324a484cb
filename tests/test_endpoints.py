"""Endpoints from a study's rows: each patient with what must decide the day, and why."""

import pytest
from study_tables import tables

from compendium.errors import InputError
from compendium.survival.endpoints import EndpointRule, at_risk, endpoint

SCAN = {"tracer": "18F-Trop2", "series_dir": "s"}


def study(follow_up=None, visits=(), scan_day=None, **courses):
    """One patient, resistant from day 1000 and observed from day 1500."""
    record = {
        "patient_id": "P001",
        "rai_refractory_day": 1000,
        "study_entry_day": 1500,
        "last_contact_day": 2000,
        **(follow_up or {}),
    }
    scans = [{**SCAN, "patient_id": "P001", "scan_id": "S1", "scan_day": scan_day}]
    return tables(
        follow_up=[record],
        response_assessment=[
            {"patient_id": "P001", "assessment_day": day, "sum_target_diameters_mm": mm, **more}
            for day, mm, more in visits
        ],
        pet_scan=scans if scan_day else [],
        rai_course=[{"patient_id": "P001", **course} for course in courses.values()],
    )


def row(study_tables, **rule):
    rule = {"outcome": "pfs", **rule}
    return endpoint(study_tables, ["P001"], EndpointRule(**rule)).iloc[0]


BASE = (1000, 40.0, {})
FREE = (1600, 41.0, {})
NEW = (1800, 41.0, {"new_lesion": True})
GROWN = (1800, 48.0, {})
NON_TARGET = (1800, 41.0, {"non_target_progression": True})
LATE = (1950, 41.0, {})
DEAD = {"vital_status": "dead", "death_day": 2000, "death_cause": "thyroid_cancer"}


@pytest.mark.parametrize(
    ("visits", "follow_up", "days", "event", "kind", "decided"),
    [
        ([BASE, FREE, NEW], {}, 800, True, "progression", "day 1800: new lesion"),
        ([BASE, FREE, NON_TARGET], {}, 800, True, "progression", "day 1800: non-target"),
        ([BASE, FREE, GROWN], {}, 800, True, "progression", "sum 48 mm, nadir 40 mm"),
        ([BASE, FREE, LATE], {}, 950, False, "", "day 1950: last assessment"),
        ([BASE, FREE], DEAD, 1000, True, "thyroid_cancer", "death_day (thyroid_cancer)"),
        ([BASE, FREE, NEW], DEAD, 800, True, "progression", "day 1800: new lesion"),
        ([BASE, FREE], {**DEAD, "death_cause": None}, 1000, True, "unknown", "(unknown)"),
    ],
)
def test_what_ends_progression_free_survival(visits, follow_up, days, event, kind, decided):
    found = row(study(follow_up, visits))
    assert (found["time_days"], found["event"], found["kind"]) == (days, event, kind)
    assert decided in found["end_row"]
    assert found["reason"] == ""
    assert (found["entry_days"], found["entry_row"]) == (500, "follow_up: study_entry_day")
    assert (found["origin_day"], found["origin_row"]) == (1000, "follow_up: rai_refractory_day")


@pytest.mark.parametrize(
    ("follow_up", "days", "event"),
    [({}, 1000, False), (DEAD, 1000, True), ({"last_contact_day": 1700}, 700, False)],
)
def test_overall_survival_ends_with_death_or_the_last_contact(follow_up, days, event):
    found = row(study(follow_up, [BASE, FREE, NEW]), outcome="os")
    assert (found["time_days"], found["event"]) == (days, event)


@pytest.mark.parametrize(
    ("visits", "follow_up", "reason"),
    [
        ([BASE, (1400, 60.0, {}), FREE], {}, "progression by the day observation began"),
        ([BASE, (1500, 60.0, {})], {}, "progression by the day observation began"),
        ([BASE, (1501, 60.0, {})], {}, ""),
        ([BASE, (1400, 40.0, {})], {}, "last seen by the day observation began"),
        ([BASE], {}, "no assessment after the origin"),
        ([BASE, FREE], {"rai_refractory_day": None}, "no day of resistance recorded"),
    ],
)
def test_who_is_not_at_risk_stays_with_the_reason(visits, follow_up, reason):
    table = endpoint(study(follow_up, visits), ["P001"], EndpointRule(outcome="pfs"))
    assert table["reason"].iloc[0].startswith(reason)
    assert len(at_risk(table)) == (reason == "")


def test_ignoring_entry_counts_what_was_seen_in_retrospect():
    found = row(study({}, [BASE, (1400, 60.0, {}), FREE]), entry="ignored")
    assert (found["entry_days"], found["time_days"], found["reason"]) == (0, 400, "")


def test_observed_from_day_0_enters_at_the_origin():
    found = row(study({"study_entry_day": None}, [BASE, FREE]))
    assert found["entry_days"] == 0
    assert found["entry_row"] == "origin (follow_up: rai_refractory_day)"


@pytest.mark.parametrize(
    ("scan_day", "entry_days", "entry_row"),
    [(1700, 700, "pet_scan S1: scan_day"), (1400, 500, "follow_up: study_entry_day")],
)
def test_entry_for_a_marker_of_the_pet_is_the_later_of_both(scan_day, entry_days, entry_row):
    found = row(study({}, [BASE, FREE, LATE], scan_day), entry="pet")
    assert (found["entry_days"], found["entry_row"]) == (entry_days, entry_row)


def test_from_the_pet_earlier_progression_does_not_count():
    found = row(study({}, [BASE, (1550, 60.0, {}), NEW], 1700), origin="pet")
    assert (found["origin_row"], found["time_days"]) == ("pet_scan S1: scan_day", 100)
    assert row(study({}, [BASE, FREE]), origin="pet")["reason"] == "no PET recorded"
    assert row(study({}, [BASE, FREE]), entry="pet")["reason"] == "no PET recorded"


def test_resistance_without_a_day_is_the_last_course():
    courses = {"a": {"course": 1, "course_day": 700}, "b": {"course": 2, "course_day": 900}}
    found = row(study({"rai_refractory_day": None}, [BASE, FREE, LATE], **courses))
    assert (found["origin_day"], found["origin_row"]) == (900, "rai_course: last course_day")


@pytest.mark.parametrize(
    ("tki", "day", "days", "event", "kind"),
    [
        ("ignore", 1700, 800, True, "progression"),
        ("event", 1700, 700, True, "tki"),
        ("censor", 1700, 700, False, "tki"),
        ("event", 1800, 800, True, "progression"),  # begun because of it
        ("censor", 1800, 800, True, "progression"),
        ("event", 1900, 800, True, "progression"),
    ],
)
def test_start_of_a_tki_is_ignored_an_event_or_the_end(tki, day, days, event, kind):
    found = row(study({"tki_start_day": day}, [BASE, FREE, NEW]), tki=tki)
    assert (found["time_days"], found["event"], found["kind"]) == (days, event, kind)


def test_tki_after_the_last_assessment_is_an_event_but_no_earlier_end():
    visits, follow_up = [BASE, FREE], {"tki_start_day": 1700}
    assert row(study(follow_up, visits), tki="event")["time_days"] == 700
    assert row(study(follow_up, visits), tki="censor")["time_days"] == 600


def test_tki_before_entry_is_said():
    found = row(study({"tki_start_day": 1400}, [BASE, FREE, NEW]), tki="censor")
    assert found["reason"] == "TKI started by the day observation began: not at risk"


def test_progression_lies_between_two_visits_and_death_on_its_day():
    assert row(study({}, [BASE, FREE, NEW]))["free_days"] == 600
    assert row(study(DEAD, [BASE, FREE]))["free_days"] == 1000


def test_says_what_is_wrong_with_a_rule():
    with pytest.raises(InputError, match="origin is 'diagnosis'; expected one of resistance, pet"):
        EndpointRule(outcome="pfs", origin="diagnosis")
    with pytest.raises(InputError, match="the start of a drug is no death"):
        EndpointRule(outcome="os", tki="event")


def test_a_patient_without_follow_up_is_named():
    with pytest.raises(InputError, match="follow_up: no row for P009"):
        endpoint(study(), ["P009"], EndpointRule(outcome="os"))
