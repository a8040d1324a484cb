"""Evidence against evidence: values against their usual range, their neighbours and each other.

A value that fits better in another unit is refused with both readings; so is a whole column.
"""

from collections.abc import Iterator
from dataclasses import dataclass

import pandas as pd

from compendium.study.evidence import FEWEST_FOR_A_COLUMN
from compendium.study.located import Tables, true_where
from compendium.study.problems import Problem, Severity
from compendium.tables import COLUMNS

DISTANT = ("lung", "bone", "liver", "brain")
T_LIMIT_MM = {"T1": 20, "T2": 40}
JUMP = 7.0
TG_RISE, TG_FALL = 30.0, 1 / 500
NEAR_COURSE_DAYS = 60
UNSTIMULATED_MIU_PER_L = 20


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
)
WHOLE = (
    Usual("rai_course", "tsh_miu_per_l", 15, 500, "10 times as much is usual before 131I"),
    Usual("lab", "tsh_miu_per_l", 0, 50, "most samples are under suppression"),
    Usual("lesion", "diameter_mm", 4, 80, "the column may be in cm"),
    Usual("pathology", "tumour_diameter_mm", 5, 80, "the column may be in cm"),
    Usual("rai_course", "activity_gbq", 0.9, 12, "the column may be in mCi or MBq"),
    Usual("patient", "age_years", 15, 90, "the column may be in months"),
)


def values_against_values(tables: Tables) -> Iterator[Problem]:
    """All that the values say against their range, their neighbours and each other."""
    for usual in SINGLE:
        yield from _single(tables, usual)
    for usual in WHOLE:
        yield from _whole(tables, usual.table, usual.column, tables[usual.table][usual.column],
                          usual.least, usual.most, usual.readings)  # fmt: skip
    people = tables["patient"]
    bmi = people["weight_kg"] / (people["height_cm"] / 100) ** 2
    yield from _whole(tables, "patient", "weight_kg", bmi, 16, 35,
                      "of body-mass index in kg/m²; the weights may be in jin or lb")  # fmt: skip
    yield from _stages(tables)
    yield from _metastases(tables)
    yield from _histology(tables)
    yield from _sums(tables)
    yield from _tg(tables)
    yield from _tsh(tables)


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


def _whole(
    tables: Tables, name: str, column: str, values: pd.Series, least: float, most: float, why: str
) -> Iterator[Problem]:
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


def _stages(tables: Tables) -> Iterator[Problem]:
    """T stage against diameter and extension (AJCC 8)."""
    rows = tables["pathology"]
    limit = rows["t_stage"].map(T_LIMIT_MM)
    rows = rows.assign(limit=limit)
    size = rows["tumour_diameter_mm"]
    far = (size > 2 * limit) | ((rows["t_stage"] == "T1") & size.notna() & (size > 2 * limit))
    yield from tables.problems(
        "pathology",
        rows[true_where(far)],
        "t_stage",
        "t_stage is {t_stage}, tumour_diameter_mm {tumour_diameter_mm:g}",
        "a T1 of at most 20 mm, a T2 of at most 40 mm (AJCC 8)",
        "Correct t_stage, or the diameter and its unit.",
    )
    yield from tables.problems(
        "pathology",
        rows[true_where((rows["t_stage"] == "T1") & (rows["extrathyroidal_extension"] == "gross"))],
        "t_stage",
        "t_stage is T1, extrathyroidal_extension gross",
        "T3 or T4 where the extension is gross (AJCC 8)",
        "Correct one of the two.",
    )
    near = rows[true_where((size > limit) & ~true_where(far))]
    what = "are T1 over 20 mm or T2 over 40 mm"
    yield from _together(tables, "pathology", near, "t_stage", what, "the stage by diameter")


def _metastases(tables: Tables) -> Iterator[Problem]:
    people = tables["patient"]
    sites = tables["lesion"]
    distant = set(sites.loc[sites["site"].isin(DISTANT), "patient_id"])
    none = true_where(~people["distant_metastasis"].astype("boolean"))
    yield from tables.problems(
        "patient",
        people[none & people["patient_id"].isin(distant)],
        "distant_metastasis",
        "distant_metastasis is no, but the table lesion has one in lung, bone, liver or brain",
        "yes where a distant lesion is recorded",
        "Correct distant_metastasis, or the lesion's site.",
    )
    stage = people["patient_id"].map(
        tables["pathology"].drop_duplicates("patient_id").set_index("patient_id")["m_stage"]
    )
    now = true_where(people["distant_metastasis"].astype("boolean"))
    for own, what, expected in (
        ((stage == "M0") & now, "have distant metastasis after M0 at diagnosis", "a later spread"),
        (
            (stage == "M1") & none,
            "have no distant metastasis after M1 at diagnosis",
            "yes after M1",
        ),
    ):
        yield from _together(
            tables, "patient", people[true_where(own)], "distant_metastasis", what, expected
        )


def _histology(tables: Tables) -> Iterator[Problem]:
    rows = tables["pathology"]
    treated = rows["patient_id"].isin(tables["rai_course"]["patient_id"])
    yield from tables.problems(
        "pathology",
        rows[rows["histology"].isin(["mtc", "atc", "benign"]) & treated],
        "histology",
        "histology is {histology}, and 131I was given",
        "a differentiated carcinoma where 131I is given",
        "Correct histology if it is a slip; the patient is not included with it.",
        "notice",
    )
    large = (rows["histology"] == "ptc_microcarcinoma") & (rows["tumour_diameter_mm"] > 10)
    yield from tables.problems(
        "pathology",
        rows[true_where(large)],
        "histology",
        "histology is ptc_microcarcinoma, tumour_diameter_mm {tumour_diameter_mm:g}",
        "at most 10 mm",
        "Correct one of the two.",
    )


