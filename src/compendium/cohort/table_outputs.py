"""What the chapter on the cohort publishes of Table 1: ids, headings and captions."""

from collections.abc import Iterator, Mapping
from types import MappingProxyType

import pandas as pd

from compendium.estimates import Estimate
from compendium.public_forms import Balance, Levels, Link
from compendium.published import Number, Part, Table, guarded, result

DESCRIBED = (
    "mean (SD), median [quartiles] or number (%); SMD, standardised mean difference; effect with "
    "95% interval and exact p: Hodges–Lehmann shift and Wilcoxon test of a measure, AUC and "
    "Wilcoxon test of grades, conditional odds ratio and Fisher's test of a yes/no finding, "
    "Fisher–Freeman–Halton test of classes. A Tg beyond a limit of detection stands at it."
)
GENES = {
    "braf_v600e": ("braf_by_response", "BRAF V600E by response, odds ratio of non-response"),
    "tert_promoter": ("tert_by_response", "TERT mutation by response, odds ratio of non-response"),
}
"""Findings whose test by response is guarded: id and label of the number."""


@result
def genes(differing: Mapping[str, tuple[str, Estimate]]) -> Iterator[Part]:
    """The findings whose difference by response is tested under guard.

    Args:
        differing: as `table_one.differences` returns, of responders and non-responders.
    """
    for name, (number, label) in GENES.items():
        yield Number(number, differing[name][1], null=1, label=label)


@result
def described(
    name: str,
    who: str,
    groups: Mapping[str, str],
    found: pd.DataFrame,
    numbers: Mapping[str, str] = MappingProxyType({}),
) -> Iterator[Part]:
    """A table of patients' characteristics by group.

    Args:
        groups: headings of the two groups by name.
        found: as `table_one.table_one` returns.
        numbers: of variables whose test is guarded, the number that is reported of it.
    """
    if "p" in found:
        places = found["variable"].drop_duplicates().reset_index().set_index("variable")["index"]
        found = guarded(found, {int(places[v]): number for v, number in numbers.items()})
    headings = {"variable": "Variable", "level": "Level", "missing": "Missing"}
    headings |= {"overall": "Overall", **groups, "smd": "SMD", "effect": "Effect"}
    headings |= {"estimate": "Estimate", "low": "Low", "high": "High", "p": "p"}
    links: list[Link] = []
    if "overall" in found:
        links = [
            Balance(("overall",), tuple(groups)),
            Levels("variable", ("overall", *groups), "missing"),
        ]
    yield Table(
        f"table_one_{name}",
        found,
        rows="variable",
        caption=f"{who}: {DESCRIBED}",
        columns={column: said for column, said in headings.items() if column in found},
        links=links,
    )
