"""The registered studies as values: found by their modules, and true to the tables."""

import ast
from dataclasses import replace

import pandas as pd
import pytest
from study_tables import tables

from compendium.cohort.eligibility import candidates_of
from compendium.cohort.populations import flow_groups, population_table, rows_of
from compendium.errors import InputError
from compendium.pipeline.code import Code
from compendium.remembered import Remembered
from compendium.rules import Rules
from compendium.studies import STUDIES, TRACERS, TSH_LEVELS, by_code, trop2, tsh124i
from compendium.studies.conditions import Among, StartsWith, Within, Yes
from compendium.studies.populations import Population, Rows
from compendium.survival.endpoints import DERIVED
from compendium.tables import COLUMNS

ROWS = pd.DataFrame(
    {
        "age": pd.Series([17.9, 18.0, 75.0, 75.1, None], dtype="float64"),
        "done": pd.Series([True, False, None, True, False], dtype="boolean"),
        "kind": ["ptc_classic", "ftc", None, "ptc_other", "atc"],
    }
)


@pytest.mark.parametrize(
    ("condition", "holds"),
    [
        (Within("age", 18, 75), [False, True, True, False, None]),
        (Within("age", "least"), [False, True, True, True, None]),
        (Within("age"), [True, True, True, True, None]),
        (Yes("done"), [True, False, None, True, False]),
        (~Yes("done"), [False, True, None, False, True]),
        (Among("kind", ("ftc", "atc")), [False, True, None, False, True]),
        (StartsWith("kind", "ptc_"), [True, False, None, True, False]),
        (Yes("done") & StartsWith("kind", "ptc_"), [True, False, None, True, False]),
        (Yes("done") & Within("age", 18), [False, False, None, True, False]),
        (Yes("done") | Within("age", 18), [True, True, True, True, None]),
    ],
)
def test_a_condition_holds_does_not_or_is_not_known(condition, holds):
    found = condition.holds(ROWS, {"least": 18.0})
    assert [None if pd.isna(one) else bool(one) for one in found] == holds


def test_a_condition_on_a_column_that_is_not_there_is_named():
    with pytest.raises(InputError, match="asks for the column 'agee'; expected one of age, done"):
        Within("agee", 18).holds(ROWS)


def test_each_module_with_a_study_is_one_and_tables_know_it():
    assert list(STUDIES) == ["TROP2", "TSH124I"]
    assert COLUMNS["patient"]["study"].codes == tuple(STUDIES)
    assert COLUMNS["pet_scan"]["tracer"].codes == tuple(TRACERS) == ("18F-Trop2", "124I")
    assert COLUMNS["pet_scan"]["tsh_level"].codes == TSH_LEVELS == ("low", "high")


@pytest.mark.parametrize(
    ("changed", "said"),
    [
        ({}, "code 'TROP2' is declared 2 times"),
        ({"code": "TROP3"}, "registry record 'NCT07314255' is declared 2 times"),
        (
            {"code": "TROP3", "record": "NCT0", "tracers": (replace(trop2.PET, nuclide="68Ga"),)},
            "tracer '18F-Trop2' is declared 2 times",
        ),
    ],
)
def test_two_studies_that_cannot_be_told_apart_are_refused(changed, said):
    with pytest.raises(InputError, match=said):
        by_code([trop2.STUDY, replace(trop2.STUDY, **changed)])


def test_two_studies_may_share_a_tracer():
    other = replace(trop2.STUDY, code="TROP3", record="NCT0")
    assert list(by_code([trop2.STUDY, other])) == ["TROP2", "TROP3"]


@pytest.mark.parametrize("study", STUDIES.values(), ids=list(STUDIES))
class TestStudy:
    def test_its_criteria_look_at_columns_that_a_candidate_has(self, study):
        candidates = candidates_of(tables(patient=[{"patient_id": "P"}]))
        for criterion in study.criteria:
            assert len(criterion.fulfilled.holds(candidates, Rules())) == 1
            assert criterion.says.format(**candidates.iloc[0].to_dict())

    def test_its_endpoints_look_at_columns_that_exist_and_answer_an_item(self, study):
        items = {item.id for item in study.items}
        for endpoint in study.endpoints:
            assert endpoint.item in items
            for source in endpoint.sources:
                assert source.table in DERIVED or source.column in COLUMNS[source.table]

    def test_its_populations_stand_after_the_one_they_are_within_and_serve_items(self, study):
        items = {item.id for item in study.items}
        for position, population in enumerate(study.populations):
            assert set(population.serves) <= items
            earlier = (None, *study.populations[:position])
            assert population.within in earlier

    def test_the_rules_that_it_and_its_endpoints_name_are_declared(self, study):
        named = [one.rule for endpoint in study.endpoints for one in endpoint.intercurrent]
        assert set(named) <= set(study.rules) <= set(Rules.declared)
        assert len(study.rules) == len(set(study.rules))

    def test_each_item_has_an_id_of_its_own(self, study):
        ids = [item.id for item in study.items]
        assert len(ids) == len(set(ids))


