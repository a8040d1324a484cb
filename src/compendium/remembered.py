"""What was computed from files, kept for as long as nothing about a file is different.

Reading a study's images takes a second, looking at them a tenth of one. A file is read again where
its size, its time of change, the time that the system itself notes, or its place on the disk is
another, newer or older; what is kept here is a matter of speed only and belongs to one machine.
"""

import hashlib
import json
import os
import sys
import time
from collections.abc import Callable, Iterable
from contextlib import suppress
from pathlib import Path
from typing import Any

from compendium.files import below, sha256, write_whole

VERSION = f"2, Python {sys.version_info.major}.{sys.version_info.minor}"
YOUNG_NS = 2_000_000_000  # a file may change twice within its clock's tick; that of FAT is 2 s
LENGTH = 16  # hexadecimal digits of a hash: 64 bits, plenty against accident


def digest(parts: Iterable[bytes]) -> str:
    """Hash of parts in their order; each part's length is hashed too, so that they cannot merge."""
    hashed = hashlib.sha256()
    for part in parts:
        hashed.update(len(part).to_bytes(8, "big"))
        hashed.update(part)
    return hashed.hexdigest()[:LENGTH]


class Remembered:
    """Values that were computed from files.

    Args:
        place: the file in which they are kept between runs; without it they are not.
        verify: compute everything anew, once, and keep that.
        keep: False to leave the file as it is.
    """

    def __init__(
        self, place: Path | None = None, *, verify: bool = False, keep: bool = True
    ) -> None:
        self._place = place
        self._keep = keep
        self._kept = _read(place)
        self._new: dict[str, Any] = {}
        self._saved = True
        self._verify = verify

    def of(self, what: str, path: Path | str, compute: Callable[[Path], Any]) -> Any:
        """A value of a file, computed where it is not known of the file as it is now.

        Args:
            what: which value of the file it is.
            path: an existing file, its path absolute.
            compute: what makes of the file something that JSON can hold.
        """
        key = f"{what} {path}"
        seen = os.stat(path)
        # On Windows the third is the time of creation, and the inode the file's number on its disk.
        signature = [seen.st_size, seen.st_mtime_ns, seen.st_ctime_ns, seen.st_ino]
        kept = (self._new if self._verify else self._kept).get(key)
        if kept is not None and kept[0] == signature:
            return kept[1]
        value = compute(Path(path))
        if time.time_ns() - max(seen.st_mtime_ns, seen.st_ctime_ns) > YOUNG_NS:
            self._kept[key] = self._new[key] = [signature, value]
            self._saved = False
        return value

    def content(self, path: Path) -> str:
        """Hash of a file's content, or of a folder's names and contents; empty where is neither.

        Hidden files, of which some appear by being looked at, are not counted in a folder.
        """
        if path.is_dir():
            folder = f"{path}{os.sep}"  # a Path for each of thousands takes longer than its look
            files = ((name, self._file(folder + name)) for name in below(path))
            return digest(part.encode() for file in files for part in file)
        return self._file(str(path))

    def _file(self, path: str) -> str:
        try:
            return str(self.of("sha256", path, sha256))
        except FileNotFoundError:
            return ""

    def save(self) -> None:
        """Keep what is new, beside what others kept meanwhile; forget files that are gone."""
        if self._place is None or self._saved or not self._keep:
            return
        kept = {
            key: value
            for key, value in (_read(self._place) | self._new).items()
            if os.path.exists(key.partition(" ")[2])
        }
        text = json.dumps({"version": VERSION, "files": kept}, separators=(",", ":"))
        with suppress(PermissionError):  # of Windows, while another reads it; it is for speed only
            write_whole(self._place, text.encode())
        self._saved = True


def _read(place: Path | None) -> dict[str, Any]:
    """What was kept; nothing where it was kept by another version, or half of it is gone."""
    if place is None or not place.is_file():
        return {}
    try:
        kept = json.loads(place.read_text(encoding="utf-8"))
        return dict(kept["files"]) if kept["version"] == VERSION else {}
    except (ValueError, KeyError, TypeError):
        return {}


def remembered_in(root: Path, *, verify: bool = False, keep: bool = True) -> Remembered:
    """What is known of a project's files; `verify` and `keep` as of `Remembered`."""
    return Remembered(root / ".compendium" / "files.json", verify=verify, keep=keep)
