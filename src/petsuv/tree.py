"""The files of any place: a folder with folders, or a zip archive; what cannot be DICOM is counted.

Nothing is unpacked onto the disk: a member of an archive is read where it stands.
"""

import os
import zipfile
from collections import Counter
from dataclasses import dataclass, field
from pathlib import Path

from petsuv.elements import BOMB_BYTES, MOST_PACKED, UNBELIEVABLE, Source
from petsuv.errors import InputError, Refused

# Nobody's slices: documents, other images, and what operating systems leave behind.
NOT_SLICES = (".json", ".txt", ".csv", ".tsv", ".md", ".xml", ".pdf", ".png", ".jpg", ".jpeg",
              ".html", ".htm", ".nii", ".gz", ".nrrd", ".mha", ".xlsx", ".xls", ".docx", ".doc",
              ".exe", ".dll", ".inf", ".ini", ".db", ".js", ".css", ".log", ".lnk")  # fmt: skip
MOST_BYTES = 64_000_000_000


@dataclass
class Tree:
    """Files that may be DICOM, in the order of their names, and how many others by their kind."""

    files: list[Source] = field(default_factory=list)
    left_out: Counter[str] = field(default_factory=Counter)

    def add(self, file: Source) -> None:
        """File a file under what its name says."""
        name = file.name.lower()
        ending = os.path.splitext(name)[1]
        if name.startswith(".") or ending in NOT_SLICES:
            self.left_out[ending or "hidden"] += 1
        elif name == "dicomdir":
            self.left_out["DICOMDIR"] += 1
        else:
            self.files.append(file)


def tree_of(place: Path, *, lenient: bool = False) -> Tree:
    """The files of a folder and its folders, or of a zip archive; archives within are opened.

    Args:
        lenient: whether archives in a folder that cannot be opened are counted with the reason.

    Raises:
        InputError: there is neither.
        Refused: an archive is damaged, encrypted, or would unpack beyond all measure.
    """
    tree = Tree()
    if place.is_file() and zipfile.is_zipfile(place):
        _add_archive(tree, place)
    elif place.is_dir():
        for folder, folders, files in os.walk(place):
            folders[:] = sorted(name for name in folders if not name.startswith((".", "__MACOSX")))
            for name in sorted(files):
                _add_file(tree, Path(folder, name), lenient)
    else:
        raise InputError(f"{place}: no such folder or zip archive; expected the files of a series.")
    return tree


def _add_file(tree: Tree, path: Path, lenient: bool) -> None:
    if path.suffix.lower() != ".zip" or not zipfile.is_zipfile(path):
        tree.add(path)
        return
    try:
        _add_archive(tree, path)
    except Refused as reason:
        if not lenient:
            raise
        tree.left_out[f"archive: {reason}"] += 1


def _add_archive(tree: Tree, path: Path) -> None:
    """The members of an archive; archives within it are left out and counted."""
    try:
        archive = zipfile.ZipFile(path)
    except (zipfile.BadZipFile, OSError) as error:
        raise Refused(
            f"{path}: the archive cannot be read ({error}); expected a whole zip. Copy it again."
        ) from error
    members = [member for member in archive.infolist() if not member.is_dir()]
    size, packed = (
        sum(getattr(member, name) for member in members) for name in ("file_size", "compress_size")
    )
    if size > MOST_BYTES or (size > BOMB_BYTES and size > MOST_PACKED * max(packed, 1)):
        raise Refused(
            f"{path}: would unpack to {size / 1e6:.0f} MB from {packed / 1e6:.2f} MB; expected at "
            f"most {MOST_PACKED} times as much. {UNBELIEVABLE}"
        )
    if any(member.flag_bits & 1 for member in members):
        raise Refused(f"{path}: the archive is encrypted; expected an open one. Unpack it first.")
    for member in sorted(members, key=lambda one: one.filename):
        if member.filename.lower().endswith(".zip"):
            tree.left_out["archive in an archive"] += 1
        elif not member.filename.startswith("__MACOSX"):
            tree.add(zipfile.Path(archive, member.filename))
