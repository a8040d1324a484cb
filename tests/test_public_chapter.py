"""A chapter of public data: verified, fresh by content, telling of nobody of the study, excused."""

import json
import shutil
from pathlib import Path

import nbformat
import pandas as pd
import pytest
import yaml
from study_tables import as_generated
from test_pipeline import project, write_notebook  # noqa: F401

from compendium.errors import InputError
from compendium.external import PublicData, register
from compendium.figures.style import new_figure
from compendium.files import sha256
from compendium.pipeline.exploring import PUBLISHES
from compendium.pipeline.fingerprint import differences, present, read_now
from compendium.privacy import disclosure, public_data
from compendium.privacy.findings import Finding, excuses_file, read_excuses, write_review
from compendium.report import Report
from compendium.results.reading import Results, Run, read_results, recorded_parts
from compendium.rows import Sensitivity
from compendium.suppression.public import public_results

ROOT = Path(__file__).resolve().parents[1]
NAMESPACE = {"study_dir": "data/mini", "results_dir": "results/mini", "seed": 3, "factor": 2.0}
NAME = "08_public_cohorts"


@pytest.fixture
def report(project: Path, monkeypatch: pytest.MonkeyPatch) -> Report:  # noqa: F811
    """A chapter of public data in a small project whose list names one table, which is there."""
    monkeypatch.delenv("COMPENDIUM_EXTERNAL", raising=False)
    monkeypatch.setenv(PUBLISHES, str(project / "results" / "mini"))  # as the runner does
    table = project / "data" / "external" / "made.csv"
    table.parent.mkdir(parents=True)
    table.write_text("age\n40\n")
    entry = {"part": "UCI-DTC", "path": "made.csv", "what": "x", "origin": "here", "licence": "CC0"}
    entry |= {"sha256": sha256(table), "columns": ["age"]}
    (project / "data" / "external.yml").write_text(yaml.safe_dump([entry]))
    write_notebook(project, "01_mini")
    declare(project, "01_mini")
    return Report("01_mini", NAMESPACE)


def declare(project: Path, name: str) -> None:  # noqa: F811
    path = project / "notebooks" / f"{name}.ipynb"
    notebook = json.loads(path.read_text())
    notebook["metadata"]["compendium"]["data"] = "public"
    path.write_text(json.dumps(notebook))


def written(report: Report, kind: str) -> dict:
    report.save()
    return json.loads((report.results_dir / kind / "01_mini.json").read_text())


def test_notes_its_sets_and_what_it_read(project, report):  # noqa: F811
    assert report.public.table("made.csv")["age"].tolist() == [40]
    assert written(report, "numbers")["public"] == ["UCI-DTC"]
    assert written(report, "reads")["external"] == {"made.csv": register(project)[0].sha256}
    assert "UCI-DTC" in recorded_parts(report.results_dir)


def test_is_stale_when_a_set_goes_or_comes(project, report):  # noqa: F811
    reads = written(report, "reads") | {"external": {"made.csv": register(project)[0].sha256}}
    params = project / "params" / "mini.yml"
    now = read_now(reads, present(params))
    assert list(differences(reads, now)) == []
    (project / "data" / "external" / "made.csv").unlink()
    gone = read_now(reads, present(params))
    assert list(differences(reads, gone)) == ["public data made.csv is gone"]
    assert list(differences(gone, now)) == ["public data made.csv is new"]


def test_a_changed_file_stops_it_by_name(project, report):  # noqa: F811
    (project / "data" / "external" / "made.csv").write_text("age\n41\n")
    with pytest.raises(InputError, match="made.csv is not the file listed"):
        report.public.holds("UCI-DTC")


def test_may_not_tell_of_the_study(report):
    assert len(report.study.tables["patient"])
    with pytest.raises(InputError, match="tells of public data, and read patient of the study"):
        report.save()


