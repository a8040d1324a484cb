"""How a table's columns are declared, and how everything else reads what was declared."""

from dataclasses import dataclass
from typing import Any, Literal

import pandas as pd

from compendium import formatting
from compendium.comparing import SIGNS
from compendium.errors import InputError
from compendium.tables.pandas_alone import pa

Kind = Literal["text", "yes_no", "whole", "number"]

YES_NO = ("yes", "no")
DAY_MIN, DAY_MAX = -36_525, 36_525
IDENTIFIER = r"[A-Za-z0-9_-]+"
DTYPES: dict[Kind, str] = {
    "text": "object",
    "yes_no": "boolean",
    "whole": "Int64",
    "number": "float64",
}
_KIND_OF_DTYPE: dict[str, Kind] = {
    "str": "text",
    "boolean": "yes_no",
    "Int64": "whole",
    "float64": "number",
}


def field(
    description: str,
    zh: str,
    *,
    unit: str = "",
    codes: tuple[str, ...] | None = None,
    ge: float | None = None,
    le: float | None = None,
    gt: float | None = None,
    pattern: str | None = None,
    missing: str = "",
    identifies: bool = False,
    free_text: bool = False,
    kept: bool = True,
    laboratory: bool = False,
) -> Any:
    """A column and all that is known of it.

    Args:
        description: its meaning, in English; `zh` the same in Chinese.
        unit: UCUM-like unit, empty for codes and text.
        codes: the values allowed, for a coded column of text.
        ge, le, gt: limits of the plausible range, in `unit`.
        pattern: regular expression that the whole of a text value matches.
        missing: what an empty cell means; empty where the column may not be missing.
        identifies: the value can tell who the person is; it is never published.
        free_text: typed by hand, and so searched for names before anything is published.
        kept: False where the loader drops the column, because no analysis needs it.
        laboratory: a value may lie beyond a limit of detection: <0.04, >500.
    """
    return pa.Field(
        isin=list(codes) if codes else None,
        ge=ge,
        le=le,
        gt=gt,
        str_matches=f"^(?:{pattern})$" if pattern else None,
        nullable=bool(missing),
        description=description,
        metadata={
            "zh": zh,
            "unit": unit,
            "codes": codes,
            "ge": ge,
            "le": le,
            "gt": gt,
            "pattern": pattern,
            "missing": missing,
            "identifies": identifies,
            "free_text": free_text,
            "kept": kept,
            "laboratory": laboratory,
        },
    )


def laboratory(
    description: str, zh: str, *, unit: str, le: float | None = None, missing: str
) -> Any:
    """A column of laboratory values, with the sign of one beyond a limit of detection before it.

    The typed table has the sign in a column of its own, declared beside it by `sign`.
    """
    return field(description, zh, unit=unit, ge=0, le=le, missing=missing, laboratory=True)


def sign(value: str, zh: str) -> Any:
    """The column of the signs of a column of laboratory values."""
    return field(
        f"Sign of the {value} beyond a limit of detection; best typed before the value itself",
        f"{zh}超出检测限的符号(建议直接写在数值前)",
        codes=SIGNS,
        missing="quantified, or no value",
    )


def yes_no(description: str, zh: str, *, missing: str = "") -> Any:
    """A column of yes and no."""
    return field(description, zh, missing=missing)


def day(description: str, zh: str, *, missing: str = "") -> Any:
    """A column of whole days since day 0."""
    return field(description, zh, unit="d", ge=DAY_MIN, le=DAY_MAX, missing=missing)


def patient_reference() -> Any:
    """The key into the patient table."""
    return field("Pseudonym of the patient", "患者化名编号", pattern=IDENTIFIER)


def lesion_reference() -> Any:
    """The key of a lesion within its patient, and the name of its region on every scan."""
    return field(
        "Lesion, unique within the patient; also the name of its region in the region file",
        "病灶编号(患者内唯一;与影像勾画区域同名)",
        pattern=IDENTIFIER,
    )


class Table(pa.DataFrameModel):
    """What all tables share: an unknown column is an error, nothing is dropped in silence."""

    class Config:
        strict = True
        ordered = False
        coerce = False


@dataclass(frozen=True, kw_only=True)
class Column:
    """One column as declared; the fields are those of `field`, and those below.

    Attributes:
        kind: text, yes_no, whole (a whole number) or number.
        optional: True where a study may leave the column out without a word.
    """

    table: str
    name: str
    kind: Kind
    description: str
    zh: str
    unit: str
    codes: tuple[str, ...] | None
    ge: float | None
    le: float | None
    gt: float | None
    pattern: str | None
    missing: str
    identifies: bool
    free_text: bool
    kept: bool
    laboratory: bool
    optional: bool

    @property
    def is_day(self) -> bool:
        """True for a day since day 0, in place of which a date may be given."""
        return self.name.endswith("_day")

    @property
    def is_sign(self) -> bool:
        """True for the signs of a column of laboratory values."""
        return self.codes == SIGNS

    @property
    def date_name(self) -> str:
        """The name under which a date is given in place of the day; else the column's own."""
        return f"{self.name.removesuffix('_day')}_date" if self.is_day else self.name

    def expected(self) -> str:
        """What a cell of this column must hold, in words."""
        if self.codes:
            return "one of: " + ", ".join(self.codes)
        words = {
            "text": "text",
            "yes_no": "yes or no",
            "whole": "a whole number",
            "number": "a number",
        }[self.kind]
        if self.pattern == IDENTIFIER:
            words = "letters, digits, _ and - only"
        elif self.pattern:
            words = f"text like {self.pattern}"
        limits = [f"{sign} {limit:g}" for sign, limit in self._limits() if limit is not None]
        unit = formatting.with_unit("", self.unit)
        number = f"{words} {' and '.join(limits)}{unit}" if limits else words + unit
        beyond = ", or one beyond a limit of detection as <0.04" if self.laboratory else ""
        return number + beyond

    def _limits(self) -> tuple[tuple[str, float | None], ...]:
        return (("above", self.gt), ("of at least", self.ge), ("at most", self.le))


def columns_of(model: type[Table]) -> dict[str, Column]:
    """The columns of a table, by name, in their order."""
    schema = model.to_schema()
    return {
        name: Column(
            table=str(schema.name),
            name=name,
            kind=_KIND_OF_DTYPE[str(column.dtype)],
            description=column.description or "",
            optional=not column.required,
            **(column.metadata or {}),
        )
        for name, column in schema.columns.items()
    }


def key_of(model: type[Table]) -> tuple[str, ...]:
    """The columns that together are unique in a table."""
    return tuple(model.to_schema().unique or ())


def empty_table(model: type[Table]) -> pd.DataFrame:
    """A table without rows, its columns of the right type."""
    return pd.DataFrame(
        {
            name: pd.Series(dtype=DTYPES[column.kind])
            for name, column in columns_of(model).items()
            if column.kept
        }
    )


def chinese_title(model: type[Table]) -> str:
    """The table's meaning in Chinese."""
    title = model.to_schema().title
    if not title:
        raise InputError(f"table model {model.__name__}: no Chinese title; add Config.title")
    return str(title)
