"""What a PET header says: the only module that knows DICOM tags.

Every value leaves this module as a `Field` that carries its tag, so that a flag, a refusal and an
audit row can say where a number came from. Nothing is interpreted here beyond its form.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime

from petsuv.elements import (
    PIXEL_DATA,
    Elements,
    NotDicom,
    RawFile,
    Source,
    read_elements,
    read_head,
)
from petsuv.fields import Field
from petsuv.text import parse_moment, text_of

PET_STORAGE = "1.2.840.10008.5.1.4.1.1.128"
ENHANCED_PET_STORAGES = ("1.2.840.10008.5.1.4.1.1.130", "1.2.840.10008.5.1.4.1.1.128.1")
PET_STORAGES = (PET_STORAGE, *ENHANCED_PET_STORAGES)

# Elements that must say the same in every file of a series.
SERIES_ELEMENTS = {
    "image_type": (0x00080008, "Image Type"),
    "sop_class": (0x00080016, "SOP Class UID"),
    "series_date": (0x00080021, "Series Date"),
    "series_time": (0x00080031, "Series Time"),
    "modality": (0x00080060, "Modality"),
    "manufacturer": (0x00080070, "Manufacturer"),
    "model": (0x00081090, "Manufacturer's Model Name"),
    "timezone": (0x00080201, "Timezone Offset From UTC"),
    "patient_id": (0x00100020, "Patient ID"),
    "birth_date": (0x00100030, "Patient's Birth Date"),
    "sex": (0x00100040, "Patient's Sex"),
    "age": (0x00101010, "Patient's Age"),
    "height": (0x00101020, "Patient's Size"),
    "weight": (0x00101030, "Patient's Weight"),
    "identity_removed": (0x00120062, "Patient Identity Removed"),
    "decay_correction_datetime": (0x00189701, "Decay Correction DateTime"),
    "study_uid": (0x0020000D, "Study Instance UID"),
    "series_uid": (0x0020000E, "Series Instance UID"),
    "frame_of_reference": (0x00200052, "Frame of Reference UID"),
    "corrected_image": (0x00280051, "Corrected Image"),
    "dates_modified": (0x00280303, "Longitudinal Temporal Information Modified"),
    "photometric": (0x00280004, "Photometric Interpretation"),
    "lossy": (0x00282110, "Lossy Image Compression"),
    "radiopharmaceutical_items": (0x00540016, "Radiopharmaceutical Information Sequence"),
    "series_type": (0x00541000, "Series Type"),
    "units": (0x00541001, "Units"),
    "suv_type": (0x00541006, "SUV Type"),
    "randoms_method": (0x00541100, "Randoms Correction Method"),
    "attenuation_method": (0x00541101, "Attenuation Correction Method"),
    "decay_correction": (0x00541102, "Decay Correction"),
    "scatter_method": (0x00541105, "Scatter Correction Method"),
}
# Elements that may differ from slice to slice.
SLICE_ELEMENTS = {
    "study_date": (0x00080020, "Study Date"),
    "sop_instance": (0x00080018, "SOP Instance UID"),
    "acquisition_date": (0x00080022, "Acquisition Date"),
    "acquisition_datetime": (0x0008002A, "Acquisition DateTime"),
    "acquisition_time": (0x00080032, "Acquisition Time"),
    "slice_thickness": (0x00180050, "Slice Thickness"),
    "frame_duration": (0x00181242, "Actual Frame Duration"),
    "series_number": (0x00200011, "Series Number"),
    "position": (0x00200032, "Image Position (Patient)"),
    "orientation": (0x00200037, "Image Orientation (Patient)"),
    "samples": (0x00280002, "Samples per Pixel"),
    "frames": (0x00280008, "Number of Frames"),
    "rows": (0x00280010, "Rows"),
    "columns": (0x00280011, "Columns"),
    "pixel_spacing": (0x00280030, "Pixel Spacing"),
    "bits_allocated": (0x00280100, "Bits Allocated"),
    "bits_stored": (0x00280101, "Bits Stored"),
    "high_bit": (0x00280102, "High Bit"),
    "signed": (0x00280103, "Pixel Representation"),
    "intercept": (0x00281052, "Rescale Intercept"),
    "slope": (0x00281053, "Rescale Slope"),
    "number_of_slices": (0x00540081, "Number of Slices"),
    "frame_reference": (0x00541300, "Frame Reference Time"),
    "decay_factor": (0x00541321, "Decay Factor"),
    "pixels": (PIXEL_DATA, "Pixel Data"),
}
BINARY_ELEMENTS = (
    "samples", "rows", "columns", "bits_allocated", "bits_stored", "high_bit", "signed",
    "number_of_slices",
)  # fmt: skip
RADIOPHARMACEUTICAL_ELEMENTS = {
    "radiopharmaceutical": (0x00180031, "Radiopharmaceutical"),
    "start_time": (0x00181072, "Radiopharmaceutical Start Time"),
    "dose": (0x00181074, "Radionuclide Total Dose"),
    "half_life": (0x00181075, "Radionuclide Half Life"),
    "start_datetime": (0x00181078, "Radiopharmaceutical Start DateTime"),
}
CODE_ELEMENTS = {
    "radionuclide_code": (0x00540300, "Radionuclide Code Sequence"),
    "radiopharmaceutical_code": (0x00540304, "Radiopharmaceutical Code Sequence"),
}
# Elements of a structure set.
STRUCTURE_SET = {
    "character_set": 0x00080005,
    "referenced_series": 0x00081115,
    "referenced_instance": 0x00081155,
    "series": 0x0020000E,
    "frame_of_reference": 0x00200052,
    "shared_frames": 0x30060010,
    "studies": 0x30060012,
    "series_items": 0x30060014,
    "roi_items": 0x30060020,
    "roi_number": 0x30060022,
    "roi_frame": 0x30060024,
    "roi_name": 0x30060026,
    "drawn_items": 0x30060039,
    "contour_items": 0x30060040,
    "contour_type": 0x30060042,
    "contour_data": 0x30060050,
    "drawn_number": 0x30060084,
}
CODE_VALUE, CODE_MEANING = 0x00080100, 0x00080104
# Private elements: creator, group, offset in its block, name, and what the manufacturer is called.
PRIVATE_ELEMENTS = {
    "ge_scan_datetime": ("GEMS_PETD_01", 0x0009, 0x0D, "GE PET scan date-time", "GE"),
    "siemens_decay_datetime": (
        "SIEMENS MED PT", 0x0071, 0x22, "Siemens decay date-time", "SIEMENS",
    ),
    "philips_suv_factor": (
        "Philips PET Private Group", 0x7053, 0x00, "Philips SUV factor", "PHILIPS",
    ),
    "philips_activity_factor": (
        "Philips PET Private Group", 0x7053, 0x09, "Philips activity factor", "PHILIPS",
    ),
}  # fmt: skip
_BLOCK = 0x10  # where a private block stands when its creator element is gone

_DEFAULT_PRIVATE = {
    name: group << 16 | _BLOCK << 8 | offset
    for name, (_, group, offset, *_) in PRIVATE_ELEMENTS.items()
}
CONSTANT_TAGS = (*(tag for tag, _ in SERIES_ELEMENTS.values()), *_DEFAULT_PRIVATE.values())
SEQUENCE_TAGS = frozenset(
    [SERIES_ELEMENTS["radiopharmaceutical_items"][0]] + [tag for tag, _ in CODE_ELEMENTS.values()]
)
# Numbers that some writers print with more digits than others.
DECIMAL_TAGS = frozenset(
    [
        *(SERIES_ELEMENTS[name][0] for name in ("height", "weight")),
        *(RADIOPHARMACEUTICAL_ELEMENTS[name][0] for name in ("dose", "half_life")),
        *(_DEFAULT_PRIVATE[f"philips_{factor}_factor"] for factor in ("suv", "activity")),
    ]
)
WANTED = frozenset(CONSTANT_TAGS) | {tag for tag, _ in SLICE_ELEMENTS.values()}
TAGS = {name: tag for name, (tag, _) in (SERIES_ELEMENTS | SLICE_ELEMENTS).items()}
# Elements of Enhanced PET beside those of single-frame PET.
ENHANCED = {
    "frame_acquired": 0x00189074,
    "frame_duration_ms": 0x00189220,
    "decay_corrected": 0x00189758,
    "attenuation_corrected": 0x00189759,
    "scatter_corrected": 0x00189760,
    "dead_time_corrected": 0x00189761,
    "normalised": 0x00189764,
    "randoms_corrected": 0x00189765,
    "temporal_position": 0x00209128,
    "unit_code": 0x004008EA,
    "real_world_mapping": 0x00409096,
    "real_world_intercept": 0x00409224,
    "real_world_slope": 0x00409225,
    "shared": 0x52009229,
    "per_frame": 0x52009230,
}
# Whose and which file it is: the first elements of any.
HEAD = {
    "character_set": 0x00080005,
    "description": 0x0008103E,
    **{
        name: TAGS[name]
        for name in ("sop_class", "sop_instance", "study_date", "series_date",
                     "acquisition_date", "modality", "patient_id", "series_uid", "series_number",
                     "frame_of_reference")
    },
}  # fmt: skip
_NAMES = dict((*SERIES_ELEMENTS.values(), *SLICE_ELEMENTS.values()))
_NAMES[STRUCTURE_SET["contour_data"]] = "Contour Data"
_NAMES[STRUCTURE_SET["roi_number"]] = "ROI Number"
_NAMES[ENHANCED["temporal_position"]] = "Temporal Position Index"
_NAMES[ENHANCED["per_frame"]] = "Per-frame Functional Groups Sequence"
_NAMES[ENHANCED["real_world_slope"]] = "Real World Value Slope"


def label(tag: int, name: str = "") -> str:
    """A tag as it is printed: (gggg,eeee) Name."""
    return f"({tag >> 16:04X},{tag & 0xFFFF:04X}) {name or _NAMES.get(tag, 'private element')}"


def label_of(name: str) -> str:
    """The tag of a series or slice element, as it is printed."""
    return label(TAGS[name])


@dataclass(frozen=True)
class Header:
    """A series' header: fields by name, and how many radiopharmaceutical items it has."""

    place: str
    fields: Mapping[str, Field]
    n_radiopharmaceuticals: int

    def __getitem__(self, name: str) -> Field:
        return self.fields[name]

    def moment(self, *names: str) -> datetime | None:
        """Date and time of one date-time field, or of a date and a time field; None if absent.

        Raises:
            Refused: the text is not a date-time with hour and minute.
        """
        parts = [self.fields[name] for name in names]
        if not all(parts):
            return None
        text = "".join(part.text for part in parts)
        if (moment := parse_moment(text, self["timezone"].text)) is None:
            both = Field(self.place, " + ".join(part.tag for part in parts), text)
            raise both.refusal("YYYYMMDDHHMM[SS[.F]]", "Have the header corrected at its source.")
        return moment


