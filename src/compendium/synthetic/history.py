"""What the records of one TROP2 patient say: courses of 131I, uptake, Tg, visits, follow-up.

The facts are made so that the response and progression rules lead to the class that was drawn: a
non-responder by R1 (no uptake and no fall of Tg), R2 (some lesions take up iodine) or R3
(progression within 12 months of a course despite uptake); a responder whose lesions disappeared or
stayed without progression for 24 months; or an indeterminate patient: followed for less than that,
treated otherwise before, or ablated of a remnant without a metastasis.
"""

import numpy as np
import pandas as pd

from compendium.calendar import DAYS_PER_MONTH
from compendium.rules import Rules
from compendium.synthetic.case import Case
from compendium.synthetic.trop2 import THYROID_BED
from compendium.synthetic.visits import (
    assess_after_resistance,
    assess_before_resistance,
    assess_responder,
    record_labs,
    record_responder_labs,
)

LEAST_TG_NG_PER_ML = 2.0  # well above the functional sensitivity, also after a fall to a fifth
TG_AT_LIMIT = (3.0, 2.1)  # a ratio of 0.70 and not above it, whatever its last bit


def record_non_responder(case: Case) -> None:
    """Courses up to resistance, then visits under TSH suppression up to the last contact."""
    n_courses = int({"R1": case.rng.integers(1, 3), "R2": case.rng.integers(1, 4)}.get(
        case.kind, case.rng.integers(2, 5)))  # fmt: skip
    course_days = _course_days(n_courses, case.rng)
    wait = (150, 330) if case.kind == "R3" else (150, 200)
    resistance = course_days[-1] + int(case.rng.integers(*wait))
    for number, course_day in enumerate(course_days, start=1):
        last = number == n_courses
        ratio = {
            "R1": case.rng.uniform(0.75, 1.8),
            "R2": case.rng.uniform(0.3, 1.1) if last else case.rng.uniform(0.2, 0.6),
            "R3": case.rng.uniform(0.7, 1.6) if last else case.rng.uniform(0.3, 0.65),
        }[case.kind]
        _record_course(case, number, course_day, ratio)
        _record_uptake(case, number, _pattern(case, number, n_courses))
    # Nodes of the neck operated on before iodine: no treatment of what iodine is to treat.
    case.add("local_therapy", therapy_day=course_days[0] - 30, therapy="surgery")
    assess_before_resistance(case, course_days, resistance)
    assess_after_resistance(case, resistance)
    record_labs(case, resistance)
    _follow_up_of_non_responder(case, resistance)


def record_responder(case: Case) -> None:
    """Courses, and visits up to the last contact: without progression, or briefly observed."""
    several = {"loss_of_uptake", "late_uptake", "faint_focus"} & case.traits
    n_courses = 2 if several else int(case.rng.integers(1, 4 if len(case.lesions) else 2))
    course_days = _course_days(n_courses, case.rng)
    lasting = {"remnant_only", "tki_early", "radiation_early"} & case.traits
    months = (8, 20) if case.kind == "indeterminate" and not lasting else (27, 90)
    if "late_progression" in case.traits:
        months = (50, 60)
    last_contact = course_days[-1] + round(case.rng.uniform(*months) * DAYS_PER_MONTH)
    for number, course_day in enumerate(course_days, start=1):
        least = 0.3 if case.kind == "indeterminate" else 0.05
        _record_course(case, number, course_day, ratio=case.rng.uniform(least, 0.6))
        _record_uptake(case, number, _pattern(case, number, n_courses))
    assess_responder(case, course_days, last_contact)
    record_responder_labs(case, course_days[-1], last_contact)
    died = "other_death" in case.traits
    other_day = course_days[-1] + int(case.rng.integers(200, 500))
    if "radiation_early" in case.traits:
        case.add("local_therapy", therapy_day=other_day, therapy="external_radiation")
    case.add(
        "follow_up",
        ascertainment="archive",
        tki_start_day=other_day if "tki_early" in case.traits else None,
        last_contact_day=last_contact,
        vital_status="dead" if died else "alive",
        death_day=last_contact if died else None,
        death_cause="other" if died else None,
    )


