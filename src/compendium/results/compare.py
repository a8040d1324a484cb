"""What moved between two results folders: every number, table and patient, by one engine.

It serves the reproduction of published results, where nothing may move, and the comparison of two
data freezes, where the investigator wants to see what did.
"""

import json
import math
from collections.abc import Iterable, Mapping
from pathlib import Path
from typing import Any

import pandas as pd

from compendium.called import command
from compendium.errors import InputError

PARTS = ("value", "low", "high", "p", "n", "events", "unit", "reason")
RELATIVE_TOLERANCE = 1e-6  # iterative fits stop at about 1e-9; another BLAS moves them by less
P_TOLERANCE = 1e-6  # absolute: a p-value near zero has no meaningful relative error


def read_numbers(results_dir: Path) -> dict[str, dict[str, Any]]:
    """All reported numbers of a results folder by id, each with the notebook that made it.

    Raises:
        InputError: no such folder, no numbers in it, or one id from two notebooks.
    """
    files = sorted((results_dir / "numbers").glob("*.json"))
    if not files:
        raise InputError(
            f"{results_dir}: holds no numbers/*.json. Expected a results folder, such "
            f"as results/demo; run {command('make')} first."
        )
    numbers: dict[str, dict[str, Any]] = {}
    for file in files:
        record = json.loads(file.read_text(encoding="utf-8"))
        for number_id, entry in by_id(record).items():
            if number_id in numbers:
                raise InputError(
                    f"{file}: the number {number_id!r} is also reported by "
                    f"{numbers[number_id]['notebook']}; rename one."
                )
            numbers[number_id] = entry
    return numbers


def by_id(record: Mapping[str, Any]) -> dict[str, dict[str, Any]]:
    """The numbers of one notebook's record by id, each with the notebook's name."""
    return {n["id"]: n | {"notebook": record["notebook"]} for n in record["numbers"]}


def compare_numbers(old: Mapping[str, Any], new: Mapping[str, Any]) -> pd.DataFrame:
    """One row a number: `same`, `drifted`, `missing` or `new`, and by how much.

    Args:
        old, new: reported numbers by id, as `read_numbers` gives them.

    Returns:
        Columns id, notebook, state, part (the first that moved), old, new, relative_change.
    """
    rows = [
        _compared(number_id, old.get(number_id), new.get(number_id))
        for number_id in sorted({*old, *new})
    ]
    return pd.DataFrame(
        rows, columns=["id", "notebook", "state", "part", "old", "new", "relative_change"]
    )


def _compared(
    number_id: str, old: Mapping[str, Any] | None, new: Mapping[str, Any] | None
) -> dict[str, Any]:
    row: dict[str, Any] = {"id": number_id, "notebook": (new or old or {})["notebook"]}
    if old is None or new is None:
        kept = (new if old is None else old) or {}
        state, column = ("new", "new") if old is None else ("missing", "old")
        return row | {"state": state, "part": "", column: kept["value"]}
    for part in PARTS:
        if not _same(part, old[part], new[part]):
            change = _relative_change(old[part], new[part])
            return row | {
                "state": "drifted",
                "part": part,
                "old": old[part],
                "new": new[part],
                "relative_change": change,
            }
    return row | {"state": "same", "part": "", "old": old["value"], "new": new["value"]}


def _same(part: str, old: object, new: object) -> bool:
    """Counts and words agree exactly, p-values absolutely, other numbers relatively."""
    if not (isinstance(old, float) or isinstance(new, float)):
        return old == new
    if not (isinstance(old, int | float) and isinstance(new, int | float)):
        return False
    if part == "p":
        return abs(old - new) <= P_TOLERANCE
    return math.isclose(old, new, rel_tol=RELATIVE_TOLERANCE, abs_tol=1e-12)


def _relative_change(old: object, new: object) -> float:
    if isinstance(old, int | float) and isinstance(new, int | float) and old != 0:
        return new / old - 1
    return math.nan


def compare_patients(old_dir: Path, new_dir: Path) -> pd.DataFrame:
    """Patients of the cohort table who came, went or are classed otherwise.

    Returns:
        Columns patient_id, state (`new`, `missing`, `changed`), column, old, new.
    """
    old, new = _cohort(old_dir), _cohort(new_dir)
    rows: list[dict[str, object]] = []
    for patient in sorted({*old.index, *new.index}):
        if patient not in old.index or patient not in new.index:
            rows.append(
                {"patient_id": patient, "state": "new" if patient in new.index else "missing"}
            )
            continue
        for column in new.columns.intersection(old.columns):
            before, after = old.at[patient, column], new.at[patient, column]
            if before != after:
                rows.append(
                    {
                        "patient_id": patient,
                        "state": "changed",
                        "column": column,
                        "old": before,
                        "new": after,
                    }
                )
    return pd.DataFrame(rows, columns=["patient_id", "state", "column", "old", "new"])


def _cohort(results_dir: Path) -> pd.DataFrame:
    path = results_dir / "tables" / "cohort.csv"
    if not path.is_file():
        return pd.DataFrame(index=pd.Index([], name="patient_id"))
    return pd.read_csv(path, dtype=str, keep_default_na=False).set_index("patient_id")


def compare_tables(old_dir: Path, new_dir: Path) -> pd.DataFrame:
    """Published tables and figures' data that are not byte for byte the same.

    Returns:
        Columns table, state (`missing`, `new`, `drifted`).
    """
    old, new = (_tables(folder) for folder in (old_dir, new_dir))
    rows = []
    for name in sorted({*old, *new}):
        if name not in new or name not in old:
            rows.append({"table": name, "state": "new" if name in new else "missing"})
        elif not _same_table(old[name], new[name]):
            rows.append({"table": name, "state": "drifted"})
    return pd.DataFrame(rows, columns=["table", "state"])


def _tables(results_dir: Path) -> dict[str, Path]:
    return {path.stem: path for path in (results_dir / "tables").glob("*.csv")}


def _same_table(old: Path, new: Path) -> bool:
    if old.read_bytes() == new.read_bytes():
        return True
    try:
        pd.testing.assert_frame_equal(
            pd.read_csv(old),
            pd.read_csv(new),
            check_exact=False,
            rtol=RELATIVE_TOLERANCE,
            atol=1e-9,
        )
    except (AssertionError, pd.errors.EmptyDataError):
        return False
    return True


def summary(states: Iterable[str]) -> str:
    """`41 same, 1 drifted, 0 missing, 2 new`."""
    found = list(states)
    return ", ".join(f"{found.count(s)} {s}" for s in ("same", "drifted", "missing", "new"))
