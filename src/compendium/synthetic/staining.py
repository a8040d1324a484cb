"""How Trop2 stains, and what a reader sees of it."""

import numpy as np
from numpy.typing import NDArray
from scipy.special import ndtr

from compendium.synthetic.truth import Trop2Truth

FloatArray = NDArray[np.float64]

H_POINTS_PER_LATENT_UNIT = 75.0  # as it works out over all tumours
PERCENT_STEP = 5.0


def stain_shares(p: Trop2Truth, trop2_latent: FloatArray) -> FloatArray:
    """Shares of cells staining 0, 1+, 2+ and 3+, shape (n, 4); nothing stains in a negative one."""
    below = ndtr((np.array(p.stain_cuts) - trop2_latent[:, None]) / p.stain_sd)
    below[trop2_latent < p.negative_below] = 1.0
    return np.diff(below, axis=1, prepend=0.0, append=1.0)


def read_percentages(
    p: Trop2Truth, trop2_latent: FloatArray, rng: np.random.Generator
) -> FloatArray:
    """One reader's percentages of 0, 1+, 2+ and 3+ cells, in steps of 5 that sum to 100.

    The reader's error shifts the stain as a whole; a negative tumour is negative to every reader.
    """
    error = rng.normal(0, p.reader_sd / H_POINTS_PER_LATENT_UNIT, len(trop2_latent))
    negative = trop2_latent < p.negative_below
    seen = np.where(negative, -np.inf, np.maximum(trop2_latent + error, p.negative_below))
    edges = np.cumsum(stain_shares(p, seen), axis=1) * 100
    return np.diff(np.round(edges / PERCENT_STEP) * PERCENT_STEP, axis=1, prepend=0.0)


def h_score(shares_or_percentages: FloatArray) -> FloatArray:
    """H-score, 0 to 300, of shares (0 to 1) or percentages of 0, 1+, 2+ and 3+, shape (n, 4)."""
    total = shares_or_percentages.sum(axis=1)
    points: FloatArray = shares_or_percentages @ np.array([0.0, 100.0, 200.0, 300.0]) / total
    return points
