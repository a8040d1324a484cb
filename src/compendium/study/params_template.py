"""The params file of a new study: every rule and every parameter of every notebook, explained."""

import json
import textwrap
from pathlib import Path
from typing import Any

from compendium.limits import Limit
from compendium.notebook_file import chapter_files
from compendium.parameters import RULES, SHARED, declared_parameters
from compendium.rules import Rules
from compendium.settings import Settings
from compendium.studies import STUDIES

SEED = 20251218


def params_text(name: str, notebooks: Path) -> str:
    """A params file with every rule and every parameter of every notebook, explained."""
    lines = [
        f"# Settings of the study {name}; `make STUDY={name}` uses them. Every one is here with",
        "# its default: change a value, or delete the line to keep it. A value that departs from",
        "# the default is marked in the book.",
        f"study_dir: data/{name}  # folder of the study, from the project's",
        f"results_dir: results/{name}  # folder of the results, from the project's",
        f"seed: {SEED}  # of all random numbers",
        "",
        "# Limits of the studies, each once for validation and all chapters.",
        "rules:",
        *(line for limit in Rules.declared.values() for line in _explained(limit, "  ")),
        "",
        "# What concerns one chapter only.",
        "notebooks:",
    ]
    for notebook in chapter_files(notebooks):
        own = [p for p in declared_parameters(notebook).values() if p.name not in (*SHARED, RULES)]
        lines.append(f"  {notebook.stem}:" if own else f"  {notebook.stem}: {{}}")
        for parameter in own:
            limit = Settings.declared.get(parameter.name)
            if limit is None:
                value = json.dumps(parameter.default, ensure_ascii=False)
                lines += [f"    # {parameter.meaning}", f"    {parameter.name}: {value}"]
            else:
                lines += _explained(limit, "    ")
    if lines[-1] == "notebooks:":
        lines[-1] = "notebooks: {}"
    return "\n".join(lines) + "\n"


def _explained(limit: Limit[Any], indent: str) -> list[str]:
    """A limit as lines of a params file: what it decides, what it may be, and its default."""
    concerned = [study.code for study in STUDIES.values() if limit.name in study.rules]
    scope = f"{', '.join(concerned)}: " if 0 < len(concerned) < len(STUDIES) else ""
    source = f"source: {limit.source}" if limit.source else ""
    about = scope + "; ".join(part for part in (limit.meaning, limit.range, source) if part)
    told = textwrap.wrap(about, 97, initial_indent=f"{indent}# ", subsequent_indent=f"{indent}# ")
    return [*told, f"{indent}{limit.name}: {json.dumps(limit.default, ensure_ascii=False)}"]
