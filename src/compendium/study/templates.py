"""A new study: its name, the templates of its tables, its params file, and the next three steps."""

import re
from collections.abc import Sequence
from pathlib import Path

from compendium.called import command
from compendium.errors import InputError
from compendium.files import STUDY_FILE, project_root, whole_folder, write_whole
from compendium.studies import STUDIES
from compendium.study.params_template import params_text
from compendium.study.says import TEMPLATE
from compendium.study.template_workbook import in_template, write_workbook
from compendium.tables import MODELS, REQUIRED_TABLES

NAME = re.compile(r"[A-Za-z0-9][A-Za-z0-9_-]{0,59}")
NOT_ON_WINDOWS = re.compile(r"con|prn|aux|nul|(com|lpt)\d", re.I)

STEPS = """\
# {name}

Three steps to your own results. 三步得到自己的结果。

1. **Fill in the tables** in `{tables}`, one row an observation, under pseudonyms. {guide}Point at a
   column's header to read what it means; leave a cell empty where a value is missing. {days}
   Put PET series into `dicom/`, one folder a series, and the region files beside them. Tables that
   you do not have may stay empty or be deleted, but for `patient` and `pathology`.
   填写各表(每行一条记录,使用化名编号);缺失值留空;PET序列放入 `dicom/`,每个序列一个文件夹。
2. **Validate**: {validate}. It lists all problems, the
   cause first, each with its place and what to do. 校验数据:列出全部问题及修改方法。
3. **Make the book**: {make}. The settings are in `params/{name}.yml`, every one
   explained there; title, authors, ethics and funding of the article are in `study.yml`.
   生成全部结果:参数见 `params/{name}.yml`,文章题目、作者、伦理与基金见 `study.yml`。

Nothing of this folder is published or kept under version control.
本文件夹内的任何内容都不会公开,也不进入版本控制。
"""
GUIDE = "Its sheet README says\n   which sheets a study needs. "
DATES = """Give
   dates, and each patient's `index_date`, the day of the total thyroidectomy: dates are turned
   into days on loading and go no further."""
DAYS = """Days
   are counted from day 0, the total thyroidectomy."""


def study_name(name: str) -> str:
    """The name, where it can be one of a folder and of a file on every system.

    Raises:
        InputError: it cannot.
    """
    if not NAME.fullmatch(name) or NOT_ON_WINDOWS.fullmatch(name):
        shown = name if len(name) <= 60 else f"{name[:40]}… of {len(name)} letters"
        raise InputError(
            f"{shown!r}: cannot be a study; expected a name of at most 60 letters, digits, _ and "
            "-, such as mystudy. Choose another."
        )
    return name


def folder_of(study: Path) -> Path:
    """The folder of a study that is given by its name or its folder: data/<name>.

    Raises:
        InputError: it cannot be one.
    """
    if study.parent not in (Path("data"), Path()) or study.is_absolute():
        raise InputError(
            f"{study}: cannot be a study; expected its name, or data/<name>. Choose another, such "
            "as mystudy."
        )
    return Path("data") / study_name(study.name)


def new_study(
    study: Path,
    *,
    as_csv: bool = False,
    as_days: bool = False,
    studies: Sequence[str] = (),
    pet: bool = False,
) -> list[Path]:
    """Write the templates of a study into a new folder of the project, and its params file.

    Args:
        study: its name, or data/<name>.
        as_csv: one CSV file a table instead of a workbook.
        as_days: columns of days since day 0 instead of dates.
        studies: codes of the registered studies whose tables are wanted; all where none is named.
        pet: whether those of PET are.

    Returns:
        The files written.

    Raises:
        InputError: the name cannot be used, or the study is there already.
    """
    shown, root = folder_of(study), project_root()
    name, folder = shown.name, root / shown
    params = root / "params" / f"{name}.yml"
    settings = params_text(name, root / "notebooks").encode("utf-8")
    _require_free(folder, params, settings, root)
    wanted = tables_of(studies, pet=pet)
    write_whole(params, settings)  # before the folder, which is there whole or not at all
    with whole_folder(folder) as place:
        (place / "dicom").mkdir(exist_ok=True)
        if as_csv:
            written = _write_csv_templates(place, wanted, as_days=as_days)
        else:
            book = place / f"{name}.xlsx"
            written = [write_workbook(book, wanted, studies or tuple(STUDIES), as_days=as_days)]
        readme = place / "README.md"
        readme.write_text(_steps(name, as_csv=as_csv, as_days=as_days), encoding="utf-8")
        told = place / STUDY_FILE
        told.write_text(TEMPLATE, encoding="utf-8")
    return [*(folder / path.relative_to(place) for path in (*written, readme, told)), params]


def _require_free(folder: Path, params: Path, settings: bytes, root: Path) -> None:
    """Refuse to write over a study; a params file that an interrupted run left says nothing yet."""
    there = folder.is_file() or (folder.is_dir() and any(folder.iterdir()))
    own = params.exists() and not (params.is_file() and params.read_bytes() == settings)
    for taken in [folder] * there + [params] * own:
        raise InputError(
            f"{taken.relative_to(root).as_posix()}: is there already; expected a new study. "
            "Choose another name, or move it away first."
        )


def tables_of(studies: Sequence[str], *, pet: bool) -> tuple[str, ...]:
    """The tables that these registered studies need; all tables where none is named.

    Raises:
        InputError: PET is wanted, of no study.
    """
    if pet and not studies:
        raise InputError(
            "--pet: of which study? Expected --" + " or --".join(map(str.lower, STUDIES)) + " too."
        )
    wanted = {name for code in studies for name in STUDIES[code].tables_needed(pet=pet)}
    wanted |= set(REQUIRED_TABLES)
    return tuple(name for name in MODELS if name in wanted or not studies)


def _steps(name: str, *, as_csv: bool, as_days: bool) -> str:
    return STEPS.format(
        name=name,
        tables="tables/" if as_csv else f"{name}.xlsx",
        guide="" if as_csv else GUIDE,
        days=DAYS if as_days else DATES,
        validate=command(f"validate data/{name} --report validation.html"),
        make=command(f"make {name}"),
    )


def _write_csv_templates(folder: Path, tables: Sequence[str], *, as_days: bool) -> list[Path]:
    """A file a table with its header, in UTF-8 with the mark by which Excel knows it."""
    written = []
    for name in tables:
        path = folder / "tables" / f"{name}.csv"
        path.parent.mkdir(exist_ok=True)
        header = ",".join(in_template(name, as_days=as_days))
        path.write_text(f"{header}\n", encoding="utf-8-sig", newline="")
        written.append(path)
    return written
