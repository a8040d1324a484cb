"""What a lesion's figures rest on, apart so that it can be asked for without numpy."""

from dataclasses import dataclass

DAYS_PER_YEAR = 365.25


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
        other_study: region files may be filed in another study than the PET, as some systems do.
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
    other_study: bool = False


@dataclass(frozen=True, kw_only=True)
class Growing:
    """What regions rest on that are made without a segmentation; each value can be another.

    The limits of distance are ours: they bound the search, and a region that reaches one is not
    measured. PERCIST's are those of Wahl et al. 2009, doi:10.2967/jnumed.108.057307.

    Attributes:
        share: a region grows over voxels at or above this share of its maximum; 41 % as EANM's
            guideline 2.0 has it, doi:10.1007/s00259-014-2961-x.
        fixed_suv: or at or above this SUV, g/mL.
        percist_ratio, percist_sds: or at or above so many times the liver's mean plus so many SD.
        seed_mm: the maximum is sought so near to the seed.
        reach_mm: a region that grows farther from its maximum has leaked.
        bridge_voxels: a leak is cut where so few voxels join it to the region.
        reference_mm: diameter of the sphere in the liver, by PERCIST.
        aorta_mm: diameter of that in the aorta, by PERCIST's 1 cm.
        liver_suv: least and greatest mean of a sphere that may be liver, g/mL.
        liver_variation: greatest SD of it as a share of its mean.
        liver_ml: least volume of the even part round it.
        aorta_ratio: least and greatest mean of blood as a share of the liver's.
        aorta_off_mm: so far left of the body's middle at most.
        aorta_length_mm: least length of the vessel along the body.
        aorta_width_mm: least and greatest width of it.
    """

    share: float = 0.41
    fixed_suv: float = 4.0
    percist_ratio: float = 1.5
    percist_sds: float = 2.0
    seed_mm: float = 10.0
    reach_mm: float = 60.0
    bridge_voxels: int = 4
    reference_mm: float = 30.0
    aorta_mm: float = 10.0
    liver_suv: tuple[float, float] = (1.0, 4.0)
    liver_variation: float = 0.25
    liver_ml: float = 200.0
    aorta_ratio: tuple[float, float] = (0.45, 0.9)
    aorta_off_mm: float = 50.0
    aorta_length_mm: float = 60.0
    aorta_width_mm: tuple[float, float] = (12.0, 45.0)
