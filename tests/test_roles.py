"""What a notebook's roles stand for in JupyterLab: the words that the book has for them."""

import json
from pathlib import Path

import pytest

from compendium.files import sha256
from compendium.pipeline import roles
from compendium.pipeline.exploring import BESIDE
from compendium.pipeline.shown import Shown
from compendium.rules import Rules


def text_of(path: Path, text: str) -> None:
    content = json.loads(path.read_text())
    content["cells"][0]["source"] = text
    path.write_text(json.dumps(content))


def test_numbers_limits_sources_and_sections_are_those_of_the_book(project):
    prose = "In {num}`mini_patients`, {num}`mini_limit|bare`, {rule}`tg_ratio|%` {needs}`PET`."
    text_of(project / "notebooks/02_scores.ipynb", prose)
    told = roles.roles_of(project, "mini", "02_scores")
    assert told["spans"]["mini_patients"] == "12 patients"
    assert told["spans"]["mini_limit|bare"] == "0.6"
    assert told["spans"]["tg_ratio|%"] == "60"
    assert told["spans"]["PET"] == ""
    assert told["cites"]["haugen2016"] == "Haugen et al. 2016"
    assert told["refs"]["methods"] == "Methods"


def test_a_claim_and_a_figure_are_named_as_the_book_has_them(project):
    (project / "book/claims.yml").write_text(
        "gain: {cites: haugen2016, says: A gain, value: -28, unit: '%', where: abstract}\n"
        "without: {cites: haugen2016, says: No value, where: abstract}\n"
    )
    text_of(project / "notebooks/02_scores.ipynb", "By {claim}`gain`, {numref}`fig-mini-scores`.")
    told = roles.roles_of(project, "mini", "02_scores")
    assert told["spans"]["gain"] == "−28%"
    assert "without" not in told["spans"]
    assert told["refs"]["fig-mini-scores"].startswith("Figure: ")


def test_what_was_explored_since_goes_before_what_is_published(project):
    results = project / "results/mini"
    record = results / "numbers/01_cohort.json"
    told = json.loads(record.read_text())
    told["numbers"][0]["value"] = 11
    told[BESIDE] = sha256(record)
    place = results / "explore/01_cohort/numbers/01_cohort.json"
    place.parent.mkdir(parents=True)
    place.write_text(json.dumps(told))
    assert roles.latest_numbers(results)["mini_patients"]["value"] == 11
    record.write_text(record.read_text() + " ")  # published anew
    assert roles.latest_numbers(results)["mini_patients"]["value"] == 12


def test_a_caption_has_its_numbers_in_place_of_their_roles(project):
    numbers = {"own": {**roles.latest_numbers(project / "results/mini")["mini_patients"]}}
    caption = "Scores of {num}`own`, {num}`mini_patients` and {num}`nowhere`."
    said = roles.with_roles(caption, project / "results/mini", numbers, Rules())
    assert said == "Scores of 12 patients, 12 patients and {num}`nowhere`."
    bundle, _ = Shown("alt", svg="<svg/>", caption="a < b")._repr_mimebundle_()
    assert bundle["text/html"] == "<svg/><p>a &lt; b</p>"
    assert "image/svg+xml" not in bundle


@pytest.mark.parametrize(
    ("authors", "words"),
    [
        ("Lee, A. and Ma, B. and others", "Lee et al. 2001"),
        ("Lee, A. and Ma, B.", "Lee and Ma 2001"),
        ("Lee, A.", "Lee 2001"),
        ("Lee, A. and Ma, B. and Xu, C.", "Lee et al. 2001"),
    ],
)
def test_a_source_is_cited_by_author_and_year(tmp_path, authors, words):
    (tmp_path / "book").mkdir()
    entry = f"@article{{key2001,\n  author  = {{{authors}}},\n  year    = {{2001}},\n}}\n"
    (tmp_path / "book/references.bib").write_text(entry)
    assert roles.citations(tmp_path) == {"key2001": words}


def test_of_a_notebook_that_is_none_nothing_is_told(project):
    assert roles.answer(project, "mini", "nothing.ipynb")["spans"] == {}
    assert roles.answer(project, "none", "02_scores.ipynb")["spans"] == {}
