"""Where the project is, and files that are written whole or not at all."""

import hashlib
import os
import shutil
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from pathlib import Path

from compendium.errors import InputError

BY_THE_WAY = ("__pycache__", "thumbs.db", "desktop.ini")  # of Python and of Windows' Explorer
STUDY_FILE = "study.yml"  # in a study's folder, what it says of itself


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


@contextmanager
def environment(told: Mapping[str, str]) -> Iterator[None]:
    """While variables of this process's environment have other values; then they are as before."""
    was = {name: os.environ.get(name) for name in told}
    os.environ.update(told)
    try:
        yield
    finally:
        for name, value in was.items():
            if value is None:
                del os.environ[name]
            else:
                os.environ[name] = value


def require_apart(results_dir: str, study_dir: str, beside: Path, where: str) -> None:
    """Nothing, where results have a folder of their own inside the project.

    Args:
        results_dir, study_dir: relative to the project's folder, as a params file has them.
        beside: the params file, whose own folder will do, too.
        where: its name, for the message.

    Raises:
        InputError: results would be written outside, over the project, or among a study's data.
    """
    root = project_root()
    place, study = (Path(os.path.normpath(root / name)) for name in (results_dir, study_dir))
    within = any(folder in place.parents for folder in (root, beside.absolute().parent))
    if not within:
        raise InputError(
            f"{where}, results_dir: {results_dir!r} is not a folder inside the project; expected "
            f"one of its own, such as results/{study.name or 'mystudy'}. To write elsewhere, copy "
            "the results there afterwards."
        )
    if place == study or study in place.parents or place in study.parents:
        raise InputError(
            f"{where}, results_dir: {results_dir!r} and study_dir {study_dir!r} are not apart; "
            f"expected results in a folder of their own, such as results/{study.name}."
        )


def write_whole(path: Path, content: bytes, mode: int = 0o666) -> None:
    """Write a file so that it is there whole or not at all, on a full disk as well.

    Args:
        path: the file.
        content: of it.
        mode: who may do what with it; what the user's mask takes away comes off.
    """
    path.parent.mkdir(parents=True, exist_ok=True)
    partial = path.with_name(f".{path.name}.{os.getpid()}.partial")
    try:
        partial.touch(mode=mode)
        partial.write_bytes(content)
        os.replace(partial, path)
    except BaseException:
        partial.unlink(missing_ok=True)
        raise


@contextmanager
def whole_folder(folder: Path) -> Iterator[Path]:
    """A folder beside it to write into, which takes the folder's place when all went well.

    It begins as a copy of what is there. A reader sees the old folder or the new one, and for a
    moment none; what an interrupted run left is put back, or removed, by the next.
    """
    folder.parent.mkdir(parents=True, exist_ok=True)
    partial, old = (folder.with_name(f".{folder.name}.{kind}.partial") for kind in ("new", "old"))
    _put_back(old, folder)
    shutil.rmtree(partial, ignore_errors=True)
    if folder.exists():
        shutil.copytree(folder, partial)
    else:
        partial.mkdir()
    try:
        yield partial
        if folder.exists():
            os.replace(folder, old)
        os.replace(partial, folder)
    finally:
        _put_back(old, folder)
        shutil.rmtree(partial, ignore_errors=True)


def _put_back(old: Path, folder: Path) -> None:
    """What a folder was, where it has no successor."""
    if old.exists() and folder.exists():
        shutil.rmtree(old)
    elif old.exists():
        os.replace(old, folder)


def sha256(path: Path) -> str:
    """SHA-256 of a file's content, hexadecimal."""
    return sha256_of(path.read_bytes())


def sha256_of(content: bytes) -> str:
    """SHA-256 of some content, hexadecimal."""
    return hashlib.sha256(content).hexdigest()


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
