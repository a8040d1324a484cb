"""What the records of one TROP2 patient say: courses of 131I, uptake, Tg, visits, follow-up.

The facts are made so that the response and progression rules lead to the class that was drawn: a
non-responder by R1 (no uptake and no fall of Tg), R2 (some lesions take up iodine) or R3
(progression within 12 months of a course despite uptake); a responder whose lesions disappeared or
stayed without progression for 24 months; or an indeterminate patient followed for less than that.
"""

from collections import defaultdict
from dataclasses import dataclass, field

import numpy as np
import pandas as pd

from compendium.synthetic.trop2 import DAYS_PER_MONTH, TARGET_LESIONS

DAYS_PER_YEAR = 365.25
SUM_ERROR = 0.01
TG_ERROR = 0.12
TG_GROWTH_SHARE = 0.8
FREE_DOUBLINGS, FURTHER_DOUBLINGS = 1.5, 4.0

Rows = defaultdict[str, list[dict[str, object]]]


@dataclass(frozen=True, kw_only=True)
class Case:
    """One patient's draw and what is to be recorded of it.

    Attributes:
        draw: the patient's row of `draw_trop2_patients`.
        lesions: the patient's lesions; may be empty for a responder.
        kind: R1, R2, R3, disappeared, stable or indeterminate.
        traits: exceptions: tgab_positive, loss_of_uptake, no_uptake, late_uptake, no_tg,
            late_progression, poorly_suppressed, other_death, faint_focus, non_target.
    """

    draw: pd.Series
    lesions: pd.DataFrame
    kind: str
    traits: frozenset[str] = field(default_factory=frozenset)

    @property
    def patient_id(self) -> str:
        """Pseudonym."""
        return str(self.draw["patient_id"])

    @property
    def target_sum_mm(self) -> float:
        """Sum of the five largest structural diameters."""
        largest = self.lesions["diameter_mm"].nlargest(TARGET_LESIONS)
        return float(largest.sum())


def record_non_responder(rows: Rows, case: Case, rng: np.random.Generator) -> None:
    """Courses up to resistance, then visits under TSH suppression up to the last contact."""
    n_courses = int({"R1": rng.integers(1, 3), "R2": rng.integers(1, 4)}.get(
        case.kind, rng.integers(2, 5)))  # fmt: skip
    course_days = _course_days(n_courses, rng)
    wait = (150, 330) if case.kind == "R3" else (150, 200)
    resistance = course_days[-1] + int(rng.integers(*wait))
    for number, course_day in enumerate(course_days, start=1):
        last = number == n_courses
        ratio = {
            "R1": rng.uniform(0.75, 1.8),
            "R2": rng.uniform(0.3, 1.1) if last else rng.uniform(0.2, 0.6),
            "R3": rng.uniform(0.7, 1.6) if last else rng.uniform(0.3, 0.65),
        }[case.kind]
        _record_course(rows, case, number, course_day, ratio, rng)
        _record_uptake(rows, case, number, _pattern(case, number, n_courses))
    _assess_before_resistance(rows, case, course_days, resistance, rng)
    _assess_after_resistance(rows, case, resistance, rng)
    _record_labs(rows, case, resistance, rng)
    _follow_up_of_non_responder(rows, case, resistance, rng)


def record_responder(rows: Rows, case: Case, rng: np.random.Generator) -> None:
    """Courses, and visits up to the last contact: without progression, or briefly observed."""
    several = {"loss_of_uptake", "late_uptake", "faint_focus"} & case.traits
    n_courses = 2 if several else int(rng.integers(1, 4 if len(case.lesions) else 2))
    course_days = _course_days(n_courses, rng)
    months = (8, 20) if case.kind == "indeterminate" else (27, 90)
    if "late_progression" in case.traits:
        months = (50, 60)
    last_contact = course_days[-1] + round(rng.uniform(*months) * DAYS_PER_MONTH)
    for number, course_day in enumerate(course_days, start=1):
        ratio = rng.uniform(0.05, 0.6) if case.kind != "indeterminate" else rng.uniform(0.3, 0.6)
        _record_course(rows, case, number, course_day, ratio, rng)
        _record_uptake(rows, case, number, _pattern(case, number, n_courses))
    _assess_responder(rows, case, course_days, last_contact, rng)
    _responder_labs(rows, case, course_days[-1], last_contact, rng)
    died = "other_death" in case.traits
    rows["follow_up"].append(
        {
            "patient_id": case.patient_id,
            "last_contact_day": last_contact,
            "vital_status": "dead" if died else "alive",
            "death_day": last_contact if died else None,
            "death_cause": "other" if died else None,
        }
    )


