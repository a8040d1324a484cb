"""The executed notebooks agree with each other: n in text is n in tables, diagrams and curves."""

import html
import json
import re
from dataclasses import replace
from pathlib import Path

import pandas as pd
import pytest

from compendium.privacy.small_cells import small_cells
from compendium.publish.applying import applying, applying_cells, applying_record
from compendium.publish.registry import faults, read_registry, sections_of
from compendium.published import GUARDED, IN_FAMILY
from compendium.results.reading import chapters
from compendium.results.record import Output

pytestmark = pytest.mark.built

CHAPTERS = ("01_cohort", "02_trop2_ihc", "03_pet_suvmax", "04_tsh_iodine_uptake", "05_survival")

# Counts of people that the names of their columns do not tell.
COUNTS = {
    "response_agreement": [
        "investigator_indeterminate",
        "investigator_non_responder",
        "investigator_responder",
    ],
    "progression_agreement": ["investigator_rapid", "investigator_stable"],
    "rapid_by_criterion": ["assessable", "rapid", "agreeing"],
    "response_by_limits": ["responder", "non_responder", "indeterminate", "moved"],
    "series_flags": ["n_series"],
    "fig_missing": ["values", "missing", "with_reason"],
    "survival_flow": ["progressions", "tki_starts"],
    "table_one_response": ["missing", "overall", "responder", "non_responder"],
    "table_one_course": ["missing", "overall", "stable", "rapid"],
    "tsh_crossings": ["at_low", "at_high", "gained", "lost"],
    "avidity": ["avid", "below_resolution"],
    "eligibility_flow": ["before", "removed", "after"],
}


