"""Trop2 immunohistochemistry: scores of a read, one score a patient by a named rule.

Vocabulary:
    read: one reader's percentages of cells without, with weak, moderate and strong staining.
    H-score: 1·%(1+) + 2·%(2+) + 3·%(3+), 0 to 300.
    IRS: Remmele's immunoreactive score, intensity (0–3) times proportion class (0–4), 0 to 12.
    rule: how the reads of a block, and the blocks of a tissue, become one score of the patient.
"""

from collections.abc import Sequence

import numpy as np
import pandas as pd
from numpy.typing import ArrayLike, NDArray

from compendium.comparing import above
from compendium.errors import InputError

FloatArray = NDArray[np.float64]

BANDS = ("low", "moderate", "high")
BAND_LIMITS = (100.0, 200.0)
SHARES = ("pct_0", "pct_1", "pct_2", "pct_3")
SCORES = ("h_score", "irs", "pct_positive", "pct_membranous")
HIGHEST_SCORE = {"h_score": 300.0, "irs": 12.0, "pct_positive": 100.0, "pct_membranous": 100.0}
HIGHEST = "highest"
READER_RULES = ("mean", "median")
BLOCK_RULES = (HIGHEST, "mean", "median")


def h_score(pct_1: ArrayLike, pct_2: ArrayLike, pct_3: ArrayLike) -> FloatArray:
    """H-score, 0 to 300, of percentages of weak, moderate and strong cells, shape (n,).

    Source:
        McCarty et al., Cancer Res 1986, 46(8 Suppl):4244s–4248s.
    """
    weighted = (
        np.asarray(pct_1, float) + 2 * np.asarray(pct_2, float) + 3 * np.asarray(pct_3, float)
    )
    # Readers' percentages are whole; counted cells give thirds and sevenths that must still tie.
    rounded: FloatArray = np.round(weighted, 9)
    return rounded


def h_band(score: ArrayLike) -> NDArray[np.str_]:
    """Band of an H-score: low to 100, moderate to 200, high above; shape (n,)."""
    chosen: NDArray[np.str_] = np.array(BANDS)[np.searchsorted(BAND_LIMITS, score, side="left")]
    return chosen


def proportion_class(pct_positive: ArrayLike) -> NDArray[np.intp]:
    """Remmele's class 0–4 of the percentage of stained cells: 0, <10, 10–50, 51–80, >80 %."""
    share = np.asarray(pct_positive, float)
    return (share > 0).astype(int) + (share >= 10) + (share > 50) + (share > 80)


def immunoreactive_score(pct_1: ArrayLike, pct_2: ArrayLike, pct_3: ArrayLike) -> FloatArray:
    """Remmele's IRS, 0 to 12, shape (n,).

    The intensity is that of most stained cells; of two equally frequent ones, the stronger.

    Source:
        Remmele & Stegner, Pathologe 1987, 8:138–140.
    """
    strongest_first = np.stack([np.asarray(p, float) for p in (pct_3, pct_2, pct_1)])
    stained = strongest_first.sum(axis=0)
    intensity = np.where(stained > 0, 3 - strongest_first.argmax(axis=0), 0)
    score: FloatArray = (intensity * proportion_class(np.round(stained, 9))).astype(float)
    return score


def is_rounded(reads: pd.DataFrame) -> pd.Series:
    """Whether the percentages of each read sum to another number than 100: they were rounded."""
    total = reads[list(SHARES)].astype(float).sum(axis=1)
    return above((total - 100).abs() + 100, 100).astype(bool)


def rescaled(reads: pd.DataFrame) -> pd.DataFrame:
    """The ihc_read table with percentages that sum to 100; those that do stand as they are."""
    shares = reads[list(SHARES)].astype(float)
    to_100 = shares.mul(100 / shares.sum(axis=1), axis=0)
    return reads.assign(**shares.mask(is_rounded(reads), to_100))


def scored(reads: pd.DataFrame) -> pd.DataFrame:
    """The ihc_read table with h_score, irs, pct_positive and band of every read.

    Percentages that miss 100 by rounding are rescaled first.
    """
    reads = rescaled(reads)
    strengths = [reads[name].to_numpy(float) for name in SHARES[1:]]
    points = h_score(*strengths)
    return reads.assign(
        h_score=points,
        irs=immunoreactive_score(*strengths),
        pct_positive=np.sum(strengths, axis=0),
        band=h_band(points),
    )


