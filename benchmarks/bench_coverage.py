"""Coverage of 95 % intervals in small samples, those in use beside those that they replaced."""

import math
from collections.abc import Callable

import numpy as np
from scipy import stats
from statsmodels.stats.inter_rater import cohens_kappa

from compendium.estimates import Estimate
from compendium.operating.analyses import drawn_study
from compendium.statistics.agreement import bland_altman, icc_agreement
from compendium.statistics.auc import auc, auc_delong
from compendium.statistics.intervals import hodges_lehmann
from compendium.statistics.kappa import gwet_ac2, weighted_kappa
from compendium.studies import tsh124i
from compendium.tsh.avidity import gained_by_patient, share_gained

STUDIES = 1000
SEED = 20251218
BANDS = np.array([-0.43, 0.43])
CORRELATIONS = (0.0, 0.4, 0.7, 0.9, 0.97)
Limits = tuple[float, float]


def avidity(rng: np.random.Generator) -> None:
    print("Avidity, 90 %: truth, patients: with a further patient, rearrangements")
    for truth in ("assumed", "null", "inverted_u"):
        for limit_suv in (0.31, 1.5):
            many = drawn_study(tsh124i.CODE, truth, 20_000, rng, limit_suv)["pairs"]
            gained, measured = gained_by_patient(many)
            true = float(gained.sum() / measured.sum())
            for n in (6, 10, 20):
                drawn = [rng.integers(0, len(gained), n) for _ in range(STUDIES)]
                now = [limits(share_gained(gained[i], measured[i], 0.9)) for i in drawn]
                changed = [i for i in drawn if gained[i].any() and n < 12]
                before = [rearranged(gained[i], measured[i]) for i in changed]
                shown = covered(now, true), covered(before, true) if before else ""
                print(f"{truth:11} {limit_suv:4} {n:3}", *shown)


def rearranged(gained: np.ndarray, measured: np.ndarray) -> Limits:
    """Limits of the share that exchanging patients' scans accepts at 90 %."""
    flips = ((np.arange(1, 2 ** len(gained))[:, None] >> np.arange(len(gained))) & 1).astype(float)
    typical = np.sort((flips @ gained) / (flips @ measured))
    beyond = math.floor(0.05 * 2 ** len(gained) + 1e-9)
    return float(typical[beyond - 1]), float(typical[-beyond])


def covered(limits: list[Limits], truth: float) -> str:
    """Share that holds the truth; an interval that is not given counts as one that does."""
    held = [not math.isfinite(low + high) or low <= truth <= high for low, high in limits]
    return f"{np.mean(held):6.1%}"


def limits(found: Estimate) -> Limits:
    return found.low, found.high


def wald_kappa(table: np.ndarray) -> Limits:
    with np.errstate(invalid="ignore", divide="ignore"):
        found = cohens_kappa(table, wt="quadratic")
        half = 1.96 * math.sqrt(max(float(found.var_kappa), 0.0))
    return float(found.kappa) - half, float(found.kappa) + half


def wald_limit(difference: np.ndarray) -> Limits:
    n, spread = len(difference), difference.std(ddof=1)
    half = stats.t.ppf(0.975, n - 1) * spread * math.sqrt(1 / n + 1.96**2 / (2 * (n - 1)))
    return difference.mean() + 1.96 * spread - half, difference.mean() + 1.96 * spread + half


def areas(rng: np.random.Generator) -> None:
    print("AUC: sizes, truth, values: outer limits, DeLong")
    graded: dict[str, Callable[[np.ndarray], np.ndarray]] = {
        "continuous": lambda x: x,
        "four grades": lambda x: np.digitize(x, [-0.5, 0.5, 1.5]).astype(float),
    }
    for m, n in ((10, 10), (20, 20), (30, 30), (30, 10)):
        for truth in (0.5, 0.7, 0.8, 0.9, 0.95):
            shift = math.sqrt(2) * stats.norm.ppf(truth)
            for name, of in graded.items():
                pairs = [(of(rng.normal(size=m)), of(rng.normal(shift, size=n)))
                         for _ in range(STUDIES)]  # fmt: skip
                many = of(rng.normal(size=3000)), of(rng.normal(shift, size=3000))
                true = truth if name == "continuous" else auc(*many).estimate
                shown = [covered([limits(method(*pair)) for pair in pairs], true)
                         for method in (auc, auc_delong)]  # fmt: skip
                print(f"  {m:2} {n:2}  {truth:4.2f}  {name:<11}", *shown)


def tables(rng: np.random.Generator) -> None:
    print("Three bands: pairs, correlation: kappa, by Wald, AC2")
    for n in (10, 20, 40):
        for correlation in CORRELATIONS:
            spread = [[1, correlation], [correlation, 1]]

            def drawn(size: int, spread: list[list[float]] = spread) -> np.ndarray:
                both = np.digitize(rng.multivariate_normal([0, 0], spread, size), BANDS)
                return np.histogram2d(*both.T, bins=np.arange(4) - 0.5)[0]

            many = drawn(400_000)
            kappa, ac2 = weighted_kappa(many).estimate, gwet_ac2(many).estimate
            found = [drawn(n) for _ in range(STUDIES)]
            print(
                f"  {n:2}  {correlation:4.2f} ",
                covered([limits(weighted_kappa(one)) for one in found], kappa),
                covered([wald_kappa(one) for one in found], kappa),
                covered([limits(gwet_ac2(one)) for one in found], ac2),
            )


def readers(rng: np.random.Generator) -> None:
    print("Two readers: blocks: ICC 0.8, upper limit of agreement, by Bland and Altman")
    for n in (5, 10, 20, 30):
        level = rng.normal(0, math.sqrt(0.8), (STUDIES, n, 1))
        ratings = level + rng.normal(0, math.sqrt(0.2), (STUDIES, n, 2))
        true = 1.96 * math.sqrt(0.4)
        print(
            f"  {n:2} ",
            covered([limits(icc_agreement(one)) for one in ratings], 0.8),
            covered([limits(bland_altman(*one.T)["upper"]) for one in ratings], true),
            covered([wald_limit(one[:, 1] - one[:, 0]) for one in ratings], true),
        )


def shifts(rng: np.random.Generator) -> None:
    print("Hodges–Lehmann shift, 20 a group: interval, studies without one")
    kinds: dict[str, Callable[[float], np.ndarray]] = {
        "steps of 10": lambda by: np.round(rng.normal(150, 60, 20) / 10) * 10 + by,
        "steps of 50": lambda by: np.round(rng.normal(150, 60, 20) / 50) * 50 + by,
    }
    for name, of in kinds.items():
        found = [hodges_lehmann(of(0.0), of(50.0)) for _ in range(STUDIES // 4)]
        without = sum(not one.estimable for one in found)
        print(f"  {name}", covered([limits(one) for one in found], 50.0), without)


if __name__ == "__main__":
    for number, simulate in enumerate((areas, tables, readers, shifts, avidity)):
        simulate(np.random.default_rng([SEED, number]))
