"""Time without treatment from the FDG PET: one patient whose treatment began, and one who died."""

import pytest
from study_tables import tables

from compendium.rules import Rules
from compendium.studies import fdg
from compendium.survival.endpoints import time_to_event


@pytest.mark.parametrize(
    ("follow_up", "days", "kind"),
    [
        ({"tki_start_day": 400}, 300, "tki"),
        ({"vital_status": "dead", "death_day": 700, "death_cause": "other"}, 600, "other"),
        ({}, 1900, ""),
    ],
)
def test_what_ends_the_time_without_treatment(follow_up, days, kind):
    study = tables(
        follow_up=[{"patient_id": "F", **follow_up}],
        pet_scan=[{"patient_id": "F", "tracer": fdg.PET.code, "scan_day": 100}],
    )
    found = time_to_event(study, ["F"], fdg.TREATMENT_FREE, Rules()).iloc[0]
    assert (found["time_days"], found["kind"], found["reason"]) == (days, kind, "")
