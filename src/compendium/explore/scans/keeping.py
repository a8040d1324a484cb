"""What was redrawn, kept: a draft after each step, and a new DICOM SEG beside a record of how.

Both lie below the study's results in `explore/regions/`, which nothing publishes, and never over
another file. A region counts only once somebody names its file in the study's table pet_scan.
"""

import json
import os
from dataclasses import asdict, dataclass
from datetime import datetime
from io import BytesIO
from pathlib import Path
from typing import Any
from uuid import uuid4

import pandas as pd

from compendium.errors import InputError, Refused
from compendium.explore.opened import Opened
from compendium.explore.scans.adjusting import Adjustment, step_of
from compendium.explore.scans.seen import Seen
from compendium.files import sha256, write_whole
from compendium.pipeline.exploring import FOLDER
from compendium.uptake.extraction import REFERENCES
from petsuv.segmentation import Segment, series_segmentation
from petsuv.shapes import how_made
from petsuv.text import uid_of

REGIONS, DRAFTS = "regions", "drafts"
ATTEMPTS = 1000
LONGEST_NOTE = 1024  # of a DICOM segment description
SESSION = uuid4().hex[:12]  # of this kernel: two of them on one scan keep two drafts


@dataclass(frozen=True)
class Kept:
    """A saved adjustment.

    Attributes:
        seg: the DICOM SEG; record: who, when, how, and the values, as JSON.
        how_to_use: what to do so that the study takes it.
    """

    seg: Path
    record: Path
    how_to_use: str


def folder_of(opened: Opened) -> Path:
    """Where regions of a study are saved."""
    return opened.results_dir / FOLDER / REGIONS


def save(
    opened: Opened, adjustment: Adjustment, who: str, why: str, now: datetime, folder: Path
) -> Kept:
    """Write all regions as they are drawn now to a new DICOM SEG, with a record beside it.

    Args:
        who: the reader, by name or initials.
        why: in a sentence; may be empty.
        folder: that of `folder_of`, or another where that cannot be written to.

    Raises:
        InputError: nothing was changed, nobody is named, or the folder cannot be written to; the
            adjustment is not lost.
    """
    if not adjustment.steps:
        raise InputError(
            f"{adjustment.seen.scan_id}: nothing was changed; there is nothing to save."
        )
    if not who.strip():
        raise InputError("Who drew it? Expected a name or initials, which the file is to say.")
    path = _new_name(folder, adjustment.seen.scan_id)
    content = BytesIO()
    _segmentation(adjustment, who.strip(), now, path.stem).save_as(content)
    _write_new(path, content.getvalue())
    record = path.with_suffix(".json")
    told = _record(opened, adjustment, who.strip(), why.strip(), now) | {"sha256": sha256(path)}
    text = json.dumps(told, ensure_ascii=False, indent=1, default=_plain)
    _write_new(record, text.encode())
    forget_draft(opened, adjustment.seen.scan_id)
    dicom = opened.study.dicom_dir
    use = (
        f"To measure by it, copy {path.name} to {dicom} and name it as region_file of "
        f"{adjustment.seen.scan_id} in the study's table pet_scan."
    )
    return Kept(path, record, use)


def _new_name(folder: Path, scan_id: str) -> Path:
    for number in range(1, ATTEMPTS):
        path = folder / f"{scan_id}_adjusted_{number}.dcm"
        if not path.exists() and not path.with_suffix(".json").exists():
            return path
    raise InputError(f"{folder}: holds {ATTEMPTS} adjustments of {scan_id}. Clear some away.")


def _write_new(path: Path, content: bytes) -> None:
    """Write a file that is not there yet, whole, or none."""
    whole = path.with_name(f".{path.name}.{SESSION}")
    try:
        write_whole(whole, content)
        try:
            os.link(whole, path)  # fails where another session was quicker; never over a file
        finally:
            whole.unlink(missing_ok=True)
    except FileExistsError:
        raise InputError(f"{path}: another session just wrote it. Save again.") from None
    except OSError as error:
        raise InputError(
            f"{path.parent}: cannot be written to ({error.strerror}); nothing was saved, and the "
            "adjustment is still here. Ask for the right to write there, or give another folder."
        ) from None


