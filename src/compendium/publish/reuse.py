"""Results for other tools and for those who check them: a tidy table of statistics, a manifest."""

import csv
import io
from collections.abc import Iterator
from pathlib import Path

import yaml

from compendium import formatting
from compendium.publish.editions import SYNTHETIC
from compendium.results.reading import Results
from compendium.results.record import Output

ANALYSIS_RESULTS = "analysis_results.csv"
CODECHECK = "codecheck.yml"
# Statistics of a number, one row each; in the words of CDISC's analysis results standard.
STATISTICS = {
    "value": "estimate",
    "low": "lower confidence limit",
    "high": "upper confidence limit",
    "p": "p value",
    "n": "number analysed",
    "events": "number of events",
}
INTERVAL = ("low", "high")
COLUMNS = ("analysis_id", "analysis", "statistic", "value", "unit", "confidence_level", "method",
           "reason", "notebook", "cell", "data")  # fmt: skip
SPECIFICATION = "https://codecheck.org.uk/spec/config/1.0/"


def analysis_results(results: Results) -> str:
    """Every reported number as a table with a row a statistic, CSV.

    As in CDISC's Analysis Results Standard the analysis, the statistic's name and its value stand
    apart. A number that was refused has one row, with its reason and no value.
    """
    text = io.StringIO()
    rows = csv.DictWriter(text, COLUMNS, lineterminator="\n")
    rows.writeheader()
    rows.writerows(_rows(results))
    return text.getvalue()


def _rows(results: Results) -> Iterator[dict[str, object]]:
    data = SYNTHETIC.mark if results.synthetic else "patients"
    for run in results.runs:
        for number in run.record["numbers"]:
            every = {
                "analysis_id": number["id"],
                "analysis": number["label"],
                "method": number["method"],
                "reason": number["reason"],
                "notebook": run.notebook,
                "cell": number["cell_id"],
                "data": data,
            }
            for field, name in STATISTICS.items():
                if number[field] is not None or (field == "value" and number["reason"]):
                    measured = field in ("value", *INTERVAL)
                    yield every | {
                        "statistic": name,
                        "value": number[field],
                        "unit": number["unit"] if measured else "",
                        "confidence_level": number["level"] if field in INTERVAL else "",
                    }


def columns_file(output: Output) -> str:
    """The file, beside a table's, that says what its columns mean."""
    return f"{output.file.removesuffix('.csv')}.columns.csv"


def columns_meant(output: Output, folder: Path) -> str:
    """What each column of a table's file means, one a row, CSV.

    Args:
        folder: of the results.
    """
    text = io.StringIO()
    rows = csv.DictWriter(
        text, ("column", "meaning", "holds", "shown_in_book"), lineterminator="\n"
    )
    rows.writeheader()
    for column in map(str, output.frame(folder)):
        holds = "text" if column in output.texts else "number"
        rows.writerow(
            {
                "column": column,
                "meaning": output.headings.get(column) or formatting.heading(column),
                "holds": "number of people" if column in output.people else holds,
                "shown_in_book": "yes" if column in output.headings else "no",
            }
        )
    return text.getvalue()


def codecheck(results: Results, title: str, authors: list[str]) -> str:
    """A manifest of the outputs that a codechecker reproduces, with what each shows.

    Source: the configuration of CODECHECK, version 1.0 (SPECIFICATION).
    """
    manifest = [
        {"file": f"results/{output.file}", "comment": f"{output.caption} ({run.notebook})"}
        for run in results.runs
        for output in run.published
        if results.synthetic or not output.withheld
    ]
    manifest += [
        {
            "file": f"results/numbers/{run.notebook}.json",
            "comment": f"Every number that {run.notebook} reports",
        }
        for run in results.runs
    ]
    manifest.append({"file": f"results/{ANALYSIS_RESULTS}", "comment": "All of them in one table"})
    paper = {"title": title, "authors": [{"name": name} for name in authors]}
    told = {"version": SPECIFICATION, "paper": paper, "manifest": manifest}
    return yaml.safe_dump(told, allow_unicode=True, sort_keys=False, width=100)
