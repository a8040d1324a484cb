"""Write the synthetic study to a folder, whole or not at all: tables, images, truth."""

import json
import shutil
from dataclasses import asdict
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd

from compendium.errors import InputError
from compendium.synthetic.images import make_scans
from compendium.synthetic.study import SyntheticStudy
from compendium.synthetic.tasks import tasks_of


def write_study(study: SyntheticStudy, out_dir: Path, *, tables_only: bool, workers: int) -> None:
    """Write the study to a folder beside `out_dir` and put it in its place when it is complete.

    Raises:
        InputError: `out_dir` holds something that is not a synthetic study.
    """
    if out_dir.exists() and any(out_dir.iterdir()) and not (out_dir / "truth.json").is_file():
        raise InputError(
            f"{out_dir}: is not empty and not a synthetic study (it has no truth.json); expected "
            "a new folder or a synthetic study to replace. Give another folder."
        )
    partial = out_dir.with_name(f".{out_dir.name}.partial")
    shutil.rmtree(partial, ignore_errors=True)
    (partial / "tables").mkdir(parents=True)
    for name, table in study.tables.items():
        if len(table):
            write_table(table, partial / "tables" / f"{name}.csv")
    (partial / "dicom").mkdir()
    made = [] if tables_only else make_scans(tasks_of(study), partial / "dicom", workers)
    truth = truth_record(study, made)
    (partial / "truth.json").write_text(json.dumps(truth, indent=1) + "\n", encoding="utf-8")
    _put_in_place(partial, out_dir)


def _put_in_place(partial: Path, out_dir: Path) -> None:
    """Swap the finished folder for an earlier one, which is removed last."""
    replaced = out_dir.with_name(f".{out_dir.name}.replaced")
    shutil.rmtree(replaced, ignore_errors=True)
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
