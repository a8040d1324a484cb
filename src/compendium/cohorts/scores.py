"""Real H-scores: pairs of thyroid tissue with their authors' results; Trop2 of another tumour."""

import math

import numpy as np
import pandas as pd
from numpy.typing import NDArray
from scipy.stats import skew

from compendium import external
from compendium.errors import NotEstimable
from compendium.estimates import Estimate, not_estimable, require_at_least
from compendium.external import PublicData
from compendium.statistics.intervals import hodges_lehmann_paired
from compendium.statistics.mixed import random_intercept
from compendium.statistics.resampling import bootstrap
from compendium.synthetic.staining import h_score, read_percentages
from compendium.synthetic.trop2 import draw_trop2_patients
from compendium.synthetic.truth import Truth

FloatArray = NDArray[np.float64]

PAIRS = "clinical/ptc-hscore/ihc_hscore_deidentified.csv"
AUTHORS = "clinical/ptc-hscore/ihc_paired_statistics.csv"
TROP2 = "clinical/msk-trop2-hscore/TROP2_H-scores.txt"
MEAN, PSEUDOMEDIAN = "mean difference", "pseudomedian of differences"
THEIRS = {
    MEAN: ("Mean_difference_Tumor_minus_Adjacent", "Mean_difference_CI_low",
           "Mean_difference_CI_high", "Paired_t_P"),
    PSEUDOMEDIAN: ("Wilcoxon_pseudomedian_difference", "Wilcoxon_CI_low", "Wilcoxon_CI_high",
                   "Exact_Wilcoxon_P"),
}  # fmt: skip
FIELDS = ("estimate", "low", "high", "p")
DESCRIBED = ("zeros", "tied", "distinct", "q1", "median", "q3", "highest", "skew")
GRID = 200  # quantiles by which two distributions are compared


def pairs(public: PublicData) -> pd.DataFrame:
    """One row a pair and protein: Pair_ID, Marker, Con_H_score, Tumor_H_score (0 to 300)."""
    if not public.holds(external.PAIRS):
        return pd.DataFrame(columns=["Pair_ID", "Marker", "Con_H_score", "Tumor_H_score"])
    return public.table(PAIRS)


def authors(public: PublicData) -> pd.DataFrame:
    """The authors' results, a row a protein; without rows where the set is not here."""
    if not public.holds(external.PAIRS):
        return pd.DataFrame(columns=["Gene", *(c for names in THEIRS.values() for c in names)])
    return public.table(AUTHORS)


def side_by_side(paired: pd.DataFrame, published: pd.DataFrame) -> pd.DataFrame:
    """Ours beside the authors': tumour less adjacent tissue, a row a protein and quantity.

    Returns:
        marker, quantity, n; estimate, low, high, p (ours); the same with `authors_`; apart, the
        largest difference of them over the larger of both values.
    """
    rows = []
    for marker, own in paired.groupby("Marker", sort=False):
        theirs = published[published["Gene"] == marker]
        for quantity, found in _ours(own).items():
            said = (
                theirs[list(THEIRS[quantity])].to_numpy(float)[0] if len(theirs) else [np.nan] * 4
            )
            ours = np.array([getattr(found, field) for field in FIELDS])
            rows.append(
                {"marker": marker, "quantity": quantity, "n": found.n, "method": found.method}
                | dict(zip(FIELDS, ours.tolist(), strict=True))
                | {f"authors_{f}": v for f, v in zip(FIELDS, said, strict=True)}
                | {"apart": _apart(ours, np.asarray(said))}
            )
    columns = [
        "marker",
        "quantity",
        "n",
        "method",
        *FIELDS,
        *(f"authors_{f}" for f in FIELDS),
        "apart",
    ]
    return pd.DataFrame(rows, columns=columns)


def _ours(own: pd.DataFrame) -> dict[str, Estimate]:
    """The mean difference by the model of lesions in patients, and the exact shift."""
    long = own.melt("Pair_ID", ["Con_H_score", "Tumor_H_score"])
    fit = random_intercept(
        long["value"], long["Pair_ID"], covariates={"tumour": long["variable"] == "Tumor_H_score"}
    )
    difference = (own["Tumor_H_score"] - own["Con_H_score"]).to_numpy(float)
    return {
        MEAN: fit.estimate("tumour", scale="difference"),
        PSEUDOMEDIAN: hodges_lehmann_paired(difference, unit="points"),
    }


def _apart(ours: FloatArray, theirs: FloatArray) -> float:
    return float(np.max(np.abs(ours - theirs) / np.maximum(np.abs(ours), np.abs(theirs))))


def trop2(public: PublicData) -> pd.DataFrame:
    """Trop2 of uterine carcinosarcoma, one row a tumour.

    Returns:
        carcinoma, overall (H-scores, 0 to 300; nan where not given), sarcoma_pct (0 to 100).
    """
    columns = {
        "Carcinoma H-score": "carcinoma",
        "Overall H-score": "overall",
        "% Sarcoma": "sarcoma_pct",
    }
    if not public.holds(external.TROP2):
        return pd.DataFrame(columns=list(columns.values()), dtype=float)
    return public.table(TROP2, na_values="n/a")[list(columns)].set_axis(
        list(columns.values()), axis=1
    )


