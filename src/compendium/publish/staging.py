"""Everything that the renderer needs in one folder: pages, chapters, results, downloads.

What of a page a study can say, and in which words, is settled here; the renderer then sees plain
Markdown, and `_published.json` with every reported number.
"""

import codecs
import json
import shutil
from dataclasses import asdict, replace
from importlib.util import find_spec
from pathlib import Path
from typing import Any

import yaml

from compendium.errors import InputError
from compendium.formatting import anchor
from compendium.notebook_file import stripped
from compendium.parameters import RULES
from compendium.publish.applying import applying_cells, applying_record, keep_what_applies, titled
from compendium.publish.editions import NOTE, Edition, note
from compendium.publish.findings import read_findings, with_findings
from compendium.publish.guarded import with_families
from compendium.publish.plan import plan_fingerprint
from compendium.publish.prose import in_present_words, plain
from compendium.publish.reuse import (
    ANALYSIS_RESULTS,
    analysis_results,
    columns_file,
    columns_meant,
)
from compendium.publish.sweeps import add_sweeps
from compendium.publish.wording import with_references, worded
from compendium.results.reading import Results, Run
from compendium.study.declared import declared

STALE = "DRAFT, RESULTS NOT FRESH"
SHOWN = "_shown"  # tables and figures that pages may show
TITLE = "ARTICLE-TITLE"
SUBJECT = "SUBJECTS in differentiated thyroid cancer"


def stage(results: Results, staged: Path, edition: Edition, *, fresh: bool = True) -> None:
    """Lay out everything that the renderer needs in one folder."""
    book = results.root / "book"
    hidden = shutil.ignore_patterns("_build", "_study", ".*", "__pycache__")
    shutil.copytree(book, staged, dirs_exist_ok=True, ignore=hidden)
    results = replace(results, runs=[_chapter(run, results, staged, fresh) for run in results.runs])
    records = [run.record | {"fingerprint": run.fingerprint} for run in results.runs]
    records = with_families(records, results.parts)
    records = with_findings(records, read_findings(book), results.parts)
    settings = _settings(results, edition, fresh)
    if not edition.guarded:  # what a rule moves tells of single patients
        add_sweeps(results, staged)
    _choose_words(staged, results, records)
    _show(staged, results)
    files, withheld = _downloads(results, staged / "_extra" / "files", edition)
    settings |= {"files": files, "withheld": withheld}
    (staged / "_extra" / NOTE).write_text(note(settings["study"], edition), encoding="utf-8")
    _math(staged / "_extra" / "_static" / "mathjax")
    published = {"settings": settings, "runs": records}
    text = json.dumps(published, ensure_ascii=False, default=str)
    (staged / "_published.json").write_text(text, encoding="utf-8")


def _chapter(run: Run, results: Results, staged: Path, fresh: bool) -> Run:
    """Stage an executed notebook; its run, with what it published of the cells that apply."""
    words = in_present_words(run.source, run.executed) if fresh else _json(run.executed)
    record = applying_record(run.record, words["cells"], results.parts)
    drawn = [anchor(one["kind"][:3], one["id"]) for one in record["published"]]
    shown = [
        cell | {"source": with_references(cell["source"], drawn)}
        if cell["cell_type"] == "markdown"
        else cell
        for cell in applying_cells(words["cells"], results.parts, run.source.name)
    ]
    page = staged / "notebooks" / run.executed.name
    page.parent.mkdir(exist_ok=True)
    page.write_text(json.dumps(words | {"cells": shown}, ensure_ascii=False), encoding="utf-8")
    return replace(run, record=record)


def _settings(results: Results, edition: Edition, fresh: bool) -> dict[str, Any]:
    """What pages say of the study, its edition and its settings."""
    config = yaml.safe_load((results.root / "book" / "_config.yml").read_text(encoding="utf-8"))
    says = declared(results.study_dir).says
    title = str(results.params.get("title") or says.title)
    return {
        "title": title or titled(config["title"], results.parts),
        "says": asdict(says),
        "study": str(results.params["study_dir"]),
        "tables": results.tables_fingerprint,
        "synthetic": results.synthetic,
        "whole": not edition.guarded,
        "rules": results.params[RULES],
        "plan": plan_fingerprint(results.root),
        "parts": sorted(results.parts),
        "mark": " · ".join([edition.mark] * bool(edition.mark) + [STALE] * (not fresh)),
        "mark_meaning": edition.meaning,
    }


def _choose_words(staged: Path, results: Results, records: list[dict[str, Any]]) -> None:
    """Leave in staged pages what applies to a study, in the words that its numbers choose."""
    drawn = [anchor(o.kind[:3], o.id) for run in results.runs for o in run.published]
    keep_what_applies(results.root, staged, results.parts, drawn)
    title = plain(declared(results.study_dir).says.title) or titled(SUBJECT, results.parts)
    numbers = {entry["id"]: entry for record in records for entry in record["numbers"]}
    for page in sorted(staged.glob("*.md")):
        text = page.read_text(encoding="utf-8").replace(TITLE, title)
        text = worded(text, numbers, drawn, page.name)
        page.write_text(text, encoding="utf-8")


def _show(staged: Path, results: Results) -> None:
    """Bring the tables and figures that pages may show to where they find them."""
    for run in results.runs:
        for output in run.published:
            if output.max_rows or output.kind == "figure":
                place = staged / SHOWN / output.file
                place.parent.mkdir(parents=True, exist_ok=True)
                shutil.copy2(results.folder / output.file, place)


def _json(path: Path) -> dict[str, Any]:
    found: dict[str, Any] = json.loads(path.read_text(encoding="utf-8"))
    return found


def _downloads(results: Results, folder: Path, edition: Edition) -> tuple[list[str], list[str]]:
    """Copy what readers may download; a guarded edition leaves out tables with a row a person."""
    files, withheld = {}, []
    meant: dict[str, str] = {}
    sources = {run.source for run in results.runs}  # a save adds outputs, not looked at
    for run in results.runs:
        files[f"notebooks/{run.notebook}.ipynb"] = run.source
        files[f"executed/{run.notebook}.ipynb"] = run.executed
        files[f"numbers/{run.notebook}.json"] = results.folder / f"numbers/{run.notebook}.json"
        for output in run.published:
            if edition.guarded and output.withheld:
                withheld.append(output.file)
            else:
                files[output.file] = results.folder / output.file
                if output.kind != "figure":
                    meant[columns_file(output)] = columns_meant(output, results.folder)
    files["requirements.lock"] = results.root / "requirements.lock"
    files["params.yml"] = results.params_file
    for name, path in files.items():
        (folder / name).parent.mkdir(parents=True, exist_ok=True)
        if path in sources:
            (folder / name).write_bytes(stripped(path))
        elif path.suffix == ".csv":
            (folder / name).write_bytes(codecs.BOM_UTF8 + path.read_bytes())  # for Excel
        else:
            shutil.copy2(path, folder / name)
    for name, text in meant.items():
        (folder / name).write_text(text, encoding="utf-8-sig")
    table = folder / ANALYSIS_RESULTS
    table.write_text(analysis_results(results), encoding="utf-8-sig")
    return [*files, *meant, table.name], withheld


def _math(folder: Path) -> None:
    """The one script of MathJax that the pages use; the wheel holds 24 MB of them."""
    package = find_spec("sphinx-mathjax-offline")
    if package is None or package.origin is None:
        raise InputError("sphinx-mathjax-offline is not installed. Run `make env`.")
    folder.mkdir(parents=True)
    shutil.copy2(Path(package.origin).parent / "static" / "mathjax" / "tex-svg.js", folder)
