"""Reported numbers, tables and figures: written by notebooks, read by the book.

A notebook opens a `Report`, hands it what is to be published, and closes it with `save`. Nothing
is written before that, and then each file whole: a stopped run leaves no half of anything.
"""

import hashlib
import html
import io
import json
import math
import os
import re
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd
from matplotlib.figure import Figure

from compendium import fingerprint, formatting
from compendium.errors import InputError
from compendium.estimates import Estimate
from compendium.figures.style import apply_style, stamp_synthetic
from compendium.files import project_root, write_whole
from compendium.parameters import Parameter, Value, checked, declared_parameters
from compendium.results.compare import by_id, compare_numbers
from compendium.study import load_study
from compendium.table_html import html_table

ID = re.compile(r"[a-z][a-z0-9_]*")


@dataclass(frozen=True)
class Shown:
    """What a notebook's cell displays; the same in JupyterLab and in the book."""

    text: str
    html: str = ""
    svg: str = ""

    def _repr_mimebundle_(self, include: object = None, exclude: object = None) -> dict[str, str]:
        bundle = {"text/plain": self.text, "text/html": self.html, "image/svg+xml": self.svg}
        return {mime: content for mime, content in bundle.items() if content}


class Report:
    """What one notebook publishes.

    Args:
        notebook: name of the notebook, such as `02_trop2_ihc`.
        namespace: the notebook's `globals()`, of which the parameters are taken.

    Raises:
        InputError: a parameter is absent or of another type, or the study cannot be read.
    """

    def __init__(self, notebook: str, namespace: Mapping[str, Any]) -> None:
        self.notebook = notebook
        root = project_root()
        source = root / "notebooks" / f"{notebook}.ipynb"
        self.parameters = _effective(source, namespace)
        self.results_dir = root / str(self.parameters["results_dir"])
        self.study = load_study(str(self.parameters["study_dir"]))
        self._fingerprint = fingerprint.of_run(
            source, self.parameters, self.study.path, root / "requirements.lock"
        )
        self._commit = fingerprint.commit(root)
        self._numbers: dict[str, dict[str, Any]] = {}
        self._files: dict[str, bytes] = {}
        apply_style()

    def rng(self, label: str) -> np.random.Generator:
        """A generator of its own for each named use: adding one does not change the others."""
        words = f"{self.notebook}/{label}".encode()
        key = int.from_bytes(hashlib.sha256(words).digest()[:8], "big")
        return np.random.default_rng([int(str(self.parameters["seed"])), key])

    def read(self, notebook: str, table: str) -> pd.DataFrame:
        """A table that an earlier notebook wrote from the same data.

        Raises:
            InputError: that notebook has not run, ran on other data, or wrote no such table.
        """
        numbers = self.results_dir / "numbers" / f"{notebook}.json"
        path = self.results_dir / "tables" / f"{table}.csv"
        if not numbers.is_file():
            raise InputError(
                f"{numbers}: notebook {notebook} has not run for this study. "
                f"Run it first, or `make results`."
            )
        record = json.loads(numbers.read_text(encoding="utf-8"))
        name = f"tables/{table}.csv"
        if name not in record["outputs"] or not path.is_file():
            raise InputError(
                f"{path}: notebook {notebook} wrote no table {table!r}. It wrote "
                f"{', '.join(record['outputs'])}."
            )
        content = path.read_bytes()
        if _sha256(content) != record["outputs"][name]:
            raise InputError(
                f"{path}: was changed after notebook {notebook} wrote it. Run that notebook again."
            )
        if record["study"] != self.study.name or record["tables_fingerprint"] != self._tables():
            raise InputError(
                f"{path}: notebook {notebook} ran on other data than are now in "
                f"{self.study.path}. Run it again."
            )
        return pd.read_csv(io.BytesIO(content), keep_default_na=True)

    def number(
        self,
        number_id: str,
        found: Estimate | float | str,
        *,
        format: str = ".2f",
        unit: str = "",
        n: int | None = None,
        method: str = "",
        label: str = "",
    ) -> Shown:
        """Publish a number under its id.

        Args:
            number_id: lower-case words joined by `_`, one in the whole book.
            found: an Estimate, or a bare count, measure or word.
            format: Python format spec of the value, or `p`.
            unit, n, method: for a bare value; an Estimate brings its own.
            label: what it is, in the words of a table's row.

        Raises:
            InputError: the id is malformed or taken, or a bare value is not finite.
        """
        self._claim(number_id, self._numbers)
        value = found.estimate if isinstance(found, Estimate) else found
        if not isinstance(found, Estimate):
            found = _bare(number_id, found)
        entry = {
            "id": number_id,
            "label": label or re.sub("^n ", "number: ", number_id.replace("_", " ")),
            "value": _plain(value),
            "low": _plain(found.low),
            "high": _plain(found.high),
            "unit": unit or found.unit,
            "n": _plain(found.n if n is None else n),
            "events": _plain(found.events),
            "p": _plain(found.p),
            "level": found.level,
            "method": method or found.method,
            "reason": found.reason,
            "format": format,
            "execution_count": _execution_count(),
        }
        self._numbers[number_id] = entry
        part = "" if entry["low"] is None else "ci"
        text = f"{entry['label']}: {formatting.reported(entry, part)}"
        return Shown(text, f"<p>{html.escape(text)}</p>")

    def table(
        self,
        table_id: str,
        frame: pd.DataFrame,
        *,
        caption: str = "",
        formats: Mapping[str, str] | None = None,
        columns: Mapping[str, str] | None = None,
        max_rows: int = 40,
    ) -> Shown:
        """Publish a table: all of it as CSV, and its first rows formatted.

        Args:
            table_id: as of a number.
            frame: a row an observation; its index is not kept.
            caption: one sentence.
            formats: Python format spec (or `p`) by column; other floats have at most two decimals.
            columns: headings with units by column, and the order; all columns where not given.
                Codes are spelt out in what is shown, never in the CSV.
            max_rows: rows shown; the CSV has all.
        """
        self._claim(table_id, self._files_of("tables"))
        self._files[f"tables/{table_id}.csv"] = frame.to_csv(
            index=False, lineterminator="\n"
        ).encode()
        columns = columns or {name: str(name) for name in frame.columns}
        headings = {name: formatting.heading(shown) for name, shown in columns.items()}
        shown = html_table(frame.head(max_rows), caption, formats or {}, headings)
        if len(frame) > max_rows:
            shown += (
                f"<p>{max_rows} of {len(frame)} rows; all are in <code>{table_id}.csv</code>.</p>"
            )
        return Shown(frame[list(headings)].head(max_rows).to_string(index=False), shown)

    def figure(
        self, figure_id: str, figure: Figure, *, alt: str, data: pd.DataFrame | None = None
    ) -> Shown:
        """Publish a figure as SVG, with the data behind it as CSV.

        Args:
            figure_id: as of a number.
            figure: a matplotlib figure; it is marked where the study is synthetic.
            alt: what it shows, for who cannot see it.
            data: the rows that the figure draws.
        """
        self._claim(figure_id, self._files_of("figures"))
        if self.study.synthetic:
            stamp_synthetic(figure)
        drawn = io.BytesIO()
        figure.savefig(drawn, format="svg", metadata={"Date": None, "Title": alt})
        svg = drawn.getvalue()
        self._files[f"figures/{figure_id}.svg"] = svg
        if data is not None:
            rows = data.to_csv(index=False, lineterminator="\n").encode()
            self._files[f"tables/fig_{figure_id}.csv"] = rows
        return Shown(alt, svg=svg.decode())

    def save(self) -> Shown:
        """Write everything that was published, each file whole; the numbers last.

        Under the environment variable COMPENDIUM_CHECK nothing is written: what would be is held
        against what is there, so that notebooks can be executed again beside their results.

        Raises:
            InputError: under COMPENDIUM_CHECK, a number moved.
        """
        record = {
            "notebook": self.notebook,
            "study": self.study.name,
            "synthetic": self.study.synthetic,
            "parameters": self.parameters,
            "fingerprint": self._fingerprint,
            "tables_fingerprint": self._tables(),
            "package_version": fingerprint.package_version(),
            "commit": self._commit,
            "outputs": {name: _sha256(data) for name, data in sorted(self._files.items())},
            "numbers": list(self._numbers.values()),
        }
        if os.environ.get("COMPENDIUM_CHECK"):
            return self._check(record)
        for name, content in self._files.items():
            write_whole(self.results_dir / name, content)
        text = json.dumps(record, ensure_ascii=False, indent=1, allow_nan=False)
        write_whole(self.results_dir / "numbers" / f"{self.notebook}.json", text.encode())
        return Shown(
            f"{len(self._numbers)} numbers and {len(self._files)} files written to "
            f"{self.parameters['results_dir']}"
        )

    def _check(self, record: Mapping[str, Any]) -> Shown:
        path = self.results_dir / "numbers" / f"{self.notebook}.json"
        published = json.loads(path.read_text(encoding="utf-8"))
        moved = compare_numbers(by_id(published), by_id(record)).query("state != 'same'")
        if len(moved):
            raise InputError(f"{path}: numbers moved when the notebook ran again:\n{moved}")
        return Shown(f"{len(self._numbers)} numbers are those of {self.parameters['results_dir']}")

    def _tables(self) -> str:
        return fingerprint.of_study(self.study.path, images=False)

    def _files_of(self, folder: str) -> set[str]:
        return {Path(name).stem for name in self._files if name.startswith(folder)}

    def _claim(self, name: str, taken: Mapping[str, object] | set[str]) -> None:
        if not ID.fullmatch(name):
            raise InputError(
                f"{self.notebook}: {name!r} is no id; expected lower-case words joined by `_`."
            )
        if name in taken:
            raise InputError(f"{self.notebook}: {name!r} is reported twice; give one another id.")


