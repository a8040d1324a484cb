"""Visits: RECIST sums, new lesions, TSH and Tg, before resistance and after it."""

import numpy as np

from compendium.calendar import DAYS_PER_MONTH, DAYS_PER_YEAR
from compendium.synthetic.case import Case

SUM_ERROR = 0.01
TG_ERROR = 0.12
TG_GROWTH_SHARE = 0.8
FREE_DOUBLINGS, FURTHER_DOUBLINGS = 1.5, 4.0


def _assess(
    case: Case,
    assessment_day: int,
    sum_mm: float | None,
    *,
    new_lesion: bool = False,
    non_target: bool = False,
    disappeared: bool = False,
) -> None:
    case.add(
        "response_assessment",
        assessment_day=int(assessment_day),
        sum_target_diameters_mm=None if sum_mm is None else round(float(sum_mm), 1),
        new_lesion=new_lesion,
        non_target_progression=non_target,
        lesions_disappeared=disappeared,
    )


def assess_before_resistance(case: Case, course_days: list[int], resistance: int) -> None:
    """A visit before each course, and the one at which resistance is found.

    Under R3 the sum has grown by a quarter and 6 mm since the last course, or a lesion is new
    where the lesions are too small for that.
    """
    at_resistance = case.target_sum_mm
    before, new_lesion = at_resistance, False
    if case.kind == "R3":
        new_lesion = at_resistance < 20
        if not new_lesion:
            before = min(at_resistance / case.rng.uniform(1.25, 1.5), at_resistance - 6)
    for course_day in course_days:
        noise = 1 + SUM_ERROR * case.rng.normal()
        _assess(case, course_day - int(case.rng.integers(5, 20)), before * noise)
    _assess(case, resistance, at_resistance, new_lesion=new_lesion)


def _doublings(case: Case, days: float) -> float:
    """Volume doublings since resistance: free at first, slowing down once the tumour is treated."""
    free = float(case.draw["growth_per_year"]) * days / DAYS_PER_YEAR
    if free <= FREE_DOUBLINGS:
        return max(free, -FURTHER_DOUBLINGS)
    slowed = 1 - np.exp(-(free - FREE_DOUBLINGS) / FURTHER_DOUBLINGS)
    return FREE_DOUBLINGS + FURTHER_DOUBLINGS * float(slowed)


def _visit_days(case: Case) -> list[int]:
    """Days after resistance with a visit, the last contact at the latest."""
    step, end = float(case.draw["visit_days"]), float(case.draw["exit_days"])
    return [round(step * k) for k in range(1, int(end / step) + 1)]


def assess_after_resistance(case: Case, resistance: int) -> None:
    """The sum grows as drawn; a new lesion is reported at the first visit after it appeared."""
    reported = False
    for days in _visit_days(case):
        appears = not reported and days >= float(case.draw["new_lesion_days"])
        reported = reported or appears
        grown = case.target_sum_mm * 2 ** (_doublings(case, days) / 3)
        by_non_target = "non_target" in case.traits
        _assess(
            case,
            resistance + days,
            grown * (1 + SUM_ERROR * case.rng.normal()),
            new_lesion=appears and not by_non_target,
            non_target=appears and by_non_target,
        )


def _record_lab(case: Case, lab_day: int, tsh: float, tg: float) -> None:
    case.add(
        "lab",
        lab_day=int(lab_day),
        tsh_miu_per_l=round(tsh, 3),
        tg_ng_per_ml=round(tg * float(np.exp(TG_ERROR * case.rng.normal())), 2),
        tgab_negative="tgab_positive" not in case.traits,
    )


def _suppressed_tsh(case: Case) -> float:
    """TSH under levothyroxine, mIU/L: under 0.1, now and then or in some patients above."""
    above = "poorly_suppressed" in case.traits or case.rng.random() < 0.05
    return float(case.rng.uniform(0.12, 0.8) if above else case.rng.uniform(0.005, 0.09))


def record_labs(case: Case, resistance: int) -> None:
    tg = float(np.exp(case.rng.normal(np.log(30), 1.2)))
    for days in [0, *_visit_days(case)]:
        grown = tg * 2 ** (TG_GROWTH_SHARE * _doublings(case, days))
        _record_lab(case, resistance + days, _suppressed_tsh(case), grown)


def assess_responder(case: Case, course_days: list[int], last_contact: int) -> None:
    """Half-yearly to yearly visits: the lesions shrink and vanish, or stay as they are."""
    first = course_days[0] - 10
    gone_after = course_days[-1] + int(case.rng.integers(120, 500))
    measurable = bool(case.lesions["structural"].any())
    visits = [first, *range(course_days[-1] + 150, last_contact, int(case.rng.integers(170, 330)))]
    relapse = course_days[-1] + round(40 * DAYS_PER_MONTH)
    reported = False
    for visit in [*visits, last_contact]:
        disappeared = not len(case.lesions) or (case.kind == "disappeared" and visit >= gone_after)
        shrunk = 0.75 + 0.25 * float(np.exp(-max(visit - course_days[0], 0) / DAYS_PER_YEAR))
        sum_mm = case.target_sum_mm * shrunk * (1 + SUM_ERROR * case.rng.normal())
        appears = "late_progression" in case.traits and not reported and visit >= relapse
        reported = reported or appears
        _assess(
            case,
            visit,
            None if not measurable else 0.0 if disappeared else sum_mm,
            new_lesion=appears,
            disappeared=disappeared,
        )


def record_responder_labs(case: Case, last_course: int, last_contact: int) -> None:
    tg = 0.4 if case.kind == "disappeared" else float(case.rng.uniform(0.5, 6))
    for lab_day in range(last_course + 90, last_contact, 200):
        _record_lab(case, lab_day, _suppressed_tsh(case), tg)
