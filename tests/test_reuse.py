"""What others take up: the table of statistics, the manifest, the crate, the image."""

import csv
import io
import json
from pathlib import Path

import pytest
import yaml

from compendium.publish.crate import CONTEXT, crate_files
from compendium.publish.reuse import ANALYSIS_RESULTS, analysis_results, codecheck
from compendium.results.reading import Results, read_results

ROOT = Path(__file__).resolve().parents[1]
pytestmark = pytest.mark.slow  # the small project runs its notebooks


@pytest.fixture
def results(mini: Path, monkeypatch: pytest.MonkeyPatch) -> Results:
    monkeypatch.setenv("COMPENDIUM_ROOT", str(mini))
    return read_results(mini / "params" / "mini.yml")


def rows(results: Results) -> list[dict[str, str]]:
    return list(csv.DictReader(io.StringIO(analysis_results(results))))


def test_each_statistic_of_a_number_has_its_row(results):
    reported = {n["id"]: n for run in results.runs for n in run.record["numbers"]}
    estimate = next(n for n in reported.values() if n["low"] is not None and not n["reason"])
    found = {r["statistic"]: r for r in rows(results) if r["analysis_id"] == estimate["id"]}
    assert float(found["estimate"]["value"]) == estimate["value"]
    assert float(found["lower confidence limit"]["value"]) == estimate["low"]
    assert float(found["upper confidence limit"]["value"]) == estimate["high"]
    assert found["upper confidence limit"]["confidence_level"] == "0.95"
    assert found["estimate"]["confidence_level"] == ""
    assert {row["data"] for row in found.values()} == {"SYNTHETIC DATA"}
    assert set(reported) == {row["analysis_id"] for row in rows(results)}


def test_a_number_that_was_refused_has_its_reason_and_no_value(results):
    refused = [row for row in rows(results) if row["reason"]]
    assert refused
    assert {row["value"] for row in refused if row["statistic"] == "estimate"} == {""}


def test_the_manifest_lists_what_was_published(results):
    told = yaml.safe_load(codecheck(results, "A study", ["Mei Lin"]))
    assert told["paper"] == {"title": "A study", "authors": [{"name": "Mei Lin"}]}
    files = {entry["file"] for entry in told["manifest"]}
    published = {f"results/{output.file}" for run in results.runs for output in run.published}
    assert published <= files
    assert f"results/{ANALYSIS_RESULTS}" in files
    assert all((results.folder / name.removeprefix("results/")).is_file() for name in published)


def test_the_crate_is_read_and_shown_without_a_network(results, monkeypatch):
    (results.root / "CITATION.cff").write_bytes((ROOT / "CITATION.cff").read_bytes())
    made = crate_files(results)
    context = json.loads(made["ro-crate-metadata.json"])["@context"]
    assert json.loads(made[CONTEXT])["@id"] == context
    page = made["ro-crate-preview.html"]
    assert "02_scores" in page
    assert 'src="http' not in page


class TestImage:
    """The Dockerfile, which a workflow builds."""

    def test_it_installs_as_everybody_does(self):
        steps = (ROOT / "Dockerfile").read_text(encoding="utf-8").splitlines()
        words = [
            line.split(" ", 1)[0] for line in steps if line and not line.startswith((" ", "#"))
        ]
        assert words == ["FROM", "RUN", "WORKDIR", "COPY", "RUN", "CMD"]
        assert "FROM python:3.11-slim" in steps
        assert "RUN python install.py" in steps
        assert json.loads(steps[-1].removeprefix("CMD "))[1:] == ["make", "demo"]

    def test_no_study_goes_into_it(self):
        left_out = (ROOT / ".dockerignore").read_text(encoding="utf-8").split()
        assert {"data/*", "results", ".venv"} <= set(left_out)
        let_in = [line for line in left_out if line.startswith("!")]
        assert let_in == ["!data/README.md", "!data/external.*"]
