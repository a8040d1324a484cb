"""What the chapter on TSH publishes of limits and consequences: ids, labels and captions."""

from collections.abc import Iterator, Mapping
from functools import partial

import pandas as pd

from compendium.estimates import Estimate
from compendium.public_forms import Balance, Grouped, Redrawn, named
from compendium.published import Figure, Number, Part, Table, guarded, result
from compendium.rules import Rules
from compendium.studies.tsh124i import LEVELS
from compendium.tsh import limit_figures as draw
from compendium.tsh.margin import Verdict, table_of_verdicts
from compendium.tsh.outputs import TESTED

RATIO = "Ratio of SUVmax, high over low TSH (log scale)"
CARRY_OVER = {
    "ratio_corrected": "Ratio, corrected without any washout",
    "not_credible": "Lesions beyond the bound, without any washout",
    "longest_half_life": "Longest effective half-life with every lesion within the bound, days",
    "physical_half_life": "Physical half-life of ¹²⁴I, days",
    "credible": "Bound of credible correction, %",
}


@result
def carry_over(corrections: pd.DataFrame, residual_suv: pd.Series) -> Iterator[Part]:
    """The ratio under each assumption of what the first dose leaves."""
    seen = int(residual_suv.notna().sum())
    yield Number("tsh_residual_lesions", seen, format="d", label="Lesions with a residual scan")
    share = {"median_share": "Residual, median share", "largest_share": "largest share"}
    interval = {"estimate": "Ratio", "low": "95% CI, low", "high": "95% CI, high", "p": "p"}
    assumed = {"analysis": "Assumption", "effective_half_life_days": "Effective half-life, d"}
    yield Table(
        "tsh_carry_over",
        guarded(corrections, {0: TESTED}),
        rows="setting",
        measures=["effective_half_life_days"],
        columns=assumed | share | {"not_credible": "Lesions beyond the bound"} | interval,
        formats={"median_share": ".1%", "largest_share": ".1%"},
        caption="The ratio without and with correction for carry-over.",
    )


@result
def carry_over_limits(found: Mapping[str, Estimate | float | str]) -> Iterator[Part]:
    """What bounds the correction."""
    for name, one in found.items():
        null = 1 if name == "ratio_corrected" else None
        yield Number(f"tsh_{name}", one, format=".3g", null=null, label=CARRY_OVER[name])


@result
def carry_over_curve(curve: pd.DataFrame) -> Iterator[Part]:
    """The corrected ratio along the half-life assumed."""
    yield Figure(
        "tsh_carry_over",
        partial(draw.carry_over_curve, curve),
        marks="setting",
        public=Redrawn(
            named(draw.ratio_by_half_life),
            ("fig_tsh_carry_over",),
            note="Here without the lesions beyond the bound.",
        ),
        data=guarded(curve, {0: TESTED}),
        measures=["effective_half_life_days", "median_share", "largest_share"],
        alt="Corrected ratio against the assumed effective half-life, with lesions beyond the "
        "bound",
        caption="The ratio corrected for carry-over, with its 95% interval, against the "
        "effective half-life assumed in lesions, up to the physical half-life of ¹²⁴I; "
        "below, where there are any, the lesions whose correction is beyond the bound.",
    )


@result
def aliases() -> Iterator[Part]:
    """Which designs would tell TSH from what rises with it."""
    yield Figure(
        "tsh_aliases",
        draw.what_would_separate,
        marks="concept",
        alt="Which of five designs tells TSH from order, renal clearance, diet and residual "
        "activity",
        caption="What is confounded with TSH (columns) and which design would tell it apart "
        "(rows): not, partly or fully. As registered, the study tells TSH from none of them. By "
        "reasoning, not from data.",
    )


@result
def dose_per_gbq(doses: pd.DataFrame, ratio: Estimate) -> Iterator[Part]:
    """Projected dose per GBq at both levels."""
    label = "Dose per GBq, high over low TSH"
    yield Number("tsh_dose_ratio", ratio, null=1, label=label)
    for level in LEVELS:
        median = float(doses[f"gy_per_gbq_{level}"].median()) if len(doses) else "none"
        label = f"Median Gy/GBq, {level} TSH"
        yield Number(f"tsh_gy_{level}", median, format=".2g", label=label)


