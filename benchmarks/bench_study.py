"""Timings of a study of 10,000 patients: load, validate, classify; `make bench` runs it.

Table 1 is timed on fewer of them, and a workbook on a thousand.
"""

import resource
import tempfile
import time
from pathlib import Path

import pandas as pd
from shown import show

from compendium.cohort import membership as cohort
from compendium.cohort import table_one
from compendium.cohort.eligibility import eligibility_rules
from compendium.disease import progression, response
from compendium.rules import Rules
from compendium.study import examine
from compendium.study.problems import errors_of
from compendium.synthetic.study import make_study
from compendium.synthetic.truth import TRUTHS
from compendium.synthetic.writing import confirmations, write_table

PATIENTS, DRAWS = 10_000, 10
IN_TABLE = 2_000
TARGET_SECONDS = 10.0
SEED = 20251218


def write_csv(folder: Path, draws: int) -> Path:
    """Draws of 1,000 candidates of TROP2, and TSH124I, with what the draws confirm."""
    half = PATIENTS // DRAWS // 2
    parts: dict[str, list[pd.DataFrame]] = {}
    for draw in range(draws):
        study = make_study(TRUTHS["assumed"], SEED + draw, n_responders=half, n_non_responders=half)
        for name, table in study.tables.items():
            keys = [key for key in ("patient_id", "scan_id") if key in table]
            own = table.assign(**{key: table[key] + f"-{draw}" for key in keys})
            parts.setdefault(name, []).append(own)
    tables = {name: pd.concat(tables, ignore_index=True) for name, tables in parts.items()}
    (folder / "tables").mkdir(parents=True)
    for name, table in tables.items():
        write_table(table, folder / "tables" / f"{name}.csv")
    (folder / "study.yml").write_text(confirmations(tables), encoding="utf-8")
    return folder


def write_workbook(csv_dir: Path, folder: Path) -> Path:
    """The same tables as one workbook."""
    folder.mkdir()
    with pd.ExcelWriter(folder / "study.xlsx", engine="xlsxwriter") as book:
        for path in sorted((csv_dir / "tables").glob("*.csv")):
            pd.read_csv(path, dtype=str).to_excel(book, sheet_name=path.stem, index=False)
    return folder


def classify(tables: dict[str, pd.DataFrame]) -> pd.DataFrame:
    """Eligibility, response, progression, and the flow."""
    rules = Rules()
    criteria = eligibility_rules(rules)
    ledger = cohort.judge(tables, criteria)
    classes = cohort.with_classes(
        cohort.cohort_of(ledger),
        response.classify_response(tables, rules),
        progression.classify_progression(tables, rules),
    )
    cohort.flow_of(ledger, criteria)
    return classes


def timed(what: str, target: str, function, *arguments) -> object:  # type: ignore[no-untyped-def]
    """Print how long a call takes beside its target, and return its result."""
    start, cpu = time.perf_counter(), time.process_time()
    result = function(*arguments)
    print_line(what, target, time.perf_counter() - start, time.process_time() - cpu)
    return result


def print_line(what: str, target: str, seconds: float, cpu: float) -> None:
    """One figure: wall time, and the processor's own, which other work does not lengthen."""
    show(f"{what}, s (processor, s)", f"{seconds:.1f} ({cpu:.1f})", target)


def main() -> None:
    """Write the study in both forms, then time what is asked of it."""
    with tempfile.TemporaryDirectory() as temporary:
        csv_dir = write_csv(Path(temporary) / "csv", DRAWS)
        one_dir = write_csv(Path(temporary) / "one", 1)
        book_dir = write_workbook(one_dir, Path(temporary) / "book")
        start, cpu = time.perf_counter(), time.process_time()
        words = f"load and validate {PATIENTS} patients, CSV"
        study, problems = timed(words, "", examine, csv_dir, Rules())
        classes = timed("classify them", "", classify, study.tables)
        total = time.perf_counter() - start
        target = f"< {TARGET_SECONDS:g}"
        print_line("both together", target, total, time.process_time() - cpu)
        people = table_one.characteristics(study.tables).merge(classes, on="patient_id")
        people = people.head(IN_TABLE)
        variables = [name for name in people if name not in classes.columns]
        groups = ("responder", "non_responder")
        words = f"Table 1 of {IN_TABLE} of them"
        timed(words, "", table_one.table_one, people, "rai_response", groups, variables)
        words = f"load and validate {PATIENTS // DRAWS} patients, {{}}"
        from_csv, _ = timed(words.format("CSV"), "", examine, one_dir, Rules())
        from_book, _ = timed(words.format("workbook"), "", examine, book_dir, Rules())
        for name, table in from_csv.tables.items():
            pd.testing.assert_frame_equal(table, from_book.tables[name])
        rows = sum(len(table) for table in study.tables.values())
        print(f"{rows} rows; {len(classes)} candidates; both forms give identical tables")
        print(f"{len(errors_of(problems))} of them taken for an error by chance")
    peak = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024
    show("peak memory, with writing the files, MB", f"{peak:.0f}")


if __name__ == "__main__":
    main()
