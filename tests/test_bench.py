"""The bench driven in a JupyterLab on the demo: scans, lesions, sliders, and all its chapters."""

import shutil
from collections.abc import Iterator
from pathlib import Path

import nbformat
import pydicom
import pytest
from test_lab import SHOWN, Opened, lab_on

from compendium.explore.opened import opened as study_of
from compendium.explore.scans.seen import see
from compendium.files import below, sha256

ROOT = Path(__file__).resolve().parents[1]
CHAPTERS = (
    "01_cohort", "02_trop2_ihc", "03_pet_suvmax", "04_tsh_iodine_uptake", "05_survival",
    "06_operating_characteristics",
)  # fmt: skip
pytestmark = [pytest.mark.browser, pytest.mark.built, pytest.mark.slow, pytest.mark.long]
DONE = "p:has-text('sphere of 15 mm at')"
NO_ROLE_LEFT = """() => {
    const cells = [...document.querySelectorAll("SHOWN .jp-MarkdownCell")];
    const left = cells.flatMap((cell) => [...cell.querySelectorAll("span[title], p")]);
    const asTyped = (node) => node.offsetParent && /\\{[a-z:]+\\}`/.test(node.textContent);
    const typed = (node) => node.title || asTyped(node);
    return cells.length > 5 && !left.some(typed);
}""".replace("SHOWN", SHOWN)
SCROLL = """(source) => {
    const shown = window.jupyterapp.shell.currentWidget.content;
    const cells = shown.widgets.map((cell) => cell.model.sharedModel.source);
    shown.scrollToItem(cells.findIndex((text) => text.includes(source)), "start");
}"""
GUIDE = {
    "explore.patient(": "h3:has-text('Patient P')",
    "explore.points(": "text=one row a patient",
    "explore.pet(": ".pet-view[data-drawn]",
    "explore.sliders(": "text=Explored, not published: the rules of the study",
}
BENCH = ["from compendium import explore", "explore.pet()", "explore.sliders()"]


