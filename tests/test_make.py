"""Stale is only what is stale: what is made again after which change, and how it is said."""

import json
import os
import shutil
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path

import pytest
from made_project import CELLS, Project, run_here, write_notebook, write_project

from compendium import remembered
from compendium.errors import InputError, RunFailed

pytestmark = pytest.mark.slow  # each test brings a project up to date two or three times

EVERY = ["01_base", "02_scores", "03_images", "05_late", "book"]


@pytest.fixture(scope="module")
def made(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The project after its first make."""
    root = tmp_path_factory.mktemp("made") / "project"
    root.mkdir()
    write_project(root)
    with pytest.MonkeyPatch.context() as patch:
        assert Project(root, patch).make() == EVERY
    return root


@pytest.fixture
def project(made: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Project:
    """A copy of it elsewhere, with times of its own."""
    root = tmp_path / "elsewhere"
    shutil.copytree(made, root, copy_function=shutil.copyfile)
    return Project(root, monkeypatch)


def test_results_that_were_copied_or_moved_are_fresh(project: Project) -> None:
    shutil.rmtree(project.root / ".compendium")
    assert project.make() == []
    assert set(project.status().values()) == {""}


def in_place(path: Path, content: bytes) -> None:
    """Other content of the same length in the same file, under its old times."""
    seen = path.stat()
    assert len(content) == seen.st_size
    path.write_bytes(content)
    os.utime(path, ns=(seen.st_atime_ns, seen.st_mtime_ns))


def replaced(path: Path, content: str) -> None:
    """Another file in its place, older than what was made from it, as from an archive."""
    other = path.with_name("other")
    other.write_text(content)
    os.utime(other, (1, 1))
    other.replace(path)


def older_table(project: Project) -> None:
    table = project.root / "data/small/tables/patient.csv"
    replaced(table, table.read_text().replace("female", "male"))


CHANGES: dict[str, tuple[Callable[[Project], object], list[str]]] = {
    "a module that one chapter uses": (
        lambda p: p.edit("src/toy/late.py", "2 * n", "3 * n"),
        ["05_late", "book"],
    ),
    "a module that is written otherwise and gives the same": (
        lambda p: p.edit("src/toy/shared.py", "len(rows)", "len(list(rows.index))"),
        ["01_base", "book"],  # its table is as before, so that what reads it is fresh
    ),
    "a docstring": (lambda p: p.edit("src/toy/shared.py", "How many.", "The number."), []),
    "a comment in a module": (lambda p: p.edit("src/toy/shared.py", "each once", "all"), []),
    "the layout of a module": (
        lambda p: p.edit("src/toy/shared.py", "len(rows)", "len(\n        rows\n    )"),
        [],
    ),
    "a module that nothing imports": (
        lambda p: (p.root / "src/toy/new.py").write_text("x = 1\n"),
        [],
    ),
    "what a package imports first": (
        lambda p: p.edit("src/toy/__init__.py", '"""A package."""', "import toy.late"),
        ["01_base", "05_late", "book"],
    ),
    "data of a package": (
        lambda p: (p.root / "src/toy/limits.yml").write_text("a: 1\n"),
        ["01_base", "05_late", "book"],
    ),
    "a value of one chapter": (
        lambda p: p.set("notebooks: {05_late: {factor: 3}}\n"),
        ["05_late", "book"],
    ),
    "a default, written out": (lambda p: p.set("notebooks: {05_late: {factor: 2}}\n"), []),
    "a comment in the params file": (lambda p: p.set("# why\n"), []),
    "how many processes a chapter takes": (
        lambda p: p.set("notebooks: {03_images: {workers: 1}}\n"),
        [],
    ),
    "a rule that one chapter reads, and what hangs on it": (
        lambda p: p.set("rules: {tg_ratio: 0.6}\n"),
        ["01_base", "02_scores", "05_late", "book"],
    ),
    "a rule that no chapter reads": (lambda p: p.set("rules: {r3_months: 9}\n"), []),
    "the book's title": (lambda p: p.set("title: Another\n"), ["book"]),
    "an image under its old time": (
        lambda p: in_place(p.root / "data/small/dicom/S1/1.dcm", b"FIRST"),
        ["03_images", "book"],
    ),
    "an image that nobody reads": (
        lambda p: (p.root / "data/small/dicom/S2/1.dcm").write_text("another"),
        [],
    ),
    "one more image of a series": (
        lambda p: (p.root / "data/small/dicom/S1/2.dcm").write_text("second"),
        ["03_images", "book"],
    ),
    "a table replaced by an older one": (
        older_table,
        ["01_base", "02_scores", "05_late", "book"],
    ),
    "a table that nobody reads": (
        lambda p: p.edit("data/small/tables/pathology.csv", ",12,", ",13,"),
        [],
    ),
    "a table saved again by Excel": (
        lambda p: p.edit(
            "data/small/tables/patient.csv",
            text := (p.root / "data/small/tables/patient.csv").read_text(),
            "\ufeff" + text.replace(",", ";"),
        ),
        [],
    ),
    "notes and excuses in the study's folder": (
        lambda p: [
            (p.root / "data/small" / name).write_text("x")
            for name in ("n.txt", "other.excuses.xlsx")
        ],
        [],
    ),
    "prose of a notebook": (
        lambda p: p.edit("notebooks/02_scores.ipynb", "Prose.", "Better prose."),
        ["book"],
    ),
    "a comment in a notebook's code": (
        lambda p: p.edit("notebooks/02_scores.ipynb", "report.save()", "report.save()  # all"),
        ["book"],
    ),
    "code of a notebook": (
        lambda p: p.edit("notebooks/02_scores.ipynb", "score=factor", "score=1 + factor"),
        ["02_scores", "05_late", "book"],
    ),
    "a page of the book": (lambda p: p.edit("book/index.md", "Book", "The book"), ["book"]),
    "a page of the rendered book": (
        lambda p: (p.root / "book/_build/html/index.html").unlink(),
        ["book"],
    ),
    "a result's table deleted": (
        lambda p: (p.root / "results/small/tables/scores.csv").unlink(),
        ["02_scores"],
    ),
    "a result's table changed by hand": (
        lambda p: p.edit("results/small/tables/scores.csv", "2.0", "3.0"),
        ["02_scores"],
    ),
    "a number changed by hand": (
        lambda p: p.edit("results/small/numbers/01_base.json", '"value": 2.0', '"value": 3.0'),
        ["01_base"],
    ),
    "an executed notebook changed by hand": (
        lambda p: p.edit("results/small/notebooks/01_base.ipynb", "Prose", "Prase"),
        ["01_base"],
    ),
    "what a chapter noted of its reading": (
        lambda p: (p.root / "results/small/reads/01_base.json").unlink(),
        ["01_base"],
    ),
    "the environment": (lambda p: p.edit("requirements.lock", "2", "3"), EVERY),
}


@pytest.mark.parametrize("change", CHANGES)
def test_what_is_made_after_a_change(project: Project, change: str) -> None:
    spoil, expected = CHANGES[change]
    assert project.make() == []
    spoil(project)
    assert any(project.status().values()) == bool(expected)
    assert project.make() == expected
    assert project.make() == []


def test_a_chapter_that_read_an_exploratory_table_is_made_again(project: Project) -> None:
    notebooks, params = project.root / "notebooks", project.root / "params/small.yml"
    proper = params.read_text()
    for name, rules in (
        ("01_base", "rules: {tg_ratio: 0.5}\n"),
        ("02_scores", ""),
        ("01_base", ""),
    ):
        params.write_text(proper + rules)
        run_here(["run", str(notebooks / f"{name}.ipynb"), "--params", str(params)])
    assert "0.5" in (project.root / "results/small/tables/scores.csv").read_text()
    assert project.status()["02_scores"] == "stale: table 01_base/base changed"
    assert project.make() == ["02_scores"]  # and is as it was, so that the others are, too
    assert "0.7" in (project.root / "results/small/tables/scores.csv").read_text()


def test_excuses_of_a_real_study_are_part_of_no_fingerprint(project: Project) -> None:
    assert project.make() == []
    assert project.make(public=True) == ["book"]
    (project.root / "params/small.excuses.xlsx").write_text("x")
    assert project.make() == []
    assert project.make(public=True) == []


def test_without_the_data_results_are_fresh_as_far_as_can_be_seen(project: Project) -> None:
    shutil.rmtree(project.root / "data")
    assert project.make() == []


class TestWords:
    """Each reason is one line."""

    def test_a_setting_and_a_rule_say_what_they_were(self, project: Project) -> None:
        project.set("rules: {tg_ratio: 0.6}\nnotebooks: {01_base: {factor: 3}}\n")
        assert project.make() == ["01_base", "02_scores", "05_late", "book"]
        assert project.said[0] == (
            "01_base: made, because setting factor is 3.0, was 2.0, rule tg_ratio is 0.6, was 0.7"
        )
        assert "02_scores: made, because table 01_base/base changed" in project.said

    def test_status_says_what_waits_for_what(self, project: Project) -> None:
        project.edit("src/toy/shared.py", "len(rows)", "1")
        assert project.status() == {
            "01_base": "stale: module toy.shared changed",
            "02_scores": "fresh, unless 01_base changes it",
            "03_images": "",
            "05_late": "fresh, unless 02_scores changes it",
            "book": "fresh, unless 01_base or 02_scores or 05_late changes it",
        }

    def test_of_many_reasons_three_are_named(self, project: Project) -> None:
        for name in ("a", "b", "c", "d"):
            (project.root / f"data/small/dicom/S1/{name}.dcm").write_text("x")
            (project.root / f"book/{name}.md").write_text("x")
        why = "stale: page a.md is new, page b.md is new, page c.md is new and 1 more"
        assert project.status()["book"] == why

    def test_a_study_that_is_not_there_says_how_to_begin(self, project: Project) -> None:
        (project.root / "params/small.yml").rename(project.root / "params/other.yml")
        with pytest.raises(InputError, match=r"new-study small`, or name another: other\."):
            project.make()


class TestFailures:
    def test_what_does_not_need_it_is_made_all_the_same(self, project: Project) -> None:
        project.edit("notebooks/02_scores.ipynb", "score=factor", "score=1 / 0")
        project.edit("src/toy/late.py", "2 * n", "3 * n")
        project.edit("data/small/dicom/S1/1.dcm", "first", "second")
        before = (project.root / "results/small/tables/scores.csv").read_bytes()
        with pytest.raises(RunFailed, match="02_scores failed; see above"):
            project.make()
        assert (project.root / "results/small/tables/scores.csv").read_bytes() == before
        assert "05_late: not made, it needs 02_scores" in project.said
        assert "book: not made, it needs 02_scores, 05_late" in project.said
        assert any(line.startswith("03_images: done") for line in project.said)
        assert any("division by zero" in line for line in project.said)

    def test_a_table_removed_between_status_and_make_is_named(self, project: Project) -> None:
        assert set(project.status().values()) == {""}
        (project.root / "data/small/tables/patient.csv").unlink()
        with pytest.raises(RunFailed, match="01_base failed"):
            project.make()
        assert "01_base: made, because table patient is gone" in project.said
        assert any("data/small: the table patient" in line for line in project.said), project.said

    def test_a_series_removed_between_status_and_make_is_named(self, project: Project) -> None:
        assert set(project.status().values()) == {""}
        shutil.rmtree(project.root / "data/small/dicom/S1")
        with pytest.raises(RunFailed, match="03_images failed"):
            project.make()
        assert "03_images: made, because image S1 is gone" in project.said

    def test_a_table_that_no_earlier_notebook_writes_is_refused(self, project: Project) -> None:
        write_notebook(project.root, "02_scores", CELLS["02_scores"], ())
        with pytest.raises(RunFailed, match="02_scores failed"):
            project.make()
        assert any("Add 01_base to compendium.after in its metadata" in s for s in project.said)

    def test_notebooks_that_come_after_each_other_are_refused(self, project: Project) -> None:
        write_notebook(project.root, "01_base", CELLS["01_base"], ("05_late",))
        with pytest.raises(
            InputError, match="01_base after 05_late after 02_scores after 01_base: no order fits"
        ):
            project.make()

    def test_a_second_make_at_the_same_time_is_refused(self, project: Project) -> None:
        from filelock import FileLock

        project.edit("src/toy/late.py", "2 * n", "3 * n")
        with (
            FileLock(project.root / ".compendium/make.lock"),
            pytest.raises(InputError, match="another compendium make is at work"),
        ):
            project.make()


def test_what_has_nothing_to_do_loads_nothing_heavy(project: Project) -> None:
    program = (
        "import sys\nfrom compendium import remembered\nfrom compendium.cli import group\n"
        "remembered.YOUNG_NS = 0\ngroup(['make', 'small'], standalone_mode=False)\n"
        "print(*{'pandas', 'numpy', 'papermill', 'nbformat', 'doit'} & set(sys.modules))"
    )
    for _ in range(2):  # the first reads the files, which are new here; the second knows them
        done = subprocess.run(
            [sys.executable, "-c", program],
            env=os.environ | {"PYTHONPATH": str(project.root / "src")},
            capture_output=True,
            text=True,
        )
    said = ["The book is ready. Open book/_build/html/index.html", ""]
    assert done.stdout.splitlines() == said, done.stderr


def test_verify_finds_what_neither_size_nor_times_tell(
    project: Project, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(remembered, "YOUNG_NS", 0)
    assert project.make() == []
    image = project.root / "data/small/dicom/S1/1.dcm"
    image.write_text("FIRST")
    known = project.root / ".compendium/files.json"
    kept = json.loads(known.read_text())
    seen = image.stat()
    signature = [seen.st_size, seen.st_mtime_ns, seen.st_ctime_ns, seen.st_ino]
    kept["files"][f"sha256 {image}"][0] = signature  # as where a disk has no such times
    known.write_text(json.dumps(kept))
    assert project.make() == []
    assert project.make(verify=True) == ["03_images", "book"]
