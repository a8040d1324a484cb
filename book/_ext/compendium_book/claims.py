"""What cited sources say: `claims.yml`, the sentences that use it, and the rules that rest on it.

A number of a source is printed by the role {claim}`name`, never typed; a rule says how it stands to
its sources, and is held to that.
"""

import re
from collections.abc import Collection, Iterable, Iterator, Mapping
from dataclasses import dataclass, fields
from functools import cache
from pathlib import Path
from typing import Any

from docutils import nodes
from sphinx.errors import ExtensionError
from sphinx.util.docutils import SphinxRole

from compendium import formatting
from compendium.errors import InputError
from compendium.limits import AS_SOURCE, BETWEEN, OURS, UNREAD, Limit
from compendium.notebook_file import read_notebook
from compendium.strict_yaml import read_yaml
from compendium_book.markdown import pipe_table, plain

FILE = "claims.yml"
RECORD = r"NCT\d{8}"
SOURCE = re.compile(rf"\b(?:[a-z]+\d{{4}}|{RECORD})\b")
CITED = re.compile(r"\{cite\}`([^`]+)`")
ROLE = re.compile(r"\{[a-z]+\}`[^`]*`|\$[^$]*\$|`[^`]*`")
SENTENCE = re.compile(r"(?<=[.!?])\s+(?=[A-Z*¹{\[])|\n\s*\n|\n(?=[|#*\-]|\d\. )")
NAMES = re.compile(r"RECIST 1\.1|STARD 2015|ICC\(2,1\)|2015 guideline|\d+(?=I\b|F\b)")
"""What has a digit in its name and gives no value of a source."""
BIB_KEY = re.compile(r"^@\w+\{([^,]+),", re.MULTILINE)


@dataclass(frozen=True)
class Claim:
    """One thing that a source says.

    Attributes:
        cites: key of the bibliography, or number of a registry record.
        says: in our own words.
        value: a number, a word, or a least and a greatest; None for what has no value.
        unit: as it is printed behind the value.
        where: abstract, page, section or table.
        checked: when and against what; empty where it was not.
        unverified: why it was not; empty where it was.
        rule: the limit that rests on it.
    """

    name: str
    cites: str
    says: str
    where: str
    value: Any = None
    unit: str = ""
    checked: str = ""
    unverified: str = ""
    rule: str = ""

    @property
    def printed(self) -> str:
        """The value with its unit."""
        return formatting.of_source(self.value, self.unit)


def read_claims(folder: Path) -> dict[str, Claim]:
    """The claims of a book, by name; none where it has no file of them.

    Raises:
        InputError: a claim has an unknown or lacks a needed key, is both checked and unverified, or
            neither, or cites what is not in the bibliography.
    """
    path = folder / FILE
    if not path.is_file():
        return {}
    keys = set(BIB_KEY.findall((folder / "references.bib").read_text(encoding="utf-8")))
    known = {field.name for field in fields(Claim)}
    found = {}
    for name, entry in read_yaml(path.read_text(encoding="utf-8"), FILE).items():
        where = f"{FILE}, {name}"
        needed = {"cites", "says", "where"}
        if not needed <= set(entry) <= known:
            raise InputError(f"{where}: has {sorted(entry)}; expected {sorted(known)}.")
        if bool(entry.get("checked")) == bool(entry.get("unverified")):
            raise InputError(
                f"{where}: expected `checked`, when and against what, or `unverified`, why it was "
                f"not."
            )
        if entry["cites"] not in keys and not re.fullmatch(RECORD, entry["cites"]):
            raise InputError(f"{where}: cites {entry['cites']!r}, which references.bib lacks.")
        found[name] = Claim(name=name, **entry)
    return found


@cache
def _staged(srcdir: Path) -> Mapping[str, Claim]:
    """The claims of a staged book, which does not change while it is read."""
    return read_claims(srcdir)


def typed_numbers(name: str, text: str) -> Iterator[str]:
    """Each number that is typed in a sentence with a citation: a source's values come by role."""
    for sentence in SENTENCE.split(text):
        cited = CITED.findall(sentence)
        bare = NAMES.sub("", ROLE.sub("", sentence))
        for number in re.findall(r"(?<![\w-])\d[\d.,]*", bare) if cited else ():
            yield (
                f"{name}: {number.strip('.,')} is typed in a sentence that cites "
                f"{', '.join(cited)}; expected a {{claim}}`name` of {FILE}, which says what the "
                f"source gives, or a sentence of its own."
            )


