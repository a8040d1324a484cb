"""What the provenance cards show, as a script: a page opened from disk cannot fetch."""

import json
from typing import Any

from compendium import formatting
from compendium_book.published import Published


def script(published: Published) -> str:
    """A JavaScript file that sets `window.COMPENDIUM`."""
    data = {
        "numbers": {number_id: _number(entry) for number_id, entry in published.numbers.items()},
        "tables": {
            table_id: {"run": table.notebook, "cell": table.output.execution_count}
            for table_id, table in published.tables.items()
        },
        "runs": {
            name: _run(record, published.titles[name]) for name, record in published.runs.items()
        },
    }
    return f"window.COMPENDIUM = {json.dumps(data, ensure_ascii=False, allow_nan=False)};\n"


def _number(entry: dict[str, Any]) -> dict[str, Any]:
    return {
        "label": entry["label"],
        "value": formatting.reported(entry),
        "interval": "" if entry["low"] is None else formatting.interval(entry),
        "level": f"{entry['level']:.0%}",
        "n": entry["n"],
        "events": entry["events"],
        "p": "" if entry["p"] is None else formatting.both_p(entry),
        "method": entry["method"],
        "run": entry["notebook"],
        "cell": entry["execution_count"],
    }


def _run(record: dict[str, Any], title: str) -> dict[str, Any]:
    facts = ("study", "synthetic", "parameters", "package_version", "commit")
    chosen = {name: record[name] for name in facts}
    return chosen | {"title": title, "fingerprint": record["fingerprint"]["data"]}
