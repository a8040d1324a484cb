"""What a study says of itself in its study.yml: the data freeze, and what a person has confirmed.

What it says for its article beside them is read by `says`.

data_freeze: 2025-06-30
confirmed:
  - {patient: P017, table: follow_up, column: tki_start_day, why: given within a trial}
"""

import datetime as dt
from collections.abc import Iterable, Iterator
from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import Any

from compendium.errors import InputError
from compendium.files import STUDY_FILE
from compendium.strict_yaml import read_yaml
from compendium.study import says
from compendium.study.problems import Problem
from compendium.study.says import Says, read_says

KEYS = ("data_freeze", "confirmed", *says.KEYS)
_KEYS = ("patient", "table", "column", "why")


@dataclass(frozen=True)
class Declared:
    """A study's own words.

    Attributes:
        data_freeze: last day of which the study knows; today where it does not say.
        confirmed: reason by patient, table and column, of what looks wrong and is right.
        says: what it says for its article.
    """

    data_freeze: dt.date
    confirmed: dict[tuple[str, str, str], str]
    says: Says = field(default_factory=Says)


def declared(study_dir: Path) -> Declared:
    """What study.yml says; without it, nothing lies after today and nothing is confirmed.

    Raises:
        InputError: study.yml has another key, no date, or a confirmation without its reason.
    """
    path = study_dir / STUDY_FILE
    # a day that has not come yet is wrong whenever the study is read; the registered day is firmer
    today = dt.date.today()
    if not path.is_file():
        return Declared(today, {})
    told = read_yaml(path.read_text(encoding="utf-8-sig"), STUDY_FILE) or {}
    if not isinstance(told, dict) or set(told) - {*KEYS}:
        raise InputError(f"{STUDY_FILE}: expected the keys {', '.join(KEYS)} only. Correct it.")
    freeze = told.get("data_freeze") or today
    if not isinstance(freeze, dt.date):
        raise InputError(f"{STUDY_FILE}: data_freeze is {freeze!r}; expected a date as 2025-06-30.")
    confirmed = dict(_confirmation(row) for row in told.get("confirmed") or [])
    return Declared(freeze, confirmed, read_says(told))


def _confirmation(row: Any) -> tuple[tuple[str, str, str], str]:
    cells = {key: str(row.get(key) or "") for key in _KEYS} if isinstance(row, dict) else {}
    if not cells or not all(cells[key] for key in _KEYS[1:]):
        raise InputError(
            f"{STUDY_FILE}, confirmed: {row!r}; expected {', '.join(_KEYS)}. Complete it."
        )
    return (cells["patient"], cells["table"], cells["column"]), cells["why"]


def settled(problems: Iterable[Problem], told: Declared) -> Iterator[Problem]:
    """The problems, those that a person has confirmed as notices with the reason."""
    for problem in problems:
        why = told.confirmed.get((problem.patient, problem.table, problem.column))
        if why is None:
            yield (
                replace(
                    problem,
                    remedy=f"{problem.remedy} If it is right as it stands, say so under "
                    f"confirmed in the study's {STUDY_FILE}: patient, table, column, why.",
                )
                if problem.severity == "error"
                else problem
            )
        else:
            yield replace(problem, severity="notice", remedy=f"Confirmed: {why}.")
