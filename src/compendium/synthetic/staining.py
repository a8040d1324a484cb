"""How Trop2 stains, and what a reader sees of it."""

import numpy as np
from numpy.typing import NDArray
from scipy.special import ndtr

from compendium.synthetic.truth import Trop2Truth

FloatArray = NDArray[np.float64]

H_POINTS_PER_LATENT_UNIT = 75.0  # as it works out over all tumours
PERCENT_STEP = 5.0


def stain_shares(p: Trop2Truth, trop2_latent: FloatArray) -> FloatArray:
    """Shares of cells staining 0, 1+, 2+ and 3+, shape (n, 4).

    Nothing stains in a negative tumour, some foci in one of little expression, and never all cells
    at their strongest.
    """
    above = ndtr((trop2_latent[:, None] - np.array(p.stain_cuts)) / p.stain_sd)
    focal = np.clip((trop2_latent - p.negative_below) / p.focal_range, 0, 1)[:, None]
    above = above * focal
    above[:, -1] *= 1 - p.weaker_share
    shares: FloatArray = -np.diff(above, axis=1, prepend=1.0, append=0.0)
    return shares


def read_percentages(
    p: Trop2Truth, trop2_latent: FloatArray, rng: np.random.Generator
) -> FloatArray:
    """One reader's percentages of 0, 1+, 2+ and 3+ cells, in steps of 5 that sum to 100.

    The reader's error shifts the stain as a whole, so that readers may disagree on whether a tumour
    near the limit is negative.
    """
    error = rng.normal(0, p.reader_sd / H_POINTS_PER_LATENT_UNIT, len(trop2_latent))
    edges = np.cumsum(stain_shares(p, trop2_latent + error), axis=1) * 100
    return np.diff(np.round(edges / PERCENT_STEP) * PERCENT_STEP, axis=1, prepend=0.0)


def h_score(shares_or_percentages: FloatArray) -> FloatArray:
    """H-score, 0 to 300, of shares (0 to 1) or percentages of 0, 1+, 2+ and 3+, shape (n, 4)."""
    total = shares_or_percentages.sum(axis=1)
    points: FloatArray = shares_or_percentages @ np.array([0.0, 100.0, 200.0, 300.0]) / total
    return points