@pytest.mark.parametrize(("rows", "refused"), [("group", True), ("simulation", False)])
def test_of_earlier_chapters_it_reads_simulations_alone(project, report, rows, refused):  # noqa: F811
    write_notebook(project, "02_mini", writes=["tables/made.csv"])
    earlier = Report("02_mini", NAMESPACE)
    earlier.table("made", pd.DataFrame({"truth": ["null", ""], "x": [1.5, 2]}), rows=rows)
    earlier.save()
    write_notebook(project, "03_mini", after=["02_mini"])
    declare(project, "03_mini")
    reader = Report("03_mini", NAMESPACE)
    found = reader.read("02_mini", "made")
    assert found["truth"].tolist()[0] == "null"  # a word, and no missing value
    assert found["truth"].isna().tolist() == [False, True]
    if refused:
        with pytest.raises(InputError, match="read 02_mini/made of the study"):
            reader.save()
    else:
        reader.save()


def test_another_chapter_may_not_read_public_data(project, report):  # noqa: F811
    write_notebook(project, "02_mini")
    with pytest.raises(InputError, match="expected compendium.data: public in its metadata"):
        _ = Report("02_mini", NAMESPACE).public


@pytest.mark.slow
def test_its_figures_bear_no_mark_of_a_synthetic_study(project, report):  # noqa: F811
    as_generated(project / "data/mini")
    marked = Report("01_mini", NAMESPACE)
    figure = new_figure()
    marked.figure("made", figure, marks="estimate", alt="nothing")
    assert [text.get_text() for text in figure.texts] == []


@pytest.fixture(scope="module")
def results() -> Results:
    """Results with the real notebook's cells, and one run of it."""
    cells = json.loads((ROOT / f"notebooks/{NAME}.ipynb").read_text())["cells"]
    of_tcga = next(
        c["id"] for c in cells if c["metadata"].get("compendium") == {"needs": ["TCGA-THCA"]}
    )
    table = {"id": "tcga_flow", "kind": "table", "file": "tables/tcga_flow.csv", "caption": "",
             "rows": "group", "sensitivity": "group", "cell_id": of_tcga}  # fmt: skip
    record = {"public": ["TCGA-THCA", "UCI-DTC"], "published": [table], "numbers": []}
    source = ROOT / "notebooks" / f"{NAME}.ipynb"
    run = Run(NAME, record, {}, source, source)
    return Results(ROOT, ROOT / "params" / "demo.yml", {"results_dir": "results/demo"}, [run])


def finding(kind: str, place: str, found: str = "") -> Finding:
    return Finding(kind, place, found, f"{len(place):016x}")


class TestReasons:
    def test_are_the_licence_of_the_set_of_whose_people_a_place_tells(self, results):
        table = finding("small cell", "tables/tcga_flow.csv, column lost, row 3")
        whole = finding("small cell", f"notebooks/{NAME}.ipynb, cell 40, output", "n 3")
        said = public_data.reasons(results, [table, whole])
        assert "TCGA-THCA: outcomes of TCGA" in said[table]
        assert "(public supplement)" in said[table]
        assert "UCI" not in said[table]
        assert "UCI-DTC: Borzooei" in said[whole]

    def test_are_given_for_no_chapter_of_the_study_and_for_no_name(self, results):
        study = finding("small cell", "tables/cohort_flow.csv, column removed, row 3")
        name = finding("name", f"notebooks/{NAME}.ipynb, cell 3")
        assert public_data.reasons(results, [study, name]) == {}

    def test_excuse_what_was_found_and_nothing_else_at_its_place(self, results, tmp_path):
        table = finding("small cell", "tables/tcga_flow.csv, column lost, row 3")
        path = tmp_path / "demo.excuses.xlsx"
        assert write_review(path, [table], public_data.reasons(results, [table])) == 0
        (excuse,) = read_excuses(path)
        assert excuse.excuses(table)
        assert not excuse.excuses(Finding(table.kind, table.place, "", "f" * 16))

    def test_stay_behind_those_that_a_person_gave(self, results, tmp_path):
        table = finding("small cell", "tables/tcga_flow.csv, column lost, row 3")
        path = tmp_path / "demo.excuses.xlsx"
        write_review(path, [table], {table: "the PI has looked"})
        write_review(path, [table], public_data.reasons(results, [table]))
        assert read_excuses(path)[0].reason == "the PI has looked"


