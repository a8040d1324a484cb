"""Limits of what images and their readers say, and of the two 124I scans."""

from compendium.limits import AS_SOURCE, UNREAD, Limit, Limits
from petsuv.rules import Rules as Engine


class ImageRules(Limits):
    """What decides an uptake, and which scan it is of."""

    # fmt: off
    # Uptake on PET: the engine's own defaults
    volume_share = Limit(
        Engine.volume_share, "metabolic volume: voxels at or above this share of SUVmax",
        unit="(share)", gt=0, le=1, source="boellaard2015",
        stands=UNREAD,
    )
    volume_suv = Limit(
        Engine.volume_suv, "fixed-threshold volume: voxels at or above this SUV",
        unit="g/mL", gt=0, le=100,
    )
    shell_inner_mm = Limit(
        Engine.shell_mm[0], "local background: least distance from the lesion",
        unit="mm", ge=0, le=100,
    )
    shell_outer_mm = Limit(
        Engine.shell_mm[1], "local background: greatest distance from the lesion",
        unit="mm", gt=0, le=200,
    )
    background = Limit(
        Engine.background,
        "background of a lesion: the shell round it (local), or the region of that name",
        choices=("local", "region"),
    )
    avid_sds = Limit(
        Engine.avid_sds,
        "avid, visible: SUVmax exceeds the background's mean by more than so many SD",
        unit="SD", ge=0, le=20,
    )
    avid_ratio = Limit(
        Engine.avid_ratio,
        "avid, visible: and is at least so many times the background's mean",
        unit="(ratio)", ge=1, le=20,
    )
    resolution_widths = Limit(
        Engine.resolution_widths, "a diameter under so many FWHM of the scanner reads low",
        unit="FWHM", ge=0, le=10,
        source="soret2007",
    )
    fill_skipped = Limit(
        Engine.fill_skipped, "slices skipped between drawn contours are filled by interpolation",
    )
    mask_on_ct = Limit(
        Engine.mask_on_ct, "mask files (NIfTI, NRRD, MHA) may be drawn on CT in the PET's space",
    )
    other_study = Limit(
        Engine.other_study, "region files may be filed in another study than that of the PET",
    )

    # Table and header are of one person and administration within these; the choice is ours
    same_activity_shares = Limit(
        (0.01, 0.10), "injected activity: table and header are flagged, and contradict, beyond it",
        unit="(share)", gt=0, lt=1, interval=True,
    )
    same_administration_hours = Limit(
        12.0, "administration: table and header contradict beyond it", unit="h", gt=0, le=240,
    )
    same_weight_share = Limit(
        0.15, "weight: table and header contradict beyond it", unit="(share)", gt=0, lt=1,
    )
    same_height_cm = Limit(
        10.0, "height: table and header contradict beyond it", unit="cm", gt=0, le=100,
    )
    same_age_years = Limit(
        2.0, "age at the scan: table and header contradict beyond it", unit="years", gt=0, le=50,
    )

    # SUVmax that persons read; the choice is ours
    reading_suv_share = Limit(
        0.10, "SUVmax as read and as measured in the images contradict each other beyond it",
        unit="(share)", gt=0, lt=1,
    )
    readers_suv_share = Limit(
        0.25, "SUVmax of one lesion by two readers: they contradict each other beyond it",
        unit="(share)", gt=0, lt=1,
    )

    # The two 124I scans
    tsh_low = Limit(
        (20.0, 40.0), "TSH at the first administration", unit="mIU/L", gt=0, le=1000,
        interval=True, source="NCT04880798, 30 ± 10 mIU/L",
        stands=AS_SOURCE,
    )
    tsh_high_above = Limit(
        100.0, "TSH at the second administration exceeds it", unit="mIU/L", gt=0, le=1000,
        source="NCT04880798",
        stands=AS_SOURCE,
    )
    administrations_days = Limit(
        30, "most days between both administrations, of one withdrawal", unit="days", ge=1, le=365,
        source="NCT04880798, one levothyroxine withdrawal",
    )
    detection_limit_suv = Limit(
        0.0, "fixed limit of visibility in place of the background's; 0 for the background's",
        unit="g/mL", ge=0, le=100,
    )
    i124_scan_hours = Limit(
        48.0, "scan after the administration of 124I, where a header does not say", unit="h",
        gt=0, le=240,
    )
    credible_share = Limit(
        0.5, "residual over reading beyond which carry-over is not taken off in full",
        unit="(share)", gt=0, lt=1,
    )
    small_mm = Limit(
        10.0, "a lesion under this diameter is small", unit="mm", gt=0, le=100,
    )
    therapy_gbq = Limit(
        7.4, "activity of 131I for which doses are projected", unit="GBq", gt=0, le=50,
    )
    doses_gy = Limit(
        (20.0, 80.0), "doses to count lesions by: from the upper metastases were found to respond "
        "more often, the lower is ours", unit="Gy",
        gt=0, le=1000, interval=True, source="maxon1983",
    )

    margin_ratio = Limit(
        1.25, "ratio of SUVmax, high over low TSH, from which the high level is worth its price",
        unit="(ratio)", gt=1, le=10,
    )
    margin_dose = Limit(
        1.25, "the same of the dose per GBq", unit="(ratio)", gt=1, le=10,
    )
    margin_avidity = Limit(
        0.10, "gain in the share of visible lesions from which the high level is worth its price",
        unit="(share)", gt=0, lt=1,
    )
    other_margins = Limit(
        (1.15, 1.5), "margins of both ratios in the sensitivity analysis", unit="(ratio)", gt=1,
        le=10, interval=True,
    )
