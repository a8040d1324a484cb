"""The analysis plan: dated and unchanged, the only home of its words, and its families of tests."""

import ast
import json
import math
import re
import shutil
import sys
from dataclasses import replace
from pathlib import Path

import pandas as pd
import pytest

from compendium import formatting
from compendium.notebook_file import read_notebook
from compendium.publish.guarded import guarded_tests, with_families
from compendium.publish.plan import PAGE, VERSIONS, plan_fingerprint
from compendium.published import Table, guarded
from compendium.results.record import Output, Place, output_of_table
from compendium.studies import STUDIES

sys.path.insert(0, str(Path(__file__).parents[1] / "book" / "_ext"))
from compendium_book import plan
from compendium_book.pages import filled
from compendium_book.published import Published

IN_ADVANCE = re.compile(
    r"pre-?specif|a priori|(?:named|chosen|specified|fixed|stated) (?:in advance|beforehand)"
    r"|before the data (?:were|are) seen",
    re.IGNORECASE,
)
CITES = re.compile(r"\{ref\}`(?:[^`<]*<)?(?P<label>plan-[a-z0-9-]+)>?`")
LABEL = re.compile(r"^\((plan-[a-z0-9-]+)\)=$", re.MULTILINE)
PARTS = ("TROP2", "TSH124I", "PET", "18F-Trop2", "124I")


def test_the_plan_is_the_version_that_it_says(root):
    assert plan_fingerprint(root) == VERSIONS[-1].fingerprint, (
        "the plan, its families or a rule that it cites changed: add a Version to "
        "publish/plan.py with today's date and this fingerprint"
    )
    assert [one.number for one in VERSIONS] == sorted({one.number for one in VERSIONS})


def test_a_changed_plan_has_another_fingerprint(root, tmp_path):
    (tmp_path / "book").mkdir()
    text = (root / PAGE).read_text(encoding="utf-8")
    (tmp_path / PAGE).write_text(text.replace("not dichotomised", "cut at 150"), encoding="utf-8")
    assert plan_fingerprint(tmp_path) != plan_fingerprint(root)


def prose(root):
    """Each paragraph of pages and chapters, with its place."""
    pages = {path.name: path.read_text(encoding="utf-8") for path in root.glob("book/*.md")}
    for path in root.glob("notebooks/*.ipynb"):
        cells = [cell.source for cell in read_notebook(path).cells if cell.kind == "markdown"]
        pages[path.name] = "\n\n".join(cells)
    del pages[PAGE.split("/")[1]]
    for name, text in pages.items():
        for paragraph in re.split(r"\n\s*\n", text):
            yield name, paragraph


def unfounded(paragraphs, labels):
    """Paragraphs that call something fixed in advance without the place of the plan that does."""
    return [
        (name, found[0])
        for name, paragraph in paragraphs
        for found in [IN_ADVANCE.search(paragraph)]
        if found and not {cited["label"] for cited in CITES.finditer(paragraph)} & labels
    ]


def test_only_what_stands_in_the_plan_is_called_so(root):
    labels = set(LABEL.findall((root / PAGE).read_text(encoding="utf-8")))
    assert unfounded(prose(root), labels) == []
    assert unfounded([("x", "Four pre-specified tests.")], labels) == [("x", "pre-specif")]
    cited = "The pre-specified covariates of {ref}`plan-trop2-adjusted`."
    assert unfounded([("x", cited)], labels) == []


@pytest.mark.slow
def test_no_caption_or_label_of_the_package_calls_something_so(root):
    found = [
        f"{path.name}: {node.value}"
        for path in sorted((root / "src").rglob("*.py"))
        for node in ast.walk(ast.parse(path.read_text(encoding="utf-8")))
        if isinstance(node, ast.Constant) and isinstance(node.value, str)
        if IN_ADVANCE.search(node.value)
    ]
    assert [one for one in found if not one.startswith(("cutoff.py",))] == []


