"""One TROP2 patient's draw, and what is to be told of it in the records."""

from collections import defaultdict
from dataclasses import dataclass, field
from functools import cached_property

import pandas as pd

from compendium.synthetic.trop2 import TARGET_LESIONS

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

    @cached_property
    def target_sum_mm(self) -> float:
        """Sum of the five largest structural diameters."""
        largest = self.lesions["diameter_mm"].nlargest(TARGET_LESIONS)
        return float(largest.sum())
