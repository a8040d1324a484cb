"""A DICOMDIR of de-identified files, made from them alone."""

import shutil
from pathlib import Path

import pydicom
from pydicom.dataset import Dataset
from pydicom.fileset import FileSet

from compendium.errors import InputError
from compendium.privacy.dicom_identity import dummy

# What a directory's records must not lack, by PS3.3 annex F.
NEEDED = {"StudyID": "SH", "StudyDate": "DA", "StudyTime": "TM"}
COUNTED = ("SeriesNumber", "InstanceNumber")
NEEDED_OF_A_STRUCTURE_SET = {
    "StructureSetLabel": "SH",
    "StructureSetDate": "DA",
    "StructureSetTime": "TM",
}


def write_with_directory(folder: Path, renamed: dict[str, str]) -> dict[str, str]:
    """Lay a folder's files out as a DICOM file-set with its DICOMDIR.

    Args:
        folder: whose files are laid out anew; it holds nothing else.
        renamed: old name to present name of each file.

    Returns:
        Old name to the name in the file-set.

    Raises:
        InputError: a file lacks what a directory's record of it needs.
    """
    laid_out = folder.with_name(folder.name + ".fileset")
    if laid_out.exists():
        shutil.rmtree(laid_out)
    files, added = FileSet(), {}
    try:
        for number, (old, new) in enumerate(renamed.items(), start=1):
            dataset = _complete(pydicom.dcmread(folder / new), number)
            added[old] = files.add(dataset).SOPInstanceUID
    except ValueError as error:
        raise InputError(
            f"{old}: cannot stand in a DICOMDIR ({error}). Take the DICOMDIR out of the source to "
            "share the files without one."
        ) from error
    files.write(laid_out)
    written = FileSet(laid_out / "DICOMDIR")
    places = {one.SOPInstanceUID: Path(one.path).relative_to(laid_out) for one in written}
    for one in (files, written):
        one._stage["t"].cleanup()  # else Python warns when it goes
    shutil.rmtree(folder)
    laid_out.rename(folder)
    return {old: places[uid].as_posix() for old, uid in added.items()}


def _complete(dataset: Dataset, number: int) -> Dataset:
    needed = NEEDED | (NEEDED_OF_A_STRUCTURE_SET if "StructureSetROISequence" in dataset else {})
    for keyword, kind in needed.items():
        if not dataset.get(keyword):
            setattr(dataset, keyword, dummy(kind))
    for keyword in COUNTED:
        if dataset.get(keyword) is None:
            setattr(dataset, keyword, number)
    return dataset
