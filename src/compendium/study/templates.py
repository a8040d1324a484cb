"""Templates of a new study: workbook or CSV files, params file, and the next three steps."""

import datetime as dt
import json
import re
import textwrap
from collections.abc import Mapping
from pathlib import Path
from typing import Any

import pandas as pd
import xlsxwriter
from xlsxwriter.format import Format
from xlsxwriter.worksheet import Worksheet

from compendium.errors import InputError
from compendium.files import project_root
from compendium.limits import Limit
from compendium.parameters import RULES, SHARED, declared_parameters
from compendium.rules import Rules
from compendium.settings import Settings
from compendium.studies import STUDIES
from compendium.tables import COLUMNS, MODELS, YES_NO, Column, chinese_title

TEMPLATE_ROWS = 2000
OPTIONAL_IN_TEMPLATE = ("index_date", "note", "tg_post_day")
SEED = 20251218
NAME = re.compile(r"[A-Za-z0-9][A-Za-z0-9_-]*")
# A fixed date keeps the workbook the same, byte for byte, each time it is written.
MADE_AT = dt.datetime(2026, 1, 1)

STEPS = """\
# {name}

Three steps to your own results. 三步得到自己的结果。

1. **Fill in the tables** in `{tables}`, one row an observation, under pseudonyms. Point at a
   column's header to read what it means; leave a cell empty where a value is missing. Days are
   counted from day 0, the total thyroidectomy; where you have dates, rename the column from
   `…_day` to `…_date` and give each patient's `index_date`: dates are turned into days on loading
   and go no further. Put the PET series into `dicom/`, one folder a series, and the region files
   beside them. Tables that you do not have may be deleted, but for `patient` and `pathology`.
   填写各表(每行一条记录,使用化名编号);缺失值留空;PET序列放入 `dicom/`,每个序列一个文件夹。
2. **Validate**: `compendium validate {folder} --report validation.html`. It lists all problems at
   once, each with its place and what to do. 校验数据:一次列出全部问题及修改方法。
3. **Make the book**: `make STUDY={name}`. The settings are in `params/{name}.yml`, every one
   explained there. 生成全部结果:参数见 `params/{name}.yml`。

Nothing of this folder is published or kept under version control.
本文件夹内的任何内容都不会公开,也不进入版本控制。
"""


def new_study(study_dir: Path, *, as_csv: bool = False) -> list[Path]:
    """Write the templates of a study into a new folder of the project, and its params file.

    Args:
        study_dir: the folder, relative to the project's: data/<name>.
        as_csv: one CSV file a table instead of a workbook.

    Returns:
        The files written.

    Raises:
        InputError: the name cannot be used, or the study is there already.
    """
    root = project_root()
    name, folder = study_dir.name, root / study_dir
    params = root / "params" / f"{name}.yml"
    if not NAME.fullmatch(name) or study_dir.parent != Path("data"):
        raise InputError(
            f"{study_dir}: cannot be a study; expected data/<name>, the name of letters, digits, _ "
            "and -. Choose another, such as data/mystudy."
        )
    for taken in (folder, params):
        if taken.exists() and (taken.is_file() or any(taken.iterdir())):
            raise InputError(
                f"{taken.relative_to(root)}: is there already; expected a new study. Choose "
                "another name, or move it away first."
            )
    (folder / "dicom").mkdir(parents=True, exist_ok=True)
    written = _write_csv_templates(folder) if as_csv else [_write_workbook(folder / f"{name}.xlsx")]
    readme = folder / "README.md"
    tables = "tables/" if as_csv else f"{name}.xlsx"
    readme.write_text(STEPS.format(name=name, folder=study_dir, tables=tables), encoding="utf-8")
    params.parent.mkdir(exist_ok=True)
    params.write_text(params_text(name, root / "notebooks"), encoding="utf-8")
    return [*written, readme, params]


def write_tables(study_dir: Path, tables: Mapping[str, pd.DataFrame]) -> list[Path]:
    """Write tables as a new study's CSV files.

    Raises:
        InputError: the study has tables already.
    """
    folder = project_root() / study_dir / "tables"
    if folder.exists() and any(folder.iterdir()):
        raise InputError(
            f"{study_dir}/tables: is there already; expected a new study. Choose another name, or "
            "move it away first."
        )
    folder.mkdir(parents=True, exist_ok=True)
    written = []
    for name, table in tables.items():
        written.append(folder / f"{name}.csv")
        table.to_csv(written[-1], index=False, encoding="utf-8", lineterminator="\n")
    return written


def params_text(name: str, notebooks: Path) -> str:
    """A params file with every rule and every parameter of every notebook, explained."""
    lines = [
        f"# Settings of the study {name}; `make STUDY={name}` uses them. Every one is here with",
        "# its default: change a value, or delete the line to keep it. A value that departs from",
        "# the default is marked in the book.",
        f"study_dir: data/{name}  # folder of the study, from the project's",
        f"results_dir: results/{name}  # folder of the results, from the project's",
        f"seed: {SEED}  # of all random numbers",
        "",
        "# Limits of the studies, each once for validation and all chapters.",
        "rules:",
        *(line for limit in Rules.declared.values() for line in _explained(limit, "  ")),
        "",
        "# What concerns one chapter only.",
        "notebooks:",
    ]
    for notebook in sorted(notebooks.glob("*.ipynb")):
        own = [p for p in declared_parameters(notebook).values() if p.name not in (*SHARED, RULES)]
        lines.append(f"  {notebook.stem}:" if own else f"  {notebook.stem}: {{}}")
        for parameter in own:
            limit = Settings.declared.get(parameter.name)
            if limit is None:
                value = json.dumps(parameter.default, ensure_ascii=False)
                lines += [f"    # {parameter.meaning}", f"    {parameter.name}: {value}"]
            else:
                lines += _explained(limit, "    ")
    if lines[-1] == "notebooks:":
        lines[-1] = "notebooks: {}"
    return "\n".join(lines) + "\n"


