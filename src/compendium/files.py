"""Where the project is, and files that are written whole or not at all."""

import hashlib
import os
from pathlib import Path

from compendium.errors import InputError

BY_THE_WAY = ("__pycache__", "thumbs.db", "desktop.ini")  # of Python and of Windows' Explorer


def project_root() -> Path:
    """The project's folder: $COMPENDIUM_ROOT, or the nearest one upwards with a pyproject.toml.

    Raises:
        InputError: there is none.
    """
    named = os.environ.get("COMPENDIUM_ROOT")
    if named:
        return Path(named).absolute()
    here = Path.cwd()
    for folder in (here, *here.parents):
        if (folder / "pyproject.toml").is_file():
            return folder
    raise InputError(
        f"{here}: no pyproject.toml here or above; expected to be inside the project. "
        "Change to the project's folder, or set COMPENDIUM_ROOT to it."
    )


def write_whole(path: Path, content: bytes) -> None:
    """Write a file so that it is there whole or not at all."""
    path.parent.mkdir(parents=True, exist_ok=True)
    partial = path.with_name(f".{path.name}.{os.getpid()}.partial")
    try:
        partial.write_bytes(content)
        os.replace(partial, path)
    except OSError:
        partial.unlink(missing_ok=True)
        raise


def sha256(path: Path) -> str:
    """SHA-256 of a file's content, hexadecimal."""
    return hashlib.sha256(path.read_bytes()).hexdigest()


def hidden(name: str) -> bool:
    """Whether a file or folder is one that nobody made on purpose: hidden, or a program's own."""
    return name.startswith((".", "~$")) or name.lower() in BY_THE_WAY


def below(folder: Path) -> list[str]:
    """Names of all files in a folder and its folders, from there with `/`, sorted; none hidden."""
    found = []
    for place, folders, files in os.walk(folder):
        folders[:] = [name for name in folders if not hidden(name)]
        start = "" if place == str(folder) else Path(place).relative_to(folder).as_posix() + "/"
        found += [start + name for name in files if not hidden(name)]
    return sorted(found)
