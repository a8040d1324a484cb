"""Study FDG: an invented third study with a tracer and an endpoint of its own."""

from compendium.studies.conditions import Among, Within, Yes
from compendium.studies.endpoints import AnalysisSet, Endpoint, Source
from compendium.studies.populations import Population, Rows, eligible_of
from compendium.studies.registration import Criterion, Item, RegisteredStudy, Tracer
from compendium.studies.trop2 import DEATH, LAST_CONTACT, TKI_START

CODE = "FDG"
PET = Tracer(code="18F-FDG", nuclide="18F")
ELIGIBLE = eligible_of(CODE)
SCANNED = Population(
    "scanned",
    "With an FDG PET",
    (Rows("pet_scan", Among("tracer", (PET.code,))),),
    ELIGIBLE,
    serves=("PET",),
    flow="always",
)
FIRST_PET = Source("pet_scan", "scan_day", "FDG PET", where=Among("tracer", (PET.code,)))
TREATMENT_FREE = Endpoint(
    name="treatment_free_from_pet",
    label="Time without treatment from PET",
    item="TFS",
    unit="months",
    analysis_set=AnalysisSet(population=SCANNED, since="PET", origin=(FIRST_PET,)),
    events=(TKI_START, DEATH),
    censored=(LAST_CONTACT,),
    measures="Untreated probability",
)
STUDY = RegisteredStudy(
    code=CODE,
    record="NCT00000000",
    title="An invented study of FDG",
    planned=4,
    subject="FDG",
    tracers=(PET,),
    criteria=(
        Criterion(
            id="AGE",
            text="Age {min_age_years:g} years or more",
            registered="Age 18 years or more",
            fulfilled=Within("age_at_enrolment", "min_age_years"),
            says="age {age_at_enrolment}",
        ),
        Criterion(
            id="I1",
            text="Total thyroidectomy",
            registered="Included: total thyroidectomy",
            fulfilled=Yes("total_thyroidectomy"),
            says="total thyroidectomy: {total_thyroidectomy}",
        ),
    ),
    populations=(ELIGIBLE, SCANNED),
    rules=("min_age_years",),
    endpoints=(TREATMENT_FREE,),
    registered=(
        Item("PET", "design", "An FDG PET", {"sec-fdg": ("n_fdg_scanned",)}, unit="patients"),
        Item("TFS", "outcome", "Time to treatment", {"sec-fdg": ("fdg_events", "fdg_median")}),
    ),
)
