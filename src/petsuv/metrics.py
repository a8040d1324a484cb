"""What a lesion takes up: maximum, mean, peak, volume, contrast, share of the injected activity."""

import math
from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

from petsuv.region import Region
from petsuv.rules import Rules
from petsuv.suv import Conversion
from petsuv.volume import Volume

FloatArray = NDArray[np.float64]
BoolArray = NDArray[np.bool_]

SAME = 1e-9
PEAK_ML = 1.0
PEAK_RADIUS_MM = 10 * (3 * PEAK_ML / (4 * math.pi)) ** (1 / 3)

# What `uptake_figures` returns: meaning and unit. SUV is by body weight, in g/mL.
FIGURES = {
    "n_voxels": "Voxels of the region",
    "volume_ml": "Volume of the region, mL",
    "suv_max": "Highest SUV",
    "suv_max_x_mm": "Place of it, to the patient's left, mm",
    "suv_max_y_mm": "Place of it, to the back, mm",
    "suv_max_z_mm": "Place of it, to the head, mm",
    "suv_mean": "Mean SUV",
    "suv_median": "Median SUV",
    "suv_min": "Lowest SUV",
    "suv_sd": "Standard deviation of SUV",
    "suv_peak": "Global SUVpeak: highest mean of a 1 mL sphere centred in the region",
    "suv_peak_local": "Local SUVpeak: mean of a 1 mL sphere centred on SUVmax",
    "sul_max": "Highest SUV by lean mass (Janmahasatian), g/mL",
    "suv_bsa_max": "Highest SUV by body surface (Du Bois), cm²/mL",
    "mtv_share_ml": "Volume at or above the share of SUVmax, mL",
    "tlg_share_g": "SUV summed over it, g",
    "mtv_fixed_ml": "Volume at or above the fixed SUV, mL",
    "tlg_fixed_g": "SUV summed over it, g",
    "mean_kbq_per_ml": "Mean activity concentration, corrected to administration, kBq/mL",
    "percent_activity_per_g": "Share of the injected activity per gram at unit density, %/g",
    "percent_activity": "Share of the injected activity in the region, %",
}


@dataclass(frozen=True)
class Background:
    """Mean and SD of a reference volume's SUV, and which volume it is."""

    mean: float
    sd: float
    n_voxels: int
    source: str


def peak(volume: Volume, region: Region) -> tuple[float, float]:
    """Local and global SUVpeak: mean SUV of a 1 mL sphere, at SUVmax and at its best place.

    The sphere is centred on a voxel of the region and takes every voxel of the image whose centre
    is within its radius. Among voxels that share the maximum the higher local peak counts.

    Source:
        IBSI 1 reference manual, local and global intensity peak, doi:10.1148/radiol.2020191145.
    """
    suv, inside, _ = volume.around(region, PEAK_RADIUS_MM)
    spacing = volume.series.spacing_mm
    reach = np.floor(PEAK_RADIUS_MM / spacing).astype(int)
    steps = [np.arange(-n, n + 1) for n in reach]
    offsets = np.stack(np.meshgrid(*steps, indexing="ij"), axis=-1).reshape(-1, 3)
    offsets = offsets[((offsets * spacing) ** 2).sum(axis=1) <= PEAK_RADIUS_MM**2]
    padding = [(n, n) for n in reach]
    padded, known = np.pad(suv, padding), np.pad(np.ones(suv.shape), padding)
    total, count = np.zeros(suv.shape), np.zeros(suv.shape)
    for offset in offsets + reach:
        window = tuple(slice(a, a + n) for a, n in zip(offset, suv.shape, strict=True))
        total += padded[window]
        count += known[window]
    means = total[inside] / count[inside]
    own = suv[inside]
    return float(means[own == own.max()].max()), float(means.max())


def local_background(
    volume: Volume, region: Region, others: list[Region], rules: Rules
) -> Background | None:
    """Mean and SD in a shell round a lesion, away from the others; None where none is left."""
    from scipy.ndimage import distance_transform_edt

    inner, outer = rules.shell_mm
    suv, inside, low = volume.around(region, outer + inner)
    spacing = volume.series.spacing_mm
    distance = distance_transform_edt(~inside, sampling=spacing)
    shell = (distance > inner) & (distance <= outer)
    strangers = np.zeros_like(inside)
    for other in others:
        _mark(strangers, other, low)
    if strangers.any():
        shell &= distance_transform_edt(~strangers, sampling=spacing) > inner
    return _reference(suv[shell], f"shell {inner:g} to {outer:g} mm")


def region_background(volume: Volume, region: Region | None) -> Background | None:
    """Mean and SD in a reference region; None where there is none."""
    if region is None or region.reason:
        return None
    return _reference(volume.suv_of(region), f"region {region.name}")


def _reference(values: FloatArray, source: str) -> Background | None:
    if len(values) < 2:
        return None
    return Background(float(values.mean()), float(values.std(ddof=1)), len(values), source)


def _mark(target: BoolArray, region: Region, low: FloatArray) -> None:
    """Set the voxels of a region in a crop that starts at `low`."""
    index = np.argwhere(region.voxels) + np.array(region.start) - low
    index = index[((index >= 0) & (index < target.shape)).all(axis=1)]
    target[tuple(index.T)] = True


