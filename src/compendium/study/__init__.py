"""A study: its folder, its tables in the schema's types, and whether its truth is known."""

import datetime as dt
from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from functools import cached_property
from pathlib import Path

import pandas as pd

from compendium.called import command
from compendium.errors import InputError
from compendium.files import project_root
from compendium.generated import is_generated, units
from compendium.remembered import remembered_in
from compendium.rules import Rules
from compendium.study.consistency import check_consistency
from compendium.study.declared import declared, settled
from compendium.study.evidence import days_of_history
from compendium.study.evidence_course import courses_against_themselves
from compendium.study.evidence_rows import rows_twice_or_lost
from compendium.study.evidence_stains import stains_in_order
from compendium.study.evidence_told import unlikely
from compendium.study.evidence_tumour import tumour_against_itself
from compendium.study.evidence_values import values_against_values
from compendium.study.identity import identity_problems
from compendium.study.images import check_images
from compendium.study.located import Tables as Located
from compendium.study.plausibility import stain_sums
from compendium.study.problems import Problem, errors_of, summary
from compendium.study.reading import content_of, read_study_files
from compendium.study.readings import readers_agree
from compendium.study.reads import HandedOut, Reads
from compendium.study.scans import check_scans
from compendium.study.validation import Tables, check_tables, comparable


@dataclass(frozen=True)
class Study:
    """A study as far as it could be read.

    Attributes:
        name: the folder's name.
        path: the study's folder.
        tables: every table of the schema by name; a table that the study lacks has no rows.
        found: problems that rest on no rule.
        located: the tables with the rows of their files.
        reads: notes what is taken from the study.
    """

    name: str
    path: Path
    tables: Mapping[str, pd.DataFrame]
    found: list[Problem] = field(default_factory=list)
    located: Located = field(default_factory=lambda: Located({}, {}), repr=False)
    reads: Reads = field(default_factory=Reads)

    def noting(self, reads: Reads) -> "Study":
        """The same study, of which is noted what is taken."""
        return replace(self, tables=HandedOut(self.tables, reads), reads=reads)

    @cached_property
    def synthetic(self) -> bool:
        """True where every file is as the generator wrote it, its truth among them."""
        remembered = remembered_in(project_root(), keep=False)
        return is_generated(self.path, lambda: units(self.path, remembered))

    @property
    def dicom_dir(self) -> Path:
        """The folder of the study's images; note in `reads` which of them are read."""
        return self.path / "dicom"

    def problems(self, rules: Rules) -> list[Problem]:
        """All that is wrong with the tables, by these rules."""
        for name in self.tables:
            self.reads.table(name)
        return [
            *self.found,
            *stain_sums(self.located, rules),
            *readers_agree(self.located, rules),
            *check_scans(self.located, rules),
        ]


def read_study(study_dir: str | Path) -> Study:
    """A study as far as it can be read, whatever is wrong with it.

    Args:
        study_dir: the study's folder, relative to the project's.

    Raises:
        InputError: the folder does not exist.
    """
    path = project_root() / study_dir
    if not path.is_dir():
        raise InputError(
            f"{study_dir}: there is no such folder in {project_root().name}; expected a study's "
            f"folder with its tables. Make one with {command(f'new-study {study_dir}')}."
        )
    content = content_of(path)
    key = (str(study_dir), content, dt.date.today())
    if key not in _LAST:
        study = _read(path, str(study_dir))
        _LAST.clear()
        if content_of(path) != content:  # it changes at this moment: not to be kept
            return study
        _LAST[key] = study
    kept = _LAST[key]
    return replace(
        kept,
        name=path.resolve().name,
        path=path,
        tables=_renumbered(kept.tables),
        found=list(kept.found),
    )


_LAST: dict[tuple[str, str, dt.date], Study] = {}  # as this process read it last


def _read(path: Path, shown_dir: str) -> Study:
    reading = read_study_files(path, shown_dir)
    typed, problems = check_tables(reading, shown_dir)
    tables = Located(typed, reading.tables)
    found = list(problems)
    if comparable(reading):
        found += [*check_consistency(tables), *_evidence(tables, path)]
    return Study(path.resolve().name, path, _renumbered(typed), found, tables)


def _evidence(tables: Located, path: Path) -> list[Problem]:
    """What the tables say against each other, as far as nobody has confirmed it."""
    told = declared(path)
    found = [
        *days_of_history(tables, told),
        *values_against_values(tables),
        *tumour_against_itself(tables),
        *courses_against_themselves(tables),
        *stains_in_order(tables),
        *rows_twice_or_lost(tables),
        *unlikely(tables),
    ]
    return list(settled(found, told))


def _renumbered(tables: Mapping[str, pd.DataFrame]) -> Tables:
    return {name: table.reset_index(drop=True) for name, table in tables.items()}


def examine(
    study_dir: str | Path, rules: Rules, *, images: bool = False
) -> tuple[Study, list[Problem]]:
    """A study as far as it can be read, and everything that is wrong with it.

    Args:
        study_dir: the study's folder, relative to the project's.
        rules: by which a scan keeps to the protocol.
        images: whether the images on disk are looked for and compared with the tables, too.

    Raises:
        InputError: the folder does not exist.
    """
    study = read_study(study_dir)
    problems = study.problems(rules)
    if images:
        problems += check_images(study.located, study.dicom_dir)
        problems += identity_problems(study.located, study.dicom_dir, rules)
    return study, problems


def load_study(study_dir: str | Path, rules: Rules | None = None) -> Study:
    """A study whose tables are all valid.

    Args:
        study_dir: the study's folder, relative to the project's.
        rules: by which they are; the registered ones where not given.

    Raises:
        InputError: the folder does not exist, or its tables are not valid; every problem is named.
    """
    study = read_study(study_dir)
    errors = errors_of(study.problems(rules or Rules()))
    if errors:
        raise InputError(summary(errors))
    return study
