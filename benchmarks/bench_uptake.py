"""How long the TSH analyses take: one study, and a thousand."""

import time
from collections.abc import Callable
from pathlib import Path

import numpy as np
import pandas as pd
from shown import show

from compendium.operating.tsh import FAST, draw_study, operating_characteristics
from compendium.statistics.censored import censored_ratio
from compendium.statistics.mixed import random_intercept
from compendium.synthetic.truth import TRUTHS
from compendium.tsh.effect import effect_rows

REFERENCE = Path(__file__).resolve().parents[1] / "tests" / "reference" / "mixed_data.csv"


def median_ms(work: Callable[[], object], repeats: int = 50) -> float:
    """Median time of one call, ms, after one call to warm up."""
    work()
    times = []
    for _ in range(repeats):
        start = time.perf_counter()
        work()
        times.append(time.perf_counter() - start)
    return 1000 * float(np.median(times))


def main() -> None:
    """Print figure, target and what was measured."""
    rng = np.random.default_rng(1)
    study = draw_study(TRUTHS["assumed"], rng)
    lesions = pd.read_csv(REFERENCE).query("dataset == 'lesions_log_ratio'")
    values, patients = lesions["y"].to_numpy(), lesions["patient"].to_numpy()
    rows = [
        ("random-intercept fit, both kinds of df, ms", "< 50",
         median_ms(lambda: random_intercept(values, patients))),
        ("one complete analysis: sign-flip, t, mixed models, ms", "< 50",
         median_ms(lambda: effect_rows(study, rng))),
        ("censored model, ms", "", median_ms(lambda: censored_ratio(study), 10)),
    ]  # fmt: skip
    start = time.perf_counter()
    operating_characteristics(rng, truths=["assumed"], n_studies=1000, methods=FAST, workers=2)
    rows.append(
        (f"1,000 simulated studies by {len(FAST)} methods, 2 processes, s", "< 30",
         time.perf_counter() - start)
    )  # fmt: skip
    for name, target, measured in rows:
        show(name, f"{measured:.2f}", target)


if __name__ == "__main__":
    main()