def _sums(tables: Tables) -> Iterator[Problem]:
    """A sum of diameters is near the one before and after, and 0 when all have disappeared."""
    rows = tables["response_assessment"].dropna(subset=["patient_id", "assessment_day"])
    rows = rows.sort_values(["patient_id", "assessment_day"])
    sums = rows["sum_target_diameters_mm"].where(rows["sum_target_diameters_mm"] > 0)
    before = sums.groupby(rows["patient_id"]).shift()
    after = sums.groupby(rows["patient_id"]).shift(-1)
    other = before.fillna(after)
    both = after.fillna(before)
    rows = rows.assign(other=other)
    jumps = ((sums > JUMP * other) & (sums > JUMP * both)) | (
        (sums * JUMP < other) & (sums * JUMP < both)
    )
    yield from tables.problems(
        "response_assessment",
        rows[true_where(jumps)],
        "sum_target_diameters_mm",
        "the sum is {sum_target_diameters_mm:g} mm, that of the assessment beside it {other:g} mm",
        f"sums that do not differ {JUMP:g} times; one of the two may be in cm",
        "Correct the sum and its unit.",
    )
    gone = rows["lesions_disappeared"]
    empty = (rows["sum_target_diameters_mm"] == 0) & ~gone
    yield from tables.problems(
        "response_assessment",
        rows[true_where(empty)],
        "sum_target_diameters_mm",
        "the sum is 0, but lesions_disappeared is no",
        "a sum above 0, an empty cell where nothing is measurable, or yes",
        "Correct the sum or lesions_disappeared.",
    )


def _tg(tables: Tables) -> Iterator[Problem]:
    rows = tables["rai_course"]
    change = rows["tg_post_ng_per_ml"] / rows["tg_pre_ng_per_ml"].where(
        rows["tg_pre_ng_per_ml"] > 0
    )
    beyond = (change > TG_RISE) | ((change < TG_FALL) & (rows["tg_post_ng_per_ml"] > 1))
    yield from tables.problems(
        "rai_course",
        rows[true_where(beyond)],
        "tg_post_ng_per_ml",
        "Tg is {tg_pre_ng_per_ml:g} before and {tg_post_ng_per_ml:g} after the course",
        f"at most {TG_RISE:g} times as much, and no fall 500-fold; one may be in another unit",
        "Correct one of the two.",
    )
    course = rows.groupby("patient_id")["tg_pre_ng_per_ml"].median()
    samples = tables["lab"].groupby("patient_id")["tg_ng_per_ml"].median()
    share = (samples / course.where(course > 0)).dropna()
    why = "times the patients' Tg before 131I; one of the two may be in another unit"
    yield from _whole(tables, "lab", "tg_ng_per_ml", share, 1 / 500, 20, why)
    ordered = rows.sort_values(["patient_id", "course"])
    groups = ordered.groupby("patient_id")
    straight = (ordered["tg_post_ng_per_ml"] == groups["tg_pre_ng_per_ml"].shift(-1)).sum()
    swapped = (ordered["tg_pre_ng_per_ml"] == groups["tg_post_ng_per_ml"].shift(-1)).sum()
    if swapped >= 3 and swapped > straight:
        yield from _together(
            tables, "rai_course", rows.drop_duplicates("patient_id"), "tg_pre_ng_per_ml",
            f"are in a table where {swapped} times the Tg before a course is that after the next, "
            f"and {straight} times the reverse", "pre and post not exchanged", "error",
        )  # fmt: skip


def _tsh(tables: Tables) -> Iterator[Problem]:
    """A stimulated TSH has its reason: a course of 131I or a scan near it."""
    rows = tables["lab"].dropna(subset=["patient_id", "lab_day"])
    rows = rows[true_where(rows["tsh_miu_per_l"] > UNSTIMULATED_MIU_PER_L)]
    reasons = pd.concat(
        [
            tables[name][["patient_id", column]].set_axis(["patient_id", "day"], axis=1)
            for name, column in (("rai_course", "course_day"), ("pet_scan", "scan_day"))
        ]
    ).dropna()
    pairs = rows.reset_index(names="row")[["row", "patient_id", "lab_day"]].merge(reasons)
    near = pairs[(pairs["lab_day"] - pairs["day"]).abs() <= NEAR_COURSE_DAYS]
    alone = rows[~rows.index.isin(near["row"])]
    yield from tables.problems(
        "lab",
        alone,
        "tsh_miu_per_l",
        "TSH is {tsh_miu_per_l:g} on day {lab_day}, with no course or scan near it; in µIU/L it "
        "would be a thousandth",
        f"at most {UNSTIMULATED_MIU_PER_L} mIU/L under hormone",
        "Correct TSH and its unit.",
        "notice",
    )


def _together(
    tables: Tables,
    name: str,
    rows: pd.DataFrame,
    column: str,
    what: str,
    expected: str,
    severity: Severity = "notice",
) -> Iterator[Problem]:
    """One problem for all rows of a kind, with the first patients of it."""
    if rows.empty:
        return
    raw = tables.raw[name]
    patients = list(rows["patient_id"].astype(str))
    more = f" and {len(patients) - 5} more" if len(patients) > 5 else ""
    yield Problem(
        file=raw.file,
        sheet=raw.sheet,
        table=name,
        column=column,
        found=f"{len(patients)} patients {what}: {', '.join(patients[:5])}{more}",
        expected=expected,
        remedy="Look at them.",
        severity=severity,
    )
