"""Study TSH124I: the level of TSH and the uptake of iodine in metastases.

Source: ClinicalTrials.gov, NCT04880798. Items are paraphrased. The record does not say on which day
age counts: that of the first 124I scan is taken, for which a patient is enrolled.
"""

from compendium.studies.conditions import Among, StartsWith, Within, Yes
from compendium.studies.endpoints import Source
from compendium.studies.plan import Choice, Expected, Family, Guarded
from compendium.studies.populations import Population, Rows, eligible_of
from compendium.studies.registration import PET_RULES, Criterion, Item, RegisteredStudy, Tracer

CODE = "TSH124I"
LEVELS = ("low", "high")
PET = Tracer(code="124I", nuclide="124I", tsh_levels=LEVELS)

DIFFERENTIATED = StartsWith("histology", "ptc_") | Among("histology", ("ftc", "oncocytic"))
ENROLLED = (Source("pet_scan", "scan_day", "first 124I scan", where=Among("tracer", (PET.code,))),)
CRITERIA = (
    Criterion("AGE", "Age {min_age_years:g} years or more",
              registered="Age 18 years or more",
              fulfilled=Within("age_at_enrolment", "min_age_years"),
              says="age {age_at_enrolment} at enrolment ({age_years} on day 0)"),
    Criterion("I1", "Total thyroidectomy",
              registered="Included: total thyroidectomy",
              fulfilled=Yes("total_thyroidectomy"),
              says="total thyroidectomy: {total_thyroidectomy}"),
    Criterion("I2", "Differentiated thyroid cancer by pathology",
              registered="Included: differentiated thyroid cancer in the pathology",
              fulfilled=DIFFERENTIATED, says="histology: {histology}"),
    Criterion("I3", "Distant metastases confirmed by imaging",
              registered="Included: distant metastases confirmed by CT or other imaging",
              fulfilled=Yes("distant_metastasis"), says="distant metastasis: {distant_metastasis}"),
    Criterion("E1", "Pregnancy or lactation",
              registered="Excluded: pregnancy or lactation",
              fulfilled=Yes("pregnant_or_lactating") & ~Among("sex", ("male",)),
              says="sex: {sex}; pregnant or lactating: {pregnant_or_lactating}"),
    Criterion("E2", "Significant hepatic or renal dysfunction",
              registered="Excluded: significant hepatic or renal dysfunction",
              fulfilled=Yes("hepatic_or_renal_dysfunction"),
              says="hepatic or renal dysfunction: {hepatic_or_renal_dysfunction}"),
    Criterion("E3", "Unable to lie flat and still or to tolerate PET",
              registered="Excluded: unable to lie flat and still, or to tolerate PET",
              fulfilled=~Yes("tolerates_pet"), says="tolerates PET: {tolerates_pet}"),
)  # fmt: skip

ELIGIBLE = eligible_of(CODE)
AT_LOW, AT_HIGH = (Among("tsh_level", (level,)) for level in LEVELS)
BOTH_SCANS = Population(
    "low+high",
    "Scanned at both TSH levels",
    (Rows("pet_scan", AT_LOW), Rows("pet_scan", AT_HIGH)),
    ELIGIBLE,
    serves=("DESIGN", "UPTAKE", "AVIDITY"),
    flow="always",
)
LOW_ONLY = Population(
    "low",
    "Scanned at the low TSH only",
    (Rows("pet_scan", AT_LOW), Rows("pet_scan", AT_HIGH, none=True)),
    ELIGIBLE,
    flow="if any",
)
HIGH_ONLY = Population(
    "high",
    "Scanned at the high TSH only",
    (Rows("pet_scan", AT_HIGH), Rows("pet_scan", AT_LOW, none=True)),
    ELIGIBLE,
    flow="if any",
)
NOT_SCANNED = Population(
    "none",
    "No 124I scan",
    (Rows("pet_scan", AT_LOW | AT_HIGH, none=True),),
    ELIGIBLE,
    flow="if any",
)

