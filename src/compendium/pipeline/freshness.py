"""Is a result fresh? Answered from what travels with it, by content; never by a file's time."""

from collections.abc import Iterator
from typing import TYPE_CHECKING

from compendium.pipeline.chapters import Chapter, chapter_of
from compendium.pipeline.fingerprint import Present, differences, made_from, present, read_now
from compendium.results.provenance import FORMAT, changed, read_record

if TYPE_CHECKING:
    from compendium.results.reading import Results

SHOWN = 3


def why_stale(chapter: Chapter, now: Present) -> str:
    """Why a notebook has to run for this study, in one line; empty where its result is fresh.

    Raises:
        InputError: a setting of the params file is not right.
    """
    return in_a_line(list(reasons(chapter, now)))


def in_a_line(found: list[str]) -> str:
    """The first of several reasons, and how many more there are."""
    more = f" and {len(found) - SHOWN} more" if len(found) > SHOWN else ""
    return ", ".join(found[:SHOWN]) + more


def reasons(chapter: Chapter, now: Present) -> Iterator[str]:
    """Everything for which a notebook's result is not what it would be now."""
    provenance = read_record(now.results_dir / "provenance" / f"{chapter.name}.json")
    if provenance.get("format") != FORMAT:
        yield "it has not run for this study"
        return
    yield from changed(now.results_dir, chapter.name, provenance, now.remembered.content)
    yield from differences(provenance["made_from"], made_from(chapter.source, now))
    reads = read_record(now.results_dir / "reads" / f"{chapter.name}.json")
    yield from differences(reads, read_now(reads, now))
    for name in reads.get("earlier", ()):
        if (notebook := name.partition("/")[0]) not in chapter.after:
            yield f"it reads a table of {notebook}, which compendium.after in its metadata lacks"
    if undeclared := set(chapter.writes) ^ set(provenance["outputs"]):
        yield f"its metadata declare other files: {', '.join(sorted(undeclared))}"


def stale_chapters(results: "Results") -> list[str]:
    """Each chapter of the results that is not fresh, with the reason."""
    now = present(results.params_file)
    asked = ((run.notebook, why_stale(chapter_of(run.source), now)) for run in results.runs)
    stale = [f"{name}: {why}" for name, why in asked if why]
    now.remembered.save()
    return stale
