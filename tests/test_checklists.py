"""Each place that a checklist of the book names holds what its row promises."""

import sys
from collections.abc import Callable
from pathlib import Path
from types import SimpleNamespace

import pytest
import yaml
from docutils import nodes
from docutils.utils import new_document
from sphinx.errors import ExtensionError

ROOT = Path(__file__).resolve().parents[1]
sys.path.insert(0, str(ROOT / "book" / "_ext"))

from compendium_book.answers import missing, require_answers  # noqa: E402
from compendium_book.checklists import ORDER  # noqa: E402
from compendium_book.numbers import traced  # noqa: E402


def section(*blocks: nodes.Node) -> nodes.section:
    return nodes.section("", nodes.title("", "Missing data"), *blocks, ids=["methods-data"])


def test_words_are_found_in_any_case_and_over_line_ends() -> None:
    place = section(nodes.paragraph("", "Missing\nvalues are counted."))
    assert missing(place, ["missing values", "Missing Data"]) == []


def test_a_word_that_is_not_there_is_named() -> None:
    place = section(nodes.paragraph("", "Missing values are counted."))
    assert missing(place, ["imputation", "counted"]) == ["imputation"]


def test_code_says_nothing() -> None:
    assert missing(section(nodes.literal_block("", "imputation")), ["imputation"]) == ["imputation"]


def test_a_number_is_looked_for_by_its_id() -> None:
    shown = traced("1.4", "1.4", data={"num": "trop2_or"}, target="num-trop2-or")
    place = section(nodes.paragraph("", "It is ", shown))
    assert missing(place, ["num:trop2_or", "num:trop2_shift"]) == ["num:trop2_shift"]


@pytest.fixture
def check(tmp_path: Path, monkeypatch) -> Callable[..., None]:
    """The event of a book of one page, whose checklists have one row."""

    def run(at: dict[str, list[str]], *, whole: bool = True) -> None:
        of = SimpleNamespace(settings={"whole": whole})
        monkeypatch.setattr("compendium_book.answers.load", lambda folder: of)
        judge(tmp_path, at)

    return run


def judge(tmp_path: Path, at: dict[str, list[str]]) -> None:
    (tmp_path / "checklists").mkdir()
    for name in ORDER:
        listed = {"name": name, "cites": "x", "items": [{"item": "12c", "asks": "x", "at": at}]}
        (tmp_path / "checklists" / f"{name}.yml").write_text(yaml.safe_dump(listed))
    page = new_document("methods")
    page += section(nodes.paragraph("", "Missing values are counted."))
    labels = SimpleNamespace(anonlabels={"methods-data": ("methods", "methods-data")})
    env = SimpleNamespace(get_domain=lambda name: labels, get_doctree=lambda name: page)
    require_answers(SimpleNamespace(srcdir=tmp_path), env)


def test_a_row_whose_place_says_it_passes(check) -> None:
    check({"Missing data <methods-data>": ["missing values", "counted"]})


def test_a_row_whose_words_are_missing_stops_the_build(check) -> None:
    with pytest.raises(
        ExtensionError,
        match=r"checklists/strobe.yml, item 12c: methods-data does not hold 'imputation'",
    ):
        check({"methods-data": ["missing values", "imputation"]})


def test_a_book_for_others_may_say_it_in_other_words(check) -> None:
    check({"methods-data": ["imputation"]}, whole=False)
