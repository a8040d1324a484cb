"""Two hundred random small sets an estimator against an oracle that shares no code with it.

Sets of 4 to 60 patients with ties, zeros, separation, delayed entry and empty risk sets. The oracle
is the definition written out, an enumeration, scipy, statsmodels or lifelines. A set that an
estimator refuses must have a reason; how many it may refuse is bounded, so that nothing hides.
"""

import itertools
import math
from collections.abc import Iterator

import numpy as np
import pandas as pd
import pytest
from lifelines import KaplanMeierFitter
from lifelines.utils import concordance_index
from scipy import stats
from scipy.optimize import minimize, minimize_scalar
from statsmodels.duration.hazard_regression import PHReg

from compendium.errors import NotEstimable
from compendium.prediction.performance import harrell_c
from compendium.statistics.auc import auc, auc_delong
from compendium.statistics.firth_logistic import odds_ratios
from compendium.statistics.fisher import fisher_odds_ratio, fisher_p
from compendium.statistics.intervals import hodges_lehmann, hodges_lehmann_paired, holm
from compendium.statistics.kappa import gwet_ac2, weighted_kappa
from compendium.statistics.resampling import permutation, sign_flip
from compendium.survival.competing import cumulative_incidence
from compendium.survival.cox import fit_cox
from compendium.survival.groups import log_rank
from compendium.survival.kaplan_meier import kaplan_meier
from compendium.survival.profile_likelihood import profile
from compendium.survival.times import SurvivalTimes, survival_times

pytestmark = pytest.mark.slow

SETS = 200
SEED = 20251218


def draws(name: str) -> Iterator[np.random.Generator]:
    """A generator for each set, another for each estimator."""
    for number in range(SETS):
        yield np.random.default_rng([SEED, sum(map(ord, name)), number])


def size(rng: np.random.Generator, least: int = 4, most: int = 60) -> int:
    return int(rng.integers(least, most + 1))


def values(rng: np.random.Generator, n: int) -> np.ndarray:
    """H-scores of one of five kinds: continuous, rounded, few grades, mostly zeros, all alike."""
    kind = int(rng.integers(5))
    drawn = rng.normal(120, 60, n)
    if kind == 1:
        return np.round(drawn / 10) * 10
    if kind == 2:
        return rng.integers(0, 4, n).astype(float)
    if kind == 3:
        return np.where(rng.random(n) < 0.7, 0.0, np.abs(drawn))
    return np.full(n, 50.0) if kind == 4 and rng.random() < 0.3 else drawn


def followed(rng: np.random.Generator, n: int) -> SurvivalTimes:
    """Times with or without ties and delayed entry; sometimes nobody has the event, or all have."""
    time = rng.exponential(3.0, n) + 0.05
    if rng.random() < 0.5:
        time = np.ceil(time * 2) / 2
    entry = np.zeros(n)
    if rng.random() < 0.5:
        entry = np.where(rng.random(n) < 0.5, 0.0, rng.random(n) * time * 0.9)
    share = rng.choice([0.0, 0.3, 0.6, 1.0], p=[0.05, 0.45, 0.4, 0.1])
    return survival_times(time, rng.random(n) < share, entry)


def two_groups(rng: np.random.Generator) -> tuple[np.ndarray, np.ndarray]:
    n = size(rng)
    m = int(rng.integers(1, n))
    drawn = values(rng, n)
    shift = rng.choice([0.0, 0.0, 40.0])
    return drawn[:m], drawn[m:] + (shift if rng.random() < 0.5 else 0.0)


def all_divisions(pooled: np.ndarray, n: int) -> np.ndarray:
    ranks = stats.rankdata(pooled)
    return np.array(
        [ranks[list(rows)].sum() for rows in itertools.combinations(range(len(pooled)), n)]
    )


