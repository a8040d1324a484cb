"""Agreement of two readers: ICC(2,1), weighted kappa, Gwet's AC2, Bland–Altman limits."""

from collections.abc import Mapping
from dataclasses import dataclass, replace

import numpy as np
import pandas as pd
from numpy.typing import ArrayLike

from compendium.errors import NotEstimable
from compendium.estimates import Estimate, not_estimable, require_at_least
from compendium.statistics.agreement import bland_altman, icc_agreement, icc_of_clusters
from compendium.statistics.kappa import gwet_ac2, weighted_kappa
from compendium.trop2.ihc import BANDS, h_band

MEASURES = (
    "ICC(2,1) of H-score, blocks",
    "ICC(2,1) of H-score, jackknife of patients",
    "quadratic-weighted kappa of bands",
    "Gwet's AC2 of bands",
)


@dataclass(frozen=True)
class Agreement:
    """Agreement of the two readers who read most blocks.

    Attributes:
        readers: their pseudonyms; empty where there are no two.
        pairs: one row a block that both read, with a column of H-scores a reader.
        estimates: by measure; each labelled with the reason where it is not estimable.
        limits: Bland–Altman bias, lower and upper.
    """

    readers: tuple[str, ...]
    pairs: pd.DataFrame
    estimates: Mapping[str, Estimate]
    limits: Mapping[str, Estimate]

    def table(self) -> pd.DataFrame:
        """One row a measure."""
        every = dict(self.estimates) | {f"Bland–Altman {k}": v for k, v in self.limits.items()}
        return pd.DataFrame([{"measure": k} | v.as_row() for k, v in every.items()])


def reader_agreement(scored_reads: pd.DataFrame) -> Agreement:
    """Every measure of agreement of two readers on H-score and its bands.

    Blocks of one patient resemble each other, so that the interval of the ICC is given twice: by
    formula over blocks, and by the jackknife of patients.

    Args:
        scored_reads: ihc_read with h_score and band.
    """
    try:
        pairs = paired_reads(scored_reads)
    except NotEstimable as why:
        missing = not_estimable(str(why))
        nothing = {name: missing for name in ("bias", "lower", "upper")}
        return Agreement((), pd.DataFrame(), {name: missing for name in MEASURES}, nothing)
    readers = tuple(pairs.columns[-2:])
    first, second = (pairs[reader].to_numpy(float) for reader in readers)
    counts = band_table(h_band(first), h_band(second), BANDS)
    ratings = np.column_stack([first, second])
    by_patient = icc_of_clusters(ratings, pairs["patient_id"])
    found = (
        icc_agreement(ratings),
        replace(by_patient, method=f"{by_patient.method} of patients"),
        weighted_kappa(counts),
        gwet_ac2(counts),
    )
    limits = bland_altman(first, second, unit="points")
    return Agreement(readers, pairs, dict(zip(MEASURES, found, strict=True)), limits)


def paired_reads(
    scored_reads: pd.DataFrame, readers: tuple[str, str] | None = None, value: str = "h_score"
) -> pd.DataFrame:
    """Blocks that two readers both read: patient_id, tissue, block_id and a column a reader.

    Args:
        scored_reads: ihc_read with scores.
        readers: which two; None for the two who read most blocks, in the order of their names.

    Raises:
        NotEstimable: fewer than two readers, or no block read by both.
    """
    if readers is None:
        busiest = scored_reads["reader_id"].value_counts(sort=False).sort_index()
        names = sorted(busiest.sort_values(ascending=False, kind="stable").index[:2])
        if len(names) < 2:
            raise NotEstimable(
                f"{'one reader' if names else 'no reads'}; agreement needs two readers"
            )
        readers = (names[0], names[1])
    block = ["patient_id", "tissue", "block_id"]
    wide = scored_reads.pivot(index=block, columns="reader_id", values=value)
    both = wide.reindex(columns=list(readers)).dropna().reset_index()
    both.columns.name = None
    require_at_least(len(both), 1, f"blocks read by both {readers[0]} and {readers[1]}")
    return both


def band_table(first: ArrayLike, second: ArrayLike, bands: tuple[str, ...]) -> pd.DataFrame:
    """Blocks by band of the first reader (rows) and of the second (columns)."""
    rows = pd.Categorical(np.asarray(first), categories=bands)
    columns = pd.Categorical(np.asarray(second), categories=bands)
    return pd.crosstab(rows, columns, dropna=False, rownames=["first"], colnames=["second"])
