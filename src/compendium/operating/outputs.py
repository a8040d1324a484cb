"""What the chapter on operating characteristics publishes: ids, headings and captions."""

from collections.abc import Iterator

import pandas as pd

from compendium.operating import tsh
from compendium.operating.figures import operating_figure
from compendium.published import Figure, Number, Part, Table, result

PERCENT = dict.fromkeys(("bias", "coverage", "rejects"), ".1f")


@result
def drawn_as_designed(found: pd.DataFrame, patients: int) -> Iterator[Part]:
    """What the synthetic study draws, against its design."""
    label = "Simulated patients of each group, generator"
    yield Number("generator_patients", patients, format="d", people=False, label=label)
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
def asked(studies: int, patients: int) -> Iterator[Part]:
    """How many studies of how many patients are drawn, and the detection limit."""
    for name, value in (("studies", studies), ("patients", patients)):
        label = f"Simulated TSH {name}"
        yield Number(f"operating_tsh_{name}", value, format="d", people=False, label=label)
    limit, label = tsh.DETECTION_LIMIT_SUV, "Detection limit, simulated, SUV"
    yield Number("operating_tsh_limit", limit, format="g", people=False, label=label)


@result
def drawing(found: pd.DataFrame) -> Iterator[Part]:
    """Bias and coverage of each method under each truth."""
    yield Figure(
        "operating_tsh",
        operating_figure(found),
        marks="simulation",
        alt="Bias and coverage of each method of the TSH analysis under four truths",
        caption="What each analysis of the TSH effect does under four truths: bias of the "
        "geometric mean ratio and coverage of its 95% interval, with 95% Monte Carlo intervals. "
        "The primary analysis is in the first row.",
        data=found,
    )


@result
def methods(found: pd.DataFrame) -> Iterator[Part]:
    """The primary analysis in numbers, and every method in a table."""
    for name, value in tsh.primary_numbers(found).items():
        label = name.replace("_", " ")
        key = f"operating_tsh_{name}"
        yield Number(key, value, format=".1f", people=False, label=label)
    yield Table(
        "operating_tsh",
        found,
        rows="simulation",
        columns=tsh.HEADINGS,
        formats=PERCENT,
        caption="Each method under each truth; bias, coverage and rejections in percent.",
    )
