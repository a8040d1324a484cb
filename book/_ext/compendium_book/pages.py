"""Pages and parts of pages that are made of the results or of the package, as MyST Markdown.

A page holds ```{generated} NAME``` where the part called NAME belongs; see PARTS.
"""

import html
import json
import re
from collections.abc import Callable, Mapping
from typing import Any

from sphinx.errors import ExtensionError

from compendium import formatting
from compendium.errors import InputError
from compendium.formatting import anchor
from compendium.limits import in_words
from compendium.publish.registry import read_registry, sections_of, traceability
from compendium.publish.reuse import ANALYSIS_RESULTS, columns_file
from compendium.results.record import Output
from compendium.studies import STUDIES
from compendium.tables import COLUMNS, MODELS, chinese_title, key_of
from compendium_book import article, plan
from compendium_book.checklists import checklists
from compendium_book.claims import claims_table
from compendium_book.markdown import pipe_table, plain
from compendium_book.published import Published
from compendium_book.references import references_table
from compendium_book.rules import departing, rules_table

PLACE = re.compile(r"^```\{generated\} +(?P<name>[a-z-]+)[ \t]*\n```[ \t]*$", re.MULTILINE)


def filled(text: str, published: Published) -> str:
    """The page with every generated part in its place."""
    return PLACE.sub(lambda found: PARTS[found["name"]](published), text)


def cell_link(notebook: str, cell: int | None) -> str:
    """A link to a cell of a chapter."""
    return f"{{ref}}`cell\u00a0{cell} <{notebook}-cell-{cell}>`" if cell else "–"


def run_facts(record: Mapping[str, Any]) -> list[tuple[str, str]]:
    """What a notebook's run was made of, as pairs for a table."""
    made_of = record["fingerprint"]
    return [
        ("study", record["study"] + (" (SYNTHETIC)" if record["synthetic"] else "")),
        ("data fingerprint", made_of["data"]),
        ("notebook fingerprint", made_of["notebook"]),
        ("package", f"{record['package_version']}, fingerprint of what it uses {made_of['code']}"),
        ("environment lock fingerprint", made_of["lock"] or "–"),
        ("commit", record["commit"] or "not recorded"),
        *((f"`{name}`", f"`{json.dumps(value)}`") for name, value in record["parameters"].items()),
        *(
            (f"`{one['name']}`, departs", f"registered {in_words(one['registered'])}")
            for one in record["departures"]
        ),
    ]


def numbers(published: Published) -> str:
    """Every reported number with its provenance, by chapter."""
    parts = []
    for notebook, record in published.runs.items():
        own = [entry for entry in published.numbers.values() if entry["notebook"] == notebook]
        parts.append(f"(numbers-{notebook})=\n## {published.titles[notebook]}\n")
        parts.append(_numbers_table(own) if own else "This chapter reports no single number.")
        tables = [t for t in published.tables.values() if t.notebook == notebook]
        if tables:
            parts.append("**Tables.** Every value of a table was made in the cell named here.\n")
            parts.append(
                pipe_table(
                    ("Table", "A row is", "Made in", "All rows"),
                    (
                        (
                            f"[{plain(_first_sentence(t.caption))}]"
                            f"{{#{anchor('listed', t.output.id)}}}<br>`{t.output.id}`",
                            f"a {t.output.rows}",
                            cell_link(notebook, t.output.execution_count),
                            file_link(t.output.file, published),
                        )
                        for t in tables
                    ),
                )
            )
        parts.append("**Made of.** Parameters are those in effect.\n")
        parts.append(pipe_table(("What", "Value"), run_facts(record)))
    return "\n\n".join(parts)


def _first_sentence(caption: str) -> str:
    """A caption up to its first full stop: the name of what it stands over."""
    return re.split(r"(?<=[a-z0-9)])\.(?:\s|$)", caption, maxsplit=1)[0]


def _numbers_table(entries: list[dict[str, Any]]) -> str:
    return pipe_table(
        ("Number", "Value", "Interval", "n", "p", "Method", "Made in"),
        (
            (
                f"[{plain(entry['label'])}]{{#{anchor('num', entry['id'])}}}<br>`{entry['id']}`",
                formatting.reported(entry),
                _interval(entry),
                formatting.reported(entry, "n"),
                formatting.both_p(entry),
                plain(entry["method"]) or "as counted or given",
                cell_link(entry["notebook"], entry["execution_count"]),
            )
            for entry in entries
        ),
    )


def _interval(entry: Mapping[str, Any]) -> str:
    if entry["low"] is None and entry["high"] is None:
        return formatting.DASH
    return f"{formatting.interval(entry)} ({entry['level']:.0%})"


def file_link(name: str, published: Published) -> str:
    """A link to a file of the downloads, or why there is none."""
    if name in published.settings["files"]:
        return f'<a href="files/{name}" download>{html.escape(name.split("/")[-1])}</a>'
    if name in published.settings["withheld"]:
        return "patient-level; not published"
    return formatting.DASH


def data_dictionary(published: Published) -> str:
    """Every table and column of a study, from the models that validate it."""
    parts = []
    for name, model in MODELS.items():
        key = ", ".join(f"`{column}`" for column in key_of(model)) or "–"
        parts.append(f"(table-{name})=\n## {name}\n")
        said = formatting.isotopes((model.__doc__ or "").splitlines()[0])
        parts.append(f"{said}\n")
        parts.append(f'<span lang="zh">{chinese_title(model)}</span> Key: {key}.\n')
        parts.append(
            pipe_table(
                ("Column", "Meaning", "Values", "Empty means"),
                (
                    (
                        f"`{column.name}`",
                        _meaning(column),
                        plain(column.expected()),
                        plain(formatting.isotopes(column.missing)) or "never empty",
                    )
                    for column in COLUMNS[name].values()
                ),
            )
        )
    return "\n\n".join(parts)


