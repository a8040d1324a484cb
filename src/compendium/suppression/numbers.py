"""Reported numbers as others see them."""

from collections.abc import Mapping
from typing import Any

from compendium.rows import Sensitivity
from compendium.suppression.counts import Counts
from compendium.suppression.tables import BLANK, hidden_share, measure, too_few

MEASURED = ("value", "low", "high", "p")


def public_number(
    entry: Mapping[str, Any], counts: Counts, *, blank: bool = False
) -> dict[str, Any]:
    """An entry of the record as others see it: prose, cards and lists take it from there.

    Args:
        entry: of a reported number.
        counts: how counts are shown.
        blank: not even that it is small is told; a smaller one could be worked out from it.
    """
    if entry["sensitivity"] == Sensitivity.NONE:
        return dict(entry)
    safe = dict(entry) | {
        part: counts.shown(entry[part]) for part in ("n", "events") if entry[part] is not None
    }
    for part in ("label", "method", "reason"):
        safe[part] = counts.text(entry[part])
    if entry["people"]:
        return safe | {"value": BLANK if blank else counts.shown(entry["value"])}
    few = counts.small(entry["n"])
    if few or (entry["share"] and hidden_share(entry["value"], entry["n"], counts)):
        return safe | dict.fromkeys(MEASURED) | {"reason": too_few(counts)}
    return safe | {
        part: measure(entry[part]) for part in MEASURED if isinstance(entry[part], float)
    }
