"""A study as the bench opens it: checked once, with its rules and what it has published."""

import os
from collections.abc import Mapping
from dataclasses import dataclass
from functools import lru_cache
from pathlib import Path
from typing import Any

import pandas as pd

from compendium.errors import InputError
from compendium.files import project_root
from compendium.parameters import read_params, study_settings
from compendium.params_files import params_of
from compendium.pipeline.contents import StudyContents
from compendium.pipeline.exploring import STUDY, last_study
from compendium.remembered import remembered_in
from compendium.results.compare import read_numbers
from compendium.results.provenance import read_record
from compendium.results.record import as_written
from compendium.rules import Rules
from compendium.study import Study, load_study


@dataclass(frozen=True)
class Opened:
    """A study, by the rules of its params file.

    Attributes:
        name: of its params file.
        study: its tables.
        rules: the study's own.
        results_dir: where it publishes.
    """

    name: str
    study: Study
    rules: Rules
    results_dir: Path

    @property
    def tables(self) -> Mapping[str, pd.DataFrame]:
        """Its tables by name."""
        return self.study.tables

    def published(self) -> dict[str, dict[str, Any]]:
        """Its published numbers by id; none where nothing was published."""
        there = any((self.results_dir / "numbers").glob("*.json"))
        return read_numbers(self.results_dir) if there else {}

    def published_table(self, name: str) -> pd.DataFrame:
        """A table as the study publishes it; without rows where it was not published."""
        file = f"tables/{name}.csv"
        for record in sorted((self.results_dir / "numbers").glob("*.json")):
            for entry in read_record(record).get("published", ()):
                if entry["file"] == file:
                    return self.rows_of(entry)
        return pd.DataFrame()

    def rows_of(self, entry: Mapping[str, Any]) -> pd.DataFrame:
        """The rows of a published table by its record's entry; none where its file is gone."""
        path = self.results_dir / str(entry["file"])
        return as_written(path.read_bytes(), entry["texts"]) if path.is_file() else pd.DataFrame()

    def settings(self, notebook: str) -> dict[str, Any]:
        """A chapter's settings of this study."""
        source = project_root() / "notebooks" / f"{notebook}.ipynb"
        return study_settings(source, project_root() / "params" / f"{self.name}.yml")

    @property
    def first_patient(self) -> str:
        """The first patient of its table.

        Raises:
            InputError: it has none.
        """
        for name in self.tables["patient"]["patient_id"]:
            return str(name)
        raise InputError(f"{self.study.name}: its table patient has no row; expected a patient.")

    def require_scans(self) -> None:
        """Refuse a study without a scan."""
        if self.tables["pet_scan"].empty:
            raise InputError(
                f"{self.study.name}: its table pet_scan has no row; expected at least one scan. "
                "There is no PET to look at."
            )

    def require_patient(self, patient: str) -> None:
        """Refuse a pseudonym that the study does not have."""
        known = self.tables["patient"]["patient_id"].tolist()
        if patient not in known:
            raise InputError(
                f"{self.study.name}: has no patient {patient!r}; it has {len(known)}, such as "
                f"{', '.join(known[:3]) or 'none'}."
            )


def opened(name: str = "") -> Opened:
    """The study of params/<name>.yml; read again only where its tables are not as they were.

    Args:
        name: where not given, the study on which JupyterLab was opened, or that opened last.

    Raises:
        InputError: there is no such study, or its tables are not valid.
    """
    root = project_root()
    name = name or os.environ.get(STUDY) or last_study(root)
    params_file = params_of(name)
    params = read_params(params_file)
    contents = StudyContents(root / str(params["study_dir"]), remembered_in(root))
    held = (tuple(sorted(contents.tables().items())), params_file.read_bytes())
    return _read(root, name, held)


@lru_cache(maxsize=4)
def _read(root: Path, name: str, held: object) -> Opened:
    params = read_params(root / "params" / f"{name}.yml")
    rules = Rules(**params["rules"])
    study = load_study(str(params["study_dir"]), rules)
    return Opened(name, study, rules, root / str(params["results_dir"]))
