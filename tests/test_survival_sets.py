"""Analysis sets: factors at resistance, who is left at each step, other ways of being found."""

import pandas as pd
import pytest
from printed import faults
from study_tables import tables

from compendium.cohort.flow_figure import group_tree
from compendium.rules import Rules
from compendium.studies import trop2
from compendium.survival import markers
from compendium.survival.hazard_ratios import Factor
from compendium.survival.observed import observe, possible
from compendium.survival.risk import gene_factor, macronodular_or_bone, tissue_factors
from compendium.survival.sets import flow_to_sets, found_otherwise, groups_of_sets, median_and_ratio

RULES = Rules()


@pytest.mark.parametrize(
    ("lesions", "expected"),
    [
        ([("lung", 9.9)], 0),
        ([("lung", 10.0)], 1),
        ([("lung", 4.0), ("lung", 12.0)], 1),
        ([("lymph_node", 30.0), ("thyroid_bed", 20.0)], 0),
        ([("bone", 3.0)], 1),
        ([("bone", None), ("lung", None)], 1),
        ([("lung", None)], None),
        ([("lung", None), ("lung", 5.0)], None),
    ],
)
def test_large_lung_or_bone_metastases_are_extensive_disease(lesions, expected):
    rows = [
        {"patient_id": "P1", "lesion_id": f"L{k}", "site": site, "diameter_mm": mm}
        for k, (site, mm) in enumerate(lesions)
    ]
    found = macronodular_or_bone(tables(lesion=rows), RULES).values["P1"]
    assert (found == expected) if expected is not None else pd.isna(found)


def test_the_limit_of_macronodular_is_a_rule():
    rows = [{"patient_id": "P1", "lesion_id": "L1", "site": "lung", "diameter_mm": 12.0}]
    given = tables(lesion=rows)
    assert macronodular_or_bone(given, RULES.replace(macronodular_mm=15.0)).values["P1"] == 0


def test_a_gene_that_was_not_tested_is_missing():
    rows = [
        {"patient_id": f"P{k}", "tert_promoter": status}
        for k, status in enumerate(("mutant", "wild_type", "not_tested"))
    ]
    found = gene_factor(tables(pathology=rows), "TERT promoter").values
    assert found.tolist()[:2] == [1, 0]
    assert pd.isna(found["P2"])


PATIENTS = [f"P{k:02d}" for k in range(12)]
DEAD_EARLY = PATIENTS[:4]


@pytest.fixture
def study():
    """Resistant from day 1000; four die by day 1500, the others have a PET on day 2000.

    Of those, four die on days 2104 to 2107 and four are alive on day 2500.
    """
    follow_up = []
    for k, patient in enumerate(PATIENTS):
        death = 1100 + 100 * k if patient in DEAD_EARLY else 2100 + k if k < 8 else None
        follow_up.append(
            {
                "patient_id": patient,
                "rai_refractory_day": 1000,
                "study_entry_day": None if patient in DEAD_EARLY else 2000,
                "ascertainment": "archive",
                "vital_status": "dead" if death else "alive",
                "last_contact_day": death or 2500,
                "death_day": death,
                "death_cause": "thyroid_cancer" if death else None,
            }
        )
    scans = [
        {"scan_id": f"S{p}", "patient_id": p, "tracer": "18F-Trop2", "scan_day": 2000,
         "series_dir": p}
        for p in PATIENTS if p not in DEAD_EARLY
    ]  # fmt: skip
    return tables(follow_up=follow_up, pet_scan=scans)


SCORE = Factor("Trop2 H-score", pd.Series([10.0 * k % 70 for k in range(11)], PATIENTS[:11]))
AGE = Factor("Age", pd.Series(50.0, PATIENTS[1:]))
OS, OS_PET = trop2.OS_FROM_RESISTANCE, trop2.OS_FROM_PET


def test_the_tissue_set_has_the_dead_and_the_pet_set_has_not(study):
    observed = observe(study, PATIENTS, (OS, OS_PET), RULES)
    factors = {OS.label: [SCORE], OS_PET.label: [SCORE]}
    found = flow_to_sets(observed, factors, (OS_PET,)).set_index(["set", "step"])
    counts = found[["patients", "events"]].apply(tuple, axis=1).to_dict()
    assert counts == {
        ("tissue set", "non-responders"): (12, 8),
        ("tissue set", "at risk"): (12, 8),
        ("tissue set", "with Trop2 H-score"): (11, 8),
        ("tissue set", "with all of these"): (11, 8),
        ("PET set", "non-responders"): (12, 4),
        ("PET set", "at risk"): (8, 4),
        ("PET set", "with Trop2 H-score"): (7, 4),
        ("PET set", "with all of these"): (7, 4),
    }


