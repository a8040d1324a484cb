"""What a scanner recovers of a sphere's uptake, by its diameter, as measured on a phantom."""

import csv
import math
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path

import numpy as np

from petsuv.errors import InputError, Refused

COLUMNS = ("scanner", "figure", "diameter_mm", "coefficient")
FIGURES = ("suv_max", "suv_mean", "suv_peak")
# Columns beside the measured figures, with their meaning.
CORRECTED = {
    "recovery_diameter_mm": "Diameter by CT, else of a sphere of the region's volume, mm",
    **{
        f"{figure}_{suffix}": meaning.format(figure)
        for figure in FIGURES
        for suffix, meaning in (
            ("recovery", "Share of {} that the scanner recovers of such a sphere"),
            ("recovered", "{} over that share: a value of sensitivity, never the primary one"),
        )
    },
    "recovery_note": "Why a value is not corrected",
}
LEAST_SPHERES = 3
GREATEST_COEFFICIENT = 1.5
"""A maximum in noise reads high, by a fifth or so; a curve above this is an error."""


@dataclass(frozen=True)
class Curve:
    """The measured curve of one scanner and figure.

    Attributes:
        scanner: as the header's model name has it.
        figure: suv_max, suv_mean or suv_peak.
        points: diameter in mm and coefficient of each sphere, ascending.
    """

    scanner: str
    figure: str
    points: tuple[tuple[float, float], ...]

    def coefficient(self, diameter_mm: float) -> float:
        """Measured over true uptake of a sphere, between the spheres by a straight line.

        Raises:
            Refused: the diameter lies outside those that were measured.
        """
        least, most = self.points[0][0], self.points[-1][0]
        if not least <= diameter_mm <= most:
            raise Refused(
                f"recovery of {self.figure} on {self.scanner}: diameter {diameter_mm:.1f} mm; "
                f"expected {least:g} to {most:g} mm, the spheres that were measured."
            )
        diameters, coefficients = np.array(self.points).T
        return float(np.interp(diameter_mm, diameters, coefficients))


def read_curves(path: Path) -> list[Curve]:
    """The curves of a table with a row a scanner, figure and sphere.

    Raises:
        InputError: the table is missing, lacks a column, or holds what is no measured curve.
    """
    if not path.is_file():
        raise InputError(f"{path}: no such file; expected a table of {', '.join(COLUMNS)}.")
    found: dict[tuple[str, str], dict[float, float]] = {}
    with path.open(encoding="utf-8-sig", newline="") as lines:
        reader = csv.DictReader(lines)
        missing = [name for name in COLUMNS if name not in (reader.fieldnames or ())]
        if missing:
            raise InputError(f"{path}: no column {', '.join(missing)}; expected {COLUMNS}.")
        for number, row in enumerate(reader, start=2):
            _add(found, row, f"{path}, row {number}")
    for (scanner, figure), points in found.items():
        if len(points) < LEAST_SPHERES:
            raise InputError(
                f"{path}, {scanner}, {figure}: {len(points)} spheres; expected at least "
                f"{LEAST_SPHERES}. Measure a phantom with more."
            )
    return [Curve(*key, tuple(sorted(points.items()))) for key, points in found.items()]


def _add(found: dict[tuple[str, str], dict[float, float]], row: dict[str, str], place: str) -> None:
    figure = (row["figure"] or "").strip()
    if figure not in FIGURES:
        raise InputError(f"{place}: figure {figure!r}; expected one of {', '.join(FIGURES)}.")
    diameter = _number(row["diameter_mm"], "diameter_mm", place, 200.0)
    coefficient = _number(row["coefficient"], "coefficient", place, GREATEST_COEFFICIENT)
    points = found.setdefault(((row["scanner"] or "").strip(), figure), {})
    if points.get(diameter, coefficient) != coefficient:
        raise InputError(
            f"{place}: {coefficient:g} at {diameter:g} mm; an earlier row has {points[diameter]:g}."
            " Keep the one that was measured."
        )
    points[diameter] = coefficient


def _number(text: str, name: str, place: str, most: float) -> float:
    try:
        value = float(text)
    except (TypeError, ValueError):
        value = math.nan
    if not 0 < value <= most:
        raise InputError(f"{place}: {name} {text!r}; expected a number above 0, up to {most:g}.")
    return value


def sphere_diameter_mm(volume_ml: float) -> float:
    """Diameter of the sphere of a volume."""
    return float(10 * (6 * volume_ml / math.pi) ** (1 / 3))


def recovered(
    row: Mapping[str, object], curves: Sequence[Curve], scanner: str, diameter_mm: float = math.nan
) -> dict[str, float | str]:
    """Figures of a measured region beside the uncorrected ones, as values of sensitivity.

    A lesion that is no sphere recovers less.

    Args:
        row: of a region, with volume_ml and the figures.
        scanner: the header's model name, or what a person says.
        diameter_mm: of the lesion on CT; that of a sphere of the region's volume where not given.

    Returns:
        recovery_diameter_mm; for each figure with a curve its coefficient and corrected value; and
        recovery_note, with the reason where there is none.

    Raises:
        InputError: no curve is of this scanner.
    """
    own = [curve for curve in curves if curve.scanner.casefold() == scanner.strip().casefold()]
    if not own:
        known = ", ".join(sorted({curve.scanner for curve in curves}))
        raise InputError(
            f"recovery: no curve of scanner {scanner!r}; expected one of {known}. Measure it, or "
            "name the scanner."
        )
    diameter = diameter_mm
    if math.isnan(diameter):
        diameter = sphere_diameter_mm(float(str(row["volume_ml"])))
    found: dict[str, float | str] = {"recovery_diameter_mm": diameter}
    notes = []
    for curve in own:
        try:
            coefficient = curve.coefficient(diameter)
        except Refused as reason:
            notes.append(str(reason))
            continue
        found[f"{curve.figure}_recovery"] = coefficient
        found[f"{curve.figure}_recovered"] = float(str(row[curve.figure])) / coefficient
    return found | {"recovery_note": " ".join(notes)}
