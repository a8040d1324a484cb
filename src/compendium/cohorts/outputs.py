"""What the chapter on public cohorts publishes of sets and patients: ids and captions."""

from collections.abc import Hashable, Iterator, Mapping
from dataclasses import fields
from functools import partial
from typing import Any

import pandas as pd

from compendium.cohorts import tcga
from compendium.estimates import Estimate
from compendium.external import THERE, Found
from compendium.figures.forest import forest
from compendium.published import Figure, Number, Part, Table, result
from compendium.statistics.calibration import Validation
from compendium.survival.figures import Panel, survival_curves
from compendium.survival.observed import Observed
from compendium.trop2.figures import calibration_curve

NOT_PUBLIC = pd.DataFrame(
    [
        ("Trop2 by immunohistochemistry in thyroid cancer, by response to ¹³¹I",
         "The question of TROP2 itself; published series give shares of positive tumours only",
         "A row a patient: percentages of 0, 1+, 2+ and 3+ cells, clone, response with its dates"),
        ("TACSTD2 (Trop2) protein in the tumours of TCGA-THCA",
         "Would tie Trop2 to differentiation and progression in the patients above",
         "A row a tumour: barcode and protein, by arrays or mass spectrometry"),
        ("Uptake of ¹²⁴I by lesion at two levels of TSH",
         "The question of TSH124I; reports give lesions together, or doses without uptake",
         "A row a lesion and scan: SUVmax, volume, TSH, activity and times, patient"),
    ],
    columns=["missing", "matters", "wanted"],
)  # fmt: skip


@result
def sets(found: Mapping[str, Found]) -> Iterator[Part]:
    """Which public sets are here, and where each is from."""
    here = [one for one in found.values() if one.state == THERE]
    rows = [
        {
            "part": one.listed.part,
            "what": one.listed.what,
            "source": one.listed.source,
            "here": "here" if one.state == THERE else "absent",
            "sha256": one.listed.sha256,
        }
        for one in found.values()
    ]
    for name, value, label in (
        ("public_files", len(rows), "Public data sets' files and folders"),
        ("public_here", len(here), "Of these, here as listed"),
    ):
        yield Number(name, value, format="d", people=False, label=label)
    yield Table(
        "public_sets",
        pd.DataFrame(rows),
        rows="concept",
        columns={"part": "Set", "what": "What", "source": "From, licence", "here": "This copy"},
        caption="Public data on which this chapter rests, each verified by its SHA-256 before use, "
        "which the CSV has.",
    )  # fmt: skip


@result
def not_public() -> Iterator[Part]:
    """What could not be had publicly."""
    yield Table(
        "not_public",
        NOT_PUBLIC,
        rows="concept",
        columns={"missing": "Not to be had", "matters": "Why it matters", "wanted": "Wanted"},
        caption="What no public data set was found to hold, so that others can bring it.",
    )


@result
def tcga_flow(people: pd.DataFrame, flow: pd.DataFrame, seen: Observed) -> Iterator[Part]:
    """From all patients to those analysed, and what progression was."""
    kinds = people.loc[people["pfi"] == 1, "new_tumour"]
    for name, value, label in (
        ("tcga_locoregional", kinds.eq("Locoregional Recurrence").sum(), "locoregional recurrence"),
        ("tcga_distant", kinds.eq("Distant Metastasis").sum(), "distant metastasis"),
    ):
        yield Number(name, int(value), format="d", label=f"TCGA-THCA, progression: {label}")
    for name, value, label in (
        ("tcga_patients", flow["patients"].iloc[0], "TCGA-THCA, patients"),
        ("tcga_progressions", seen.of(tcga.PFI)["event"].sum(), "TCGA-THCA, progressions"),
        ("tcga_deaths", seen.of(tcga.OS)["event"].sum(), "TCGA-THCA, deaths"),
    ):
        yield Number(name, int(value), format="d", label=label)
    yield Table(
        "tcga_flow",
        flow,
        rows="group",
        columns={"step": "Patients", "patients": "Left", "lost": "Lost",
                 "progressions": "Progressions"},
        caption="Patients of TCGA-THCA from all to analysed. Each score is known in some of the "
        "last step: expression in those of the 2014 paper, BRAF where an exome was read.",
    )  # fmt: skip


@result
def tcga_survival(seen: Observed, least_at_risk: int) -> Iterator[Part]:
    """Curves of both endpoints."""
    panels = [
        Panel(one.label, one.measures, one.axis, {"": seen.times_of(one)}) for one in tcga.ENDPOINTS
    ]
    yield Figure(
        "tcga_survival",
        partial(survival_curves, panels, least_at_risk=least_at_risk),
        marks="step",
        alt="Two Kaplan-Meier panels of TCGA-THCA, with numbers at risk",
        caption="TCGA-THCA: (a) progression-free interval, (b) overall survival from diagnosis. "
        "Kaplan–Meier curves with 95% log-log bands.",
        data=seen.ledger,
        rows="entry",
    )


