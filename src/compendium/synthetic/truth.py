"""What is true in the synthetic study: every parameter, and the truths that are shipped by name.

All values are assumed (nobody has published them) and drive the synthetic study only. Trop2 enters
as a latent expression `t` (mean 0, SD 1.17), dedifferentiation as a latent `u` (standard normal).
"""

from dataclasses import dataclass, field, replace

from compendium.rules import Rules


@dataclass(frozen=True, kw_only=True)
class Trop2Truth:
    """How TROP2 patients come about.

    Attributes:
        braf_*, tert_*: log-odds of the mutation: at the reference, per unit of u, given BRAF.
        age_*: mean age on day 0 (years), its rise per unit of u and with TERT, its SD, its limits.
        trop2_by_u, trop2_by_braf, trop2_sd: t = by_u·u + by_braf·(BRAF - braf_centre) + noise.
        stain_cuts, stain_sd: a cell's stain is N(t, stain_sd); the cuts part 0, 1+, 2+ and 3+.
        negative_below: t under which a tumour does not stain at all (8 % of tumours).
        focal_range: so far above it only a part of the tumour stains, rising to all of it.
        weaker_share: share of the cells of strongest stain that fall short of it anywhere.
        reader_sd: SD of a reader's error in H-score points, over all tumours.
        block_sd: how far, in units of t, a further block falls short of the best one.
        rair_*: log-odds of being a non-responder, per unit; age per ten years.
        growth_*: ln of volume doublings per year; `near_stable` of the tumours hardly change.
        new_lesion_*: median (months) and log hazard ratios of the time to a new lesion.
        os_*: Weibull survival from resistance, scale at the reference in months, log hazard ratios.
        visit_months, pet_months, follow_up_months: least and most between visits, from resistance
            to PET (of those who live to it), and from PET to the end of follow-up.
        deaths_share: least and most of a study's non-responders who die by the end of follow-up; a
            draw of a whole study with fewer or more is repeated.
        lesions_mean: lesions in a non-responder are 1 + Poisson(lesions_mean).
        diameter_*: log-normal diameter (median in mm, SD of ln between patients and lesions,
            least and most).
        suv_*: median SUV at t = trop2_centre, slope of ln SUV by t, SD between patients, lesions.
    """

    braf_intercept: float = 0.9
    braf_by_u: float = 0.5
    braf_centre: float = 0.7
    tert_intercept: float = -2.4
    tert_by_u: float = 0.6
    tert_by_braf: float = 0.9
    age_mean: float = 46.0
    age_by_u: float = 4.0
    age_by_tert: float = 8.0
    age_sd: float = 12.0
    age_limits: tuple[float, float] = (Rules.min_age_years.default, Rules.max_age_years.default)
    female_share: float = 0.7
    trop2_by_u: float = 0.65
    trop2_by_braf: float = 0.55
    trop2_sd: float = 0.9
    trop2_centre: float = 0.4
    stain_cuts: tuple[float, float, float] = (-1.1, 0.0, 1.0)
    stain_sd: float = 0.8
    negative_below: float = -1.65
    focal_range: float = 0.5
    weaker_share: float = 0.1
    reader_sd: float = 22.0
    block_sd: float = 0.3
    rair_intercept: float = -0.9
    rair_by_u: float = 0.75
    rair_by_braf: float = 1.0
    rair_by_tert: float = 1.2
    rair_by_trop2: float = 0.45
    rair_by_age_decade: float = 0.25
    growth_per_year: float = 0.42
    growth_by_trop2: float = 0.35
    growth_by_tert: float = 0.5
    growth_by_macronodular: float = 0.25
    growth_sd: float = 0.95
    near_stable: float = 0.22
    near_stable_sd: float = 0.08
    new_lesion_median_months: float = 120.0
    new_lesion_by_trop2: float = 0.3
    new_lesion_by_macronodular: float = 0.4
    new_lesion_by_bone: float = 0.4
    os_shape: float = 1.2
    os_scale_months: float = 445.0
    os_by_trop2: float = 0.25
    os_by_age_55: float = 0.9
    os_by_macronodular: float = 0.65
    os_by_bone: float = 0.5
    os_by_tert: float = 0.7
    visit_months: tuple[float, float] = (3.0, 6.0)
    pet_months: tuple[float, float] = (3.0, 96.0)
    follow_up_months: tuple[float, float] = (6.0, 18.0)
    deaths_share: tuple[float, float] = (0.2, 0.3)
    bone_share: float = 0.25
    lesions_mean: float = 3.0
    diameter_median_mm: float = 12.0
    diameter_patient_sd: float = 0.35
    diameter_lesion_sd: float = 0.40
    diameter_limits_mm: tuple[float, float] = (4.0, 50.0)
    suv_median: float = 9.0
    suv_by_trop2: float = 0.40
    suv_patient_sd: float = 0.45
    suv_lesion_sd: float = 0.40


