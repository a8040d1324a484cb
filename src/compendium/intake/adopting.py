"""From a hospital's files to a study's tables in two runs: propose a mapping, then follow it."""

import hashlib
import json
from collections.abc import Mapping as Mapping_
from collections.abc import Sequence
from dataclasses import dataclass, field, replace
from pathlib import Path

import pandas as pd

from compendium.errors import InputError
from compendium.files import project_root, sha256, whole_folder, write_whole
from compendium.intake import mapping as rules
from compendium.intake.applying import apply
from compendium.intake.mapping import Mapping
from compendium.intake.redcap import described, is_dictionary, is_own, own_fields
from compendium.intake.sources import Source, read_sources
from compendium.intake.vocabulary import LEFT_OUT
from compendium.intake.workbook import read_mapping, write_mapping
from compendium.study.params_template import params_text
from compendium.study.templates import study_name
from compendium.tables import MODELS


@dataclass
class Outcome:
    """What a run did: `told` to be shown, `open` to be decided, `written` files."""

    told: list[str] = field(default_factory=list)
    open: list[str] = field(default_factory=list)
    written: list[Path] = field(default_factory=list)
    proposed: bool = False


def adopt(paths: Sequence[Path], name: str) -> Outcome:
    """Propose a mapping of the files, or write the study's tables by the one that is there.

    Args:
        paths: workbooks, CSV files, exports of REDCap.
        name: the study; its folder is data/<name>.

    Raises:
        InputError: the name cannot be used, a file cannot be read, the mapping does not fit, or the
            study's tables were not written by this command.
    """
    folder = project_root() / "data" / study_name(name)
    book = folder / "intake" / "mapping.xlsx"
    given = read_sources(paths)
    own = own_fields(given)
    sources = [described(source, own) for source in given if not is_dictionary(source)]
    outcome = Outcome(told=_skipped(sources))
    if not book.exists():
        mapping = rules.proposed(sources)
        _no_patients(sources, mapping)
        write_mapping(book, mapping)
        outcome.written, outcome.proposed = [book], True
        outcome.open = rules.undecided(mapping)
        outcome.told += _left_out(mapping)
        return outcome
    kept = read_mapping(book)
    before = (len(kept.columns), {(r.target, r.value) for r in kept.values})
    mapping = _updated(sources, kept, outcome)
    if before != (len(mapping.columns), {(r.target, r.value) for r in mapping.values}):
        write_mapping(book, mapping)
        outcome.told.append(f"{book.name}: now has the new columns and values")
    outcome.open += rules.undecided(mapping)
    if not outcome.open:
        adopted = apply(sources, mapping)
        outcome.open = adopted.conflicts
        if not adopted.conflicts:
            outcome.written = _write(folder, adopted.tables, paths, book)
            outcome.told += [
                f"no source for {target}: give its value in the sheet fixed"
                for target, value in mapping.fixed.items()
                if not value
            ]
    return outcome


def _skipped(sources: Sequence[Source]) -> list[str]:
    return [
        f"{source.place}, row {row}: left out, {why}"
        for source in sources
        for row, why in source.skipped
    ]


def _left_out(mapping: Mapping) -> list[str]:
    return [
        f"{rule.sheet or 'file'}: the column {rule.column!r} is left out, for it has no target"
        for rule in mapping.columns
        if rule.target == LEFT_OUT and not is_own(rule.column)
    ]


def _no_patients(sources: Sequence[Source], mapping: Mapping) -> None:
    if not any(rule.target == rules.ID for rule in mapping.columns):
        names = ", ".join(list(map(str, sources[0].cells))[:6]) if sources else "none"
        raise InputError(
            f"no column is known for the patient's number; the columns are {names}. Name one "
            "patient_id or 患者编号, in every sheet."
        )


def _updated(sources: Sequence[Source], mapping: Mapping, outcome: Outcome) -> Mapping:
    """The mapping with what is new in the sources: columns and values, each named."""
    there = {(source.sheet, str(name)) for source in sources for name in source.cells}
    known = {(rule.sheet, rule.column) for rule in mapping.columns}
    for rule in mapping.columns:
        if rule.target != LEFT_OUT and (rule.sheet, rule.column) not in there:
            outcome.open.append(
                f"{rule.sheet or 'file'}: the column {rule.column!r} of the mapping is not there; "
                "correct its name in the sheet columns, or leave it out"
            )
    fresh = [r for r in rules.proposed(sources).columns if (r.sheet, r.column) not in known]
    outcome.told += [f"new column {r.column!r}: proposed as {r.target}" for r in fresh]
    listed = {(rule.target, rule.value) for rule in mapping.values}
    mapping.columns += fresh
    found = rules.values_found(sources, mapping)
    new = [value for value in found if (value.target, value.value) not in listed]
    outcome.told += [
        f"new value of {v.target}: {v.value!r} ({v.count} times)"
        + (f", taken as {v.becomes}" if v.becomes else "")
        for v in new
    ]
    counts = {(value.target, value.value): value.count for value in found}
    mapping.values = [
        replace(rule, count=counts.get((rule.target, rule.value), 0)) for rule in mapping.values
    ] + new
    needed = {rule.target for rule in mapping.columns}
    mapping.values = [
        rule for rule in mapping.values if rule.count or (rule.becomes and rule.target in needed)
    ]
    return mapping


def _write(
    folder: Path, tables: Mapping_[str, pd.DataFrame], paths: Sequence[Path], book: Path
) -> list[Path]:
    """The tables, the record of what they came from, and the params file where there is none."""
    record = folder / "intake" / "record.json"
    earlier = _not_edited(folder, record)
    new = {
        f"{name}.csv": tables[name].to_csv(index=False, lineterminator="\n").encode("utf-8")
        for name in MODELS
        if name in tables and not tables[name].empty
    }
    kept = {
        "mapping": sha256(book),
        "sources": {path.name: sha256(path) for path in paths},
        "tables": {name: hashlib.sha256(data).hexdigest() for name, data in new.items()},
    }
    _note(record, kept | {"before": earlier})  # which an interrupted run leaves
    with whole_folder(folder / "tables") as place:
        for name in (f"{name}.csv" for name in MODELS):
            if name in new:
                (place / name).write_bytes(new[name])
            else:
                (place / name).unlink(missing_ok=True)
    _note(record, kept)
    written = [folder / "tables" / name for name in new]
    root = project_root()
    params = root / "params" / f"{folder.name}.yml"
    if not params.exists():
        write_whole(params, params_text(folder.name, root / "notebooks").encode("utf-8"))
        written.append(params)
    return written


def _note(record: Path, kept: Mapping_[str, object]) -> None:
    write_whole(record, (json.dumps(kept, indent=1, ensure_ascii=False) + "\n").encode("utf-8"))


def _not_edited(folder: Path, record: Path) -> dict[str, str]:
    """The sums of the tables that are there, by name.

    Raises:
        InputError: a person has made or changed one of them.
    """
    known = json.loads(record.read_text(encoding="utf-8")) if record.exists() else {}
    books = sorted(folder.glob("*.xls*"))
    if books:
        raise InputError(
            f"{books[0].name}: a workbook is in the study's folder; expected tables from one place "
            "only. Move it away first."
        )
    there = {path.name: sha256(path) for path in sorted((folder / "tables").glob("*.csv"))}
    for name, found in there.items():
        if found not in (known.get(when, {}).get(name) for when in ("tables", "before")):
            raise InputError(
                f"{folder.name}/tables/{name}: was not written by this command, or was "
                "changed since; expected it as written. Move it away, and correct the source or "
                "the mapping instead."
            )
    return there
