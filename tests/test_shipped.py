"""What is public by itself: references where they stand, and the project's own words."""

import json
from collections.abc import Callable
from pathlib import Path

import pytest

from compendium.files import project_root
from compendium.privacy import shipped
from compendium.privacy.citations import Bibliography
from compendium.privacy.known import KnownValues
from compendium.privacy.piece import Piece
from compendium.privacy.search import Known
from compendium.privacy.shipped import Shipped

ENTRIES = r"""
@article{zhang2020,
  author = {Zhang, Wei and M{\"u}ller, J{\o}rgen and others},
  title  = {Uptake in 2,277 patients},
  pages  = {2277--2284},
  note   = {seen by Chen Hong, 13912345678},
}
@book{smith2021, author = {Smith, John},
  title = {Regression}, year = {2021}}
"""
REFERENCE = "Wei Zhang, Jørgen Müller et al. Uptake in 2,277 patients. 2277–2284"
LINK, PAGE, CHAPTER = "html/methods.html, citation", "html/references.html", "html/x.html"


@pytest.fixture
def known(tmp_path: Path) -> Known:
    """A project with a bibliography of two entries, and a user who has a common name."""
    (tmp_path / "references.bib").write_text(ENTRIES, encoding="utf-8")
    machine = KnownValues()
    machine.add_word("zhang", "user name")
    cited = Bibliography(tmp_path / "references.bib")
    return Known(KnownValues(), machine, Shipped(tmp_path), cited, ("Zhang Wei",))


def kinds(known: Known, text: str, place: str) -> set[str]:
    return {found.kind for found in known.findings([Piece(place, text)])}


@pytest.mark.parametrize(
    ("text", "place"),
    [
        (REFERENCE, PAGE),
        (REFERENCE, LINK),
        ("John Smith. Regression. 2021", PAGE),
        (
            'author = {Zhang, Wei and M{\\"u}ller, J{\\o}rgen and others},',
            "code/book/references.bib",
        ),
    ],
)
def test_a_reference_is_public_where_references_stand(known: Known, text: str, place: str) -> None:
    assert kinds(known, text, place) == set()


@pytest.mark.parametrize(
    ("text", "place"),
    [
        ("Wei Zhang", CHAPTER),
        ("Wei Zhang", "html/methods.html, attribute"),
        ("Wei Zhang", "notebooks/02.ipynb, cell 3, output"),
        (f"{REFERENCE} Li Na", PAGE),
        (f"{REFERENCE} Li Na", LINK),
        ("Wei Zhang and John Smith. Regression.", PAGE),  # of two entries
        ("Chen Hong", PAGE),  # of a note, which no reference shows
        ("13912345678", LINK),
    ],
)
def test_an_author_is_a_name_everywhere_else(known: Known, text: str, place: str) -> None:
    assert kinds(known, text, place) - {"user name"}


def test_a_patient_who_is_named_as_an_author_is_found_in_a_reference(known: Known) -> None:
    known.values.add("Zhang Wei", "value of patient.patient_name")
    assert kinds(known, REFERENCE, PAGE) == {"value of patient.patient_name"}


def test_a_user_named_as_an_author_does_not_stop_the_book(known: Known) -> None:
    assert kinds(known, REFERENCE, PAGE) == set()
    assert kinds(known, "By Zhang Wei", "html/index.html") == set()  # as study.yml has it
    assert kinds(known, "/data of zhang", CHAPTER) == {"user name"}


def test_words_of_a_page_are_not_public_in_outputs(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(shipped, "LIST", tmp_path / "shipped.json")
    (tmp_path / "book").mkdir()
    (tmp_path / "book" / "a.md").write_text("From 2025-12-18.")
    listed = {"public": shipped.entries(tmp_path, ["book/a.md"]), "files": {}}
    (tmp_path / "shipped.json").write_text(json.dumps(listed))
    words = Shipped(tmp_path).words_at
    assert words("html/a.html") == words("notebooks/a.ipynb, cell 1, line 1") == {"2025-12-18"}
    assert words("notebooks/a.ipynb, cell 1, output, line 1") == set()


def test_the_list_names_files_that_are_there() -> None:
    """More of them may have come since; `make shipped` lists those as well."""
    root = project_root()
    assert [name for name in shipped.read_list() if not (root / name).is_file()] == []


class TestAFileAsItWasShipped:
    """Is public as a whole; by its name and every character, whatever ends its lines."""

    CODE = b"people = ['P003']\nphone = '13912345678'\n"
    BARE = b'{"cells": [{"cell_type": "code", "source": [], "metadata": {}, "outputs": []}]}'

    @pytest.fixture
    def is_file(self, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Callable:
        """The question, of a project that ships a script and a notebook."""
        files = {"src/a.py": self.CODE, "notebooks/a.ipynb": self.BARE}
        sums = {name: shipped.sum_of(name, data) for name, data in files.items()}
        listed = {"public": {}, "files": sums | {"src/shipped.json": ""}}
        (tmp_path / "shipped.json").write_text(json.dumps(listed))
        monkeypatch.setattr(shipped, "LIST", tmp_path / "shipped.json")
        return Shipped(tmp_path).is_file

    @pytest.mark.parametrize(
        ("name", "data"),
        [
            ("src/a.py", CODE),
            ("src/a.py", CODE.replace(b"\n", b"\r\n")),  # as git on Windows lays it out
            ("notebooks/a.ipynb", BARE.replace(b"{", b"{\n ")),
        ],
    )
    def test_is_taken(self, is_file: Callable, name: str, data: bytes) -> None:
        assert is_file(name, data)

    @pytest.mark.parametrize(
        ("name", "data"),
        [
            ("src/a.py", CODE + b"# P004\n"),
            ("src/a.py", CODE.replace(b"P003", b"P004")),
            ("src/b.py", CODE),
            ("notebooks/a.ipynb", BARE.replace(b"[]}]", b'["P003"]}]')),
            ("src/shipped.json", b""),
            ("src/shipped.json", b"{}"),
        ],
    )
    def test_is_not_taken(self, is_file: Callable, name: str, data: bytes) -> None:
        assert not is_file(name, data)

    def test_the_sum_of_a_stored_notebook_is_that_of_one_without_outputs(self) -> None:
        path = project_root() / "notebooks" / "01_cohort.ipynb"
        assert shipped.sum_of(path.name, shipped._given_out(path)) == shipped.sum_of(
            path.name, path.read_bytes()
        )


@pytest.mark.slow
def test_the_list_has_the_sum_of_every_file_and_every_word_of_the_pages() -> None:
    root = project_root()
    files = shipped.sums(root)
    assert shipped.shipped_files() == files, "Run `make shipped`."
    pages = [name for name in files if name.startswith(shipped.PAGES)]
    listed = shipped.read_list()
    assert shipped.entries(root, pages) == {n: e for n, e in listed.items() if n in pages}
