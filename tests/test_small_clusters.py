"""Two hundred random small sets of what belongs together, an estimator, against an oracle each.

Readers of a block, lesions of a patient, scans of a lesion: sets of 2 to 40 with ties, values all
equal, one lesion a patient, nobody who changes. The oracle is the definition written out in full
matrices, an enumeration, or the t-test that balanced data come to.
"""

import itertools
import math
from collections.abc import Iterator

import numpy as np
import pandas as pd
import pytest
from scipy import stats

from compendium.errors import NotEstimable
from compendium.statistics.agreement import bland_altman, icc_agreement, icc_of_clusters
from compendium.statistics.mixed import MixedFit, random_intercept
from compendium.tsh.avidity import avidity_change
from compendium.tsh.margin import of_avidity

pytestmark = pytest.mark.slow

SETS = 200
SEED = 20251219
KINDS = ("both", "only_low", "only_high", "none", "unknown", "not_measured")


def draws(name: str) -> Iterator[np.random.Generator]:
    """A generator for each set, another for each estimator."""
    for number in range(SETS):
        yield np.random.default_rng([SEED, sum(map(ord, name)), number])


def ratings(rng: np.random.Generator) -> np.ndarray:
    """Reads of 2 to 30 blocks by 2 to 4 readers; rounded, biased, unrelated or nearly all alike."""
    n, k = int(rng.integers(2, 31)), int(rng.integers(2, 5))
    spread = rng.choice([0.0, 5.0, 40.0, 80.0])
    x = rng.normal(0, spread, (n, 1)) + rng.normal(0, rng.choice([0.0, 20.0]), (1, k)) + 120
    x = x + rng.normal(0, rng.choice([0.0, 5.0, 30.0]), (n, k))
    return np.round(x / 10) * 10 if rng.random() < 0.4 else x


def mean_squares(x: np.ndarray) -> tuple[float, float, float]:
    """Of blocks, readers and rest, each the squared length of its projection over its dimension."""
    n, k = x.shape
    block, reader = np.repeat(np.eye(n), k, axis=0), np.tile(np.eye(k), (n, 1))
    ones, flat = np.ones((n * k, 1)), x.ravel()

    def length(columns: np.ndarray) -> float:
        fitted = columns @ np.linalg.lstsq(columns, flat - flat.mean(), rcond=None)[0]
        return float(fitted @ fitted)

    of_blocks, of_readers = length(np.hstack([ones, block])), length(np.hstack([ones, reader]))
    rest = float(((flat - flat.mean()) ** 2).sum()) - of_blocks - of_readers
    return of_blocks / (n - 1), of_readers / (k - 1), rest / ((n - 1) * (k - 1))


