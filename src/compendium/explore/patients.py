"""One page a patient: what happened when, which rules took or spared him, scores and lesions."""

import html
import io
from collections.abc import Iterator, Mapping
from dataclasses import dataclass

import pandas as pd

from compendium.cohort import membership
from compendium.cohort.eligibility import eligibility_rules
from compendium.disease.progression import classify_progression
from compendium.disease.response import classify_response
from compendium.explore.hints import shown_table
from compendium.explore.opened import Opened
from compendium.figures.style import new_figure
from compendium.formatting import value as shown_value
from compendium.formatting import words
from compendium.trop2 import ihc

Tables = Mapping[str, pd.DataFrame]
# Table, column of its day, what happened, and the columns that tell more of it.
EVENTS = (
    ("rai_course", "course_day", "course of ¹³¹I", ("course", "activity_gbq")),
    ("response_assessment", "assessment_day", "assessment",
     ("sum_target_diameters_mm", "new_lesion", "non_target_progression", "lesions_disappeared")),
    ("pet_scan", "scan_day", "PET", ("scan_id", "tracer", "tsh_level")),
    ("local_therapy", "therapy_day", "local therapy", ("therapy",)),
    ("lab", "lab_day", "laboratory", ("tg_ng_per_ml", "tsh_miu_per_l", "tgab_negative")),
    ("follow_up", "rai_refractory_day", "resistance to ¹³¹I", ()),
    ("follow_up", "study_entry_day", "entry", ()),
    ("follow_up", "tki_start_day", "kinase inhibitor", ()),
    ("follow_up", "last_contact_day", "last contact", ("vital_status",)),
    ("follow_up", "death_day", "death", ("death_cause",)),
)  # fmt: skip


@dataclass(frozen=True)
class PatientPage:
    """What a study holds of one patient, as tables, and what its rules make of it.

    Attributes:
        events: day, event, detail, in the order of days; day 0 is the study's own.
        rules: each rule of eligibility with its verdict and the value that decided.
        classes: what the rules of response and of progression found, name and value.
        reads, scores: of the tissue; lesions: with the uptake at each course.
    """

    patient: str
    study: str
    events: pd.DataFrame
    rules: pd.DataFrame
    classes: pd.DataFrame
    reads: pd.DataFrame
    scores: pd.DataFrame
    lesions: pd.DataFrame
    curves: str

    def _repr_html_(self) -> str:
        parts = [
            ("Time line", self.events), ("Rules of eligibility", self.rules),
            ("Classes", self.classes), ("Reads", self.reads), ("Scores", self.scores),
            ("Lesions", self.lesions),
        ]  # fmt: skip
        title = html.escape(f"Patient {self.patient} of {self.study}")
        shown = [
            f"<h4>{name}</h4>" + (shown_table(frame) if len(frame) else "<p>None recorded.</p>")
            for name, frame in parts
        ]
        return f"<h3>{title}</h3>{self.curves}{''.join(shown)}"


def page_of(opened: Opened, patient: str) -> PatientPage:
    """The page of a patient.

    Raises:
        InputError: the study has no such patient.
    """
    opened.require_patient(patient)
    own = {name: _of(frame, patient) for name, frame in opened.tables.items()}
    reads = own["ihc_read"]
    return PatientPage(
        patient=patient,
        study=opened.study.name,
        events=events_of(own),
        rules=rules_of(opened, patient),
        classes=classes_of(opened, patient),
        reads=reads,
        scores=_scores(opened, reads),
        lesions=_lesions(own),
        curves=_curves(own["lab"], own["rai_course"]),
    )


def _of(frame: pd.DataFrame, patient: str) -> pd.DataFrame:
    if "patient_id" not in frame.columns:
        return frame.iloc[:0]
    return frame[frame["patient_id"] == patient].reset_index(drop=True)


def events_of(own: Tables) -> pd.DataFrame:
    """One row an event of a patient: day, event, detail, sorted by day.

    Args:
        own: the study's tables, of one patient.
    """
    found = sorted(_events(own), key=lambda event: event[0])
    return pd.DataFrame(found, columns=["day", "event", "detail"])


def _events(own: Tables) -> Iterator[tuple[int, str, str]]:
    for table, day, event, more in EVENTS:
        for row in own[table].to_dict("records"):
            if not pd.isna(row[day]):
                told = (_told(name, row[name]) for name in more if not pd.isna(row[name]))
                yield int(row[day]), event, "; ".join(told)


def _told(name: str, value: object) -> str:
    """A column and its value in words: `new lesion`, `no new lesion`, `activity 7.4 GBq`."""
    what, _, unit = words(name).partition(", ")
    if isinstance(value, bool):
        return what if value else f"no {what}"
    return f"{what} {shown_value(value, '.4g')} {unit}".rstrip()


def rules_of(opened: Opened, patient: str) -> pd.DataFrame:
    """Each rule of eligibility that was asked of a patient: rule, verdict, value."""
    ledger = membership.judge(opened.tables, eligibility_rules(opened.rules))
    own = ledger[ledger["patient_id"] == patient]
    return own[["study", "order", "rule", "verdict", "value"]].reset_index(drop=True)


def classes_of(opened: Opened, patient: str) -> pd.DataFrame:
    """What the rules of response and progression found of a patient: name, value."""
    rows: list[tuple[str, object]] = []
    for classify in (classify_response, classify_progression):
        found = classify(opened.tables, opened.rules)
        for row in found[found["patient_id"] == patient].to_dict("records"):
            rows += [(str(k), v) for k, v in row.items() if k != "patient_id" and not pd.isna(v)]
    told = [(name, shown_value(value, ".4g")) for name, value in rows]
    return pd.DataFrame(told, columns=["name", "value"])


def _scores(opened: Opened, reads: pd.DataFrame) -> pd.DataFrame:
    if reads.empty:
        return reads
    settings = opened.settings("02_trop2_ihc")
    clone = ihc.of_one_clone(opened.tables["ihc_read"], settings["antibody_clone"])
    own = clone[clone["patient_id"].isin(reads["patient_id"])]
    if own.empty:
        return own
    return ihc.one_score_each(
        own, reader_rule=settings["reader_rule"], block_rule=settings["block_rule"]
    )


def _lesions(own: Tables) -> pd.DataFrame:
    uptake = own["lesion_uptake"].copy()
    uptake["course"] = "uptake at course " + uptake["course"].astype(str)
    wide = uptake.pivot(index="lesion_id", columns="course", values="uptake").reset_index()
    return own["lesion"].merge(wide, on="lesion_id", how="left")


def _curves(labs: pd.DataFrame, courses: pd.DataFrame) -> str:
    """Tg and TSH over the days, with the courses of 131I, as SVG; empty without a value."""
    if labs.empty:
        return ""
    figure = new_figure("double", 60)
    for axes, column, name in zip(
        figure.subplots(1, 2),
        ("tg_ng_per_ml", "tsh_miu_per_l"),
        ("Tg, ng/mL", "TSH, mIU/L"),
        strict=True,
    ):
        known = labs.dropna(subset=[column]).sort_values("lab_day")
        values = pd.to_numeric(known[column], errors="coerce")  # beyond a limit it is no number
        axes.plot(known["lab_day"].astype(float), values, marker="o")
        for day in courses["course_day"].dropna():
            axes.axvline(float(day), linestyle=":", color="black")
        axes.set_xlabel("Day (dotted: course of ¹³¹I)")
        axes.set_ylabel(name)
    drawn = io.StringIO()
    figure.savefig(drawn, format="svg")
    return drawn.getvalue()[drawn.getvalue().index("<svg") :]
