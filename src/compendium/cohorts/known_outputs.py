"""What the chapter on public cohorts publishes of scores, PET and resampling: ids and captions."""

from collections.abc import Iterator
from functools import partial
from typing import Any

import pandas as pd

from compendium.cohorts import figures as draw
from compendium.cohorts import scores
from compendium.estimates import Estimate
from compendium.published import Figure, Number, Part, Table, result

PERCENT = dict.fromkeys(("simulated_coverage", "simulated_rejects"), ".1f")


@result
def pairs(found: pd.DataFrame) -> Iterator[Part]:
    """Ours beside the authors' results."""
    worst = float(found["apart"].max()) if len(found) else "not here"
    label = "Largest relative difference from the authors' results"
    yield Number("pairs_apart", worst, format=".0e", people=False, label=label)
    yield Table(
        "hscore_pairs",
        _one_below_the_other(found),
        rows="estimate",
        columns={"marker": "Protein", "quantity": "Tumour less adjacent", "n": "Pairs",
                 "whose": "By", "estimate": "Estimate", "low": "Low", "high": "High", "p": "p"},
        formats={"estimate": ".4f", "low": ".4f", "high": ".4f", "p": ".6f"},
        caption="H-scores of pairs of papillary carcinoma and adjacent tissue: our results and "
        "those that the authors published.",
    )  # fmt: skip


def _one_below_the_other(found: pd.DataFrame) -> pd.DataFrame:
    """Ours and the authors' results as rows."""
    known = ["marker", "quantity", "n"]
    theirs = {f"authors_{name}": name for name in scores.FIELDS}
    parts = [
        found[[*known, *scores.FIELDS]].assign(whose="us"),
        found[[*known, *theirs]].rename(columns=theirs).assign(whose="its authors"),
    ]
    return pd.concat(parts).sort_index(kind="stable")


@result
def trop2_scores(found: pd.DataFrame, known: int, contradicting: int) -> Iterator[Part]:
    """What real Trop2 scores look like."""
    zeros = found["zeros"].astype(float)
    for name, row in (("trop2_real_zeros", 0), ("trop2_generated_zeros", 2)):
        share = zeros.iloc[row]
        value = float(share) if pd.notna(share) else "not here"
        n = int(found["n"].iloc[row])
        label = f"Share of zeros, {found['scores'].iloc[row].lower()}"
        yield Number(name, value, format=".0%", n=n, people=row == 0, share=row == 0, label=label)
    for name, number in (("trop2_checked", known), ("trop2_contradicting", contradicting)):
        label = {"trop2_checked": "Tumours with all three values",
                 "trop2_contradicting": "Of these, contradicting"}[name]  # fmt: skip
        yield Number(name, number, format="d", label=label)
    yield Table(
        "trop2_real",
        found,
        rows="group",
        columns={"scores": "Scores", "n": "n", "not_given": "Not given", "zeros": "Zeros",
                 "tied": "Tied", "distinct": "Values", "q1": "Q1", "median": "Median", "q3": "Q3",
                 "highest": "Highest", "skew": "Skewness"},
        formats={"zeros": ".1%", "tied": ".1%", "skew": ".2f"}
        | dict.fromkeys(("q1", "median", "q3", "highest"), ".1f"),
        measures=["distinct"],
        shares={"zeros": "n", "tied": "n"},
        caption="Trop2 H-scores of uterine carcinosarcoma, and of the synthetic generator.",
    )  # fmt: skip


@result
def trop2_shape(distance: Estimate, chance: Estimate, quantiles: pd.DataFrame) -> Iterator[Part]:
    """How far the generator's shape lies from real scores."""
    label = "Distance in shape of real Trop2 from the generator"
    yield Number("trop2_distance", distance, label=label)
    label = "The same of as many scores of the generator itself"
    yield Number("trop2_distance_chance", chance, people=False, label=label)
    for name, column in (("trop2_real_reach", "real"), ("trop2_generated_reach", "generator")):
        reach = float(quantiles[column].max()) if len(quantiles) else "not here"
        label = f"Highest quantile over the mean, {column}, SD"
        yield Number(name, reach, format=".1f", people=False, label=label)
    outside = ~quantiles["real"].between(quantiles["low"], quantiles["high"])
    label = "Quantiles outside the band of the generator's samples"
    share = float(outside.mean()) if len(quantiles) else "not here"
    yield Number("trop2_outside", share, format=".0%", people=False, label=label)
    yield Figure(
        "trop2_shape",
        partial(draw.quantiles, quantiles),
        marks="point",
        data=quantiles,
        alt="Quantiles of real Trop2 H-scores against those of the generator, standardised",
        caption=f"Shape of Trop2 H-scores: quantiles of {distance.n or 'no'} real carcinomas "
        "against those of the generator, both in standard deviations from their mean. Band: 95% of "
        "samples of the same size of the generator.",
    )


