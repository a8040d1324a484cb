"""The scans of a study against its protocol and against the images on disk."""

from collections.abc import Iterator
from pathlib import Path, PurePosixPath

import pandas as pd

from compendium.rules import Rules
from compendium.studies import STUDIES, TRACERS, TSH_LEVELS, trop2
from compendium.study.located import Tables, true_where
from compendium.study.problems import Problem

IMAGE_COLUMNS = ("series_dir", "residual_series_dir", "region_file")
TRACERS_OF_STUDIES = [
    (study.code, tracer.code) for study in STUDIES.values() for tracer in study.tracers
]
WITH_LEVELS = [tracer.code for tracer in TRACERS.values() if tracer.tsh_levels]
KEPT = "Check it; it is kept, and reported as a protocol deviation."


def check_scans(tables: Tables, rules: Rules) -> list[Problem]:
    """What in pet_scan contradicts itself or the other tables, and deviations from the protocol.

    No error rests on the rules, only deviations do.
    """
    return [
        *tracers_and_levels(tables),
        *tsh_windows(tables, rules),
        *both_levels_in_order(tables),
        *trop2_scans(tables),
    ]


def tracers_and_levels(tables: Tables) -> Iterator[Problem]:
    """Each study has its tracers; a TSH level stands where the tracer has such, each once."""
    scans = tables["pet_scan"]
    people = tables["patient"].dropna(subset="patient_id").drop_duplicates("patient_id")
    scans = scans.assign(
        study=scans["patient_id"].map(people.set_index("patient_id")["study"]),
        given=scans["tsh_level"].notna().map({True: "with", False: "without"}),
    )
    known = scans["tracer"].isin(TRACERS)
    own = pd.Series(
        zip(scans["study"], scans["tracer"], strict=True), index=scans.index, dtype=object
    )
    yield from tables.problems(
        "pet_scan",
        scans[scans["study"].isin(STUDIES) & known & ~own.isin(TRACERS_OF_STUDIES)],
        "tracer",
        "a {tracer} scan of a patient of study {study}",
        ", ".join(f"{tracer} in study {study}" for study, tracer in TRACERS_OF_STUDIES),
        "Correct the tracer, or the patient's study.",
    )
    yield from tables.problems(
        "pet_scan",
        scans[known & (scans["tracer"].isin(WITH_LEVELS) == scans["tsh_level"].isna())],
        "tsh_level",
        "a {tracer} scan {given} a TSH level",
        f"{' or '.join(TSH_LEVELS)} for a {' or '.join(WITH_LEVELS)} scan, an empty cell for any "
        "other",
        "Correct tsh_level or tracer.",
    )
    levels = scans.dropna(subset=["patient_id", "tsh_level"])
    yield from tables.problems(
        "pet_scan",
        levels[levels.duplicated(["patient_id", "tsh_level"])],
        "tsh_level",
        "a second scan at the {tsh_level} TSH",
        "one scan a patient at each TSH level",
        "Correct tsh_level, or leave the repeated scan out.",
    )


def tsh_windows(tables: Tables, rules: Rules) -> Iterator[Problem]:
    """TSH within the registered window of its level; outside it is a deviation, not an error."""
    scans = tables["pet_scan"]
    tsh = scans["tsh_miu_per_l"]
    least, most = rules.tsh_low
    above = rules.tsh_high_above
    windows = {
        "low": (tsh.between(least, most), f"{least:g} to {most:g} mIU/L"),
        "high": (tsh > above, f"above {above:g} mIU/L"),
    }
    for level, (inside, expected) in windows.items():
        outside = scans[(scans["tsh_level"] == level) & ~inside]
        unknown = outside["tsh_miu_per_l"].isna()
        for rows, found in (
            (outside[~unknown], f"TSH at the {level}-TSH scan is {{tsh_miu_per_l:g}} mIU/L"),
            (outside[unknown], f"TSH at the {level}-TSH scan is not recorded"),
        ):
            yield from tables.problems(
                "pet_scan", rows, "tsh_miu_per_l", found, expected, KEPT, "deviation"
            )


