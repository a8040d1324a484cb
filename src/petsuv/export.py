"""What other software can read: regions as DICOM SEG, measurements as DICOM SR, a JSON side-car."""

import json
from collections.abc import Mapping, Sequence
from datetime import datetime
from pathlib import Path
from typing import Any

import numpy as np

from petsuv.parsed import parse
from petsuv.region import Region
from petsuv.segmentation import Segment, quietly, series_segmentation, tracking_uid
from petsuv.shapes import how_made
from petsuv.text import moment_of, seconds, uid_of
from petsuv.version import SOFTWARE
from petsuv.volume import Volume

SITES = {  # SNOMED CT
    "lung": ("39607008", "Lung structure"),
    "bone": ("272673000", "Bone structure"),
    "lymph_node": ("59441001", "Structure of lymph node"),
    "thyroid_bed": ("69748006", "Thyroid structure"),
    "liver": ("10200004", "Liver structure"),
    "brain": ("12738006", "Brain structure"),
}
SUV_UNIT = ("g/ml{SUVbw}", "UCUM", "Standardized Uptake Value body weight")
# Column of the lesion table: name of the measurement, its derivation, its unit.
MEASUREMENTS = {
    "suv_max": (("126401", "DCM", "SUVbw"), ("56851009", "SCT", "Maximum"), SUV_UNIT),
    "suv_mean": (("126401", "DCM", "SUVbw"), ("373098007", "SCT", "Mean"), SUV_UNIT),
    "suv_min": (("126401", "DCM", "SUVbw"), ("255605001", "SCT", "Minimum"), SUV_UNIT),
    "suv_peak": (("126031", "DCM", "Peak Value Within ROI"), None, SUV_UNIT),
    "volume_ml": (("118565006", "SCT", "Volume"), None, ("ml", "UCUM", "milliliter")),
    "mtv_share_ml": (("126032", "DCM", "Metabolic Volume"), None, ("ml", "UCUM", "milliliter")),
    "tlg_share_g": (("126033", "DCM", "Total Lesion Glycolysis"), None, ("g", "UCUM", "gram")),
    "max_to_background": (
        ("126039", "DCM", "Lesion to Background SUV Ratio"), None, ("1", "UCUM", "no units"),
    ),
}  # fmt: skip


@quietly
def structured_report(volume: Volume, seg: Any, rows: Sequence[Mapping[str, Any]]) -> Any:
    """The measurements as a DICOM SR by template 1500, each group on its segment.

    Args:
        seg: as `segmentation` returns.
        rows: measured rows of the lesion table.
    """
    import highdicom as hd
    from pydicom.sr.codedict import codes

    series = volume.series
    numbers = {str(item.SegmentLabel): int(item.SegmentNumber) for item in seg.SegmentSequence}
    groups = [
        _measurement_group(seg, numbers[row["lesion_id"]], row, series.uid)
        for row in rows
        if row["lesion_id"] in numbers
    ]
    device = hd.sr.DeviceObserverIdentifyingAttributes(uid=uid_of(SOFTWARE), name=SOFTWARE)
    observer = hd.sr.ObserverContext(
        observer_type=codes.DCM.Device, observer_identifying_attributes=device
    )
    content = hd.sr.MeasurementReport(
        observation_context=hd.sr.ObservationContext(observer_device_context=observer),
        procedure_reported=hd.sr.CodedConcept("82918005", "SCT", "Positron emission tomography"),
        imaging_measurements=groups,
        title=codes.DCM.ImagingMeasurementReport,
    )
    evidence = [seg, *(parse(path, pixels=False) for path in dict.fromkeys(series.files))]
    return hd.sr.Comprehensive3DSR(
        evidence=evidence,
        content=content[0],
        series_instance_uid=uid_of(series.uid, "sr series"),
        series_number=102,
        sop_instance_uid=uid_of(series.uid, "sr"),
        instance_number=1,
        manufacturer=SOFTWARE,
        is_complete=True,
    )