def test_the_diagram_tells_who_is_in_which_set_and_who_is_not(study):
    observed = observe(study, PATIENTS, (OS, OS_PET), RULES)
    factors = {OS.label: [SCORE, AGE], OS_PET.label: [SCORE, AGE]}
    groups = groups_of_sets(observed, factors, OS, OS_PET)
    assert groups[["group", "parent", "patients"]].to_numpy().tolist() == [
        ["tissue", "", 12],
        ["tissue_first", "tissue", 11],
        ["tissue_all", "tissue", 10],
        ["pet", "", 8],
        ["pet_out", "", 4],
        ["pet_first", "pet", 7],
        ["pet_all", "pet", 7],
    ]
    assert groups.loc[4, "label"] == "Not in the PET set: no PET recorded"
    figure = group_tree("Non-responders", 12, groups)
    shown = [text.get_text() for text in figure.axes[0].texts]
    assert [text for text in shown if text] == [
        "Non-responders\nn = 12",
        "Tissue set, OS from resistance\nn = 12",
        "PET set, OS from PET\nn = 8",
        "Not in the PET set: no PET recorded\nn = 4",
        "With Trop2 H-score\nn = 11",
        "With all factors\nn = 10",
        "With Trop2 H-score\nn = 7",
        "With all factors\nn = 7",
    ]
    assert faults(figure) == []


def test_the_other_way_of_being_found_is_estimated_beside(study):
    found = found_otherwise(study, PATIENTS, [OS], SCORE, RULES.replace(least_at_risk=1))
    medians = found[found["quantity"] == "median"].set_index("term")
    assert medians["n"].to_dict() == {
        "as recorded": 12,
        "all from the archive": 12,
        "all for being alive": 8,
    }
    # Six of twelve are dead from 1105 days after resistance until the next dies at 1106; of the
    # eight who enter at 1000 days the fourth and last dies at 1107.
    days = medians["estimate"] * 365.25
    assert days.tolist() == pytest.approx([1105.5, 1105.5, 1107])


@pytest.mark.slow
def test_survivors_from_resistance_seem_to_die_later_than_they_do(study):
    survivors = [p for p in PATIENTS if p not in DEAD_EARLY]
    rules = RULES.replace(least_at_risk=1)
    wrongly = observe(study, survivors, trop2.MISTAKEN, rules)
    found = median_and_ratio(wrongly, trop2.MISTAKEN, SCORE, rules)
    assert found["endpoint"].nunique() == 4
    immortal = wrongly.times_of(trop2.MISTAKEN[-1])
    assert immortal.n == 8
    assert not immortal.delayed
    assert wrongly.times_of(trop2.MISTAKEN[-2]).delayed


def test_factors_at_resistance_have_nothing_of_the_pet():
    given = tables(patient=[{"patient_id": "P1", "age_years": 50}])
    names = [f.name for f in tissue_factors(given, pd.Series({"P1": 100.0}), RULES)]
    assert names == [
        "Trop2 H-score",
        "Age",
        "TERT promoter",
        "BRAF V600E",
        "Macronodular or bone disease",
    ]


@pytest.mark.slow
def test_without_a_pet_the_tissue_set_answers_and_the_pet_set_says_why_not(study):
    study["pet_scan"] = study["pet_scan"].head(0)
    rules = RULES.replace(least_at_risk=1)
    observed = observe(study, PATIENTS, trop2.STUDY.endpoints, rules)
    assert observed.times_of(OS).events == 8
    assert observed.times_of(OS_PET).n == 0
    assert set(observed.tables[OS_PET.label]["reason"]) == {"no PET recorded"}
    factors = {name: [SCORE] for name in observed.tables}
    found = markers.factor_table(observed.used, factors, rules).set_index("endpoint")
    assert found.loc[OS.label, "reason"] == ""
    assert found.loc[OS_PET.label, "reason"] == "nobody at risk"
    groups = groups_of_sets(observed, factors, OS, OS_PET).set_index("group")["patients"]
    assert groups[["tissue", "pet", "pet_out"]].tolist() == [12, 0, 12]
    of_tissue = groups_of_sets(observed, factors, OS)
    assert set(of_tissue["group"]) == {"tissue", "tissue_first", "tissue_all"}
    assert possible(trop2.STUDY.endpoints, study) == (trop2.PFS_FROM_RESISTANCE, OS)
    wrongly = observe(study, [], trop2.MISTAKEN, rules)
    nobody = median_and_ratio(wrongly, trop2.MISTAKEN, SCORE, rules)
    assert (nobody["reason"] != "").all()