def distribution(tumours: pd.DataFrame, drawn: FloatArray) -> pd.DataFrame:
    """What the scores look like: of the carcinoma, of the whole tumour, and of the generator.

    Args:
        drawn: one reader's scores of the generator.

    Returns:
        A row a kind: scores, n, not_given, zeros and tied (shares, of scores at 0 and of those that
        another tumour has too), distinct (values), q1, median, q3, highest, skew.
    """
    kinds = {
        "Carcinoma": tumours["carcinoma"],
        "Whole tumour": tumours["overall"],
        "Generator, one reader": pd.Series(drawn),
    }
    return pd.DataFrame([{"scores": kind, **_described(values)} for kind, values in kinds.items()])


def _described(values: pd.Series) -> dict[str, float]:
    known = values.dropna()
    nothing: dict[str, float] = {"n": len(known), "not_given": int(values.isna().sum())}
    if known.empty:
        return nothing | dict.fromkeys(DESCRIBED, math.nan)
    quartiles = known.quantile([0.25, 0.5, 0.75]).tolist()
    return nothing | {
        "zeros": float((known == 0).mean()),
        "tied": float(known.duplicated(keep=False).mean()),
        "distinct": int(known.nunique()),
        **dict(zip(("q1", "median", "q3"), quartiles, strict=True)),
        "highest": float(known.max()),
        "skew": float(skew(known)),
    }


def contradicting(tumours: pd.DataFrame) -> tuple[int, int]:
    """How many tumours have all three values, and in how many the whole's is not its carcinoma's.

    The score of the whole tumour is that of the carcinoma times its share, to half a point.
    """
    known = tumours.dropna()
    expected = known["carcinoma"] * (1 - known["sarcoma_pct"] / 100)
    return len(known), int((abs(expected - known["overall"]) > 0.5).sum())


def generated(truth: Truth, n: int, rng: np.random.Generator) -> FloatArray:
    """One reader's H-scores of n synthetic tumours, half of each response, shape (n,)."""
    latent = draw_trop2_patients(truth, n - n // 2, n // 2, rng)["trop2_latent"].to_numpy(float)
    return h_score(read_percentages(truth.trop2, latent, rng))


def standardised_quantiles(values: FloatArray) -> FloatArray:
    """Quantiles in standard deviations from the mean, shape (GRID,); nan where all are equal."""
    spread = values.std()
    at = (np.arange(GRID) + 0.5) / GRID
    if not spread > 0:
        return np.full(GRID, np.nan)
    return np.asarray((np.quantile(values, at) - values.mean()) / spread)


def shape_distance(values: FloatArray, reference: FloatArray) -> float:
    """How far two distributions lie apart in shape: mean distance of standardised quantiles, SD.

    The first Wasserstein distance of both after location and spread are taken out.
    """
    return float(np.abs(standardised_quantiles(values) - standardised_quantiles(reference)).mean())


def distance(
    values: FloatArray, drawn: FloatArray, rng: np.random.Generator, resamples: int
) -> Estimate:
    """The distance of real scores from the generator's shape, with its bootstrap interval."""
    known = np.asarray(values, float)[~np.isnan(values)]
    return bootstrap(
        lambda rows: shape_distance(known[rows], drawn),
        len(known),
        rng,
        resamples=resamples,
        unit="SD",
    )


def by_chance(n: int, drawn: FloatArray, rng: np.random.Generator, samples: int) -> Estimate:
    """The distance of n scores that the generator itself drew: median, and 95% of samples."""
    try:
        require_at_least(n, 3, "scores")
    except NotEstimable as reason:
        return not_estimable(str(reason), n=n)
    found = [shape_distance(rng.choice(drawn, n), drawn) for _ in range(samples)]
    low, middle, high = np.nanquantile(found, [0.025, 0.5, 0.975]).tolist()
    method = f"median and 95% of {samples} samples of the generator"
    return Estimate(estimate=middle, low=low, high=high, unit="SD", n=n, method=method)


def quantile_plot(
    values: FloatArray, drawn: FloatArray, rng: np.random.Generator, samples: int
) -> pd.DataFrame:
    """Standardised quantiles of both, and where 95% of samples of the generator lie.

    Returns:
        share, generator, real, low, high; a row a quantile, without rows where nobody is there.
    """
    known = np.asarray(values, float)[~np.isnan(values)]
    columns = ["share", "generator", "real", "low", "high"]
    if len(known) < 3:
        return pd.DataFrame(columns=columns, dtype=float)
    found = np.array(
        [standardised_quantiles(rng.choice(drawn, len(known))) for _ in range(samples)]
    )
    low, high = np.nanquantile(found, [0.025, 0.975], axis=0)
    at = (np.arange(GRID) + 0.5) / GRID
    real, expected = standardised_quantiles(known), standardised_quantiles(drawn)
    return pd.DataFrame(dict(zip(columns, (at, expected, real, low, high), strict=True)))
