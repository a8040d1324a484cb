"""Evidence against evidence: what is unlikely and can be right, told once for all its patients."""

from collections.abc import Iterator

import pandas as pd

from compendium.study.evidence_course import first_sums
from compendium.study.evidence_tumour import together
from compendium.study.located import Tables, true_where
from compendium.study.plausibility import STAIN_COLUMNS
from compendium.study.problems import Problem

LARGEST_TO_FIRST_SUM = 1.5
LITTLE_GBQ = 1.0
FEWEST_FOLLOWED, EARLY_SHARE = 10, 0.5
FEWEST_READS_ALIKE = 2


def unlikely(tables: Tables) -> Iterator[Problem]:
    """All that a person should look at, and that needs no correction to go on."""
    yield from _larger_than_the_sum(tables)
    yield from _little_activity(tables)
    yield from _assessed_for_part_of_the_time(tables)
    yield from _reads_alike(tables)


def _larger_than_the_sum(tables: Tables) -> Iterator[Problem]:
    lesions = tables["lesion"].dropna(subset=["patient_id", "diameter_mm"])
    first = first_sums(tables).set_index("patient_id")["sum_target_diameters_mm"]
    beyond = lesions["diameter_mm"] > LARGEST_TO_FIRST_SUM * lesions["patient_id"].map(first)
    yield from together(
        tables,
        "lesion",
        lesions[true_where(beyond)].drop_duplicates("patient_id"),
        "diameter_mm",
        f"a lesion over {LARGEST_TO_FIRST_SUM:g} times the first sum of diameters",
        "a target lesion within the sum; another may be larger, as one of bone",
    )


def _little_activity(tables: Tables) -> Iterator[Problem]:
    rows = tables["rai_course"].dropna(subset="patient_id")
    little = rows[true_where(rows["activity_gbq"] < LITTLE_GBQ)]
    yield from together(
        tables,
        "rai_course",
        little.drop_duplicates("patient_id"),
        "activity_gbq",
        f"a course of under {LITTLE_GBQ:g} GBq",
        "1.1 GBq (30 mCi) and more, as is usual; another figure may have lost a digit",
    )


def _assessed_for_part_of_the_time(tables: Tables) -> Iterator[Problem]:
    """Assessments of most patients end long before their last contact: rows may be lost."""
    last = tables["response_assessment"].groupby("patient_id")["assessment_day"].max()
    people = tables["follow_up"].dropna(subset=["patient_id", "last_contact_day"])
    people = people.drop_duplicates("patient_id").assign(last=lambda t: t["patient_id"].map(last))
    people = people[true_where(people["last"].notna() & (people["last_contact_day"] > 0))]
    early = people[true_where(people["last"] < EARLY_SHARE * people["last_contact_day"])]
    if len(people) >= FEWEST_FOLLOWED and len(early) > EARLY_SHARE * len(people):
        yield from together(
            tables,
            "follow_up",
            early,
            "last_contact_day",
            "no assessment in the second half of the follow-up",
            "assessments up to the last contact, where they were made",
        )


def _reads_alike(tables: Tables) -> Iterator[Problem]:
    """All reads of one patient are those of another, block by block and reader by reader."""
    rows = tables["ihc_read"].dropna(subset=["patient_id", *STAIN_COLUMNS])
    if rows.empty:  # as of a study without tissue
        return
    names = ["block_id", "reader_id", *STAIN_COLUMNS, "pct_membranous"]
    texts = rows[names].astype(str).agg(" ".join, axis=1)
    known = pd.DataFrame({"patient_id": rows["patient_id"], "read": texts})
    by_patient = known.sort_values("read").groupby("patient_id")["read"].agg(tuple)
    several = by_patient[by_patient.map(len) >= FEWEST_READS_ALIKE]
    again = several[several.duplicated()]
    yield from together(
        tables,
        "ihc_read",
        rows[rows["patient_id"].isin(again.index)].drop_duplicates("patient_id"),
        "patient_id",
        "the same reads as of another patient",
        "reads of their own; equal ones are possible",
    )
