"""What the chapter on PET publishes of extraction and pictures: ids, headings and captions."""

from collections.abc import Iterator, Sequence
from functools import partial

import pandas as pd

from compendium.formatting import isotopes
from compendium.published import Figure, Number, Part, Table, result
from compendium.studies import STUDIES
from compendium.uptake import figures as draw
from compendium.uptake.lesions import flag_counts
from compendium.uptake.projection import Projection
from compendium.uptake.readings import origins

AUDITED = {
    "scan_id": "Scan",
    "units": "Units",
    "decay_correction": "Decay correction",
    "reference_time_from": "Voxels corrected to",
    "administered_at_from": "Administration from",
    "uptake_time_h": "Uptake, h",
    "weight_kg": "Weight, kg",
    "status": "Status",
    "origin": "SUVmax from",
}
LESION = {
    "scan_id": "Scan",
    "lesion_id": "Lesion",
    "site": "Site",
    "diameter_mm": "Diameter, mm",
    "suv_max": "SUVmax",
    "suv_peak": "SUVpeak",
    "volume_ml": "Volume, mL",
    "max_to_background": "SUVmax to background",
    "avid": "Avid",
    "origin": "SUVmax from",
}
NUMBERED = ("number", "lesion_id", "site", "diameter_mm", "suv_max", "suv_peak", "volume_ml")


def said(caption: str, rows: pd.DataFrame, what: str = "lesions") -> str:
    """A caption with the origin of the SUVmax where persons read it."""
    origin = origins(rows, what)
    return f"{caption} {origin}." if origin else caption


def _told(columns: dict[str, str], lesions: pd.DataFrame) -> dict[str, str]:
    """The headings, without that of the origin where all was measured in the images."""
    return columns if origins(lesions) else {k: v for k, v in columns.items() if k != "origin"}


@result
def audit(series_audit: pd.DataFrame) -> Iterator[Part]:
    """What the SUV of each series rests on."""
    caption = "What the SUV of each series rests on."
    shown = _told(AUDITED, series_audit)
    yield Table(
        "series_audit", series_audit, rows="scan", caption=caption, columns=shown, max_rows=12
    )


@result
def flags(series_audit: pd.DataFrame) -> Iterator[Part]:
    """Series by flag."""
    shown = {"flag": "Flag", "n_series": "Series", "scans": "Scans"}
    found, caption = flag_counts(series_audit), "Series by flag."
    yield Table("series_flags", found, rows="group", caption=caption, columns=shown)


@result
def refused(series_audit: pd.DataFrame) -> Iterator[Part]:
    """Refused series, with the lesions that lost their value."""
    own = series_audit[series_audit["status"] == "refused"]
    shown = own[["scan_id", "tracer", "n_lesions", "reason"]]
    caption = "Refused series, with the lesions that lost their value."
    yield Table(
        "series_refused",
        shown.rename(columns={"n_lesions": "lesions"}),
        rows="scan",
        caption=caption,
    )


@result
def counts(lesion_suv: pd.DataFrame, series_audit: pd.DataFrame) -> Iterator[Part]:
    """How many series and lesions there are, of each tracer, and what became of them."""
    flagged = int(series_audit["flags"].fillna("").ne("").sum())
    series = {
        "n_series": ("PET series", len(series_audit)),
        "n_series_refused": ("Refused series", int((series_audit["status"] == "refused").sum())),
        "n_series_flagged": ("Flagged series", flagged),
    }
    for tracer in (tracer for study in STUDIES.values() for tracer in study.tracers):
        own = int((series_audit["tracer"] == tracer.code).sum())
        series[tracer.counted] = (f"PET series, {isotopes(tracer.code)}", own)
    for name, (label, count) in series.items():
        yield Number(name, count, format="d", unit="series", label=label)
    measured = int((lesion_suv["status"] == "ok").sum())
    lesions = {
        "n_lesion_scans": ("Lesions on scans", len(lesion_suv)),
        "n_lesion_scans_measured": ("Measured lesions on scans", measured),
    }
    for name, (label, count) in lesions.items():
        yield Number(name, count, format="d", unit="lesions on scans", label=label)


@result
def lesions(lesion_suv: pd.DataFrame) -> Iterator[Part]:
    """Uptake of each lesion; later chapters read it."""
    caption = said("Uptake of each lesion; SUV in g/mL.", lesion_suv)
    shown = _told(LESION, lesion_suv)
    yield Table(
        "lesion_suv", lesion_suv, rows="lesion", caption=caption, columns=shown, max_rows=15
    )


@result
def avidity(by_tracer: pd.DataFrame) -> Iterator[Part]:
    """Lesions that are avid, or too small to be read."""
    caption = "Measured lesions that are avid, or too small."
    yield Table("avidity", by_tracer, rows="group", caption=caption)


@result
def sheet(pictures: Sequence[Projection], suv_window: float) -> Iterator[Part]:
    """Every series at a glance."""
    yield Figure(
        "pet_contact_sheet",
        partial(draw.contact_sheet, pictures, suv_window),
        marks="scan",
        alt="Small projections of every PET series, lesions outlined, refused series named",
        caption="Coronal and sagittal maximum-intensity projections of every series on one SUV "
        "scale, lesions outlined. Refused series are named in their place; an "
        "asterisk marks a flagged one.",
    )


@result
def picture(chosen: Projection, suv_window: float) -> Iterator[Part]:
    """One scan large."""
    yield Figure(
        "pet_projections",
        partial(draw.projections, chosen, suv_window),
        marks="scan",
        alt="Coronal and sagittal projection of one scan, lesions outlined and numbered, SUV scale",
        caption="One scan from the front and from the side; the numbers are those of the table "
        "below.",
        data=draw.lesion_key(chosen),
        rows="lesion",
    )


@result
def numbered(chosen: Projection, lesion_suv: pd.DataFrame) -> Iterator[Part]:
    """The lesions of the scan that is shown large."""
    own = lesion_suv[lesion_suv["scan_id"] == chosen.scan_id]
    found = draw.lesion_key(chosen).merge(own, on="lesion_id")
    caption = "The lesions of the scan that is shown large."
    yield Table("pet_projections_lesions", found[list(NUMBERED)], rows="lesion", caption=caption)