def test_registered_comparisons_are_guarded_and_the_genes_are_ours():
    items = {
        test.number: test.item
        for study in STUDIES.values()
        for family in study.families
        for test in family.tests
    }
    assert items == {
        "trop2_shift": "C1",
        "trop2_rapid_shift": "C2",
        "suv_ratio_rapid_stable": "C2",
        "trop2_adjusted_or": "",
        "braf_by_response": "",
        "tert_by_response": "",
        "tsh_ratio": "UPTAKE",
        "tsh_avidity": "AVIDITY",
    }


def test_what_the_plan_says_of_items_is_said_of_registered_ones():
    for study in STUDIES.values():
        known = {item.id for item in study.items}
        named = [test.item for family in study.families for test in family.tests if test.item]
        named += [one.item for one in (*study.expected, *study.choices)]
        assert set(named) <= known


def entry(number, p, reason=""):
    return {"id": number, "p": p, "reason": reason, "value": 1.0, "format": ".2f", "unit": ""}


def record(**p):
    numbers = [
        entry(name, value, "" if value is not None else "3 events") for name, value in p.items()
    ]
    return {"numbers": numbers, "published": []}


def adjusted(records, parts=PARTS):
    return {
        one["id"]: one.get("p_holm")
        for changed in with_families(records, parts)
        for one in changed["numbers"]
    }


def test_a_family_is_adjusted_over_chapters():
    chapters = [
        record(braf_by_response=0.01, tert_by_response=0.04),
        record(trop2_shift=0.02, trop2_rapid_shift=0.5, trop2_adjusted_or=0.02),
        record(suv_ratio_rapid_stable=0.9, hr_trop2_pfs=0.03),
    ]
    assert adjusted(chapters) == {
        "braf_by_response": pytest.approx(0.05),
        "tert_by_response": pytest.approx(0.12),
        "trop2_shift": None,  # alone in its family
        "trop2_rapid_shift": 1.0,
        "trop2_adjusted_or": pytest.approx(0.08),
        "suv_ratio_rapid_stable": 1.0,
        "hr_trop2_pfs": None,  # in none
    }


def test_a_test_that_cannot_be_made_still_counts():
    chapters = [record(braf_by_response=0.01, trop2_adjusted_or=None)]
    assert adjusted(chapters, ["TROP2", "18F-Trop2"]) == {
        "braf_by_response": pytest.approx(0.05),
        "trop2_adjusted_or": None,
    }
    found = {
        one.test.number: one
        for one in guarded_tests({"tsh_ratio": entry("tsh_ratio", 0.002)}, PARTS)
    }
    assert found["tsh_ratio"].p_holm == pytest.approx(0.004)
    assert math.isnan(found["tsh_avidity"].p_holm)
    assert found["tsh_avidity"].reason == "not by these data"


def test_a_test_of_a_tracer_that_nobody_was_given_is_neither_counted_nor_named():
    chapters = [record(braf_by_response=0.01, trop2_adjusted_or=None)]
    assert adjusted(chapters, ["TROP2"])["braf_by_response"] == pytest.approx(0.04)
    named = [one.test.number for one in guarded_tests({}, ["TROP2"])]
    assert "trop2_rapid_shift" in named
    assert "suv_ratio_rapid_stable" not in named


def test_families_of_studies_that_are_not_there_are_left_out():
    assert {one.study for one in guarded_tests({}, ["TSH124I", "124I"])} == {"TSH124I"}


def test_the_adjusted_p_is_shown_and_said_to_be_so():
    one = entry("tsh_ratio", 0.002)
    assert formatting.reported(one, "p") == "p = 0.002"
    assert formatting.reported(one | {"p_holm": 0.004}, "p") == "Holm-adjusted p = 0.004"
    assert formatting.both_p(one | {"p_holm": 0.004}) == "0.004 (Holm; unadjusted 0.002)"
    assert formatting.both_p(one) == "0.002"


def test_a_table_shows_the_p_of_its_family_and_never_its_own(tmp_path):
    frame = pd.DataFrame({"analysis": ["primary", "other"], "p": [0.0123, 0.25]})
    table = Table("ratios", guarded(frame, {0: "tsh_ratio"}), rows="setting", formats={"p": "p"})
    assert "0.012" not in table.html()
    assert "with its family" in table.html()
    output = output_of_table(table, Place(), [])
    (tmp_path / "tables").mkdir()
    table.frame.to_csv(tmp_path / output.file, index=False)
    published = json.loads(
        json.dumps({**output.__dict__, "adjusted": {"tsh_ratio": "0.025 (Holm)"}})
    )
    html = Output.read(published).html(tmp_path)
    assert "0.025 (Holm)" in html
    assert "0.012" not in html
    assert "0.25" in html


