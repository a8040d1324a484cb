"""The data dictionary, for people and for REDCap, made from the schema."""

from collections import Counter

import pandas as pd

from compendium.tables import COLUMNS, Column

KEY = "patient_id"
REDCAP_COLUMNS = (
    "Variable / Field Name",
    "Form Name",
    "Section Header",
    "Field Type",
    "Field Label",
    "Choices, Calculations, OR Slider Labels",
    "Field Note",
    "Text Validation Type OR Show Slider Number",
    "Text Validation Min",
    "Text Validation Max",
    "Identifier?",
    "Branching Logic (Show field only if...)",
    "Required Field?",
    "Custom Alignment",
    "Question Number (surveys only)",
    "Matrix Group Name",
    "Matrix Ranking?",
    "Field Annotation",
)
ANNOTATION = "compendium: "
_DATED = {"index_date": "date_ymd", "administered_at": "datetime_seconds_ymd"}
_STATUS = "_complete"  # REDCap ends in this the field of its own that says a form is complete
_REDCAP_VALIDATION = {"whole": "integer", "number": "number"}


def data_dictionary() -> pd.DataFrame:
    """One row a column: table, column, description, zh, unit, expected, missing, identifies."""
    return pd.DataFrame(
        [
            {
                "table": column.table,
                "column": column.name,
                "description": column.description,
                "zh": column.zh,
                "unit": column.unit,
                "expected": column.expected(),
                "missing": column.missing or "never empty",
                "identifies": "yes" if column.identifies else "no",
            }
            for columns in COLUMNS.values()
            for column in columns.values()
        ]
    )


def redcap_dictionary() -> pd.DataFrame:
    """The schema as a REDCap data dictionary: a form a table, `patient_id` as the record.

    REDCap has one field of a name in a project: a column whose name several tables have is called
    <table>_<column>. The field annotation keeps where a field belongs. Tables with several rows a
    patient are to be made repeating instruments in REDCap, which its data dictionary cannot say.
    """
    fields = [_redcap_field(name, column) for name, column in redcap_fields().items()]
    return pd.DataFrame(fields, columns=list(REDCAP_COLUMNS)).fillna("")


def redcap_fields() -> dict[str, Column]:
    """Every column by the name of its field in REDCap."""
    used = Counter(name for columns in COLUMNS.values() for name in columns)
    return {
        redcap_name(column, shared=used[column.name] > 1): column
        for form, columns in COLUMNS.items()
        for column in columns.values()
        if (column.name != KEY or form == "patient") and not column.is_sign
    }


def redcap_name(column: Column, *, shared: bool) -> str:
    """The field's name: a date in place of a day, and none that REDCap takes for its own."""
    name = given_name(column)
    if shared and column.name != KEY:
        name = f"{column.table}_{name}"
    return f"{name}_yn" if name.endswith(_STATUS) else name


def given_name(column: Column) -> str:
    """The column's name where dates are given: `…_date` for `…_day`."""
    return column.date_name if column.is_day else column.name


def redcap_label(column: Column) -> str:
    """What REDCap shows beside the field, and writes above the column of a labelled export."""
    return f"{column.description} / {column.zh}"


def _redcap_field(name: str, column: Column) -> dict[str, str]:
    # REDCap takes no <0.04 for a number; the range is checked when the study is read.
    validated = column.kind in _REDCAP_VALIDATION and not column.laboratory and not column.is_day
    least = column.ge if column.ge is not None else column.gt
    dated = _DATED.get(column.name, "date_ymd" if column.is_day else "")
    notes = [f"Unit: {column.unit}"] if column.unit and not dated else []
    notes += [f"Empty: {column.missing}"] if column.missing else []
    return {
        "Variable / Field Name": name,
        "Form Name": column.table,
        "Field Type": _redcap_type(column),
        "Field Label": redcap_label(column),
        "Choices, Calculations, OR Slider Labels": " | ".join(
            f"{code}, {code.replace('_', ' ')}" for code in column.codes or ()
        ),
        "Field Note": ". ".join(notes),
        "Text Validation Type OR Show Slider Number": dated
        or (_REDCAP_VALIDATION[column.kind] if validated else ""),
        "Text Validation Min": _limit(least) if validated else "",
        "Text Validation Max": _limit(column.le) if validated else "",
        "Identifier?": "y" if column.identifies or dated else "",
        "Required Field?": "" if column.missing else "y",
        "Field Annotation": f"{ANNOTATION}{column.table}.{given_name(column)}",
    }


def _redcap_type(column: Column) -> str:
    if column.codes:
        return "dropdown"
    if column.kind == "yes_no":
        return "yesno"
    return "notes" if column.free_text else "text"


def _limit(limit: float | None) -> str:
    return "" if limit is None else f"{limit:g}"
