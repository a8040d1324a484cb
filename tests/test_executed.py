"""The executed notebooks agree with each other: n in text is n in tables, diagrams and curves."""

import html
import json
import re
from pathlib import Path

import pandas as pd
import pytest

from compendium.publish.registry import faults, read_registry, sections_of

pytestmark = pytest.mark.built

CHAPTERS = ("01_cohort", "02_trop2_ihc", "03_pet_suvmax", "04_tsh_iodine_uptake", "05_survival")


class Results:
    """The results of the demo study: reported numbers, tables and the words in figures."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder
        records = [
            json.loads((folder / "numbers" / f"{chapter}.json").read_text(encoding="utf-8"))
            for chapter in CHAPTERS
        ]
        self.numbers = {entry["id"]: entry for record in records for entry in record["numbers"]}

    def value(self, number: str) -> float:
        return self.numbers[number]["value"]

    def table(self, name: str) -> pd.DataFrame:
        return pd.read_csv(self.folder / "tables" / f"{name}.csv")

    def words(self, figure: str) -> list[str]:
        """Texts of a figure, which matplotlib keeps as comments beside their outlines."""
        svg = (self.folder / "figures" / f"{figure}.svg").read_text(encoding="utf-8")
        return [html.unescape(text) for text in re.findall(r"<!-- (.*?) -->", svg)]


@pytest.fixture(scope="module")
def results(root):
    folder = root / "results" / "demo"
    absent = [c for c in CHAPTERS if not (folder / "numbers" / f"{c}.json").is_file()]
    if absent:
        pytest.skip(f"results/demo lacks {', '.join(absent)}; `make results` writes them")
    return Results(folder)


@pytest.fixture(scope="module")
def cohort(results):
    return results.table("cohort")


def test_text_says_what_the_cohort_table_has(results, cohort):
    eligible = cohort[cohort["eligible"]]
    for group, n in eligible["rai_response"].value_counts().items():
        assert results.value(f"n_{group}") == n
    for group, n in eligible["progression"].value_counts().items():
        assert results.value(f"n_{group}") == n
    for study, rows in cohort.groupby("study"):
        assert results.value(f"n_candidates_{study.lower()}") == len(rows)
        assert results.value(f"n_eligible_{study.lower()}") == rows["eligible"].sum()
        for rule, n in rows["excluded_by"].value_counts().items():
            assert results.value(f"n_removed_{study}_{rule}".lower()) == n


@pytest.mark.parametrize("study", ["TROP2", "TSH124I"])
def test_the_flow_diagram_says_what_the_ledger_has(results, cohort, study):
    own = cohort[cohort["study"] == study]
    words = results.words(f"flow_{study.lower()}")

    def n_after(label):
        return int(words[words.index(label) + 1].removeprefix("n = "))

    assert n_after("Candidates") == len(own)
    assert n_after("Excluded") == (~own["eligible"]).sum()
    assert n_after("Eligible") == own["eligible"].sum()
    for rule, n in own["excluded_by"].value_counts().items():
        assert int(words[words.index(rule) + 2].removeprefix("n = ")) == n
    if study == "TROP2":
        for label, group in (("Responders", "responder"), ("Non-responders", "non_responder")):
            assert n_after(label) == (own["rai_response"] == group).sum()
        for label, group in (("Rapidly progressing", "rapid"), ("Stable", "stable")):
            assert n_after(label) == (own["progression"] == group).sum()


def test_table_one_has_the_patients_of_the_groups(results):
    first = results.table("table_one_response").iloc[0]
    assert (int(first["responder"]), int(first["non_responder"])) == (
        results.value("n_responder"),
        results.value("n_non_responder"),
    )
    second = results.table("table_one_course").iloc[0]
    assert (int(second["rapid"]), int(second["stable"])) == (
        results.value("n_rapid"),
        results.value("n_stable"),
    )


def test_trop2_is_compared_in_the_patients_of_the_groups(results):
    groups = results.table("trop2_groups").set_index("rai_response")
    counted = (groups["n"] + groups["missing"]).to_dict()
    assert counted == {
        "responder": results.value("n_responder"),
        "non_responder": results.value("n_non_responder"),
    }
    assert results.numbers["trop2_shift"]["n"] == groups["n"].sum()


def test_survival_is_of_the_non_responders_to_the_number_at_risk(results):
    n = results.value("n_non_responder")
    assert results.value("n_survival_patients") == n
    flow = results.table("survival_flow").set_index("endpoint")
    assert (flow["at_risk"] + flow["not_at_risk"] == n).all()
    words = results.words("survival_from_pet")
    starts = [i for i, word in enumerate(words) if word == "Number at risk"]
    at_zero = [int(words[i + 1]) for i in starts]
    assert at_zero == flow.loc[["PFS from PET", "OS from PET"], "at_risk"].tolist()


def test_both_scans_are_of_the_eligible_of_the_second_study(results, cohort):
    eligible = cohort.loc[cohort["eligible"] & (cohort["study"] == "TSH124I"), "patient_id"]
    assert results.value("tsh_patients") <= len(eligible)
    assert set(results.table("tsh_scans")["patient_id"]) <= set(eligible)


def test_every_registered_item_is_answered_by_numbers_that_are_reported(root, results):
    assert faults(read_registry(), sections_of(root / "notebooks"), results.numbers) == []
