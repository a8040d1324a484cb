"""What a row of a table or a mark of a figure stands for, and so what may become of it."""

from enum import StrEnum

from compendium.errors import InputError


class Sensitivity(StrEnum):
    """How much an output tells of single people, and so what may become of it."""

    PERSON = "person"  # rows or marks of one person each; never leaves with a real study
    GROUP = "group"  # tells of groups; leaves where no group is small
    NONE = "none"  # tells of nobody


class Row(StrEnum):
    """What a row of a table, or a mark of a figure, stands for."""

    PATIENT = "patient"
    LESION = "lesion"
    SCAN = "scan"
    BLOCK = "block"  # of a patient's tissue
    ENTRY = "entry"  # something noted of one patient, such as a rule's verdict or a deviation
    STEP = "step"  # of a survival curve: whoever had the event at that time
    GROUP = "group"  # of patients, lesions or scans
    RULE = "rule"
    VARIABLE = "variable"
    ESTIMATE = "estimate"  # or a test, or another measure of a whole group
    SETTING = "setting"  # the same analysis under another choice
    POINT = "point"  # of a fitted curve
    SIMULATION = "simulation"  # studies drawn from a known truth
    CONCEPT = "concept"  # by reasoning, not from data

    @property
    def sensitivity(self) -> Sensitivity:
        """That of an output with such rows or marks."""
        if self in (Row.PATIENT, Row.LESION, Row.SCAN, Row.BLOCK, Row.ENTRY):
            return Sensitivity.PERSON
        nobody = self in (Row.SIMULATION, Row.CONCEPT)
        return Sensitivity.NONE if nobody else Sensitivity.GROUP


def row_of(name: str, kind: str) -> Row:
    """A kind of row by its word.

    Raises:
        InputError: there is no such kind.
    """
    try:
        return Row(kind)
    except ValueError:
        raise InputError(
            f"{name}: {kind!r} is no kind of row or mark; expected one of {', '.join(Row)}."
        ) from None
