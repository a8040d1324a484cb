"""Study TROP2: Trop2 and the response of papillary thyroid carcinoma to radioiodine.

Source: ClinicalTrials.gov, NCT07314255, as last updated 2026-01-02. Items are paraphrased. The
record does not say on which day age counts: that of the first course of 131I is taken, with which a
patient becomes one whom the study is about.
"""

from dataclasses import replace

from compendium.studies.conditions import Among, StartsWith, Within, Yes
from compendium.studies.endpoints import AnalysisSet, Endpoint, Intercurrent, Source
from compendium.studies.populations import Population, Rows, eligible_of
from compendium.studies.registration import PET_RULES, Criterion, Item, RegisteredStudy, Tracer
from compendium.studies.trop2_plan import CHOICES, EXPECTED, FAMILIES

CODE = "TROP2"
PET = Tracer(code="18F-Trop2", nuclide="18F")

PAPILLARY = StartsWith("histology", "ptc_")
ANY_FINDING = (
    Within("n_lesion", low=1) | Within("n_lesion_uptake", low=1)
    | Within("n_response_assessment", low=1)
)  # fmt: skip
"""Without a lesion, a scan or an assessment nothing is known of the disease."""
ENROLLED = (Source("rai_course", "course_day", "first course of 131I"),)
CRITERIA = (
    Criterion("AGE", "Age {min_age_years:g}–{max_age_years:g} years",
              registered="Age 18–75 years, any sex, no healthy volunteers",
              fulfilled=Within("age_at_enrolment", "min_age_years", "max_age_years"),
              says="age {age_at_enrolment} at enrolment ({age_years} on day 0)"),
    Criterion("I1", "Total thyroidectomy, papillary carcinoma by pathology",
              registered="Included: total thyroidectomy, papillary carcinoma in the postoperative "
              "pathology",
              fulfilled=Yes("total_thyroidectomy") & PAPILLARY,
              says="total thyroidectomy: {total_thyroidectomy}; histology: {histology}"),
    Criterion("I2", "At least one course of 131I",
              registered="Included: at least one course of ¹³¹I",
              fulfilled=Within("n_rai_course", low=1), says="courses of 131I: {n_rai_course}"),
    Criterion("E1", "Other severe comorbidity",
              registered="Excluded: other severe comorbidity",
              fulfilled=Yes("severe_comorbidity"), says="severe comorbidity: {severe_comorbidity}"),
    Criterion("E2", "Incomplete clinical or follow-up data",
              registered="Excluded: incomplete clinical or follow-up data",
              fulfilled=~(Yes("follow_up_complete") & Within("n_follow_up", low=1) & ANY_FINDING),
              says="data complete: {follow_up_complete}; rows in follow_up: {n_follow_up}, of "
              "lesions, uptake and assessments: {n_lesion}, {n_lesion_uptake}, "
              "{n_response_assessment}"),
)  # fmt: skip

ELIGIBLE = eligible_of(CODE)


RESPONDERS, INDETERMINATE, NON_RESPONDERS = (
    Population(name, label, (Rows("cohort", Among("rai_response", (name,))),), ELIGIBLE,
               serves=serves, flow="always")
    for name, label, serves in (
        ("responder", "Responders", ("RESPONDER",)),
        ("indeterminate", "Indeterminate", ()),
        ("non_responder", "Non-responders", ("R1", "R2", "R3", "C3")),
    )
)  # fmt: skip
RAPID, INTERMEDIATE, STABLE, NOT_ASSESSED = (
    Population(name, label, (Rows("cohort", Among("progression", (name,))),), NON_RESPONDERS,
               serves=serves, flow="always")
    for name, label, serves in (
        ("rapid", "Rapidly progressing", ("COURSE", "C2")),
        ("intermediate", "Progressing later", ("COURSE",)),
        ("stable", "Stable", ("COURSE", "C2")),
        ("not_assessed", "Not assessed", ("COURSE",)),
    )
)  # fmt: skip
GROUPS = {
    one.name: one.label
    for one in (
        RESPONDERS, NON_RESPONDERS, INDETERMINATE, RAPID, INTERMEDIATE, STABLE, NOT_ASSESSED,
    )
}  # fmt: skip
"""Groups of patients as every figure and table names them."""
COMPARED = Population(
    "compared",
    "Responders and non-responders with a score of the primary tumour",
    (
        Rows("cohort", Among("rai_response", ("responder", "non_responder"))),
        Rows("trop2_score", Among("tissue", ("primary",))),
    ),
    within=ELIGIBLE,
    serves=("C1", "TROP2"),
)
TISSUE_SET = Population(
    "tissue_set",
    "Tissue set: non-responders found in the records, from resistance",
    (),
    within=NON_RESPONDERS,
    serves=("C3", "PFS", "OS"),
)
SCORED = Population(
    "scored",
    "Tissue set with a score of the primary tumour",
    (Rows("trop2_score", Among("tissue", ("primary",))),),
    within=TISSUE_SET,
    serves=("C3",),
)
SCANNED = Population(
    "pet_set",
    "PET set: non-responders with a Trop2 PET",
    (Rows("pet_scan", Among("tracer", (PET.code,))),),
    within=NON_RESPONDERS,
    serves=("PET", "C2", "C3"),
)

