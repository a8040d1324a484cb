"""What the chapter on TSH publishes of the ratio: ids, labels, headings and captions."""

from collections.abc import Iterator, Mapping
from functools import partial

import numpy as np
import pandas as pd

from compendium.comparing import written
from compendium.estimates import Estimate
from compendium.public_forms import Grouped, Redrawn, named
from compendium.published import Figure, Number, Part, Table, guarded, result
from compendium.rules import Rules
from compendium.studies.tsh124i import LEVELS
from compendium.tsh import figures as draw
from compendium.tsh.effect import log_ratio, table_of
from compendium.tsh.limit_figures import ratio_forest
from compendium.tsh.scan_figure import both_scans
from compendium.uptake.outputs import said
from compendium.uptake.projection import Projection

TESTED = "tsh_ratio"
RATIO = "Ratio, high over low TSH (log scale)"
SEEN = {
    "both": "Lesions visible at both levels",
    "only_low": "Lesions visible at the low level only",
    "only_high": "Lesions visible at the high level only",
    "none": "Lesions visible at neither level",
    "unknown": "Lesions of unknown visibility",
    "not_measured": "Lesions not measured at both levels, of all kinds",
}


@result
def visibility_rule(rules: Rules) -> Iterator[Part]:
    """From what on a lesion counts as visible."""
    sds, times = rules.avid_sds, rules.avid_ratio
    label = "Visible: SD over the background"
    yield Number("tsh_sds", sds, format="g", people=False, label=label)
    label = "Visible: times the background"
    yield Number("tsh_times", times, format="g", people=False, label=label)


@result
def pairs(every: pd.DataFrame, measured: pd.DataFrame) -> Iterator[Part]:
    """Both scans, lesion by lesion."""
    patients, unmeasured = every["patient_id"].nunique(), len(every) - len(measured)
    yield Number("tsh_patients", patients, format="d", label="Patients")
    yield Number("tsh_lesions", len(every), format="d", label="Metastases on either scan")
    label = "Lesions not measured at both levels"
    yield Number("tsh_unmeasured", unmeasured, format="d", label=label)
    shown = ["patient_id", "lesion_id", "site", "diameter_mm", "suv_max_low", "suv_max_high"]
    shown += ["limit_low", "limit_high", "visibility"]
    yield Table(
        "lesion_pairs",
        every,
        rows="lesion",
        caption=said("Both scans of each metastasis; SUV in g/mL.", every),
        columns={name: name for name in shown},
        max_rows=6,
    )


@result
def left_out(found: pd.DataFrame) -> Iterator[Part]:
    """Lesions that are no metastases to the study."""
    yield Number("tsh_left_out", int(found["lesions"].sum()), format="d", label="Lesions left out")
    yield Table(
        "tsh_left_out",
        found,
        rows="group",
        caption="Lesions measured on a scan that are no metastases to the study, and so in no "
        "analysis but, nodes, in a sensitivity analysis.",
        columns={"reason": "Lesion", "lesions": "Lesions", "patients": "Patients"},
    )


@result
def protocol(both: pd.DataFrame) -> Iterator[Part]:
    """Who left the protocol, and how far apart the administrations are."""
    deviating, interval = int((both["deviation"] != "").sum()), both["interval_days"].dropna()
    least, most = (interval.min(), interval.max()) if len(interval) else ("none", "none")
    yield Number("tsh_deviations", deviating, format="d", label="Patients off the protocol")
    yield Number("tsh_interval_min", least, format=".0f", label="Shortest interval, days")
    yield Number("tsh_interval_max", most, format=".0f", label="Longest interval, days")
    shown = ["patient_id", "tsh_low", "tsh_high", "interval_days", "deviation"]
    tsh = {f"tsh_{level}": written(both, f"tsh_{level}") for level in LEVELS}
    caption = "TSH (mIU/L) at both administrations."
    yield Table("tsh_scans", both.assign(**tsh)[shown], rows="patient", caption=caption)


@result
def course(labs: pd.DataFrame, both: pd.DataFrame, rules: Rules) -> Iterator[Part]:
    """TSH of each patient over time."""
    low_range, high_above = rules.tsh_low, rules.tsh_high_above
    yield Figure(
        "tsh_course",
        partial(draw.tsh_course, labs, both, low_range=low_range, high_above=high_above),
        marks="patient",
        data=both,
        alt="TSH of each patient over days, with both administrations, scans and registered ranges",
        caption="TSH during levothyroxine withdrawal, a patient a line. Points: TSH at the two "
        "administrations of ¹²⁴I, each with an arm to the day of its scan. Shaded: the "
        "registered ranges. A TSH beyond a limit of detection stands at it. Patients who deviate "
        "from the protocol are drawn in orange.",
    )


