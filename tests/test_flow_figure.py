"""The flow diagram says the numbers of the ledger, inside its boxes and inside the page."""

import re

import pytest
from matplotlib.backends.backend_agg import FigureCanvasAgg
from matplotlib.patches import Rectangle
from study_tables import tables

from compendium.cohort.eligibility import eligibility_rules
from compendium.cohort.flow_figure import flow_diagram
from compendium.cohort.membership import cohort_of, flow_of, judge, with_classes
from compendium.cohort.populations import flow_groups
from compendium.disease.progression import classify_progression
from compendium.disease.response import classify_response
from compendium.rules import Rules

PEOPLE = {
    "old": {"age_years": 80},
    "ill": {"severe_comorbidity": True},
    "short": {},
    "other": {"study": "TSH124I"},
}


@pytest.fixture(scope="module")
def diagrams():
    study = tables(
        patient=[{"patient_id": name, **cells} for name, cells in PEOPLE.items()],
        pathology=[{"patient_id": name} for name in PEOPLE],
        rai_course=[{"patient_id": name} for name in PEOPLE],
        follow_up=[{"patient_id": name} for name in PEOPLE],
        lesion=[{"patient_id": name, "lesion_id": "L1"} for name in PEOPLE],
    )
    criteria = eligibility_rules(Rules())
    ledger = judge(study, criteria)
    classes = with_classes(
        cohort_of(ledger), classify_response(study, Rules()), classify_progression(study, Rules())
    )
    flow, groups = flow_of(ledger, criteria), flow_groups(study | {"cohort": classes})
    return {
        name: flow_diagram(flow[flow["study"] == name], groups[groups["study"] == name])
        for name in ("TROP2", "TSH124I")
    }


def texts(figure):
    return [text.get_text() for text in figure.axes[0].texts if text.get_text()]


def excluded(said):
    """Patients by rule as the box of exclusions lists them; their sum has no rule."""
    lines = re.findall(r"^(?:(AGE|[IE]\d)\n)?.+\nn = (\d+)$", "\n".join(said[1:]), re.M)
    listed = len([text for text in said if re.fullmatch("AGE|[IE]\\d", text)]) + 1
    return {rule: int(count) for rule, count in lines[:listed]}


def test_numbers_are_those_of_the_ledger(diagrams):
    said = texts(diagrams["TROP2"])
    assert said[0] == "Candidates\nn = 3"
    assert "Eligible\nn = 1" in said
    assert "Indeterminate\nn = 1" in said
    assert excluded(said) == {"": 2, "AGE": 1, "I1": 0, "I2": 0, "E1": 1, "E2": 0}
    assert "not met: age 18–75 years" in said
    assert "Other severe comorbidity" in said


def test_what_is_left_and_what_is_removed_add_up(diagrams):
    for figure in diagrams.values():
        said = texts(figure)
        n = dict(re.findall(r"(Candidates|Eligible)\nn = (\d+)", "\n".join(said)))
        removed = excluded(said)
        assert int(n["Candidates"]) - int(n["Eligible"]) == removed.pop("") == sum(removed.values())


@pytest.mark.parametrize("name", ["TROP2", "TSH124I"])
def test_every_text_is_inside_a_box_and_every_box_inside_the_page(diagrams, name):
    figure = diagrams[name]
    canvas = FigureCanvasAgg(figure)
    canvas.draw()
    renderer = canvas.get_renderer()
    axes = figure.axes[0]
    boxes = [patch.get_window_extent() for patch in axes.patches if isinstance(patch, Rectangle)]
    page = figure.bbox
    for box in boxes:
        assert page.x0 <= box.x0 < box.x1 <= page.x1
        assert page.y0 <= box.y0 < box.y1 <= page.y1
    for text in axes.texts:
        if text.get_text():
            place = text.get_window_extent(renderer)
            assert any(
                box.x0 <= place.x0 and place.x1 <= box.x1 and box.y0 <= place.y0 and
                place.y1 <= box.y1 for box in boxes
            ), text.get_text()  # fmt: skip
