"""The model of both scans: beside that of log ratios, with lesions of one scan, and refusals."""

import numpy as np
import pandas as pd
import pytest

from compendium.tsh.both_scans import both_scans_ratio
from compendium.tsh.effect import mixed_ratio


def drawn(seed: int = 1, patients: int = 10, lesions: int = 5, ratio: float = 1.4) -> pd.DataFrame:
    rng = np.random.default_rng(seed)
    who = np.repeat(np.arange(patients), lesions)
    level = rng.normal(0, 0.5, patients)[who] + rng.normal(0, 0.8, len(who))
    effect = np.log(ratio) + rng.normal(0, 0.25, patients)[who] + rng.normal(0, 0.1, len(who))
    noise = rng.normal(0, 0.1, (2, len(who)))
    return pd.DataFrame(
        {
            "patient_id": [f"T{i:02d}" for i in who],
            "suv_max_low": np.exp(1 + level + noise[0]),
            "suv_max_high": np.exp(1 + level + effect + noise[1]),
        }
    )


@pytest.mark.parametrize("seed", [1, 2, 3])
def test_where_all_is_measured_twice_it_is_the_model_of_log_ratios(seed):
    pairs = drawn(seed)
    found, of_ratios = both_scans_ratio(pairs), mixed_ratio(pairs)
    assert found.estimate == pytest.approx(of_ratios.estimate, rel=0.02)
    widths = [np.log(one.high / one.low) for one in (found, of_ratios)]
    assert widths[0] == pytest.approx(widths[1], rel=0.1)
    assert found.n == 10


def test_a_lesion_of_one_scan_counts_with_it():
    pairs = drawn()
    pairs.loc[pairs.index[::7], "suv_max_low"] = np.nan
    known = int(pairs[["suv_max_low", "suv_max_high"]].notna().sum().sum())
    assert f"{known} measurements" in both_scans_ratio(pairs).method


@pytest.mark.parametrize(
    ("pairs", "reason"),
    [
        (drawn(patients=2), "2 patients with a lesion at both TSH levels; at least 3 needed"),
        (drawn(lesions=1), "1 lesion at both TSH levels in any patient; at least 2 needed"),
        (
            drawn().assign(suv_max_low=np.nan),
            "0 patients with a lesion at both TSH levels; at least 3",
        ),
    ],
    ids=["two patients", "one lesion a patient", "one scan"],
)
def test_what_it_needs(pairs, reason):
    assert both_scans_ratio(pairs).reason.startswith(reason)
