"""What the definitions of the classes do to the answers: both comparisons under each of them.

A definition is a change of rules, or of what becomes of a class once it is given. Every row classes
all patients anew and estimates again: H-score by response (C1), and within the non-responders so
defined H-score and SUVmax by the course of the disease (C2).
"""

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from functools import cache
from typing import Any

import pandas as pd

from compendium.disease.progression import classify_around, classify_progression
from compendium.rules import Rules
from compendium.studies.trop2 import PET

Tables = Mapping[str, pd.DataFrame]
Relabel = Callable[[pd.DataFrame], pd.DataFrame]
Course = Callable[[Tables, Rules], pd.DataFrame]


@dataclass(frozen=True)
class Definition:
    """One way to define the classes.

    Attributes:
        name: in the words of a table's row.
        concerns: response or course.
        changes: rules that differ from the study's.
        relabel: what becomes of the classes (patient_id, response flags, rai_response,
            progression); nothing where not given.
        course: how the course of the disease is classed: patient_id, progression.
    """

    name: str
    concerns: str
    changes: Mapping[str, Any] = field(default_factory=dict)
    relabel: Relabel | None = None
    course: Course = classify_progression

    def of(self, rules: Rules) -> Rules:
        """The rules of the study as this definition has them."""
        return rules.replace(**self.changes) if self.changes else rules


@cache
def becomes(column: str, old: str, new: str) -> Relabel:
    """One class taken for another; the same function for the same words."""
    return lambda classes: classes.assign(**{column: classes[column].replace(old, new)})


def _responders_flagged(flags: tuple[str, ...], new: str) -> Relabel:
    def relabel(classes: pd.DataFrame) -> pd.DataFrame:
        flagged = classes[list(flags)].fillna(False).astype(bool).any(axis=1)
        responders = (classes["rai_response"] == "responder") & flagged
        return classes.assign(rai_response=classes["rai_response"].mask(responders, new))

    return relabel


def _loss_counts(classes: pd.DataFrame) -> pd.DataFrame:
    lost = classes["loss_of_uptake"].fillna(False).astype(bool)
    return classes.assign(rai_response=classes["rai_response"].mask(lost, "non_responder"))


ANALYSED = Definition("As analysed", "response and course")


def definitions(rules: Rules) -> list[Definition]:
    """Every definition, the analysed one first; one equal to the study's own is left out."""
    listed = [*_of_response(), *_of_course()]
    own = {name: getattr(rules, name) for one in listed for name in one.changes}
    kept = [
        one
        for one in listed
        if not one.changes or any(own[name] != value for name, value in one.changes.items())
    ]
    return [ANALYSED, *kept]


def _of_response() -> list[Definition]:
    """Who is a responder, by other limits and other ways to count."""
    response = "response"
    return [
        *[Definition(f"R1: Tg ratio over {at:g}", response, {"tg_ratio": at})
          for at in (0.5, 0.6, 0.7, 0.8, 0.9, 1.0)],
        Definition("R1: first course at which a metastasis was scanned", response,
                   {"r1_first_course": "metastatic"}),
        Definition("R1: whatever the TSH and the activity of the course", response,
                   {"r1_tsh_miu_per_l": 0.0, "r1_activity_gbq": 0.0}),
        Definition("R1: second Tg whenever it was sampled", response, {"tg_post_days": (1, 3650)}),
        Definition("R1: Tg tells nothing below 1 ng/mL", response,
                   {"tg_functional_sensitivity_ng_per_ml": 1.0}),
        Definition("Nodes of the neck are no metastases", response, {"trop2_nodes_count": False}),
        Definition("R2: nodes of any size", response, {"r2_node_mm": 0.0}),
        Definition("R2: every metastasis from 10 mm on", response, {"r2_other_mm": 10.0}),
        *[Definition(f"R3: within {at:g} months", response, {"r3_months": at})
          for at in (6.0, 12.0, 14.0)],
        Definition("R3: baseline of any age", response, {"baseline_days": 36_525}),
        Definition("R3: new lesions count from the course on", response, {"staging_days": 0}),
        Definition("Progression: by a fifth, whatever the millimetres", "response and course",
                   {"pd_mm": 0.0}),
        Definition("Progression: by 30% of the sum of diameters", "response and course",
                   {"pd_share": 0.3}),
        Definition("Death of the cancer without imaging is no progression", "response and course",
                   {"cancer_death_is_progression": False}),
        Definition("Other treatment does not end the credit of iodine", response,
                   {"other_treatment_ends_credit": False}),
        *[Definition(f"Responder: {at:g} months without progression", response,
                     {"long_term_months": at}) for at in (12.0, 24.0, 36.0)],
        Definition("Loss of uptake is non-response", response, relabel=_loss_counts),
        Definition("Responders with rising Tg or loss of uptake are taken out", response,
                   relabel=_responders_flagged(("biochemical", "loss_everywhere"),
                                               "indeterminate")),
        Definition("All indeterminate are responders", response,
                   relabel=becomes("rai_response", "indeterminate", "responder")),
        Definition("All indeterminate are non-responders", response,
                   relabel=becomes("rai_response", "indeterminate", "non_responder")),
    ]  # fmt: skip


def _of_course() -> list[Definition]:
    """Whose disease is rapid or stable, likewise."""
    course = "course"
    return [
        *[Definition(f"Rapid: within {at:g} months", course, {"rapid_months": at})
          for at in (6.0, 12.0, 18.0)],
        *[Definition(f"TSH suppressed below {at:g} mIU/L", course, {"suppressed_tsh": at})
          for at in (0.1, 0.5)],
        *[Definition(f"Rapid: volume doubles within {at:g} years", course, {"tvdt_years": at})
          for at in (0.5, 1.0, 2.0)],
        Definition("Rapid: volume doubling time from two images at any interval", course,
                   {"tvdt_assessments": 2}),
        Definition("Rapid: volume doubling time from four images or a year", course,
                   {"tvdt_assessments": 4, "tvdt_span_months": 12.0}),
        Definition("Rapid: volume doubling time without growth by millimetres", course,
                   {"tvdt_growth_mm": 0.0}),
        *[Definition(f"Stable: imaged for {at:g} months", course, {"stable_months": at})
          for at in (6.0, 12.0, 24.0)],
        Definition("Stable: no progression within 24 months", course,
                   {"stable_landmark_months": 24.0}),
        Definition("Course in the 12 months around the PET", course, course=course_around_pet),
        Definition("Intermediate disease with the stable", course,
                   relabel=becomes("progression", "intermediate", "stable")),
        Definition("Intermediate disease with the rapid", course,
                   relabel=becomes("progression", "intermediate", "rapid")),
    ]  # fmt: skip


def course_around_pet(tables: Tables, rules: Rules) -> pd.DataFrame:
    """The course of the disease within a year around each patient's first Trop2 PET."""
    scans = tables["pet_scan"]
    days = scans[scans["tracer"] == PET.code].groupby("patient_id")["scan_day"].min()
    return classify_around(tables, days, rules)


def definitions_for(tables: Tables, rules: Rules) -> list[Definition]:
    """The definitions that a study can be put under: one by its PET only where there is one."""
    pet = tables["pet_scan"]["tracer"].eq(PET.code).any()
    return [one for one in definitions(rules) if pet or one.course is not course_around_pet]
