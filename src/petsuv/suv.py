"""Standardised uptake value by body weight, from every unit and decay correction, or refused."""

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from petsuv.administration import administered_s, require_uptake_time
from petsuv.body import MASSES, Body, read_body
from petsuv.corrections import require_activity, require_corrections
from petsuv.dose import read_dose_bq
from petsuv.errors import Refused
from petsuv.header import Header
from petsuv.notes import Notes, Overrides, Quantity
from petsuv.nuclides import Decay, read_decay
from petsuv.series import Series
from petsuv.timing import (
    flag_disagreement,
    frame_average_s,
    reference_time_s,
    scan_start_s,
)

FloatArray = NDArray[np.float64]

SUV_WEIGHT_AGREEMENT = 0.005


@dataclass(frozen=True)
class Conversion:
    """How stored values become SUVbw, and what that rests on.

    Attributes:
        suv_per_stored: SUVbw (g/mL) of stored value 1 in each slice, shape (slices,).
        weight_kg, dose_bq, decay, uptake_s: None where the header does not say and SUV need it not.
        lean_per_weight, surface_per_weight: SUL and SUVbsa per SUVbw; nan where not known.
        quantities: what was used and from where.
        flags: what a reader should know.
    """

    suv_per_stored: FloatArray
    weight_kg: float | None
    dose_bq: float | None
    decay: Decay | None
    uptake_s: float | None
    lean_per_weight: float
    surface_per_weight: float
    quantities: dict[str, Quantity]
    flags: tuple[str, ...]

    @property
    def kbq_per_ml_per_suv(self) -> float:
        """Activity concentration, corrected to administration, of SUVbw 1; nan where not known."""
        if self.dose_bq is None or self.weight_kg is None:
            return float("nan")
        return self.dose_bq / self.weight_kg / 1e6


@dataclass(frozen=True)
class _Injection:
    dose_bq: float | None
    decay: Decay | None
    administered_s: float | None
    reference_s: float | None

    @property
    def uptake_s(self) -> float | None:
        if self.administered_s is None or self.reference_s is None:
            return None
        return self.reference_s - self.administered_s


def convert(series: Series, overrides: Overrides | None = None) -> Conversion:
    """The factor from stored value to SUVbw in each slice.

    Args:
        overrides: what a person supplies beside the header; each is flagged.

    Raises:
        Refused: the header does not say what the conversion needs, or contradicts itself.

    Source:
        DICOM PS3.3 C.8.9; IBSI-SUV reference objects.
    """
    overrides = overrides or Overrides()
    notes = Notes(flags=[*series.flags])
    header = series.header
    require_activity(header, notes)
    require_corrections(header, notes)
    for name in ("units", "suv_type", "decay_correction", "manufacturer"):
        if header[name]:
            notes.take(name, header[name].text, "", header[name].tag)
    body = read_body(header, overrides, notes)
    suv_per_value = _suv_per_value(series, body, overrides, notes)
    if suv_per_value is not None:
        injection = _injection(series, overrides, notes, stated_as_suv=True)
        factor = np.full(len(series.slope), suv_per_value)
        if header["decay_correction"].text == "START":
            _compare_philips(header, body, injection, notes)
    else:
        injection = _injection(series, overrides, notes, stated_as_suv=False)
        factor = _suv_per_bqml(series, body, injection, notes)
    lean, surface = _per_weight(body, notes)
    return Conversion(
        suv_per_stored=series.slope * factor,
        weight_kg=body.weight_kg,
        dose_bq=injection.dose_bq,
        decay=injection.decay,
        uptake_s=injection.uptake_s,
        lean_per_weight=lean,
        surface_per_weight=surface,
        quantities=notes.quantities,
        flags=tuple(notes.flags),
    )


def _suv_per_value(series: Series, body: Body, overrides: Overrides, notes: Notes) -> float | None:
    """SUVbw per rescaled value where the scanner already made SUV of it; None for Bq/mL."""
    header = series.header
    units, decay = header["units"], header["decay_correction"]
    if units.text == "BQML":
        return None
    if units.text == "CNTS":
        return _philips_suv(header, overrides, notes)
    if units.text not in ("GML", "CM2ML"):
        raise units.refusal(
            "BQML, GML, CM2ML, or CNTS from Philips",
            "These values cannot be converted to SUV: choose another reconstruction.",
        )
    if decay.text == "NONE":
        raise decay.refusal("START or ADMIN where the values are SUV")
    _require_scanner_weight(header, overrides)
    kind = header["suv_type"]
    if units.text == "CM2ML":
        if kind.text not in ("", "BSA"):
            raise kind.refusal(f"BSA or nothing, as {units.tag} is CM2ML")
        return body.weight() / (10 * body.surface())
    if kind.text in ("", "BW"):
        return 1.0
    if kind.text not in MASSES:
        raise kind.refusal(f"BW, {', '.join(MASSES)} or nothing, as {units.tag} is GML")
    return body.weight() / body.mass(kind.text, notes)


def _require_scanner_weight(header: Header, overrides: Overrides) -> None:
    """The weight that the scanner put into its SUV cannot be replaced afterwards."""
    recorded = header["weight"].number()
    if overrides.weight_kg is None or not recorded:
        return
    if abs(overrides.weight_kg / recorded - 1) > SUV_WEIGHT_AGREEMENT:
        raise header["weight"].refusal(
            f"{overrides.weight_kg:g} kg, which is given in its place",
            "The values are SUV by the scanner's weight; convert the series in Bq/mL instead.",
        )