def test_intraclass_correlation():
    refused = 0
    for rng in draws("icc"):
        x = ratings(rng)
        n, k = x.shape
        found = icc_agreement(x)
        if found.reason:
            refused += 1
            told = ("agree in all", "are equal", "do not differ", "the 95% interval would")
            assert any(words in found.reason for words in told), found.reason
            continue
        blocks, readers, rest = mean_squares(x)
        # Variances by their expected mean squares: of blocks, of readers, and what is left.
        of_blocks, of_readers = (blocks - rest) / k, (readers - rest) / n
        known = of_blocks / (of_blocks + of_readers + rest)
        known = max(known, -1.0)  # mean squares can give less, which no agreement can be
        assert found.estimate == pytest.approx(known, abs=1e-9)
        assert -1 <= found.low <= found.estimate <= found.high <= 1
        assert found.low < found.high
        of_clusters = icc_of_clusters(x, rng.integers(0, max(3, n // 2), n))
        assert of_clusters.reason or of_clusters.estimate == pytest.approx(known, abs=1e-9)
    assert refused < SETS * 0.25


def test_limits_of_agreement():
    for rng in draws("limits"):
        x = ratings(rng)
        difference = x[:, 1] - x[:, 0]
        found = bland_altman(x[:, 0], x[:, 1])
        if len(difference) < 3 or np.ptp(difference) < 1e-10:
            assert all(one.reason for one in found.values())
            continue
        mean, sd, n = difference.mean(), difference.std(ddof=1), len(difference)
        test = stats.ttest_1samp(difference, 0).confidence_interval()
        assert [found["bias"].low, found["bias"].high] == pytest.approx([test.low, test.high])
        for name, side in (("lower", -1), ("upper", 1)):
            one = found[name]
            assert one.estimate == pytest.approx(mean + side * 1.959963984540054 * sd)
            # At each limit the noncentral t of the normal quantile has a tail of 2.5 %.
            away = 1.959963984540054 * math.sqrt(n)
            at = [(side * (limit - mean) / sd) * math.sqrt(n) for limit in (one.low, one.high)]
            tails = sorted(float(stats.nct.cdf(t, n - 1, away)) for t in at)
            assert tails == pytest.approx([0.025, 0.975], abs=1e-5)


def lesions(rng: np.random.Generator) -> tuple[np.ndarray, np.ndarray, np.ndarray, bool]:
    """Log values of lesions of 2 to 15 patients, whose they are, group, and whether balanced."""
    patients, balanced = int(rng.integers(2, 16)), rng.random() < 0.3
    own_counts, equal = rng.integers(1, 7, patients), int(rng.integers(2, 5))
    counts = np.full(patients, equal) if balanced else own_counts
    index = np.repeat(np.arange(patients), counts)
    own = rng.normal(0, rng.choice([0.0, 0.3, 1.0]), patients)
    group = rng.permutation(np.arange(patients) % 2)
    y = own[index] + rng.normal(0, rng.choice([0.05, 0.3, 0.8]), len(index))
    y = np.round(y, 1) if rng.random() < 0.3 else y
    return y, index, group[index].astype(float), balanced


def restricted(y: np.ndarray, x: np.ndarray, index: np.ndarray, ratio: float) -> tuple[float, ...]:
    """Restricted deviance at a variance ratio, with full matrices; then beta and its variance."""
    v = np.eye(len(y)) + ratio * (index[:, None] == index)
    inverse = np.linalg.inv(v)
    information = x.T @ inverse @ x
    beta = np.linalg.solve(information, x.T @ inverse @ y)
    rest = y - x @ beta
    freedom = len(y) - x.shape[1]
    variance = float(rest @ inverse @ rest) / freedom
    deviance = freedom * math.log(variance) + np.linalg.slogdet(v)[1]
    deviance += np.linalg.slogdet(information)[1]
    return float(deviance), float(beta[-1]), variance * float(np.linalg.inv(information)[-1, -1])


def t_of_means(y: np.ndarray, index: np.ndarray, group: np.ndarray | None, fit: MixedFit) -> None:
    """Balanced lesions come to the t-test of patients' means, by either degrees of freedom."""
    means = np.bincount(index, y) / np.bincount(index)
    if group is None:
        known = stats.ttest_1samp(means, 0)
    else:
        own = np.bincount(index, group) / np.bincount(index)
        known = stats.ttest_ind(means[own == 1], means[own == 0])
    limits = known.confidence_interval()
    for name in ("kenward_roger", "satterthwaite"):
        found = fit.estimate(fit.terms[-1], df=name, scale="difference")
        assert found.p == pytest.approx(known.pvalue, rel=1e-6, abs=1e-12)
        assert [found.low, found.high] == pytest.approx([limits.low, limits.high], rel=1e-6)


def test_random_intercept_model():
    refused = against_t = 0
    for rng in draws("random intercept"):
        y, index, group, balanced = lesions(rng)
        used = group if rng.random() < 0.5 else None
        try:
            fit = random_intercept(y, index, group=used)
        except NotEstimable:
            refused += 1
            continue
        x = np.ones((len(y), 1)) if used is None else np.column_stack([np.ones(len(y)), used])
        ratio = fit.var_patient / fit.var_residual
        deviance, beta, variance = restricted(y, x, index, ratio)
        assert fit.beta[-1] == pytest.approx(beta, abs=1e-8)
        assert fit.se[-1] == pytest.approx(math.sqrt(variance), rel=1e-6)
        if (np.bincount(index) > 1).any():
            others = [0.0, *np.logspace(-3, 3, 25), ratio * 0.98, ratio * 1.02]
            best = min(restricted(y, x, index, other)[0] for other in others)
            assert deviance <= best + 1e-7 * abs(best)
        found = fit.estimate(fit.terms[-1])
        assert 0 <= found.low < found.estimate < found.high
        if balanced and not fit.singular:
            against_t += 1
            t_of_means(y, index, used, fit)
    assert refused < SETS * 0.15
    assert against_t > 20


def scans(rng: np.random.Generator) -> pd.DataFrame:
    """Lesions of 1 to 10 patients by where they are visible; often nobody changes."""
    patients = int(rng.integers(1, 11))
    index = np.repeat(np.arange(patients), rng.integers(1, 7, patients))
    weights = [[1, 0, 0, 0, 0, 0], [0, 0, 0, 1, 0, 0], [4, 1, 1, 2, 0, 1], [2, 0, 3, 2, 1, 0]]
    share = np.array(weights[int(rng.integers(4))], float)
    kinds = rng.choice(KINDS, len(index), p=share / share.sum())
    return pd.DataFrame({"patient_id": index, "visibility": kinds})


def test_change_of_avidity():
    refused = 0
    for rng in draws("avidity"):
        pairs = scans(rng)
        found, against = avidity_change(pairs, rng), of_avidity(pairs, 0.10)
        known = pairs[~pairs["visibility"].isin(["unknown", "not_measured"])]
        step = known["visibility"].map({"only_high": 1, "only_low": -1}).fillna(0)
        gained = step.groupby(known["patient_id"]).sum().to_numpy()
        if found.reason:
            refused += 1
            nothing = known.empty or known["visibility"].eq("none").all() or len(gained) < 2
            assert nothing or "interval would hold every value" in found.reason, found.reason
            continue
        assert found.estimate == pytest.approx(gained.sum() / len(known))
        assert -1 <= found.low <= found.estimate <= found.high <= 1
        assert found.low < found.high
        flipped = np.array(list(itertools.product((-1, 1), repeat=len(gained)))) @ gained
        tails = (flipped >= gained.sum()).mean(), (flipped <= gained.sum()).mean()
        assert found.p == pytest.approx(min(1.0, 2 * min(tails)))
        assert (against.words == "gain") == (against.interval.low >= 0.10)
        if against.words in ("gain", "no relevant gain"):
            assert min(against.p_gain, against.p_no_gain) <= 0.05 + 1e-9
    assert refused < SETS * 0.45
