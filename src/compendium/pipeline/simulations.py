"""Simulations that are made once for a release: kept by what they are made from.

A simulation rests on the package's code, its arguments and its seed, never on a study. What one
study's book has simulated, another's takes; changed code, another argument or another environment
makes it anew. `make bundle` packs what the release has simulated, so that a hospital's first book
need not do so. A table is named by what it is made from and by its own content: one that was
changed or cut short is not taken.
"""

import io
import json
from collections.abc import Callable, Mapping, Sequence
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd

from compendium.files import write_whole
from compendium.pipeline.code import Code, of_text
from compendium.remembered import Remembered, digest

NO_ARGUMENT = ("workers",)  # results do not depend on it
KEPT = 40  # files; the oldest go
KEPT_IN, SHIPPED_IN = ".compendium/simulations", "simulations"  # in the project's folder

Simulation = Callable[..., pd.DataFrame]


def kept_or_made(
    root: Path,
    remembered: Remembered,
    simulation: Simulation,
    seed: object,
    rng: np.random.Generator,
    arguments: Mapping[str, Any],
) -> pd.DataFrame:
    """The table that a simulation returns, from where it is kept or made and kept.

    Args:
        root: the project's folder, with the tables that were kept here and that came with it.
        remembered: what is known of files.
        simulation: a function of the package that takes a generator and the arguments.
        seed: what the generator was made of.
        arguments: what JSON can hold.
    """
    folder, key = root / KEPT_IN, _key(root, remembered, simulation, seed, arguments)
    content = _kept((folder, root / SHIPPED_IN), key)
    if content is None:
        made = simulation(rng, **arguments)
        content = made.to_csv(index=False, lineterminator="\n").encode()
        write_whole(folder / f"{key}-{digest([content])}.csv", content)
        _forget_oldest(folder)
    # A truth may be called null; an empty cell alone is no value.
    return pd.read_csv(
        io.BytesIO(content), float_precision="round_trip", keep_default_na=False, na_values=[""]
    )


def _kept(folders: Sequence[Path], key: str) -> bytes | None:
    """The table of this key, if there is one that is as it was written."""
    for path in (path for folder in folders for path in sorted(folder.glob(f"{key}-*.csv"))):
        content = path.read_bytes()
        if path.stem == f"{key}-{digest([content])}":
            return content
    return None


def _key(
    root: Path,
    remembered: Remembered,
    simulation: Simulation,
    seed: object,
    arguments: Mapping[str, Any],
) -> str:
    code = Code(root, remembered)
    lock = root / "requirements.lock"
    made_from = {
        "simulation": f"{simulation.__module__}.{simulation.__qualname__}",
        "code": code.hashes(code.reached([simulation.__module__])),
        "lock": of_text(lock) if lock.is_file() else "",
        "seed": seed,
        "arguments": {name: v for name, v in arguments.items() if name not in NO_ARGUMENT},
    }
    return digest([json.dumps(made_from, sort_keys=True).encode()])


def _forget_oldest(folder: Path) -> None:
    kept = sorted(folder.glob("*.csv"), key=lambda path: path.stat().st_mtime)
    for path in kept[:-KEPT]:
        path.unlink(missing_ok=True)
