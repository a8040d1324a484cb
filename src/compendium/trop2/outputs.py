"""What the chapter on Trop2 publishes of scores and groups: ids, labels, headings and captions."""

from collections.abc import Iterator, Sequence
from functools import partial

import pandas as pd

from compendium.estimates import Estimate
from compendium.formatting import words
from compendium.public_forms import Grouped, Redrawn, named
from compendium.published import Figure, Number, Part, Table, result
from compendium.trop2 import figures as draw
from compendium.trop2.agreement import Agreement
from compendium.trop2.definition_figure import answers_figure
from compendium.trop2.ihc import is_rounded

RESPONSES = ("responder", "non_responder")
COURSES = ("stable", "rapid")
CLASSES = ("n_responder", "n_non_responder", "n_stable", "n_rapid")
ANSWERS = {
    "definition": "Definition",
    "n_responder": "Responders",
    "n_non_responder": "Non-responders",
    "shift": "H-score shift, points",
    "auc": "AUC",
    "n_rapid": "Rapid",
    "n_stable": "Stable",
    "course_shift": "H-score shift, rapid − stable, points",
}
ESTIMATE = {"estimate": "Estimate", "low": "Low", "high": "High", "p": "p"}
REASON = {"reason": "Not estimable because"}
SHIFT = {"shift": "Shift", "shift_low": "Low", "shift_high": "High", "auc": "AUC", "p": "p"}


@result
def reads(of_any: pd.DataFrame, analysed: pd.DataFrame) -> Iterator[Part]:
    """Reads of any clone and of the one analysed."""
    unblinded = len(analysed) - int(analysed["blinded"].fillna(False).sum())
    clone = analysed["antibody_clone"].iloc[0] if len(analysed) else "none"
    yield Number("trop2_reads_all", len(of_any), format="d", label="Reads of any clone")
    yield Number("trop2_reads", len(analysed), format="d", label="Reads of the clone analysed")
    yield Number("trop2_unblinded", unblinded, format="d", label="Reads not known to be blinded")
    rounded = int(is_rounded(analysed).sum())
    yield Number("trop2_rounded", rounded, format="d", label="Reads rescaled to 100%")
    yield Number("trop2_clone", clone, label="Antibody clone")


@result
def scores(found: pd.DataFrame) -> Iterator[Part]:
    """One score a patient and tissue, which later chapters read."""
    yield Table(
        "trop2_score",
        found,
        rows="patient",
        caption="One score a patient and tissue.",
        columns={
            "patient_id": "Patient",
            "tissue": "Tissue",
            "h_score": "H-score",
            "band": "Band",
            "irs": "IRS",
            "pct_positive": "Stained cells, %",
            "pct_membranous": "Membranous, %",
            "n_readers": "Readers",
            "n_blocks": "Blocks",
        },
        max_rows=6,
    )


@result
def groups(summary: pd.DataFrame) -> Iterator[Part]:
    """Scores by response."""
    unscored = int(summary["missing"].sum())
    yield Number("trop2_unscored", unscored, format="d", label="Patients without a primary score")
    points = {
        "lowest": "Lowest",
        "lower_quartile": "Lower quartile",
        "median": "Median",
        "upper_quartile": "Upper quartile",
        "highest": "Highest",
    }
    counts = {"rai_response": "Response", "n": "Patients", "missing": "Without a score"}
    yield Table(
        "trop2_groups",
        summary,
        rows="group",
        caption="H-score of the primary tumour, points.",
        columns=counts | points,
        measures=points,
    )


@result
def agreement(agreed: Agreement) -> Iterator[Part]:
    """How far two readers agree."""
    _, by_patient, kappa, ac2 = agreed.estimates.values()
    lower, upper = agreed.limits["lower"], agreed.limits["upper"]
    yield Number("trop2_icc", by_patient, label="ICC(2,1), jackknife of patients")
    yield Number("trop2_kappa", kappa, label="Quadratic-weighted kappa of bands")
    yield Number("trop2_ac2", ac2, label="Gwet's AC2 of bands")
    yield Number("trop2_limit_low", lower, format=".0f", label="Lower limit")
    yield Number("trop2_limit_high", upper, format=".0f", label="Upper limit")
    caption = "Agreement of two readers."
    yield Table("trop2_agreement", agreed.table(), rows="estimate", caption=caption)


@result
def two_readers(agreed: Agreement) -> Iterator[Part]:
    """Each block by both readers."""
    yield Figure(
        "trop2_agreement",
        partial(draw.two_readers, agreed),
        marks="block",
        data=agreed.pairs,
        public=_by_reader(agreed.readers),
        alt="H-scores of two readers against each other, and their difference by their mean",
        caption="Two readers. **a** H-score of each block by both. **b** Bland–Altman: difference "
        "by mean, with the mean difference, the 95% limits of agreement and their 95% intervals "
        "(shaded). One dot a block.",
    )


