"""The analysis plan's versions, and the fingerprint that tells whether it is still one of them."""

import re
from dataclasses import dataclass
from pathlib import Path

from compendium.errors import InputError
from compendium.remembered import digest
from compendium.rules import Rules
from compendium.studies import STUDIES

PAGE = "book/analysis_plan.md"
RULE = re.compile(r"\{rule\}`(?P<name>[a-z0-9_]+)")


@dataclass(frozen=True)
class Version:
    """A version of the plan.

    Attributes:
        number: as 1.0; date: on which it was fixed, ISO 8601.
        fingerprint: as `plan_fingerprint` gives it.
        changed: against the one before.
    """

    number: str
    date: str
    fingerprint: str
    changed: str


VERSIONS = (
    Version("1.0", "2026-11-26", "fae6460b0f724373", "first version"),
    Version(
        "1.1",
        "2026-11-26",
        "3d43a120dec8d131",
        "a test of a tracer that nobody was given is not counted; thyrotropin is called TSH",
    ),
)


def plan_fingerprint(root: Path) -> str:
    """Short hash of the plan: its page, its families and choices, the rules that they cite.

    Returns:
        The hash; empty where the project has no plan.

    Raises:
        InputError: the plan cites a rule that is none.
    """
    if not (root / PAGE).is_file():
        return ""
    text = (root / PAGE).read_text(encoding="utf-8")
    declared = [
        repr((code, study.families, study.expected, study.choices))
        for code, study in STUDIES.items()
    ]
    cited = sorted({found["name"] for part in (text, *declared) for found in RULE.finditer(part)})
    unknown = [name for name in cited if name not in Rules.declared]
    if unknown:
        raise InputError(f"{PAGE}: there is no rule {unknown[0]!r}. Correct its name.")
    values = [f"{name}={Rules.declared[name].default!r}" for name in cited]
    return digest(part.encode() for part in (text, *declared, *values))
