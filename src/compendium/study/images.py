"""The series and region files that a study's scans name, against the images on disk."""

import os
from collections.abc import Iterator
from pathlib import Path, PurePosixPath

import pandas as pd

from compendium.study.located import Tables
from compendium.study.problems import Problem

FILE_COLUMNS = ("region_file", "registration_file")
IMAGE_COLUMNS = ("series_dir", "residual_series_dir", *FILE_COLUMNS)


def check_images(tables: Tables, dicom_dir: Path) -> list[Problem]:
    """Whether the series and region files of pet_scan are on disk, and no folder is left over.

    Args:
        dicom_dir: the study's folder of images.
    """
    return [*_listed_images(tables, dicom_dir), *_unlisted_images(tables, dicom_dir)]


def _listed_images(tables: Tables, dicom_dir: Path) -> Iterator[Problem]:
    scans = tables["pet_scan"]
    for column in IMAGE_COLUMNS:
        is_file = column in FILE_COLUMNS
        faults = pd.Series(
            [fault_of(dicom_dir, name, is_file=is_file) for name in scans[column]],
            index=scans.index,
        )
        yield from tables.problems(
            "pet_scan",
            scans.assign(fault=faults)[faults != ""],
            column,
            f"{column} is {{{column}!r}}: {{fault}}",
            f"a {'file' if is_file else 'folder of DICOM files'} in the study's dicom folder",
            "Copy it there, or correct the path (relative, with / between folders).",
        )
    yield from tables.problems(
        "pet_scan",
        scans[scans["series_dir"].notna() & scans.duplicated(["series_dir", "series"])],
        "series_dir",
        "the series {series_dir} belongs to an earlier scan already",
        "one series a scan",
        "Correct series_dir, or say by series which one of the folder it is.",
    )


def fault_of(dicom_dir: Path, name: object, *, is_file: bool) -> str:
    """Why a cell names no series or region file of the study; empty where it does, or is empty."""
    if pd.isna(name):  # type: ignore[call-overload]
        return ""
    relative = str(name)
    path = PurePosixPath(relative)
    if path.is_absolute() or ".." in path.parts or "\\" in relative or ":" in relative:
        return "it is not a path within the dicom folder"
    if "\0" in relative:
        return "it is not a path"
    found = dicom_dir / path
    if is_file:
        return "" if found.is_file() else "there is no such file"
    if found.suffix.lower() == ".zip" and found.is_file():
        return ""
    if not found.is_dir():
        return "there is no such folder"
    return "" if any(files for _, _, files in os.walk(found)) else "the folder is empty"


def _unlisted_images(tables: Tables, dicom_dir: Path) -> Iterator[Problem]:
    if not dicom_dir.is_dir():
        return
    named = [tables["pet_scan"][column].dropna() for column in IMAGE_COLUMNS]
    listed = {str(name).replace("\\", "/").split("/")[0] for names in named for name in names}
    for entry in sorted(dicom_dir.iterdir()):
        if entry.is_dir() and entry.name not in listed:
            yield Problem(
                file=f"dicom/{entry.name}",
                table="pet_scan",
                found="no scan of pet_scan names this folder",
                expected="each folder of images to belong to a scan",
                remedy="Add the scan to pet_scan, or move the folder out of the study.",
                severity="notice",
            )
