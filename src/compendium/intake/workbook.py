"""The mapping as a workbook that a person edits in Excel, with drop-downs from a sheet of lists."""

import datetime as dt
import io
import re
from pathlib import Path
from typing import Any

import xlsxwriter
from xlsxwriter.worksheet import Worksheet

from compendium.errors import InputError
from compendium.files import write_whole
from compendium.intake.mapping import DATE_READINGS, ColumnRule, Mapping, RowFilter, ValueRule
from compendium.intake.vocabulary import (
    COVARIATE,
    LEFT_OUT,
    MISSING,
    covariate_of,
    target_column,
    targets,
)
from compendium.study.nearest import closest
from compendium.study.spreadsheets import read_sheets
from compendium.tables import COLUMNS

SPARE_ROWS = 200
VARIABLE = r"[a-z][a-z0-9_]*"  # as the table covariate has it
MADE_AT = dt.datetime(2026, 1, 1)  # the same workbook byte for byte each time
KEEP, LEAVE_OUT = "keep", "leave out"
SHEETS = {
    "columns": ("sheet", "column", "examples", "target", "number", "factor", "dates"),
    "values": ("target", "value", "count", "becomes"),
    "filters": ("sheet", "column", "rule", "value"),
    "fixed": ("target", "value"),
}
GUIDE = (
    ("columns", "One row a column of your files. Choose its target; `number` tells the first, "
     "second … of several; `factor` turns its unit into the study's; `dates` says how dates are "
     "written. An empty factor or reading has to be filled in. A column of which the study has "
     "none is kept for Table 1 under a name of yours: type covariate: smoking.",
     "每行为源文件的一列:选择目标列;number 表示第几次;factor 为单位换算系数;"
     "dates 为日期写法。空白处须填写。其他变量可输入 covariate: smoking 之类的名称予以保留。"),
    ("values", "One row a value that is not the study's own. Fill in what it becomes; an empty "
     "cell has to be decided.", "每行为一个需换算的取值:填写其对应编码;空白处须确定。"),
    ("filters", "Rows to keep or leave out: sheet, column, rule, value. No row: all are kept.",
     "行筛选:保留或剔除的取值;不填则全部保留。"),
    ("fixed", "Values that no column of yours has; {n} is the number of a course or lesion.",
     "源文件中没有的列的固定值;{n} 为次序号。"),
    ("then", "Save, close, and run the same command again.", "保存并关闭后,再次运行同一命令。"),
)  # fmt: skip


def write_mapping(path: Path, mapping: Mapping) -> None:
    """Write the mapping with a drop-down wherever the words are known."""
    held = io.BytesIO()
    with xlsxwriter.Workbook(held, {"in_memory": True, "strings_to_formulas": False}) as book:
        book.set_properties({"created": MADE_AT})
        bold = book.add_format({"bold": True, "bottom": 1})
        wrap = book.add_format({"text_wrap": True, "valign": "top"})
        guide = book.add_worksheet("README")
        guide.set_column(1, 2, 70, wrap)
        for row, line in enumerate(GUIDE):
            guide.write_row(row, 0, line)
        text = book.add_format({"num_format": "@"})
        sheets = {name: book.add_worksheet(name) for name in SHEETS}
        for name, sheet in sheets.items():
            sheet.write_row(0, 0, SHEETS[name], bold)
            sheet.freeze_panes(1, 0)
            sheet.set_column(0, len(SHEETS[name]) - 1, 24, text)
            for row, line in enumerate(_lines(name, mapping), start=1):
                for at, cell in enumerate(line):
                    if isinstance(cell, str):
                        sheet.write_string(row, at, cell, text)
                    elif cell is not None:
                        sheet.write_number(row, at, cell)
        _restrict(sheets, book.add_worksheet("lists"), mapping)
    write_whole(path, held.getvalue())


def _lines(name: str, mapping: Mapping) -> list[tuple[Any, ...]]:
    if name == "columns":
        return [(r.sheet, r.column, r.examples, r.target, r.number, r.factor, r.dates)
                for r in mapping.columns]  # fmt: skip
    if name == "values":
        return [(r.target, r.value, r.count, r.becomes) for r in mapping.values]
    if name == "filters":
        return [(f.sheet, f.column, KEEP if f.keep else LEAVE_OUT, f.value)
                for f in mapping.filters]  # fmt: skip
    return list(mapping.fixed.items())


def _restrict(sheets: dict[str, Worksheet], lists: Worksheet, mapping: Mapping) -> None:
    """Drop-downs from ranges of the sheet lists: a list in a cell may have 255 letters only."""
    ranges: dict[str, str] = {}
    for at, (name, words) in enumerate(_lists(mapping).items()):
        lists.write_column(0, at, [name, *words])
        letter = xlsxwriter.utility.xl_col_to_name(at)
        ranges[name] = f"=lists!${letter}$2:${letter}${len(words) + 1}"

    def rule(sheet: str, row: int, last: int, column: str, name: str, *, strict: bool) -> None:
        at = SHEETS[sheet].index(column)
        options = {"validate": "list", "source": ranges[name], "show_error": strict}
        sheets[sheet].data_validation(row, at, last, at, options)

    last = len(mapping.columns)
    rule("columns", 1, max(last, 1), "target", "target", strict=False)  # or covariate: NAME
    rule("columns", 1, max(last, 1), "dates", "dates", strict=True)
    rule("filters", 1, SPARE_ROWS, "rule", "rule", strict=True)
    for row, value in enumerate(mapping.values, start=1):
        if value.target in ranges:
            rule("values", row, row, "becomes", value.target, strict=True)
    for row, target in enumerate(mapping.fixed, start=1):
        if target in ranges:
            rule("fixed", row, row, "value", target, strict=False)


