"""Many studies of each truth and size: what each primary and key secondary analysis does there."""

import math
from collections.abc import Mapping, Sequence
from itertools import product

import numpy as np
import pandas as pd
from joblib import Parallel, delayed

from compendium.estimates import Estimate
from compendium.operating.analyses import ANALYSES, Found, drawn_study, true_values, truth_of
from compendium.operating.monte_carlo import bias_of, percent
from compendium.tsh.margin import GAIN, LOSS, NO_GAIN, UNDECIDED, Verdict

STUDIES_PER_TASK = 25
VERDICTS = {"gain": GAIN, "no_gain": NO_GAIN, "loss": LOSS, "undecided": UNDECIDED}


def simulated_studies(
    rng: np.random.Generator,
    *,
    truths: Sequence[str],
    sizes: Mapping[str, Sequence[int]],
    studies: int,
    limit_suv: float,
    workers: int = 2,
) -> pd.DataFrame:
    """Bias, coverage and rejections of each analysis under each truth at each size.

    Every study has a generator of its own, so that the result does not depend on `workers`. Truths
    that are alike for a study share what was drawn of it.

    Args:
        truths: names in `synthetic.truth.TRUTHS`.
        sizes: patients in a study, by code of the study.
        studies: drawn of each truth and size.
        limit_suv: SUV under which a focus is not visible.

    Returns:
        A row an analysis, truth and size: study, analysis, truth, patients, studies,
        not_estimable, unit, true, mean, bias, bias_error (Monte-Carlo standard error), level;
        coverage and rejects (p under 0.05; of a margin: the verdict is a gain) in percent, each
        with its Wilson interval (_low, _high); of a margin gain, no_gain, loss and undecided, in
        percent of all studies.
    """
    streams = dict(zip(truths, rng.spawn(len(truths)), strict=True))
    true = true_values(truths, sizes, rng.spawn(1)[0], limit_suv)
    tasks = []
    drawn_as = {one: _first_alike(*one, truths) for one in product(sizes, truths)}
    for truth, own in streams.items():
        for study, patients in ((code, n) for code, some in sizes.items() for n in some):
            rngs = own.spawn(studies)
            if drawn_as[study, truth] != truth:
                continue
            tasks += [
                (study, truth, patients, rngs[start : start + STUDIES_PER_TASK], limit_suv)
                for start in range(0, studies, STUDIES_PER_TASK)
            ]
    done = Parallel(n_jobs=workers)(delayed(_estimates)(*task) for task in tasks)
    found = pd.concat([pd.DataFrame(rows) for rows in done], ignore_index=True)
    keys = ["analysis", "truth", "patients"]
    grouped = dict(list(found.groupby(keys, sort=False)))
    wanted = [
        (name, truth, n)
        for name, truth in product(ANALYSES, truths)
        for n in sizes.get(ANALYSES[name].study, ())
    ]
    rows = []
    for name, truth, n in wanted:
        drawn = grouped[name, drawn_as[ANALYSES[name].study, truth], n]
        rows.append(_summary(drawn, (name, truth, n), true[truth][name]))
    return pd.DataFrame(rows)


def _first_alike(study: str, truth: str, truths: Sequence[str]) -> str:
    """The first of the truths that says the same of the study."""
    return next(one for one in truths if truth_of(study, one) == truth_of(study, truth))


def _estimates(
    study: str, truth: str, patients: int, rngs: Sequence[np.random.Generator], limit_suv: float
) -> list[dict[str, object]]:
    """What each analysis finds in some studies, a row a study and analysis."""
    rows = []
    for rng in rngs:
        drawn = drawn_study(study, truth, patients, rng, limit_suv)
        for name, analysis in ANALYSES.items():
            if analysis.study == study:
                row = _row(analysis.estimate(drawn, rng), analysis.no_effect)
                rows.append({"analysis": name, "truth": truth, "patients": patients, **row})
    return rows


def _row(found: Found, no_effect: float) -> dict[str, object]:
    """Point, limits, whether the test rejects, and the verdict of a margin.

    Where there is no p-value, an interval without `no_effect` rejects.
    """
    one: Estimate = found.interval if isinstance(found, Verdict) else found
    words = found.words if isinstance(found, Verdict) else ""
    apart = one.low > no_effect or one.high < no_effect
    rejects = words == GAIN if words else one.p < 0.05 or (math.isnan(one.p) and apart)
    known = one.estimable and math.isfinite(one.estimate)
    return {
        "value": one.estimate if known else math.nan,
        "low": one.low,
        "high": one.high,
        "rejects": bool(rejects),
        "verdict": words,
    }


def _summary(studies: pd.DataFrame, key: tuple[str, str, int], true: float) -> dict[str, object]:
    """What one analysis did in the studies of one truth and size."""
    name, truth, patients = key
    analysis, found = ANALYSES[name], studies[studies["value"].notna()]
    values = found["value"].to_numpy(float)
    covered = (found["low"] <= true) & (true <= found["high"])
    said = {word: math.nan for word in VERDICTS}
    if studies["verdict"].ne("").any():
        said = {word: 100 * float((studies["verdict"] == v).mean()) for word, v in VERDICTS.items()}
    return {
        "study": analysis.study,
        "analysis": name,
        "truth": truth,
        "patients": patients,
        "studies": len(studies),
        "not_estimable": len(studies) - len(found),
        "unit": analysis.unit,
        "true": true,
        **bias_of(np.log(values) if analysis.log else values, true, log=analysis.log),
        "level": 100 * analysis.level,
        **percent("coverage", covered.to_numpy()),
        **percent("rejects", studies["rejects"].to_numpy()),
        **said,
    }