@result
def tcga_factors(found: pd.DataFrame) -> Iterator[Part]:
    """Hazard ratios of the scores."""
    keyed = {(r["endpoint"], r["model"], r["term"]): r for r in found.to_dict("records")}
    score = tcga.SCORES["differentiation"]
    for name, model in (("tcga_hr_tds", "alone"), ("tcga_hr_tds_adjusted", tcga.ADJUSTED)):
        found_one = _estimate(keyed[tcga.PFI.label, model, score])
        yield Number(name, found_one, null=1, label=f"HR of the {score.lower()}, {model}")
    shown = found.assign(group=found["endpoint"] + ", " + found["model"])
    shown = shown.sort_values("group", key=_order, kind="stable").rename(columns={"term": "label"})
    yield Figure(
        "tcga_forest",
        partial(forest, shown, xlabel="Hazard ratio per standard deviation, or yes against no"),
        marks="estimate",
        alt="Forest plot of hazard ratios of molecular scores, alone and adjusted",
        caption="Hazard ratios of molecular scores in TCGA-THCA by Firth’s Cox model with 95% "
        "profile-likelihood intervals, each alone and with age and stage, or the reason why there "
        "is none.",
        data=shown,
    )


def _estimate(row: Mapping[Hashable, Any]) -> Estimate:
    """A row of a table as the Estimate that it was."""
    return Estimate(**{field.name: row[field.name] for field in fields(Estimate)})


def _order(groups: pd.Series) -> pd.Series:
    return groups.str.startswith(tcga.OS.label) * 2 + groups.str.endswith(tcga.ADJUSTED)


@result
def tcga_assumptions(found: pd.DataFrame) -> Iterator[Part]:
    """Whether hazards are proportional."""
    yield Table(
        "tcga_assumptions",
        found[["score", "term", "estimate", "p", "n", "events", "reason"]],
        rows="estimate",
        columns={"score": "Model of", "term": "Term", "estimate": "Chi-squared", "p": "p", "n": "n",
                 "events": "Events", "reason": "Reason"},
        caption="Score test of proportional hazards of each model with age and stage, "
        "progression-free interval.",
    )  # fmt: skip


@result
def tcga_concordance(found: pd.DataFrame) -> Iterator[Part]:
    """What a score adds to age and stage."""
    yield Table(
        "tcga_concordance",
        found,
        rows="estimate",
        columns={"score": "Score", "n": "n", "events": "Events", "base": "C of age and stage",
                 "with_score": "C with the score", "gained": "Gained"},
        formats=dict.fromkeys(("base", "with_score", "gained"), ".3f"),
        caption="Harrell's C of age and stage, and with each score, in the same patients and as "
        "fitted.",
    )  # fmt: skip


@result
def uci_patients(people: pd.DataFrame) -> Iterator[Part]:
    """How many patients there are, and how many rows repeat another."""
    repeated, recurred = people["repeated"].sum(), (people["recurred"] == "Yes").sum()
    for name, value, label in (
        ("uci_patients", len(people), "UCI set, patients"),
        ("uci_recurrences", recurred, "UCI set, recurrences"),
        ("uci_repeated", repeated, "UCI set, rows that repeat another"),
    ):
        yield Number(name, int(value), format="d", label=label)


@result
def uci_odds(found: pd.DataFrame) -> Iterator[Part]:
    """Odds ratios of recurrence, of all rows and without repeated ones."""
    together = found[found["model"] == "together"]
    shown = together.assign(group="Together, " + together["rows"] + " rows")
    shown["group"] = shown["group"].str.replace("rows rows", "rows")
    yield Figure(
        "uci_odds",
        partial(forest, shown, xlabel="Odds ratio of recurrence (log scale)"),
        marks="estimate",
        data=shown,
        measures=["plain"],
        alt="Forest plot of odds ratios of recurrence, with and without repeated rows",
        caption="Odds ratios of recurrence by Firth’s logistic regression with 95% "
        "profile-likelihood intervals, of all rows and without those that repeat another.",
    )


@result
def uci_calibration(judged: Validation) -> Iterator[Part]:
    """How far the model's probabilities hold."""
    for name, found in judged.numbers().items():
        label = {"model_auc": "AUC", "model_slope": "calibration slope"}[name]
        yield Number(f"uci_{name}", found, label=f"UCI set, {label}, corrected for optimism")
    words = {"xlabel": "Predicted probability of recurrence", "ylabel": "Observed share"}
    yield Figure(
        "uci_calibration",
        partial(calibration_curve, judged.curve, **words),
        marks="point",
        data=judged.curve,
        alt="Observed share of recurrences by predicted probability, as seen and corrected",
        caption="Calibration of the model of age, sex, nodal and distant metastasis, as seen and "
        "corrected for optimism by bootstrap.",
    )


@result
def uci_discrimination(found: pd.DataFrame) -> Iterator[Part]:
    """What tells recurrence, before it and with it."""
    by = {row["variable"]: row for row in found.to_dict("records")}
    names = {"uci_auc_risk": "ATA risk class", "uci_auc_response": "Response to therapy"}
    for name, variable in names.items():
        yield Number(name, _estimate(by[variable]), label=f"AUC of {variable}")
    yield Table(
        "uci_discrimination",
        found[["variable", "known", "estimate", "low", "high", "n", "reason"]],
        rows="estimate",
        columns={"variable": "Variable", "known": "Known", "estimate": "AUC", "low": "Low",
                 "high": "High", "n": "n", "reason": "Reason"},
        caption="How well single variables tell recurrence from none.",
    )  # fmt: skip