@result
def margins(found: Mapping[tuple[str, str], Verdict], rules: Rules) -> Iterator[Part]:
    """Whether the high level gains enough: verdicts in words, and the intervals behind them."""
    named = {"SUVmax": "", "avidity": "avidity_", "dose per GBq": "dose_"}
    for measure, key in named.items():
        one = found[measure, "study"]
        yield Number(f"tsh_{key}verdict", one.words, label=f"Verdict on {measure}")
        shown = ".1%" if measure == "avidity" else ".2f"
        label = f"{measure[0].upper()}{measure[1:]}, high against low TSH, 90% interval"
        yield Number(f"tsh_{key}interval_90", one.interval, format=shown, label=label)
    for name, label in (
        ("margin_ratio", "Margin of the SUVmax ratio"),
        ("margin_dose", "Margin of the dose ratio"),
    ):
        yield Number(f"tsh_{name}", rules[name], format="g", people=False, label=label)
    label = "Margin of the share of visible lesions, percentage points"
    points = 100 * rules.margin_avidity
    yield Number("tsh_margin_avidity", points, format="g", people=False, label=label)
    yield Table(
        "tsh_margins",
        table_of_verdicts(found),
        rows="setting",
        columns={
            "measure": "Measure",
            "of": "Margin of",
            "margin": "Margin",
            "estimate": "High against low",
            "low": "90% CI, low",
            "high": "90% CI, high",
            "p_gain": "p of a gain above it",
            "p_no_gain": "p of one below it",
            "verdict": "Verdict",
            "reason": "Not estimable because",
        },
        formats={"p_gain": "p", "p_no_gain": "p"},
        measures=["margin"],
        caption="Each measure of uptake against its margin, by two one-sided tests of patients; "
        "ratios, and the change in the share of visible lesions.",
    )


@result
def crossings(crossed: pd.DataFrame, rules: Rules) -> Iterator[Part]:
    """Lesions that reach each dose of interest."""
    label = "Activity of the projection, GBq"
    yield Number("tsh_therapy", rules.therapy_gbq, format="g", people=False, label=label)
    for name, row in zip(("lower", "upper"), crossed.to_dict("records"), strict=True):
        dose, label = row["threshold_gy"], f"The {name} dose, Gy"
        yield Number(f"tsh_{name}_gy", dose, format="g", people=False, label=label)
        label = f"Lesions that reach the {name} dose at high TSH only"
        yield Number(f"tsh_gained_{name}", row["gained"], format="d", label=label)
    caption, measures = "Lesions that reach a dose.", ["threshold_gy"]
    links = [Balance(("at_high", "lost"), ("at_low", "gained"))]
    yield Table(
        "tsh_crossings", crossed, rows="setting", caption=caption, measures=measures, links=links
    )


@result
def every_dose(doses: pd.DataFrame, rules: Rules) -> Iterator[Part]:
    """Projected dose of every lesion."""
    yield Figure(
        "tsh_dose",
        partial(draw.projected_dose, doses, rules.therapy_gbq, rules.doses_gy),
        marks="lesion",
        data=doses,
        public=Grouped(
            x="dose_low",
            y="dose_high",
            logs=("dose_low", "dose_high"),
            xlabel="Projected dose at low TSH (Gy)",
            ylabel="Projected dose at high TSH (Gy)",
        ),
        alt="Projected dose of every lesion at high against low TSH, with two thresholds",
        caption="Projected absorbed dose of every lesion at both TSH levels (colours: "
        "patients). Dashed: the two doses of interest; grey: no difference.",
    )


@result
def by_class(found: pd.DataFrame) -> Iterator[Part]:
    """The ratio within classes."""
    yield Figure(
        "tsh_by_class",
        partial(draw.ratio_forest, found, RATIO),
        marks="group",
        public=Redrawn(named(draw.ratio_forest), ("fig_tsh_by_class",), {"xlabel": RATIO}),
        data=found,
        alt="Forest plot of the ratio by site, diameter and BRAF",
        caption="The ratio of SUVmax, high over low TSH, within classes of lesions and patients "
        "(exploratory), with 95% intervals.",
    )