def test_rank_sum_and_its_shift():
    refused = enumerated = 0
    for rng in draws("rank sum"):
        first, second = two_groups(rng)
        pooled = np.concatenate([first, second])
        found = hodges_lehmann(first, second)
        if found.reason:
            refused += 1
            tied = len(np.unique(pooled)) == 1 or "no shift but" in found.reason
            assert tied, found.reason
        else:
            assert found.estimate == pytest.approx(np.median(np.subtract.outer(second, first)))
            assert found.low <= found.estimate <= found.high
            if found.p > 0.05:
                assert found.low <= 0 <= found.high
        if math.isnan(found.p):
            continue
        if math.comb(len(pooled), len(second)) <= 3000:
            enumerated += 1
            sums = all_divisions(pooled, len(second))
            seen = stats.rankdata(pooled)[len(first) :].sum()
            far = np.abs(sums - sums.mean()) >= abs(seen - sums.mean()) - 1e-9
            assert found.p == pytest.approx(far.mean(), abs=1e-12)
        elif len(np.unique(pooled)) == len(pooled):
            assert found.p == pytest.approx(
                stats.mannwhitneyu(first, second, method="exact").pvalue, rel=1e-9
            )
        else:
            near = drawn_rank_sum_p(pooled, len(second), rng)
            assert found.p == pytest.approx(
                near, abs=4.5 * math.sqrt(near * (1 - near) / 2000) + 0.002
            )
    assert refused < SETS * 0.2
    assert enumerated > 20


def drawn_rank_sum_p(pooled: np.ndarray, n: int, rng: np.random.Generator) -> float:
    ranks = stats.rankdata(pooled)
    sums = rng.permuted(np.tile(ranks, (2000, 1)), axis=1)[:, :n].sum(axis=1)
    middle = n * ranks.mean()
    return float((np.abs(sums - middle) >= abs(ranks[-n:].sum() - middle) - 1e-9).mean())


def test_signed_rank_and_its_shift():
    refused = 0
    for rng in draws("signed rank"):
        differences = values(rng, size(rng, 4, 40)) - rng.choice([0.0, 50.0, 120.0])
        found = hodges_lehmann_paired(differences)
        refused += bool(found.reason)
        nonzero = differences[differences != 0]
        if math.isnan(found.p) or not len(nonzero):
            continue
        ranks = stats.rankdata(np.abs(nonzero))
        if len(nonzero) <= 11:
            sums = np.array(list(itertools.product((0, 1), repeat=len(nonzero)))) @ ranks
            far = np.abs(sums - sums.mean()) >= abs(ranks[nonzero > 0].sum() - sums.mean()) - 1e-9
            assert found.p == pytest.approx(far.mean(), abs=1e-12)
        elif len(np.unique(ranks)) == len(ranks):
            assert found.p == pytest.approx(
                stats.wilcoxon(nonzero, method="exact").pvalue, rel=1e-9
            )
    assert refused < SETS * 0.2


def test_auc_and_delong():
    for rng in draws("auc"):
        first, second = two_groups(rng)
        found, delong = auc(first, second), auc_delong(first, second)
        above = (second[:, None] > first).astype(float) + (second[:, None] == first) / 2
        if found.estimable:
            assert found.estimate == pytest.approx(above.mean())
            assert 0 <= found.low <= found.estimate <= found.high <= 1
            assert found.low < found.high
        if delong.estimable and 0 < delong.low and delong.high < 1:
            of_second, of_first = above.mean(axis=1), above.mean(axis=0)
            variance = of_second.var(ddof=1) / len(second) + of_first.var(ddof=1) / len(first)
            half = 1.959963984540054 * math.sqrt(variance)
            assert delong.low == pytest.approx(above.mean() - half)


def test_fisher_of_two_and_more_rows():
    for rng in draws("fisher"):
        table = rng.integers(0, 8, (2, 2)) * rng.integers(0, 2, (2, 2), endpoint=True)
        if (table.sum(axis=0) > 0).all() and (table.sum(axis=1) > 0).all():
            assert fisher_odds_ratio(table).p == pytest.approx(stats.fisher_exact(table).pvalue)
        else:
            assert fisher_odds_ratio(table).reason
        rows = rng.integers(0, 4, (int(rng.integers(2, 5)), 2))
        try:
            found = fisher_p(rows)
        except NotEstimable:
            continue
        assert found == pytest.approx(freeman_halton(rows), abs=1e-9)


