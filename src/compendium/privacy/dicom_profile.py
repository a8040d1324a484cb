"""PS3.15 Table E.1-1 as data: what becomes of each element of a DICOM file, and under which option.

The table's attributes and actions come from the installed dicom-anonymizer, which ships the edition
2026c. The option columns are not among them and stand here, for what a measurement of uptake needs;
so do the repeating groups and what the table says nothing of. Text is kept by name, not removed by
name: an element that nobody thought of does not leak.
"""

from enum import Enum
from functools import cache

from dicomanonymizer.dicom_anonymization_databases import dicomfields_2026c as table
from pydicom.datadict import dictionary_has_tag, keyword_for_tag, tag_for_keyword

EDITION = "PS3.15 2026c"
TEXT_KINDS = frozenset(("LO", "SH", "ST", "LT", "UT", "UC", "UR"))
MOMENTS = frozenset(("DA", "DT", "TM"))
BINARY_KINDS = frozenset(("OB", "OD", "OF", "OL", "OV", "OW", "UN"))


class Treatment(Enum):
    """What becomes of an element."""

    KEEP = "keep"
    CLEAN = "clean"
    """Keep, without what identifies; of a sequence: go through its items."""
    SHIFT = "shift"
    NEW_UID = "new uid"
    PSEUDONYM = "pseudonym"
    EMPTY = "empty"
    DUMMY = "dummy"
    REMOVE = "remove"


# The table's lists by action. Where it leaves the choice to what the object requires, the value
# that every object allows is taken: empty before removed, a dummy before empty.
BY_ACTION = {
    "D": (table.D_TAGS, Treatment.DUMMY),
    "Z": (table.Z_TAGS, Treatment.EMPTY),
    "X": (table.X_TAGS, Treatment.REMOVE),
    "U": (table.U_TAGS, Treatment.NEW_UID),
    "Z/D": (table.Z_D_TAGS, Treatment.DUMMY),
    "X/Z": (table.X_Z_TAGS, Treatment.EMPTY),
    "X/D": (table.X_D_TAGS, Treatment.DUMMY),
    "X/Z/D": (table.X_Z_D_TAGS, Treatment.DUMMY),
    "X/Z/U*": (table.X_Z_U_STAR_TAGS, Treatment.CLEAN),
}
BASIC: dict[int, str] = {
    tag[0] << 16 | tag[1]: action
    for action, (tags, _) in BY_ACTION.items()
    for tag in tags
    if len(tag) == 2
}
REPEATING = frozenset((*range(0x5000, 0x5100), *range(0x6000, 0x6100)))
"""Groups of curves and overlays, removed whole: the table's 50xx,xxxx, 60xx,3000 and 60xx,4000."""

OPTIONS = {
    "113100": "Basic Application Confidentiality Profile",
    "113105": "Clean Descriptors Option",
    "113107": "Retain Longitudinal Temporal Information Modified Dates Option",
    "113108": "Retain Patient Characteristics Option",
    "113111": "Retain Safe Private Option",
}
# What an option's column of the table allows beyond the basic action, and what is done.
RETAINED: dict[int, tuple[str, Treatment]] = {
    tag_for_keyword(keyword): (option, treatment)
    for keyword, option, treatment in (
        ("PatientSex", "113108", Treatment.KEEP),
        ("PatientSize", "113108", Treatment.KEEP),
        ("PatientWeight", "113108", Treatment.KEEP),
        ("ROIName", "113105", Treatment.CLEAN),
        ("ROIObservationLabel", "113105", Treatment.CLEAN),
        ("StructureSetLabel", "113105", Treatment.CLEAN),
        ("TimezoneOffsetFromUTC", "113107", Treatment.CLEAN),
        ("PatientID", "113100", Treatment.PSEUDONYM),
        ("PatientName", "113100", Treatment.PSEUDONYM),
    )
}
LIVES = frozenset((0x0010, 0x0012))
"""Groups whose dates are of a person or a trial, not of a scan: no date of them is kept."""

# Text that the table does not list and the analysis reads, or that names things and not people.
KEPT_TEXT = frozenset(
    (
        "AlgorithmName",
        "AttenuationCorrectionMethod",
        "CodeMeaning",
        "CodeValue",
        "CodingSchemeDesignator",
        "CodingSchemeVersion",
        "ContextIdentifier",
        "ConvolutionKernel",
        "DeidentificationMethod",
        "LongCodeValue",
        "Manufacturer",
        "ManufacturerModelName",
        "PositionReferenceIndicator",
        "Radiopharmaceutical",
        "RandomsCorrectionMethod",
        "ReconstructionMethod",
        "RTROIInterpretedType",
        "ScatterCorrectionMethod",
        "SegmentAlgorithmName",
        "SegmentLabel",
        "SoftwareVersions",
    )
)
KEPT_BINARY = frozenset(
    (
        "DoubleFloatPixelData",
        "FloatPixelData",
        "PixelData",
        "RedPaletteColorLookupTableData",
        "GreenPaletteColorLookupTableData",
        "BluePaletteColorLookupTableData",
    )
)
PIXELS = frozenset(map(tag_for_keyword, ("PixelData", "FloatPixelData", "DoubleFloatPixelData")))
SECURITY = 0x0400
"""Encrypted attributes, signatures and original values: what was taken out must not stay there."""
NEVER = frozenset(
    map(tag_for_keyword, ("PrivateDataElementCharacteristicsSequence", "DataSetTrailingPadding"))
)


@cache
def treatment(tag: int, kind: str) -> Treatment:
    """What becomes of a public element, wherever in the data set it stands.

    Args:
        tag: its number.
        kind: its value representation.
    """
    group = tag >> 16
    if tag & 0xFFFF == 0 or group in REPEATING or group == SECURITY or tag in NEVER:
        return Treatment.REMOVE
    if not dictionary_has_tag(tag) or kind == "AE":
        return Treatment.REMOVE
    if tag in RETAINED:
        return RETAINED[tag][1]
    if kind in MOMENTS and group not in LIVES:
        return Treatment.SHIFT
    if tag in BASIC:
        return BY_ACTION[BASIC[tag]][1]
    return _unlisted(keyword_for_tag(tag), kind, group)


def _unlisted(keyword: str, kind: str, group: int) -> Treatment:
    """What becomes of an element that the table does not list."""
    if kind in TEXT_KINDS:
        return Treatment.CLEAN if keyword in KEPT_TEXT else Treatment.EMPTY
    if kind in BINARY_KINDS:
        return Treatment.KEEP if keyword in KEPT_BINARY else Treatment.REMOVE
    if kind == "PN" or (kind in MOMENTS and group in LIVES):
        return Treatment.EMPTY
    if kind == "UI":
        return Treatment.NEW_UID
    return Treatment.CLEAN if kind in ("SQ", "CS", "AS", "DS", "IS") else Treatment.KEEP
