"""PET headers as scanners of different makers write them, one variant a scan.

Variants: `start` (Siemens), `start_ge` and `admin` (GE) are plain; `none` leaves decay in the
voxels; `midnight` was given before midnight and says only the clock time; `cnts_suv` and
`cnts_bqml` (Philips) hold counts with one of the two private factors; `gml` holds SUV;
`datetime_only` has no clock time of administration; `late_bed` has long beds, the head scanned
first; `series_overwritten` was reconstructed later and says so in the series' time; `mbq_dose` says
the dose in MBq; `rtstruct` has its regions as contours; `table_date` says the date of a 124I
administration only in the study's table. `i124_without_date` and `propcnts` must be refused.
"""

import math
from dataclasses import dataclass
from datetime import datetime, timedelta

import numpy as np
from numpy.typing import NDArray
from pydicom.dataset import Dataset
from pydicom.sequence import Sequence
from pydicom.uid import PositronEmissionTomographyImageStorage

from compendium.studies import TRACERS, trop2, tsh124i
from compendium.synthetic.scans import Scan
from petsuv.nuclides import HALF_LIVES_S
from petsuv.testing.files import code

FloatArray = NDArray[np.float64]

POSITRON_FRACTION = {trop2.PET.code: 0.967, tsh124i.PET.code: 0.227}
NUCLIDE_CODE = {
    trop2.PET.code: ("C-111A1", "SRT", "^18^Fluorine"),
    tsh124i.PET.code: ("C-114A5", "SRT", "^124^Iodine"),
}
AGENT = {
    trop2.PET.code: f"{trop2.PET.code} (simulated)",
    tsh124i.PET.code: f"{tsh124i.PET.code} sodium iodide (simulated)",
}
SLICES_PER_BED = 30
BED_S = {trop2.PET.code: 150, tsh124i.PET.code: 240}
LATE_BED_S = 420
BED_CHANGE_S = 2
RECONSTRUCTION_LATER = timedelta(minutes=47)
COUNTS_PER_BQML = 1 / 1.6384
SEX = {"female": "F", "male": "M"}
MAKERS = {
    "ge": ("GE MEDICAL SYSTEMS", "SIMULATED D"),
    "siemens": ("SIEMENS", "SIMULATED B"),
    "philips": ("Philips Medical Systems", "SIMULATED G"),
}
MAKER_OF = {
    "start_ge": "ge", "admin": "ge", "none": "ge", "series_overwritten": "ge", "propcnts": "ge",
    "cnts_suv": "philips", "cnts_bqml": "philips", "gml": "philips",
}  # fmt: skip
WITHOUT_DATETIME = ("midnight", "table_date", "i124_without_date", "start_ge", "late_bed")
UNITS = {"cnts_suv": "CNTS", "cnts_bqml": "CNTS", "gml": "GML", "propcnts": "PROPCNTS"}


@dataclass(frozen=True)
class Timing:
    """When each slice was acquired, and to what its voxels are decay-corrected.

    Attributes:
        acquired: start of the slice's bed, by slice from the pelvis upward.
        duration_s: time a bed was scanned.
        average_s: time from the start of a frame to when its activity is the frame's average.
        reference: moment to which the voxels of each slice are corrected.
    """

    acquired: tuple[datetime, ...]
    duration_s: float
    average_s: float
    reference: tuple[datetime, ...]


def timing_of(scan: Scan, n_slices: int) -> Timing:
    """Beds one after another from the pelvis upward; from the head down if `late_bed`."""
    late = scan.variant == "late_bed"
    duration = float(LATE_BED_S if late else BED_S[scan.tracer])
    bed = np.arange(n_slices) // SLICES_PER_BED
    bed = bed.max() - bed if late else bed
    acquired = [
        scan.started_at + timedelta(seconds=float(b) * (duration + BED_CHANGE_S)) for b in bed
    ]
    rate = decay_rate(scan.tracer)
    exponent = rate * duration
    average_s = math.log(exponent / -math.expm1(-exponent)) / rate
    if scan.variant == "none":
        reference = [moment + timedelta(seconds=average_s) for moment in acquired]
    elif scan.variant == "admin":
        reference = [scan.administered_at] * n_slices
    else:
        reference = [min(acquired)] * n_slices
    return Timing(tuple(acquired), duration, average_s, tuple(reference))


