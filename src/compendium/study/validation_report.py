"""A validation as a page for people: all problems grouped by table, in one file without links."""

import html
from collections import Counter
from itertools import groupby

from compendium.study.problems import Problem

HEADINGS = {
    "error": "Errors: to be corrected before the analysis can run",
    "deviation": "Deviations from the protocol: kept, and reported",
    "notice": "Notices: worth a look",
}
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


def as_text(problems: list[Problem]) -> str:
    """All problems, grouped by severity and table."""
    lines = []
    for severity, heading in HEADINGS.items():
        chosen = [problem for problem in problems if problem.severity == severity]
        if chosen:
            lines += ["", heading]
        for table, rows in _by_table(chosen):
            lines.append(f"  {table}")
            lines += [f"    {problem}" for problem in rows]
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
        for table, rows in _by_table(chosen):
            parts += [f"<h3>{html.escape(table)}</h3>", _html_table(rows)]
    return "\n".join([*parts, "</body></html>\n"])


def _by_table(problems: list[Problem]) -> list[tuple[str, list[Problem]]]:
    ordered = sorted(problems, key=lambda problem: (problem.table, problem.file, problem.row or 0))
    grouped = groupby(ordered, key=lambda problem: problem.table or "the study's files")
    return [(table, list(rows)) for table, rows in grouped]


def _html_table(problems: list[Problem]) -> str:
    head = "".join(f"<th scope='col'>{column}</th>" for column in COLUMNS)
    rows = [
        "".join(
            f"<td>{html.escape(cell)}</td>"
            for cell in (problem.place, problem.found, problem.expected, problem.remedy)
        )
        for problem in problems
    ]
    body = "".join(f"<tr>{row}</tr>" for row in rows)
    return f"<table><thead><tr>{head}</tr></thead><tbody>{body}</tbody></table>"
