"""What a lesion's figures rest on, apart so that it can be asked for without numpy."""

from dataclasses import dataclass


@dataclass(frozen=True, kw_only=True)
class Rules:
    """What a lesion's figures rest on; each value can be another.

    Attributes:
        volume_share: voxels at or above this share of SUVmax make the metabolic volume.
        volume_suv: voxels at or above this SUV make the fixed-threshold volume.
        shell_mm: inner and outer distance from the lesion of its local background.
        background: "local" for that shell, "region" for the region named background.
        avid_sds, avid_ratio: avid where SUVmax exceeds the background's mean by so many SD, and
            is at least so many times the mean.
        resolution_widths: a diameter under so many FWHM reads low.
        fill_skipped: slices that were skipped between drawn contours are filled by interpolation.
        mask_on_ct: mask files, which name no frame of reference, may be on CT in the PET's space.
    """

    volume_share: float = 0.41
    volume_suv: float = 4.0
    shell_mm: tuple[float, float] = (8.0, 16.0)
    background: str = "local"
    avid_sds: float = 3.0
    avid_ratio: float = 1.5
    resolution_widths: float = 2.0
    fill_skipped: bool = False
    mask_on_ct: bool = False