def freeman_halton(table: np.ndarray) -> float:
    """All tables with the same margins, by multivariate hypergeometric weights."""
    sizes, total = table.sum(axis=1), int(table[:, 1].sum())

    def weight(column: tuple[int, ...]) -> float:
        return math.prod(math.comb(int(s), k) for s, k in zip(sizes, column, strict=True))

    columns = [c for c in itertools.product(*(range(int(s) + 1) for s in sizes)) if sum(c) == total]
    weights = np.array([weight(c) for c in columns])
    seen = weight(tuple(int(k) for k in table[:, 1]))
    return float(weights[weights <= seen * (1 + 1e-9)].sum() / weights.sum())


def test_agreement_of_tables():
    for rng in draws("kappa"):
        q = int(rng.integers(2, 5))
        table = rng.poisson(rng.choice([0.3, 2.0, 6.0]), (q, q)) + np.diag(rng.integers(0, 5, q))
        if table.sum() < 2:
            continue
        for weights in ("quadratic", "linear", "unweighted"):
            found = weighted_kappa(table, weights)
            if found.reason:
                continue
            assert found.estimate == pytest.approx(kappa(table, weights), abs=1e-12)
            assert -1 <= found.low <= found.high <= 1
            assert found.low < found.high
        ac2 = gwet_ac2(table)
        assert ac2.reason or -1 <= ac2.low <= ac2.estimate <= ac2.high <= 1


def kappa(table: np.ndarray, weights: str) -> float:
    """1 less disagreement seen over disagreement expected."""
    apart = np.abs(np.subtract.outer(np.arange(len(table)), np.arange(len(table))))
    cost = {"quadratic": apart**2, "linear": apart, "unweighted": apart > 0}[weights]
    share = table / table.sum()
    expected = np.outer(share.sum(axis=1), share.sum(axis=0))
    return float(1 - (cost * share).sum() / (cost * expected).sum())


def test_holm():
    for rng in draws("holm"):
        p = np.minimum(rng.exponential(0.2, size(rng, 1, 12)), 1)
        # An adjusted p is the largest of those up to it, each times the tests not yet done.
        known = [
            max(min(1.0, q * (p >= q).sum()) for q in np.sort(p)[: rank + 1])
            for rank in range(len(p))
        ]
        np.testing.assert_allclose(np.sort(holm(p)), known)


def test_permutation_and_sign_flip():
    for rng in draws("permutation"):
        n = size(rng, 4, 9)
        drawn, m = values(rng, n), int(rng.integers(1, n))
        found = permutation(drawn[:m], drawn[m:], rng)
        if found.estimable:
            moved = np.array([
                drawn[list(rows)].mean() - np.delete(drawn, list(rows)).mean()
                for rows in itertools.combinations(range(n), n - m)
            ])  # fmt: skip
            seen = drawn[m:].mean() - drawn[:m].mean()
            tail = min((moved >= seen - 1e-9).mean(), (moved <= seen + 1e-9).mean())
            assert found.p == pytest.approx(min(1.0, 2 * tail))
        centred = drawn - rng.choice([0.0, 60.0, 120.0])
        flipped = sign_flip(centred, rng)
        if flipped.estimable or not math.isnan(flipped.p):
            sums = np.array(list(itertools.product((-1, 1), repeat=n))) @ centred
            slack = 1e-9 * np.abs(centred).sum()
            tail = min(
                (sums >= centred.sum() - slack).mean(), (sums <= centred.sum() + slack).mean()
            )
            assert flipped.p == pytest.approx(min(1.0, 2 * tail))


def penalised_logistic(x: np.ndarray, y: np.ndarray, beta: np.ndarray) -> float:
    linear = np.clip(x @ beta, -35, 35)
    p = 1 / (1 + np.exp(-linear))
    information = (x * (p * (1 - p))[:, None]).T @ x
    sign, log_det = np.linalg.slogdet(information)
    if sign <= 0:
        return -np.inf
    return float(y @ linear - np.logaddexp(0, linear).sum() + log_det / 2)