def half_life_s(tracer: str) -> float:
    """Physical half-life of a tracer's nuclide, s."""
    return HALF_LIVES_S[TRACERS[tracer].nuclide]


def decay_rate(tracer: str) -> float:
    """Physical decay constant, 1/s."""
    return math.log(2) / half_life_s(tracer)


def bqml_per_suv(scan: Scan, timing: Timing) -> FloatArray:
    """Activity concentration (Bq/mL) that an SUV of 1 g/mL is, in each slice as it is stored."""
    elapsed = np.array([(r - scan.administered_at).total_seconds() for r in timing.reference])
    left = scan.activity_mbq * 1e6 * np.exp(-decay_rate(scan.tracer) * elapsed)
    per_suv: FloatArray = left / (scan.weight_kg * 1000)
    return per_suv


def stored_per_suv(scan: Scan, timing: Timing) -> FloatArray:
    """What an SUV of 1 g/mL is in the units of the header, in each slice."""
    units = UNITS.get(scan.variant, "BQML")
    if units == "GML":
        return np.ones(len(timing.acquired))
    return bqml_per_suv(scan, timing) * (1.0 if units == "BQML" else COUNTS_PER_BQML)


def series_header(scan: Scan, timing: Timing) -> Dataset:
    """All that the slices of a series have in common, but for UIDs and geometry."""
    maker, model = MAKERS[MAKER_OF.get(scan.variant, "siemens")]
    started = min(timing.acquired)
    series_at = started + RECONSTRUCTION_LATER if scan.variant == "series_overwritten" else started
    ds = Dataset()
    ds.SpecificCharacterSet = "ISO_IR 100"
    ds.ImageType = ["ORIGINAL", "PRIMARY"]
    ds.Modality = "PT"
    ds.Manufacturer, ds.ManufacturerModelName = maker, model
    ds.StudyDate, ds.StudyTime = da(started), tm(started)
    ds.SeriesDate, ds.SeriesTime = da(series_at), tm(series_at)
    ds.AccessionNumber = ds.ReferringPhysicianName = ds.StudyID = ""
    ds.StudyDescription = "SYNTHETIC PET/CT"
    ds.SeriesDescription = f"SYNTHETIC PET {scan.tracer} {scan.variant}"
    ds.ImageComments = "SYNTHETIC: simulated, not a patient"
    ds.PatientName = f"SYNTHETIC^{scan.patient_id}"
    ds.PatientID = scan.patient_id
    ds.PatientBirthDate = ""
    ds.PatientSex = SEX.get(scan.sex, "O")
    ds.PatientSize = f"{scan.height_cm / 100:.2f}"
    ds.PatientWeight = f"{scan.weight_kg:.1f}"
    ds.PatientPosition = "HFS"
    ds.SeriesNumber = 4
    ds.SoftwareVersions = "compendium simulate"
    ds.PositionReferenceIndicator = ""
    _describe_correction(ds, scan, timing)
    ds.RadiopharmaceuticalInformationSequence = Sequence([_radiopharmaceutical(scan)])
    _private_elements(ds, scan, timing)
    return ds


