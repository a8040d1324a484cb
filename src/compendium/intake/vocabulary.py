"""Words of hospitals for columns, values and units, in English and Chinese, kept as data."""

import csv
import re
import unicodedata
from collections.abc import Mapping
from functools import cache
from importlib.resources import files

from compendium.tables import COLUMNS, Column

LEFT_OUT = "(left out)"
MISSING = "(missing)"
COVARIATE = "covariate: "
_COVARIATE_VALUE = "covariate.value"
GENES = ("pathology.braf_v600e", "pathology.tert_promoter")
_ORDINALS = "一二三四五六七八九十"
_FIRST = {"首次": 1, "初次": 1, "first": 1, "1st": 1, "second": 2, "2nd": 2, "third": 3, "3rd": 3}
_UNIT = re.compile(r"[((\[【]([^()()\[\]【】]*)[))\]】]|[,,/]\s*([a-zμµ%]+(?:/[a-z]+)?)$")
_BY_NUMBER = re.compile(
    r"第\s*(\d+|[一二三四五六七八九十])\s*[次个程]?(?:疗程)?|[_ .#-]?(\d{1,2})$"
)
_PREFIXED_STAGE = re.compile(r"^[ypcra]{1,2}(?=[tnm][0-9x])")


def target_name(column: Column) -> str:
    """A column of the schema as the mapping names it: table.column."""
    return f"{column.table}.{column.name}"


@cache
def targets() -> dict[str, Column]:
    """Every column of the schema that a source may fill, by its name in the mapping."""
    return {
        target_name(column): column
        for columns in COLUMNS.values()
        for column in columns.values()
        if not column.is_sign
    }


def covariate_of(target: str) -> str:
    """The name of the further variable that a target such as `covariate: smoking` asks for."""
    return target.removeprefix(COVARIATE).strip() if target.startswith(COVARIATE) else ""


def target_column(target: str) -> Column | None:
    """The column of the schema that a target of the mapping fills; None where it is left out."""
    return targets().get(_COVARIATE_VALUE if covariate_of(target) else target)


def plain(word: str) -> str:
    """A word without case, width, spaces and the signs between its parts."""
    text = unicodedata.normalize("NFKC", word).strip().lower()
    return re.sub(r"[\s_/:;,?、。·-]+", " ", text).strip().replace(" ", "")


def plain_value(word: str, target: str = "") -> str:
    """A value in the form in which the list holds it; a stage without its p, c or y."""
    text = unicodedata.normalize("NFKC", word).strip().lower()
    text = re.sub(r"\s+", " ", text.replace("_", " "))
    if target.endswith("_stage"):
        text = _PREFIXED_STAGE.sub("", re.sub(r"[\s(].*$", "", text))
    return text


@cache
def _rows(name: str) -> list[dict[str, str]]:
    text = (files("compendium.intake") / f"{name}.csv").read_text(encoding="utf-8")
    return list(csv.DictReader(text.splitlines(), quoting=csv.QUOTE_NONE))


@cache
def column_words() -> Mapping[str, str]:
    """The target of each word for a column; a word that stands for two has none."""
    words: dict[str, str] = {}
    for row in _rows("columns"):
        own = [row["target"].split(".")[1], *row["words"].split("|")]
        if row["target"] in targets():
            for word in own:
                words.setdefault(plain(word), row["target"])
    return words


@cache
def value_words(target: str) -> Mapping[str, str]:
    """The code of each word for a value of this column, and the words for a missing one."""
    column = target_column(target) or targets()[target]
    codes = set(column.codes or (("yes", "no") if column.kind == "yes_no" else ()))
    groups = ["missing", "yes_no" if column.kind == "yes_no" else "", target]
    groups.insert(2, "gene" if target in GENES else "")
    groups.append("tgab_negative" if column.name == "tgab_negative" else "")
    words: dict[str, str] = {}
    for group in groups:
        for row in _rows("values"):
            usable = row["code"] in codes or (row["target"] == "missing" and column.missing)
            if row["target"] == group and usable:
                words |= {
                    plain_value(word, target): row["code"] for word in row["words"].split("|")
                }
    if column.codes:
        words |= {plain_value(code, target): code for code in column.codes}
    elif column.kind == "yes_no":
        words |= {"1": "yes", "0": "no"}
    return words


def unit_factor(header: str, column: Column) -> float | None:
    """What turns a value in the header's unit into the column's; None where it is not known.

    A header without a unit says nothing against the column's own: 1.
    """
    found = _UNIT.search(unicodedata.normalize("NFKC", header))
    unit = next((part for part in found.groups() if part), "").strip().lower() if found else ""
    if not unit or not column.unit:
        return 1.0
    known = {
        row["unit"]: float(row["factor"])
        for row in _rows("units")
        if row["target_unit"] == column.unit
    }
    other = {row["unit"] for row in _rows("units")}
    return known.get(unit, None if unit in other or re.search(r"[/%]", unit) else 1.0)


def propose(header: str) -> tuple[str, int]:
    """The target of a column by its header, or nothing; and which one of several it is, from 1."""
    text = _UNIT.sub("", unicodedata.normalize("NFKC", header)).strip()
    words = column_words()
    if plain(text) in words:
        return words[plain(text)], 1
    for word, number in _FIRST.items():
        if text.lower().startswith(word) and plain(text[len(word) :]) in words:
            return words[plain(text[len(word) :])], number
    found = _BY_NUMBER.search(text)
    if found:
        rest = plain(text[: found.start()] + text[found.end() :])
        number_text = found[1] or found[2]
        number = _ORDINALS.find(number_text) + 1 or int(number_text)
        if rest in words and number:
            return words[rest], number
    return "", 1
