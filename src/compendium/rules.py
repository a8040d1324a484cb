"""Every registered or clinical limit, once: a new one is an entry here and a name in its studies.

A params file departs from the registered values in its block `rules:`; validation, notebooks and
book take the values from there. `report.rules.tg_ratio` is a value, `Rules.tg_ratio` the limit with
its unit, range and source; `RULES` in the modules of `studies` say to which study it applies. A
source in the form `sabra2017` is a key of the book's bibliography.
"""

from compendium.limits import Limit, Limits
from petsuv.rules import Rules as Engine

STRATEGIES = ("ignore", "event", "censor")
"""What an intercurrent event does: nothing, it is an event, or it ends the observation."""


class Rules(Limits):
    """The limits of both studies."""

    ascending = (
        ("min_age_years", "max_age_years"),
        ("shell_inner_mm", "shell_outer_mm"),
        ("tsh_low", "tsh_high_above"),
    )

    # fmt: off
    # Who belongs
    min_age_years = Limit(
        18.0, "least age at enrolment, in completed years", unit="years", ge=0, le=120,
        source="NCT07314255 and NCT04880798, ages eligible for study",
    )
    max_age_years = Limit(
        75.0, "greatest age at enrolment, in completed years", unit="years", ge=0, le=120,
        source="NCT07314255, ages eligible for study",
    )

    # Response to 131I
    tg_ratio = Limit(
        0.70, "R1: a Tg after/before ratio above it is no significant fall", unit="(ratio)",
        gt=0, le=2, source="wang2017",
    )
    r3_months = Limit(
        12.0, "R3: progression within so many months of a course", unit="months",
        gt=0, le=120, source="schlumberger2015",
    )
    long_term_months = Limit(
        24.0, "responder: no progression for at least so many months", unit="months", gt=0, le=240,
    )

    # Progression by RECIST 1.1
    pd_share = Limit(
        0.20, "progression: growth of the sum of diameters over its nadir", unit="(share)",
        gt=0, le=1, source="eisenhauer2009, section 4.3.1",
    )
    pd_mm = Limit(
        5.0, "progression: and growth of the sum of diameters over its nadir", unit="mm",
        ge=0, le=50, source="eisenhauer2009, section 4.3.1",
    )
    pr_share = Limit(
        0.30, "partial response: fall of the sum of diameters from its baseline", unit="(share)",
        gt=0, le=1, source="eisenhauer2009, section 4.3.1",
    )

    # The course of resistant disease
    rapid_months = Limit(
        12.0, "rapid: progression within so many months of resistance", unit="months",
        gt=0, le=120, source="schlumberger2015",
    )
    suppressed_tsh = Limit(
        0.1, "TSH is suppressed below it", unit="mIU/L", gt=0, le=5, source="miyauchi2011",
    )
    tvdt_years = Limit(
        1.0, "rapid: the tumour volume doubles within so many years", unit="years",
        gt=0, le=20, source="sabra2017",
    )
    tg_values = Limit(
        4, "least number of Tg values of a Tg doubling time", unit="values", ge=2, le=50,
        source="miyauchi2011",
    )

    # Uptake on PET: the engine's own defaults
    volume_share = Limit(
        Engine.volume_share, "metabolic volume: voxels at or above this share of SUVmax",
        unit="(share)", gt=0, le=1, source="boellaard2015",
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

    # The two 124I scans
    tsh_low = Limit(
        (20.0, 40.0), "TSH at the first administration", unit="mIU/L", gt=0, le=1000,
        interval=True, source="NCT04880798, 30 ± 10 mIU/L",
    )
    tsh_high_above = Limit(
        100.0, "TSH at the second administration exceeds it", unit="mIU/L", gt=0, le=1000,
        source="NCT04880798",
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
        (20.0, 80.0), "doses from which some, and most, lesions are said to respond", unit="Gy",
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

    # Immunohistochemistry
    ihc_sum_points = Limit(
        2.0, "percentages of a read that miss 100 by so much are rounded ones, and are rescaled",
        unit="%", ge=0, le=10,
    )

    # Models of response and survival
    patients_per_term = Limit(
        5, "patients of the smaller group that a logistic model needs for each of its terms",
        unit="patients", ge=1, le=1000,
    )
    known_share = Limit(
        2 / 3, "share of the patients in whom a covariate is known that enters the model",
        unit="(share)", gt=0, le=1,
    )
    tki = Limit(
        "ignore", "start of a tyrosine-kinase inhibitor in PFS", choices=STRATEGIES,
    )
    ascertainment = Limit(
        "archive", "how a patient was found of whom follow_up does not say it: in the records, "
        "dead or alive (archive), or for being alive on study_entry_day (alive)",
        choices=("archive", "alive"), source="NCT07314255, retrospectively collected",
    )
    macronodular_mm = Limit(
        10.0, "a lung metastasis is macronodular from this diameter on", unit="mm", ge=0, le=100,
    )
    least_at_risk = Limit(
        5, "patients at risk with which a survival curve may begin", unit="patients", ge=1, le=1000,
    )
    events_continuous = Limit(
        5, "events that Firth's Cox model needs for one continuous factor", unit="events",
        ge=1, le=1000,
    )
    events_yes_no = Limit(
        10, "events that Firth's Cox model needs where a factor is yes/no", unit="events",
        ge=1, le=1000,
    )
    events_further = Limit(
        3, "events that Firth's Cox model needs for each factor beyond the first", unit="events",
        ge=1, le=1000,
    )
    events_precise = Limit(
        10, "a hazard ratio on fewer events is called imprecise", unit="events", ge=1, le=1000,
    )
    carriers_precise = Limit(
        8, "a hazard ratio of a yes/no factor with fewer patients at its rarer level is called "
        "imprecise", unit="patients", ge=1, le=1000,
    )
    prior_pseudo_events = Limit(
        1.0, "pseudo-events m of the log-F(m, m) prior of a log hazard ratio, in the sensitivity "
        "analysis", unit="events", gt=0, le=100, source="greenland2015",
    )
    events_per_covariate = Limit(
        10, "events that checks, prediction and models without penalty need for each covariate",
        unit="events", ge=1, le=1000, source="peduzzi1995",
    )

    # Metastases and their uptake
    trop2_nodes_count = Limit(
        True, "nodes of the neck count as metastatic tissue in TROP2",
        source="NCT07314255, metastatic tissues",
    )
    tsh124i_nodes_count = Limit(
        False, "nodes of the neck count as metastases in TSH124I",
        source="NCT04880798, distant metastases",
    )
    r2_node_mm = Limit(
        10.0, "R2: a node without uptake counts from this diameter on", unit="mm", ge=0, le=100,
    )
    r2_other_mm = Limit(
        0.0, "R2: another metastasis without uptake counts from this diameter on", unit="mm",
        ge=0, le=100,
    )
    r1_first_course = Limit(
        "ever", "R1: the first course ever, or the first at which a metastasis was scanned",
        choices=("ever", "metastatic"), source="NCT07314255, first 131I treatment",
    )
    r1_tsh_miu_per_l = Limit(
        30.0, "R1: least TSH at the course", unit="mIU/L", ge=0, le=1000, source="haugen2016",
    )
    r1_activity_gbq = Limit(
        1.1, "R1: least activity of 131I of the course", unit="GBq", ge=0, le=50,
        source="haugen2016",
    )
    tg_functional_sensitivity_ng_per_ml = Limit(
        0.2, "a Tg below it is known only to be below it", unit="ng/mL", gt=0, le=10,
    )
    tg_post_days = Limit(
        (28, 400), "days after a course within which its second Tg was sampled", unit="days",
        ge=1, le=3650, interval=True,
    )
    baseline_days = Limit(
        183, "greatest age of the image before a course that growth is measured from",
        unit="days", ge=1, le=36_525,
    )
    staging_days = Limit(
        30, "R3: a new lesion within so many days of a course was there at the course",
        unit="days", ge=0, le=365,
    )
    cancer_death_is_progression = Limit(
        True, "death of the cancer within a window is progression where no image showed it",
    )
    other_treatment_ends_credit = Limit(
        True, "a kinase inhibitor or local therapy ends what is credited to iodine",
    )
    tvdt_assessments = Limit(
        3, "assessments on which a volume doubling time rests, whatever their span",
        unit="assessments", ge=2, le=50,
    )
    tvdt_span_months = Limit(
        6.0, "or the span of fewer assessments", unit="months", gt=0, le=120,
    )
    tvdt_growth_mm = Limit(
        5.0, "growth of the sum of diameters without which no volume is said to double",
        unit="mm", ge=0, le=50,
    )
    stable_months = Limit(
        12.0, "stable: imaged for at least so many months", unit="months", gt=0, le=240,
    )
    stable_landmark_months = Limit(
        0.0, "stable: no progression within so many months; 0 for at any time seen", unit="months",
        ge=0, le=240,
    )
