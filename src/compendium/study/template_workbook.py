"""The workbook of a new study: a guide, a sheet a table, drop-down lists and rules in the cells."""

import datetime as dt
from collections.abc import Sequence
from pathlib import Path

import xlsxwriter
from xlsxwriter.format import Format
from xlsxwriter.worksheet import Worksheet

from compendium.studies import STUDIES
from compendium.tables import COLUMNS, MODELS, REQUIRED_TABLES, YES_NO, Column, chinese_title

TEMPLATE_ROWS = 2000
OPTIONAL_IN_TEMPLATE = ("index_date", "note", "tg_post_day")
# A fixed date keeps the workbook the same, byte for byte, each time it is written.
MADE_AT = dt.datetime(2026, 1, 1)
FIRST_DATE, LAST_DATE = dt.date(1930, 1, 1), dt.date(2099, 12, 31)
FILL_IN, IF_ANY, NOT_NEEDED = "fill in 填写", "if any 如有", "–"


def in_template(name: str, *, as_days: bool = False) -> dict[str, Column]:
    """The columns of a table that a template shows, by their headers: dates in place of days."""
    return {
        column.name if as_days else column.date_name: column
        for column in COLUMNS[name].values()
        if not column.optional or column.name in OPTIONAL_IN_TEMPLATE
    }


def write_workbook(
    path: Path, tables: Sequence[str], studies: Sequence[str], *, as_days: bool
) -> Path:
    """Write a workbook with a guide and a sheet a table, each column's meaning as a comment.

    Args:
        tables: to be filled in; the sheets of the others are hidden.
        studies: codes of the registered studies that the workbook is for.
        as_days: columns of days since day 0 instead of dates.
    """
    with xlsxwriter.Workbook(path) as book:
        book.set_properties({"created": MADE_AT})
        _write_guide(book, tables, as_days=as_days)
        header = {"bold": True, "bottom": 1, "font_color": "white"}
        heads = {
            needed: book.add_format({**header, "bg_color": colour})
            for needed, colour in ((True, "#0072B2"), (False, "#595959"))
        }
        cells = {
            "date": book.add_format({"num_format": "yyyy-mm-dd"}),
            "text": book.add_format({"num_format": "@"}),  # 007 and 3-1 stay as they are typed
        }
        for name in MODELS:
            sheet = book.add_worksheet(name)
            _write_table(sheet, name, heads, cells, studies, as_days=as_days)
            if name not in tables:
                sheet.hide()
    return path


def _write_table(
    sheet: Worksheet,
    name: str,
    heads: dict[bool, Format],
    cells: dict[str, Format],
    studies: Sequence[str],
    *,
    as_days: bool,
) -> None:
    sheet.freeze_panes(1, 1)
    for at, (header, column) in enumerate(in_template(name, as_days=as_days).items()):
        dated = header.endswith("_date")
        sheet.write(0, at, header, heads[not column.missing])
        sheet.write_comment(0, at, comment(column, dated=dated), {"x_scale": 2.4, "y_scale": 1.8})
        form = "date" if dated else "text" if column.kind == "text" else ""
        sheet.set_column(at, at, max(12, len(header) + 3), cells.get(form))
        rule = _rule(column, studies, dated=dated)
        if rule:
            sheet.data_validation(1, at, TEMPLATE_ROWS, at, rule)


def _write_guide(book: xlsxwriter.Workbook, tables: Sequence[str], *, as_days: bool) -> None:
    sheet = book.add_worksheet("README")
    wrapped = book.add_format({"text_wrap": True, "valign": "top"})
    bold = book.add_format({"bold": True, "bottom": 1})
    columns = _needed_by()
    heads = [
        f"{name}: {list(need.values()).count(FILL_IN)} of {len(MODELS)}"
        for name, need in columns.items()
    ]
    sheet.set_column(0, 0, 22, wrapped)
    sheet.set_column(1, 2, 52, wrapped)
    sheet.set_column(3, 2 + len(columns), 18)
    sheet.write_row(0, 0, ["Sheet 表", "One row is", "每行为", *heads], bold)
    for row, (name, model) in enumerate(MODELS.items(), start=1):
        if name in tables:
            sheet.write_url(row, 0, f"internal:'{name}'!A1", string=name)
        else:
            sheet.write(row, 0, f"{name} (hidden 已隐藏)")
        needs = [need[name] for need in columns.values()]
        sheet.write_row(row, 1, [_summary(name), chinese_title(model), *needs])
    for row, line in enumerate(_legend(as_days=as_days), start=len(MODELS) + 2):
        sheet.write_row(row, 0, line)


