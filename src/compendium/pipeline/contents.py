"""What a study holds now, as hashes: each table by its cells, each series by its files."""

import json
from collections.abc import Callable, Sequence
from functools import cached_property, partial
from pathlib import Path
from typing import Any

from compendium.files import hidden
from compendium.generated import is_generated, units
from compendium.parts import parts_of
from compendium.remembered import Remembered, digest


class StudyContents:
    """Hashes of a study's tables and images.

    A table counts by the cells that are read of it, so that saving it again in Excel as it was
    changes nothing. A workbook is read sheet by sheet.

    Args:
        study_dir: the study's folder, absolute.
        remembered: what is known of files.
    """

    def __init__(self, study_dir: Path, remembered: Remembered) -> None:
        self.study_dir = study_dir
        self._remembered = remembered
        self._tables: dict[str, str] | None = None

    @property
    def there(self) -> bool:
        """Whether the study's folder is there at all; results may travel without it."""
        return self.study_dir.is_dir()

    @property
    def identity(self) -> dict[str, Any]:
        """What every chapter shows of the study: its name, and whether its truth is known."""
        return {"name": self.study_dir.resolve().name, "synthetic": self._synthetic}

    @cached_property
    def units(self) -> dict[str, str]:
        """Hash of each file, and of each folder of images, as they were when first asked for."""
        return units(self.study_dir, self._remembered)

    @cached_property
    def _synthetic(self) -> bool:
        return is_generated(self.study_dir, lambda: self.units)

    @property
    def parts(self) -> list[str]:
        """What the study holds, as `parts` names it; found without judging its tables."""
        return parts_of(
            self._column("patient", "study"),
            self._column("pet_scan", "tracer"),
            self._column("pet_scan", "series_dir"),
            self._column("lesion_reading", "reader_id"),
        )

    def _column(self, table: str, column: str) -> list[str]:
        """The values of a column of codes, each once; empty where there is none."""
        found = self.study_dir / "tables" / f"{table}.csv"
        books = _files(self.study_dir, lambda end: end.startswith(".xls"))
        values: set[str] = set()
        if found.is_file():
            values |= set(
                self._remembered.of(f"values-of-{column}", found, partial(_of_csv, column))
            )
        for path in books:
            read = partial(_of_sheet, table, column)
            values |= set(self._remembered.of(f"values-of-{column}", path, read))
        return sorted(values)

    def table(self, name: str) -> str:
        """Hash of a table's cells; empty where the study has no such table."""
        return self.tables().get(name, "")

    def image(self, name: str) -> str:
        """Hash of a series' folder or of a region file; empty where there is none."""
        path = self.study_dir / "dicom" / name
        if path.suffix.lower() == ".nhdr":  # its voxels lie in a file beside it
            beside = sorted(path.parent.glob(f"{path.stem}.*"))
            return digest(self._remembered.content(file).encode() for file in beside)
        return self._remembered.content(path)

    def tables(self) -> dict[str, str]:
        """Hash of each table by name, as they were when first asked for."""
        if self._tables is None:
            found = _files(self.study_dir / "tables", lambda end: end == ".csv")
            books = _files(self.study_dir, lambda end: end.startswith(".xls"))
            self._tables = {path.stem: self._remembered.of("cells", path, _csv) for path in found}
            for path in books:
                self._tables |= self._remembered.of("sheets", path, _sheets)
        return self._tables


def _files(folder: Path, wanted: Callable[[str], bool]) -> list[Path]:
    if not folder.is_dir():
        return []
    return [
        path
        for path in sorted(folder.iterdir())
        if wanted(path.suffix.lower()) and not hidden(path.name)
    ]


def _of_csv(column: str, path: Path) -> list[str]:
    from compendium.study.spreadsheets import read_lines

    try:
        return _values(column, read_lines(path.read_bytes()))
    except ValueError:  # whoever reads it says what is wrong with it
        return []


def _of_sheet(table: str, column: str, path: Path) -> list[str]:
    from compendium.study.spreadsheets import read_sheets

    try:
        sheets = read_sheets(path)
    except ValueError:
        return []
    lines = (cells for name, cells in sheets.items() if name.strip().lower() == table)
    return sorted({value for cells in lines for value in _values(column, cells)})


def _values(column: str, lines: Sequence[Sequence[object]]) -> list[str]:
    """What stands below a heading, each value once."""
    for number, line in enumerate(lines):
        heads = [str(cell).strip().lower() for cell in line]
        if column in heads:
            place = heads.index(column)
            below = (
                str(row[place] or "").strip() for row in lines[number + 1 :] if place < len(row)
            )
            return sorted(set(below) - {""})
    return []


def _csv(path: Path) -> str:
    from compendium.study.spreadsheets import read_lines

    raw = path.read_bytes()
    try:
        return _of_cells(read_lines(raw))
    except ValueError:  # whoever reads it says what is wrong with it
        return digest([raw])


def _sheets(path: Path) -> dict[str, str]:
    from compendium.study.spreadsheets import formulas_without_result, read_sheets

    try:
        sheets, uncomputed = read_sheets(path), formulas_without_result(path)
    except ValueError:
        return {"": digest([path.read_bytes()])}
    return {name.strip().lower(): _of_cells([cells, uncomputed]) for name, cells in sheets.items()}


def _of_cells(cells: object) -> str:
    return digest([json.dumps(cells, default=repr).encode()])
