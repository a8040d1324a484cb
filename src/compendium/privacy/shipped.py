"""What is public because the project ships it: its files as they are, and words of its own pages.

`shipped.json` has the SHA-256 of every file of the project: a copy that is the same is public, all
of it. Of each file that holds something of the form of an identifier it has these lines by their
hashes, and of pages the words themselves. In a copy of a file that was changed such a line still
has no form of an identifier, and is searched for the study's own values. On what is made of a page
its words are public, as whole words, for as long as a line with them stands in the page.
"""

import hashlib
import json
import subprocess
from collections.abc import Iterable
from functools import cache
from importlib.metadata import PackagePath, distributions
from pathlib import Path, PurePosixPath
from typing import Any

from compendium.bibliography import BIBLIOGRAPHY
from compendium.files import write_whole
from compendium.notebook_file import stripped
from compendium.privacy import identifiers
from compendium.privacy.piece import decoded
from compendium.privacy.pieces import pieces_of

LIST = Path(__file__).with_name("shipped.json")
INDEX = ("searchindex.js", "objects.inv", "genindex.html")  # made of all pages
# Sponsors of registered studies and the day of the plan, on these pages.
# Pages that show what another file of the project says, by that file or its folder.
_OF_RECORDS = ("index", "registry", "article", "analysis_plan")
SHOWN_ON = {
    "src/compendium/studies/": _OF_RECORDS,
    "src/compendium/publish/plan.py": _OF_RECORDS,
    "book/claims.yml": ("article", "methods", "claims", "rules"),
}
PAGES = ("book/", "notebooks/", *SHOWN_ON)


def _line(text: str) -> str:
    return hashlib.sha256(text.strip().encode()).hexdigest()[:16]


def sum_of(name: str, data: bytes) -> str:
    """SHA-256 of all that a file says, whatever ends its lines and sets out a notebook's JSON."""
    if name.endswith(".ipynb"):
        data = json.dumps(json.loads(data), sort_keys=True).encode()
    return hashlib.sha256(data.replace(b"\r\n", b"\n")).hexdigest()


def read_list() -> dict[str, Any]:
    """The list: of each file the hashes of its lines, with their words where it is a page."""
    found: dict[str, Any] = _read()["public"]
    return found


def shipped_files() -> dict[str, str]:
    """All files that the project ships, each with its sum; the list itself has none."""
    found: dict[str, str] = _read()["files"]
    return found


def _read() -> dict[str, Any]:
    none: dict[str, Any] = {"public": {}, "files": {}}
    found: dict[str, Any] = json.loads(LIST.read_text(encoding="utf-8")) if LIST.is_file() else none
    return found


class Shipped:
    """What of a project is as it was shipped.

    Args:
        root: the project's folder.
    """

    def __init__(self, root: Path) -> None:
        self._listed, self._files = read_list(), shipped_files()
        self._words = {name: self._words_of(root / name, name) for name in self._listed}

    def is_file(self, name: str, data: bytes) -> bool:
        """Whether a file is, by its name and all that it says, as it was shipped."""
        listed = self._files.get(name)
        return bool(listed) and sum_of(name, data) == listed

    def is_line(self, name: str, text: str) -> bool:
        """Whether a text is a listed line of a file of the project, or of the list itself."""
        return _line(text) in self._listed.get(name, ()) or name.endswith(LIST.name)

    def _words_of(self, path: Path, name: str) -> frozenset[str]:
        """The public words of a page, as long as a line with them is in it."""
        lines = self._listed[name]
        if not any(lines.values()) or not path.is_file():
            return frozenset()
        here = {_line(piece.text) for piece in pieces_of(path, name)}
        return frozenset(word for line in here & {*lines} for word in lines[line])

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
                or any(
                    source.startswith(shown) and name.stem in pages
                    for shown, pages in SHOWN_ON.items()
                )
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


def sums(root: Path) -> dict[str, str]:
    """Every file that git tracks, none hidden, with its sum; a list cannot hold its own."""
    names = [name for name in tracked(root) if not name.startswith(".")]
    own = LIST.relative_to(root).as_posix()
    return {n: "" if n == own else sum_of(n, _given_out(root / n)) for n in names}


def _given_out(path: Path) -> bytes:
    """A file's content; of a notebook without the outputs that a save may have left in it."""
    return stripped(path) if path.suffix == ".ipynb" else path.read_bytes()


def entries(root: Path, names: Iterable[str]) -> dict[str, Any]:
    """The list: of each file that holds something the lines, and the words of pages."""
    found: dict[str, Any] = {}
    for name in names:
        # The words of the bibliography are `citations`' to judge.
        of_page = name.startswith(PAGES) and name != BIBLIOGRAPHY
        lines: dict[str, list[str]] = {}
        for piece in pieces_of(root / name, name):
            words = {hit.text for hit in identifiers.find(piece.text)}
            if words and ", output" not in piece.place:
                lines[_line(piece.text)] = sorted(words) if of_page else []
        if lines:
            found[name] = lines
    return found


def write_list(root: Path) -> int:
    """Write the list of a project as it is now; return how many files hold something."""
    files = sums(root)
    public = entries(root, (name for name, listed in files.items() if listed))
    between = ",\n"
    rows = (f"{json.dumps(n)}: {json.dumps(of, ensure_ascii=False)}" for n, of in public.items())
    text = f'{{"public": {{\n{between.join(rows)}}},\n"files": {json.dumps(files, indent=0)}}}\n'
    write_whole(LIST, text.encode())
    return len(public)


if __name__ == "__main__":
    from compendium.files import project_root

    print(write_list(project_root()), "files in", LIST.name)
