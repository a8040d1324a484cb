"""A project of two notebooks and twelve patients in a temporary folder, for tests of the book.

Its results are written by the real Report and kept by the real runner; only the kernel is left out:
cells are executed here, one after the other.
"""

import json
import shutil
from dataclasses import replace
from pathlib import Path
from typing import Any

import nbformat
import pandas as pd
import pytest
from study_tables import as_generated

from compendium import report
from compendium.figures.style import new_figure
from compendium.files import sha256
from compendium.notebook_file import Cell
from compendium.pipeline import run
from compendium.pipeline.exploring import publishing
from compendium.pipeline.fingerprint import made_from, present
from compendium.results.reading import Results

THRESHOLD = 5
ROOT = Path(__file__).resolve().parents[1]
PARAMETERS = (
    'study_dir = "data/mini"  # folder\nresults_dir = "results/mini"  # folder\nseed = 1  # seed\n'
    "rules = {}  # rules"
)
PAGES = {
    "index.md": "(title-page)=\n# A small study\n\n```{generated} study-card\n```\n",
    "methods.md": "(methods)=\n# Methods\n\n"
    "The score is $H = \\sum_i i\\,p_i$ {cite}`remark2005`.\n\n"
    "It was {num}`mini_shift|ci`, {num}`mini_shift|p`, in {num}`mini_patients`; the hazard is "
    "{num}`mini_none`. See {numref}`fig-mini-scores` and {numref}`tab-mini-groups`.\n\n"
    "A Tg that stays over {rule}`tg_ratio|%` % of {rule}`pd_mm`.\n\n"
    "The score was {verdict}`mini_shift|high|low|open`{shown}`article-fig-mini-scores`.\n\n"
    "```{results-figure} mini_scores\n```\n\n"
    "```{results-table} mini_groups\n:columns: group n\n```\n\n"
    "It is the {analysis}`Hodges–Lehmann shift <mini_shift>`.\n",
}
TOC = {
    "format": "jb-book",
    "root": "index",
    "parts": [
        {"caption": "Article", "chapters": [{"file": "methods"}, {"file": "references"}]},
        {"caption": "Supplement", "chapters": [{"glob": "notebooks/*"}]},
        {
            "caption": "For reviewers",
            "chapters": [{"file": name} for name in ("numbers", "data_dictionary", "downloads")],
        },
    ],
}
CELLS: dict[str, list[str]] = {
    "01_cohort": [
        'report.number("mini_patients", len(report.study.tables["patient"]), format="d", '
        'unit="patients")'
    ],
    "02_scores": [
        'report.number("mini_shift", shift, format=".1f", unit="points", label="Shift", null=0)',
        'report.number("mini_none", none, label="Hazard ratio")',
        'report.table("mini_groups", groups, rows="group", formats={"p": "p"}, '
        'caption="Scores by group.")',
        'report.figure("mini_scores", figure, marks="group", alt="Two bars of equal height", '
        "data=scores)",
        'report.number("mini_limit", report.rules.tg_ratio, format="g", label="Limit")',
    ],
}
WRITES = {
    "01_cohort": [],
    "02_scores": [
        "tables/mini_groups.csv",
        "figures/mini_scores.svg",
        "tables/fig_mini_scores.csv",
    ],
}


def write_mini(root: Path, *, synthetic: bool = True, note: str | None = None) -> Path:
    """Write the project, run its notebooks, and return its params file.

    Args:
        root: an empty folder; the caller sets COMPENDIUM_ROOT to it.
        synthetic: whether the study's truth lies beside it.
        note: free text of the first patient.
    """
    for folder in ("params", "notebooks", "data/mini/tables"):
        (root / folder).mkdir(parents=True)
    (root / "pyproject.toml").write_text("")
    (root / "requirements.lock").write_text("numpy==2\n")
    params = root / "params" / "mini.yml"
    params.write_text(
        "study_dir: data/mini\nresults_dir: results/mini\nseed: 1\nrules: {tg_ratio: 0.6}\n"
    )
    _write_tables(root / "data" / "mini", note)
    if synthetic:
        as_generated(root / "data/mini")
    _write_book(root / "book")
    for name, sources in CELLS.items():
        _run(root, name, sources)
    return params


def write_sweep(results: Path) -> None:
    """A sweep of the second chapter, as `compendium sweep` leaves it: its record and numbers."""
    folder, chapter = results / "sweeps" / "tg", "02_scores"
    provenance = json.loads((results / f"provenance/{chapter}.json").read_text())
    record = {
        "format": provenance["format"],
        "name": "tg",
        "chapters": [chapter],
        "axes": {"tg_ratio": [0.6, 0.7, 0.8]},
        "settings": 3,
        "states": {chapter: {"finished": 2, "failed": 1}},
        "shared": {chapter: 1},
        "seconds": {chapter: {"start": 0.1, "compute": 1.5}},
        "fingerprints": {chapter: provenance["fingerprint"]},
        "package_version": "1.0",
        "commit": "",
    }
    rows = [("mini_shift", 18.0, 8.0, 28.0), ("mini_shift", 22.0, 12.0, 32.0)]
    numbers = pd.DataFrame(rows, columns=["number", "value", "low", "high"]).assign(reason=None)
    folder.mkdir(parents=True)
    (folder / "sweep.json").write_text(json.dumps(record))
    numbers.to_csv(folder / "numbers.csv", index=False)


