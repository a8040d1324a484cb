"""Timings of the Trop2 analysis, each beside its target: `python benchmarks/bench_ihc.py`."""

import time
from collections.abc import Callable

import numpy as np
import pandas as pd

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


def report(figure: str, target: str, measured: str) -> None:
    print(f"{figure:<62} {target:>12} {measured:>14}")


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
    report("figure (n = 60)", "target", "measured")
    report("DeLong AUC with interval", "0.5 ms", f"{fastest_ms(lambda: auc(low, high)):.3f} ms")
    boot = fastest_ms(lambda: bootstrap_cutoff(low, high, np.random.default_rng(1)))
    report("bootstrap of AUC and cut-off, 2,000 resamples", "2 s", f"{boot / 1e3:.3f} s")
    firth = fastest_ms(lambda: odds_ratios(design, event))
    report("Firth logistic, 4 terms, profile limits and p", "10 ms", f"{firth:.1f} ms")
    shift = fastest_ms(lambda: hodges_lehmann(low, high))
    report("Hodges–Lehmann shift with exact interval and p, ties", "–", f"{shift:.1f} ms")
    cut = fastest_ms(lambda: maximally_selected(scores, event))
    report("maximally selected rank statistic with exact p", "–", f"{cut:.2f} ms")
    simulate(rng)


def simulate(rng: np.random.Generator, studies: int = 2000) -> None:
    """Rejections under a true null and coverage of the AUC, in simulated studies of 30 and 30."""
    drawn = draw_trop2_patients(TRUTHS["null"], studies * N, studies * N, rng)["h_score"].to_numpy()
    sides = drawn.reshape(2, studies, N)
    start = time.perf_counter()
    rejected = np.mean([rank_sum_p(a, b) <= 0.05 for a, b in zip(*sides, strict=True)])
    seconds = time.perf_counter() - start
    report(f"primary rejects under `null`, {studies:,} studies", "5 % ± 1 %", f"{rejected:.2%}")
    report(f"  time of {studies:,} exact tests", "few s", f"{seconds:.1f} s")
    drawn = draw_trop2_patients(TRUTHS["assumed"], studies * N, studies * N, rng)[
        "h_score"
    ].to_numpy()
    sides = drawn.reshape(2, studies, N)
    truth = auc(*sides.reshape(2, -1)).estimate
    found = [auc(a, b) for a, b in zip(*sides, strict=True)]
    covered = np.mean([f.low <= truth <= f.high for f in found])
    report(
        f"interval covers the true AUC ({truth:.3f}) under `assumed`",
        "95 % ± 1.5 %",
        f"{covered:.2%}",
    )


if __name__ == "__main__":
    main()
