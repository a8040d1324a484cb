"""Endpoints from a study's rows: each patient with what must decide the day, and why."""

from dataclasses import replace

import pytest
from study_tables import tables

from compendium.errors import InputError
from compendium.rules import Rules
from compendium.studies import trop2
from compendium.studies.conditions import Among
from compendium.studies.endpoints import AnalysisSet, Endpoint, Source
from compendium.studies.trop2 import FROM_RESISTANCE, OS_FROM_RESISTANCE, PFS_FROM_RESISTANCE
from compendium.survival.endpoints import at_risk, time_to_event
from compendium.survival.markers import flow_of_endpoints

SCAN = {"tracer": "18F-Trop2", "series_dir": "s"}
AFTER_PET = replace(FROM_RESISTANCE, entry=(trop2.FOUND, replace(trop2.FIRST_PET, required=True)))


def study(follow_up=None, visits=(), scan_day=None, **courses):
    """One patient, resistant from day 1000, found alive and observed from day 1500."""
    record = {
        "patient_id": "P001",
        "rai_refractory_day": 1000,
        "study_entry_day": 1500,
        "ascertainment": "alive",
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


def row(study_tables, endpoint=PFS_FROM_RESISTANCE, tki="ignore"):
    return time_to_event(study_tables, ["P001"], endpoint, Rules(tki=tki)).iloc[0]


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
    found = row(study(follow_up, [BASE, FREE, NEW]), OS_FROM_RESISTANCE)
    assert (found["time_days"], found["event"]) == (days, event)


@pytest.mark.parametrize(
    ("visits", "follow_up", "reason"),
    [
        ([BASE, (1400, 60.0, {}), FREE], {}, "progression by the day observation began"),
        ([BASE, (1500, 60.0, {})], {}, "progression by the day observation began"),
        ([BASE, (1501, 60.0, {})], {}, ""),
        ([BASE, (1400, 40.0, {})], {}, "last assessment by the day observation began"),
        ([BASE], {}, "no assessment after the origin"),
        ([BASE, FREE], {"rai_refractory_day": None}, "no day of resistance recorded"),
    ],
)
def test_who_is_not_at_risk_stays_with_the_reason(visits, follow_up, reason):
    table = time_to_event(study(follow_up, visits), ["P001"], PFS_FROM_RESISTANCE, Rules())
    assert table["reason"].iloc[0].startswith(reason)
    assert len(at_risk(table)) == (reason == "")


EARLY = [BASE, (1400, 60.0, {}), FREE]


@pytest.mark.parametrize(
    ("how", "entry_day", "rule", "entry_days", "days", "reason"),
    [
        ("archive", 1500, "alive", 0, 400, ""),
        ("archive", None, "alive", 0, 400, ""),
        (None, 1500, "archive", 0, 400, ""),
        ("alive", 1500, "archive", 500, 400, "progression by the day observation began"),
        (None, 1500, "alive", 500, 400, "progression by the day observation began"),
        ("alive", None, "archive", None, None, "found alive, and no study_entry_day says when"),
    ],
)
def test_how_a_patient_was_found_says_from_when_time_counts(
    how, entry_day, rule, entry_days, days, reason
):
    given = study({"ascertainment": how, "study_entry_day": entry_day}, EARLY)
    rules = Rules(ascertainment=rule)
    found = time_to_event(given, ["P001"], PFS_FROM_RESISTANCE, rules).iloc[0]
    assert found["reason"].startswith(reason)
    assert (found["reason"] == "") == (reason == "")
    if entry_days is not None:
        assert (found["entry_days"], found["time_days"]) == (entry_days, days)
    if entry_days == 0:
        assert found["entry_row"] == "origin (follow_up: rai_refractory_day)"


@pytest.mark.slow
def test_both_ways_of_finding_can_be_assumed_of_all():
    for how, entry_days in (("archive", 0), ("alive", 500)):
        other = replace(PFS_FROM_RESISTANCE, analysis_set=trop2.FOUND_OTHERWISE[how])
        for told in ("archive", "alive"):
            found = row(study({"ascertainment": told}, [BASE, FREE, NEW]), other)
            assert (found["entry_days"], found["time_days"]) == (entry_days, 800)
    dead = {"ascertainment": "archive", "study_entry_day": None}
    assert row(study(dead, EARLY), other)["reason"].startswith("no study_entry_day: died")


def test_the_dead_without_a_pet_have_tissue_and_time_from_resistance():
    dead = study({**DEAD, "ascertainment": "archive", "study_entry_day": None}, [BASE, FREE])
    assert row(dead, OS_FROM_RESISTANCE)["time_days"] == 1000
    assert row(dead, trop2.OS_FROM_PET)["reason"] == "no PET recorded"


def test_survivors_with_their_entry_ignored_have_immortal_time():
    given = study({"ascertainment": "archive"}, [BASE, FREE, NEW], scan_day=1700)
    entries = {one.name: row(given, one)["entry_days"] for one in trop2.MISTAKEN}
    assert entries == {
        "pfs_from_resistance_delayed": 700,
        "pfs_from_resistance_immortal": 0,
        "os_from_resistance_delayed": 700,
        "os_from_resistance_immortal": 0,
    }


@pytest.mark.parametrize(
    ("scan_day", "entry_days", "entry_row"),
    [(1700, 700, "pet_scan S1: scan_day"), (1400, 500, "follow_up: study_entry_day")],
)
def test_entry_for_a_marker_of_the_pet_is_the_later_of_both(scan_day, entry_days, entry_row):
    after_pet = replace(PFS_FROM_RESISTANCE, analysis_set=AFTER_PET)
    found = row(study({}, [BASE, FREE, LATE], scan_day), after_pet)
    assert (found["entry_days"], found["entry_row"]) == (entry_days, entry_row)


def test_from_the_pet_earlier_progression_does_not_count():
    found = row(study({}, [BASE, (1550, 60.0, {}), NEW], 1700), trop2.PFS_FROM_PET)
    assert (found["origin_row"], found["time_days"]) == ("pet_scan S1: scan_day", 100)
    assert row(study({}, [BASE, FREE]), trop2.PFS_FROM_PET)["reason"] == "no PET recorded"
    after_pet = replace(PFS_FROM_RESISTANCE, analysis_set=AFTER_PET)
    assert row(study({}, [BASE, FREE]), after_pet)["reason"] == "no PET recorded"


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
    assert found["reason"] == "start of a TKI by the day observation began: not at risk"


def test_progression_lies_between_two_visits_and_death_on_its_day():
    assert row(study({}, [BASE, FREE, NEW]))["free_days"] == 600
    assert row(study(DEAD, [BASE, FREE]))["free_days"] == 1000


def test_overall_survival_has_no_intercurrent_tki():
    visits = study({"tki_start_day": 1700}, [BASE])
    assert row(visits, OS_FROM_RESISTANCE, tki="event")["time_days"] == 1000


def test_says_what_is_wrong_with_a_strategy():
    with pytest.raises(InputError, match="PFS from resistance, rule tki: 'drop' is no way to"):
        PFS_FROM_RESISTANCE.under({"tki": "drop"})


def test_a_patient_without_follow_up_is_named():
    with pytest.raises(InputError, match="follow_up: no row for P009"):
        time_to_event(study(), ["P009"], OS_FROM_RESISTANCE, Rules())


@pytest.mark.parametrize(
    ("found_alive", "entry_days", "entry_row"),
    [
        (("thyroid_cancer",), 500, "follow_up: study_entry_day"),
        (("other",), 0, "origin (follow_up: rai_refractory_day)"),
    ],
)
def test_a_condition_on_the_entry_decides_from_when_a_patient_is_observed(
    found_alive, entry_days, entry_row
):
    entry = replace(trop2.STUDY_ENTRY, where=Among("death_cause", found_alive))
    some_alive = replace(FROM_RESISTANCE, entry=(entry,))
    found = row(study(DEAD), replace(OS_FROM_RESISTANCE, analysis_set=some_alive))
    assert (found["entry_days"], found["entry_row"]) == (entry_days, entry_row)


SECOND_COURSE = Endpoint(
    name="second_course",
    label="Time to the second course",
    item="C1",
    unit="months",
    analysis_set=AnalysisSet(
        population=trop2.ELIGIBLE,
        since="the first course",
        origin=(Source("rai_course", "course_day", "first course of 131I"),),
    ),
    events=(
        Source("rai_course", "course_day", "second course", where=Among("course", (2,)),
               kind="second_course", row="rai_course {course}: course_day"),
    ),
    censored=(trop2.LAST_CONTACT, Source("lab", "lab_day", "last sample", take="last")),
)  # fmt: skip


@pytest.mark.parametrize(
    ("courses", "sample", "days", "event", "kind", "decided"),
    [
        ((100, 300), 400, 200, True, "second_course", "rai_course 2: course_day"),
        ((100,), 400, 1900, False, "", "follow_up: last_contact_day"),
        ((100,), 2100, 2000, False, "", "lab: lab_day"),
    ],
)
def test_an_endpoint_of_other_tables_needs_a_declaration_only(
    courses, sample, days, event, kind, decided
):
    given = study() | tables(
        rai_course=[
            {"patient_id": "P001", "course": number, "course_day": day}
            for number, day in enumerate(courses, start=1)
        ],
        lab=[{"patient_id": "P001", "lab_day": day} for day in (50, sample)],
        follow_up=[{"patient_id": "P001", "last_contact_day": 2000}],
    )
    found = row(given, SECOND_COURSE)
    assert (found["time_days"], found["event"], found["kind"]) == (days, event, kind)
    assert (found["end_row"], found["entry_days"]) == (decided, 0)
    flow = flow_of_endpoints({SECOND_COURSE.label: found.to_frame().T})
    assert flow[["events", "progressions", "deaths"]].iloc[0].tolist() == [int(event), 0, 0]
    assert SECOND_COURSE.axis == "Months since the first course"


def test_a_source_of_a_table_or_column_that_is_not_there_is_named():
    lost = replace(trop2.LAST_CONTACT, column="last_seen_day")
    with pytest.raises(InputError, match=r"last contact: there is no follow_up\.last_seen_day"):
        row(study(), replace(OS_FROM_RESISTANCE, censored=(lost,)))
