"""Every limit at both ends of its range: patients are classed, none is lost, nothing breaks."""

from collections.abc import Iterator
from typing import Any

import pytest
from study_tables import table
from test_response import MIXED, NEW, patient

from compendium.cohort.eligibility import eligibility_rules
from compendium.cohort.membership import judge
from compendium.disease.first_course import VERDICTS, r1_ledger
from compendium.disease.progression import CLASSES, classify_progression, rapid_by_criterion
from compendium.disease.response import REASONS, classify_response
from compendium.limits import ByLimits, Limit
from compendium.rules import Rules
from compendium.studies import trop2
from compendium.tsh.administrations import scan_pairs

PET = [
    {"scan_id": "A", "tsh_level": "low", "scan_day": 100, "tsh_miu_per_l": 30.0},
    {"scan_id": "B", "tsh_level": "high", "scan_day": 110, "tsh_miu_per_l": ">100"},
]


def ends(limit: Limit[Any]) -> Iterator[Any]:
    """The words of a vocabulary, or a value at or close to either end of a range."""
    if isinstance(limit.default, bool):
        yield from (False, True)
        return
    yield from limit.choices
    least = limit.ends["ge"] if limit.ends["gt"] is None else limit.ends["gt"] + 1e-6
    most = limit.ends["le"] if limit.ends["lt"] is None else limit.ends["lt"] - 1e-6
    for end, step in ((least, 1), (most, -1)):
        if end is None:
            continue
        width = 1 if None in (least, most) else min(1, (most - least) / 2)
        pair = sorted((end, end + step * width))
        yield pair if limit.interval else type(limit.default)(end)


pytestmark = pytest.mark.slow  # some 90 patients, each classed by all rules

CASES = [
    (name, value)
    for name in trop2.RULES
    for value in ends(Rules.declared[name])
    if not {name} & {end for pair in Rules.ascending for end in pair}
]


STUDY = patient(
    uptake=(MIXED, MIXED),
    tg=((10, "<0.04"), (0, 0)),
    sums=((90, 30), (490, 30, NEW), (800, 36), (1300, None)),
    diameters=(20.0, None),
)
# Each is asked anew only under another value of a limit that it asks for.
RESPONSE = ByLimits[Rules, Any](lambda rules: classify_response(STUDY, rules))
COURSES = ByLimits[Rules, Any](lambda rules: classify_progression(STUDY, rules))
FIRST_COURSE = ByLimits[Rules, Any](lambda rules: r1_ledger(STUDY, rules))
JUDGED = ByLimits[Rules, Any](lambda rules: judge(STUDY, eligibility_rules(rules)))


@pytest.mark.parametrize(("name", "value"), CASES, ids=str)
def test_the_end_of_each_range_still_classes_everybody(name, value):
    rules = Rules(**{name: value})
    decided = set(RESPONSE(rules).iloc[0]["response_rule"].split("+"))
    assert decided <= {*REASONS, "R1", "R2", "R3", "long_term", "disappeared"}
    courses = COURSES(rules)
    assert courses["progression"].item() in CLASSES
    assert len(rapid_by_criterion(courses, rules)) == 3
    assert FIRST_COURSE(rules)["verdict"].item() in VERDICTS
    assert len(JUDGED(rules)) == len(trop2.CRITERIA)


@pytest.mark.parametrize(
    ("limit", "value", "deviates"),
    [("administrations_days", 1, True), ("administrations_days", 365, False),
     ("i124_scan_hours", 240.0, False), ("tsh_high_above", 1000.0, True)],
)  # fmt: skip
def test_the_end_of_each_range_of_the_scans_judges_both(limit, value, deviates):
    scans = [{"patient_id": "T", "tracer": "124I", "series_dir": "x", **scan} for scan in PET]
    pair = scan_pairs(table("pet_scan", scans), Rules(**{limit: value})).iloc[0]
    assert bool(pair["deviation"]) == deviates
