"""Reported numbers, tables and figures: written by notebooks, read by the book.

A notebook opens a `Report`, hands it what is to be published, and closes it with `save`. Nothing
is written before that, and then each file whole: a stopped run leaves no half of anything. Only
under the runner is it published; else it is explored, and lies apart.
"""

import html
import json
import os
from collections.abc import Callable, Collection, Mapping, MutableMapping
from dataclasses import asdict, replace
from importlib import import_module
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd
from matplotlib.figure import Figure as Drawing

from compendium import formatting
from compendium.errors import InputError
from compendium.estimates import Estimate
from compendium.external import PublicData
from compendium.figures.style import apply_style, as_svg, stamp_synthetic
from compendium.files import project_root, sha256_of, write_whole
from compendium.notebook_file import read_notebook, running_cell
from compendium.parameters import RULES, from_namespace
from compendium.pipeline import exploring
from compendium.pipeline.contents import StudyContents
from compendium.pipeline.earlier import require_nothing_of_the_study, table_of
from compendium.pipeline.hints import hinted
from compendium.pipeline.roles import with_roles
from compendium.pipeline.seeds import generator
from compendium.pipeline.shown import Shown, display, readable_refusals
from compendium.published import Figure, Number, Part, Table
from compendium.remembered import remembered_in
from compendium.results.compare import by_id, compare_numbers
from compendium.results.record import (
    Output,
    Place,
    entry_of_number,
    output_of_figure,
    output_of_table,
)
from compendium.rules import Rules
from compendium.study import load_study
from compendium.study.reads import Reads
from compendium.version import commit, package_version

Simulation = Callable[..., pd.DataFrame]
UNDRAWN = "COMPENDIUM_UNDRAWN"  # set where figures are left out of what is written


