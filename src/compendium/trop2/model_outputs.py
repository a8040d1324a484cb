"""What the chapter on Trop2 publishes of models, subsets and the cut-off."""

from collections.abc import Collection, Iterator, Mapping, Sequence
from functools import partial

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from compendium.estimates import Estimate
from compendium.figures.forest import forest
from compendium.public_forms import Redrawn, Sum, named
from compendium.published import Figure, Number, Part, Table, guarded, result
from compendium.statistics.calibration import Validation
from compendium.statistics.cutoff import CutoffBootstrap
from compendium.trop2 import figures as draw
from compendium.trop2.dag import causal_graph
from compendium.trop2.gaps import turning_number

ODDS_RATIO = "Odds ratio of non-response (log scale)"
ADJUSTED = "trop2_adjusted_or"
CUT_LABELS = {
    "cut_auc_seen": "AUC as seen",
    "cut_auc_corrected": "AUC corrected for optimism",
    "cut_lowest": "least of 95% of the resamples",
    "cut_highest": "greatest of 95% of the resamples",
}
MODEL_LABELS = {
    "model_auc": "AUC corrected for optimism",
    "model_slope": "calibration slope corrected for optimism",
}
MODELS = {"alone": "Each alone", "together": "All together"}


@result
def causes(adjust_for: Sequence[str]) -> Iterator[Part]:
    """What is assumed to cause what."""
    yield Figure(
        "trop2_causes",
        partial(causal_graph, adjust_for),
        marks="concept",
        alt="Directed acyclic graph of the assumed causes",
        caption="Assumed causes of resistance to ¹³¹I. Thick frames: adjusted for. Dashed frame: "
        "not measured, so that the paths through it stay open.",
    )


@result
def published_series(plain: Estimate, firth: Estimate) -> Iterator[Part]:
    """The odds ratio of a published series, which tells of nobody here."""
    yield Number(
        "firth_plain", plain, format=".0f", people=False, label="Kong 2018, plain odds ratio"
    )
    yield Number(
        "firth_published", firth, format=".0f", people=False, label="Kong 2018, Firth's odds ratio"
    )


@result
def odds_ratios(odds: pd.DataFrame, adjusted: Estimate) -> Iterator[Part]:
    """Odds ratios of non-response, each term alone and all together."""
    yield Number(ADJUSTED, adjusted, null=1, label="Adjusted OR, per 50 points")
    ours = (odds["model"] == "together") & (odds["term"] == "h_score")
    odds = guarded(odds, dict.fromkeys(np.flatnonzero(ours).tolist(), ADJUSTED))
    grouped = odds.assign(group=odds["model"].map(MODELS))
    yield Figure(
        "trop2_adjusted",
        partial(forest, grouped, xlabel=ODDS_RATIO),
        marks="estimate",
        data=grouped,
        measures=["plain"],
        public=Redrawn(named(forest), ("fig_trop2_adjusted",), {"xlabel": ODDS_RATIO}),
        alt="Forest plot of odds ratios of non-response, each term alone and together",
        caption="Odds ratios of non-response to ¹³¹I by Firth’s logistic regression with "
        "profile-likelihood 95% intervals, each term alone and all together (patients with every "
        "term known).",
    )


@result
def standard(found: pd.DataFrame) -> Iterator[Part]:
    """The H-score by each standard variable."""
    yield Table(
        "trop2_standard",
        found.drop(columns=["unit", "events", "level"]),
        rows="variable",
        columns={
            "variable": "Variable",
            "unknown": "Unknown",
            "effect": "Effect",
            "estimate": "Estimate",
            "low": "Low",
            "high": "High",
            "p": "p",
            "n": "Patients",
            "reason": "Not estimable because",
        },
        caption="H-score of the primary tumour by standard variables: Spearman correlation of "
        "measures and grades, Hodges–Lehmann shift (points) of yes/no findings, share of ranks "
        "(epsilon squared) of unordered classes. Exploratory; not adjusted for several tests.",
    )


@result
def sets(scored: Collection[str], in_model: Collection[str]) -> Iterator[Part]:
    """Whose tissue is scored and who is in the adjusted model, for the flow of a later chapter."""
    everyone = sorted({*scored, *in_model})
    yield Table(
        "trop2_sets",
        pd.DataFrame(
            {
                "patient_id": everyone,
                "scored": [one in set(scored) for one in everyone],
                "in_model": [one in set(in_model) for one in everyone],
            }
        ),
        rows="patient",
        caption="Patients with a score of the primary tumour, and those of the adjusted model.",
        max_rows=0,
    )


@result
def gaps(found: pd.DataFrame) -> Iterator[Part]:
    """Which covariates are unknown together."""
    yield Table(
        "trop2_gaps",
        found,
        rows="group",
        caption="Covariates of the adjusted model that are unknown together, and in how many "
        "patients of each group.",
        columns={
            "unknown": "Unknown",
            "responder": "Responders",
            "non_responder": "Non-responders",
        },
        links=[
            Sum((name,), {}, "groups", {"group": name}, "patients")
            for name in ("responder", "non_responder")
        ],
    )