def test_firth_logistic_is_at_the_highest_maximum():
    refused = 0
    for rng in draws("firth logistic"):
        n, k = size(rng, 6, 40), int(rng.integers(1, 3))
        columns = [
            values(rng, n) if rng.random() < 0.5 else rng.integers(0, 2, n) for _ in range(k)
        ]
        x = np.column_stack(columns).astype(float)
        y = (rng.random(n) < 0.5).astype(float)
        if rng.random() < 0.3:  # separated by the first column
            y = (x[:, 0] > np.median(x[:, 0])).astype(float)
        try:
            found = odds_ratios(pd.DataFrame(x).add_prefix("x"), y)
        except NotEstimable:
            refused += 1
            continue
        scale = x.std(axis=0)
        z = np.column_stack([np.ones(n), (x - x.mean(axis=0)) / scale])
        ours = np.array([math.log(one.estimate) for one in found.values()]) * scale

        def negative(beta: np.ndarray, z: np.ndarray = z, y: np.ndarray = y) -> float:
            return -max(penalised_logistic(z, y, beta), -1e6)

        inner = minimize_scalar(lambda b, ours=ours: negative(np.r_[b, ours]), bounds=(-30, 30),
                                method="bounded", options={"xatol": 1e-8})  # fmt: skip
        starts = [np.zeros(k + 1), rng.normal(0, 2, k + 1)]
        best = min(float(minimize(negative, start, method="BFGS").fun) for start in starts)
        assert inner.fun <= best + 1e-5
        assert all(one.low <= one.estimate <= one.high for one in found.values())
    assert refused < SETS * 0.25


def efron(x: np.ndarray, times: SurvivalTimes, beta: np.ndarray, *, firth: bool) -> float:
    """Penalised log partial likelihood of Efron, written out."""
    weight, value = np.exp(np.clip(x @ beta, -300, 300)), 0.0
    p = x.shape[1]
    information = np.zeros((p, p))
    for at in np.unique(times.time[times.event]):
        risk = (times.entry < at) & (times.time >= at)
        dead = np.flatnonzero(times.event & (times.time == at))
        value += float((x[dead] @ beta).sum())
        for k in range(len(dead)):
            w = weight * risk
            w[dead] *= 1 - k / len(dead)
            total, mean = w.sum(), w @ x / w.sum()
            value -= math.log(total)
            information += (x * w[:, None]).T @ x / total - np.outer(mean, mean)
    if not firth:
        return value
    sign, log_det = np.linalg.slogdet(information)
    return value + log_det / 2 if sign > 0 else -np.inf


def test_firths_cox_model_is_at_the_maximum_and_its_limits_where_the_profile_ends():
    refused = 0
    for rng in draws("firth cox"):
        n, p = size(rng), int(rng.integers(1, 3))
        times = followed(rng, n)
        columns = [
            rng.integers(0, 2, n) if rng.random() < 0.4 else values(rng, n) for _ in range(p)
        ]
        x = np.column_stack(columns).astype(float)
        if rng.random() < 0.2:  # separated: nobody with the event at one level
            x[:, 0] = np.where(times.event, 1.0, rng.integers(0, 2, n))
        try:
            fit = fit_cox(x, times)
            limits = profile(fit)
        except NotEstimable:
            refused += 1
            continue
        z = (x - x.mean(axis=0)) / x.std(axis=0)
        ours = fit.coef * x.std(axis=0)
        at_ours = efron(z, times, ours, firth=True)
        if n <= 25:
            best = minimize(lambda b, z=z, t=times: -efron(z, t, b, firth=True), np.zeros(p),
                            method="Nelder-Mead", options={"maxiter": 200})  # fmt: skip
            assert at_ours >= -best.fun - 1e-5
        if p == 1:
            for limit in (limits.low[0], limits.high[0]):
                fallen = at_ours - efron(z, times, np.array([limit]) * x.std(axis=0), firth=True)
                assert 2 * fallen == pytest.approx(3.841459, abs=1e-4)
        assert (limits.low < fit.coef).all()
        assert (fit.coef < limits.high).all()
    assert refused < SETS * 0.3


