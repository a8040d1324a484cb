"""The rows of a study's tables as they are written, and one TROP2 patient to be told of in them."""

from collections import defaultdict
from dataclasses import dataclass
from functools import cached_property

import numpy as np
import pandas as pd

from compendium.synthetic.trop2 import TARGET_LESIONS


class Rows(defaultdict[str, list[dict[str, object]]]):
    """The rows of all tables, by the table's name."""

    def __init__(self) -> None:
        super().__init__(list)

    def add(self, table: str, patient_id: object, **cells: object) -> None:
        """Append a patient's row; columns that are not named are empty."""
        self[table].append({"patient_id": patient_id, **cells})


@dataclass(frozen=True)
class Case:
    """One patient's draw and what is to be recorded of it.

    Attributes:
        draw: the patient's row of `draw_trop2_patients`.
        lesions: the patient's lesions; may be empty for a responder.
        kind: R1, R2, R3, disappeared, stable or indeterminate.
        traits: exceptions: tgab_positive, loss_of_uptake, no_uptake, late_uptake, no_tg,
            late_progression, poorly_suppressed, other_death, faint_focus, non_target, tg_at_limit,
            course_at_limit (the first one is just one that can show R1),
            tki_early and radiation_early (before long-term control, or before progression),
            remnant_only.
        rows: where it is recorded; rng: what is left to chance in that.
    """

    draw: pd.Series
    lesions: pd.DataFrame
    kind: str
    traits: frozenset[str]
    rows: Rows
    rng: np.random.Generator

    def add(self, table: str, **cells: object) -> None:
        """Append a row of this patient to a table."""
        self.rows.add(table, self.draw["patient_id"], **cells)

    @cached_property
    def target_sum_mm(self) -> float:
        """Sum of the five largest structural diameters."""
        largest = self.lesions["diameter_mm"].nlargest(TARGET_LESIONS)
        return float(largest.sum())
