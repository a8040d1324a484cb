"""Whether Cox's likelihood without penalty has a maximum at all."""

from collections.abc import Sequence

import numpy as np
from scipy.optimize import linprog

from compendium.errors import NotEstimable
from compendium.survival.times import FloatArray, SurvivalTimes

LEAST_GAIN = 1e-6  # summed over all pairs, in standard deviations of the covariates
LEAST_SHARE = 1e-4  # of the largest coefficient, for a covariate to take part
FEW = 2_000  # pairs that are looked at first


def separating_direction(x: FloatArray, times: SurvivalTimes) -> FloatArray | None:
    """Coefficients along which nobody at risk is ahead of who has an event, or None.

    Along them the partial likelihood rises without end; where there are none it has a maximum. They
    are found by a linear programme over all pairs of an event and another patient at risk.

    Args:
        x: covariates, each of unit scale, shape (n, p).
        times: of the same n patients.

    Source:
        Jacobsen, Scand J Stat 1989;16:335–349; the programme is that of Konis (DPhil thesis, Oxford
        2007) for logistic regression.
    """
    dead = np.flatnonzero(times.event)
    at = times.time[dead, None]
    event, other = np.nonzero((times.entry < at) & (times.time >= at))
    ahead = x[dead[event]] - x[other]
    if len(ahead) > FEW:
        # What no direction does to a few pairs that tell the covariates apart, none does to all.
        few = _distinct(ahead[:: len(ahead) // FEW])
        if np.linalg.matrix_rank(few) == x.shape[1] and _direction(few) is None:
            return None
    return _direction(_distinct(ahead))


def _distinct(ahead: FloatArray) -> FloatArray:
    """The rows that differ from one another and from nothing."""
    rows = np.unique(np.round(ahead, 12), axis=0)
    return rows[np.abs(rows).any(axis=1)]


def _direction(ahead: FloatArray) -> FloatArray | None:
    """Coefficients that are against no pair and for some, or None.

    Args:
        ahead: by how much who has the event exceeds the other, shape (pairs, p).
    """
    if len(ahead) == 0:
        return None
    found = linprog(-ahead.sum(axis=0), A_ub=-ahead, b_ub=np.zeros(len(ahead)), bounds=(-1, 1))
    direction = np.asarray(found.x, dtype=float)
    return direction if float((ahead @ direction).sum()) > LEAST_GAIN else None


def require_overlap(x: FloatArray, times: SurvivalTimes, names: Sequence[str] = ()) -> None:
    """Refuse a model without penalty whose likelihood has no maximum.

    Args:
        names: of the covariates, for the reason.

    Raises:
        NotEstimable: the covariates separate the events.
    """
    direction = separating_direction(x, times)
    if direction is None:
        return
    size = np.abs(direction)
    parts = [
        str(name)
        for name, share in zip(names, size / size.max(), strict=False)
        if share > LEAST_SHARE
    ]
    by = f" by {', '.join(parts)}" if parts else ""
    raise NotEstimable(
        f"separated{by}: at no event is anybody at risk ahead of the one who has it, so that the "
        f"likelihood rises without end; use Firth's penalty"
    )