def _meaning(column: Any) -> str:
    """What a column holds, in both languages, and whether it is ever published."""
    english, chinese = map(formatting.isotopes, (column.description, column.zh))
    return f'{plain(english)}<br><span lang="zh">{chinese}</span>{_handling(column)}'


def _handling(column: Any) -> str:
    if column.identifies:
        return "<br>**Identifies a person; never published.**"
    return "<br>**Free text; never published.**" if column.free_text else ""


def study_card(published: Published) -> str:
    """What this book was made from."""
    runs = list(published.runs.values())
    rows = [
        ("Study folder", f"`{published.settings['study']}`"),
        ("Data", published.settings["mark_meaning"] or "of patients, under pseudonyms"),
        ("Fingerprint of its tables", published.settings["tables"]),
        ("Package", ", ".join(sorted({run["package_version"] for run in runs}))),
        ("Commit", ", ".join(sorted({run["commit"] or "not recorded" for run in runs}))),
        ("Chapters run", str(len(runs))),
        ("Reported numbers", f"{len(published.numbers)}, {{doc}}`each traced </numbers>`"),
        ("Other than registered", departing(published)),
    ]
    return pipe_table(("This copy", "Value"), rows)


def registry(published: Published) -> str:
    """Registered items and where they are answered, by registry record.

    Raises:
        ExtensionError: an item has no answer, or an answer no item, section or number.
    """
    sections = sections_of(published.srcdir / "notebooks")
    try:
        declared = read_registry(published.settings["parts"], sections, published.numbers)
        mapping = traceability(declared, sections, published.numbers)
    except InputError as error:
        raise ExtensionError(str(error).replace("\n", "; ")) from None
    studies = {study.record: study for study in STUDIES.values()}
    parts = []
    for record, answers in mapping.groupby("record", sort=False):
        rows = [
            (
                f"{row['item']}, {row['kind']}",
                plain(row["text"]),
                f"{{ref}}`{row['section']}`" if row["section"] else "not by these data",
                "<br>".join(_named(number, published) for number in row["numbers"]) or "–",
            )
            for row in answers.to_dict("records")
        ]
        parts.append(f"(registry-{str(record).lower()})=\n## {record}\n")
        study = studies[str(record)]
        parts.append(f"*{plain(study.title)}.*\n")
        facts = [*study.facts, ("Participants planned", str(study.planned))]
        parts.append(pipe_table(("The record says of", "What"), [(a, plain(b)) for a, b in facts]))
        parts.append(pipe_table(("Item", "Registered", "Answered in", "Reported"), rows))
    return "\n\n".join(parts)


def _named(number: str, published: Published) -> str:
    return f"{plain(published.numbers[number]['label'])}: {{num}}`{number}`"


def downloads(published: Published) -> str:
    """Files of each chapter and of the whole."""
    parts = []
    for notebook, record in published.runs.items():
        parts.append(f"## {published.titles[notebook]}\n")
        rows = [
            ("Notebook, without outputs", file_link(f"notebooks/{notebook}.ipynb", published)),
            ("Notebook, as executed", file_link(f"executed/{notebook}.ipynb", published)),
            ("Numbers", file_link(f"numbers/{notebook}.json", published)),
        ]
        outputs = sorted(map(Output.read, record["published"]), key=lambda output: output.file)
        rows += [(_what(output), _file_with_columns(output, published)) for output in outputs]
        parts.append(pipe_table(("What", "File"), rows))
    parts.append("## The whole: numbers, environment and settings\n")
    rows = [
        ("Every number, one row a statistic", file_link(ANALYSIS_RESULTS, published)),
        ("Every package, pinned with hashes", file_link("requirements.lock", published)),
        ("Parameters of this study", file_link("params.yml", published)),
    ]
    parts.append(pipe_table(("What", "File"), rows))
    return "\n\n".join(parts)


def _file_with_columns(output: Output, published: Published) -> str:
    """A link to a file and, of a table, to the meaning of its columns."""
    link = file_link(output.file, published)
    meant = columns_file(output)
    if output.kind == "figure" or meant not in published.settings["files"]:
        return link
    return f'{link} (<a href="files/{meant}" download>columns</a>)'


def _what(output: Output) -> str:
    """What a file of the results is, by the words that its notebook gave to it."""
    if output.kind == "figure":
        return f"**Figure.** {plain(output.alt)}"
    start = "*Table.*" if output.figure else "**Table.**"
    return f"{start} {plain(output.caption)}"


PARTS: dict[str, Callable[[Published], str]] = {
    "numbers": numbers,
    "rules": rules_table,
    "claims": lambda published: claims_table(published.srcdir),
    "references-seen": lambda published: references_table(published.srcdir),
    "data-dictionary": data_dictionary,
    "study-card": study_card,
    "registry": registry,
    "downloads": downloads,
    "plan-version": plan.version,
    "plan-families": plan.planned_families,
    "families": plan.families,
    "byline": article.byline,
    "title-zh": article.title_zh,
    "simulated": lambda published: article.simulated(published, "en"),
    "simulated-zh": lambda published: article.simulated(published, "zh"),
    "setting": article.setting,
    "estimates": article.estimates,
    "statements": article.statements,
    "departures-plan": plan.from_the_record,
    "departures-numbers": plan.numbers_expected,
    "departures-rules": plan.rules_otherwise,
    "departures-unanswered": plan.unanswered,
    "checklists": lambda published: checklists(published.srcdir / "checklists"),
}