def _course_days(n: int, rng: np.random.Generator) -> list[int]:
    first = int(rng.integers(60, 150))
    return [first, *(first + np.cumsum(rng.integers(180, 365, n - 1))).tolist()]


def _record_course(
    rows: Rows, case: Case, number: int, course_day: int, ratio: float, rng: np.random.Generator
) -> None:
    """One course of 131I with stimulated Tg before it and half a year later."""
    tg_pre = float(np.exp(rng.normal(np.log(60), 1.2)))
    no_tg = "no_tg" in case.traits
    rows["rai_course"].append(
        {
            "patient_id": case.patient_id,
            "course": number,
            "course_day": course_day,
            "activity_gbq": float(rng.choice([3.7, 5.55, 7.4])),
            "tsh_miu_per_l": round(float(rng.uniform(35, 150)), 1),
            "tg_pre_ng_per_ml": None if no_tg else round(tg_pre, 1),
            "tg_post_ng_per_ml": None if no_tg else round(tg_pre * ratio, 1),
            "tg_comparable": None if no_tg else True,
            "tgab_negative": "tgab_positive" not in case.traits,
        }
    )


def _pattern(case: Case, number: int, n_courses: int) -> str:
    """Uptake of the lesions at a course: all, none, or mixed."""
    last = number == n_courses
    if case.kind == "R1" or "no_uptake" in case.traits:
        return "none"
    if case.kind == "R2" and last:
        return "mixed"
    if "late_uptake" in case.traits and number == 1:
        return "none"
    if "loss_of_uptake" in case.traits and number > 1:
        return "none"
    if "faint_focus" in case.traits and last:
        return "faint"
    return "all"


def _record_uptake(rows: Rows, case: Case, number: int, pattern: str) -> None:
    """Uptake of each lesion; in a mixed pattern every second lesion, the first one included."""
    for position, lesion in enumerate(case.lesions.itertuples()):
        avid = {
            "all": True,
            "none": False,
            "mixed": position % 2 == 0,
            "faint": bool(lesion.structural),
        }[pattern]
        rows["lesion_uptake"].append(
            {
                "patient_id": case.patient_id,
                "lesion_id": lesion.lesion_id,
                "course": number,
                "uptake": "avid" if avid else "non_avid",
            }
        )


def _assess(
    rows: Rows,
    case: Case,
    assessment_day: int,
    sum_mm: float | None,
    *,
    new_lesion: bool = False,
    non_target: bool = False,
    disappeared: bool = False,
) -> None:
    rows["response_assessment"].append(
        {
            "patient_id": case.patient_id,
            "assessment_day": int(assessment_day),
            "sum_target_diameters_mm": None if sum_mm is None else round(float(sum_mm), 1),
            "new_lesion": new_lesion,
            "non_target_progression": non_target,
            "lesions_disappeared": disappeared,
        }
    )


def _assess_before_resistance(
    rows: Rows, case: Case, course_days: list[int], resistance: int, rng: np.random.Generator
) -> None:
    """A visit before each course, and the one at which resistance is found.

    Under R3 the sum has grown by a quarter and 6 mm since the last course, or a lesion is new
    where the lesions are too small for that.
    """
    at_resistance = case.target_sum_mm
    before, new_lesion = at_resistance, False
    if case.kind == "R3":
        new_lesion = at_resistance < 20
        if not new_lesion:
            before = min(at_resistance / rng.uniform(1.25, 1.5), at_resistance - 6)
    for course_day in course_days:
        noise = 1 + SUM_ERROR * rng.normal()
        _assess(rows, case, course_day - int(rng.integers(5, 20)), before * noise)
    _assess(rows, case, resistance, at_resistance, new_lesion=new_lesion)


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