def _course_days(n: int, rng: np.random.Generator) -> list[int]:
    first = int(rng.integers(60, 150))
    return [first, *(first + np.cumsum(rng.integers(180, 365, n - 1))).tolist()]


def _record_course(case: Case, number: int, course_day: int, ratio: float) -> None:
    """One course of 131I with stimulated Tg before it and half a year later."""
    tg_pre = max(float(np.exp(case.rng.normal(np.log(60), 1.2))), LEAST_TG_NG_PER_ML)
    no_tg = "no_tg" in case.traits
    tg_pre, tg_post = round(tg_pre, 1), round(tg_pre * ratio, 1)
    if "tg_at_limit" in case.traits and number == 1:
        tg_pre, tg_post = TG_AT_LIMIT
    activity_gbq = float(case.rng.choice([3.7, 5.55, 7.4]))
    tsh = round(float(case.rng.uniform(35, 150)), 1)
    if "course_at_limit" in case.traits and number == 1:
        activity_gbq, tsh = Rules.r1_activity_gbq.default, Rules.r1_tsh_miu_per_l.default
    case.add(
        "rai_course",
        course=number,
        course_day=course_day,
        activity_gbq=activity_gbq,
        tsh_miu_per_l=tsh,
        tg_pre_ng_per_ml=None if no_tg else tg_pre,
        tg_post_ng_per_ml=None if no_tg else tg_post,
        tg_comparable=None if no_tg else True,
        tgab_negative="tgab_positive" not in case.traits,
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


def _record_uptake(case: Case, number: int, pattern: str) -> None:
    """Uptake of each lesion; in a mixed pattern none in every second metastasis.

    The first of these is one large enough for the absence of uptake to show. A remnant in the
    thyroid bed takes up iodine at the first course, whatever the metastases do, and then is gone.
    """
    own = case.lesions
    metastases = own[own["site"] != THYROID_BED]
    sized = shows_uptake(metastases["site"], metastases["diameter_mm"])
    order = np.argsort(~sized.to_numpy(), kind="stable")
    cold = set(metastases["lesion_id"].to_numpy()[order][::2])
    for lesion in own.itertuples():
        avid = {
            "all": True,
            "none": False,
            "mixed": lesion.lesion_id not in cold,
            "faint": bool(lesion.structural),
        }[pattern]
        if lesion.site == THYROID_BED:
            avid = number == 1
        uptake = "avid" if avid else "non_avid"
        case.add("lesion_uptake", lesion_id=lesion.lesion_id, course=number, uptake=uptake)


def shows_uptake(site: pd.Series, diameter_mm: pd.Series) -> pd.Series:
    """Whether a metastasis is large enough for the absence of uptake to show on a scan."""
    return (site != "lymph_node") | (diameter_mm >= Rules.r2_node_mm.default)


def _follow_up_of_non_responder(case: Case, resistance: int) -> None:
    draw, entry = case.draw, case.draw["entry_days"]
    died = bool(draw["os_event"])
    last_contact = resistance + int(draw["exit_days"])
    tki = None
    if draw["pfs_event"] and case.rng.random() < (0.5 if draw["progression"] == "rapid" else 0.15):
        tki = resistance + int(draw["pfs_days"]) + int(case.rng.integers(20, 200))
    if "tki_early" in case.traits:
        tki = resistance + int(draw["pfs_days"]) // 2
    case.add(
        "follow_up",
        rai_refractory_day=resistance,
        study_entry_day=None if pd.isna(entry) else resistance + int(entry),
        ascertainment="archive",
        last_contact_day=last_contact,
        vital_status="dead" if died else "alive",
        death_day=last_contact if died else None,
        death_cause=("thyroid_cancer" if case.rng.random() < 0.8 else "other") if died else None,
        tki_start_day=tki if tki is not None and tki < last_contact else None,
    )
