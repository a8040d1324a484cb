"""Timings of the Trop2 analysis, each beside its target: `python benchmarks/bench_ihc.py`."""

import time
from collections.abc import Callable

import numpy as np
import pandas as pd
from shown import show

from compendium.statistics.auc import auc
from compendium.statistics.cutoff import bootstrap_cutoff, maximally_selected
from compendium.statistics.firth_logistic import odds_ratios
from compendium.statistics.intervals import hodges_lehmann
from compendium.statistics.ranks import rank_sum_p
from compendium.synthetic.trop2 import draw_trop2_patients
from compendium.synthetic.truth import TRUTHS

N = 30
REPEATS = 15


def fastest_ms(work: Callable[[], object]) -> float:
    """Shortest of the repeats, in ms: what the code takes when nothing else runs."""
    times = []
    for _ in range(REPEATS):
        start = time.perf_counter()
        work()
        times.append(time.perf_counter() - start)
    return 1e3 * min(times)


def main() -> None:
    rng = np.random.default_rng(20251218)
    patients = draw_trop2_patients(TRUTHS["assumed"], N, N, rng)
    event = patients["rai_response"] == "non_responder"
    scores = patients["h_score"].to_numpy()
    low, high = scores[~event], scores[event]
    design = pd.DataFrame(
        {
            "h_score": scores / 50,
            "age": patients["age_years"] / 10,
            "braf": patients["braf"].astype(float),
            "tert": patients["tert"].astype(float),
        }
    )
    show("DeLong AUC with interval", f"{fastest_ms(lambda: auc(low, high)):.3f} ms", "0.5 ms")
    boot = fastest_ms(lambda: bootstrap_cutoff(low, high, np.random.default_rng(1)))
    show("bootstrap of AUC and cut-off, 2,000 resamples", f"{boot / 1e3:.3f} s", "2 s")
    firth = fastest_ms(lambda: odds_ratios(design, event))
    show("Firth logistic, 4 terms, n = 60, profile limits and p", f"{firth:.1f} ms", "10 ms")
    shift = fastest_ms(lambda: hodges_lehmann(low, high))
    show("Hodges–Lehmann shift with exact interval and p, ties", f"{shift:.1f} ms")
    cut = fastest_ms(lambda: maximally_selected(scores, event))
    show("maximally selected rank statistic with exact p", f"{cut:.2f} ms")
    simulate(rng)


def simulate(rng: np.random.Generator, studies: int = 2000) -> None:
    """Rejections under a true null and coverage of the AUC, in simulated studies of 30 and 30."""
    drawn = draw_trop2_patients(TRUTHS["null"], studies * N, studies * N, rng)["h_score"].to_numpy()
    sides = drawn.reshape(2, studies, N)
    start = time.perf_counter()
    rejected = np.mean([rank_sum_p(a, b) <= 0.05 for a, b in zip(*sides, strict=True)])
    seconds = time.perf_counter() - start
    show(f"primary rejects under `null`, {studies:,} studies", f"{rejected:.2%}", "5 % ± 1 %")
    show(f"  time of {studies:,} exact tests", f"{seconds:.1f} s", "few s")
    drawn = draw_trop2_patients(TRUTHS["assumed"], studies * N, studies * N, rng)[
        "h_score"
    ].to_numpy()
    sides = drawn.reshape(2, studies, N)
    truth = auc(*sides.reshape(2, -1)).estimate
    found = [auc(a, b) for a, b in zip(*sides, strict=True)]
    covered = np.mean([f.low <= truth <= f.high for f in found])
    show(
        f"interval covers the true AUC ({truth:.3f}) under `assumed`",
        f"{covered:.2%}",
        "95 % ± 1.5 %",
    )


if __name__ == "__main__":
    main()