def _effective(source: Path, namespace: Mapping[str, Any]) -> dict[str, Value]:
    declared: dict[str, Parameter] = declared_parameters(source)
    missing = [name for name in declared if name not in namespace]
    if missing:
        raise InputError(
            f"{source}: the parameters {', '.join(missing)} have no value. Run the "
            f"parameters cell first."
        )
    return {name: checked(str(source), declared[name], namespace[name]) for name in declared}


def _bare(number_id: str, value: float | str) -> Estimate:
    if not isinstance(value, str) and not math.isfinite(value):
        raise InputError(
            f"{number_id}: {value} is not a number. Report an Estimate that says why it is not "
            f"estimable."
        )
    return Estimate(estimate=math.nan)


def _plain(value: Any) -> Any:
    """A value as JSON has it: no numpy types; nan is null, infinities are words."""
    if isinstance(value, np.generic):
        value = value.item()
    if isinstance(value, float) and not math.isfinite(value):
        return None if math.isnan(value) else ("inf" if value > 0 else "-inf")
    return value


def _execution_count() -> int | None:
    try:
        from IPython import get_ipython
    except ImportError:
        return None
    shell = get_ipython()
    # `In` already holds the cell that runs; the shell's own counter may have moved on.
    return None if shell is None else len(shell.user_ns["In"]) - 1


def _sha256(content: bytes) -> str:
    return hashlib.sha256(content).hexdigest()
