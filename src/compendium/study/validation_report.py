"""A validation as text and as a page for people: causes first, of each kind the first few."""

import html
from collections import Counter
from itertools import groupby

from compendium.study.problems import SHOWN_OF_A_KIND, Problem, by_kind, first_of

HEADINGS = {
    "error": "Errors: to be corrected before the analysis can run",
    "deviation": "Deviations from the protocol: kept, and reported",
    "notice": "Notices: worth a look",
}
ON_THE_PAGE = 100
COLUMNS = ("Place", "Found", "Expected", "What to do")
STYLE = """
body{font:15px/1.5 system-ui,sans-serif;max-width:75rem;margin:2rem auto;padding:0 1rem}
table{border-collapse:collapse;width:100%;margin:.5rem 0 1.5rem}
th,td{text-align:left;vertical-align:top;border-bottom:1px solid #ccc;padding:.35rem .6rem}
th{background:#f2f2f2}.summary{font-size:1.1rem}h3{margin:1rem 0 0}
"""


def counts(problems: list[Problem]) -> str:
    """How many of each kind, in words."""
    found = Counter(problem.severity for problem in problems)
    return ", ".join(
        f"{found[kind]} {kind}{'' if found[kind] == 1 else 's'}"
        for kind in ("error", "deviation", "notice")
    )


def as_text(problems: list[Problem], most: int | None = SHOWN_OF_A_KIND) -> str:
    """The problems by severity, causes first; at most so many of a kind, all where it is None."""
    lines = []
    for severity, heading in HEADINGS.items():
        chosen = [problem for problem in problems if problem.severity == severity]
        if chosen:
            lines += ["", heading]
        for table, kinds in _by_table(chosen):
            lines.append(f"  {table}")
            for kind in kinds:
                shown, more = first_of(kind, most)
                lines += [f"    {line}" for line in (*map(str, shown), more) if line]
    return "\n".join(lines).lstrip("\n")


def as_html(study: str, problems: list[Problem]) -> str:
    """The page. It shows values of the tables, and so stays with the study."""
    parts = [
        "<!doctype html><html lang='en'><head><meta charset='utf-8'>",
        "<meta name='viewport' content='width=device-width'>",
        f"<title>Validation of {html.escape(study)}</title><style>{STYLE}</style></head><body>",
        f"<h1>Validation of {html.escape(study)}</h1>",
        f"<p class='summary'>{counts(problems)}.</p>",
        "<p>This page shows values of the study's tables: keep it with the study.</p>",
    ]
    for severity, heading in HEADINGS.items():
        chosen = [problem for problem in problems if problem.severity == severity]
        if chosen:
            parts.append(f"<h2>{heading}</h2>")
        for table, kinds in _by_table(chosen):
            parts += [f"<h3>{html.escape(table)}</h3>", _html_table(kinds)]
    return "\n".join([*parts, "</body></html>\n"])


def _by_table(problems: list[Problem]) -> list[tuple[str, list[list[Problem]]]]:
    """Kinds in their order, under the table of those that follow each other."""
    grouped = groupby(by_kind(problems), key=lambda kind: kind[0].table or "the study's files")
    return [(table, list(kinds)) for table, kinds in grouped]


def _html_table(kinds: list[list[Problem]]) -> str:
    return "".join(_html_rows(*first_of(kind, ON_THE_PAGE)) for kind in kinds)


def _html_rows(problems: list[Problem], more: str) -> str:
    head = "".join(f"<th scope='col'>{column}</th>" for column in COLUMNS)
    rows = [
        "".join(
            f"<td>{html.escape(cell)}</td>"
            for cell in (problem.place, problem.found, problem.expected, problem.remedy)
        )
        for problem in problems
    ]
    body = "".join(f"<tr>{row}</tr>" for row in rows)
    rest = f"<p>{html.escape(more)}.</p>" if more else ""
    return f"<table><thead><tr>{head}</tr></thead><tbody>{body}</tbody></table>{rest}"