def uncited_claims(name: str, text: str, claims: Mapping[str, Claim]) -> Iterator[str]:
    """Each claim that a sentence uses without citing its source, and each that is none."""
    for sentence in SENTENCE.split(text):
        cited = {key.strip() for keys in CITED.findall(sentence) for key in keys.split(",")}
        for used in re.findall(r"\{claim\}`([^`|]+)", sentence):
            if used not in claims:
                yield f"{name}: there is no claim {used!r} in {FILE}."
            elif claims[used].cites not in cited | set(re.findall(RECORD, sentence)):
                yield (
                    f"{name}: the sentence with claim {used!r} cites {sorted(cited)}; expected "
                    f"{claims[used].cites}, whose claim it is."
                )


def rule_faults(claims: Collection[Claim], limits: Mapping[str, Limit[Any]]) -> Iterator[str]:
    """Each rule that stands otherwise to its sources than it says, or has one without a claim."""
    for claim in claims:
        if claim.rule and claim.rule not in limits:
            yield f"{FILE}, {claim.name}: there is no rule {claim.rule!r}."
    for name, limit in limits.items():
        own = [claim for claim in claims if claim.rule == name]
        sources = set(SOURCE.findall(limit.source))
        for key in sorted(sources ^ {claim.cites for claim in own}):
            lacks = f"a claim of {FILE}" if key in sources else "the source of the rule"
            yield f"rule {name}: {key} is not {lacks}; expected both to name the same sources."
        yield from _standing(name, limit, [claim for claim in own if claim.value is not None])


def _standing(name: str, limit: Limit[Any], own: list[Claim]) -> Iterator[str]:
    ours = list(limit.default) if isinstance(limit.default, tuple) else limit.default
    said = "; ".join(f"{claim.cites} gives {claim.printed}" for claim in own) or "no claim has one"
    same = [claim.value == ours for claim in own]
    fits = {
        AS_SOURCE: bool(own) and all(same) and any(claim.checked for claim in own),
        UNREAD: bool(own) and all(same) and not any(claim.checked for claim in own),
        BETWEEN: len(own) > 1
        and all(isinstance(claim.value, int | float) for claim in own)
        and min(claim.value for claim in own) < ours < max(claim.value for claim in own),
        OURS: not any(same),
    }
    if not fits[limit.stands]:
        read = "" if any(claim.checked for claim in own) or not own else "; none was read"
        yield f"rule {name}: is {ours} {limit.unit}, marked {limit.stands!r}, but {said}{read}."


def texts_of(folder: Path, notebooks: Path) -> Iterator[tuple[str, str]]:
    """Each page of a folder and each passage of its notebooks, with its name."""
    for page in sorted(folder.glob("*.md")):
        yield page.name, page.read_text(encoding="utf-8")
    for path in sorted(notebooks.glob("*.ipynb")):
        for cell in read_notebook(path).cells:
            if cell.kind == "markdown":
                yield path.name, cell.source


def require_claims(
    folder: Path, limits: Mapping[str, Limit[Any]], texts: Iterable[tuple[str, str]]
) -> None:
    """Nothing, where sentences and rules say what the claims say.

    Args:
        folder: of claims and references.
        limits: the declared rules.
        texts: in Markdown, each with its name.

    Raises:
        InputError: they do not; every fault is named.
    """
    claims = read_claims(folder)
    if not claims:
        return
    wrong = list(rule_faults(claims.values(), limits))
    for name, text in texts:
        wrong += [*typed_numbers(name, text), *uncited_claims(name, text, claims)]
    if wrong:
        raise InputError("sources and text say different things:\n" + "\n".join(wrong))


class ClaimRole(SphinxRole):
    """`{claim}`name``: the value that a source gives, with its unit."""

    def run(self) -> tuple[list[nodes.Node], list[nodes.system_message]]:
        """Print it.

        Raises:
            ExtensionError: there is no such claim, or it has no value.
        """
        claim = _staged(Path(self.env.app.srcdir)).get(self.text)
        if claim is None or claim.value is None:
            raise ExtensionError(
                f"{self.env.docname}, line {self.lineno}: {FILE} has no value of {self.text!r}."
            )
        return [nodes.Text(claim.printed)], []


def claims_table(folder: Path) -> str:
    """Every claim: source, what it says, where, and how it was checked or that it was not."""
    rows = (
        (
            f"[{plain(claim.cites)}](https://clinicaltrials.gov/study/{claim.cites})"
            if re.fullmatch(RECORD, claim.cites)
            else f"{{cite}}`{claim.cites}`",
            plain(formatting.isotopes(claim.says)),
            plain(claim.printed) if claim.value is not None else "–",
            plain(claim.where),
            plain(claim.checked) or f"**Not verified:** {plain(claim.unverified)}",
        )
        for claim in read_claims(folder).values()
    )
    return pipe_table(("Source", "Says", "Value", "Where", "Checked"), rows)