def _needed_by() -> dict[str, dict[str, str]]:
    """For each study, with its PET where it can be without, which tables are to be filled in."""
    columns = {}
    for study in STUDIES.values():
        for pet in (False, True):
            filled = {*study.tables_needed(pet=pet), *REQUIRED_TABLES}
            if pet and filled == {*study.tables, *REQUIRED_TABLES}:
                continue
            columns[f"{study.code} + PET" if pet else study.code] = {
                name: FILL_IN if name in filled else IF_ANY if name in study.if_any else NOT_NEEDED
                for name in MODELS
            }
    return columns


def _legend(*, as_days: bool) -> tuple[tuple[str, str, str], ...]:
    dates = ("…_date", "a date; turned into days since index_date, the total thyroidectomy, on "
             "loading: give index_date in the sheet patient",
             "日期;读取时按 patient 表的 index_date(甲状腺全切术日)换算为天数")  # fmt: skip
    days = ("…_day", "days since day 0, the total thyroidectomy",
            "自甲状腺全切术日(第0天)起的天数")  # fmt: skip
    return (
        ("Blue header", "may not be empty", "蓝色表头:必填"),
        ("Grey header", "may be empty; point at the header to read what that means",
         "灰色表头:可留空(含义见批注)"),
        days if as_days else dates,
        ("TSH, Tg", "a value beyond a limit of detection is typed with its sign: <0.04, >500, ≥100",
         "超出检测限的数值请连同符号填写:<0.04、>500、≥100"),
        ("A reason", "why a value is missing goes into the sheet missing_reason",
         "缺失原因填入 missing_reason 表"),
        ("A hidden sheet", "right-click on the name of any sheet, Unhide",
         "右键单击任一工作表标签,选择“取消隐藏”"),
    )  # fmt: skip


def _summary(name: str) -> str:
    return (MODELS[name].__doc__ or "").splitlines()[0]


def comment(column: Column, *, dated: bool = False) -> str:
    """What a column means and what a cell of it holds, in English and Chinese."""
    empty_en = f"Empty: {column.missing}." if column.missing else "May not be empty."
    empty_zh = "可留空。" if column.missing else "必填。"
    expected = "a date, such as 2019-03-07" if dated else column.expected()
    english = f"{column.description}.\nExpected: {expected}.\n{empty_en}"
    return f"{english}\n{column.zh}{'(填日期)' if dated else ''}。{empty_zh}"


def _rule(column: Column, studies: Sequence[str], *, dated: bool) -> dict[str, object]:
    """A drop-down list, or limits of dates or numbers, for the cells of a column; or nothing."""
    rule: dict[str, object] = {"error_message": column.expected()[:255], "ignore_blank": True}
    if dated:
        limits = {"criteria": "between", "minimum": FIRST_DATE, "maximum": LAST_DATE}
        told = "a date, such as 2019-03-07 日期,如 2019-03-07"
        return rule | {"validate": "date", "error_message": told} | limits
    if column.codes or column.kind == "yes_no":
        return rule | {"validate": "list", "source": _codes(column, studies)}
    if column.kind not in ("number", "whole") or column.laboratory:  # Excel takes <0.04 for text
        return {}
    rule["validate"] = "decimal" if column.kind == "number" else "integer"
    least = column.ge if column.ge is not None else column.gt
    if least is not None and column.le is not None:
        return rule | {"criteria": "between", "minimum": least, "maximum": column.le}
    if column.gt is not None:
        return rule | {"criteria": ">", "value": column.gt}
    return rule | {"criteria": ">=", "value": least if least is not None else -1e15}


def _codes(column: Column, studies: Sequence[str]) -> list[str]:
    """The codes of a column; of studies and tracers those that the workbook is for."""
    codes = list(column.codes or YES_NO)
    own = {*studies, *(one.code for code in studies for one in STUDIES[code].tracers)}
    return [code for code in codes if code in own] if set(codes) & own else codes
