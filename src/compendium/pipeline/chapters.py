"""The project's notebooks in the order in which they can run, by what each says in its metadata."""

from collections.abc import Mapping
from dataclasses import dataclass, replace
from graphlib import CycleError, TopologicalSorter
from pathlib import Path

from compendium.errors import InputError
from compendium.notebook_file import chapter_files, read_notebook

FIGURES = "figures/"


@dataclass(frozen=True)
class Chapter:
    """A notebook and its contract.

    Attributes:
        name: the file's name without its ending.
        source: the notebook in notebooks/.
        after: notebooks of which it reads tables.
        writes: the files that it writes, from the results folder.
        needs: parts that a study must hold for it to run.
    """

    name: str
    source: Path
    after: tuple[str, ...]
    writes: tuple[str, ...]
    needs: frozenset[str] = frozenset()

    @property
    def undrawn(self) -> "Chapter":
        """The same where figures are not drawn; the data behind them are written all the same."""
        return replace(self, writes=tuple(n for n in self.writes if not n.startswith(FIGURES)))


def chapter_of(notebook: Path) -> Chapter:
    """A notebook's contract.

    Raises:
        InputError: there is no such notebook, or its metadata lack a part of it.
    """
    read = read_notebook(notebook)
    contract = read.contract
    for key in ("after", "writes"):
        if not isinstance(contract.get(key), list):
            raise InputError(
                f"{notebook}: its metadata lack compendium.{key}, the list of "
                f"{'earlier notebooks' if key == 'after' else 'files that it writes'}."
            )
    after, writes = tuple(contract["after"]), tuple(contract["writes"])
    return Chapter(notebook.stem, notebook, after, writes, read.needs)


def all_chapters(root: Path) -> dict[str, Chapter]:
    """Every chapter of the project by name, each behind those that it comes after.

    Raises:
        InputError: a notebook comes after one that is not there, or some come after each other.
    """
    found = {path.stem: chapter_of(path) for path in chapter_files(root / "notebooks")}
    for chapter in found.values():
        for earlier in chapter.after:
            if earlier not in found:
                raise InputError(
                    f"{chapter.source}: comes after {earlier!r} by its metadata; there is no such "
                    f"notebook. Known: {', '.join(found)}."
                )
    return {name: found[name] for name in _ordered(found)}


def _ordered(found: Mapping[str, Chapter]) -> list[str]:
    """Names as they are sorted, but each behind those that it needs."""
    sorter = TopologicalSorter({name: chapter.after for name, chapter in found.items()})
    try:
        sorter.prepare()
    except CycleError as error:
        circle = " after ".join(reversed(error.args[1]))
        raise InputError(
            f"notebooks: {circle}: no order fits. Take one of them out of compendium.after in the "
            f"metadata of another."
        ) from None
    ready: list[str] = []
    ordered: list[str] = []
    while sorter.is_active():
        ready = sorted([*ready, *sorter.get_ready()])
        ordered.append(ready.pop(0))
        sorter.done(ordered[-1])
    return ordered