def _lists(mapping: Mapping) -> dict[str, list[str]]:
    lists = {
        "target": [LEFT_OUT, *targets()],
        "dates": list(DATE_READINGS),
        "rule": [KEEP, LEAVE_OUT],
    }
    for name in dict.fromkeys([*(rule.target for rule in mapping.values), *mapping.fixed]):
        column = target_column(name) or targets()[name]
        codes = list(column.codes or (("yes", "no") if column.kind == "yes_no" else ()))
        if codes:
            lists[name] = [*codes, *(missing_words() if column.missing else [])]
    return lists


def missing_words() -> list[str]:
    """What a value may become that is missing: without a reason, or with one."""
    reasons = COLUMNS["missing_reason"]["reason"].codes or ()
    return [MISSING, *(f"{MISSING[:-1]}: {reason})" for reason in reasons)]


def read_mapping(path: Path) -> Mapping:
    """The mapping as a person left it.

    Raises:
        InputError: a sheet or a column is gone, or a cell holds what it may not.
    """
    try:
        sheets = read_sheets(path)
    except ValueError as error:
        raise InputError(
            f"{path.name}: it cannot be read ({error}); expected the mapping workbook. Save it in "
            "Excel as .xlsx, or delete it to begin again."
        ) from error
    rows = {name: _rows(path, name, sheets.get(name, [])) for name in SHEETS}
    mapping = Mapping()
    for row, cells in rows["columns"]:
        mapping.columns.append(_column_rule(f"{path.name}, sheet columns, row {row}", cells))
    for row, cells in rows["values"]:
        where = f"{path.name}, sheet values, row {row}"
        _a_target(where, cells["target"], list(targets()))
        mapping.values.append(_value_rule(where, cells))
    for row, cells in rows["filters"]:
        _known(f"{path.name}, sheet filters, row {row}", cells["rule"], [KEEP, LEAVE_OUT])
        keep = cells["rule"] == KEEP
        mapping.filters.append(RowFilter(cells["sheet"], cells["column"], keep, cells["value"]))
    for row, cells in rows["fixed"]:
        _known(f"{path.name}, sheet fixed, row {row}", cells["target"], list(targets()))
        mapping.fixed[cells["target"]] = cells["value"]
    return mapping


def _rows(path: Path, name: str, lines: list[list[Any]]) -> list[tuple[int, dict[str, str]]]:
    header = [str(cell or "").strip() for cell in lines[0]] if lines else []
    absent = [column for column in SHEETS[name] if column not in header]
    if absent:
        raise InputError(
            f"{path.name}, sheet {name}: no column {absent[0]}; expected {', '.join(SHEETS[name])} "
            "in the first row. Put it back, or delete the workbook to begin again."
        )
    return [
        (row, {column: _cell(line, header.index(column)) for column in SHEETS[name]})
        for row, line in enumerate(lines[1:], start=2)
        if any(cell is not None for cell in line)
    ]


def _cell(line: list[Any], at: int) -> str:
    cell = line[at] if at < len(line) else None
    if cell is None:
        return ""
    return f"{cell:g}" if isinstance(cell, float) else str(cell).strip()


def _known(where: str, word: str, words: list[str]) -> None:
    if word not in words:
        raise InputError(
            f"{where}: {word!r} is not known; expected a word of the drop-down list. "
            f"{closest(word, words)}Correct it."
        )


def _a_target(where: str, target: str, words: list[str]) -> None:
    """Nothing, where it is a target of the list, or a covariate with a possible name."""
    name = covariate_of(target)
    if target.startswith(COVARIATE.strip()) and target not in words:
        if not re.fullmatch(VARIABLE, name):
            raise InputError(
                f"{where}: {target!r} names no variable; expected {COVARIATE}and a name in small "
                f"Latin letters, digits and _, such as {COVARIATE}smoking. Correct it."
            )
        return
    _known(where, target, words)


def _column_rule(where: str, cells: dict[str, str]) -> ColumnRule:
    _a_target(where, cells["target"], [LEFT_OUT, *targets()])
    if cells["dates"]:
        _known(where, cells["dates"], list(DATE_READINGS))
    try:
        number = int(cells["number"] or 1)
        factor = float(cells["factor"]) if cells["factor"] else None
    except ValueError as error:
        raise InputError(f"{where}: {error}; expected a number. Correct it.") from None
    return ColumnRule(
        cells["sheet"], cells["column"], cells["examples"], cells["target"], number, factor,
        cells["dates"],
    )  # fmt: skip


def _value_rule(where: str, cells: dict[str, str]) -> ValueRule:
    column, becomes = target_column(cells["target"]), cells["becomes"]
    if column is None:
        return ValueRule(cells["target"], cells["value"], int(cells["count"] or 0), becomes)
    codes = list(column.codes or (("yes", "no") if column.kind == "yes_no" else ()))
    if becomes and (codes or becomes.startswith("(")):
        _known(where, becomes, [*codes, *missing_words()])
    return ValueRule(cells["target"], cells["value"], int(cells["count"] or 0), becomes)
