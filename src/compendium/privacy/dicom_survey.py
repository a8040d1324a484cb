"""What a folder holds before anything of it is shared: people's words, and what stays behind."""

import math
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from pydicom.dataset import Dataset

from compendium.errors import UserError
from compendium.privacy import dicom_kinds
from compendium.privacy.dicom_identity import DEFERRED_BYTES, read_file
from compendium.privacy.own_words import OwnWords
from petsuv.elements import MARK, read_elements, start_of

ENDINGS = frozenset((".dcm", ".dicom", ".ima"))


@dataclass
class Survey:
    """The files of a folder, each in one of its lists, by name from the folder's top.

    Attributes:
        words: by which the people of all files are known.
        has_directory: whether there was a DICOMDIR, which is written anew.
    """

    words: OwnWords = field(default_factory=OwnWords)
    shared: list[Path] = field(default_factory=list)
    left_out: list[str] = field(default_factory=list)
    refused: dict[str, str] = field(default_factory=dict)
    has_directory: bool = False
    _series: dict[str, "_Series"] = field(default_factory=dict)

    def heads(self) -> dict[str, str]:
        """The first file of each series in which a head is imaged, with what says so."""
        found = {}
        for series in self._series.values():
            extent_mm = series.highest_mm - series.lowest_mm
            why = series.head
            if not why and extent_mm >= dicom_kinds.HEAD_EXTENT_MM:
                why = f"it is {extent_mm:.0f} mm long"
            if why:
                found[series.first] = why
        return found

    def add(self, shown: Path, dataset: Dataset) -> None:
        """Count a data set among what is shared, or among what is not."""
        self.words.collect(dataset)
        if dataset.get("SOPClassUID", dataset.file_meta.get("MediaStorageSOPClassUID")) == (
            dicom_kinds.DIRECTORY
        ):
            self.has_directory = True
            self.left_out.append(shown.as_posix())
            return
        reason = dicom_kinds.refusal(dataset)
        if reason:
            self.refused[shown.as_posix()] = reason
            return
        self.shared.append(shown)
        uid = str(dataset.get("SeriesInstanceUID", ""))
        self._series.setdefault(uid, _Series(shown.as_posix())).add(dataset)


@dataclass
class _Series:
    """What a series says of where it was taken."""

    first: str
    head: str | None = None
    lowest_mm: float = math.inf
    highest_mm: float = -math.inf

    def add(self, dataset: Dataset) -> None:
        self.head = self.head or dicom_kinds.says_head(dataset)
        position: Any = dataset.get("ImagePositionPatient")
        if position and len(position) == 3:
            self.lowest_mm = min(self.lowest_mm, float(position[2]))
            self.highest_mm = max(self.highest_mm, float(position[2]))


def survey_folder(source: Path) -> Survey:
    """Look at every file of a folder and its folders."""
    survey = Survey()
    for path in sorted(p for p in source.rglob("*") if p.is_file()):
        shown = path.relative_to(source)
        with path.open("rb") as stream:
            marked = start_of(stream.read(MARK.stop)) is not None
        if not marked and path.suffix.lower() not in ENDINGS:
            survey.left_out.append(shown.as_posix())
            continue
        try:
            read_elements(path, ())
            survey.add(shown, read_file(path, DEFERRED_BYTES))
        except UserError as error:
            survey.refused[shown.as_posix()] = str(error).replace(str(path), "").lstrip(": ")
        except Exception as error:  # pydicom raises a dozen kinds on damaged files
            survey.refused[shown.as_posix()] = (
                f"it cannot be read as DICOM ({type(error).__name__})"
            )
    return survey
