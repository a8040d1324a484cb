"""What must hold within one row or between the rows of one table, beyond each cell's own range."""

from collections.abc import Callable, Iterator

from compendium.comparing import above
from compendium.rules import Rules
from compendium.study.located import Tables, true_where
from compendium.study.problems import Problem

BMI_LOW, BMI_HIGH = 14, 45
STAIN_COLUMNS = ["pct_0", "pct_1", "pct_2", "pct_3"]


def stain_sums(tables: Tables, rules: Rules) -> Iterator[Problem]:
    """The shares of a reading sum to 100 %, and no more cells stain at the membrane than at all.

    Rounded shares miss it by a point or two: such a reading is rescaled when it is scored.
    """
    rounding = rules.ihc_sum_points
    reads = tables["ihc_read"]
    reads = reads.assign(
        total=reads[STAIN_COLUMNS].sum(axis=1, skipna=False),
        stained=reads[STAIN_COLUMNS[1:]].sum(axis=1, skipna=False),
    )
    yield from tables.problems(
        "ihc_read",
        reads[true_where(above((reads["total"] - 100).abs(), rounding))],
        "pct_0",
        "pct_0 + pct_1 + pct_2 + pct_3 is {total:g}",
        f"100, or {100 - rounding:g} to {100 + rounding:g} by rounding",
        "Correct the read, or delete the row and give the reason in missing_reason.",
    )
    yield from tables.problems(
        "ihc_read",
        reads[true_where(above(reads["pct_membranous"], reads["stained"] + rounding))],
        "pct_membranous",
        "pct_membranous is {pct_membranous:g}, but only {stained:g}% of the cells stain",
        "at most pct_1 + pct_2 + pct_3",
        "Correct the read.",
    )


def one_tissue_and_one_antibody(tables: Tables) -> Iterator[Problem]:
    """A block has one tissue to every reader; a study has one clone, for clones differ."""
    reads = tables["ihc_read"]
    reads = reads.assign(
        first=reads.groupby(["patient_id", "block_id"])["tissue"].transform("first")
    )
    yield from tables.problems(
        "ihc_read",
        reads[
            reads["tissue"].notna() & reads["first"].notna() & (reads["tissue"] != reads["first"])
        ],
        "tissue",
        "block {block_id} is {tissue} here and {first} in an earlier row",
        "one tissue a block",
        "Correct the tissue, or give the blocks different block_ids.",
    )
    clones = reads["antibody_clone"].value_counts()
    usual = clones.index[0] if len(clones) else ""
    yield from tables.problems(
        "ihc_read",
        reads[reads["antibody_clone"].notna() & (reads["antibody_clone"] != usual)],
        "antibody_clone",
        "the clone is {antibody_clone}",
        f"{usual}, as in the other reads: clones are not interchangeable",
        "Correct it if it is a slip; else it is reported as a protocol deviation.",
        "deviation",
    )


def assessments_agree(tables: Tables) -> Iterator[Problem]:
    """Where all lesions have disappeared, none is measured and none is new."""
    rows = tables["response_assessment"]
    gone = rows["lesions_disappeared"]
    progression = rows["new_lesion"] | rows["non_target_progression"]
    for wrong, what in (
        (gone & rows["sum_target_diameters_mm"].gt(0), "the sum of diameters is above 0"),
        (gone & progression, "there is progression"),
    ):
        yield from tables.problems(
            "response_assessment",
            rows[true_where(wrong)],
            "lesions_disappeared",
            f"all lesions have disappeared, but {what}",
            "no lesion where all have disappeared",
            "Correct lesions_disappeared, or the other columns.",
        )


def plausible_people(tables: Tables) -> Iterator[Problem]:
    """No pregnant man; height, weight and pseudonym look like what they are."""
    people = tables["patient"]
    people = people.assign(bmi=people["weight_kg"] / (people["height_cm"] / 100) ** 2)
    yield from tables.problems(
        "patient",
        people[true_where((people["sex"] == "male") & people["pregnant_or_lactating"])],
        "pregnant_or_lactating",
        "a man is pregnant or lactating",
        "no, or an empty cell, for a man",
        "Correct sex or pregnant_or_lactating.",
    )
    yield from tables.problems(
        "patient",
        people[(people["bmi"] < BMI_LOW) | (people["bmi"] > BMI_HIGH)],
        "weight_kg",
        "{weight_kg:g} kg at {height_cm:g} cm is a body-mass index of {bmi:.4g}",
        f"{BMI_LOW} to {BMI_HIGH} kg/m²",
        "Check height and weight and their units.",
        "notice",
    )
    yield from tables.problems(
        "patient",
        people[people["patient_id"].str.contains(r"\d{7}", na=False)],
        "patient_id",
        "the pseudonym looks like a record or identity number",
        "a pseudonym that is used nowhere else, such as P017",
        "Replace it in all tables, and keep the key outside the study.",
        "notice",
    )


def classes_agree(tables: Tables) -> Iterator[Problem]:
    """The investigator gives a course of the disease to non-responders only."""
    own = tables["investigator_class"]
    yield from tables.problems(
        "investigator_class",
        own[own["progression"].notna() & (own["rai_response"] != "non_responder")],
        "progression",
        "progression is {progression} in a patient who is {rai_response}",
        "an empty cell but for a non_responder",
        "Empty it, or correct rai_response.",
    )


CHECKS: tuple[Callable[[Tables], Iterator[Problem]], ...] = (
    one_tissue_and_one_antibody,
    assessments_agree,
    plausible_people,
    classes_agree,
)