@result
def known_suv(found: pd.DataFrame, by_set: pd.DataFrame) -> Iterator[Part]:
    """Ours against the known values of public PET."""
    for name, value, label in (
        ("pet_known", len(found), "Known values of public PET"),
        ("pet_held", found["holds"].sum(), "Of these, that ours meet"),
    ):
        yield Number(name, int(value), format="d", people=False, label=label)
    refusals = found.loc[found["quantity"] == "refusal", "reason"]
    said = str(refusals.iloc[0]) if len(refusals) else "not here"
    yield Number("pet_refusal", said, people=False, label="Why a series without its day is refused")
    yield Table(
        "pet_known_sets",
        by_set,
        rows="concept",
        columns={"set": "Set", "images": "Images", "values": "Values", "held": "Met",
                 "largest": "Largest difference of an SUV", "tolerance": "Tolerance"},
        formats={"largest": ".1e", "tolerance": "g"},
        caption="Values of public PET against those known, by set.",
    )  # fmt: skip
    yield Table("pet_known_values", found, rows="concept", max_rows=0)
    largest = found[found["quantity"] == "suv_max"]
    largest = largest.assign(region=largest["region"].str.split("/").str[-1])
    yield Table(
        "pet_known_largest",
        largest,
        rows="concept",
        columns={"image": "Image", "region": "Region file", "known": "Known", "ours": "Ours",
                 "tolerance": "Tolerance"},
        formats={"known": ".8g", "ours": ".6f", "tolerance": "g"},
        caption="SUVmax, ours against the known. pet_known_values.csv has the number of voxels, "
        "least, median and mean too.",
    )  # fmt: skip


@result
def asked(patients: int, larger: int) -> Iterator[Part]:
    """How large the studies are that are drawn from real patients."""
    for name, value in (("patients", patients), ("larger", larger)):
        label = f"Patients of a study drawn from real ones{', larger' * (name == 'larger')}"
        yield Number(f"resampled_{name}", value, format="d", people=False, label=label)


@result
def behaves(found: pd.DataFrame) -> Iterator[Part]:
    """Size and coverage on real patients."""
    studies = int(found["studies"].max()) if len(found) else "none"
    label = "Studies drawn from real patients, at most"
    yield Number("resampled_studies", studies, format="d", people=False, label=label)
    for name, row in (
        ("least_coverage", found["coverage"].argmin() if len(found) else None),
        ("most_rejects", found["rejects"].argmax() if len(found) else None),
    ):
        what = name.partition("_")[2]
        share = "not here" if row is None else _share(found.iloc[row], what)
        label = f"Resampled, {name.replace('_', ' ')} of all analyses"
        yield Number(f"resampled_{name}", share, format=".1%", people=False, label=label)
    lost = (found["not_estimable"] / found["studies"]).max() if len(found) else "not here"
    label = "Resampled, largest share of studies without a result"
    yield Number("resampled_refused", lost, format=".0%", people=False, label=label)
    yield Table(
        "resampled",
        found.assign(
            who=found["set"] + ": " + found["marker"].astype(str).str.lower(),
            held=_with_interval(found, "coverage"),
            rejected=_with_interval(found, "rejects"),
        ),
        rows="simulation",
        columns={"who": "Patients: marker", "analysis": "Analysis", "patients": "n",
                 "not_estimable": "Refused", "held": "Coverage, %",
                 "simulated_coverage": "Simulated", "rejected": "Rejects permuted, %",
                 "simulated_rejects": "Simulated "},
        formats=PERCENT,
        caption="Studies drawn from real patients: how often the 95% interval holds the value of "
        "all patients, and how often the test rejects at 5% when the marker is permuted, of "
        "studies with a result and with Wilson intervals; beside it the like analysis of simulated "
        "studies of the registered size (coverage under the assumed truth, rejections without an "
        "effect).",
    )  # fmt: skip


def _share(row: "pd.Series[Any]", name: str) -> Estimate:
    limits = (float(row[f"{name}{end}"]) / 100 for end in ("", "_low", "_high"))
    estimate, low, high = limits
    return Estimate(estimate=estimate, low=low, high=high, method="share of studies, Wilson")


def _with_interval(found: pd.DataFrame, name: str) -> list[str]:
    columns = (found[f"{name}{end}"] for end in ("", "_low", "_high"))
    return [f"{a:.1f} ({b:.1f} to {c:.1f})" for a, b, c in zip(*columns, strict=True)]
