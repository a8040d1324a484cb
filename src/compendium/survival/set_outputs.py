"""What the chapter on survival publishes of its analysis sets: ids and captions."""

from collections.abc import Iterator, Mapping
from functools import partial

import pandas as pd

from compendium.cohort.flow_figure import group_tree, tree_from
from compendium.public_forms import LeftOut, Redrawn, Same, named
from compendium.published import Figure, Part, Table, result
from compendium.survival import figures as draw
from compendium.survival.times import SurvivalTimes

ROOT = "Non-responders"
SHOWN = ["term", "endpoint", "quantity", "estimate", "low", "high", "unit", "n", "events", "reason"]


@result
def populations(who: pd.DataFrame) -> Iterator[Part]:
    """Who is in which analysis."""
    caption = "Who is in which analysis of TROP2, and what is answered on it."
    key = {"study": "study", "population": "population"}
    links = [Same("populations", key, {"patients": "patients"})]
    yield Table("survival_sets", who, rows="group", caption=caption, links=links)


@result
def diagram(groups: pd.DataFrame, patients: int) -> Iterator[Part]:
    """The flow of the non-responders to the analysis sets.

    Args:
        groups: from `sets.groups_of_sets`; patients: all non-responders.
    """
    both = "pet" in set(groups["group"])
    sets = "the tissue set and in the PET set" if both else "the tissue set"
    overlap = " The sets overlap: who has a PET is in both." if both else ""
    yield Figure(
        "survival_diagram",
        partial(group_tree, ROOT, patients, groups),
        marks="group",
        alt=f"Non-responders in {sets}, with their factors known",
        caption="Flow of the non-responders to the analysis sets." + overlap,
        data=groups,
        rows="group",
        public=Redrawn(
            named(tree_from),
            ("groups", "fig_survival_diagram"),
            {"root": ROOT, "of": "non_responder"},
        ),
    )


@result
def flow(steps: pd.DataFrame) -> Iterator[Part]:
    """Patients and events that are left at each step."""
    caption = "Patients and events of each analysis set, at risk and with each factor known."
    yield Table("survival_set_flow", steps, rows="setting", caption=caption)


@result
def adjusted(found: pd.DataFrame) -> Iterator[Part]:
    """Factors of the tissue set in one model."""
    shown = ["endpoint", "model", "term", "estimate", "low", "high", "p", "n", "events", "reason"]
    caption = "Factors of the tissue set in one model each, from resistance (Firth’s Cox model)."
    yield Table("survival_adjusted", found[shown], rows="estimate", caption=caption)


@result
def ascertainment(found: pd.DataFrame) -> Iterator[Part]:
    """What another way of finding the patients would say."""
    caption = (
        "Tissue set under another assumption on how its patients were found: as recorded, all from "
        "the archive (time counts from resistance), all for being alive (from study_entry_day; who "
        "died before is not seen)."
    )
    yield Table("survival_ascertainment", found[SHOWN], rows="estimate", caption=caption)


@result
def mistaken(
    compared: Mapping[str, SurvivalTimes],
    found: pd.DataFrame,
    ledger: pd.DataFrame,
    least_at_risk: int,
) -> Iterator[Part]:
    """What survivors' time from resistance looks like, entry respected and ignored.

    Args:
        compared: overall survival from resistance by the words of the legend.
        found: from `sets.median_and_ratio`, of the tissue set and of survivors.
        ledger: the endpoints' rows behind the curves.
    """
    panel = draw.Panel("OS", "Event-free probability", "Years since resistance", compared)
    yield Figure(
        "survival_mistaken",
        partial(
            draw.survival_curves, [panel], least_at_risk=least_at_risk, least_events=0
        ),  # a mistake is shown, however few died
        marks="step",
        alt="Overall survival from resistance of the tissue set, and of the patients with a PET "
        "with their entry respected and ignored",
        caption="Overall survival from resistance: the tissue set; patients with a PET, who enter "
        "with it; and the same patients as if observed from resistance, which counts as survived "
        "the time in which nobody of them could have died.",
        data=ledger,
        rows="entry",
        public=LeftOut("it holds the same few deaths against each other"),
    )
    caption = "Tissue set, and patients with a PET by right and by wrong time from resistance."
    yield Table("survival_mistaken_estimates", found[SHOWN], rows="estimate", caption=caption)