def uptake_figures(volume: Volume, region: Region, rules: Rules) -> dict[str, float | int]:
    """Everything that follows from a region's own voxels, by the names of FIGURES.

    Raises:
        Refused: the region cannot be used; the message is the reason.
    """
    suv = volume.suv_in(region.require().box)
    conversion, voxel_ml = volume.conversion, volume.series.voxel_ml
    values = suv[region.voxels]
    hottest = np.argwhere(region.voxels & (suv == values.max()))[0] + np.array(region.start)
    x_mm, y_mm, z_mm = volume.series.point_mm(hottest.tolist())
    local, best = peak(volume, region)
    bright = values[_reaches(values, rules.volume_share * values.max())]
    above = values[_reaches(values, rules.volume_suv)]
    mean, volume_ml = float(values.mean()), len(values) * voxel_ml
    per_gram = _percent_per_gram(mean, conversion)
    return {
        "n_voxels": len(values),
        "volume_ml": volume_ml,
        "suv_max": float(values.max()),
        "suv_max_x_mm": float(x_mm),
        "suv_max_y_mm": float(y_mm),
        "suv_max_z_mm": float(z_mm),
        "suv_mean": mean,
        "suv_median": float(np.median(values)),
        "suv_min": float(values.min()),
        "suv_sd": float(values.std(ddof=1)) if len(values) > 1 else math.nan,
        "suv_peak": best,
        "suv_peak_local": local,
        "sul_max": float(values.max()) * conversion.lean_per_weight,
        "suv_bsa_max": float(values.max()) * conversion.surface_per_weight,
        "mtv_share_ml": len(bright) * voxel_ml,
        "tlg_share_g": float(bright.sum()) * voxel_ml,
        "mtv_fixed_ml": len(above) * voxel_ml,
        "tlg_fixed_g": float(above.sum()) * voxel_ml,
        "mean_kbq_per_ml": mean * conversion.kbq_per_ml_per_suv,
        "percent_activity_per_g": per_gram,
        "percent_activity": per_gram * volume_ml,
    }


def _percent_per_gram(suv_mean: float, conversion: Conversion) -> float:
    """Share of the injected activity per gram of tissue of unit density, %."""
    if conversion.weight_kg is None:
        return math.nan
    return 100 * suv_mean / (1000 * conversion.weight_kg)


def _reaches(values: Any, limit: float) -> Any:
    """Whether a value is at the limit or above it; in the last bits it may lie below and be at it.

    1.5 times 1.1 is above 1.65 by one bit, and a lesion of 1.65 reaches it all the same.
    """
    return (values >= limit) | np.isclose(values, limit, rtol=SAME, atol=0)


def contrast_figures(
    suv_max: float, backgrounds: dict[str, Background | None], rules: Rules
) -> dict[str, float | int | str | bool | None]:
    """SUVmax against each reference volume, and whether the lesion is avid by the rule.

    Args:
        backgrounds: by name: background, blood_pool, liver; None where it is not known.

    Returns:
        Mean and SD of the background with its source; ratios; avid, None where not known.
    """
    figures: dict[str, float | int | str | bool | None] = {}
    for name, reference in backgrounds.items():
        mean = reference.mean if reference else math.nan
        figures[f"{name}_mean"] = mean
        if name == "background":
            figures["background_sd"] = reference.sd if reference else math.nan
            figures["background_source"] = reference.source if reference else None
        figures[f"max_to_{name}"] = suv_max / mean if mean > 0 else math.nan
    local = backgrounds.get("background")
    figures["avid"] = None
    if local is not None:
        limit = max(local.mean + rules.avid_sds * local.sd, rules.avid_ratio * local.mean)
        figures["visibility_limit_suv"] = limit
        figures["avid"] = bool(visible(suv_max, local.mean, local.sd, rules))
    return figures


def visible(suv_max: Any, mean: Any, sd: Any, rules: Rules) -> Any:
    """Whether lesions stand out from their background: above so many SD, and at times its mean.

    Args:
        suv_max: of one lesion, or of many as an array; mean, sd: of the background of each.
    """
    above = np.logical_not(_reaches(mean + rules.avid_sds * sd, suv_max))
    return above & _reaches(suv_max, rules.avid_ratio * mean)


def resolution_flag(
    diameter_mm: float, volume_ml: float, fwhm_mm: float, rules: Rules
) -> str | None:
    """Says so where a lesion is too small for its SUV to be recovered; None where it is not.

    Args:
        diameter_mm: by CT; nan where not measured, and that of a sphere of the volume is taken.
        fwhm_mm: resolution of the reconstructed image; nan where not known.
    """
    if math.isnan(fwhm_mm):
        return None
    by = "CT"
    if math.isnan(diameter_mm):
        diameter_mm, by = 10 * (6 * volume_ml / math.pi) ** (1 / 3), "volume"
    if _reaches(diameter_mm, rules.resolution_widths * fwhm_mm):
        return None
    return f"sub_resolution({diameter_mm:.4g} mm by {by}, FWHM {fwhm_mm:g} mm)"