def test_every_rule_applies_to_a_study():
    named = {name for study in STUDIES.values() for name in study.rules}
    assert set(Rules.declared) - named == set(), "name it among the RULES of a study"


@pytest.mark.slow
def test_whatever_reads_the_tables_is_stale_when_a_study_is_added(root):
    reached = Code(root, Remembered()).reached({"compendium.tables.COLUMNS"})
    assert {"compendium.studies.trop2", "compendium.studies.tsh124i"} <= reached


def people(**columns):
    cohort = pd.DataFrame({"patient_id": list("ABCDT"), **columns})
    scans = [{"patient_id": "B", "tracer": "18F-Trop2"}, {"patient_id": "T", "tsh_level": "low"}]
    return tables(pet_scan=scans) | {"cohort": cohort}


COHORT = {
    "study": ["TROP2"] * 4 + ["TSH124I"],
    "eligible": [True, True, True, False, True],
    "rai_response": ["responder", "non_responder", "non_responder", "non_responder", None],
    "progression": [None, "rapid", "stable", "rapid", None],
}


@pytest.mark.parametrize(
    ("population", "patients"),
    [
        (trop2.ELIGIBLE, "ABC"),
        (trop2.NON_RESPONDERS, "BC"),
        (trop2.RAPID, "B"),
        (trop2.SCANNED, "B"),
        (tsh124i.ELIGIBLE, "T"),
        (tsh124i.BOTH_SCANS, ""),
        (tsh124i.LOW_ONLY, "T"),
        (tsh124i.NOT_SCANNED, ""),
        (Population("unscanned", "Without PET", (Rows("pet_scan", none=True),)), "ACD"),
    ],
)
def test_who_belongs_to_a_population(population, patients):
    assert "".join(rows_of(people(**COHORT), population)["patient_id"]) == patients


def test_groups_of_the_flow_are_there_without_a_patient_where_the_record_names_them():
    found = flow_groups(people(**COHORT))
    assert found[["group", "parent", "patients"]].to_numpy().tolist() == [
        ["responder", "", 1],
        ["indeterminate", "", 0],
        ["non_responder", "", 2],
        ["rapid", "non_responder", 1],
        ["intermediate", "non_responder", 0],
        ["stable", "non_responder", 1],
        ["not_assessed", "non_responder", 0],
        ["low+high", "", 0],
        ["low", "", 1],
    ]


def test_one_table_says_who_is_in_which_analysis():
    scores = pd.DataFrame({"patient_id": ["A", "B", "C"], "tissue": ["primary"] * 2 + ["other"]})
    found = population_table(people(**COHORT) | {"trop2_score": scores}, ["TROP2"])
    row = found.set_index("population").loc[trop2.COMPARED.label]
    assert (row["within"], row["patients"], row["serves"]) == ("Eligible", 2, "C1, TROP2")
    untold = population_table(people(**COHORT))["population"]
    assert trop2.COMPARED.label not in set(untold)
    assert trop2.SCANNED.label in set(untold)
    without = population_table(people(**COHORT) | {"pet_scan": pd.DataFrame()}, ["TROP2"])
    assert trop2.SCANNED.label not in set(without["population"])
    assert trop2.TISSUE_SET.label in set(without["population"])
    with pytest.raises(InputError, match="'compared' looks at the table 'trop2_score'; given are"):
        rows_of(people(**COHORT), trop2.COMPARED)


def test_codes_of_studies_and_tracers_are_written_in_their_modules_only(root):
    codes = {*STUDIES, *TRACERS}
    package = root / "src" / "compendium"
    for path in sorted(package.rglob("*.py")):
        if path.parent.name == "studies":
            continue
        for node in ast.walk(ast.parse(path.read_text(encoding="utf-8"))):
            if isinstance(node, ast.Constant):
                assert node.value not in codes, f"{path}, line {node.lineno}: {node.value!r}"