@result
def imputed(
    complete: Estimate, by_imputation: Estimate, explained: Estimate, asked: Mapping[str, int]
) -> Iterator[Part]:
    """The adjusted odds ratio by complete cases and by imputation, and its E-value.

    Args:
        asked: how many `sets`, and `donors` of a gap.
    """
    for key, name, label in (
        ("sets", "imputed_sets", "Imputed data sets"),
        ("donors", "imputation_donors", "Donors of a missing covariate"),
    ):
        yield Number(name, asked[key], format="d", people=False, label=label)
    label = "Adjusted OR, per 50 points, multiple imputation"
    yield Number("trop2_imputed_or", by_imputation, null=1, label=label)
    label = "E-value of the adjusted OR"
    yield Number("trop2_e_value", explained, label=label)
    rows = {"complete cases": complete, "multiple imputation": by_imputation}
    table = pd.DataFrame([{"analysis": name, **one.as_row()} for name, one in rows.items()])
    yield Table(
        "trop2_imputed",
        guarded(table, {0: ADJUSTED}),
        rows="estimate",
        columns={
            "analysis": "Analysis",
            "estimate": "Odds ratio",
            "low": "Low",
            "high": "High",
            "p": "p",
            "n": "Patients",
            "method": "Method",
            "reason": "Not estimable because",
        },
        caption="Adjusted odds ratio of non-response per 50 points of H-score, by complete cases "
        "and by multiple imputation.",
    )


@result
def tipping(found: pd.DataFrame) -> Iterator[Part]:
    """How many indeterminate patients it takes to turn the verdict."""
    label = "Indeterminate patients that turn the verdict of the primary test"
    yield Number("trop2_tipping", turning_number(found), format=".0f", label=label)
    yield Table(
        "trop2_tipping",
        found.drop(columns=["unit", "events", "level"]),
        rows="setting",
        measures=["counted"],
        columns={
            "direction": "Counted",
            "counted": "Patients counted",
            "estimate": "Shift, points",
            "low": "Low",
            "high": "High",
            "p": "p",
            "n": "Patients in all",
            "reason": "Not estimable because",
        },
        caption="The primary comparison with more and more indeterminate patients counted against "
        "it, then for it.",
    )


@result
def subsets(restricted: pd.DataFrame, within: Estimate) -> Iterator[Part]:
    """The primary comparison in subsets, and metastasis against primary in who has both."""
    label = "H-score, metastasis − primary"
    yield Number("trop2_metastasis", within, format=".1f", null=0, label=label)
    points = ["median_reference", "median_compared", "shift", "shift_low", "shift_high"]
    restricted = restricted.assign(n=restricted["n_reference"] + restricted["n_compared"])
    yield Figure(
        "trop2_subsets",
        partial(draw.shifts, restricted),
        marks="setting",
        data=restricted,
        measures=points,
        rests_on=["n_reference", "n_compared"],
        public=Redrawn(named(draw.shifts), ("fig_trop2_subsets",)),
        alt="Forest plot of the H-score shift in all patients and in subsets",
        caption="Shift of the H-score, non-responders less responders, in all patients and in "
        "subsets (exploratory), with 95% intervals.",
    )


@result
def cutoff(chosen: CutoffBootstrap, corrected: Estimate) -> Iterator[Part]:
    """What a cut-off is worth."""
    label = "H-score that parts response best"
    yield Number("trop2_cut", corrected, format=".1f", label=label)
    yield Number("trop2_auc_bootstrap", chosen.auc, label="AUC, bootstrap interval")
    for name, found in chosen.numbers().items():
        spec = ".2f" if "auc" in name else ".1f"
        yield Number(f"trop2_{name}", found, format=spec, label=f"Cut-off, {CUT_LABELS[name]}")
    caption = "The cut-off as seen and in new patients."
    yield Table("trop2_cutoff", chosen.estimates, rows="estimate", caption=caption)


@result
def cutoff_search(
    chosen: CutoffBootstrap,
    scores: NDArray[np.float64],
    event: NDArray[np.bool_],
    corrected: Estimate,
) -> Iterator[Part]:
    """How the cut-off was found, and which other samples would have chosen.

    Args:
        scores: H-scores, shape (n,).
        event: non-response, shape (n,).
    """
    yield Figure(
        "trop2_cutoff",
        partial(draw.cutoff_search, chosen, scores, event, corrected),
        marks="point",
        alt="Rank statistic by cut-off, and the cut-offs chosen in bootstrap samples",
        caption="Exploratory cut-off. **a** Standardised rank statistic at every cut-off. **b** "
        "Cut-off with the greatest Youden index in each bootstrap sample; shaded: 95% of the "
        "choices; dashed: the choice in the sample itself.",
    )


@result
def model(judged: Validation) -> Iterator[Part]:
    """The adjusted model, as seen and corrected for optimism."""
    for name, found in judged.numbers().items():
        yield Number(f"trop2_{name}", found, label=f"Adjusted model, {MODEL_LABELS[name]}")
    caption = "The adjusted model, apparent and corrected."
    yield Table("trop2_model", judged.table, rows="estimate", caption=caption)


@result
def calibration(judged: Validation) -> Iterator[Part]:
    """How far the model's probabilities hold."""
    yield Figure(
        "trop2_calibration",
        partial(draw.calibration_plot, judged),
        marks="patient",
        data=judged.curve,
        rows="point",
        public=Redrawn(
            named(draw.calibration_curve),
            ("fig_trop2_calibration",),
            note="Here without the patients.",
        ),
        alt="Observed share of non-responders by predicted probability, as seen and corrected",
        caption="Calibration of the adjusted model, as seen and corrected for optimism. Ticks: "
        "predicted probability of every patient.",
    )
