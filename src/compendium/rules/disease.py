"""Limits of who belongs and of how disease behaves: uptake, response, progression, resistance."""

from compendium.limits import AS_SOURCE, BETWEEN, UNREAD, Limit, Limits


class DiseaseRules(Limits):
    """What decides the groups of patients."""

    # fmt: off
    # Who belongs
    min_age_years = Limit(
        18.0, "least age at enrolment, in completed years", unit="years", ge=0, le=120,
        source="NCT07314255 and NCT04880798, ages eligible for study",
        stands=AS_SOURCE,
    )
    max_age_years = Limit(
        75.0, "greatest age at enrolment, in completed years", unit="years", ge=0, le=120,
        source="NCT07314255, ages eligible for study",
        stands=AS_SOURCE,
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
        stands=AS_SOURCE,
    )
    r1_activity_gbq = Limit(
        1.1, "R1: least activity of 131I of the course", unit="GBq", ge=0, le=50,
        source="haugen2016",
        stands=AS_SOURCE,
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

    # Response to 131I
    tg_ratio = Limit(
        0.70, "R1: a Tg after/before ratio above it is no significant fall", unit="(ratio)",
        gt=0, le=2, source="wang2017, wang2021",
        stands=BETWEEN,
    )
    r3_months = Limit(
        12.0, "R3: progression within so many months of a course", unit="months",
        gt=0, le=120, source="schlumberger2015, brose2014",
    )
    long_term_months = Limit(
        24.0, "responder: no progression for at least so many months", unit="months", gt=0, le=240,
    )

    # Progression by RECIST 1.1
    pd_share = Limit(
        0.20, "progression: growth of the sum of diameters over its nadir", unit="(share)",
        gt=0, le=1, source="eisenhauer2009, section 4.3.1",
        stands=AS_SOURCE,
    )
    pd_mm = Limit(
        5.0, "progression: and growth of the sum of diameters over its nadir", unit="mm",
        ge=0, le=50, source="eisenhauer2009, section 4.3.1",
        stands=AS_SOURCE,
    )
    pr_share = Limit(
        0.30, "partial response: fall of the sum of diameters from its baseline", unit="(share)",
        gt=0, le=1, source="eisenhauer2009, section 4.3.1",
        stands=AS_SOURCE,
    )

    # The course of resistant disease
    rapid_months = Limit(
        12.0, "rapid: progression within so many months of resistance", unit="months",
        gt=0, le=120, source="schlumberger2015, brose2014",
    )
    suppressed_tsh = Limit(
        0.1, "TSH is suppressed below it", unit="mIU/L", gt=0, le=5, source="miyauchi2011",
        stands=UNREAD,
    )
    tvdt_years = Limit(
        1.0, "rapid: the tumour volume doubles within so many years", unit="years",
        gt=0, le=20, source="sabra2017",
        stands=AS_SOURCE,
    )
    tg_values = Limit(
        4, "least number of Tg values of a Tg doubling time", unit="values", ge=2, le=50,
        source="miyauchi2011",
        stands=UNREAD,
    )
