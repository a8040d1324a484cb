"""What a result was made from, as short hashes: code, package, data, parameters, lock."""

import hashlib
import json
import subprocess
from collections.abc import Iterable, Mapping
from functools import cache
from importlib.metadata import version
from pathlib import Path

from compendium.notebook_file import read_notebook

LENGTH = 16  # hexadecimal digits: 64 bits, plenty against accident


def of_bytes(parts: Iterable[bytes]) -> str:
    """Hash of parts in their order; each part's length is hashed too, so that they cannot merge."""
    digest = hashlib.sha256()
    for part in parts:
        digest.update(len(part).to_bytes(8, "big"))
        digest.update(part)
    return digest.hexdigest()[:LENGTH]


def of_files(root: Path, files: Iterable[Path]) -> str:
    """Hash of names (relative to `root`) and contents of files, in the order of their names."""
    parts = (
        part
        for path in sorted(files)
        for part in (path.relative_to(root).as_posix().encode(), path.read_bytes())
    )
    return of_bytes(parts)


def of_notebook(notebook: Path) -> str:
    """Hash of a notebook's cells: kind, tags and source, not its metadata or outputs."""
    return of_bytes(
        json.dumps([cell.kind, cell.tags, cell.source]).encode()
        for cell in read_notebook(notebook).cells
        if "injected-parameters" not in cell.tags
    )


def of_parameters(parameters: Mapping[str, object]) -> str:
    """Hash of effective parameters, whatever their order."""
    return of_bytes([json.dumps(dict(parameters), sort_keys=True).encode()])


@cache
def of_package() -> str:
    """Hash of this package's own source files."""
    root = Path(__file__).parent
    return of_files(root, (p for p in root.rglob("*") if p.suffix in {".py", ".yml", ".yaml"}))


def of_study(study_dir: Path, *, images: bool) -> str:
    """Hash of a study's tables and, where a notebook reads them, its images.

    Args:
        study_dir: the study's folder.
        images: whether the DICOM files count; hashing them reads each of them once.
    """
    files = [p for p in study_dir.rglob("*") if p.is_file() and not p.name.startswith((".", "~$"))]
    dicom = study_dir / "dicom"
    return of_files(study_dir, (p for p in files if images or dicom not in p.parents))


def of_run(
    notebook: Path, parameters: Mapping[str, object], study_dir: Path, lock: Path
) -> dict[str, str]:
    """All that decides a notebook's numbers, each as its own hash."""
    images = bool(read_notebook(notebook).contract.get("images", False))
    return {
        "notebook": of_notebook(notebook),
        "package": of_package(),
        "data": of_study(study_dir, images=images),
        "parameters": of_parameters(parameters),
        "lock": of_bytes([lock.read_bytes()]) if lock.is_file() else "",
    }


@cache
def commit(root: Path) -> str:
    """The commit of the working copy, with `+` where files differ from it; empty without git."""
    try:
        head = subprocess.run(
            ["git", "rev-parse", "--short=12", "HEAD"],
            cwd=root,
            check=True,
            capture_output=True,
            text=True,
        ).stdout.strip()
        changed = subprocess.run(
            ["git", "status", "--porcelain", "--untracked-files=no"],
            cwd=root,
            check=True,
            capture_output=True,
            text=True,
        ).stdout
    except (OSError, subprocess.CalledProcessError):
        return ""  # a copy without its history is a fair way to receive the compendium
    return head + ("+" if changed else "")


def package_version() -> str:
    """Version of the installed package."""
    return version("compendium")