def _explained(limit: Limit[Any], indent: str) -> list[str]:
    """A limit as lines of a params file: what it decides, what it may be, and its default."""
    concerned = [study.code for study in STUDIES.values() if limit.name in study.rules]
    scope = f"{', '.join(concerned)}: " if 0 < len(concerned) < len(STUDIES) else ""
    source = f"source: {limit.source}" if limit.source else ""
    about = scope + "; ".join(part for part in (limit.meaning, limit.range, source) if part)
    told = textwrap.wrap(about, 97, initial_indent=f"{indent}# ", subsequent_indent=f"{indent}# ")
    return [*told, f"{indent}{limit.name}: {json.dumps(limit.default, ensure_ascii=False)}"]


def _in_template(name: str) -> list[Column]:
    """The columns that a template shows: not those that are better left out."""
    return [
        column
        for column in COLUMNS[name].values()
        if not column.optional or column.name in OPTIONAL_IN_TEMPLATE
    ]


def _write_csv_templates(folder: Path) -> list[Path]:
    """A file a table with its header, in UTF-8 with the mark by which Excel knows it."""
    written = []
    for name in MODELS:
        path = folder / "tables" / f"{name}.csv"
        path.parent.mkdir(exist_ok=True)
        header = ",".join(column.name for column in _in_template(name))
        path.write_text(f"{header}\n", encoding="utf-8-sig", newline="")
        written.append(path)
    return written


def _write_workbook(path: Path) -> Path:
    """A workbook with a sheet a table, drop-down lists, and each column's meaning as a comment."""
    with xlsxwriter.Workbook(path) as book:
        book.set_properties({"created": MADE_AT})
        header = {"bold": True, "bottom": 1, "font_color": "white"}
        needed = book.add_format({**header, "bg_color": "#0072B2"})
        optional = book.add_format({**header, "bg_color": "#595959"})
        _write_guide(book.add_worksheet("README"), book.add_format({"text_wrap": True}))
        for name in MODELS:
            sheet = book.add_worksheet(name)
            sheet.freeze_panes(1, 1)
            for position, column in enumerate(_in_template(name)):
                sheet.write(0, position, column.name, optional if column.missing else needed)
                sheet.write_comment(0, position, comment(column), {"x_scale": 2.4, "y_scale": 1.8})
                sheet.set_column(position, position, max(12, len(column.name) + 3))
                _restrict(sheet, position, column)
    return path


def _write_guide(sheet: Worksheet, wrapped: Format) -> None:
    sheet.set_column(0, 0, 24)
    sheet.set_column(1, 2, 60, wrapped)
    lines = [
        ("Sheet", "One row is", "每行为"),
        *((name, _summary(name), chinese_title(model)) for name, model in MODELS.items()),
        ("", "", ""),
        ("Blue header", "may not be empty", "蓝色表头:必填"),
        ("Grey header", "may be empty; point at the header to read what that means",
         "灰色表头:可留空(含义见批注)"),
        ("…_day", "days since day 0, the total thyroidectomy; rename the column to …_date to give "
         "dates, with index_date in the sheet patient", "自甲状腺全切术日(第0天)起的天数;"
         "如填日期,请将列名改为 …_date,并在 patient 表填写 index_date"),
        ("TSH, Tg", "a value beyond a limit of detection is typed with its sign: <0.04, >500, ≥100",
         "超出检测限的数值请连同符号填写:<0.04、>500、≥100"),
        ("A reason", "why a value is missing goes into the sheet missing_reason",
         "缺失原因填入 missing_reason 表"),
    ]  # fmt: skip
    for row, cells in enumerate(lines):
        sheet.write_row(row, 0, cells)


def _summary(name: str) -> str:
    return (MODELS[name].__doc__ or "").splitlines()[0]


def comment(column: Column) -> str:
    """What a column means and what a cell of it holds, in English and Chinese."""
    empty_en = f"Empty: {column.missing}." if column.missing else "May not be empty."
    empty_zh = "可留空。" if column.missing else "必填。"
    english = f"{column.description}.\nExpected: {column.expected()}.\n{empty_en}"
    return f"{english}\n{column.zh}。{empty_zh}"


def _restrict(sheet: Worksheet, position: int, column: Column) -> None:
    """A drop-down list, or limits of numbers, for the cells of a column."""
    rule: dict[str, object] = {"error_message": column.expected()[:255], "ignore_blank": True}
    if column.codes or column.kind == "yes_no":
        rule |= {"validate": "list", "source": list(column.codes or YES_NO)}
    elif column.laboratory:  # Excel takes no <0.04 for a number
        return
    elif column.kind in ("number", "whole"):
        rule["validate"] = "decimal" if column.kind == "number" else "integer"
        least = column.ge if column.ge is not None else column.gt
        if least is not None and column.le is not None:
            rule |= {"criteria": "between", "minimum": least, "maximum": column.le}
        elif column.gt is not None:
            rule |= {"criteria": ">", "value": column.gt}
        else:
            rule |= {"criteria": ">=", "value": least if least is not None else -1e15}
    else:
        return
    sheet.data_validation(1, position, TEMPLATE_ROWS, position, rule)