RESISTANCE = (
    Source("follow_up", "rai_refractory_day", "day of resistance"),
    Source("rai_course", "course_day", "last course of 131I", take="last",
           row="rai_course: last course_day"),
)  # fmt: skip
"""Day from which resistance counts: of its diagnosis, else of the last course of 131I."""
FIRST_PET = Source("pet_scan", "scan_day", "PET", where=Among("tracer", (PET.code,)),
                   row="pet_scan {scan_id}: scan_day")  # fmt: skip
STUDY_ENTRY = Source("follow_up", "study_entry_day", "begin of observation")
FOUND = Source("ascertained", "entry_day", "begin of observation", required=True,
               row="follow_up: study_entry_day",
               lacking="found alive, and no study_entry_day says when")  # fmt: skip
"""The origin of who was found in the archive, else the day to which a patient had to live."""
PROGRESSION = Source("recist", "assessment_day", "progression", where=Among("recist", ("PD",)),
                     kind="progression", free="previous_day",
                     row="response_assessment day {assessment_day}: {finding}")  # fmt: skip
DEATH = Source("follow_up", "death_day", "death", where=Among("vital_status", ("dead",)),
               kind="{death_cause}", row="follow_up: death_day ({death_cause})")  # fmt: skip
TKI_START = Source("follow_up", "tki_start_day", "start of a TKI", kind="tki")
LAST_ASSESSMENT = Source("recist", "assessment_day", "last assessment",
                         where=~Among("recist", ("NE",)), take="last",
                         row="response_assessment day {assessment_day}: last assessment",
                         lacking="no assessment after the origin")  # fmt: skip
LAST_CONTACT = Source("follow_up", "last_contact_day", "last contact", take="last")

FROM_RESISTANCE = AnalysisSet(
    population=TISSUE_SET, since="resistance", origin=RESISTANCE, entry=(FOUND,)
)
"""All found in the records, dead or alive, with or without a PET."""
FROM_PET = AnalysisSet(population=SCANNED, since="PET", origin=(FIRST_PET,), entry=(STUDY_ENTRY,))
"""Who lived to have a PET."""
ALL_ARCHIVE = replace(FROM_RESISTANCE, entry=())
ALL_ALIVE = replace(
    FROM_RESISTANCE,
    entry=(
        replace(STUDY_ENTRY, required=True, lacking="no study_entry_day: died or left before it"),
    ),
)
SURVIVORS_DELAYED = replace(FROM_RESISTANCE, population=SCANNED, entry=(FIRST_PET,))
SURVIVORS_IMMORTAL = replace(SURVIVORS_DELAYED, entry=())
"""The PET set as if it had been observed from resistance: biased, for the dead have no PET."""

PFS_FROM_RESISTANCE = Endpoint(
    name="pfs_from_resistance",
    label="PFS from resistance",
    item="PFS",
    unit="years",
    analysis_set=FROM_RESISTANCE,
    events=(PROGRESSION, DEATH),
    censored=(LAST_ASSESSMENT,),
    intercurrent=(Intercurrent(TKI_START, "tki"),),
)
OS_FROM_RESISTANCE = Endpoint(
    name="os_from_resistance",
    label="OS from resistance",
    item="OS",
    unit="years",
    analysis_set=FROM_RESISTANCE,
    events=(DEATH,),
    censored=(LAST_CONTACT,),
)
PFS_FROM_PET = replace(
    PFS_FROM_RESISTANCE,
    name="pfs_from_pet",
    label="PFS from PET",
    unit="months",
    analysis_set=FROM_PET,
)
OS_FROM_PET = replace(
    OS_FROM_RESISTANCE,
    name="os_from_pet",
    label="OS from PET",
    unit="months",
    analysis_set=FROM_PET,
)
FOUND_OTHERWISE = {"archive": ALL_ARCHIVE, "alive": ALL_ALIVE}
"""Analysis sets from resistance as if all patients had been found in one way."""
MISTAKEN = tuple(
    replace(one, name=f"{one.name}_{name}", label=f"{one.label}, PET set, {words}",
            analysis_set=begin)
    for one in (PFS_FROM_RESISTANCE, OS_FROM_RESISTANCE)
    for name, words, begin in (
        ("delayed", "entry at the PET", SURVIVORS_DELAYED),
        ("immortal", "entry ignored", SURVIVORS_IMMORTAL),
    )
)  # fmt: skip
"""What comes of survivors' time from resistance, with their entry respected and ignored."""

