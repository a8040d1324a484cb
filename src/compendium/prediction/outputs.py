"""What the chapter on survival publishes of checks and prediction: ids, captions, formats."""

from collections.abc import Iterator, Mapping
from functools import partial

import pandas as pd

from compendium.estimates import Estimate
from compendium.prediction.learners import NAMES, Learner
from compendium.prediction.performance import MEASURES
from compendium.public_forms import Redrawn, named
from compendium.published import Figure, Number, Part, Table, result
from compendium.survival import check_figures as draw
from compendium.survival.checks import HazardCurve, Schoenfeld
from compendium.survival.hazard_ratios import as_table
from compendium.survival.times import FloatArray


@result
def assumptions(tests: dict[str, Estimate], curve: HazardCurve) -> Iterator[Part]:
    """Whether hazards are proportional and the effect of Trop2 linear."""
    label = "Proportional hazards of Trop2, score test"
    yield Number("proportional_trop2", next(iter(tests.values())), null=0, label=label)
    found = as_table(tests | {"non-linearity of Trop2": curve.p_nonlinear})
    shown = found[["term", "p", "n", "events", "method", "reason"]]
    caption = "Assumptions of the model."
    yield Table("survival_checks", shown, rows="estimate", caption=caption)


@result
def residuals(found: Schoenfeld, xlabel: str) -> Iterator[Part]:
    """Scaled Schoenfeld residuals of Trop2."""
    yield Figure(
        "survival_schoenfeld",
        partial(draw.schoenfeld_residuals, found, xlabel),
        marks="patient",
        alt="Scaled Schoenfeld residuals of Trop2 over time with a smooth and its band",
        caption="Proportional hazards of Trop2: scaled Schoenfeld residuals with a smooth and its "
        "95% band; the dashed line is the model’s constant coefficient.",
    )


@result
def form(curve: HazardCurve, points: FloatArray) -> Iterator[Part]:
    """The hazard along the H-score."""
    said: dict[str, object] = {} if curve.frame.empty else {"reference": curve.reference}
    yield Figure(
        "survival_trop2_form",
        partial(draw.hazard_along, curve, points, "Trop2 H-score"),
        marks="patient",
        alt="Hazard ratio along the Trop2 H-score with its band",
        caption="Hazard ratio along the Trop2 H-score by a restricted cubic spline with its 95% "
        "band; marks are patients.",
        data=curve.frame,
        rows="point",
        public=Redrawn(
            named(draw.hazard_curve),
            ("fig_survival_trop2_form",),
            {"xlabel": "Trop2 H-score"} | said,
            note="Here without the patients.",
        ),
    )


@result
def performance(judged: dict[str, Estimate]) -> Iterator[Part]:
    """How well Trop2 predicts, corrected for optimism."""
    label = "Harrell's C of Trop2, PFS from resistance"
    yield Number("c_trop2_pfs", judged["harrell_c"], label=label)
    named = {MEASURES[measure]: value for measure, value in judged.items()}
    shown = as_table(named).drop(columns=["unit", "p", "level"])
    caption = "Prediction by Trop2."
    yield Table("survival_prediction", shown, rows="estimate", caption=caption)


@result
def learners(learned: Mapping[Learner, Estimate]) -> Iterator[Part]:
    """How well learners predict."""
    named = {NAMES[learner]: value for learner, value in learned.items()}
    shown = as_table(named)[["term", "estimate", "n", "events", "method", "reason"]]
    caption = "Harrell's C in nested cross-validation."
    yield Table("survival_learners", shown, rows="estimate", caption=caption)


@result
def decisions(benefit: pd.DataFrame, horizon_years: float) -> Iterator[Part]:
    """Whether acting on Trop2 would do good."""
    act = f"Risk of progression within {horizon_years:g} years at which to act"
    yield Figure(
        "survival_decision",
        partial(draw.net_benefit, benefit, act),
        marks="point",
        alt="Net benefit of acting on the model, on all patients and on none",
        caption="Decision curve of Trop2 for progression from resistance.",
        data=benefit,
        measures=["all", "none"],
    )