def both_levels_in_order(tables: Tables) -> Iterator[Problem]:
    """Each patient is scanned at both TSH levels, the low one first."""
    scans = tables["pet_scan"].dropna(subset=["patient_id", "tsh_level"])
    by_patient = scans.groupby("patient_id")["tsh_level"]
    low = scans[scans["tsh_level"] == "low"].drop_duplicates("patient_id")
    scans = scans.assign(
        levels=by_patient.transform("nunique"),
        low_day=scans["patient_id"].map(low.set_index("patient_id")["scan_day"]),
    )
    yield from tables.problems(
        "pet_scan",
        scans[scans["levels"] == 1],
        "tsh_level",
        "{patient_id} has a scan at the {tsh_level} TSH only",
        "a scan at each TSH level",
        KEPT,
        "deviation",
    )
    early = true_where(scans["scan_day"] <= scans["low_day"]) & (scans["tsh_level"] == "high")
    yield from tables.problems(
        "pet_scan",
        scans[early],
        "scan_day",
        "the high-TSH scan on day {scan_day} does not follow the low-TSH scan on day {low_day}",
        "the low-TSH scan first",
        KEPT,
        "deviation",
    )


def trop2_scans(tables: Tables) -> Iterator[Problem]:
    """The Trop2 PET is for non-responders, and who has a scan has survived to it."""
    scans = tables["pet_scan"]
    scans = scans[scans["tracer"] == trop2.PET.code]
    own = tables["investigator_class"]
    responders = own.loc[own["rai_response"] == "responder", "patient_id"]
    yield from tables.problems(
        "pet_scan",
        scans[scans["patient_id"].isin(responders)],
        "tracer",
        "an {tracer} scan of {patient_id}, to the investigator a responder",
        f"{trop2.PET.code} scans of non-responders only",
        KEPT,
        "deviation",
    )
    entered = tables["follow_up"].dropna(subset="study_entry_day")["patient_id"]
    yield from tables.problems(
        "pet_scan",
        scans[~scans["patient_id"].isin(entered)],
        "scan_day",
        "{patient_id} has an {tracer} scan and no study_entry_day",
        "the day on which the study began to observe the patient",
        "Fill in study_entry_day in follow_up: survival before it was not observed.",
        "notice",
    )


def check_images(tables: Tables, dicom_dir: Path) -> list[Problem]:
    """Whether the series and region files of pet_scan are on disk, and no folder is left over.

    Args:
        dicom_dir: the study's folder of images.
    """
    return [*_listed_images(tables, dicom_dir), *_unlisted_images(tables, dicom_dir)]


def _listed_images(tables: Tables, dicom_dir: Path) -> Iterator[Problem]:
    scans = tables["pet_scan"]
    for column in IMAGE_COLUMNS:
        is_file = column == "region_file"
        faults = pd.Series(
            [_fault(dicom_dir, name, is_file) for name in scans[column]], index=scans.index
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
        scans[scans["series_dir"].notna() & scans.duplicated("series_dir")],
        "series_dir",
        "the series {series_dir} belongs to an earlier scan already",
        "one folder a scan",
        "Correct series_dir.",
    )


def _fault(dicom_dir: Path, name: object, is_file: bool) -> str:
    if pd.isna(name):  # type: ignore[call-overload]
        return ""
    relative = str(name)
    path = PurePosixPath(relative)
    if path.is_absolute() or ".." in path.parts or "\\" in relative or ":" in relative:
        return "it is not a path within the dicom folder"
    found = dicom_dir / path
    if is_file:
        return "" if found.is_file() else "there is no such file"
    if not found.is_dir():
        return "there is no such folder"
    return "" if any(entry.is_file() for entry in found.iterdir()) else "the folder is empty"


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
