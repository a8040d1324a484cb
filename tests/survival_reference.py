"""The veteran lung cancer trial with its values from R, shared by the tests of survival.

Data and values: R 4.2.2, survival 3.5-3 (`veteran` ships with it). Delayed entry: entry of the i-th
patient (from 1) is (37 i) mod 60 days; who left by then is not at risk.
"""

from pathlib import Path

import numpy as np
import pandas as pd

from compendium.survival.times import SurvivalTimes, survival_times

REFERENCE = Path(__file__).parent / "reference"


def expected(name: str) -> pd.DataFrame:
    return pd.read_csv(REFERENCE / f"{name}_expected.csv")


def veteran() -> tuple[pd.DataFrame, SurvivalTimes]:
    data = pd.read_csv(REFERENCE / "veteran_data.csv")
    return data, survival_times(data["time"], data["status"])


def veteran_delayed() -> tuple[pd.DataFrame, SurvivalTimes]:
    data, times = veteran()
    entry = np.arange(1, len(data) + 1) * 37 % 60
    seen = times.time > entry
    data = data[seen].reset_index(drop=True)
    return data, survival_times(data["time"], data["status"], entry[seen])


def exponential(rng: np.random.Generator, n: int, *, delayed: bool) -> SurvivalTimes:
    """Random times with about one third censored, and ties where rounding makes them."""
    entry = rng.integers(0, 6, n) / 2 if delayed else np.zeros(n)
    time = entry + 0.5 + np.round(rng.exponential(4, n) * 2) / 2
    return survival_times(time, rng.random(n) < 0.66, entry)
