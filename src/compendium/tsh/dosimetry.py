"""Exploratory: absorbed dose of a lesion per GBq of 131I, projected from 124I PET.

What 124I showed is taken for what 131I would do: same uptake, same washout, β particles absorbed
where they arise, unit density. The projection is a ranking of lesions, not a prescription.
"""

import math
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
import pandas as pd

from compendium.calendar import HOURS_PER_DAY
from compendium.errors import InputError
from compendium.studies.tsh124i import PET
from compendium.study.located import records
from petsuv.nuclides import half_life_days

RATE_131I_PER_H = math.log(2) / (half_life_days("131I") * HOURS_PER_DAY)
GY_PER_KBQ_H_PER_ML = 1.106e-4
MBQ_PER_GBQ = 1000.0
KEYS = ("patient_id", "tsh_level", "lesion_id")  # of a lesion and administration; texts


@dataclass(frozen=True)
class LesionDose:
    """A projected dose, with what it rests on.

    Attributes:
        gy_per_gbq: absorbed dose per GBq of 131I given, Gy/GBq.
        effective_half_life_h: of 131I in the lesion, at most the physical one.
        n_times: time points.
        note: what a reader must know; empty if nothing.
    """

    gy_per_gbq: float
    effective_half_life_h: float
    n_times: int
    note: str


def dose_per_gbq(
    hours: Sequence[float], kbq_per_ml: Sequence[float], injected_mbq: float
) -> LesionDose:
    """Dose per GBq of 131I from the concentration of 124I at one or more times.

    The concentration of 131I is that of 124I corrected to administration, scaled to 1 GBq, with
    131I's own decay. Apart from decay it is taken for constant up to the first time point; after it
    for mono-exponential (least squares of the logarithm). With one time point, and where the fit
    falls more slowly than 131I decays, nothing is taken to leave the lesion but by decay: an upper
    bound.

    Args:
        hours: after administration, > 0, all different, shape (n,).
        kbq_per_ml: mean 124I concentration, decay-corrected to administration, > 0, shape (n,).
        injected_mbq: 124I activity given, MBq.

    Returns:
        The dose; 1.106e-4 Gy per kBq·h/mL (β of 131I, unit density).

    Raises:
        InputError: times or values are not positive, or a time is given twice.
    """
    time, concentration = _checked(hours, kbq_per_ml, injected_mbq)
    per_gbq = concentration / injected_mbq * MBQ_PER_GBQ * np.exp(-RATE_131I_PER_H * time)
    logs = np.log(per_gbq)
    rate, note = RATE_131I_PER_H, "one time point: no washout assumed, an upper bound"
    if len(time) > 1:
        slope = -np.polyfit(time, logs, 1)[0]
        note = "" if slope >= rate else "uptake does not fall: no washout assumed, an upper bound"
        rate = max(float(slope), rate)
    at_first = math.exp(float((logs + rate * (time - time[0])).mean()))
    grown = math.expm1(RATE_131I_PER_H * float(time[0])) / RATE_131I_PER_H
    integral = at_first * (grown + 1 / rate)
    return LesionDose(GY_PER_KBQ_H_PER_ML * integral, math.log(2) / rate, len(time), note)


def _checked(
    hours: Sequence[float], kbq_per_ml: Sequence[float], injected_mbq: float
) -> tuple[np.ndarray, np.ndarray]:
    time, concentration = np.array(hours, dtype=float), np.array(kbq_per_ml, dtype=float)
    if len(time) != len(concentration) or not len(time):
        raise InputError(
            f"dose: {len(time)} times and {len(concentration)} concentrations; expected one of "
            "each, or more."
        )
    if not (injected_mbq > 0 and (time > 0).all() and (concentration > 0).all()):
        raise InputError(
            f"dose: times {time.tolist()} h, concentrations {concentration.tolist()} kBq/mL, "
            f"{injected_mbq:g} MBq; expected all above 0."
        )
    if len(set(time.tolist())) < len(time):
        raise InputError(f"dose: times {time.tolist()} h; expected all different.")
    order = np.argsort(time)
    return time[order], concentration[order]


def dose_rows(lesions: Sequence[Mapping[str, Any]]) -> list[dict[str, Any]]:
    """One row a lesion and administration: its dose per GBq, or the reason why there is none.

    Scans of a patient at one TSH level are time points of one administration.

    Args:
        lesions: rows of the lesion table; others than 124I are left out.
    """
    grouped: dict[tuple[Any, ...], list[Mapping[str, Any]]] = {}
    for row in lesions:
        if row["tracer"] == PET.code:
            key = (row["patient_id"], row["tsh_level"], row["lesion_id"])
            grouped.setdefault(key, []).append(row)
    return [_dose_row(key, rows) for key, rows in grouped.items()]


def _dose_row(key: tuple[Any, ...], rows: list[Mapping[str, Any]]) -> dict[str, Any]:
    usable = [row for row in rows if _positive(row.get("mean_kbq_per_ml"), row["uptake_time_h"])]
    found: dict[str, Any] = dict(zip(("patient_id", "tsh_level", "lesion_id"), key, strict=True))
    if not usable:
        reasons = [str(row["reason"]) for row in rows if row["reason"]]
        reason = reasons[0] if reasons else "no activity concentration, or no uptake time"
        return found | {"gy_per_gbq": math.nan, "n_times": 0, "reason": reason}
    activities = [float(row["injected_activity_mbq"]) for row in usable]
    if max(activities) > 1.01 * min(activities):
        reason = (
            f"time points of different activities {activities} MBq; expected one administration"
        )
        return found | {"gy_per_gbq": math.nan, "n_times": len(usable), "reason": reason}
    dose = dose_per_gbq(
        [float(row["uptake_time_h"]) for row in usable],
        [float(row["mean_kbq_per_ml"]) for row in usable],
        activities[0],
    )
    return found | {
        "gy_per_gbq": dose.gy_per_gbq,
        "effective_half_life_h": dose.effective_half_life_h,
        "n_times": dose.n_times,
        "note": dose.note,
        "reason": "",
    }


def _positive(*values: Any) -> bool:
    return all(isinstance(value, int | float) and value > 0 for value in values)


def dose_table(lesion_suv: pd.DataFrame) -> pd.DataFrame:
    """Exploratory: dose per GBq of 131I of each lesion and administration, by its 124I scans."""
    columns = [*KEYS, "gy_per_gbq", "effective_half_life_h", "n_times", "note", "reason"]
    return pd.DataFrame(dose_rows(records(lesion_suv)), columns=columns)
