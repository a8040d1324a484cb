"""Which modules code reaches, and that their code counts and their text does not."""

import sys
from pathlib import Path

import nbformat
import pytest

from compendium.notebook_file import chapter_files
from compendium.pipeline.code import Code
from compendium.remembered import Remembered

ROOT = Path(__file__).resolve().parents[1]
FILES = {
    "toy/__init__.py": "import toy.first",
    "toy/first.py": "x = 1",
    "toy/room/__init__.py": "from toy import behind",
    "toy/room/one.py": '"""One."""\n\n\ndef one():\n    """Return one."""\n    return 1  # one\n',
    "toy/room/limits.yml": "a: 1",
    "toy/behind.py": "def late():\n    from toy import deep\n    return deep",
    "toy/deep.py": "x = 1",
    "toy/by_name.py": 'LAZY = {"x": "toy.lazy:run"}\nsaid = "toy is a word, deep too"',
    "toy/lazy.py": "def run(): ...",
    "toy/typed.py": "from typing import TYPE_CHECKING\nif TYPE_CHECKING:\n    import toy.lazy",
    "toy/alone.py": "y = 2",
}


@pytest.fixture
def root(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    for name, text in FILES.items():
        path = tmp_path / "src" / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(text)
    monkeypatch.syspath_prepend(tmp_path / "src")
    monkeypatch.delitem(sys.modules, "toy", raising=False)
    return tmp_path


def code_of(root: Path) -> Code:
    return Code(root, Remembered())


def reached(root: Path, *names: str) -> set[str]:
    return {name.removeprefix("toy") for name in code_of(root).reached(names)}


FIRST = {"", ".first"}


@pytest.mark.parametrize(
    ("name", "found"),
    [
        ("toy.alone", {".alone", *FIRST}),
        ("toy.alone.y", {".alone", *FIRST}),
        ("toy.room.one", {".room.one", ".room", ".behind", ".deep", *FIRST}),
        ("toy.by_name", {".by_name", ".lazy", *FIRST}),
        ("toy.typed", {".typed", *FIRST}),
        ("numpy.linalg", set()),
    ],
    ids=["a module", "what is in it", "packages and late imports", "by name", "types", "others"],
)
def test_what_is_reached(root: Path, name: str, found: set[str]) -> None:
    assert reached(root, name) == found


@pytest.mark.slow
@pytest.mark.parametrize(
    "text",
    [
        FILES["toy/room/one.py"].replace("Return one", "Give one"),
        FILES["toy/room/one.py"].replace("  # one", ""),
        FILES["toy/room/one.py"].replace("\n", "\r\n"),
        'def one():\n    return (\n        1\n    )\n"""Not a word is run."""\n',
    ],
)
def test_text_comments_and_layout_do_not_count(root: Path, text: str) -> None:
    before = code_of(root).hashes({"toy.room.one"})
    (root / "src/toy/room/one.py").write_bytes(text.encode())
    assert code_of(root).hashes({"toy.room.one"}) == before


@pytest.mark.slow
@pytest.mark.parametrize(
    ("file", "text"),
    [("one.py", "def one():\n    return 2"), ("limits.yml", "a: 2"), ("more.json", "{}")],
)
def test_code_and_the_data_beside_it_count(root: Path, file: str, text: str) -> None:
    before = code_of(root).hashes({"toy.room.one"})
    (root / "src/toy/room" / file).write_text(text)
    assert code_of(root).hashes({"toy.room.one"}) != before


def test_hashes_are_named_by_module_and_file(root: Path) -> None:
    assert list(code_of(root).hashes({"toy.room.one", "toy"})) == [
        "toy",
        "toy.room.one",
        "toy.room/limits.yml",
    ]


@pytest.mark.slow
def test_where_words_are_printed_the_text_counts(root: Path) -> None:
    before = code_of(root).texts("toy.room")
    path = root / "src/toy/room/one.py"
    path.write_text(path.read_text().replace('"""One."""', '"""Uno."""'))
    after = code_of(root).texts("toy.room")
    assert [name for name in before if before[name] != after[name]] == ["toy.room.one"]


class TestNotebook:
    def of(self, root: Path, *sources: str, **first: object) -> tuple[str, list[str]]:
        cells = [nbformat.v4.new_code_cell(source) for source in sources]
        for position, cell in enumerate(cells):
            cell.id = f"c{position}"
        cells[0].update(first)
        path = root / "a.ipynb"
        nbformat.write(nbformat.v4.new_notebook(cells=cells), path)
        return code_of(root).notebook(path)

    def test_names_what_it_imports(self, root: Path) -> None:
        _, names = self.of(root, "import toy.first", "from toy.room import one as o")
        assert names == ["toy.first", "toy.room.one"]

    @pytest.mark.slow
    @pytest.mark.parametrize("other", ["f( 1 )", "f(1)  # why", "f(\n    1\n)"])
    def test_layout_and_comments_do_not_count(self, root: Path, other: str) -> None:
        assert self.of(root, other) == self.of(root, "f(1)")

    @pytest.mark.slow
    @pytest.mark.parametrize("other", ["f(2)", "f(1);", "f(1)\nx"])
    def test_what_runs_or_is_shown_counts(self, root: Path, other: str) -> None:
        assert self.of(root, other) != self.of(root, "f(1)")

    @pytest.mark.slow
    def test_the_caption_that_is_published_counts(self, root: Path) -> None:
        caption = {"mystnb": {"figure": {"caption": "Scores."}}}
        assert self.of(root, "f(1)", metadata=caption) != self.of(root, "f(1)")

    @pytest.mark.slow
    def test_parameters_count_by_value_elsewhere(self, root: Path) -> None:
        tags = {"tags": ["parameters"]}
        one = self.of(root, "a = 1  # one", "f()", metadata=tags)
        assert one == self.of(root, "a = 2", "f()", metadata=tags)

    @pytest.mark.slow
    def test_a_magic_is_read_as_it_runs(self, root: Path) -> None:
        code, names = self.of(root, "%time import toy.first")
        assert code != self.of(root, "%time import toy.deep")[0]
        assert names == []

    @pytest.mark.slow
    def test_what_is_no_code_counts_as_it_stands(self, root: Path) -> None:
        assert self.of(root, "a b c") != self.of(root, "a b d")


@pytest.fixture(scope="module")
def reaches() -> dict[str, set[str]]:
    """The modules that each notebook of this project reaches."""
    code = Code(ROOT, Remembered())
    paths = chapter_files(ROOT / "notebooks")
    return {path.stem: code.reached(code.notebook(path)[1]) for path in paths}


@pytest.mark.slow
class TestThisProject:
    """The notebooks of this project reach what they use, and not each other's rooms."""

    def test_a_chapter_reaches_its_room_and_no_other(self, reaches) -> None:
        assert "compendium.survival.cox" in reaches["05_survival"]
        assert "compendium.survival.cox" not in reaches["02_trop2_ihc"]
        assert "compendium.trop2.ihc" not in reaches["04_tsh_iodine_uptake"]
        assert "petsuv.series" in reaches["03_pet_suvmax"]
        assert "petsuv.series" not in reaches["01_cohort"]

    def test_no_chapter_hangs_on_how_it_is_run_or_published(self, reaches) -> None:
        reached = {module for modules in reaches.values() for module in modules}
        for module in ("cli", "pipeline.make", "pipeline.run", "pipeline.code", "publish"):
            assert f"compendium.{module}" not in reached