def _write_tables(study: Path, note: str | None) -> None:
    ids = [f"P{i:03d}" for i in range(1, 13)]
    patient = pd.DataFrame({"patient_id": ids, "study": "TROP2", "sex": "female", "age_years": 50})
    patient["total_thyroidectomy"] = "yes"
    for column in ("severe_comorbidity", "distant_metastasis"):
        patient[column] = "no"
    patient["follow_up_complete"] = "yes"
    for column in ("pregnant_or_lactating", "hepatic_or_renal_dysfunction", "tolerates_pet"):
        patient[column] = ""
    patient["height_cm"], patient["weight_kg"] = 165, 60
    patient["note"] = [note] + [""] * 11 if note else ""
    patient.to_csv(study / "tables" / "patient.csv", index=False)
    pathology = pd.DataFrame({"patient_id": ids, "histology": "ptc_classic"})
    for column in ("t_stage", "n_stage", "m_stage", "extrathyroidal_extension"):
        pathology[column] = ""
    pathology["tumour_diameter_mm"] = 12
    pathology["multifocal"] = pathology["vascular_invasion"] = "no"
    pathology["braf_v600e"] = pathology["tert_promoter"] = "not_tested"
    pathology.to_csv(study / "tables" / "pathology.csv", index=False)


def _write_book(book: Path) -> None:
    """The real book's settings, extension, looks and generated pages, with two short pages."""
    for name in (
        "_config.yml",
        "numbers.md",
        "data_dictionary.md",
        "downloads.md",
        "references.md",
    ):
        book.mkdir(exist_ok=True)
        shutil.copy(ROOT / "book" / name, book / name)
    for name in ("references.bib", "references_seen.yml", "claims.yml"):
        shutil.copy(ROOT / "book" / name, book)
    ignored = shutil.ignore_patterns("__pycache__")
    for name in ("_ext", "_static", "_templates"):
        shutil.copytree(ROOT / "book" / name, book / name, ignore=ignored)
    for name, text in PAGES.items():
        (book / name).write_text(text)
    (book / "_toc.yml").write_text(json.dumps(TOC))


def _run(root: Path, name: str, sources: list[str]) -> None:
    """Execute a notebook's cells here and let the runner keep the result."""
    notebook = _notebook(name, sources)
    place = root / "notebooks" / f"{name}.ipynb"
    nbformat.write(notebook, place)
    names: dict[str, Any] = {"study_dir": "data/mini", "results_dir": "results/mini", "seed": 1}
    names["rules"] = {"tg_ratio": 0.6}
    with publishing(root / "results" / "mini"):
        opened = report.Report(name, names)
    names |= {"report": opened, **_results()}
    for count, cell in enumerate((c for c in notebook.cells if c.cell_type == "code"), start=1):
        cell.execution_count = count
        if cell.source.startswith("report"):
            _execute(opened, cell, names, count)
    partial = root / f"{name}.partial.ipynb"
    nbformat.write(notebook, partial)
    results = root / "results" / "mini"
    numbers = results / "numbers" / f"{name}.json"
    outputs = json.loads(numbers.read_text())["outputs"]
    outputs[f"numbers/{name}.json"] = sha256(numbers)
    executed = results / "notebooks" / f"{name}.ipynb"
    executed.parent.mkdir(exist_ok=True)
    made = made_from(place, present(root / "params" / "mini.yml"))
    run._keep(partial, executed, made, outputs)


def _notebook(name: str, sources: list[str]) -> Any:
    code, text = nbformat.v4.new_code_cell, nbformat.v4.new_markdown_cell
    title = f"(ch-{name[3:]})=\n# Chapter {name[3:]}\n\nIn {{num}}`mini_patients`."
    cells = [text(title), code(PARAMETERS, metadata={"tags": ["parameters"]}), code("x = 1")]
    cells += [code(source) for source in sources] + [code("report.save()")]
    for position, cell in enumerate(cells):
        cell.id = f"mini-{position:02d}"
    for cell in cells:
        if "report.figure" in cell.source:
            caption = "Scores of {num}`mini_patients`."
            cell.metadata["mystnb"] = {"figure": {"caption": caption, "name": "fig-mini-scores"}}
    notebook = nbformat.v4.new_notebook(cells=cells)
    notebook.metadata["kernelspec"] = {"name": "python3", "display_name": "p", "language": "python"}
    notebook.metadata["language_info"] = {"name": "python"}
    writes = [*WRITES[name], f"numbers/{name}.json"]
    notebook.metadata["compendium"] = {"after": [], "writes": writes}
    return notebook


def _execute(opened: report.Report, cell: Any, names: dict[str, Any], count: int) -> None:
    running = Cell("code", cell.source, cell.metadata, cell.id, count)
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(report, "running_cell", lambda notebook: running)
        shown = eval(cell.source, names)
    data, metadata = shown._repr_mimebundle_()
    cell.outputs = [
        nbformat.v4.new_output(
            "execute_result", data=data, metadata=metadata, execution_count=count
        )
    ]


def _results() -> dict[str, Any]:
    from compendium.estimates import Estimate, not_estimable

    figure = new_figure(height_mm=40)
    figure.add_subplot().bar(["a", "b"], [1, 1])
    return {
        "shift": Estimate(
            estimate=21.5, low=4.0, high=39.25, n=12, p=0.012, method="Hodges–Lehmann shift"
        ),
        "none": not_estimable("2 deaths; at least 10 needed", n=12, events=2),
        "groups": pd.DataFrame(
            {"group": ["a", "b"], "median": [120.5, 99.0], "p": [0.0004, None], "label": ["x", "y"]}
        ),
        "figure": figure,
        "scores": pd.DataFrame({"group": ["a", "b"], "score": [1, 1]}),
    }


def declared(results: Results, output_id: str, **changes: object) -> Results:
    """The results with another declaration of one output in the record."""

    def changed(entry: dict) -> dict:
        return entry | changes if entry["id"] == output_id else entry

    runs = [
        replace(
            run,
            record=run.record | {"published": [changed(e) for e in run.record["published"]]},
        )
        for run in results.runs
    ]
    return replace(results, runs=runs)