class Results:
    """The results of the demo study: reported numbers, tables and the words in figures."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder
        records = [
            json.loads((folder / "numbers" / f"{chapter}.json").read_text(encoding="utf-8"))
            for chapter in CHAPTERS
        ]
        self.records = {record["notebook"]: record for record in records}
        self.numbers = {entry["id"]: entry for record in records for entry in record["numbers"]}
        self.outputs = [Output.read(one) for record in records for one in record["published"]]

    def record(self, chapter: str) -> dict[str, object]:
        path = self.folder / "numbers" / f"{chapter}.json"
        return json.loads(path.read_text(encoding="utf-8"))

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
    drawn = flow.loc[["PFS from PET", "OS from PET"]].query("events > 1")  # no curve of one death
    assert at_zero == drawn["at_risk"].tolist()


def test_both_scans_are_of_the_eligible_of_the_second_study(results, cohort):
    eligible = cohort.loc[cohort["eligible"] & (cohort["study"] == "TSH124I"), "patient_id"]
    assert results.value("tsh_patients") <= len(eligible)
    assert set(results.table("tsh_scans")["patient_id"]) <= set(eligible)


def test_every_registered_item_is_answered_by_numbers_that_are_reported(root, results):
    assert faults(read_registry(), sections_of(root / "notebooks"), results.numbers) == []


class TestRecord:
    """What the gate, the book and the archive are told of each output."""

    @pytest.mark.parametrize("table", COUNTS)
    def test_counts_of_people_are_known_whatever_their_column_is_called(self, results, table):
        (output,) = [one for one in results.outputs if one.id == table]
        assert set(COUNTS[table]) <= set(output.people)

    def test_small_counts_are_seen_in_columns_without_a_telling_name(self, results):
        seen = {
            one.id: small_cells(one.frame(results.folder), one.people)
            for one in results.outputs
            if one.id in COUNTS
        }
        assert 3 in seen["response_agreement"]["investigator_responder"]  # 1 non-responder
        assert 4 in seen["rapid_by_criterion"]["rapid"]
        assert 4 in seen["survival_flow"]["progressions"]  # 2 from the PET
        assert seen["series_flags"]["n_series"]

    def test_orders_and_points_are_no_counts(self, results):
        counted = {one.id: one.people for one in results.outputs}
        assert "order" not in counted["eligibility_flow"] + counted["fig_flow_trop2"]
        assert counted["trop2_groups"] == ["n", "missing"]
        assert counted["fig_survival_decision"] == []

    def test_every_table_with_a_persons_key_has_rows_of_persons(self, results):
        for output in (one for one in results.outputs if one.kind != "figure"):
            keys = {"patient_id", "lesion_id", "scan_id"} & set(results.table(output.id).columns)
            assert not keys or output.sensitivity == "person", output.id

    def test_every_output_says_what_it_is_and_where_it_was_made(self, results):
        for output in results.outputs:
            assert output.caption, output.id
            assert output.alt or output.kind != "figure", output.id
            assert output.cell_id, output.id
            assert output.execution_count, output.id

    def test_cells_are_those_of_the_notebooks(self, root, results):
        for notebook, record in results.records.items():
            stored = json.loads((root / "notebooks" / f"{notebook}.ipynb").read_text())
            cells = {cell["id"]: "".join(cell["source"]) for cell in stored["cells"]}
            for entry in [*record["published"], *record["numbers"]]:
                assert "report." in cells[entry["cell_id"]], entry["id"]

    def test_the_book_sets_each_table_from_its_file_as_the_notebook_shows_it(self, results):
        shown = {}
        for notebook in results.records:
            executed = json.loads((results.folder / "notebooks" / f"{notebook}.ipynb").read_text())
            for cell in executed["cells"]:
                for output in cell.get("outputs", []):
                    of = output.get("metadata", {}).get("compendium", {})
                    if of.get("kind") == "table":
                        shown[of["id"]] = "".join(output["data"]["text/html"])
        tables = {one.id: one for one in results.outputs if one.kind == "table" and one.max_rows}
        assert shown.keys() <= tables.keys()
        assert len(shown) > 25
        for name, text in shown.items():
            one = tables[name]  # of a guarded test the notebook does not know the p yet
            named = one.frame(results.folder).get(GUARDED, ())
            guarded = [name for name in named if isinstance(name, str) and name]
            waiting = replace(one, adjusted=dict.fromkeys(guarded, IN_FAMILY))
            assert waiting.html(results.folder) == text, name

    def test_every_table_is_on_the_page_of_all_numbers(self, root, results, monkeypatch):
        monkeypatch.syspath_prepend(root / "book" / "_ext")
        from compendium_book.pages import numbers
        from compendium_book.published import Made, Published

        from compendium.formatting import anchor

        tables = {
            entry["id"]: Made(Output.read(entry), notebook)
            for notebook, record in results.records.items()
            for entry in record["published"]
            if entry["kind"] == "table"
        }
        made_of = dict.fromkeys(("data", "notebook", "code", "lock"), "")
        runs = {name: r | {"fingerprint": made_of} for name, r in results.records.items()}
        settings, titles = {"files": [], "withheld": []}, dict.fromkeys(runs, "Chapter")
        page = numbers(Published(settings, runs, {}, tables, {}, titles, root))
        assert {"response_agreement", "progression_agreement"} <= tables.keys()
        for name in tables:
            assert f"#{anchor('listed', name)}}}" in page, name


@pytest.mark.parametrize(
    "parts",
    [
        ["TROP2"],
        ["TROP2", "18F-Trop2", "PET", "READINGS"],
        ["TSH124I", "124I", "PET", "IMAGES"],
        ["TSH124I", "124I", "PET", "READINGS"],
    ],
    ids=" ".join,
)
def test_what_a_partial_study_shows_asks_for_numbers_of_cells_that_it_shows(results, root, parts):
    shown, texts = set(), {}
    for chapter in chapters(root, parts):
        cells = json.loads((root / "notebooks" / f"{chapter}.ipynb").read_text())["cells"]
        record = applying_record(results.record(chapter), cells, parts)
        shown |= {entry["id"] for entry in record["numbers"]}
        for cell in applying_cells(cells, parts, chapter):
            if cell["cell_type"] == "markdown":
                texts[f"{chapter}, {cell['id']}"] = "".join(cell["source"])
    for page in sorted((root / "book").glob("*.md")):
        texts[page.name] = applying(page.read_text(), parts, page.name)
    asked = {
        f"{where}: {number}"
        for where, text in texts.items()
        for number in re.findall(r"\{num\}`([a-z0-9_]+)", text)
        if number not in shown
    }
    assert asked == set()
