"""What is public because the project ships it: files as they are, and words of its own pages.

`shipped.json` names all files of the project and, of each that holds something of the form of an
identifier, its hash and, of pages and notebooks, the words themselves. A file that was changed
since is searched like any other, and its words count as whole words, on the pages made of it only.
"""

import hashlib
import json
import subprocess
from collections.abc import Iterable
from functools import cache
from importlib.metadata import PackagePath, distributions
from pathlib import Path, PurePosixPath
from typing import Any

from compendium.files import write_whole
from compendium.notebook_file import notebook_of
from compendium.privacy import identifiers
from compendium.privacy.piece import decoded
from compendium.privacy.pieces import pieces_of
from compendium.remembered import digest

LIST = Path(__file__).with_name("shipped.json")
INDEX = ("searchindex.js", "objects.inv", "genindex.html")  # made of all pages
# Sponsors of registered studies and the day of the plan, on these pages.
REGISTERED = ("src/compendium/studies/", "src/compendium/publish/plan.py")
REGISTERED_ON = ("index", "registry", "discussion", "analysis_plan")
PAGES = ("book/", "notebooks/", *REGISTERED)
BIBLIOGRAPHY = "book/references.bib"  # its words are `citations`' to judge


def fingerprint(path: Path) -> str:
    """Hash of a file as `fingerprint_of` has it."""
    return fingerprint_of(path.read_bytes(), path)


def fingerprint_of(data: bytes, path: Path) -> str:
    """Hash of a file's bytes; of a notebook, of its cells' sources, since a save adds outputs."""
    if path.suffix == ".ipynb":
        cells = notebook_of(data, path).cells
        return digest(f"{cell.kind}\n{cell.source.strip()}".encode() for cell in cells)
    return hashlib.sha256(data).hexdigest()[:16]


def read_list() -> dict[str, Any]:
    """The list: of each file its hash and, of pages, its public words."""
    found: dict[str, Any] = _read()["public"]
    return found


def shipped_files() -> list[str]:
    """Names of all files that the project ships."""
    found: list[str] = _read()["files"]
    return found


def _read() -> dict[str, Any]:
    none: dict[str, Any] = {"public": {}, "files": []}
    found: dict[str, Any] = json.loads(LIST.read_text(encoding="utf-8")) if LIST.is_file() else none
    return found


def stale(root: Path) -> list[str]:
    """Names of the list whose files have changed or gone, so that they are public no more."""
    return [
        name
        for name, entry in read_list().items()
        if not (root / name).is_file() or fingerprint(root / name) != entry["hash"]
    ]


class Shipped:
    """What of a project is as it was shipped.

    Args:
        root: the project's folder.
    """

    def __init__(self, root: Path) -> None:
        self._words = {
            name: frozenset(entry["words"])
            for name, entry in read_list().items()
            if (root / name).is_file() and fingerprint(root / name) == entry["hash"]
        }

    def is_as_shipped(self, name: str) -> bool:
        """Whether a file of the project is one of the list and unchanged."""
        return name in self._words

    @cache  # noqa: B019  one object a run
    def words_at(self, place: str) -> frozenset[str]:
        """Public words at a place of a page, a notebook or the search index; none of outputs."""
        file, _, part = place.partition(", ")
        name = PurePosixPath(file)
        if name.name in INDEX:
            return frozenset().union(*self._words.values())
        if ", output" in part:
            return frozenset()
        return frozenset().union(
            *(
                words
                for source, words in self._words.items()
                if PurePosixPath(source).stem == name.stem
                or (source.startswith(REGISTERED) and name.stem in REGISTERED_ON)
            )
        )


@cache
def installed_hashes() -> frozenset[str]:
    """SHA-256, as in RECORD, of every file of every installed package, such as a theme's."""
    return frozenset(
        file.hash.value
        for file in _installed_files()
        if file.hash is not None and file.hash.mode == "sha256"
    )


@cache
def _installed_files() -> tuple[PackagePath, ...]:
    return tuple(file for package in distributions() for file in package.files or ())


def is_installed(data: bytes) -> bool:
    """True for a file that an installed package holds byte for byte."""
    import base64

    coded = base64.urlsafe_b64encode(hashlib.sha256(data).digest()).decode().rstrip("=")
    return coded in installed_hashes()


@cache
def installed_lines(name: str) -> frozenset[str]:
    """Lines of the installed files, or templates, of which a theme makes one of this name."""
    made_of = (name, f"{name}_t", f"{name}.jinja")
    paths = (file.locate() for file in _installed_files() if file.name in made_of)
    texts = (decoded(Path(str(path)).read_bytes()) for path in paths if Path(str(path)).is_file())
    return frozenset(line.strip() for text in texts for line in text.splitlines())


def tracked(root: Path) -> list[str]:
    """Names of the files that git tracks."""
    listing = subprocess.run(
        ["git", "ls-files", "-z"], cwd=root, check=True, capture_output=True, text=True
    ).stdout
    return sorted(name for name in listing.split("\0") if (root / name).is_file())


def entries(root: Path, names: Iterable[str]) -> dict[str, Any]:
    """The list: each file that holds something, its hash, and the words of pages."""
    found: dict[str, Any] = {}
    for name in names:
        path = root / name
        hits = (hit for piece in pieces_of(path, name) for hit in identifiers.find(piece.text))
        words = sorted({hit.text for hit in hits})
        if words:
            of_page = name.startswith(PAGES) and name != BIBLIOGRAPHY
            found[name] = {"hash": fingerprint(path), "words": words if of_page else []}
    return found


def write_list(root: Path) -> int:
    """Write the list of a project as it is now; return how many files hold something."""
    names = [name for name in tracked(root) if not name.startswith(".")]
    own = LIST.relative_to(root).as_posix()
    public = entries(root, (name for name in names if name != own))
    listed = {"public": public, "files": names}
    write_whole(LIST, (json.dumps(listed, ensure_ascii=False, indent=1) + "\n").encode())
    return len(public)


if __name__ == "__main__":
    from compendium.files import project_root

    print(write_list(project_root()), "files in", LIST.name)
