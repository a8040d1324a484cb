"""One zip for a repository such as Zenodo: book, results, code, lock, params, checksums, RO-Crate.

Nothing private goes in: no study's data, no table with a row a person of a real study, of the
project only the stated kinds of files that are tracked, or shipped where there is no git; and of a
real study all of it passes the disclosure gate. The same content makes the same zip, byte for byte.
"""

import hashlib
import io
import re
import subprocess
import tempfile
import zipfile
from collections.abc import Mapping
from pathlib import Path, PurePosixPath
from typing import TYPE_CHECKING

from compendium.called import command
from compendium.errors import InputError
from compendium.files import write_whole
from compendium.notebook_file import stripped
from compendium.privacy.shipped import shipped_files, tracked
from compendium.privacy.small_cells import THRESHOLD
from compendium.publish.crate import authors, cited, commit_date, crate_files, readme
from compendium.publish.manuscript import require_book
from compendium.publish.reuse import ANALYSIS_RESULTS, CODECHECK, analysis_results, codecheck
from compendium.results.reading import Results

if TYPE_CHECKING:
    from compendium.privacy.findings import Finding

EPOCH = (1980, 1, 1, 0, 0, 0)  # the earliest that zip knows; clock times would change the bytes
# What of the project is packed: by folder the endings, beside the folders the names.
PACKED = {
    "benchmarks": (".py",),
    "book": (".bib", ".css", ".html", ".js", ".md", ".png", ".py", ".yml"),
    "data": ("README.md", "external.yml", "external.sha256"),
    "docs": (".md", ".py", ".yml"),
    "notebooks": (".ipynb",),
    "offline": (".py",),
    "params": (".yml",),
    "src": (".css", ".csv", ".js", ".json", ".md", ".py", ".typed"),
    "tests": (".csv", ".ipynb", ".py"),
}
MADE = {"_build", "_study", "__pycache__"}
BESIDE = (
    "CHANGELOG.md",
    "CITATION.cff",
    "CONTRIBUTING.md",
    "Dockerfile",
    "LICENSE",
    "Makefile",
    "README.md",
    "environment.yml",
    "install.cmd",
    "install.py",
    "pyproject.toml",
    "requirements.lock",
)


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
            from compendium.privacy.disclosure import refusal, require_safe
            from compendium.suppression.public import public_results

            results = public_results(results, Path(folder), threshold)
            require_safe(results, html, threshold)
        rest = beside_book(results)
        if edition.guarded and (found := found_beside(results, rest)):
            raise InputError(refusal(found, results))
        contents = _whole(html, rest)
    zipped = io.BytesIO()
    with zipfile.ZipFile(zipped, "w", zipfile.ZIP_DEFLATED) as packed:
        for name, data in sorted(contents.items()):
            packed.writestr(_entry(name), data)
    write_whole(output, zipped.getvalue())
    return output


def beside_book(results: Results) -> dict[str, bytes]:
    """Every file of the zip but the book and the checksums, by its name there."""
    files = {
        **{f"results/{name}": path for name, path in _results(results).items()},
        **{f"code/{name}": path for name, path in code_files(results.root).items()},
        "requirements.lock": results.root / "requirements.lock",
        "params.yml": results.params_file,
    }
    contents = {name: path.read_bytes() for name, path in files.items()}
    for name in (name for name in files if re.match(r"code/.*\.ipynb$", name)):
        contents[name] = stripped(files[name])  # a save adds outputs, at which nobody looked
    contents[f"results/{ANALYSIS_RESULTS}"] = analysis_results(results).encode("utf-8-sig")
    contents[CODECHECK] = codecheck(
        results, cited(results.root)["title"], authors(results)
    ).encode()
    contents["README.md"] = readme(results).encode()
    contents.update((name, text.encode()) for name, text in crate_files(results).items())
    return contents


def found_beside(results: Results, rest: Mapping[str, bytes]) -> list["Finding"]:
    """What must not be published in the zip's files that are searched neither as book nor results.

    Args:
        results: as others may see them.
        rest: see `beside_book`.
    """
    from compendium.privacy.disclosure import scan_files

    searched = {f"results/{name}" for name in _below(results.folder)}
    files = {name: data for name, data in rest.items() if name not in searched}
    return scan_files(results, files, said=(commit_date(results.root),))


def _whole(html: Path, rest: Mapping[str, bytes]) -> dict[str, bytes]:
    """Every file of the zip, its checksums last."""
    contents = {f"book/{name}": path.read_bytes() for name, path in _below(html).items()}
    contents = dict(sorted({**contents, **rest}.items()))
    sums = (f"{hashlib.sha256(data).hexdigest()}  {name}\n" for name, data in contents.items())
    return contents | {"SHA256SUMS": "".join(sums).encode()}


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
    """Of the files that git tracks, or that are shipped where it tracks none, the stated kinds."""
    return {name: root / name for name in _project_files(root) if is_packed(name)}


def left_out(root: Path) -> list[str]:
    """Tracked files that are of no stated kind, such as keys, workbooks, images and notes."""
    return [n for n in _project_files(root) if not is_packed(n) and not n.startswith(".")]


def is_packed(name: str) -> bool:
    """Whether a file of the project is of a kind that is packed."""
    folder, _, rest = name.partition("/")
    if MADE & set(PurePosixPath(name).parts):
        return False
    if not rest:
        return name in BESIDE
    return any(rest == kind or name.endswith(kind) for kind in PACKED.get(folder, ()))


def _project_files(root: Path) -> list[str]:
    try:
        names = tracked(root)
    except (OSError, subprocess.CalledProcessError):
        names = []
    if "pyproject.toml" not in names:  # no repository, or one around the project
        names = [name for name in shipped_files() if (root / name).is_file()]
    return names
