"""Evidence against evidence: the four columns of staining against each other."""

import math
from collections.abc import Iterator
from itertools import permutations

import numpy as np
from numpy.typing import NDArray

from compendium.study.located import Tables
from compendium.study.places import at_heading
from compendium.study.plausibility import STAIN_COLUMNS
from compendium.study.problems import Problem

FEWEST_READS = 10
CLEARLY_MORE = 0.15


def stains_in_order(tables: Tables) -> Iterator[Problem]:
    """Strength varies about one value: in most reads the shares rise to one peak and fall.

    Where they do so in clearly more reads with the columns in another order, columns were
    exchanged. An order and its reverse have the same peaks: there pct_membranous tells.
    """
    rows = tables["ihc_read"].dropna(subset=STAIN_COLUMNS)
    if len(rows) < FEWEST_READS:
        return
    shares = rows[STAIN_COLUMNS].to_numpy(float)
    orders = [order for order in permutations(range(4)) if order[0] < order[-1]]
    peaked = {order: int(_one_peak(shares[:, order]).sum()) for order in orders}
    as_named = peaked[0, 1, 2, 3]
    best = max(peaked, key=lambda order: peaked[order])
    if peaked[best] - as_named < math.ceil(CLEARLY_MORE * len(rows)):
        return
    yield at_heading(
        tables.raw["ihc_read"],
        STAIN_COLUMNS[0],
        found=f"the shares of staining rise to one peak and fall in {as_named} of {len(rows)} "
        f"reads, but in {peaked[best]} with the columns in the order "
        + ", ".join(STAIN_COLUMNS[k] for k in best),
        expected="weak beside moderate beside strong staining; two columns may be exchanged",
        remedy="Give each column of shares its own name.",
    )


def _one_peak(shares: NDArray[np.float64]) -> NDArray[np.bool_]:
    """Rows that do not rise again once they have fallen; shape (n,) of (n, 4)."""
    steps = np.sign(np.diff(shares, axis=1))
    fallen = np.cumsum(steps < 0, axis=1) > 0
    rises_again = ((steps > 0) & fallen).any(axis=1)
    return np.logical_not(rises_again, dtype=bool)
