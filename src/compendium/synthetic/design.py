"""What the design says that the synthetic study draws, and what it draws: one row a quantity.

The parameters of a truth stand in `truth`; here are the quantities that follow from them, each with
the range that the design gives for the assumed truth.
"""

from collections.abc import Callable, Collection
from dataclasses import dataclass

import numpy as np
import pandas as pd
from numpy.typing import NDArray
from scipy.stats import mannwhitneyu

from compendium.calendar import DAYS_PER_MONTH
from compendium.studies import trop2, tsh124i
from compendium.synthetic.staining import h_score, read_percentages
from compendium.synthetic.trop2 import draw_trop2_patients
from compendium.synthetic.truth import Truth
from compendium.synthetic.tsh import draw_lesion_pairs

FloatArray = NDArray[np.float64]
NON_RESPONDERS = 30


@dataclass(frozen=True)
class Drawn:
    """Patients of both groups of TROP2, many of each, and lesions of as many of TSH124I.

    Attributes:
        patients: from `draw_trop2_patients`.
        reads: H-scores of their tumours by two readers.
        pairs: from `draw_lesion_pairs`.
    """

    patients: pd.DataFrame
    reads: tuple[FloatArray, FloatArray]
    pairs: pd.DataFrame

    @property
    def resistant(self) -> pd.DataFrame:
        """Non-responders."""
        return self.patients[self.patients["rai_response"] == "non_responder"]

    def scores(self, group: str) -> pd.Series:
        """H-scores of a group, mean of two readers."""
        return self.patients.loc[self.patients["rai_response"] == group, "h_score"]


@dataclass(frozen=True)
class Quantity:
    """A quantity with its range in the design.

    Attributes:
        low, high: of the design, in `unit`; a single value where they are equal.
        measure: of what was drawn.
        of: the study or the tracer that it tells of.
    """

    name: str
    unit: str
    low: float
    high: float
    measure: Callable[[Drawn], float]
    of: str = trop2.CODE


def _auc(drawn: Drawn) -> float:
    more, less = drawn.scores("non_responder"), drawn.scores("responder")
    return float(mannwhitneyu(more, less).statistic / len(more) / len(less))


def _icc(drawn: Drawn) -> float:
    """Variance between tumours over all variance, as ICC(2,1) of readers without bias is."""
    first, second = drawn.reads
    error = float(np.var(first - second)) / 2
    return 1 - error / float(np.var(np.concatenate(drawn.reads)))


def _disagreeing(drawn: Drawn) -> float:
    first, second = drawn.reads
    return 100 * float(((first == 0) != (second == 0)).mean())


def _tsh_ratio(drawn: Drawn) -> float:
    """Geometric mean over patients of their lesions' geometric mean ratio."""
    ln_ratio = (drawn.pairs["suv_high"] / drawn.pairs["suv_low"]).map(np.log)
    return float(np.exp(ln_ratio.groupby(drawn.pairs["patient_id"]).mean().mean()))


def _share_of_tsh_patients(holds: Callable[[pd.DataFrame], pd.Series]) -> Callable[[Drawn], float]:
    def share(drawn: Drawn) -> float:
        patients = drawn.pairs.groupby("patient_id").first()
        return 100 * float(holds(patients).mean())

    return share


def _of_thirty(column: str) -> Callable[[Drawn], float]:
    return lambda drawn: NON_RESPONDERS * float(drawn.resistant[column].mean())


QUANTITIES = (
    Quantity("H-score, median of responders", "points", 100, 120,
             lambda drawn: float(drawn.scores("responder").median())),
    Quantity("H-score, median of non-responders", "points", 185, 205,
             lambda drawn: float(drawn.scores("non_responder").median())),
    Quantity("AUC of the H-score", "", 0.74, 0.76, _auc),
    Quantity("Tumours that do not stain", "%", 7, 9,
             lambda drawn: 100 * float((drawn.patients["h_score_true"] == 0).mean())),
    Quantity("H-scores from 1 to 25", "%", 2, 8,
             lambda drawn: 100 * float(drawn.patients["h_score"].between(1, 25).mean())),
    Quantity("H-scores from 290 on", "%", 0, 2,
             lambda drawn: 100 * float((drawn.patients["h_score"] >= 290).mean())),
    Quantity("Tumours negative to one reader only", "%", 2, 8, _disagreeing),
    Quantity("Agreement of two readers, ICC", "", 0.92, 0.94, _icc),
    Quantity("Volume doubling time, median", "years", 2.3, 2.9,
             lambda drawn: 1 / float(drawn.resistant["growth_per_year"].median())),
    Quantity("Volume doubling time of at most a year", "%", 20, 24,
             lambda drawn: 100 * float((drawn.resistant["growth_per_year"] >= 1).mean())),
    Quantity("Overall survival from resistance, median", "months", 118, 130,
             lambda drawn: float(drawn.resistant["death_days"].median() / DAYS_PER_MONTH)),
    Quantity("Progressions or deaths from resistance, of 30", "patients", 24, 26,
             _of_thirty("pfs_event")),
    Quantity("Deaths from resistance, of 30", "patients", 6, 9, _of_thirty("os_event")),
    Quantity("From resistance to PET, least", "months", 2.9, 3.1,
             lambda drawn: float(drawn.resistant["entry_days"].min() / DAYS_PER_MONTH),
             trop2.PET.code),
    Quantity("From resistance to PET, most", "months", 95.9, 96.1,
             lambda drawn: float(drawn.resistant["entry_days"].max() / DAYS_PER_MONTH),
             trop2.PET.code),
    Quantity("Lesions of a patient, mean", "lesions", 3.9, 4.1,
             lambda drawn: float(drawn.patients["n_lesions"].mean())),
    Quantity("TSH: uptake at the high over the low level", "", 1.33, 1.37, _tsh_ratio,
             tsh124i.CODE),
    Quantity("TSH: patients without avid metastases", "%", 31, 36,
             _share_of_tsh_patients(lambda patients: ~patients["avid_patient"].astype(bool)),
             tsh124i.CODE),
    Quantity("TSH: patients who never reach 100 mIU/L", "%", 9.9, 10.1,
             _share_of_tsh_patients(lambda patients: patients["tsh_high"] < 100),
             tsh124i.CODE),
)  # fmt: skip


def draw_many(truth: Truth, patients: int, rng: np.random.Generator) -> Drawn:
    """So many patients of each group and study, and two reads of each tumour."""
    drawn = draw_trop2_patients(truth, patients, patients, rng)
    latent = drawn["trop2_latent"].to_numpy(dtype=float)
    first, second = (h_score(read_percentages(truth.trop2, latent, rng)) for _ in range(2))
    return Drawn(drawn, (first, second), draw_lesion_pairs(truth, patients, rng))


def against_design(
    truth: Truth, patients: int, rng: np.random.Generator, held: Collection[str]
) -> pd.DataFrame:
    """What is drawn from a truth against the design of the assumed one.

    Args:
        patients: drawn of each group.
        held: the studies and tracers of which it is told.

    Returns:
        quantity, unit, low, high (of the design), drawn, within (whether it lies there).
    """
    drawn = draw_many(truth, patients, rng)
    rows = [(one, one.measure(drawn)) for one in QUANTITIES if one.of in held]
    return pd.DataFrame(
        [
            {
                "quantity": one.name,
                "unit": one.unit,
                "low": one.low,
                "high": one.high,
                "drawn": value,
                "within": one.low <= value <= one.high,
            }
            for one, value in rows
        ],
        columns=["quantity", "unit", "low", "high", "drawn", "within"],
    )
