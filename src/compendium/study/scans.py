"""The scans of a study against its protocol and the other tables."""

from collections.abc import Iterator

import pandas as pd

from compendium.comparing import at_least, at_most, bounds, surely_above, written
from compendium.rules import Rules
from compendium.studies import STUDIES, TRACERS, TSH_LEVELS, trop2
from compendium.study.located import Tables, true_where
from compendium.study.problems import Problem

TRACERS_OF_STUDIES = [
    (study.code, tracer.code) for study in STUDIES.values() for tracer in study.tracers
]
WITH_LEVELS = [tracer.code for tracer in TRACERS.values() if tracer.tsh_levels]
MANY_FOUND = 10  # patients of whom, found dead or alive, some would have died before the PET
KEPT = "Check it; it is kept, and reported as a protocol deviation."


def check_scans(tables: Tables, rules: Rules) -> list[Problem]:
    """What in pet_scan contradicts itself or the other tables, and deviations from the protocol.

    No error rests on the rules, only deviations do.
    """
    return [
        *tracers_and_levels(tables),
        *time_points_agree(tables),
        *tsh_windows(tables, rules),
        *both_levels_in_order(tables, rules),
        *trop2_scans(tables),
        *ways_of_finding(tables, rules),
    ]


def tracers_and_levels(tables: Tables) -> Iterator[Problem]:
    """Each study has its tracers; a TSH level stands where the tracer has such, each once."""
    scans = tables["pet_scan"]
    people = tables["patient"].dropna(subset="patient_id").drop_duplicates("patient_id")
    scans = scans.assign(
        study=scans["patient_id"].map(people.set_index("patient_id")["study"]),
        given=scans["tsh_level"].notna().map({True: "with", False: "without"}),
    )
    known = scans["tracer"].isin(TRACERS)
    own = pd.Series(
        zip(scans["study"], scans["tracer"], strict=True), index=scans.index, dtype=object
    )
    yield from tables.problems(
        "pet_scan",
        scans[scans["study"].isin(STUDIES) & known & ~own.isin(TRACERS_OF_STUDIES)],
        "tracer",
        "a {tracer} scan of a patient of study {study}",
        ", ".join(f"{tracer} in study {study}" for study, tracer in TRACERS_OF_STUDIES),
        "Correct the tracer, or the patient's study.",
    )
    yield from tables.problems(
        "pet_scan",
        scans[known & (scans["tracer"].isin(WITH_LEVELS) == scans["tsh_level"].isna())],
        "tsh_level",
        "a {tracer} scan {given} a TSH level",
        f"{' or '.join(TSH_LEVELS)} for a {' or '.join(WITH_LEVELS)} scan, an empty cell for any "
        "other",
        "Correct tsh_level or tracer.",
    )


def time_points_agree(tables: Tables) -> Iterator[Problem]:
    """Scans of a patient at one TSH level are of one administration, and say the same of it."""
    scans = tables["pet_scan"].dropna(subset=["patient_id", "tsh_level", "scan_day"])
    scans = scans.sort_values(["patient_id", "scan_day"])
    for column in ("tsh_miu_per_l", "injected_activity_mbq", "administered_at"):
        numbers = scans[column].dtype != object
        here = written(scans, column) if numbers else scans[column].fillna("")
        told = scans.assign(here=here.replace("", None))
        told = told.assign(
            first=told.groupby(["patient_id", "tsh_level"])["here"].transform("first")
        )
        differing = told["here"].notna() & (told["here"] != told["first"])
        yield from tables.problems(
            "pet_scan",
            told[true_where(differing)],
            column,
            f"a second scan at the {{tsh_level}} TSH has {column} {{here}}, the first {{first}}",
            "time points of one administration to say the same of it",
            "Correct it, or tsh_level; leave out a scan of another administration.",
        )
    others = scans.assign(before=scans.groupby("patient_id")["tsh_level"].shift())
    changes = (others["tsh_level"] != others["before"]).astype(int)
    begun = changes.groupby(others["patient_id"]).transform("cumsum")
    yield from tables.problems(
        "pet_scan",
        others[begun > 2],
        "scan_day",
        "a scan at the {tsh_level} TSH on day {scan_day} follows one at the {before} TSH",
        "all time points of one administration before those of the other",
        "Correct scan_day or tsh_level, or leave the repeated scan out.",
    )