REGISTERED = (
    Item("POPULATION", "population",
         "Patients treated with ¹³¹I in the past 8–10 years; about 30–50 with treatment-responsive "
         "and as many with treatment-resistant disease, 60 in all",
         {"sec-flow": ("n_candidates_trop2", "n_eligible_trop2", "n_responder",
                       "n_non_responder")}, unit="patients"),
    Item("RESPONDER", "group",
         "Responder: lesions disappeared, or no long-term progression after iodine uptake",
         {"sec-response": ("n_responder", "n_meeting_disappeared", "n_meeting_long_term")},
         unit="patients"),
    Item("R1", "group",
         "Non-responder: no uptake at the first course, and an insignificant fall or a rise of "
         "thyroglobulin",
         {"sec-response": ("n_meeting_r1",)}, unit="patients"),
    Item("R2", "group", "Non-responder: some lesions take up iodine and others do not",
         {"sec-response": ("n_meeting_r2",)}, unit="patients"),
    Item("R3", "group", "Non-responder: progression of metastases despite evident uptake",
         {"sec-response": ("n_meeting_r3",)}, unit="patients"),
    Item("COURSE", "group",
         "Within non-responders: rapidly progressing, or stable, under TSH suppression",
         {"sec-progression": ("n_rapid", "n_stable", "n_not_assessed")}, unit="patients"),
    Item("C1", "comparison",
         "Clinicopathology and Trop2 expression of tissue, responders against non-responders",
         {"sec-trop2-primary": ("trop2_shift", "trop2_auc"), "sec-table-one": ()}),
    Item("C2", "comparison",
         "Clinicopathology, Trop2 expression of tissue and SUVmax on ¹⁸F-Trop2 PET/CT, rapid "
         "against stable",
         {"sec-trop2-course": ("trop2_rapid_shift",), "sec-suv-course": ("suv_ratio_rapid_stable",),
          "sec-table-one": ()}),
    Item("C3", "comparison",
         "What goes with progression-free and overall survival of non-responders",
         {"sec-factors": ("hr_trop2_pfs", "hr_trop2_os", "hr_suvmax_pet_pfs")}),
    Item("PET", "outcome", "¹⁸F-Trop2 PET/CT, in non-responders only",
         {"sec-extraction": (PET.counted,)}, unit="series"),
    Item("TROP2", "outcome", "Trop2 expression of tissue by immunohistochemistry",
         {"sec-trop2-scores": ("trop2_reads",)}),
    Item("PFS", "outcome", "Progression-free survival of non-responders",
         {"sec-curves": ("n_pfs_events", "median_pfs")}, unit="events"),
    Item("OS", "outcome", "Overall survival of non-responders",
         {"sec-curves": ("n_os_events", "median_os")}, unit="events"),
)  # fmt: skip

RULES = (
    *("min_age_years", "max_age_years"),
    *("trop2_nodes_count", "r1_first_course", "r1_tsh_miu_per_l", "r1_activity_gbq"),
    *("tg_ratio", "tg_functional_sensitivity_ng_per_ml", "tg_post_days"),
    *("r2_node_mm", "r2_other_mm", "r3_months", "long_term_months"),
    *("pd_share", "pd_mm", "pr_share", "baseline_days", "staging_days"),
    *("other_treatment_ends_credit", "rapid_months", "stable_months", "stable_landmark_months"),
    *("suppressed_tsh", "tg_values"),
    *("tvdt_years", "tvdt_assessments", "tvdt_span_months", "tvdt_growth_mm"),
    *("ihc_sum_points", "patients_per_term", "known_share"),
    *("tki", "cancer_death_is_progression", "ascertainment", "macronodular_mm", "least_at_risk"),
    *("events_continuous", "events_yes_no", "events_further", "events_precise"),
    "carriers_precise",
    *("prior_pseudo_events", "events_per_covariate"),
    *PET_RULES,
)

STUDY = RegisteredStudy(
    code=CODE,
    record="NCT07314255",
    title="The Role of Trop2 in Radioactive Iodine-131 Therapy Sensitivity in Papillary Thyroid "
    "Carcinoma",
    planned=60,
    facts=(
        ("Sponsor", "Jiangxi Provincial Cancer Hospital"),
        ("Design", "observational, retrospective, one centre"),
        ("Status", "active, not recruiting"),
        ("Start", "2025-12-18"),
        ("Completion", "2027-07-01"),
        ("Last update", "2026-01-02"),
        ("Other identifiers", "202211013; Trop2 and PTC"),
    ),
    subject="Trop2",
    tables=(
        *("patient", "pathology", "ihc_read", "rai_course", "lesion", "lesion_uptake", "lab"),
        *("response_assessment", "follow_up"),
    ),
    pet_tables=("pet_scan",),
    if_any=(
        *("local_therapy", "investigator_class", "lesion_reading", "missing_reason", "covariate"),
    ),
    tracers=(PET,),
    criteria=CRITERIA,
    enrolled=ENROLLED,
    populations=(
        *(
            ELIGIBLE,
            RESPONDERS,
            INDETERMINATE,
            NON_RESPONDERS,
            RAPID,
            INTERMEDIATE,
            STABLE,
            NOT_ASSESSED,
        ),
        *(COMPARED, TISSUE_SET, SCORED, SCANNED),
    ),
    endpoints=(PFS_FROM_RESISTANCE, OS_FROM_RESISTANCE, PFS_FROM_PET, OS_FROM_PET),
    registered=REGISTERED,
    families=FAMILIES,
    expected=EXPECTED,
    choices=CHOICES,
    rules=RULES,
)
