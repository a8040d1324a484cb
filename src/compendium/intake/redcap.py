"""Exports of REDCap, raw or labelled: whose fields they are, and which columns are REDCap's own."""

import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from functools import partial

from compendium.intake.sources import Source, as_text
from compendium.intake.vocabulary import propose, target_name
from compendium.study.dictionary import ANNOTATION, redcap_fields, redcap_label
from compendium.tables import COLUMNS, Column

DICTIONARY = "Variable / Field Name"
LABEL, CHOICES = "Field Label", "Choices, Calculations, OR Slider Labels"
TYPE, NOTE = "Field Type", "Field Annotation"
_CODED = ("dropdown", "radio", "checkbox")
_TWO = {"yesno": {"1": "Yes", "0": "No"}, "truefalse": {"1": "True", "0": "False"}}
_TAG = re.compile(r"<[^>]*>")
_OWN = re.compile(
    r"redcap_(repeat_instrument|repeat_instance|event_name|survey_.*|data_access_group)"
    r"|Repeat Instrument|Repeat Instance|Event Name|Data Access Group|Complete\?( \(\d+\))?"
    r"|Survey (Identifier|Timestamp)"
)
_STATUS = re.compile(r"(.+_complete)( \(\d+\))?")


def is_dictionary(source: Source) -> bool:
    """True for a REDCap data dictionary, which describes fields and has no patients."""
    return DICTIONARY in source.cells


@dataclass(frozen=True)
class OwnField:
    """A field that a project has defined itself: its label, and its codes in words."""

    label: str
    codes: Mapping[str, str]


def own_fields(sources: Sequence[Source]) -> dict[str, OwnField]:
    """The fields of the data dictionaries among the sources, but those made from our schema."""
    found = {}
    for source in filter(is_dictionary, sources):
        for cells in source.cells.to_dict("records"):
            row = {str(name): as_text(cell) for name, cell in cells.items()}
            if not row.get(NOTE, "").startswith(ANNOTATION):
                label = _TAG.sub("", row.get(LABEL, "")).strip()
                found[row[DICTIONARY]] = OwnField(label, _codes(row))
    return found


def _codes(row: Mapping[str, str]) -> dict[str, str]:
    """The words of a field's codes: `1, Male | 2, Female`."""
    if row.get(TYPE) not in _CODED:
        return _TWO.get(row.get(TYPE, ""), {})
    pairs = (choice.partition(",") for choice in row.get(CHOICES, "").split("|"))
    return {code.strip(): _TAG.sub("", words).strip() for code, _, words in pairs if words.strip()}


def described(source: Source, own: Mapping[str, OwnField]) -> Source:
    """A source of a project with fields of its own: codes as their words, labels beside names."""
    names = {field.label: name for name, field in own.items()}
    cells, called = source.cells.copy(), {}
    for column in map(str, cells):
        if column in own:
            called[column] = own[column].label
            cells[column] = cells[column].map(partial(_in_words, codes=own[column].codes))
        elif column in names:
            called[column] = names[column]
    return replace(source, cells=cells, also_called=called) if called else source


def _in_words(cell: object, codes: Mapping[str, str]) -> object:
    """A code as its words, or each of several that are checked."""
    text = as_text(cell)
    parts = text.split("; ")
    return "; ".join(codes[part] for part in parts) if set(parts) <= codes.keys() else cell


def is_export(source: Source) -> bool:
    """True where REDCap's own columns stand beside the data."""
    names = list(map(str, source.cells))
    return (
        bool(source.also_called)
        or any(_OWN.fullmatch(name) for name in names)
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
        known[name] = (target_name(found), 1) if found else _by_words(name, source)
    return known


def _by_words(name: str, source: Source) -> tuple[str, int]:
    """The target by the column's name, or by what the project's dictionary calls it besides."""
    found = propose(name)
    return found if found[0] else propose(source.also_called.get(name, ""))


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
