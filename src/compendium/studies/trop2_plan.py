"""Study TROP2: families of guarded tests, numbers of the record, and what the plan adds to it."""

from compendium.studies.plan import Choice, Expected, Family, Guarded

FAMILIES = (
    Family("primary", (Guarded("trop2_shift", "H-score, non-responders − responders", "C1"),)),
    Family(
        "key secondary",
        (
            Guarded("trop2_rapid_shift", "H-score, rapid − stable", "C2"),
            Guarded("suv_ratio_rapid_stable", "SUVmax, rapid over stable", "C2", "18F-Trop2"),
            Guarded("trop2_adjusted_or", "H-score and response, adjusted odds ratio"),
            Guarded("braf_by_response", "BRAF V600E by response"),
            Guarded("tert_by_response", "TERT promoter mutation by response"),
        ),
    ),
)
EXPECTED = (
    Expected("Participants", 60, 60, "n_eligible_trop2", "POPULATION"),
    Expected("With responsive disease", 30, 50, "n_responder", "POPULATION"),
    Expected("With resistant disease", 30, 50, "n_non_responder", "POPULATION"),
)
CHOICES = (
    Choice("POPULATION", "Age 18–75 years, of no named day",
           "Completed years at the first course of ¹³¹I",
           "with it a patient becomes one whom the study is about"),
    Choice("RESPONDER", "Responder: lesions disappeared, or no long-term progression after uptake",
           "No progression for {rule}`long_term_months` months; a kinase inhibitor or local "
           "therapy before that ends what is credited to iodine; else indeterminate",
           "the record gives no time and no third class"),
    Choice("R1", "R1: an insignificant fall of thyroglobulin",
           "A ratio above {rule}`tg_ratio`, at a course with TSH of at least "
           "{rule}`r1_tsh_miu_per_l` mIU/L",
           "the record gives no number"),
    Choice("R3", "R3: progression despite uptake",
           "By RECIST 1.1, within {rule}`r3_months` months of the course",
           "the record names neither a criterion nor a window"),
    Choice("COURSE", "Rapidly progressing or stable under TSH suppression",
           "Rapid within {rule}`rapid_months` months or by doubling time, stable for "
           "{rule}`stable_months` months of imaging; progression later is neither",
           "the record gives no window and no third class"),
    Choice("C1", "Clinicopathology and Trop2 expression, of no named measure",
           "One primary test, the shift of the H-score; tests of *BRAF* and *TERT* and the "
           "adjusted odds ratio are ours and guarded; all other variables are exploratory",
           "a test of every variable would find something by chance"),
    Choice("C3", "What goes with progression-free and overall survival",
           "Hazard ratios with intervals from resistance, the dead included; no test is guarded",
           "few events: the question is of size, not of a verdict"),
    Choice("PET", "¹⁸F-Trop2 PET/CT of non-responders",
           "SUVmax in rapid over stable disease, of those only who lived to the PET",
           "a PET cannot be made of the dead"),
)  # fmt: skip
