"""Evidence against evidence: values against their usual range, their neighbours and each other.

A value that fits better in another unit is refused with both readings; so is a whole column.
"""

from collections.abc import Iterator
from dataclasses import dataclass

import pandas as pd

from compendium.study.evidence import FEWEST_FOR_A_COLUMN
from compendium.study.located import Tables, true_where
from compendium.study.problems import Problem
from compendium.tables import COLUMNS

BMI_KG_PER_M2 = (16, 35)


@dataclass(frozen=True)
class Usual:
    """The usual range of a value and, where it lies outside, what it may have been meant as."""

    table: str
    column: str
    least: float
    most: float
    readings: str


SINGLE = (
    Usual("rai_course", "activity_gbq", 0.5, 15, "in mCi it would be {gbq:.3g} GBq"),
    Usual("pet_scan", "injected_activity_mbq", 10, 1200, "in mCi it would be {mbq:.3g} MBq"),
    Usual("lesion", "diameter_mm", 3, 300, "in cm it would be {ten:.3g} mm"),
    Usual("pathology", "tumour_diameter_mm", 2, 150, "in cm it would be {ten:.3g} mm"),
    Usual("lab", "tg_ng_per_ml", 0, 1e6, "in ng/L it would be {thousandth:.3g} ng/mL"),
    Usual("rai_course", "tg_pre_ng_per_ml", 0, 1e6, "in ng/L it would be {thousandth:.3g} ng/mL"),
    Usual("rai_course", "tg_post_ng_per_ml", 0, 1e6, "in ng/L it would be {thousandth:.3g} ng/mL"),
    Usual("patient", "age_years", 4, 100, "in months it would be {twelfth:.3g} years"),
    Usual("rai_course", "tsh_miu_per_l", 5, 1000, "under hormone no 131I is given"),
    Usual("lab", "tsh_miu_per_l", 0.0005, 1000, "no assay measures so little"),
)
WHOLE = (
    Usual("rai_course", "tsh_miu_per_l", 15, 500, "10 times as much is usual before 131I"),
    Usual("lab", "tsh_miu_per_l", 0, 50, "most samples are under suppression"),
    Usual("lesion", "diameter_mm", 4, 80, "the column may be in cm"),
    Usual("pathology", "tumour_diameter_mm", 5, 80, "the column may be in cm"),
    Usual("rai_course", "activity_gbq", 0.9, 12, "the column may be in mCi or MBq"),
    Usual("patient", "age_years", 15, 90, "the column may be in months"),
    Usual("patient", "height_cm", 120, 200, "the column may be in another unit"),
    Usual("rai_course", "tg_pre_ng_per_ml", 0.05, 5000, "the column may be in another unit"),
    Usual("rai_course", "tg_post_ng_per_ml", 0, 5000, "the column may be in another unit"),
    Usual("lab", "tg_ng_per_ml", 0, 5000, "the column may be in another unit"),
    Usual("response_assessment", "sum_target_diameters_mm", 8, 400, "the column may be in cm"),
    Usual("pet_scan", "injected_activity_mbq", 15, 800, "the column may be in mCi or GBq"),
    Usual("pet_scan", "tsh_miu_per_l", 8, 500, "TSH at a scan after withdrawal"),
    Usual("pet_scan", "fwhm_mm", 2, 12, "the column may be in cm"),
)


def values_against_values(tables: Tables) -> Iterator[Problem]:
    """All that the values say against their range, their neighbours and each other."""
    for usual in SINGLE:
        yield from _single(tables, usual)
    for usual in WHOLE:
        values = tables[usual.table][usual.column]
        yield from whole_column(tables, usual.table, usual.column, values, usual.least, usual.most,
                                usual.readings)  # fmt: skip
    people = tables["patient"]
    bmi = people["weight_kg"] / (people["height_cm"] / 100) ** 2
    yield from whole_column(tables, "patient", "weight_kg", bmi, *BMI_KG_PER_M2,
                      "of body-mass index in kg/m²; the weights may be in jin or lb")  # fmt: skip


def _single(tables: Tables, usual: Usual) -> Iterator[Problem]:
    rows = tables[usual.table]
    value = rows[usual.column].astype(float)
    outside = (value < usual.least) | (value > usual.most)
    limit = COLUMNS[usual.table][usual.column].le  # beyond it the cell is an error already
    outside &= (value > 0) & (value <= (limit or float("inf")))
    rows = rows.assign(
        gbq=value * 0.037, mbq=value * 37, ten=value * 10, thousandth=value / 1000,
        twelfth=value / 12,
    )  # fmt: skip
    yield from tables.problems(
        usual.table,
        rows[true_where(outside)],
        usual.column,
        f"{usual.column} is {{{usual.column}:g}}; {usual.readings}",
        f"{usual.least:g} to {usual.most:g}, as is usual",
        "Write it in the column's unit.",
    )


def whole_column(
    tables: Tables, name: str, column: str, values: pd.Series, least: float, most: float, why: str
) -> Iterator[Problem]:
    """A problem of a column whose median lies outside its usual range."""
    known = values.astype(float).dropna()
    median = known.median() if len(known) >= FEWEST_FOR_A_COLUMN else least
    if not least <= median <= most:
        raw = tables.raw[name]
        yield Problem(
            file=raw.file,
            sheet=raw.sheet,
            table=name,
            row=1,
            column=column,
            value=f"{median:g}",
            found=f"the median of the whole column is {median:.3g} ({why})",
            expected=f"{least:g} to {most:g}",
            remedy="Write the column in its unit.",
        )