@pytest.fixture
def root(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """The project, with the demo's results as they are."""
    left_out = shutil.ignore_patterns("explore", "_build", "_ext")
    for name in ("params", "notebooks", "book", "results/demo"):
        shutil.copytree(ROOT / name, tmp_path / name, ignore=left_out)
    (tmp_path / "data").mkdir()
    (tmp_path / "data/demo").symlink_to(ROOT / "data/demo")
    for name in ("pyproject.toml", "requirements.lock"):
        shutil.copy(ROOT / name, tmp_path)
    code = nbformat.v4.new_code_cell
    bench = nbformat.v4.new_notebook(cells=[code(source) for source in BENCH])
    bench.metadata["kernelspec"] = {"name": "python3", "display_name": "p", "language": "python"}
    nbformat.write(bench, tmp_path / "notebooks/bench.ipynb")
    monkeypatch.setenv("COMPENDIUM_ROOT", str(tmp_path))
    monkeypatch.chdir(tmp_path)
    return tmp_path


@pytest.fixture
def lab(root: Path, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Opened]:
    with lab_on(root, "demo", tmp_path_factory.mktemp("lab")) as opened:
        yield opened


def published(root: Path) -> dict[str, str]:
    results = root / "results/demo"
    names = [name for name in below(results) if not name.startswith("explore/")]
    return {name: sha256(results / name) for name in names}


def heading(lab: Opened) -> str:
    return str(lab.page.locator(".pet-head").first.inner_text())


def choose(lab: Opened, scan_id: str) -> None:
    option = lab.page.locator("select[size] option", has_text=f"{scan_id} ")
    option.wait_for(state="attached", timeout=60_000)
    line = str(option.text_content())
    lab.page.select_option("select[size]", label=line)
    shown = "name => document.querySelector('.pet-head')?.textContent.startsWith(name)"
    lab.page.wait_for_function(shown, arg=scan_id, timeout=60_000)


def test_scans_and_sliders_show_what_the_engine_has(lab: Opened, root: Path) -> None:
    before = published(root)
    lab.open("bench.ipynb")
    lab.do("notebook:run-all-cells")
    page = lab.page
    page.wait_for_selector(".pet-view[data-drawn]", timeout=120_000)
    choose(lab, "P011_trop2")
    lesion = see(study_of("demo"), "P011_trop2").row("L1")
    page.wait_for_function(
        "text => document.querySelector('.pet-head').textContent.includes(text)",
        arg=f"SUV {lesion['suv_max']:.2f} at ",
        timeout=30_000,
    )
    assert f"{lesion['suv_mean']:.4g}" in page.inner_text(".jp-Notebook")
    before_click = heading(lab)
    page.locator(".pet-coronal").first.click(position={"x": 60, "y": 200})
    page.wait_for_function(
        "text => document.querySelector('.pet-head').textContent !== text", arg=before_click
    )
    turn(lab)
    choose(lab, "P011_trop2")
    page.click("text=Redraw lesions")
    page.click("button:has-text('Sphere at crosshair')")
    page.wait_for_selector(DONE, timeout=60_000)
    page.get_by_label("Who").fill("AB")
    page.get_by_label("Who").press("Tab")
    page.click("button:has-text('Save as new DICOM SEG')")
    page.wait_for_selector("text=To measure by it, copy", timeout=60_000)
    assert (root / "results/demo/explore/regions/P011_trop2_adjusted_1.dcm").is_file()
    slider = page.locator(".widget-hslider", has_text="tg_ratio").locator(".noUi-handle").first
    for _ in range(5):
        slider.press("ArrowLeft")
    page.wait_for_selector("text=Explored, not published: tg_ratio = 0.6", timeout=60_000)
    assert published(root) == before
    assert lab.outside == []
    assert lab.errors == []


def turn(lab: Opened) -> None:
    """Drag the projection: its angle follows."""
    box = lab.page.locator(".pet-projection").first.bounding_box()
    x, y = box["x"] + 100, box["y"] + 150
    lab.page.mouse.move(x, y)
    lab.page.mouse.down()
    lab.page.mouse.move(x + 40, y, steps=4)
    lab.page.mouse.up()
    turned = "document.querySelector('.pet-view').dataset.angle === '320'"
    lab.page.wait_for_function(turned, timeout=10_000)


def test_an_adjustment_outlives_the_kernel(lab: Opened, root: Path) -> None:
    lab.open("bench.ipynb")
    lab.do("notebook:run-all-cells")
    page = lab.page
    page.wait_for_selector(".pet-view[data-drawn]", timeout=120_000)
    page.click("text=Redraw lesions")
    page.click("button:has-text('Sphere at crosshair')")
    page.wait_for_selector(DONE, timeout=60_000)
    page.evaluate("window.jupyterapp.shell.currentWidget.sessionContext.session.kernel.restart()")
    page.wait_for_timeout(2000)
    lab.do("notebook:run-all-cells")
    page.wait_for_selector("button:has-text('Take up the draft')", state="attached")
    page.wait_for_function(
        "document.querySelectorAll('.pet-view[data-drawn]').length > 0", timeout=120_000
    )
    page.click("text=Redraw lesions")
    page.wait_for_selector("text=not saved is there", timeout=60_000)
    page.click("button:has-text('Take up the draft')")
    page.wait_for_selector(DONE, timeout=60_000)


def test_two_browsers_of_one_study_keep_what_each_draws(lab: Opened, root: Path) -> None:
    shutil.copy(root / "notebooks/bench.ipynb", root / "notebooks/other.ipynb")
    regions = root / "results/demo/explore/regions"
    for number, name in enumerate(("bench.ipynb", "other.ipynb"), 1):
        lab.open(name)
        lab.do("notebook:run-all-cells")
        shown = lab.page.locator(SHOWN)
        shown.locator(".pet-view[data-drawn]").first.wait_for(timeout=120_000)
        shown.get_by_text("Redraw lesions").click()
        shown.get_by_role("button", name="Sphere at crosshair").click()
        shown.locator(DONE).first.wait_for(timeout=60_000)
        shown.get_by_label("Who").fill(f"Reader {number}")
        shown.get_by_label("Who").press("Tab")
        shown.get_by_role("button", name="Save as new DICOM SEG").click()
        shown.get_by_text("To measure by it, copy").wait_for(timeout=60_000)
        assert len(list(regions.glob("*.dcm"))) == number
    readers = [pydicom.dcmread(path).ContentCreatorName for path in sorted(regions.glob("*.dcm"))]
    assert readers == ["Reader 1", "Reader 2"]
    assert lab.errors == []


def test_no_role_is_left_as_it_was_typed(lab: Opened) -> None:
    for chapter in CHAPTERS:
        lab.open(f"{chapter}.ipynb")
        lab.page.wait_for_function(NO_ROLE_LEFT, timeout=60_000)


def test_the_guide_runs_whole_without_a_refusal(lab: Opened, root: Path) -> None:
    lab.open("00_start_here.ipynb")
    lab.do("notebook:run-all-cells")
    for source, shown in GUIDE.items():
        lab.page.evaluate(SCROLL, source)  # of what is far from sight the page has nothing
        lab.page.wait_for_selector(shown, timeout=180_000, state="attached")
        assert "Refused" not in lab.page.inner_text(".jp-Notebook")
    assert lab.outside == []
    assert lab.errors == []


@pytest.mark.parametrize("chapter", CHAPTERS)
def test_a_chapter_run_whole_publishes_nothing(lab: Opened, root: Path, chapter: str) -> None:
    before = published(root)
    lab.open(f"{chapter}.ipynb")
    lab.do("notebook:run-all-cells")
    done = f"text=written to results/demo/explore/{chapter}"
    lab.page.wait_for_selector(done, timeout=600_000, state="attached")
    assert published(root) == before
    assert lab.outside == []
    assert lab.errors == []