class Report:
    """What one notebook publishes.

    Args:
        notebook: name of the notebook, such as `02_trop2_ihc`.
        namespace: the notebook's `globals()`, of which the parameters are taken.

    Attributes:
        parameters: the chapter's own settings, by name.
        rules: the study-wide limits; those that a chapter asks for are written into its record.

    Raises:
        InputError: a parameter is absent or not possible, or the study cannot be read.
    """

    def __init__(self, notebook: str, namespace: MutableMapping[str, Any]) -> None:
        readable_refusals()
        self.notebook = notebook
        root = project_root()
        self._source = root / "notebooks" / f"{notebook}.ipynb"
        self._taken = exploring.open_on_study(self._source, namespace)
        self.parameters, self.rules, self._departures = from_namespace(self._source, namespace)
        self._base = root / str(self.parameters["results_dir"])
        self.results_dir = exploring.place_of(root, notebook, self._base)
        study_dir = str(self.parameters["study_dir"])
        self._files_known = remembered_in(root)
        self._contents = StudyContents(root / study_dir, self._files_known)
        self._contents.tables()  # before they are read: a change in between is then seen later
        study = load_study(study_dir, Rules(**self.rules.departures))
        self._patients = [str(name) for name in study.tables["patient"]["patient_id"]]
        self.study = study.noting(Reads(self._contents.table, self._contents.image))
        self._earlier: dict[str, str] = {}
        self._commit = commit(root)
        self._notebook = read_notebook(self._source)
        self._public = PublicData(root)
        self._numbers: dict[str, dict[str, Any]] = {}
        self._outputs: list[Output] = []
        self._files: dict[str, bytes] = {}
        self._published = exploring.published_numbers(self._base, notebook)
        apply_style()
        if self.exploring:
            display(self._banner(root))

    @property
    def exploring(self) -> bool:
        """True where nothing of it is published: it then writes apart from what is."""
        return self.results_dir != self._base

    @property
    def _synthetic(self) -> bool:
        return bool(self._contents.identity["synthetic"])

    def _banner(self, root: Path) -> Shown:
        params_file = exploring.params_file_of(root, self._base)
        found = exploring.differing(self._source, params_file, self.parameters, self.rules)
        place = self.results_dir.relative_to(self._base.parent).as_posix()
        taken = exploring.taken_from_study(self._source, self._taken)
        said = exploring.banner(self.study.name, place, found, taken)
        return Shown(*said, of={"kind": "banner"})

    @property
    def public(self) -> PublicData:
        """The public data sets.

        Raises:
            InputError: the notebook's metadata do not say that it tells of them alone.
        """
        if self._notebook.of_public_data:
            return self._public
        raise InputError(
            f"{self._source}: reads public data; expected compendium.data: public in its metadata."
        )

    def rng(self, label: str) -> np.random.Generator:
        """A generator of its own for each named use: adding one does not change the others."""
        return generator(self.notebook, label, int(str(self.parameters["seed"])))

    def simulated(self, label: str, simulation: Simulation, **arguments: Any) -> pd.DataFrame:
        """A table of a simulation, kept from an earlier run of any study where nothing changed.

        Args:
            label: as of `rng`; simulation: a function of the package that takes a generator first.
            arguments: what JSON can hold; `workers` does not count.
        """
        # How it is kept decides no result; so it is no import, by which chapters would hang on it.
        keeping = import_module(".simulations", "compendium.pipeline")
        seed = [self.parameters["seed"], self.notebook, label]
        found: pd.DataFrame = keeping.kept_or_made(
            project_root(), self._files_known, simulation, seed, self.rng(label), arguments
        )
        return found

    def read(self, notebook: str, table: str) -> pd.DataFrame:
        """A table that an earlier notebook wrote from the same data.

        Returns:
            The table; without rows and columns where the study lacks what that notebook needs.

        Raises:
            InputError: this notebook does not come after that one, or that one wrote no such
                table, has not run, ran on other data, or its table was changed since.
        """
        place = self._base
        if self.exploring:
            seed = self.parameters["seed"]
            place = exploring.place_to_read(self._base, notebook, self.rules, seed)
        found = table_of(self._source, place, self._contents, notebook, table)
        read, self._earlier[f"{notebook}/{table}"] = found or (pd.DataFrame(), "")
        return read

    def publish(self, *results: Part | tuple[Part, ...]) -> Shown:
        """Publish what an analysis hands over, and show it.

        Args:
            results: numbers, tables and figures, or results that hold some. Where there are tables
                or figures, these are shown and numbers are only written.

        Raises:
            InputError: an id is taken, or a bare value is not finite.
        """
        parts = [p for one in results for p in (one if isinstance(one, tuple) else (one,))]
        shown = [self._publish(part) for part in parts]
        drawn = [one for one in shown if one.of.get("kind") != "number"]
        *others, last = drawn or shown
        if self.exploring and drawn:  # else a reader would not see which numbers moved
            others = [one for one in shown if one.of.get("moved")] + others
        for one in others:
            display(one)
        return last

    def number(self, number_id: str, found: Estimate | float | str, **said: Any) -> Shown:
        """Publish a number under its id; the rest as of `Number`."""
        return self.publish(Number(number_id, found, **said))

    def table(self, table_id: str, frame: pd.DataFrame, *, rows: str, **said: Any) -> Shown:
        """Publish a table whose rows are of a kind; the rest as of `Table`."""
        return self.publish(Table(table_id, frame, rows=rows, **said))

    def figure(self, figure_id: str, drawing: Drawing, *, marks: str, **said: Any) -> Shown:
        """Publish a figure whose marks are of a kind, as SVG; the rest as of `Figure`."""
        return self.publish(Figure(figure_id, drawing, marks=marks, **said))

    def _publish(self, part: Part) -> Shown:
        cell = running_cell(self._notebook)
        place = Place(cell.id, cell.execution_count)
        if isinstance(part, Number):
            return self._publish_number(part, place)
        if isinstance(part, Table):
            return self._publish_table(part, place)
        return self._publish_figure(part, place, cell.caption)

    def _publish_number(self, number: Number, place: Place) -> Shown:
        self._claim(number.id, self._numbers)
        entry = self._numbers[number.id] = entry_of_number(number, place)
        part = "" if entry["low"] is None else "ci"
        text = f"{entry['label']}: {formatting.reported(entry, part)}"
        of = {"kind": "number", "id": number.id}
        if self.exploring:
            far = exploring.distance(entry, self._published.get(number.id))
            text, of = f"{text} [{far}]", of if far == "as published" else of | {"moved": far}
        return Shown(text, f"<p>{html.escape(text)}</p>", of=of)

    def _publish_table(self, table: Table, place: Place, figure: str = "") -> Shown:
        output = output_of_table(table, place, self._patients, figure)
        self._claim(output.file, self._files)
        self._outputs.append(output)
        rows = table.frame.to_csv(index=False, lineterminator="\n")
        self._files[output.file] = rows.encode()
        of = {"kind": "table", "id": table.id} if table.max_rows else {}
        shown = hinted(table.html(), table.headings if self.exploring else ())
        return Shown(table.text(), shown if table.max_rows else "", of=of)

    def _publish_figure(self, figure: Figure, place: Place, caption: str) -> Shown:
        figure = replace(figure, caption=figure.caption or caption)
        output = output_of_figure(figure, place)
        self._claim(output.file, self._files)
        svg = b"" if os.environ.get(UNDRAWN) else self._draw(figure)
        if svg:
            self._outputs.append(output)
            self._files[output.file] = svg
        data = figure.data_table()
        if data is not None:
            self._publish_table(data, place, figure.id)
        told = self._base, self._numbers, self.rules
        said = with_roles(figure.caption, *told) if self.exploring else ""
        return Shown(figure.alt, "", svg.decode(), said, {"kind": "figure", "id": figure.id})

    def _draw(self, figure: Figure) -> bytes:
        drawing = figure.drawn()
        if self._synthetic and not self._notebook.of_public_data:
            stamp_synthetic(drawing)
        return as_svg(drawing, figure.alt)

    def save(self) -> Shown:
        """Write everything that was published, each file whole; the numbers last.

        Under the environment variable COMPENDIUM_CHECK nothing is written: what would be is held
        against what is there, so that notebooks can be executed again beside their results.

        Raises:
            InputError: under COMPENDIUM_CHECK, a number moved.
        """
        # A rule that is not read here decides nothing here, and changing it makes nothing stale.
        counts = {*self.parameters, *self.rules.read_names}
        rules = {name: v for name, v in self.rules.departures.items() if name in counts}
        record = {
            "notebook": self.notebook,
            "study": self.study.name,
            "synthetic": self._synthetic,
            "parts": self._contents.parts,
            "parameters": self.parameters | {RULES: rules},
            "rules": self.rules.read_values,
            "departures": [one for one in self._departures if one["name"] in counts],
            "package_version": package_version(),
            "commit": self._commit,
            "outputs": {name: sha256_of(data) for name, data in sorted(self._files.items())},
            "published": [asdict(output) for output in self._outputs],
            "numbers": list(self._numbers.values()),
        }
        if self._notebook.of_public_data:
            if not self.exploring:
                require_nothing_of_the_study(self._source, self._base, self._read())
            record["public"] = self._public.parts
        if os.environ.get("COMPENDIUM_CHECK"):
            return self._check(record)
        if self.exploring:
            record[exploring.BESIDE] = exploring.published_as(self._base, self.notebook)
        for name, content in self._files.items():
            write_whole(self.results_dir / name, content)
        self._write_record("reads", self._read())
        self._write_record("numbers", record)
        self._files_known.save()
        place = f"{self.parameters['results_dir']}{f'/explore/{self.notebook}' * self.exploring}"
        written = f"{len(self._numbers)} numbers and {len(self._files)} files written to {place}"
        return Shown(written, of={"kind": "record"})

    def _check(self, record: Mapping[str, Any]) -> Shown:
        path = self.results_dir / "numbers" / f"{self.notebook}.json"
        published = json.loads(path.read_text(encoding="utf-8"))
        moved = compare_numbers(by_id(published), by_id(record)).query("state != 'same'")
        if len(moved):
            raise InputError(f"{path}: numbers moved when the notebook ran again:\n{moved}")
        said = f"{len(self._numbers)} numbers are those of {self.parameters['results_dir']}"
        return Shown(said, of={"kind": "record"})

    def _read(self) -> dict[str, Any]:
        """What this notebook read, each with its hash; it names series, and is never published."""
        return {
            "study": self._contents.identity,
            "tables": dict(sorted(self.study.reads.tables.items())),
            "images": dict(sorted(self.study.reads.images.items())),
            "earlier": dict(sorted(self._earlier.items())),
            "external": dict(sorted(self._public.reads.items())),
            "rules": self.rules.read_values,
        }

    def _write_record(self, kind: str, record: Mapping[str, Any]) -> None:
        text = json.dumps(record, ensure_ascii=False, indent=1, allow_nan=False)
        write_whole(self.results_dir / kind / f"{self.notebook}.json", text.encode())

    def _claim(self, name: str, taken: Collection[str]) -> None:
        if name in taken:
            what = Path(name).stem
            raise InputError(f"{self.notebook}: {what!r} is reported twice; give one another id.")
