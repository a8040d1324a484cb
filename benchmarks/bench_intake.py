"""Timings of a hospital's own workbook: from the file to a validated study; `make bench` runs it.

The workbook is that of the tests: two languages, four sheets of 60 columns together, titles,
totals, one row a patient with three courses side by side. A person's own minutes are not in the
figures: the steps are counted, and the one decision is made here as a person makes it in Excel. Of
thousands of such patients many share day 0, age, sex and stage, and are refused as the same person.
"""

import os
import sys
import tempfile
import time
from pathlib import Path

from shown import show

from compendium.intake.adopting import adopt
from compendium.intake.mapping import RowFilter
from compendium.intake.workbook import read_mapping, write_mapping
from compendium.rules import Rules
from compendium.study import examine
from compendium.study.problems import errors_of

sys.path.insert(0, str(Path(__file__).resolve().parents[1] / "tests"))

from hospital import PATIENTS, write_hospital

MANY = 5_000
STEPS = (
    "adopt: proposes the mapping",
    "Excel: leave out who was not enrolled",
    "adopt",
    "validate",
)


def from_file_to_study(folder: Path, patients: int) -> float:
    """Seconds of the program from the workbook to a validated study, printed step by step."""
    name = f"hospital_{patients}"
    source = write_hospital(folder / f"{name}.xlsx", patients)
    spent = []
    start = time.perf_counter()
    adopt([source], name)
    spent.append(time.perf_counter() - start)
    book = folder / "data" / name / "intake" / "mapping.xlsx"
    mapping = read_mapping(book)
    mapping.filters.append(RowFilter("患者总表", "入组", keep=False, value="否"))
    write_mapping(book, mapping)
    for act in (lambda: adopt([source], name), lambda: examine(f"data/{name}", Rules())):
        start = time.perf_counter()
        found = act()
        spent.append(time.perf_counter() - start)
    study, problems = found
    rows = sum(len(table) for table in study.tables.values())
    for step, seconds in zip((STEPS[0], *STEPS[2:]), spent, strict=True):
        show(f"{patients} patients, {step}, s", f"{seconds:.2f}")
    kinds = len({(problem.table, problem.column) for problem in errors_of(problems)})
    print(f"{rows} rows in {sum(map(bool, map(len, study.tables.values())))} tables, "
          f"{len(STEPS)} steps, {len(errors_of(problems))} errors of {kinds} kinds")  # fmt: skip
    return sum(spent)


def main() -> None:
    """The workbook of 40 patients, then of very many."""
    with tempfile.TemporaryDirectory() as temporary:
        folder = Path(temporary)
        (folder / "notebooks").mkdir()
        (folder / "pyproject.toml").touch()
        os.environ["COMPENDIUM_ROOT"] = str(folder)
        for patients in (PATIENTS, MANY):
            seconds = from_file_to_study(folder, patients)
            show(f"{patients} patients, all of it, s", f"{seconds:.2f}")


if __name__ == "__main__":
    main()
