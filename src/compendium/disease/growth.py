"""How fast a quantity grows: doubling times of serum thyroglobulin and of tumour volume.

The reciprocal of a doubling time, doublings a year, is continuous at zero and is what is compared;
a doubling time jumps from plus to minus infinity where growth turns into shrinkage.
"""

import math

import numpy as np
import pandas as pd
from numpy.typing import NDArray
from scipy.stats import linregress

from compendium.calendar import DAYS_PER_YEAR
from compendium.comparing import bounds, quantified, surely_below
from compendium.errors import NotEstimable
from compendium.estimates import require_at_least
from compendium.rules import Rules

FloatArray = NDArray[np.float64]

DIMENSIONS = 3
TG = "tg_ng_per_ml"


def tg_doubling_time_years(days: FloatArray, tg_ng_per_ml: FloatArray, least_values: int) -> float:
    """Serum thyroglobulin doubling time in years; negative when Tg falls, infinite when constant.

    Args:
        days: sampling days, shape (n,), at least two distinct.
        tg_ng_per_ml: Tg under TSH suppression, TgAb-negative, shape (n,), all > 0.
        least_values: the least n.

    Raises:
        NotEstimable: fewer values, all on one day, or a value of zero.

    Source:
        Miyauchi et al., Thyroid 2011, doi:10.1089/thy.2010.0355.
    """
    require_at_least(len(days), least_values, "Tg values under TSH suppression")
    require_at_least(len(np.unique(days)), 2, "distinct days of Tg under TSH suppression")
    if np.min(tg_ng_per_ml) <= 0:
        raise NotEstimable("a Tg of 0 ng/mL has no logarithm")
    slope_per_day = float(linregress(days, np.log(tg_ng_per_ml)).slope)
    return doubling_time_years(slope_per_day * DAYS_PER_YEAR / math.log(2))


def doubling_time_years(doublings_per_year: float) -> float:
    """The doubling time in years of so many doublings a year; infinite where nothing grows."""
    return math.inf if doublings_per_year == 0 else 1 / doublings_per_year


def tumour_volume_doubling_time_years(
    days_between: float, diameter_first_mm: float, diameter_last_mm: float
) -> float:
    """Tumour-volume doubling time in years from two diameters; negative when the tumour shrinks.

    The volume goes with the cube of the diameter.

    Args:
        days_between: days from the first to the last measurement, > 0.
        diameter_first_mm, diameter_last_mm: diameter, or sum of diameters, > 0.

    Raises:
        NotEstimable: no time between the two, or a diameter of zero.

    Source:
        Sabra et al., Cancer 2017, doi:10.1002/cncr.30690: Δt · ln 2 / ln(V2/V1).
    """
    if days_between <= 0 or min(diameter_first_mm, diameter_last_mm) <= 0:
        raise NotEstimable("two diameters above 0 mm on different days are needed")
    ln_volume_ratio = DIMENSIONS * math.log(diameter_last_mm / diameter_first_mm)
    return doubling_time_years(ln_volume_ratio / math.log(2) * DAYS_PER_YEAR / days_between)


def suppressed_tg(labs: pd.DataFrame, rules: Rules) -> tuple[pd.DataFrame, pd.DataFrame]:
    """The samples of Tg under suppressed TSH without antibodies, and those that a rate rests on.

    A rate rests on values that were quantified, above 0, and of one assay: the patient's most used
    one; of equally used ones the first by name.

    Args:
        labs: rows of the lab table.

    Returns:
        All of them, and those that are usable.
    """
    suppressed = surely_below(bounds(labs, "tsh_miu_per_l"), rules.suppressed_tsh).fillna(False)
    asked = suppressed & labs["tgab_negative"].fillna(False) & labs[TG].notna()
    given = labs[asked.astype(bool)]
    numbers = given[quantified(given, TG) & (given[TG] > 0)]
    assay = numbers.get("tg_assay", pd.Series("", index=numbers.index)).fillna("")
    by_assay = pd.DataFrame({"patient_id": numbers["patient_id"], "assay": assay})
    sizes = by_assay.assign(n=1).groupby(["patient_id", "assay"])[["n"]].sum().reset_index()
    most = sizes.sort_values(["n", "assay"], ascending=[False, True]).drop_duplicates("patient_id")
    usual = numbers["patient_id"].map(most.set_index("patient_id")["assay"])
    return given, numbers[assay == usual]


def doublings_per_year(
    samples: pd.DataFrame, day: str, value: str, *, dimensions: int = 1, least_values: int = 2
) -> pd.Series:
    """Each patient's doublings a year of a quantity, from the least-squares slope of its logarithm.

    With two values it is the two-point formula.

    Args:
        samples: patient_id, and the columns named by `day` (d) and `value` (> 0; others are left
            out).
        dimensions: the power of `value` that doubles: 3 for the volume behind a diameter.
        least_values: the least number of values a patient; with fewer, the result is missing.

    Returns:
        Doublings a year by patient_id, negative where the quantity falls.
    """
    usable = samples[samples[value].gt(0).fillna(False) & samples[day].notna()]
    frame = pd.DataFrame(
        {
            "patient_id": usable["patient_id"],
            "x": usable[day].astype(float) / DAYS_PER_YEAR,
            "y": np.log2(usable[value].astype(float)) * dimensions,
        }
    )
    by_patient = frame.groupby("patient_id")
    x = frame["x"] - by_patient["x"].transform("mean")
    y = frame["y"] - by_patient["y"].transform("mean")
    sums = pd.DataFrame({"xy": x * y, "xx": x * x}).groupby(frame["patient_id"]).sum()
    enough = (by_patient.size() >= least_values) & (sums["xx"] > 0)
    return (sums["xy"] / sums["xx"].where(enough)).rename("doublings_per_year")
