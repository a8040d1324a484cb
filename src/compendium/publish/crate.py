"""What an archive says of itself: RO-Crate metadata for programs, a README for people."""

import json
import subprocess
from importlib import import_module
from importlib.resources import files
from pathlib import Path
from typing import Any

import yaml

from compendium.publish.editions import SYNTHETIC
from compendium.results.reading import Results, Run
from compendium.study.declared import declared
from compendium.version import commit

LICENSES = {
    "code": "https://spdx.org/licenses/MIT",
    "text": "https://creativecommons.org/licenses/by/4.0/",
}
CONTEXT = "ro-crate-context.jsonld"
FOLDERS = {
    "book/": ("Rendered book", "Open book/index.html in a browser; no network is needed."),
    "results/": ("Results", "Executed notebooks, tables, figures and reported numbers."),
    "code/": ("Code", "The project: package, notebooks, tests, prose, environment."),
}
FILES = (
    ("README.md", "How to read, check and run the archive"),
    ("requirements.lock", "Every package of the environment, pinned with hashes"),
    ("params.yml", "Parameters of the study"),
    ("codecheck.yml", "Manifest of the outputs, for those who check them by running the code"),
    ("results/analysis_results.csv", "Every reported number, one row a statistic"),
    (CONTEXT, "The vocabulary of ro-crate-metadata.json, to read it without a network"),
    ("SHA256SUMS", "Checksums of all files; check with `sha256sum -c SHA256SUMS`"),
)
README = """# {title}

Version {version}, study `{study}`. {mark}

Authors: {authors}.

- **Read**: open `book/index.html` in a browser; no network is needed.
- **Check**: `sha256sum -c SHA256SUMS` compares every file with its checksum.
- **Run**: `code/` is the project. With Python 3.11, `cd code && python install.py` installs what
  `requirements.lock` pins, into `code/.venv`. {data} Then
  `.venv/bin/compendium make {study}` runs every notebook and makes the book (on Windows
  `.venv\\Scripts\\compendium`).
- **Compare**: `results/` holds what this run gave: executed notebooks, tables, figures, and every
  reported number, in `results/numbers/` and in one table, `results/analysis_results.csv`.
  `codecheck.yml` lists what a codechecker compares.

Text and figures are licensed under CC BY 4.0, code under MIT. `ro-crate-metadata.json` says for
programs what each part is and which run made it.
"""
MAKES_DATA = "The synthetic study is made first, by itself."
BRINGS_DATA = (
    "The patients' data are not here: put tables of the same form into `code/data/{study}`, and "
    "`params.yml` as `code/params/{study}.yml`."
)


def cited(root: Path) -> dict[str, Any]:
    """What CITATION.cff says of the project."""
    found: dict[str, Any] = yaml.safe_load((root / "CITATION.cff").read_text(encoding="utf-8"))
    return found


def authors(results: Results) -> list[str]:
    """Who is to be named: the study's own authors, or the project's where it names none."""
    told = declared(results.study_dir).says.authors if results.study_dir.is_dir() else ()
    return [author.name for author in told] or [
        _name(author) for author in cited(results.root)["authors"]
    ]


def _name(author: dict[str, str]) -> str:
    parts = (author.get("given-names"), author.get("family-names"))
    return author.get("name") or " ".join(filter(None, parts))


def readme(results: Results) -> str:
    """The README of an archive: what it is, by whom, how to read, check and run it."""
    of, study = cited(results.root), results.params_file.stem
    data = MAKES_DATA if results.synthetic else BRINGS_DATA.format(study=study)
    return README.format(
        title=of["title"],
        version=of["version"],
        study=study,
        mark=f"{SYNTHETIC.mark}: {SYNTHETIC.meaning}." if results.synthetic else "",
        authors=", ".join(authors(results)),
        data=data,
    )


def crate_files(results: Results) -> dict[str, str]:
    """RO-Crate metadata, a page that shows them, and the context that a validator asks for.

    The context lies beside the metadata, so that they can be read without a network.
    """
    crate = described(results)
    told = crate.metadata.generate()
    context = (files("rocrate") / "data" / "ro-crate.jsonld").read_text(encoding="utf-8")
    return {
        "ro-crate-metadata.json": json.dumps(told, ensure_ascii=False, indent=1, sort_keys=True),
        "ro-crate-preview.html": str(crate.preview.generate_html()),
        CONTEXT: context,
    }


def described(results: Results) -> Any:
    """The crate: what each part is, by whom, under which licence, made by which run."""
    crate: Any = import_module("rocrate.rocrate").ROCrate(gen_preview=True)
    _describe(crate, results)
    for name, (title, description) in FOLDERS.items():
        crate.add_dataset(dest_path=name, properties={"name": title, "description": description})
    for name, title in FILES:
        crate.add_file(dest_path=name, properties={"name": title, "encodingFormat": "text/plain"})
    tool = {"@type": "SoftwareApplication", "name": "compendium, by papermill"}
    tool["softwareVersion"] = results.runs[0].record["package_version"]
    software = crate.add_jsonld({"@id": "#compendium", **tool})
    for run in results.runs:
        _add_run(crate, run, software)
    return crate


def _describe(crate: Any, results: Results) -> None:
    of = cited(results.root)
    mark = f"{SYNTHETIC.mark}, no finding about patients: " if results.synthetic else ""
    crate.name = of["title"]
    crate.description = (
        f"{mark}{of['title']}, version {of['version']}: book, results and code of the study "
        f"{results.study_dir.name}."
    )
    crate.license = LICENSES["text"]
    crate.datePublished = commit_date(results.root)
    crate.root_dataset["version"] = commit(results.root) or of["version"]
    crate.keywords = ", ".join(of.get("keywords", []))
    crate.root_dataset["author"] = [
        crate.add_jsonld({"@id": f"#author-{place}", "@type": "Person", "name": name})
        for place, name in enumerate(authors(results), start=1)
    ]


def _add_run(crate: Any, run: Run, software: Any) -> None:
    """A notebook's run: what it was made of, and what came of it."""
    source = crate.add_file(
        dest_path=f"code/notebooks/{run.notebook}.ipynb",
        properties={
            "@type": ["File", "SoftwareSourceCode"],
            "license": {"@id": LICENSES["code"]},
            "name": run.notebook,
            "programmingLanguage": "Python",
            "version": run.record["package_version"],
            "identifier": run.fingerprint["notebook"],
            "encodingFormat": "application/x-ipynb+json",
        },
    )
    made = [f"results/notebooks/{run.notebook}.ipynb", f"results/numbers/{run.notebook}.json"]
    made += [f"results/{output.file}" for output in run.published if not output.withheld]
    crate.add_action(
        software,
        f"#run-{run.notebook}",
        object=[source, {"@id": "params.yml"}, {"@id": "requirements.lock"}],
        result=[crate.add_file(dest_path=name, properties={"name": name}) for name in made],
        properties={"name": f"Run of {run.notebook}"},
    )


def commit_date(root: Path) -> str:
    """The day of the commit, so that packing again on another day changes nothing."""
    if not commit(root):
        return "1980-01-01"
    return subprocess.run(
        ["git", "log", "-1", "--format=%cs"], cwd=root, check=True, capture_output=True, text=True
    ).stdout.strip()