@dataclass(frozen=True, kw_only=True)
class TshTruth:
    """How TSH124I lesions come about.

    Attributes:
        lesions_mean: lesions in a patient are 1 + Poisson(lesions_mean).
        suv_*: median SUV of an avid patient's lesions 48 h after administration at the low TSH, and
            the SD of ln SUV between patients and lesions; `non_avid_*` of a non-avid patient's.
        non_avid_share: share of patients without avid metastases.
        ratio: geometric mean ratio of uptake, high over low TSH; SD of its logarithm between
            patients and lesions.
        noise_sd: SD of the error of ln SUV in one measurement.
        tsh_low, tsh_high, tsh_deviating: range of TSH (mIU/L) at the first scan, at the second, and
            at the second scan of the one patient in ten who never reaches 100.
        interval_days: least and most between the administrations (and the scans).
        activity_mbq: range of the injected 124I activity.
        biological_half_life_days, biological_half_life_sd: median in lesions and SD of its ln.
        carry_over: whether what is left of the first administration adds to the second scan.
        diameter_*: as for TROP2.
    """

    lesions_mean: float = 4.0
    suv_median: float = 8.0
    suv_patient_sd: float = 1.0
    suv_lesion_sd: float = 0.9
    non_avid_share: float = 1 / 3
    non_avid_suv_median: float = 0.4
    non_avid_sd: float = 0.3
    ratio: float = 1.35
    ratio_patient_sd: float = 0.25
    ratio_lesion_sd: float = 0.35
    noise_sd: float = 0.12
    tsh_low: tuple[float, float] = Rules.tsh_low.default
    tsh_high: tuple[float, float] = (102.0, 160.0)
    tsh_deviating: tuple[float, float] = (70.0, 97.0)
    interval_days: tuple[int, int] = (10, 14)
    activity_mbq: tuple[float, float] = (35.0, 70.0)
    biological_half_life_days: float = 2.5
    biological_half_life_sd: float = 0.25
    carry_over: bool = False
    diameter_median_mm: float = 12.0
    diameter_patient_sd: float = 0.35
    diameter_lesion_sd: float = 0.40
    diameter_limits_mm: tuple[float, float] = (4.0, 50.0)


@dataclass(frozen=True, kw_only=True)
class Truth:
    """A named truth for both studies."""

    name: str
    description: str
    trop2: Trop2Truth = field(default_factory=Trop2Truth)
    tsh: TshTruth = field(default_factory=TshTruth)


ASSUMED = Truth(
    name="assumed",
    description="Trop2 rises with dedifferentiation and acts on resistance, growth and survival; "
    "a TSH over 100 mIU/L takes up 1.35 times as much 124I as 30 mIU/L.",
)
WITHOUT_TROP2_EFFECT = replace(
    ASSUMED.trop2,
    rair_by_trop2=0.0,
    growth_by_trop2=0.0,
    new_lesion_by_trop2=0.0,
    os_by_trop2=0.0,
)
UNLINKED_TROP2 = replace(
    WITHOUT_TROP2_EFFECT,
    trop2_by_u=0.0,
    trop2_by_braf=0.0,
    trop2_sd=1.17,
    suv_by_trop2=0.0,
)
LONG_RETENTION = replace(
    ASSUMED.tsh, carry_over=True, interval_days=(10, 10), biological_half_life_days=20.0
)

TRUTHS: dict[str, Truth] = {
    truth.name: truth
    for truth in (
        ASSUMED,
        Truth(
            name="null",
            description="Trop2 has to do with nothing, and TSH has no effect (ratio 1).",
            trop2=UNLINKED_TROP2,
            tsh=replace(ASSUMED.tsh, ratio=1.0),
        ),
        Truth(
            name="confounded",
            description="Trop2 has no effect of its own: it is linked with the outcome through "
            "BRAF and dedifferentiation only.",
            trop2=WITHOUT_TROP2_EFFECT,
        ),
        Truth(
            name="inverted_u",
            description="Uptake is past its maximum at a TSH over 100 mIU/L (ratio 0.85).",
            tsh=replace(ASSUMED.tsh, ratio=0.85),
        ),
        Truth(
            name="carry_over",
            description="Ratio 1.35, and what is left of the first 124I after 10 days adds to the "
            "second scan.",
            tsh=LONG_RETENTION,
        ),
    )
}