def _segmentation(adjustment: Adjustment, who: str, now: datetime, label: str) -> Any:
    segments = [
        Segment(
            region,
            lesion=name not in REFERENCES,
            note=adjustment.history(name)[:LONGEST_NOTE],
            made=how_made(region),
        )
        for name, region in adjustment.regions.items()
        if not region.reason
    ]
    if not segments:
        raise InputError(f"{adjustment.seen.scan_id}: no region is left; there is nothing to save.")
    series = adjustment.seen.require().volume.series
    key = (series.uid, label, SESSION, now.isoformat())
    seg = series_segmentation(
        series,
        segments,
        series_instance_uid=uid_of(*key, "seg series"),
        sop_instance_uid=uid_of(*key, "seg"),
        content_creator_name=who,
        content_description="Adjusted in compendium explore",
    )
    seg.ContentDate, seg.ContentTime = f"{now:%Y%m%d}", f"{now:%H%M%S}"
    return seg


def _record(
    opened: Opened, adjustment: Adjustment, who: str, why: str, now: datetime
) -> dict[str, Any]:
    seen = adjustment.seen
    lost = [f"{name}: {one.reason}" for name, one in adjustment.regions.items() if one.reason]
    return {
        "study": opened.name,
        "scan_id": seen.scan_id,
        "who": who,
        "when": now.isoformat(timespec="seconds"),
        "why": why,
        "filed": seen.scan.row["region_file"],
        "steps": [asdict(step) | {"words": step.words} for step in adjustment.steps],
        "not_written": lost,
        "values": [row for row in adjustment.rows if row["lesion_id"] in adjustment.changed],
        "before": [row for row in seen.extracted.lesions if row["lesion_id"] in adjustment.changed],
    }


def _plain(value: Any) -> Any:
    return None if value is pd.NA else str(value)


@dataclass(frozen=True)
class Draft:
    """An adjustment that was not saved, of this kernel or of another.

    Attributes:
        path: its file.
        began: when its first step was.
        ends: when its last was.
        steps: in their order.
    """

    path: Path
    steps: tuple[Any, ...]

    @property
    def words(self) -> str:
        """What it holds."""
        said = "; ".join(f"{step.region}: {step.words}" for step in self.steps)
        return f"{self.steps[-1].at.replace('T', ' ')}: {said}"


def keep_draft(opened: Opened, adjustment: Adjustment) -> str:
    """Keep the steps, so that a kernel that ends loses none; gives why not where it cannot."""
    path = _draft_of(opened, adjustment.seen.scan_id)
    told = {
        "regions": _identity(adjustment.seen),
        "steps": [asdict(step) for step in adjustment.steps],
    }
    try:
        write_whole(path, json.dumps(told).encode())
    except OSError as error:
        return f"{path.parent}: cannot be written to ({error.strerror}); no draft is kept."
    return ""


def forget_draft(opened: Opened, scan_id: str) -> None:
    """Throw this kernel's draft of a scan away."""
    _draft_of(opened, scan_id).unlink(missing_ok=True)


def drafts(opened: Opened, seen: Seen) -> list[Draft]:
    """The drafts of a scan that other kernels left or still work on, the latest last.

    Raises:
        Refused: one cannot be read, or was begun on other regions than are filed now.
    """
    found = []
    folder = _draft_of(opened, seen.scan_id).parent
    for path in sorted(folder.glob("*.json")):
        if path.stem == SESSION:
            continue
        try:
            told = json.loads(path.read_text(encoding="utf-8"))
            draft = Draft(path, tuple(step_of(one) for one in told["steps"]))
            begun_on = told["regions"]
        except (ValueError, KeyError, TypeError) as error:
            raise Refused(f"{path}: is no draft ({error}). Delete it.") from error
        if begun_on != _identity(seen):
            raise Refused(
                f"{path}: was begun on other regions or another series than are filed now for "
                f"{seen.scan_id}; expected the same. Delete it, and begin anew."
            )
        if draft.steps:
            found.append(draft)
    return sorted(found, key=lambda draft: str(draft.steps[-1].at))


def take_up(opened: Opened, seen: Seen, draft: Draft) -> Adjustment:
    """Go on with a draft: its steps done again on the scan as filed; it is this kernel's now.

    Raises:
        InputError: its steps cannot be done again.
    """
    taken = Adjustment(seen, draft.steps)
    taken.rows  # noqa: B018  # each step is done again before the draft changes hands
    if not keep_draft(opened, taken):
        draft.path.unlink(missing_ok=True)
    return taken


def _draft_of(opened: Opened, scan_id: str) -> Path:
    return folder_of(opened) / DRAFTS / scan_id / f"{SESSION}.json"


def _identity(seen: Seen) -> dict[str, str]:
    """What the steps were taken on: the series, and the content of its region file."""
    name = seen.scan.row["region_file"]
    path = seen.scan.dicom_dir / str(name)
    return {
        "series": seen.require().volume.series.uid,
        "region_file": sha256(path) if name and path.is_file() else "",
    }
