"""What runs note of themselves: read back, and held against what they left."""

import json
from collections.abc import Callable, Iterator, Mapping
from pathlib import Path
from typing import Any

from compendium.files import sha256

FORMAT = 1  # of the records that say what something was made from


def read_record(path: Path) -> dict[str, Any]:
    """A record that a run left; empty where there is none, or no longer a whole one."""
    try:
        record = json.loads(path.read_text(encoding="utf-8"))
    except (OSError, ValueError):
        return {}
    return record if isinstance(record, dict) else {}


def changed(
    folder: Path,
    name: str,
    provenance: Mapping[str, Any],
    hash_of: Callable[[Path], str] = sha256,
) -> Iterator[str]:
    """What differs from what a notebook left.

    Args:
        folder: the study's results.
        name: the notebook.
        provenance: its provenance/<notebook>.json.
        hash_of: SHA-256 of a file.
    """
    left = {
        f"notebooks/{name}.ipynb": provenance["executed_sha256"],
        f"reads/{name}.json": provenance["reads_sha256"],
        **provenance["outputs"],
    }
    for file, held in left.items():
        if not (folder / file).is_file():
            yield f"{file} is gone"
        elif hash_of(folder / file) != held:
            yield f"{file} was changed since the notebook wrote it"


def sweep_files(results_dir: Path) -> list[Path]:
    """The records and numbers of a study's sweeps, in the order of their names."""
    found = sorted((results_dir / "sweeps").glob("*/sweep.json"))
    return [path for one in found for path in (one, one.with_name("numbers.csv"))]