def slice_header(scan: Scan, timing: Timing, index: int) -> Dataset:
    """What differs between slices but for their place; `index` counts from the pelvis upward.

    FrameReferenceTime counts from the start of the scan, also where the series' time was
    overwritten afterwards.
    """
    acquired = timing.acquired[index]
    averaged = acquired + timedelta(seconds=timing.average_s)
    ds = Dataset()
    ds.SOPClassUID = PositronEmissionTomographyImageStorage
    ds.AcquisitionDate = ds.ContentDate = da(acquired)
    ds.AcquisitionTime = ds.ContentTime = tm(acquired)
    since_start = averaged - min(timing.acquired)
    ds.FrameReferenceTime = f"{since_start.total_seconds() * 1000:.3f}"
    if scan.variant != "none":
        decayed = (averaged - timing.reference[index]).total_seconds()
        ds.DecayFactor = f"{math.exp(decay_rate(scan.tracer) * decayed):.9g}"
    return ds


def _describe_correction(ds: Dataset, scan: Scan, timing: Timing) -> None:
    decay = {"none": "NONE", "admin": "ADMIN"}.get(scan.variant, "START")
    ds.CorrectedImage = [
        *(["DECY"] if decay != "NONE" else []),
        "ATTN",
        "SCAT",
        "DTIM",
        "RAN",
        "NORM",
    ]
    ds.SeriesType = ["WHOLE BODY", "IMAGE"]
    ds.Units = UNITS.get(scan.variant, "BQML")
    if ds.Units == "GML":
        ds.SUVType = "BW"
    ds.CountsSource = "EMISSION"
    ds.RandomsCorrectionMethod = "DLYD"
    ds.AttenuationCorrectionMethod = "CT (simulated)"
    ds.ScatterCorrectionMethod = "simulated"
    ds.DecayCorrection = decay
    ds.ReconstructionMethod = "simulated PSF blur"
    ds.CollimatorType = "NONE"
    ds.ActualFrameDuration = round(timing.duration_s * 1000)


def _radiopharmaceutical(scan: Scan) -> Dataset:
    """The dose: its activity, and its time as the variant tells it."""
    item = Dataset()
    item.Radiopharmaceutical = AGENT[scan.tracer]
    if scan.variant != "datetime_only":
        item.RadiopharmaceuticalStartTime = tm(scan.administered_at)
    both = (scan.tracer, scan.variant) == (tsh124i.PET.code, "start_ge")
    if both or scan.variant not in WITHOUT_DATETIME:
        item.RadiopharmaceuticalStartDateTime = da(scan.administered_at) + tm(scan.administered_at)
    unit = 1.0 if scan.variant == "mbq_dose" else 1e6
    item.RadionuclideTotalDose = f"{scan.activity_mbq * unit:.10g}"
    item.RadionuclideHalfLife = f"{half_life_s(scan.tracer):.1f}"
    item.RadionuclidePositronFraction = f"{POSITRON_FRACTION[scan.tracer]:g}"
    item.RadionuclideCodeSequence = Sequence([code(*NUCLIDE_CODE[scan.tracer])])
    return item


def _private_elements(ds: Dataset, scan: Scan, timing: Timing) -> None:
    """What each maker says in private elements about decay and calibration."""
    reference = da(min(timing.reference)) + tm(min(timing.reference))
    maker = MAKER_OF.get(scan.variant, "siemens")
    if maker == "philips":
        block = ds.private_block(0x7053, "Philips PET Private Group", create=True)
        suv_per_count = 1 / float(stored_per_suv(scan, timing)[0])
        stated = suv_per_count if scan.variant == "cnts_suv" else 0.0
        block.add_new(0x00, "DS", f"{stated:.10g}")
        if ds.Units == "CNTS":
            block.add_new(0x09, "DS", f"{1 / COUNTS_PER_BQML:.10g}")
    elif maker == "ge" and scan.variant == "start_ge":
        ds.private_block(0x0009, "GEMS_PETD_01", create=True).add_new(0x0D, "DT", reference)
    elif scan.variant == "start":
        ds.private_block(0x0071, "SIEMENS MED PT", create=True).add_new(0x22, "DT", reference)


def da(moment: datetime) -> str:
    """DICOM date."""
    return moment.strftime("%Y%m%d")


def tm(moment: datetime) -> str:
    """DICOM time, to the microsecond."""
    return moment.strftime("%H%M%S.%f")
