"""One zip for a repository such as Zenodo: book, results, code, lock, params, checksums, RO-Crate.

Nothing private goes in: no study's data, no table with a row a person of a real study, and a real
study passes the disclosure gate first. The same content makes the same zip, byte for byte.
"""

import hashlib
import json
import os
import subprocess
import tempfile
import zipfile
from importlib import import_module
from pathlib import Path
from typing import Any

import yaml

from compendium.called import command
from compendium.errors import InputError
from compendium.privacy.small_cells import THRESHOLD
from compendium.publish.editions import SYNTHETIC
from compendium.publish.manuscript import require_book
from compendium.results.reading import Results
from compendium.version import commit

EPOCH = (1980, 1, 1, 0, 0, 0)  # the earliest that zip knows; clock times would change the bytes
LICENSES = {
    "code": "https://spdx.org/licenses/MIT",
    "text": "https://creativecommons.org/licenses/by/4.0/",
}
FOLDERS = {
    "book/": ("Rendered book", "Open book/index.html in a browser; no network is needed."),
    "results/": ("Results", "Executed notebooks, tables, figures and reported numbers."),
    "code/": ("Code", "The repository: package, notebooks, tests, prose, environment."),
}
PRODUCTS = {"data", "results", "archive", "_build", "__pycache__"}


def write_archive(
    results: Results, html: Path, output: Path, *, threshold: int = THRESHOLD
) -> Path:
    """Pack everything that others need to read, check and repeat the analysis.

    Args:
        results: the study's results, fresh.
        html: its rendered book.
        output: the zip; replaced whole.
        threshold: counts from 1 to below it stop the archive of a real study.

    Raises:
        InputError: there is no book of the results, or the gate refuses.
    """
    edition = require_book(results, html)
    if not edition.passes_on:
        raise InputError(
            f"{html}: is the investigators' own book and is not passed on. "
            f"{command(f'publish {results.params_file.stem}')} makes the one that others may see."
        )
    with tempfile.TemporaryDirectory() as folder:
        if edition.guarded:
            from compendium.privacy.disclosure import require_safe
            from compendium.suppression.public import public_results

            results = public_results(results, Path(folder), threshold)
            require_safe(results, html, threshold)
        contents = _contents(results, html)
    output.parent.mkdir(parents=True, exist_ok=True)
    partial = output.with_name(f".{output.name}.partial")
    with zipfile.ZipFile(partial, "w", zipfile.ZIP_DEFLATED) as packed:
        for name, data in sorted(contents.items()):
            packed.writestr(_entry(name), data)
    os.replace(partial, output)
    return output


def _contents(results: Results, html: Path) -> dict[str, bytes]:
    """Every file of the zip, its checksums last."""
    files = {
        **{f"book/{name}": path for name, path in _below(html).items()},
        **{f"results/{name}": path for name, path in _results(results).items()},
        **{f"code/{name}": path for name, path in code_files(results.root).items()},
        "requirements.lock": results.root / "requirements.lock",
        "params.yml": results.params_file,
    }
    contents = {name: path.read_bytes() for name, path in sorted(files.items())}
    contents["ro-crate-metadata.json"] = _crate(results).encode()
    sums = (f"{hashlib.sha256(data).hexdigest()}  {name}\n" for name, data in contents.items())
    contents["SHA256SUMS"] = "".join(sums).encode()
    return contents


def _entry(name: str) -> zipfile.ZipInfo:
    entry = zipfile.ZipInfo(name, date_time=EPOCH)
    entry.compress_type = zipfile.ZIP_DEFLATED
    entry.external_attr = 0o644 << 16
    return entry


def _below(folder: Path) -> dict[str, Path]:
    return {
        path.relative_to(folder).as_posix(): path for path in folder.rglob("*") if path.is_file()
    }


def _results(results: Results) -> dict[str, Path]:
    """Files of the results, each as its run recorded it; no leftovers of other runs."""
    found = {}
    for run in results.runs:
        found[f"notebooks/{run.notebook}.ipynb"] = run.executed
        found[f"numbers/{run.notebook}.json"] = results.folder / f"numbers/{run.notebook}.json"
        provenance = f"provenance/{run.notebook}.json"
        found[provenance] = results.run_folder / provenance
        for output in run.published:
            if results.synthetic or not output.withheld:
                found[output.file] = results.folder / output.file
    return found


def code_files(root: Path) -> dict[str, Path]:
    """The repository's files: those that git tracks, or without git all but data and products."""
    try:
        listing = subprocess.run(
            ["git", "ls-files", "-z"], cwd=root, check=True, capture_output=True, text=True
        ).stdout
        names = [name for name in listing.split("\0") if name]
    except (OSError, subprocess.CalledProcessError):
        names = [name for name in _below(root) if not _is_product(Path(name))]
    return {name: root / name for name in names if (root / name).is_file()}


def _is_product(name: Path) -> bool:
    """True for what is made here, private, or of the tools: never part of the code."""
    return any(part in PRODUCTS or part.startswith(".") or ".egg" in part for part in name.parts)


def _crate(results: Results) -> str:
    """RO-Crate metadata: what each part is, under which licence, made by what."""
    crate: Any = import_module("rocrate.rocrate").ROCrate()
    cited = yaml.safe_load((results.root / "CITATION.cff").read_text(encoding="utf-8"))
    mark = f"{SYNTHETIC.mark}, no finding about patients: " if results.synthetic else ""
    crate.name = cited["title"]
    crate.description = (
        f"{mark}{cited['title']}, version {cited['version']}: book, results and code of the study "
        f"{results.study_dir.name}."
    )
    crate.license = LICENSES["text"]
    crate.datePublished = _commit_date(results.root)
    crate.root_dataset["version"] = commit(results.root) or cited["version"]
    crate.keywords = ", ".join(cited.get("keywords", []))
    for name, (title, description) in FOLDERS.items():
        crate.add_dataset(dest_path=name, properties={"name": title, "description": description})
    for run in results.runs:
        properties: dict[str, Any] = {
            "@type": ["File", "SoftwareSourceCode"],
            "license": {"@id": LICENSES["code"]},
            "name": run.notebook,
            "programmingLanguage": "Python",
            "version": run.record["package_version"],
            "identifier": run.fingerprint["notebook"],
            "encodingFormat": "application/x-ipynb+json",
        }
        crate.add_file(dest_path=f"results/notebooks/{run.notebook}.ipynb", properties=properties)
    for name, title in (
        ("requirements.lock", "Every package of the environment, pinned with hashes"),
        ("params.yml", "Parameters of the study"),
        ("SHA256SUMS", "Checksums of all files; check with `sha256sum -c SHA256SUMS`"),
    ):
        crate.add_file(dest_path=name, properties={"name": title, "encodingFormat": "text/plain"})
    return json.dumps(crate.metadata.generate(), ensure_ascii=False, indent=1, sort_keys=True)


def _commit_date(root: Path) -> str:
    """The day of the commit, so that packing again on another day changes nothing."""
    if not commit(root):
        return "1980-01-01"
    return subprocess.run(
        ["git", "log", "-1", "--format=%cs"], cwd=root, check=True, capture_output=True, text=True
    ).stdout.strip()
