"""What the chapter on operating characteristics publishes: ids, headings and captions."""

from collections.abc import Iterator
from functools import partial

import pandas as pd

from compendium.operating import tsh
from compendium.operating.analyses import ANALYSES
from compendium.operating.figures import NO_EFFECT, operating_figure, rejections_by_size
from compendium.published import Figure, Number, Part, Table, result

PERCENT = dict.fromkeys(("bias", "coverage", "rejects"), ".1f")
HEADINGS = {
    "analysis": "Analysis",
    "truth": "Truth",
    "true": "True value",
    "bias": "Bias",
    "level": "Interval, %",
    "coverage": "Coverage, %",
    "rejects": "Rejects, %",
    "gain": "Gain, %",
    "no_gain": "No gain, %",
}
FORMATS = {"true": ".3g", "bias": ".2g"} | dict.fromkeys(
    ("coverage", "rejects", "gain", "no_gain"), ".1f"
)


PRIMARY_NUMBERS = {
    "bias": "bias",
    "coverage": "coverage",
    "rejects": "rejections",
    "corrected": "corrected for carry-over",
    "wrong": "rejections with lesions taken for independent",
}


def with_truths_named(found: pd.DataFrame) -> pd.DataFrame:
    """Simulations whose truths have names that no reader of tables takes for a missing value."""
    return found.assign(truth=found["truth"].replace("null", NO_EFFECT))


@result
def drawn_as_designed(found: pd.DataFrame, patients: int) -> Iterator[Part]:
    """What the synthetic study draws, against its design."""
    label = "Simulated patients of each group, generator"
    yield Number("generator_patients", patients, format=",d", people=False, label=label)
    outside = int((~found["within"]).sum())
    label = "Quantities of the generator outside its design"
    yield Number("generator_outside", outside, format="d", people=False, label=label)
    yield Table(
        "generator_design",
        found,
        rows="simulation",
        formats=dict.fromkeys(("low", "high", "drawn"), ".3g"),
        caption="What the synthetic study draws from the assumed truth, against the range that its "
        "design gives.",
    )


@result
def asked(studies: int, patients: int, limit_suv: float) -> Iterator[Part]:
    """How many studies of how many patients are drawn, and the detection limit."""
    for name, value in (("studies", studies), ("patients", patients)):
        label = f"Simulated TSH {name}"
        yield Number(f"operating_tsh_{name}", value, format="d", people=False, label=label)
    label = "Detection limit, simulated, SUV"
    yield Number("operating_tsh_limit", limit_suv, format="g", people=False, label=label)


@result
def registered(found: pd.DataFrame) -> Iterator[Part]:
    """What each primary and key secondary analysis does at the registered size."""
    yield Number(
        "operating_studies",
        int(found["studies"].max()),
        format="d",
        people=False,
        label="Studies of each truth at the registered sizes",
    )
    keys = ("shift", "auc", "suv", "hr", "ratio", "avidity", "margin", "avidity_margin")
    named = dict(zip(keys, ANALYSES, strict=True))
    by_key = {(row["analysis"], row["truth"]): row for row in found.to_dict("records")}
    drawn = set(found["analysis"])
    for key, name in ((k, v) for k, v in named.items() if v in drawn):
        for truth, part in (("assumed", "coverage"), ("assumed", "rejects"), ("null", "rejects")):
            said = "no effect" if truth == "null" else f"{truth} truth"
            label = f"{name}, {said}: {'rejections' if part == 'rejects' else part}, %"
            known = (name, truth) in by_key
            value = float(by_key[name, truth][part]) if known else "not simulated"
            yield Number(
                f"operating_{key}_{part}_{truth}", value, format=".1f", people=False, label=label
            )
    yield Table(
        "operating_registered",
        with_truths_named(found),
        rows="simulation",
        columns=HEADINGS,
        formats=FORMATS,
        caption="Each primary and key secondary analysis at the registered size under each truth. "
        "Bias in the unit of the estimate, of ratios in percent; coverage, rejections and verdicts "
        "in percent of studies. Truths that say the same of a study share its simulated studies. "
        "The file has the other verdicts, the studies not estimable, and the simulation's own "
        "error.",
    )


@result
def by_size(found: pd.DataFrame) -> Iterator[Part]:
    """How often each analysis finds something by the size of the study."""
    studies = int(found["studies"].min())
    label = "Studies of each truth and size beside the registered ones"
    yield Number("operating_grid_studies", studies, format="d", people=False, label=label)
    yield Figure(
        "operating_sizes",
        partial(rejections_by_size, found, "assumed", "null"),
        marks="simulation",
        alt="Share of studies in which each analysis rejects, by patients, with and without effect",
        caption="How often each analysis rejects (of a margin: finds a gain), by the number of "
        "patients, where there is an effect (above) and where there is none (below; dashed: 5%). "
        "Bars: 95% Wilson intervals of the simulation’s own error.",
        data=with_truths_named(found),
    )


@result
def drawing(found: pd.DataFrame) -> Iterator[Part]:
    """Bias and coverage of each method under each truth."""
    yield Figure(
        "operating_tsh",
        partial(operating_figure, found),
        marks="simulation",
        alt="Bias and coverage of each method of the TSH analysis under four truths",
        caption="What each analysis of the TSH effect does under four truths: bias of the "
        "geometric mean ratio and coverage of its 95% interval, with 95% Monte Carlo intervals. "
        "The primary analysis is in the first row.",
        data=with_truths_named(found),
    )


@result
def methods(found: pd.DataFrame) -> Iterator[Part]:
    """The primary analysis in numbers, and every method in a table."""
    for name, value in tsh.primary_numbers(found).items():
        what, _, truth = name.partition("_")
        truth = "no effect" if truth == "null" else truth.replace("_", " ")
        label = f"TSH ratio, {PRIMARY_NUMBERS[what]}, {truth}, %"
        key = f"operating_tsh_{name}"
        yield Number(key, value, format=".1f", people=False, label=label)
    yield Table(
        "operating_tsh",
        with_truths_named(found),
        rows="simulation",
        columns=tsh.HEADINGS,
        formats=PERCENT,
        caption="Each method under each truth; bias, coverage and rejections in percent.",
    )