@result
def projections(views: Mapping[str, tuple[Projection, Projection]]) -> Iterator[Part]:
    """Both scans of some patients."""
    yield Figure(
        "tsh_projections",
        partial(both_scans, views),
        marks="scan",
        alt="Maximum-intensity projections of both scans of three patients, each pair on one scale",
        caption="Maximum-intensity projections at low and at high TSH of the patients with the "
        "smallest, the middle and the greatest mean ratio, cut to where the lesions "
        "are. Both scans of a patient have one SUV scale, of the square root, so that faint "
        "lesions are seen, and which ends at the hottest lesion. Outlined and numbered: the "
        "lesions’ regions.",
    )


@result
def primary(ratio: Estimate, patients: int) -> Iterator[Part]:
    """The primary analysis, and the least p that its test can give with so many patients."""
    least_p = 2.0 ** (1 - patients) if patients else "not defined"
    label = "SUVmax, high over low TSH (primary)"
    yield Number(TESTED, ratio, format=".2f", null=1, label=label)
    yield Number("tsh_least_p", least_p, format=".2g", label="Least p of the sign-flip test")


@result
def every_pair(measured: pd.DataFrame) -> Iterator[Part]:
    """Every lesion at both levels."""
    yield Figure(
        "tsh_pairs",
        partial(draw.paired_slopes, measured),
        marks="lesion",
        data=measured[["patient_id", "lesion_id", "suv_max_low", "suv_max_high", "visibility"]],
        public=Grouped(
            x="suv_max_low",
            y="suv_max_high",
            logs=("suv_max_low", "suv_max_high"),
            xlabel="SUVmax at low TSH (g/mL)",
            ylabel="SUVmax at high TSH (g/mL)",
        ),
        alt="SUVmax of every lesion at low and high TSH, a panel a patient",
        caption=said(
            "SUVmax of every lesion at both TSH levels: a line a lesion, a panel and a "
            "colour a patient, in the order of the patient’s mean ratio (×). Grey: below "
            "the median detection limit; hollow: below the lesion’s own.",
            measured,
        ),
    )


@result
def methods(
    right: Mapping[str, Estimate], mixed: Estimate, wrong: Estimate, narrower: Estimate
) -> Iterator[Part]:
    """The effect by every right method and by the wrong one."""
    yield Number("tsh_ratio_mixed", mixed, null=1, label="Ratio by the mixed model")
    label = "Ratio, lesions taken for independent"
    yield Number("tsh_ratio_wrong", wrong, format=".2f", label=label)
    label = "Width of the wrong interval, of the mixed model's"
    yield Number("tsh_narrower", narrower, format=".0%", label=label)
    interval = {"estimate": "Ratio", "low": "95% CI, low", "high": "95% CI, high", "p": "p"}
    said = {"n": "Units", "method": "Method", "reason": "Not estimable because"}
    yield Table(
        "tsh_methods",
        guarded(table_of({**right, "wrong: lesions taken for independent": wrong}), {0: TESTED}),
        rows="setting",
        columns={"analysis": "Analysis"} | interval | said,
        caption="Ratio of SUVmax, high over low TSH, by each method.",
    )


@result
def choices(made_otherwise: pd.DataFrame, on_protocol: Estimate, below: Estimate) -> Iterator[Part]:
    """The ratio where each choice is made the other way."""
    yield Number("tsh_ratio_protocol", on_protocol, null=1, label="Ratio, protocol kept")
    yield Number("tsh_ratio_censored", below, null=1, label="Ratio, censored model")
    first = ~made_otherwise["group"].duplicated()  # of each group as in the primary analysis
    made_otherwise = guarded(made_otherwise, dict.fromkeys(np.flatnonzero(first).tolist(), TESTED))
    yield Figure(
        "tsh_choices",
        partial(ratio_forest, made_otherwise, RATIO),
        marks="setting",
        public=Redrawn(named(ratio_forest), ("fig_tsh_choices",), {"xlabel": RATIO}),
        data=made_otherwise,
        alt="Forest plot of the ratio under each choice of lesions and of the measure of uptake",
        caption="The ratio of uptake, high over low TSH, under other choices, with 95% "
        "intervals. Patients are the units throughout.",
    )


@result
def visibility(kinds: pd.DataFrame, change: Estimate) -> Iterator[Part]:
    """At which level lesions are visible."""
    label = "Change of the share of visible lesions"
    yield Number("tsh_avidity", change, format=".1%", null=0, label=label)
    for kind, lesions in zip(kinds["visibility"], kinds["lesions"].tolist(), strict=True):
        yield Number(f"tsh_seen_{kind}", lesions, format="d", label=SEEN[kind])


@result
def waterfall(measured: pd.DataFrame, ratio: Estimate) -> Iterator[Part]:
    """The ratio of every lesion, in order."""
    yield Figure(
        "tsh_waterfall",
        partial(draw.waterfall, measured, ratio),
        marks="lesion",
        data=measured.assign(log_ratio=log_ratio(measured)),
        public=Grouped(y="log_ratio", ylabel="Logarithm of the ratio, high over low TSH"),
        alt="Ratio of SUVmax of every lesion in order, coloured by visibility",
        caption=said(
            "Ratio of SUVmax of every lesion, in order, by where it is visible. Dashed: the "
            "primary estimate, with its 95% interval (shaded).",
            measured,
        ),
    )
