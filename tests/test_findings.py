"""Each figure says what it shows, in its caption and in its alternative text."""

import json
import re

import pytest
from mini_study import ROOT

from compendium.errors import InputError
from compendium.publish.findings import read_findings, with_findings

SAID = "{when}`shift estimated` It is {verdict}`shift|higher|lower|open`: {num}`shift|bare`.\n"
SCHEMES = {"trop2_causes", "tsh_aliases"}  # by reasoning: the caption itself says what follows
EXAMPLES = {"pet_projections"}  # one scan, so that readers see what is measured
NUMBERS = re.compile(r"`([a-z][a-z0-9_]+)[`| ]")


def records(value=12.0, reason=""):
    number = {
        "id": "shift", "label": "Shift", "value": value, "low": 3.0, "high": 20.0, "null": 0,
        "unit": "points", "n": 9, "p": 0.01, "reason": reason, "format": ".0f", "people": False,
        "level": 0.95, "share": False, "method": "", "events": None,
    }  # fmt: skip
    figure = {"id": "scores", "kind": "figure", "caption": "Scores.", "alt": "Two boxes"}
    return [{"numbers": [number], "published": [figure, figure | {"kind": "data"}]}]


def test_the_finding_is_chosen_by_its_number():
    (record,) = with_findings(records(), {"scores": SAID}, ["TROP2"])
    figure, data = record["published"]
    assert figure["caption"] == "Scores. It is higher: {num}`shift|bare`."
    assert figure["alt"] == "Two boxes. It is higher: 12."
    assert data["caption"] == "Scores."


def test_a_figure_without_a_finding_stays_as_it_was():
    for findings in ({}, {"scores": SAID}):
        made = records() if not findings else records(None, "too few")
        assert with_findings(made, findings, ["TROP2"]) == made


def test_a_finding_of_a_number_that_nobody_reports_is_refused():
    with pytest.raises(InputError, match="findings.yml, scores: {when} asks for 'shifts'"):
        with_findings(records(), {"scores": SAID.replace("`shift e", "`shifts e")}, ["TROP2"])


def drawn():
    """The figures that the notebooks declare."""
    for path in sorted((ROOT / "notebooks").glob("0*.ipynb")):
        notebook = json.loads(path.read_text(encoding="utf-8"))
        for file in notebook["metadata"].get("compendium", {}).get("writes", []):
            if str(file).startswith("figures/"):
                yield path.stem, str(file).removeprefix("figures/").removesuffix(".svg")


def test_every_figure_of_the_notebooks_has_a_finding():
    figures = {name for _, name in drawn()}
    assert set(read_findings(ROOT / "book")) == figures - SCHEMES - EXAMPLES


def test_every_figure_is_cited_in_its_chapter():
    uncited = []
    for chapter, name in drawn():
        text = (ROOT / "notebooks" / f"{chapter}.ipynb").read_text(encoding="utf-8")
        if not re.search(rf"[`, ]fig-{name.replace('_', '-')}[`,]", text):
            uncited.append(name)
    assert uncited == []