def test_every_guarded_row_of_a_table_is_of_a_guarded_test(root):
    named = {t.number for study in STUDIES.values() for f in study.families for t in f.tests}
    for path in (root / "src").rglob("*outputs.py"):
        text = path.read_text(encoding="utf-8")
        if "guarded(" in text:
            ids = set(re.findall(r'^(?:RATIO|ADJUSTED) = "(\w+)"', text, re.MULTILINE))
            ids |= set(re.findall(r'\("(\w+_by_response)"', text))
            assert ids <= named


@pytest.fixture
def copy(root, tmp_path):
    """A copy of a book: TSH124I with one departing rule, its avidity not tested."""
    (tmp_path / "notebooks").mkdir()
    shutil.copy(root / "notebooks" / "04_tsh_iodine_uptake.ipynb", tmp_path / "notebooks")
    numbers = {
        "tsh_ratio": entry("tsh_ratio", 0.002),
        "tsh_avidity": entry("tsh_avidity", None, "0 patients"),
        "n_eligible_tsh124i": entry("n_eligible_tsh124i", None) | {"value": 8},
        "n_low_high": entry("n_low_high", None) | {"value": 10},
        "tsh_gy": entry("tsh_gy", None, "no dose"),
    }
    told = {"label": "Label", "notebook": "04_tsh"}
    rule = {"name": "tsh_low", "value": [20, 45], "registered": [20, 40], "meaning": "TSH"}
    settings = {"parts": ["124I", "PET", "TSH124I"], "plan": VERSIONS[-1].fingerprint}
    return Published(
        settings=settings,
        runs={"04_tsh": {"departures": [rule]}},
        numbers={name: one | told for name, one in numbers.items()},
        tables={},
        figures={},
        titles={"04_tsh": "TSH"},
        srcdir=tmp_path,
    )


def test_the_plan_page_says_its_version_or_that_it_changed(copy):
    last = VERSIONS[-1]
    assert plan.version(copy).startswith(f"**Version {last.number} of {last.date}**")
    changed = replace(copy, settings=copy.settings | {"plan": "another"})
    assert plan.version(changed).startswith(f"**Changed since version {last.number}")


def test_the_departures_of_a_copy_are_those_of_its_study(copy):
    assert "NCT07314255" not in plan.from_the_record(copy)
    assert "{rule}`margin_ratio`" in plan.from_the_record(copy)
    rows = plan.numbers_expected(copy).splitlines()
    assert [line.split(" | ")[1:] for line in rows[2:]] == [
        ["Participants", "10", "{num}`n_eligible_tsh124i\\|bare`", "**yes** |"],
        ["Scanned at both levels of TSH", "10", "{num}`n_low_high\\|bare`", "no |"],
        ["Departures from the TSH windows", "0", "not by these data", "– |"],
    ]
    assert "| `tsh_low` | TSH | 20–40 | **20–45** |" in plan.rules_otherwise(copy)
    as_planned = replace(copy, runs={"04_tsh": {"departures": []}})
    assert plan.rules_otherwise(as_planned).startswith("None")
    missing = plan.unanswered(copy).splitlines()[2:]
    assert missing == [
        "| TSH124I, primary | Share of visible lesions, high − low TSH | 0 patients |",
        "| {doc}`TSH </notebooks/04_tsh>` | Label | no dose |",
    ]


def test_families_are_shown_with_both_p(copy):
    rows = plan.families(copy).splitlines()[2:]
    assert rows[0].endswith("| 0.002 | 0.004 |")
    assert rows[1].endswith("| – | – |")
    assert "registered, AVIDITY" in rows[1]
    assert len(plan.planned_families(copy).splitlines()) == 4


def test_what_follows_a_generated_part_is_no_row_of_it(copy):
    text = filled("```{generated} plan-families\n```\n\nProse.", copy)
    assert text.endswith("|\n\nProse.")
