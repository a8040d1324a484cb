"""A lesion in words, tables and a small figure, as HTML, from what the engine has of it."""

import html
from collections.abc import Mapping
from typing import Any

import pandas as pd

from compendium.explore.hints import shown_table
from compendium.explore.scans.seen import (
    FloatArray,
    Seen,
    beside_published,
    histogram,
    place_among,
)
from compendium.figures.style import BLUE, GREY, VERMILION
from compendium.table_html import html_table

WAYS = {"figure": "", "here": "Here", "published": "Published", "meaning": "Meaning"}


def lesion_page(seen: Seen, lesion_id: str, lesion_suv: pd.DataFrame) -> str:
    """A lesion: values beside the published ones, histogram, place in the study, flags.

    Args:
        seen: its scan as it is drawn now.
        lesion_suv: the table of that name as published; may be empty.
    """
    row = seen.row(lesion_id)
    title = ", ".join(filter(None, (lesion_id, row["site"])))
    head = f"<h4>{html.escape(title.replace('_', ' '))}</h4>"
    if row["status"] != "ok":
        return f"{head}<p>Refused. {html.escape(str(row['reason']))}</p>{_flags(seen, row)}"
    place = place_among(row, lesion_suv)
    drawn = _histograms(seen.pixels(lesion_id), place.others, row["suv_max"])
    table = values_table(row, lesion_suv)
    return f"{head}<p>{html.escape(place.words)}</p>{_flags(seen, row)}{drawn}{table}"


def values_table(row: Mapping[str, Any], lesion_suv: pd.DataFrame) -> str:
    """A lesion's figures beside the published ones."""
    return html_table(
        beside_published(row, lesion_suv).astype({"here": float, "published": float}),
        "", {"here": ".4g", "published": ".4g"}, WAYS, 100, "lesion_suv",
    )  # fmt: skip


def changed_table(lesions: pd.DataFrame, before: pd.DataFrame, lesion_suv: pd.DataFrame) -> str:
    """SUVmax, SUVmean, SUVpeak and volume of lesions: redrawn, as filed, and as published."""
    return html_table(
        changes(lesions, before, lesion_suv),
        "",
        dict.fromkeys(("redrawn", "filed", "published"), ".3f"),
        {"lesion_id": "Lesion", "figure": "", "redrawn": "Redrawn", "filed": "As filed",
         "published": "Published", "reason": ""},
        200,
        "lesions",
    )  # fmt: skip


CHANGING = ("suv_max", "suv_mean", "suv_peak", "volume_ml")


def changes(lesions: pd.DataFrame, before: pd.DataFrame, lesion_suv: pd.DataFrame) -> pd.DataFrame:
    """The figures of redrawn lesions: lesion_id, figure, redrawn, filed, published, reason.

    Args:
        lesions: the redrawn ones; before: the scan's as filed; lesion_suv: as published.
    """
    scan = lesions["scan_id"].iloc[0] if len(lesions) else ""
    published = lesion_suv[lesion_suv["scan_id"] == scan] if len(lesion_suv) else before.iloc[:0]
    sides = {"redrawn": lesions, "filed": before, "published": published}
    known = {name: side.set_index("lesion_id") for name, side in sides.items()}
    rows = []
    for lesion_id in lesions["lesion_id"]:
        reason = str(known["redrawn"].at[lesion_id, "reason"] or "")
        for figure in CHANGING:
            row = {"lesion_id": lesion_id, "figure": figure, "reason": reason}
            values = {n: side[figure].get(lesion_id) for n, side in known.items()}
            rows.append(row | values)
    columns = ["lesion_id", "figure", *sides, "reason"]
    return pd.DataFrame(rows, columns=columns).astype(dict.fromkeys(sides, float))


def scan_page(seen: Seen) -> str:
    """What the audit says of a series; where it is refused, why."""
    if seen.reason:
        return f"<p><b>Refused.</b> {html.escape(seen.reason)}</p>"
    flags = seen.flags or "none"
    return f"<p>Flags of the series: {html.escape(flags)}</p>"


def ratio_page(ratios: pd.DataFrame) -> str:
    """The lesions of both scans with their log ratios."""
    return shown_table(ratios, "Both scans: ln(SUVmax at high TSH / SUVmax at low TSH)")


def _flags(seen: Seen, row: Mapping[str, Any]) -> str:
    said = str(row["flags"] or seen.flags or "none")
    return f"<p>Flags: {html.escape(said)}</p>"


def _histograms(pixels: FloatArray, others: FloatArray, own: float) -> str:
    """The lesion's voxels, and SUVmax over the study with the lesion's place."""
    voxels = _bars(pixels, "SUV of the lesion's voxels (g/mL)", "voxels", BLUE)
    study = _bars(others, "SUVmax of published lesions; line: this one", "lesions", GREY, own)
    return f"<div>{voxels}{study}</div>"


def _bars(values: FloatArray, axis: str, what: str, colour: str, mark: float | None = None) -> str:
    """A histogram as SVG; by hand, since a library's figure takes longer than a scan to load."""
    if not len(values):
        return ""
    counts, edges = histogram(values)
    low, high = min(edges[0], mark or edges[0]), max(edges[-1], mark or edges[-1])
    most = counts.max()

    def x(value: float) -> float:
        return float(10 + 280 * (value - low) / (high - low))

    drawn = [
        f'<rect x="{x(left):.1f}" y="{100 - 80 * count / most:.1f}" '
        f'width="{x(right) - x(left):.1f}" height="{80 * count / most:.1f}" fill="{colour}">'
        f"<title>{left:.2f} to {right:.2f}: {count} {what}</title></rect>"
        for count, left, right in zip(counts, edges, edges[1:], strict=False)
    ]
    if mark is not None:
        drawn.append(f'<path d="M{x(mark):.1f} 12V100" stroke="{VERMILION}" stroke-width="2"/>')
    text = f'<text x="10" y="113">{low:.2f}</text>'
    text += f'<text x="290" y="113" text-anchor="end">{high:.2f}</text>'
    text += f'<text x="150" y="113" text-anchor="middle">{html.escape(axis)}</text>'
    text += f'<text x="10" y="10">at most {most} {what} a bar</text>'
    return (
        f'<svg width="300" height="118" font-size="9" role="img" aria-label="{html.escape(axis)}"'
        f' xmlns="http://www.w3.org/2000/svg">{"".join(drawn)}{text}</svg>'
    )
