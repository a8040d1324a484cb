"""What the chapter on PET publishes of groups and definitions: ids, headings and captions."""

from collections.abc import Iterator, Mapping
from functools import partial

import pandas as pd

from compendium.cohort.flow_figure import flow_diagram, flow_from
from compendium.estimates import Estimate
from compendium.figures.forest import forest
from compendium.public_forms import Grouped, Redrawn, named
from compendium.published import Figure, Number, Part, Table, guarded, result
from compendium.studies.trop2 import STUDY
from compendium.trop2.definition_figure import answers_figure
from compendium.trop2.suv_figure import suv_by_group
from compendium.trop2.suv_groups import ratio_table
from compendium.trop2.suv_tissue import MEASURES, uptake_by_score
from compendium.uptake.outputs import said

TESTED = "suv_ratio_rapid_stable"
RATIO = "Rapid over stable, ratio"
COMPARED = ("n_responder", "n_non_responder", "n_stable", "n_rapid")
RATIOS = {
    "definition": "Definition",
    "n_rapid": "Rapid",
    "n_stable": "Stable",
    "suv_ratio": "SUVmax ratio, rapid / stable",
}


@result
def by_course(summary: pd.DataFrame, lesions: pd.DataFrame) -> Iterator[Part]:
    """SUVmax of metastases by course."""
    caption = said("SUVmax of metastases by course of the disease.", lesions)
    measures = ["geometric_mean", "lowest", "highest"]
    yield Table("suv_by_course", summary, rows="group", caption=caption, measures=measures)


@result
def every_lesion(lesions: pd.DataFrame) -> Iterator[Part]:
    """SUVmax of every metastasis."""
    yield Figure(
        "suv_by_course",
        partial(suv_by_group, lesions, ["stable", "rapid"]),
        marks="lesion",
        alt="SUVmax of each lesion, patient by patient, stable and rapid disease, logarithmic axis",
        caption="SUVmax of every metastasis by patient and course of the disease: a dot is a "
        "lesion, a column a patient, a bar their geometric mean.",
        data=lesions[["patient_id", "lesion_id", "group", "suv_max", "origin"]],
        public=Grouped(y="suv_max", by="group", logs=("suv_max",), ylabel="SUVmax (g/mL)"),
    )


@result
def ratio(rows: Mapping[str, Estimate]) -> Iterator[Part]:
    """The primary analysis, the first of all."""
    label = "SUVmax, rapid over stable, ratio"
    yield Number(TESTED, next(iter(rows.values())), null=1, label=label)


@result
def ratios(rows: Mapping[str, Estimate]) -> Iterator[Part]:
    """Every analysis of the ratio."""
    table = guarded(ratio_table(rows), {0: TESTED})
    caption = "Rapid over stable by each analysis."
    yield Table("suv_ratios", table, rows="setting", caption=caption)
    shown = table.rename(columns={"analysis": "label"})
    yield Figure(
        "suv_ratio_forest",
        partial(forest, shown, xlabel=RATIO),
        marks="setting",
        data=shown,
        public=Redrawn(named(forest), ("fig_suv_ratio_forest",), {"xlabel": RATIO}),
        alt="Forest plot of the ratio by each analysis",
        caption="Uptake in rapid over stable disease: the primary analysis and what changes when "
        "one choice does.",
    )


@result
def analysis_flow(flow: pd.DataFrame, sets: pd.DataFrame) -> Iterator[Part]:
    """From the candidates to each analysis.

    Args:
        flow: the study's rows of chapter 1's `eligibility_flow`.
        sets: as `analysis_flow.analysis_sets` returns.
    """
    yield Figure(
        "flow_analyses",
        partial(flow_diagram, flow, sets),
        marks="group",
        alt="Flow of patients from the candidates to tissue scored, adjusted model, PET measured",
        caption="From the candidates to each analysis of TROP2: whose tissue is scored, who is in "
        "the adjusted model, who had a PET, and whose is measured or refused.",
        data=sets,
        public=Redrawn(
            named(flow_from), ("eligibility_flow", "fig_flow_analyses"), {"study": STUDY.code}
        ),
    )


@result
def tissue(of_primary: pd.DataFrame, found: Mapping[tuple[str, str], Estimate]) -> Iterator[Part]:
    """Uptake against the tissue's Trop2.

    Args:
        of_primary: as `suv_tissue.by_patient` returns, with the score of the primary tumour.
        found: as `suv_tissue.correlations` returns.
    """
    label = "Spearman correlation of SUVmax and H-score of the primary tumour"
    yield Number("suv_trop2_rho", found["primary", "suv_max"], null=0, label=label)
    rows = [
        {"tissue": name, "uptake": MEASURES[measure], **one.as_row()}
        for (name, measure), one in found.items()
    ]
    yield Table(
        "suv_trop2",
        pd.DataFrame(rows).drop(columns=["unit", "events", "level"]),
        rows="estimate",
        caption=said(
            "Spearman correlation of uptake and H-score, patients as the units.",
            of_primary,
            "patients",
        ),
    )
    yield Figure(
        "suv_trop2",
        partial(uptake_by_score, of_primary),
        marks="patient",
        alt="SUVmax of each patient's metastases against the H-score of the primary tumour",
        caption=said(
            "Geometric mean SUVmax of each patient's metastases on ¹⁸F-Trop2 PET against the "
            "H-score of the primary tumour; a mark is a patient.",
            of_primary,
            "patients",
        ),
        data=of_primary,
        public=Grouped(
            x="h_score",
            y="suv_max",
            logs=("suv_max",),
            xlabel="H-score of the primary tumour",
            ylabel="SUVmax (g/mL)",
        ),
    )


@result
def definitions(ratios: pd.DataFrame) -> Iterator[Part]:
    """The ratio of SUVmax under every definition of the classes.

    Args:
        ratios: as `definitions.ratios_by_definition` returns.
    """
    yield Table(
        "suv_by_definition",
        ratios,
        rows="setting",
        caption="SUVmax, rapid over stable, under every definition of the classes, the analysed "
        "one first; intervals and reasons are in the file.",
        columns=RATIOS,
        formats={"suv_ratio": ".2f"},
        rests_on=COMPARED,
    )
    yield Figure(
        "suv_by_definition",
        partial(answers_figure, ratios),
        marks="setting",
        alt="Ratio of SUVmax with its interval, a row a definition",
        caption="What the definition of the classes does to the ratio of SUVmax, rapid over "
        "stable. Points with 95% intervals; the definition analysed is filled and its estimate "
        "dashed; no point where there is no estimate.",
        data=ratios,
        rows="setting",
        rests_on=COMPARED,
        public=Redrawn(named(answers_figure), ("fig_suv_by_definition",)),
    )
