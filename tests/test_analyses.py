"""Each analysis of the record is described by a sentence on its method, and as what it was."""

import sys
from pathlib import Path
from types import SimpleNamespace

import pytest
from docutils import nodes
from docutils.utils import new_document
from sphinx.errors import ExtensionError

ROOT = Path(__file__).resolve().parents[1]
sys.path.insert(0, str(ROOT / "book" / "_ext"))

from compendium_book import analyses  # noqa: E402
from compendium_book.numbers import traced  # noqa: E402

RANKS = "Hodges–Lehmann shift, Wilcoxon rank-sum test, exact"
METHODS = {
    "shift": RANKS,
    "hazard": "Firth's Cox model, Efron ties",
    "refused": "",
    "count": "",
}


def numbers(**methods: str) -> dict[str, dict[str, str]]:
    return {
        name: {"id": name, "method": method, "label": name, "reason": "few" * (name == "refused")}
        for name, method in methods.items()
    }


def link(words: str, *ids: str) -> traced:
    return traced(words, words, data={"num": ids[0], "analyses": " ".join(ids)}, target="x")


SHIFT = ("It is the ", link("Hodges–Lehmann shift", "shift"), " with the Wilcoxon test. ")
HAZARD = (link("Firth's Cox model", "hazard"), " gives the hazard ratio.")


def found(*parts: object, guarded: tuple[str, ...] = (), methods: dict[str, str] = METHODS):
    """The faults of a page of one paragraph."""
    page = new_document("methods")
    paragraph = nodes.paragraph("", "")
    for part in parts:
        paragraph += part.deepcopy() if isinstance(part, nodes.Node) else nodes.Text(str(part))
    page += paragraph
    env = SimpleNamespace(get_doctree=lambda name: page)
    return list(
        analyses.faults(list(analyses.sentences("methods", env)), numbers(**methods), guarded)
    )


def test_sentences_that_describe_every_analysis_pass() -> None:
    assert found(*SHIFT, *HAZARD) == []


def test_an_analysis_that_is_described_nowhere_is_named() -> None:
    (said,) = found(*SHIFT)
    assert said.startswith("the analysis hazard (Firth's Cox model, Efron ties) is described nowh")


def test_a_test_of_the_plan_is_described_even_where_it_was_refused() -> None:
    (said,) = found(*SHIFT, *HAZARD, guarded=("refused",))
    assert said.startswith("the analysis refused (of the plan) is described nowhere")
    assert found(*SHIFT, *HAZARD, " So is ", link("it", "refused"), ".", guarded=("refused",)) == []


@pytest.mark.parametrize(
    ("word", "name"),
    [
        ("log-rank test", "log-rank test"),
        ("Mann–Whitney test", "Mann–Whitney"),
        ("Kaplan and Meier's curve", "Kaplan–Meier"),
        ("t test", "t test"),
        ("Firth's penalty", "Firth"),
        ("mixed model", "random-intercept model"),
    ],
)
def test_a_sentence_that_says_another_method_is_named(word: str, name: str) -> None:
    (said,) = found("By the ", word, ", as the ", *SHIFT[1:], *HAZARD)
    assert f"says {name}, by which none of its analyses was made: {RANKS}" in said


def test_a_word_of_the_next_sentence_is_not_held_against_it() -> None:
    assert found(*SHIFT, "No log-rank test is made. ", *HAZARD, " Nor a t test.") == []


def test_words_that_lead_to_another_analysis_are_named() -> None:
    (said,) = found(*SHIFT, link("Kaplan–Meier curves", "hazard"), " come of Firth's Cox model.")[
        :1
    ]
    assert "'Kaplan–Meier curves' names hazard" in said
    assert "expected its method, Firth, to be said in these words" in said


def test_a_method_that_has_no_name_here_is_asked_for() -> None:
    said = found(
        *SHIFT, *HAZARD, " And ", link("magic", "odd"), ".", methods=METHODS | {"odd": "y"}
    )
    assert said == ["odd: METHODS of book/_ext has no name for its method, 'y'"]


def test_the_role_prints_its_words_and_leads_to_the_first_analysis(run_role) -> None:
    node = run_role("Firth's\nCox model <hazard>")
    assert node.astext() == "Firth's Cox model"
    assert node["data"] == {"num": "hazard", "analyses": "hazard"}
    assert run_role("all <*t>")["data"]["analyses"] == "shift count"


@pytest.mark.parametrize("ids", ["hazrad", "zz*", "*"])
def test_an_id_that_this_study_does_not_report_is_refused(run_role, ids: str) -> None:
    with pytest.raises(ExtensionError, match="methods, line 7: no notebook of this study reports"):
        run_role(f"Cox model <{ids}>")


def test_a_role_that_names_no_analysis_is_refused(run_role) -> None:
    with pytest.raises(ExtensionError, match="names no analysis; expected words <id>"):
        run_role("Cox model")


@pytest.fixture
def run_role(monkeypatch):
    """The role on a page of a study with the numbers above."""
    monkeypatch.setattr(
        analyses, "load", lambda srcdir: SimpleNamespace(numbers=numbers(**METHODS))
    )

    def run(text: str) -> nodes.Node:
        role = analyses.AnalysisRole()
        app = SimpleNamespace(srcdir=".")
        role.text, role.lineno = text, 7
        role.inliner = SimpleNamespace(
            document=SimpleNamespace(
                settings=SimpleNamespace(env=SimpleNamespace(app=app, docname="methods"))
            )
        )
        return role.run()[0][0]

    return run


def test_a_book_for_others_is_not_asked(monkeypatch) -> None:
    asked = SimpleNamespace(settings={"whole": False})
    monkeypatch.setattr(analyses, "load", lambda srcdir: asked)
    analyses.require_described(SimpleNamespace(srcdir="."), SimpleNamespace())


def test_the_build_stops_with_every_fault(monkeypatch) -> None:
    asked = SimpleNamespace(settings={"whole": True, "parts": []}, numbers=numbers(**METHODS))
    monkeypatch.setattr(analyses, "load", lambda srcdir: asked)
    env = SimpleNamespace(found_docs={"methods"}, get_doctree=lambda name: new_document("methods"))
    with pytest.raises(ExtensionError, match="analysis shift .*analysis hazard .*nowhere"):
        analyses.require_described(SimpleNamespace(srcdir="."), env)