REGISTERED = (
    Item("POPULATION", "population",
         "Ten patients with metastatic differentiated thyroid cancer, two sites, a single arm",
         {"sec-flow": ("n_candidates_tsh124i", "n_eligible_tsh124i")}, unit="patients"),
    Item("DESIGN", "design",
         "Two ¹²⁴I PET/CT scans during one withdrawal: TSH 30 ± 10 mIU/L, then above 100 mIU/L",
         {"sec-tsh-course": ("tsh_deviations",)}),
    Item("UPTAKE", "comparison",
         "Does more TSH bring more uptake into metastases, or do 25–30 mIU/L suffice?",
         {"sec-tsh-primary": ("tsh_ratio", "tsh_avidity"),
          "sec-tsh-margin": ("tsh_verdict", "tsh_avidity_verdict")}),
    Item("AVIDITY", "outcome", "Avidity of the metastases at both TSH levels",
         {"sec-tsh-avidity": ("tsh_avidity",), "sec-tsh-margin": ("tsh_avidity_verdict",)}),
)  # fmt: skip

RULES = (
    *("min_age_years", "tsh124i_nodes_count", "tg_functional_sensitivity_ng_per_ml"),
    *("tsh_low", "tsh_high_above", "administrations_days"),
    *("detection_limit_suv", "i124_scan_hours"),
    *("credible_share", "small_mm", "therapy_gbq", "doses_gy"),
    *("margin_ratio", "margin_dose", "margin_avidity", "other_margins"),
    *PET_RULES,
)

FAMILIES = (
    Family(
        "primary",
        (
            Guarded("tsh_ratio", "SUVmax, high over low TSH", "UPTAKE", PET.code),
            Guarded("tsh_avidity", "Share of visible lesions, high − low TSH", "AVIDITY", PET.code),
        ),
    ),
)
EXPECTED = (
    Expected("Participants", 10, 10, "n_eligible_tsh124i", "POPULATION"),
    Expected("Scanned at both levels of TSH", 10, 10, "n_low_high", "DESIGN"),
    Expected("Departures from the TSH windows", 0, 0, "tsh_deviations", "DESIGN"),
)
CHOICES = (
    Choice("POPULATION", "Age 18 years or more, of no named day",
           "Completed years at the first ¹²⁴I scan", "for it a patient is enrolled"),
    Choice("POPULATION", "Distant metastases",
           "The thyroid bed never counts; nodes of the neck: {rule}`tsh124i_nodes_count`",
           "a remnant and a node are no distant metastases"),
    Choice("DESIGN", "Two scans during one withdrawal",
           "More than {rule}`administrations_days` days between them is a deviation, and the "
           "patient stays in",
           "the record gives no interval"),
    Choice("UPTAKE", "More uptake with more TSH, or do 25–30 mIU/L suffice?",
           "Margins of {rule}`margin_ratio` for the ratio of SUVmax, {rule}`margin_avidity|%` "
           "percentage points for avidity and {rule}`margin_dose` for the dose",
           "without a margin a ratio with an interval does not answer; the margins are a clinical "
           "choice of ours"),
    Choice("AVIDITY", "Avidity at both levels; no primary measure is named",
           "The ratio of SUVmax and the change of avidity are primary together",
           "the record names avidity, and ten patients tell more of a ratio"),
)  # fmt: skip

STUDY = RegisteredStudy(
    code=CODE,
    record="NCT04880798",
    title="Effect of Thyrotropin Level on Iodine Uptake in Metastatic Differentiated Thyroid "
    "Cancer",
    planned=10,
    facts=(
        ("Sponsor", "Peking Union Medical College Hospital"),
        ("Collaborator", "Peking University Cancer Hospital & Institute"),
        ("Design", "single arm, two sites, no masking"),
        ("Status", "unknown"),
        ("Other identifiers", "PUMCH-BCH-124I"),
    ),
    subject="TSH",
    tables=("patient", "pathology", "lesion", "pet_scan"),
    tracers=(PET,),
    criteria=CRITERIA,
    enrolled=ENROLLED,
    populations=(ELIGIBLE, BOTH_SCANS, LOW_ONLY, HIGH_ONLY, NOT_SCANNED),
    registered=REGISTERED,
    families=FAMILIES,
    expected=EXPECTED,
    choices=CHOICES,
    rules=RULES,
)
