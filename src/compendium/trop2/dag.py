"""The assumed causes, drawn: a directed acyclic graph of what is adjusted for and why."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from matplotlib.axes import Axes
from matplotlib.figure import Figure
from matplotlib.lines import Line2D
from matplotlib.patches import FancyArrowPatch, Patch

from compendium.errors import InputError
from compendium.figures.style import BLUE, GREY, VERMILION, new_figure

ROLES = {
    "exposure": ("#d8e8f3", BLUE, "exposure"),
    "outcome": ("#f8e0d2", VERMILION, "outcome"),
    "adjusted": ("#ffffff", "#303030", "measured, adjusted for"),
    "measured": ("#f1f1f1", GREY, "measured, not adjusted for"),
    "latent": ("#ffffff", GREY, "not measured"),
}


@dataclass(frozen=True)
class Node:
    """A variable of the graph.

    Attributes:
        label: as drawn.
        x, y: place, 0 to 1.
        role: a key of ROLES.
    """

    label: str
    x: float
    y: float
    role: str


TROP2_NODES: dict[str, Node] = {
    "braf": Node("BRAF V600E", 0.06, 0.52, "measured"),
    "age": Node("Age", 0.34, 0.97, "measured"),
    "tert": Node("TERT promoter\nmutation", 0.36, 0.66, "measured"),
    "dedifferentiation": Node("Dedifferentiation", 0.52, 0.36, "latent"),
    "metastases": Node("Distant\nmetastases", 0.94, 0.62, "measured"),
    "trop2": Node("Trop2 H-score", 0.10, 0.03, "exposure"),
    "response": Node("Resistance\nto ¹³¹I", 0.88, 0.03, "outcome"),
}
# Mutations come first, dedifferentiation follows them; age is that of the patient at surgery.
TROP2_ARROWS: tuple[tuple[str, str, float], ...] = (
    ("age", "tert", 0.0),
    ("age", "response", -0.22),
    ("braf", "tert", 0.0),
    ("braf", "dedifferentiation", 0.0),
    ("braf", "trop2", 0.0),
    ("braf", "response", 0.07),
    ("tert", "dedifferentiation", 0.0),
    ("tert", "response", -0.14),
    ("dedifferentiation", "trop2", 0.0),
    ("dedifferentiation", "metastases", 0.0),
    ("dedifferentiation", "response", 0.0),
    ("metastases", "response", 0.0),
    ("trop2", "response", 0.0),
)
COLUMNS = {
    "age_years": "age",
    "braf_v600e": "braf",
    "tert_promoter": "tert",
    "distant_metastasis": "metastases",
}


def causal_graph(
    adjusted_for: Sequence[str],
    nodes: Mapping[str, Node] = TROP2_NODES,
    arrows: Sequence[tuple[str, str, float]] = TROP2_ARROWS,
) -> Figure:
    """The graph with the covariates of the model marked as adjusted for.

    Args:
        adjusted_for: columns of the model.
        arrows: cause, effect and the bend of the line between them.

    Raises:
        InputError: the arrows go round in a circle.
    """
    _require_acyclic(nodes, arrows)
    adjusted = {COLUMNS.get(column, column) for column in adjusted_for}
    figure = new_figure("double", height_mm=82, scheme=True)
    axes = figure.add_subplot()
    axes.set(xlim=(-0.04, 1.04), ylim=(-0.06, 1.04))
    axes.axis("off")
    boxes = {name: _box(axes, node, name in adjusted) for name, node in nodes.items()}
    for cause, effect, bend in arrows:
        wanted = (cause, effect) == ("trop2", "response")
        axes.add_patch(
            FancyArrowPatch(
                (nodes[cause].x, nodes[cause].y), (nodes[effect].x, nodes[effect].y),
                patchA=boxes[cause], patchB=boxes[effect], shrinkA=1, shrinkB=1,
                connectionstyle=f"arc3,rad={bend}", arrowstyle="-|>",
                mutation_scale=8, lw=1.8 if wanted else 0.8,
                color=BLUE if wanted else "#606060", zorder=1,
            )
        )  # fmt: skip
    _legend(axes)
    return figure


def _box(axes: Axes, node: Node, adjusted: bool) -> Patch | None:
    role = "adjusted" if adjusted else node.role
    face, edge, _ = ROLES[role]
    text = axes.text(
        node.x, node.y, node.label, ha="center", va="center", zorder=3,
        bbox={
            "boxstyle": "round,pad=0.5", "facecolor": face, "edgecolor": edge,
            "lw": 1.6 if role == "adjusted" else 0.9, "ls": "--" if role == "latent" else "-",
        },
    )  # fmt: skip
    return text.get_bbox_patch()


def _legend(axes: Axes) -> None:
    handles = [
        Line2D([], [], marker="s", ls="", ms=7, mfc=face, mec=edge, label=label,
               mew=1.6 if role == "adjusted" else 0.9)
        for role, (face, edge, label) in ROLES.items()
        if role != "latent"
    ]  # fmt: skip
    latent = Line2D([], [], color=GREY, ls="--", lw=0.9, label=ROLES["latent"][2])
    axes.legend(handles=[*handles, latent], loc="lower center", ncols=5, bbox_to_anchor=(0.5, -0.1),
                columnspacing=1.4, handletextpad=0.5)  # fmt: skip


def _require_acyclic(nodes: Mapping[str, Node], arrows: Sequence[tuple[str, str, float]]) -> None:
    left, waiting = set(nodes), [(cause, effect) for cause, effect, _ in arrows]
    while left:
        first = left - {effect for _, effect in waiting}
        if not first:
            raise InputError(f"the arrows among {', '.join(sorted(left))} go round in a circle")
        left -= first
        waiting = [(cause, effect) for cause, effect in waiting if cause in left]