def test_the_plain_cox_model_is_statsmodels_or_separated():
    compared = 0
    for rng in draws("plain cox"):
        n = size(rng, 8)
        times, x = followed(rng, n), values(rng, n)
        try:
            fit = fit_cox(x, times, penalty=False)
        except NotEstimable:
            continue
        z = (x - x.mean()) / x.std()
        oracle = PHReg(times.time, z, status=times.event.astype(int), ties="efron",
                       entry=times.entry if times.delayed else None)  # fmt: skip
        known = float(oracle.fit(disp=0).params[0])
        ours = float(fit.coef[0] * x.std())
        at_ours = efron(z[:, None], times, np.array([ours]), firth=False)
        assert at_ours >= efron(z[:, None], times, np.array([known]), firth=False) - 1e-6
        # statsmodels reads entry as at or before a time, so ties with entries may differ.
        if not times.delayed:
            assert ours == pytest.approx(known, abs=1e-4)
        compared += 1
    assert compared > SETS * 0.6


def test_kaplan_meier_and_log_rank():
    refused: list[str] = []
    for rng in draws("kaplan-meier"):
        times = followed(rng, size(rng))
        try:
            curve = kaplan_meier(times)
        except NotEstimable as reason:
            refused.append(str(reason))
            continue
        alive = 1.0
        for at, survival in zip(curve.time, curve.survival, strict=True):
            risk = ((times.entry < at) & (times.time >= at)).sum()
            alive *= 1 - (times.event & (times.time == at)).sum() / risk
            assert survival == pytest.approx(alive, abs=1e-12)
        if not times.delayed and times.events:
            lifelines = KaplanMeierFitter().fit(times.time, times.event)
            median = curve.median()
            if median.estimable and float(abs(curve.survival - 0.5).min()) > 1e-9:
                assert median.estimate == lifelines.median_survival_time_
        group = rng.integers(0, 2, times.n)
        test = log_rank(times, group)
        if test.estimable:
            assert test.estimate == pytest.approx(
                by_hand_log_rank(times, group), rel=1e-8, abs=1e-10
            )
    assert len(refused) < SETS * 0.25
    assert all(reason.endswith("begin the curve after that time") for reason in refused)


def by_hand_log_rank(times: SurvivalTimes, group: np.ndarray) -> float:
    excess = variance = 0.0
    for at in np.unique(times.time[times.event]):
        risk = (times.entry < at) & (times.time >= at)
        dead = times.event & (times.time == at)
        n, d, one = risk.sum(), dead.sum(), (risk & (group == 1)).sum()
        excess += (dead & (group == 1)).sum() - d * one / n
        if n > 1:
            variance += d * (one / n) * (1 - one / n) * (n - d) / (n - 1)
    return float(excess**2 / variance)


def test_cumulative_incidence():
    for rng in draws("incidence"):
        times = followed(rng, size(rng))
        cause = np.where(times.event, np.where(rng.random(times.n) < 0.5, "a", "b"), "")
        try:
            found = cumulative_incidence(times, pd.Series(cause), "a")
        except NotEstimable:
            continue
        alive, share, known = 1.0, 0.0, {}
        for at in np.unique(times.time[times.event]):
            risk = ((times.entry < at) & (times.time >= at)).sum()
            here = times.time == at
            share += alive * (here & (cause == "a")).sum() / risk
            alive *= 1 - (here & times.event).sum() / risk
            known[at] = share
        for at, incidence in zip(found.time, found.incidence, strict=True):
            assert incidence == pytest.approx(known[at], abs=1e-12)


def test_concordance():
    for rng in draws("concordance"):
        times = followed(rng, size(rng)).from_origin()
        risk = values(rng, times.n)
        try:
            found = harrell_c(times, risk)
        except NotEstimable:
            continue
        assert found == pytest.approx(concordance_index(times.time, -risk, times.event), abs=1e-12)