def _measurement_group(seg: Any, number: int, row: Mapping[str, Any], series_uid: str) -> Any:
    import highdicom as hd
    from pydicom.sr.codedict import codes

    measurements = []
    for column, (name, derivation, unit) in MEASUREMENTS.items():
        value = row.get(column)
        if not isinstance(value, int | float) or not np.isfinite(value):
            continue
        measurements.append(
            hd.sr.Measurement(
                name=hd.sr.CodedConcept(*name),
                value=float(value),
                unit=hd.sr.CodedConcept(*unit),
                derivation=hd.sr.CodedConcept(*derivation) if derivation else None,
            )
        )
    site = SITES.get(str(row.get("site")))
    place = hd.sr.CodedConcept(site[0], "SCT", site[1]) if site else None
    return hd.sr.VolumetricROIMeasurementsAndQualitativeEvaluations(
        tracking_identifier=hd.sr.TrackingIdentifier(
            uid=tracking_uid(row["lesion_id"], series_uid), identifier=str(row["lesion_id"])
        ),
        # highdicom's from_segmentation fails on a file of one segment, which all frames share.
        referenced_segment=hd.sr.ReferencedSegment(
            seg.SOPClassUID,
            seg.SOPInstanceUID,
            number,
            source_series=hd.sr.SourceSeriesForSegmentation(series_uid),
        ),
        finding_type=codes.SCT.Lesion,
        finding_sites=[hd.sr.FindingSite(place)] if place else None,
        measurements=measurements,
    )


def side_car(volume: Volume) -> dict[str, Any]:
    """What a series is and what its SUV rests on, in the words of BIDS for PET.

    Times are relative to the administration, or to the scan's start where it is not known; no
    date is told.

    Source:
        Brain Imaging Data Structure 1.8, Positron Emission Tomography.
    """
    series, conversion = volume.series, volume.conversion
    header, quantities = series.header, conversion.quantities
    given = quantities.get("administered_at")
    starts = series.acquired_s[~np.isnan(series.acquired_s)]
    scan_s = float(starts.min()) if len(starts) else None
    zero_s = seconds(given.value) if given and isinstance(given.value, datetime) else scan_s
    corrected = header["decay_correction"].text
    facts: dict[str, Any] = {
        "Manufacturer": header["manufacturer"].text,
        "TracerName": header["radiopharmaceutical"].text,
        "TracerRadionuclide": quantities["nuclide"].value if "nuclide" in quantities else "n/a",
        "InjectedRadioactivity": conversion.dose_bq / 1e6 if conversion.dose_bq else "n/a",
        "InjectedRadioactivityUnits": "MBq",
        "Units": {"BQML": "Bq/mL", "GML": "g/mL", "CM2ML": "cm2/mL"}.get(
            header["units"].text, header["units"].text
        ),
        "ImageDecayCorrected": corrected != "NONE",
        "BodyWeightKilograms": conversion.weight_kg,
    }
    if zero_s is not None and scan_s is not None:
        reference = quantities.get("reference_time")
        facts |= {
            "TimeZero": f"{moment_of(zero_s):%H:%M:%S}",
            "InjectionStart": 0 if given else "n/a",
            "ScanStart": scan_s - zero_s,
            "FrameTimesStart": [scan_s - zero_s],
            "FrameDuration": [float(np.nanmax(series.duration_s, initial=0.0))],
        }
        if corrected == "ADMIN":
            facts["ImageDecayCorrectionTime"] = 0
        elif reference and isinstance(reference.value, datetime):
            facts["ImageDecayCorrectionTime"] = seconds(reference.value) - zero_s
    return facts | {"SUV": _basis(volume)}


def _basis(volume: Volume) -> dict[str, Any]:
    """Quantities with their sources, flags, and the factor of each slice."""
    conversion = volume.conversion
    quantities = {
        name: {"value": quantity.value, "unit": quantity.unit, "source": quantity.source}
        for name, quantity in conversion.quantities.items()
        if not isinstance(quantity.value, datetime)
    }
    sources = {
        name: {"source": quantity.source}
        for name, quantity in conversion.quantities.items()
        if isinstance(quantity.value, datetime)
    }
    return {
        "Quantities": quantities | sources,
        "Flags": list(conversion.flags),
        "SuvPerStoredValue": conversion.suv_per_stored.tolist(),
    }


def write_exports(
    folder: Path,
    name: str,
    volume: Volume,
    regions: Sequence[Region],
    rows: Sequence[Mapping[str, Any]],
) -> None:
    """Write <name>_pet.json, and <name>_seg.dcm and <name>_sr.dcm where there is a region."""
    folder.mkdir(parents=True, exist_ok=True)
    text = json.dumps(side_car(volume), ensure_ascii=False, indent=1, default=str)
    (folder / f"{name}_pet.json").write_text(text + "\n", encoding="utf-8")
    usable = [
        Segment(region, note=how_made(region), made=how_made(region))
        for region in regions
        if not region.reason
    ]
    if not usable:
        return
    seg = series_segmentation(volume.series, usable)
    seg.save_as(folder / f"{name}_seg.dcm")
    report = structured_report(volume, seg, [row for row in rows if row["status"] == "ok"])
    report.save_as(folder / f"{name}_sr.dcm")
