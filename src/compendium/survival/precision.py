"""What so many events carry: from how many on an interval holds, and which effect they could show.

How few events Firth's profile intervals bear depends on the kind of the covariate;
`benchmarks/bench_cox_events.py` prints the simulation behind the registered numbers.
"""

import math
from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from scipy.special import ndtri

from compendium.errors import NotEstimable
from compendium.estimates import LARGEST_LOG, Estimate
from compendium.rules import Rules
from compendium.survival.cox import CoxFit
from compendium.survival.times import FloatArray

POWER = 0.8
IMPRECISE = "imprecise"
REGISTERED = Rules()
Z_OF_TEST = float(ndtri(0.975) + ndtri(POWER))  # of a two-sided 5 % test


@dataclass(frozen=True, kw_only=True)
class HazardRatio(Estimate):
    """A hazard ratio, with what its events could have shown.

    Attributes:
        detectable: smallest ratio above 1 (its inverse below 1) that the test would find in 80 % of
            studies with these events and covariates.
        precision: "imprecise" under the number of events that the rules name; else empty.
    """

    detectable: float = math.nan
    precision: str = ""


def least_events(yes_no: Sequence[bool], rules: Rules) -> int:
    """Events that a model of these covariates needs.

    Args:
        yes_no: of each covariate, whether it is yes/no; the others are continuous.
    """
    first = rules.events_yes_no if any(yes_no) else rules.events_continuous
    return first + rules.events_further * (len(yes_no) - 1)


def require_events(events: int, yes_no: Sequence[bool], rules: Rules) -> None:
    """Refuse a model with too few events, and say whether validity or power is what it lacks.

    Intervals of continuous factors hold their level with three events and are then so wide that
    they say nothing; estimates of a yes/no factor are biased away from it, as those who have it run
    out among the patients at risk.

    Raises:
        NotEstimable: fewer events than the rules ask for.
    """
    least = least_events(yes_no, rules)
    if events >= least:
        return
    if events == 0:
        raise NotEstimable("no event")
    counted = f"{events} event{'s' if events > 1 else ''} for {_words(yes_no)}"
    if any(yes_no) and events < least_events(yes_no, REGISTERED):
        raise NotEstimable(f"{counted}; under {least} its estimate is biased (validity)")
    shown = math.exp(Z_OF_TEST / math.sqrt(events))
    raise NotEstimable(
        f"{counted}; under {least} only ratios over {shown:.1f} per SD could show (power)"
    )


def _words(yes_no: Sequence[bool]) -> str:
    if len(yes_no) == 1:
        return "a yes/no factor" if yes_no[0] else "a continuous factor"
    return f"{len(yes_no)} factors" + (", one of them yes/no" if any(yes_no) else "")


def detectable_ratios(fit: CoxFit, level: float = 0.95) -> FloatArray:
    """Smallest hazard ratio above 1 that the test of each coefficient finds with 80 % power.

    By the information that risk sets and other covariates leave, without an effect; shape (p,).

    Source:
        Schoenfeld, Biometrics 1983;39:499–503; Hsieh & Lavori, Control Clin Trials 2000,
        doi:10.1016/S0197-2456(00)00104-5.
    """
    information = fit.likelihood.at(np.zeros((1, len(fit.coef)))).information[0]
    se = np.sqrt(np.diag(np.linalg.inv(information))) / fit.scale
    needed = float(ndtri((1 + level) / 2) + ndtri(POWER)) * se
    return np.asarray(np.exp(np.minimum(needed, LARGEST_LOG)))


def precision_of(events: int, values: FloatArray, yes_no: Sequence[bool], rules: Rules) -> str:
    """The word for estimates on few events, or on few patients at one level of a yes/no factor.

    Args:
        events: of the model; values: its covariates, shape (n, p).
        yes_no: of each covariate, whether it is yes/no.
    """
    columns = zip(values.T != 0, yes_no, strict=True)
    rarer = [min(int(c.sum()), int((~c).sum())) for c, binary in columns if binary]
    few = events < rules.events_precise or min(rarer, default=math.inf) < rules.carriers_precise
    return IMPRECISE if few else ""