def _assess_after_resistance(
    rows: Rows, case: Case, resistance: int, rng: np.random.Generator
) -> None:
    """The sum grows as drawn; a new lesion is reported at the first visit after it appeared."""
    reported = False
    for days in _visit_days(case):
        appears = not reported and days >= float(case.draw["new_lesion_days"])
        reported = reported or appears
        grown = case.target_sum_mm * 2 ** (_doublings(case, days) / 3)
        by_non_target = "non_target" in case.traits
        _assess(
            rows,
            case,
            resistance + days,
            grown * (1 + SUM_ERROR * rng.normal()),
            new_lesion=appears and not by_non_target,
            non_target=appears and by_non_target,
        )


def _record_lab(
    rows: Rows, case: Case, lab_day: int, tsh: float, tg: float, rng: np.random.Generator
) -> None:
    rows["lab"].append(
        {
            "patient_id": case.patient_id,
            "lab_day": int(lab_day),
            "tsh_miu_per_l": round(tsh, 3),
            "tg_ng_per_ml": round(tg * float(np.exp(TG_ERROR * rng.normal())), 2),
            "tgab_negative": "tgab_positive" not in case.traits,
        }
    )


def _suppressed_tsh(case: Case, rng: np.random.Generator) -> float:
    """TSH under levothyroxine, mIU/L: under 0.1, now and then or in some patients above."""
    above = "poorly_suppressed" in case.traits or rng.random() < 0.05
    return float(rng.uniform(0.12, 0.8) if above else rng.uniform(0.005, 0.09))


def _record_labs(rows: Rows, case: Case, resistance: int, rng: np.random.Generator) -> None:
    tg = float(np.exp(rng.normal(np.log(30), 1.2)))
    for days in [0, *_visit_days(case)]:
        grown = tg * 2 ** (TG_GROWTH_SHARE * _doublings(case, days))
        _record_lab(rows, case, resistance + days, _suppressed_tsh(case, rng), grown, rng)


def _follow_up_of_non_responder(
    rows: Rows, case: Case, resistance: int, rng: np.random.Generator
) -> None:
    draw = case.draw
    died = bool(draw["os_event"])
    last_contact = resistance + int(draw["exit_days"])
    tki = None
    if draw["pfs_event"] and rng.random() < (0.5 if draw["progression"] == "rapid" else 0.15):
        tki = resistance + int(draw["pfs_days"]) + int(rng.integers(20, 200))
    rows["follow_up"].append(
        {
            "patient_id": case.patient_id,
            "rai_refractory_day": resistance,
            "study_entry_day": resistance + int(draw["entry_days"]),
            "last_contact_day": last_contact,
            "vital_status": "dead" if died else "alive",
            "death_day": last_contact if died else None,
            "death_cause": ("thyroid_cancer" if rng.random() < 0.8 else "other") if died else None,
            "tki_start_day": tki if tki is not None and tki < last_contact else None,
        }
    )


def _assess_responder(
    rows: Rows, case: Case, course_days: list[int], last_contact: int, rng: np.random.Generator
) -> None:
    """Half-yearly to yearly visits: the lesions shrink and vanish, or stay as they are."""
    first = course_days[0] - 10
    gone_after = course_days[-1] + int(rng.integers(120, 500))
    measurable = bool(case.lesions["structural"].any())
    visits = [first, *range(course_days[-1] + 150, last_contact, int(rng.integers(170, 330)))]
    relapse = course_days[-1] + round(40 * DAYS_PER_MONTH)
    reported = False
    for visit in [*visits, last_contact]:
        disappeared = not len(case.lesions) or (case.kind == "disappeared" and visit >= gone_after)
        shrunk = 0.75 + 0.25 * float(np.exp(-max(visit - course_days[0], 0) / DAYS_PER_YEAR))
        sum_mm = case.target_sum_mm * shrunk * (1 + SUM_ERROR * rng.normal())
        appears = "late_progression" in case.traits and not reported and visit >= relapse
        reported = reported or appears
        _assess(
            rows,
            case,
            visit,
            None if not measurable else 0.0 if disappeared else sum_mm,
            new_lesion=appears,
            disappeared=disappeared,
        )


def _responder_labs(
    rows: Rows, case: Case, last_course: int, last_contact: int, rng: np.random.Generator
) -> None:
    tg = 0.4 if case.kind == "disappeared" else float(rng.uniform(0.5, 6))
    for lab_day in range(last_course + 90, last_contact, 200):
        _record_lab(rows, case, lab_day, _suppressed_tsh(case, rng), tg, rng)