@pytest.fixture(scope="module")
def whole() -> Results:
    return read_results(ROOT / "params" / "demo.yml")


@pytest.fixture(scope="module")
def run(whole: Results) -> Run:
    return next(run for run in whole.runs if run.notebook == NAME)


@pytest.mark.built
class TestOfTheDemo:
    """The demo's results; with public data, where they were there when it was made."""

    def test_its_sections_are_there_as_far_as_its_sets_are(self, whole, run):
        listed = pd.read_csv(whole.folder / "tables" / "public_sets.csv")
        absent = set(listed.loc[listed["here"] == "absent", "part"])
        assert set(run.record["public"]) == set(listed["part"]) - absent
        assert len(listed) == len(register(ROOT))
        assert len(pd.read_csv(whole.folder / "tables" / "not_public.csv")) == 3

    def test_others_see_it_as_it_is_and_the_gate_asks_for_the_licence(self, whole, run, tmp_path):
        if not run.record["public"]:
            pytest.skip("results/demo was made without COMPENDIUM_EXTERNAL")
        shown = public_results(whole, tmp_path, 5)
        public = next(one for one in shown.runs if one.notebook == NAME)
        assert public.record["numbers"] == run.record["numbers"]
        flow = "tables/tcga_flow.csv"
        assert (tmp_path / flow).read_bytes() == (whole.folder / flow).read_bytes()
        found = disclosure.scan(shown, people=True)
        people = [f for f in found if f.kind in public_data.KINDS]
        assert people
        assert set(public_data.reasons(shown, people)) == set(people)
        excused = excuses_file(tmp_path / "demo.yml")
        write_review(excused, found, public_data.reasons(shown, found))
        rules = read_excuses(excused)
        assert not [f for f in people if not any(rule.excuses(f) for rule in rules)]


@pytest.mark.built
@pytest.mark.slow
def test_without_any_set_it_says_so_and_publishes_all_that_it_declares(tmp_path, monkeypatch):
    monkeypatch.setenv("COMPENDIUM_EXTERNAL", str(tmp_path))
    monkeypatch.setenv(PUBLISHES, str(tmp_path))
    monkeypatch.chdir(ROOT)
    done = ROOT / "results" / "demo"
    for kind in ("numbers", "reads"):
        (tmp_path / kind).mkdir()
        shutil.copy(done / kind / "06_operating_characteristics.json", tmp_path / kind)
    (tmp_path / "tables").mkdir()
    shutil.copy(done / "tables" / "operating_registered.csv", tmp_path / "tables")
    notebook = nbformat.read(ROOT / f"notebooks/{NAME}.ipynb", as_version=4)
    namespace: dict[str, object] = {}
    for cell in notebook.cells:
        if cell.cell_type == "code":
            exec(compile(cell.source, cell.id, "exec"), namespace)
        if "parameters" in cell.metadata.get("tags", []):
            namespace |= {"results_dir": str(tmp_path), "shape_tumours": 200}
    record = json.loads((tmp_path / "numbers" / f"{NAME}.json").read_text())
    declared = set(notebook.metadata["compendium"]["writes"]) - {f"numbers/{NAME}.json"}
    assert set(record["outputs"]) == declared
    assert record["public"] == []
    values = {number["id"]: number["value"] for number in record["numbers"]}
    assert values["public_here"] == 0
    assert values["tcga_patients"] == 0
    assert {o["sensitivity"] for o in record["published"] if o["cell_id"]} <= set(Sensitivity)
    assert PublicData(ROOT).parts == []