def tsh_windows(tables: Tables, rules: Rules) -> Iterator[Problem]:
    """TSH within the registered window of its level; outside it is a deviation, not an error."""
    scans = tables["pet_scan"]
    known = bounds(scans, "tsh_miu_per_l")
    least, most = rules.tsh_low
    floor = rules.tsh_high_above
    windows = {
        "low": (
            at_least(known["low"], least) & at_most(known["high"], most),
            f"{least:g} to {most:g} mIU/L",
        ),
        "high": (surely_above(known, floor), f"above {floor:g} mIU/L"),
    }
    scans = scans.assign(tsh=written(scans, "tsh_miu_per_l"))
    for level, (inside, expected) in windows.items():
        outside = scans[(scans["tsh_level"] == level) & ~inside.fillna(False)]
        unknown = outside["tsh_miu_per_l"].isna()
        for rows, found in (
            (outside[~unknown], f"TSH at the {level}-TSH scan is {{tsh}} mIU/L"),
            (outside[unknown], f"TSH at the {level}-TSH scan is not recorded"),
        ):
            yield from tables.problems(
                "pet_scan", rows, "tsh_miu_per_l", found, expected, KEPT, "deviation"
            )


def both_levels_in_order(tables: Tables, rules: Rules) -> Iterator[Problem]:
    """Each patient is scanned at both TSH levels, the low one first, within one withdrawal."""
    scans = tables["pet_scan"].dropna(subset=["patient_id", "tsh_level"]).sort_values("scan_day")
    scans = scans.drop_duplicates(["patient_id", "tsh_level"]).sort_index()
    by_patient = scans.groupby("patient_id")["tsh_level"]
    low = scans[scans["tsh_level"] == "low"]
    scans = scans.assign(
        levels=by_patient.transform("nunique"),
        low_day=scans["patient_id"].map(low.set_index("patient_id")["scan_day"]),
    )
    yield from tables.problems(
        "pet_scan",
        scans[scans["levels"] == 1],
        "tsh_level",
        "{patient_id} has a scan at the {tsh_level} TSH only",
        "a scan at each TSH level",
        KEPT,
        "deviation",
    )
    early = true_where(scans["scan_day"] <= scans["low_day"]) & (scans["tsh_level"] == "high")
    yield from tables.problems(
        "pet_scan",
        scans[early],
        "scan_day",
        "the high-TSH scan on day {scan_day} does not follow the low-TSH scan on day {low_day}",
        "the low-TSH scan first",
        KEPT,
        "deviation",
    )
    longest = rules.administrations_days
    apart = scans["scan_day"] - scans["low_day"]
    yield from tables.problems(
        "pet_scan",
        scans.assign(apart=apart)[true_where(apart > longest)],
        "scan_day",
        "the high-TSH scan follows the low-TSH scan by {apart} days",
        f"at most {longest:g} days between them: one withdrawal",
        KEPT,
        "deviation",
    )


def trop2_scans(tables: Tables) -> Iterator[Problem]:
    """The Trop2 PET is for non-responders, and who has a scan has survived to it."""
    scans = tables["pet_scan"]
    scans = scans[scans["tracer"] == trop2.PET.code]
    own = tables["investigator_class"]
    responders = own.loc[own["rai_response"] == "responder", "patient_id"]
    yield from tables.problems(
        "pet_scan",
        scans[scans["patient_id"].isin(responders)],
        "tracer",
        "an {tracer} scan of {patient_id}, to the investigator a responder",
        f"{trop2.PET.code} scans of non-responders only",
        KEPT,
        "deviation",
    )
    entered = tables["follow_up"].dropna(subset="study_entry_day")["patient_id"]
    yield from tables.problems(
        "pet_scan",
        scans[~scans["patient_id"].isin(entered)],
        "scan_day",
        "{patient_id} has an {tracer} scan and no study_entry_day",
        "the day on which the study began to observe the patient",
        "Fill in study_entry_day in follow_up: survival before it was not observed.",
        "notice",
    )


def ways_of_finding(tables: Tables, rules: Rules) -> Iterator[Problem]:
    """Who was found alive has the day of it; who was found dead or alive are not all alive."""
    own = tables["follow_up"]
    own = own[own["rai_refractory_day"].notna()]
    how = own["ascertainment"].fillna(rules.ascertainment)
    yield from tables.problems(
        "follow_up",
        own[(how == "alive") & own["study_entry_day"].isna()],
        "study_entry_day",
        "{patient_id} was found alive, and no study_entry_day says when",
        "the day to which the patient had to live",
        "Fill it in, or correct ascertainment; without it survival cannot be counted.",
        "notice",
    )
    scans = tables["pet_scan"]
    scanned = set(scans.loc[scans["tracer"] == trop2.PET.code, "patient_id"])
    archive = own[how == "archive"]
    if len(archive) >= MANY_FOUND and archive["patient_id"].isin(scanned).all():
        yield Problem(
            file=tables.raw["follow_up"].file,
            sheet=tables.raw["follow_up"].sheet,
            table="follow_up",
            column="ascertainment",
            found=f"all {len(archive)} resistant patients found in the archive, dead or alive, "
            f"have lived to an {trop2.PET.code} scan",
            expected="some who died or were lost before it",
            remedy="Add them; or write alive where a patient was looked for because of being "
            "alive, else survival from resistance looks longer than it is.",
            severity="notice",
        )