def _by_reader(readers: Sequence[str]) -> Grouped | None:
    """The two readers' scores as others see them; nothing is drawn where two did not read."""
    if len(readers) != 2:
        return None
    x, y = readers
    return Grouped(x=x, y=y, xlabel=f"H-score by {words(x)}", ylabel=f"H-score by {words(y)}")


@result
def by_response(shift: Estimate, auc: Estimate, delong: Estimate) -> Iterator[Part]:
    """The primary comparison, and the AUC with DeLong's interval beside."""
    label, of_auc = "H-score, non-responders − responders", "AUC for non-response"
    yield Number("trop2_shift", shift, format=".1f", null=0, label=label)
    yield Number("trop2_auc", auc, null=0.5, label="AUC of the H-score for non-response")
    measures = {label: shift, of_auc: auc, f"{of_auc}, as pROC gives it": delong}
    rows = [{"measure": name} | found.as_row() for name, found in measures.items()]
    said = {"measure": "Measure", "unit": "Unit", "n": "Patients"}
    yield Table(
        "trop2_by_response",
        pd.DataFrame(rows),
        rows="estimate",
        caption="The primary comparison, with 95% intervals.",
        columns=said | ESTIMATE | {"method": "Method"} | REASON,
    )


@result
def every_response(patients: pd.DataFrame, auc: Estimate) -> Iterator[Part]:
    """Every patient by response."""
    yield Figure(
        "trop2_by_response",
        partial(draw.scores_by_group, patients, "rai_response", RESPONSES, auc=auc),
        marks="patient",
        data=patients[["patient_id", "rai_response", "h_score"]],
        public=Grouped(y="h_score", by="rai_response", ylabel="Trop2 H-score"),
        alt="Trop2 H-score of every patient by response to radioiodine, and the ROC curve",
        caption="Trop2 H-score of the primary tumour by response to ¹³¹I. **a** Every patient "
        "(dots), quartiles (box) and density; dashed lines part the bands. **b** Receiver "
        "operating characteristic, with the AUC and its 95% interval.",
    )


@result
def rules(under_rules: pd.DataFrame) -> Iterator[Part]:
    """The primary comparison under other rules of combining reads."""
    said = {"reader_rule": "Readers", "block_rule": "Blocks", "score": "Score"}
    yield Table(
        "trop2_rules",
        under_rules,
        rows="setting",
        caption="The comparison under other rules, and of other scores.",
        columns=said | SHIFT | REASON,
        formats=dict.fromkeys(("shift", "shift_low", "shift_high"), ".1f") | {"auc": ".2f"},
        measures=["median_reference", "median_compared"],
        rests_on=["n_reference", "n_compared"],
    )


@result
def by_course(shift: Estimate, auc: Estimate) -> Iterator[Part]:
    """Rapid against stable disease."""
    label = "H-score, rapid − stable"
    yield Number("trop2_rapid_shift", shift, format=".1f", null=0, label=label)
    yield Number("trop2_rapid_auc", auc, null=0.5, label="AUC, rapid against stable")


@result
def every_course(resistant: pd.DataFrame, auc: Estimate) -> Iterator[Part]:
    """Every non-responder by course of the disease."""
    yield Figure(
        "trop2_by_course",
        partial(draw.scores_by_group, resistant, "progression", COURSES, auc=auc),
        marks="patient",
        data=resistant[["patient_id", "progression", "h_score"]],
        public=Grouped(y="h_score", by="progression", ylabel="Trop2 H-score"),
        alt="Trop2 H-score of every non-responder by course of the disease, and the ROC curve",
        caption="Trop2 H-score of the primary tumour of non-responders by course of the disease. "
        "**a** Every patient, quartiles and density. **b** Receiver operating characteristic for "
        "rapid progression.",
    )


@result
def definitions(answers: pd.DataFrame) -> Iterator[Part]:
    """Both comparisons under every definition of the classes.

    Args:
        answers: as `definitions.answers_by_definition` returns.
    """
    label = "Definitions of the classes, the analysed one included"
    yield Number("n_definitions", len(answers), format="d", people=False, label=label)
    yield Table(
        "answers_by_definition",
        answers,
        rows="setting",
        caption="Both comparisons under every definition of the classes, the analysed one first; "
        "intervals and reasons are in the file.",
        columns=ANSWERS,
        formats={"shift": ".1f", "course_shift": ".1f", "auc": ".2f"},
        rests_on=CLASSES,
    )
    yield Figure(
        "answers_by_definition",
        partial(answers_figure, answers),
        marks="setting",
        alt="Estimates of both comparisons with their intervals, a row a definition",
        caption="What the definition of the classes does to the answers: **a** shift of the "
        "H-score of non-responders, **b** its AUC, **c** shift in rapid against stable disease. "
        "Points with 95% intervals; the definition analysed is filled and its estimate dashed; no "
        "point where there is no estimate.",
        data=answers,
        rows="setting",
        rests_on=CLASSES,
        public=Redrawn(named(answers_figure), ("fig_answers_by_definition",)),
    )