def _philips_suv(header: Header, overrides: Overrides, notes: Notes) -> float | None:
    """SUVbw per count by Philips' factor; None where only its activity factor may be used."""
    suv, activity = header["philips_suv_factor"], header["philips_activity_factor"]
    factor = suv.number() or 0.0
    if factor < 0:
        raise suv.refusal("a positive factor")
    if factor > 0 and header["decay_correction"].text != "NONE":
        _require_scanner_weight(header, overrides)
        notes.take("philips_suv_factor", factor, "g/mL per count", suv.tag)
        return factor
    if not (activity.number() or 0.0) > 0:
        raise header["units"].refusal(
            f"with CNTS, Philips' {suv.tag} (and decay correction) or {activity.tag}, above 0",
            "Counts without a calibration cannot be converted: export the series in Bq/mL.",
        )
    notes.take("philips_activity_factor", activity.number() or 0, "Bq/mL per count", activity.tag)
    return None


def _injection(
    series: Series, overrides: Overrides, notes: Notes, *, stated_as_suv: bool
) -> _Injection:
    """Dose, decay and times. Where values already are SUV, what is missing is flagged instead."""
    header = series.header
    if header.n_radiopharmaceuticals > 1:
        raise Refused(
            f"{header.place}: {header['radiopharmaceutical_items'].tag} holds "
            f"{header.n_radiopharmaceuticals} items; expected one. Two tracers in one series "
            "cannot be told apart."
        )
    if header.n_radiopharmaceuticals == 0 and not stated_as_suv:
        raise header["radiopharmaceutical_items"].refusal("dose, half-life and start of one tracer")
    dose, decay = None, None
    try:
        decay = read_decay(header, notes)
        dose = read_dose_bq(header, decay.nuclide, notes)
        administered, reference = _times(series, decay, overrides, notes)
    except Refused as reason:
        if not stated_as_suv:
            raise
        # The values rest on what the scanner knew, not on these elements: say so, and go on.
        notes.take("doubt", str(reason), "", "dose, nuclide, times of administration and scan")
        notes.flag("administration_in_doubt(not needed for SUV, see doubt)")
        return _Injection(dose, None, None, None)
    return _Injection(dose, decay, administered, reference)


def _times(
    series: Series, decay: Decay, overrides: Overrides, notes: Notes
) -> tuple[float | None, float | None]:
    """Administration and reference time, once they are known to fit each other."""
    header = series.header
    start = header["decay_correction"].text == "START" and header["units"].text in ("BQML", "CNTS")
    reference = reference_time_s(series, decay, notes) if start else scan_start_s(series)
    administered = administered_s(series, reference, decay, overrides, notes)
    if administered is not None and reference is not None:
        require_uptake_time(series.place, reference - administered, decay, notes)
    else:
        notes.flag("uptake_time_unknown(not checked)")
    return administered, reference


def _suv_per_bqml(series: Series, body: Body, injection: _Injection, notes: Notes) -> FloatArray:
    """SUVbw per rescaled value in each slice for Bq/mL, or counts with an activity factor."""
    header, decay, dose = series.header, injection.decay, injection.dose_bq
    if decay is None or dose is None:
        raise header["dose"].refusal("the injected activity in Bq")
    calibration = (
        header["philips_activity_factor"].number() if header["units"].text == "CNTS" else 1
    )
    per_bqml = (calibration or 1.0) * 1000.0 * body.weight() / dose
    correction = header["decay_correction"].text
    if correction == "ADMIN":
        return np.full(len(series.slope), per_bqml)
    if injection.administered_s is None:
        raise header["start_time"].refusal(
            "when the dose was given, here or as start date-time", "Give it by --administered-at."
        )
    if correction == "NONE":
        return per_bqml * _back_to_administration(series, decay, injection.administered_s)
    uptake_s = injection.uptake_s or 0.0
    _compare_philips(header, body, injection, notes)
    return np.full(len(series.slope), per_bqml * np.exp(decay.rate_per_s * uptake_s))


def _back_to_administration(series: Series, decay: Decay, administered: float) -> FloatArray:
    """exp(λ · time from administration to each slice's average), for uncorrected voxels."""
    for values, name in (
        (series.duration_s, "frame_duration"),
        (series.acquired_s, "acquisition_time"),
    ):
        if not (values > 0).all():
            raise series.header[name].refusal("given in every slice, as voxels are not corrected")
    average_s = frame_average_s(series.duration_s, decay.rate_per_s)
    return np.exp(decay.rate_per_s * (series.acquired_s + average_s - administered))


def _compare_philips(header: Header, body: Body, injection: _Injection, notes: Notes) -> None:
    """Flag a ratio of Philips' factors that implies another decay time than the header's."""
    suv, activity = (header[f"philips_{kind}_factor"].number() for kind in ("suv", "activity"))
    if not suv or not activity or not body.weight_kg:
        return
    if injection.decay is None or not injection.dose_bq or injection.uptake_s is None:
        return
    ratio = suv / activity * injection.dose_bq / (1000 * body.weight_kg)
    if ratio > 0:
        elapsed_s = np.log(ratio) / injection.decay.rate_per_s
        difference_s = float(elapsed_s) - injection.uptake_s
        flag_disagreement(notes, "ratio of Philips' factors", difference_s, injection.decay)


def _per_weight(body: Body, notes: Notes) -> tuple[float, float]:
    """SUL (Janmahasatian) and SUVbsa per SUVbw; nan where weight, height or sex is not known."""
    if body.weight_kg is None or body.height_m is None:
        return float("nan"), float("nan")
    surface = 10 * body.surface() / body.weight_kg
    if body.sex not in ("M", "F", "O"):
        return float("nan"), surface
    return body.mass("LBMJANMA", notes) / body.weight_kg, surface
