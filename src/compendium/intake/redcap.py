"""Exports of REDCap, raw or labelled: whose fields they are, and which columns are REDCap's own."""

import re

from compendium.intake.sources import Source
from compendium.intake.vocabulary import propose, target_name
from compendium.study.dictionary import redcap_fields, redcap_label
from compendium.tables import COLUMNS, Column

DICTIONARY = "Variable / Field Name"
_OWN = re.compile(
    r"redcap_(repeat_instrument|repeat_instance|event_name|survey_.*|data_access_group)"
    r"|Repeat Instrument|Repeat Instance|Event Name|Data Access Group|Complete\?( \(\d+\))?"
    r"|Survey (Identifier|Timestamp)"
)
_STATUS = re.compile(r"(.+_complete)( \(\d+\))?")


def is_dictionary(source: Source) -> bool:
    """True for a REDCap data dictionary, which describes fields and has no patients."""
    return DICTIONARY in source.cells


def is_export(source: Source) -> bool:
    """True where REDCap's own columns stand beside the data."""
    names = list(map(str, source.cells))
    return (
        any(_OWN.fullmatch(name) for name in names)
        or sum(name.endswith("_complete") for name in names) > len(names) / 10
    )


def fields_of(source: Source) -> dict[str, tuple[str, int]]:
    """The target of each column of a REDCap export; empty for other sources."""
    if not is_export(source):
        return {}
    fields = redcap_fields()
    earlier = {_earlier_name(column, name): column for name, column in fields.items()}
    labels: dict[str, list[Column]] = {}
    for column in fields.values():
        labels.setdefault(redcap_label(column), []).append(column)
    names = list(map(str, source.cells))
    known: dict[str, tuple[str, int]] = {}
    for name in names:
        status = _STATUS.fullmatch(name)
        if _OWN.fullmatch(name) or (status and not _a_field(status, names)):
            continue
        found = fields.get(name) or earlier.get(name) or _labelled(name, labels)
        known[name] = (target_name(found), 1) if found else propose(name)
    return known


def _earlier_name(column: Column, name: str) -> str:
    """The field's name in dictionaries that still asked for days."""
    name = name.removesuffix("_yn")
    return f"{name.removesuffix('_date')}_day" if column.is_day else name


def is_own(name: str) -> bool:
    """True for a column that REDCap writes of itself."""
    return bool(_OWN.fullmatch(name) or _STATUS.fullmatch(name))


def _a_field(status: re.Match[str], names: list[str]) -> bool:
    """True for a field named like a form's status: it stands before the status of that name."""
    return status[2] is None and status[1] not in COLUMNS and f"{status[1]} (2)" in names


def _labelled(name: str, labels: dict[str, list[Column]]) -> Column | None:
    """The field of a labelled export; of several with one label, that of the same turn."""
    numbered = re.fullmatch(r"(.+) \((\d+)\)", name)
    label, turn = (numbered[1], int(numbered[2])) if numbered else (name, 1)
    columns = labels.get(label, labels.get(name, []))
    return columns[turn - 1] if turn <= len(columns) else None