def of_one_clone(reads: pd.DataFrame, clone: str = "") -> pd.DataFrame:
    """Reads of one antibody clone, since clones are not interchangeable.

    Args:
        reads: the ihc_read table.
        clone: which; empty for the most used one.

    Raises:
        InputError: no read is of that clone.
    """
    used = reads["antibody_clone"].value_counts()
    if clone and clone not in used.index:
        raise InputError(
            f"antibody_clone {clone!r}: no read is of it; the reads are of "
            f"{', '.join(sorted(used.index)) or 'none'}. Name one of these, or leave it empty."
        )
    chosen = clone or (used.index[0] if len(used) else "")
    return reads[reads["antibody_clone"] == chosen]


def reader_rules(reads: pd.DataFrame) -> tuple[str, ...]:
    """The rules of combining readers that can differ: the median of two is their mean.

    Args:
        reads: the ihc_read table.
    """
    readers = reads.groupby(["patient_id", "block_id"])["reader_id"].nunique()
    return READER_RULES if readers.max() > 2 else READER_RULES[:1]


def one_score_each(
    reads: pd.DataFrame, *, reader_rule: str = "mean", block_rule: str = HIGHEST
) -> pd.DataFrame:
    """One score a patient and tissue, primary tumour and metastasis kept apart.

    Args:
        reads: the ihc_read table.
        reader_rule: how the readers of a block are combined: mean or median.
        block_rule: how the blocks of a tissue are combined: highest (the block with the highest
            H-score gives all scores), mean or median.

    Returns:
        patient_id, tissue, h_score, irs, pct_positive, pct_membranous, band, n_reads, n_readers,
        n_blocks.

    Raises:
        InputError: an unknown rule.
    """
    _known("reader_rule", reader_rule, READER_RULES)
    _known("block_rule", block_rule, BLOCK_RULES)
    by_read = scored(reads)
    patient = ["patient_id", "tissue"]
    blocks = by_read.groupby([*patient, "block_id"])[list(SCORES)].agg(reader_rule).reset_index()
    if block_rule == HIGHEST:
        # Stable: of equal blocks the first by name.
        ordered = blocks.sort_values(
            [*patient, "h_score"], ascending=[True, True, False], kind="stable"
        )
        combined = ordered.drop_duplicates(patient).set_index(patient)[list(SCORES)]
    else:
        combined = blocks.groupby(patient)[list(SCORES)].agg(block_rule)
    counts = by_read.groupby(patient).agg(
        n_reads=("h_score", "size"),
        n_readers=("reader_id", "nunique"),
        n_blocks=("block_id", "nunique"),
    )
    scores = combined.round(9).join(counts).reset_index()
    scores.insert(6, "band", h_band(scores["h_score"]))
    return scores


def with_scores(
    patients: pd.DataFrame, scores: pd.DataFrame, tissue: str = "primary"
) -> pd.DataFrame:
    """The patients, each with the score of a tissue, or without one.

    Args:
        patients: one row a patient.
        scores: of `one_score_each`.
        tissue: `primary` or `metastasis`.
    """
    own = scores[scores["tissue"] == tissue].drop(columns="tissue")
    return patients.merge(own, on="patient_id", how="left")


def _known(name: str, value: str, allowed: Sequence[str]) -> None:
    if value not in allowed:
        raise InputError(f"{name} {value!r} is unknown; expected one of {', '.join(allowed)}.")


def h_score_of(score: pd.DataFrame, tissue: str = "primary") -> pd.Series:
    """The H-score of each patient's tissue, by patient_id.

    Args:
        score: one row a patient and tissue, with tissue and h_score; without rows, as where no
            patient has tissue, nobody has a score.
        tissue: primary or metastasis.
    """
    if score.empty:
        return pd.Series(dtype=float, name="h_score", index=pd.Index([], name="patient_id"))
    own: pd.Series = score[score["tissue"] == tissue].set_index("patient_id")["h_score"]
    return own