def modality_of(path: Source) -> str:
    """Modality of a DICOM file; empty for any other file."""
    tag = SERIES_ELEMENTS["modality"][0]
    try:
        return text_of(read_head(path, (tag,)).values.get(tag)) or "not given"
    except NotDicom:
        return ""


def read_header(path: Source, place: str) -> Header:
    """The whole header of one file of a series.

    Raises:
        Refused: the file cannot be parsed.
    """
    return header_of(read_elements(path, None), place)


def header_of(file: RawFile, place: str) -> Header:
    """The whole header of a file whose elements were all read."""
    values = file.values
    fields = {
        name: Field(place, label(tag), text_of(values.get(tag)))
        for name, (tag, _) in (SERIES_ELEMENTS | SLICE_ELEMENTS).items()
        if name not in ("pixels", *BINARY_ELEMENTS)
    }
    fields |= {name: _private(values, name, place) for name in PRIVATE_ELEMENTS}
    items = file.items(values.get(TAGS["radiopharmaceutical_items"]))
    item = items[0] if items else {}
    count = f"{len(items)} items" if items else ""
    fields["radiopharmaceutical_items"] = Field(place, label_of("radiopharmaceutical_items"), count)
    for name, (tag, title) in RADIOPHARMACEUTICAL_ELEMENTS.items():
        fields[name] = Field(place, label(tag, title), text_of(item.get(tag)))
    for name, (tag, title) in CODE_ELEMENTS.items():
        codes = file.items(item.get(tag))
        parts = (text_of(codes[0].get(part)) for part in (CODE_VALUE, CODE_MEANING) if codes)
        fields[name] = Field(place, label(tag, title), " ".join(part for part in parts if part))
    return Header(place, fields, len(items))


def _private(values: Elements, name: str, place: str) -> Field:
    """A private element in its creator's block, or in the usual block where no creator is left."""
    creator, group, offset, title, maker = PRIVATE_ELEMENTS[name]
    creators = {
        block: text_of(values[group << 16 | block])
        for block in range(0x10, 0x100)
        if group << 16 | block in values
    }
    blocks = [block for block, text in creators.items() if text.upper() == creator.upper()]
    manufacturer = text_of(values.get(TAGS["manufacturer"])).upper()
    if not blocks and _BLOCK not in creators and manufacturer.startswith(maker):
        blocks = [_BLOCK]
    element = (blocks[0] if blocks else _BLOCK) << 8 | offset
    text = text_of(values.get(group << 16 | element)) if blocks else ""
    return Field(place, label(group << 16 | element, title), text)
