"""Write the synthetic study to a folder, whole or not at all: tables, images, truth."""

import json
import shutil
from collections.abc import Mapping
from dataclasses import asdict
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd

from compendium.errors import InputError
from compendium.files import STUDY_FILE
from compendium.generated import RECORD, units
from compendium.remembered import Remembered
from compendium.synthetic.images import make_scans
from compendium.synthetic.study import SyntheticStudy
from compendium.synthetic.tasks import tasks_of


def write_study(
    study: SyntheticStudy,
    out_dir: Path,
    *,
    tables_only: bool,
    workers: int,
    made_from: Mapping[str, Any] | None = None,
) -> None:
    """Write the study to a folder beside `out_dir` and put it in its place when it is complete.

    Args:
        made_from: the generator as fingerprints, noted beside what it wrote.

    Raises:
        InputError: `out_dir` holds something that is not a synthetic study, or files of one that
            were changed since.
    """
    if out_dir.exists() and any(out_dir.iterdir()) and not (out_dir / "truth.json").is_file():
        raise InputError(
            f"{out_dir}: is not empty and not a synthetic study (it has no truth.json); expected "
            "a new folder or a synthetic study to replace. Give another folder."
        )
    _others(out_dir)  # refused before the images are made, not after
    partial = out_dir.with_name(f".{out_dir.name}.partial")
    shutil.rmtree(partial, ignore_errors=True)
    (partial / "tables").mkdir(parents=True)
    for name, table in study.tables.items():
        if len(table):
            write_table(table, partial / "tables" / f"{name}.csv")
    (partial / STUDY_FILE).write_text(confirmations(study.tables), encoding="utf-8")
    (partial / "dicom").mkdir()
    made = [] if tables_only else make_scans(tasks_of(study), partial / "dicom", workers)
    truth = truth_record(study, made)
    (partial / "truth.json").write_text(json.dumps(truth, indent=1) + "\n", encoding="utf-8")
    new = units(partial, Remembered())
    record = {"made_from": dict(made_from or {}), "units": new}
    (partial / RECORD).write_text(json.dumps(record, indent=1) + "\n", encoding="utf-8")
    _put_in_place(partial, out_dir, _others(out_dir, new))


def confirmations(tables: Mapping[str, pd.DataFrame]) -> str:
    """A study.yml that confirms what looks wrong and is right.

    That is what is said of candidates who are there to be left out, and of lesions that were drawn
    apart and have one size by chance.
    """
    people, courses = tables["patient"], tables["rai_course"]
    treated = set(courses["patient_id"])
    partly = people.loc[people["total_thyroidectomy"].eq(False), "patient_id"]
    pathology = tables["pathology"]
    other = pathology.loc[pathology["histology"].isin(["mtc", "atc", "benign"]), "patient_id"]
    kinds = (
        (partly, "rai_course, column: course_day", "less than a total thyroidectomy, not included"),
        (other, "pathology, column: histology", "not a differentiated carcinoma, not included"),
    )
    lines = [
        f"- {{patient: {patient}, table: {place}, why: '{why}'}}\n"
        for patients, place, why in kinds
        for patient in patients
        if patient in treated
    ]
    lesions = tables["lesion"]
    twice = lesions.duplicated(["patient_id", "site", "diameter_mm"])
    place, why = "lesion, column: lesion_id", "lesions drawn apart, of one size by chance"
    lines += [
        f"- {{patient: {patient}, table: {place}, why: '{why}'}}\n"
        for patient in lesions.loc[twice & (lesions["diameter_mm"] % 1 != 0), "patient_id"].unique()
    ]
    return "confirmed:\n" + "".join(lines) if lines else "confirmed: []\n"


def _others(out_dir: Path, new: Mapping[str, str] | None = None) -> list[str]:
    """Names of what lies in a folder and no generator wrote.

    Args:
        new: hash of what is about to be written, by name.

    Raises:
        InputError: what a generator wrote was changed since, or something else has its name.
    """
    record, new = out_dir / RECORD, new or {}
    written = json.loads(record.read_text(encoding="utf-8"))["units"] if record.is_file() else {}
    here = units(out_dir, Remembered()) if out_dir.exists() else {}
    own = {name for name in here if name in written or name in new}
    changed = [n for n in sorted(own) if here[n] not in (written.get(n), new.get(n))]
    if changed:
        raise InputError(
            f"{out_dir}: {', '.join(changed[:3])} ({len(changed)} in all) differ from what the "
            "generator wrote there, and would be overwritten. Move the folder away to keep it, or "
            "delete it to have the study made anew."
        )
    return [name for name in here if name not in own]


def _put_in_place(partial: Path, out_dir: Path, kept: list[str]) -> None:
    """Swap the finished folder for an earlier one, whose other files come along."""
    replaced = out_dir.with_name(f".{out_dir.name}.replaced")
    shutil.rmtree(replaced, ignore_errors=True)
    for name in kept:
        copy = shutil.copytree if (out_dir / name).is_dir() else shutil.copy2
        copy(out_dir / name, partial / name)
    if out_dir.exists():
        out_dir.rename(replaced)
    partial.rename(out_dir)
    shutil.rmtree(replaced, ignore_errors=True)


def write_table(table: pd.DataFrame, path: Path) -> None:
    """Write a table as CSV: yes and no for truth values, nothing for missing ones."""
    shown = table.copy()
    for column in shown.columns[shown.dtypes == "boolean"]:
        shown[column] = shown[column].map({True: "yes", False: "no"})
    shown.to_csv(path, index=False, lineterminator="\n")


def truth_record(study: SyntheticStudy, made: list[dict[str, Any]]) -> dict[str, Any]:
    """What is true of this study: parameters, latents of patients, uptake of lesions, scans.

    Args:
        made: what `images.make_scans` returned; empty where no images were made.
    """
    left_out = ["administered_at", "started_at"]
    planned = pd.DataFrame([asdict(s) for s in study.scans]).drop(columns=left_out)
    images = {record["scan_id"]: record for record in made}
    return {
        "synthetic": True,
        "seed": study.seed,
        "truth": asdict(study.truth),
        "patients": _records(study.patients.drop(columns="first_dose_day")),
        "trop2_lesions": _records(study.lesions),
        "tsh124i_lesions": _records(study.pairs),
        "scans": [{**scan, **images.get(scan["scan_id"], {})} for scan in _records(planned)],
    }


def _records(frame: pd.DataFrame) -> list[dict[str, Any]]:
    """Rows as JSON values: missing cells left out, traits as sorted lists, six digits."""
    return [
        {
            str(name): sorted(value)
            if isinstance(value, frozenset)
            else float(f"{value:.6g}")
            if isinstance(value, float)
            else value.item()
            if isinstance(value, np.generic)
            else value
            for name, value in row.items()
            if isinstance(value, frozenset) or not pd.isna(value)
        }
        for row in frame.to_dict("records")
    ]
