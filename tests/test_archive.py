"""The archive: whole, checkable, nothing private, the same bytes for the same content."""

import hashlib
import json
import re
import shutil
import zipfile
from dataclasses import replace
from pathlib import Path

import pytest
from mini_study import ROOT, declared
from rocrate.rocrate import ROCrate

from compendium.called import command
from compendium.cli import group
from compendium.errors import InputError
from compendium.privacy.shipped import tracked
from compendium.publish import archive
from compendium.publish.crate import authors, cited, crate_files
from compendium.publish.editions import NOTE, SYNTHETIC, note
from compendium.results.reading import read_results


@pytest.fixture(scope="module")
def project(mini: Path, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The small study's project with a book of two files."""
    root = tmp_path_factory.mktemp("archive") / "project"
    shutil.copytree(mini, root)
    shutil.copy(ROOT / "CITATION.cff", root)
    html = root / "book" / "_build" / "html"
    html.mkdir(parents=True)
    (html / "index.html").write_text("<p>book</p>")
    (html / NOTE).write_text(note("data/mini", SYNTHETIC))
    return root


@pytest.fixture(autouse=True)
def _shipped(project: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """There is no git: what is shipped is what is there now."""
    names = [path.relative_to(project).as_posix() for path in project.rglob("*") if path.is_file()]
    monkeypatch.setattr(archive, "shipped_files", lambda: dict.fromkeys(names, ""))


@pytest.fixture
def packed(project: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """Its archive."""
    monkeypatch.setenv("COMPENDIUM_ROOT", str(project))
    results = read_results(project / "params" / "mini.yml")
    return archive.write_archive(results, project / "book/_build/html", tmp_path / "mini.zip")


@pytest.mark.slow
def test_holds_book_results_code_lock_and_params(packed: Path) -> None:
    names = set(zipfile.ZipFile(packed).namelist())
    assert {
        "book/index.html",
        "results/numbers/02_scores.json",
        "results/tables/mini_groups.csv",
        "results/figures/mini_scores.svg",
        "results/notebooks/02_scores.ipynb",
        "code/notebooks/02_scores.ipynb",
        "code/book/_config.yml",
        "requirements.lock",
        "params.yml",
        "SHA256SUMS",
        "ro-crate-metadata.json",
    } <= names


def test_holds_no_data_and_no_products(packed: Path) -> None:
    for name in zipfile.ZipFile(packed).namelist():
        assert not name.startswith(("code/data/", "code/results/", "code/book/_build", "code/."))
        assert "truth.json" not in name
        assert not Path(name).is_absolute()


def test_packs_every_shipped_file_of_the_project_itself() -> None:
    names = [name for name in tracked(ROOT) if not name.startswith(".")]
    assert archive.left_out(ROOT) == []
    assert sorted(archive.code_files(ROOT)) == names


@pytest.mark.parametrize(
    "stray",
    [
        "deidentify.key",
        "data/mine/tables/patient.csv",
        "params/mine.excuses.xlsx",
        "notes.md",
        "book/photo.jpg",
        "notebooks/export.csv",
        "src/compendium/IM0001.dcm",
        "src/IM0001",
        "docs/names.xlsx",
        "results/mini/tables/x.csv",
        ".env",
    ],
)
def test_what_is_of_no_stated_kind_stays_out_though_it_is_tracked(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, stray: str
) -> None:
    names = [stray, "notebooks/07_own.ipynb", "params/mine.yml", "pyproject.toml"]
    monkeypatch.setattr(archive, "tracked", lambda root: names)
    assert sorted(archive.code_files(tmp_path)) == sorted(names[1:])
    assert archive.left_out(tmp_path) == ([stray] if not stray.startswith(".") else [])


def test_without_git_only_what_is_shipped_is_packed(
    project: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(
        archive, "shipped_files", lambda: {"params/mini.yml": "", "docs/gone.md": ""}
    )
    assert list(archive.code_files(project)) == ["params/mini.yml"]


def test_a_notebook_saved_with_outputs_is_packed_without(
    project: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("COMPENDIUM_ROOT", str(project))
    results = read_results(project / "params" / "mini.yml")
    path = project / "notebooks" / "02_scores.ipynb"
    before = path.read_bytes()
    saved = json.loads(before)
    told = {"output_type": "stream", "name": "stdout", "text": "窦晓峰"}
    code = next(cell for cell in saved["cells"] if cell["cell_type"] == "code")
    code["outputs"] = [told]
    path.write_text(json.dumps(saved))
    try:
        zipped = archive.write_archive(results, project / "book/_build/html", tmp_path / "x.zip")
    finally:
        path.write_bytes(before)
    with zipfile.ZipFile(zipped) as opened:
        assert "窦晓峰" not in opened.read("code/notebooks/02_scores.ipynb").decode()


def test_says_who_wrote_it_how_to_run_it_and_which_run_made_it(
    packed: Path, tmp_path: Path
) -> None:
    zipfile.ZipFile(packed).extractall(tmp_path / "crate")
    said = (tmp_path / "crate" / "README.md").read_text()
    for words in ("Authors: ", "SYNTHETIC DATA", "python install.py", "compendium make mini"):
        assert words in said
    crate = ROCrate(tmp_path / "crate")
    assert [author["name"] for author in crate.root_dataset["author"]]
    action = crate.get("#run-02_scores")
    assert action.type == "CreateAction"
    assert action["instrument"]["name"].startswith("compendium")
    assert "results/tables/mini_groups.csv" in {made.id for made in action["result"]}
    assert "code/notebooks/02_scores.ipynb" in {used.id for used in action["object"]}


def test_the_study_s_own_authors_are_named(project: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("COMPENDIUM_ROOT", str(project))
    results = read_results(project / "params" / "mini.yml")
    assert authors(results) == [cited(project)["authors"][0]["name"]]
    told = project / "data" / "mini" / "study.yml"
    told.parent.mkdir(parents=True, exist_ok=True)
    told.write_text("authors: [林岩松, Mei Lin]\n", encoding="utf-8")
    assert authors(results) == ["林岩松", "Mei Lin"]
    told.unlink()


@pytest.mark.parametrize(("synthetic", "kept"), [(True, True), (False, False)])
def test_rows_of_persons_stay_out_for_a_real_study(
    project: Path, monkeypatch: pytest.MonkeyPatch, synthetic: bool, kept: bool
) -> None:
    monkeypatch.setenv("COMPENDIUM_ROOT", str(project))
    results = read_results(project / "params" / "mini.yml")
    results = declared(results, "mini_groups", rows="patient", sensitivity="person")
    runs = [replace(run, record=run.record | {"synthetic": synthetic}) for run in results.runs]
    files = archive._results(replace(results, runs=runs))
    assert ("tables/mini_groups.csv" in files) is kept
    assert "tables/fig_mini_scores.csv" in files


def test_every_file_has_its_checksum(packed: Path) -> None:
    with zipfile.ZipFile(packed) as opened:
        listed = dict(
            reversed(line.split("  ", 1))
            for line in opened.read("SHA256SUMS").decode().splitlines()
        )
        contents = {name: opened.read(name) for name in opened.namelist()}
    contents.pop("SHA256SUMS")
    assert listed == {n: hashlib.sha256(data).hexdigest() for n, data in contents.items()}


def test_is_an_ro_crate_whose_parts_are_there(packed: Path, tmp_path: Path) -> None:
    zipfile.ZipFile(packed).extractall(tmp_path / "crate")
    crate = ROCrate(tmp_path / "crate")
    assert crate.name.startswith("Trop2 and TSH-dependent iodine uptake")
    assert "SYNTHETIC DATA" in crate.description
    assert crate.license == "https://creativecommons.org/licenses/by/4.0/"
    parts = [entity.id for entity in crate.data_entities]
    assert {"book/", "results/", "code/", "requirements.lock"} <= set(parts)
    assert all((tmp_path / "crate" / part).exists() for part in parts)


def test_the_same_content_makes_the_same_bytes(project: Path, packed: Path, tmp_path: Path) -> None:
    results = read_results(project / "params" / "mini.yml")
    again = archive.write_archive(results, project / "book/_build/html", tmp_path / "again.zip")
    assert again.read_bytes() == packed.read_bytes()


def test_nothing_tells_of_this_machine(project: Path, packed: Path) -> None:
    with zipfile.ZipFile(packed) as opened:
        for name in opened.namelist():
            assert str(project).encode() not in opened.read(name), name


def test_stale_results_are_refused(
    project: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    spoilt = tmp_path / "spoilt"
    shutil.copytree(project, spoilt)
    monkeypatch.setenv("COMPENDIUM_ROOT", str(spoilt))
    (spoilt / "requirements.lock").write_text("other")
    asked = [
        "archive",
        "--params",
        str(spoilt / "params/mini.yml"),
        "--output",
        str(tmp_path / "x"),
    ]
    with pytest.raises(InputError, match="the results are not fresh"):
        group(asked, standalone_mode=False)
    assert not (tmp_path / "x").exists()


def test_a_book_that_is_not_of_these_results_is_refused(
    project: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("COMPENDIUM_ROOT", str(project))
    asked = [
        "archive",
        "--params",
        str(project / "params/mini.yml"),
        "--output",
        str(tmp_path / "x"),
    ]
    asked += ["--html", str(project / "book/_build/html")]
    way_out = re.escape(
        f"the book is not fresh, it has not been made. Run {command('publish mini')}"
    )
    with pytest.raises(InputError, match=way_out):
        group(asked, standalone_mode=False)


def test_names_no_series_that_was_read(packed: Path) -> None:
    with zipfile.ZipFile(packed) as opened:
        assert not [name for name in opened.namelist() if name.startswith("results/reads/")]
        provenance = json.loads(opened.read("results/provenance/02_scores.json"))
    assert set(provenance["made_from"]) == {"notebook", "code", "parameters", "lock"}


def test_a_book_of_another_study_is_refused(
    project: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("COMPENDIUM_ROOT", str(project))
    results = read_results(project / "params" / "mini.yml")
    with pytest.raises(InputError, match="holds no book of"):
        archive.write_archive(results, tmp_path, tmp_path / "x.zip")


def test_crate_is_the_same_on_another_day(project: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("COMPENDIUM_ROOT", str(project))
    crate = json.loads(
        crate_files(read_results(project / "params" / "mini.yml"))["ro-crate-metadata.json"]
    )
    root = next(entity for entity in crate["@graph"] if entity["@id"] == "./")
    assert root["datePublished"] == "1980-01-01"
