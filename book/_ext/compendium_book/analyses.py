"""Does each sentence on a method name the analyses that it describes, and is each described?

An analysis is a reported number with a method of its own, or the test of a family of the plan; its
id is the number's, as in `analysis_results.csv`. A sentence names it by the role
{analysis}`words on the method <id, id>`; an id may end in `*`, for all that begin so.
"""

import re
from collections.abc import Collection, Iterator, Mapping
from dataclasses import dataclass
from fnmatch import fnmatchcase
from pathlib import Path
from typing import Any

from docutils import nodes
from sphinx.application import Sphinx
from sphinx.environment import BuildEnvironment
from sphinx.errors import ExtensionError
from sphinx.util.docutils import SphinxRole

from compendium.formatting import anchor
from compendium.publish.guarded import guarded_tests
from compendium_book.numbers import traced
from compendium_book.published import load

Entry = Mapping[str, Any]

ROLE = re.compile(r"(?P<words>[^<]+)<(?P<ids>[^>]+)>", re.DOTALL)
MARK = "\ue000"  # of no alphabet
END = re.compile(rf"(?<=[.!?])\s+(?=[A-Z*¹\d{MARK}])")
METHODS = {
    "AUC": r"\bAUC\b|area under the receiver",
    "intraclass correlation": r"\bICC\b|intraclass correlation",
    "kappa": r"\bkappa\b",
    "Gwet's AC2": r"\bAC2\b",
    "limits of agreement": r"Bland|limits of agreement",
    "Hodges–Lehmann": r"Hodges.Lehmann",
    "signed-rank test": r"signed.rank",
    "Wilcoxon": r"Wilcoxon",
    "Mann–Whitney": r"Mann.Whitney",
    "tipping point": r"tipping.point|of no class",
    "t test": r"\bt.tests?\b",
    "Fisher's exact test": r"Fisher.s exact",
    "chi-squared test": r"chi.squared?\b|χ²",
    "DeLong": r"DeLong",
    "Newcombe": r"Newcombe",
    "conditional odds ratio": r"conditional odds ratio",
    "Firth": r"Firth",
    "maximum likelihood": r"maximum likelihood|without (?:the )?penalty",
    "multiple imputation": r"Rubin|multiple imputation|imputed sets",
    "E-value": r"\bE-value",
    "maximally selected rank statistic": r"maximally selected rank",
    "bootstrap": r"bootstrap|resamples",
    "jackknife": r"jackknife",
    "random-intercept model": r"random.intercept|mixed model",
    "lesions taken for independent": r"taken for independent",
    "widths of intervals": r"widths? of the",
    "Spearman's correlation": r"Spearman",
    "Pearson's correlation": r"Pearson",
    "sign-flip test": r"sign.flip",
    "permutation": r"permutation|shuffles",
    "clustered interval": r"clustered",
    "left-censored model": r"censored model",
    "Cox model": r"\bCox\b",
    "Kaplan–Meier": r"Kaplan.(?:and )?Meier",
    "reverse Kaplan–Meier": r"reverse Kaplan",
    "Aalen–Johansen": r"Aalen",
    "samples of the generator": r"samples of the generator",
    "Wilson's interval": r"Wilson",
    "log-rank test": r"log.rank",
    "score test": r"score test",
    "Harrell's C": r"Harrell",
    "Uno's C": r"\bUno\b",
}
"""Names of methods, each with how records and sentences write it."""


class AnalysisRole(SphinxRole):
    """`{analysis}`words <id, id>``: words on a method that lead to what was found by it."""

    def run(self) -> tuple[list[nodes.Node], list[nodes.system_message]]:
        """Print the words.

        Raises:
            ExtensionError: they name no analysis, or one that no notebook reports.
        """
        published = load(Path(self.env.app.srcdir))
        found = ROLE.fullmatch(self.text)
        where = f"{self.env.docname}, line {self.lineno}"
        if not found:
            raise ExtensionError(f"{where}: {self.text!r} names no analysis; expected words <id>.")
        named = []
        for pattern in map(str.strip, found["ids"].split(",")):
            ids = [one for one in published.numbers if fnmatchcase(one, pattern)]
            if not ids or not pattern.rstrip("*"):
                raise ExtensionError(
                    f"{where}: no notebook of this study reports the analysis {pattern!r}. Mend "
                    f"the id, or let the sentence stand where the study has it, by {{needs}} or "
                    f"{{when}}."
                )
            named += ids
        words = re.sub(r"\s+", " ", found["words"].strip())
        data = {"num": named[0], "analyses": " ".join(named)}
        return [traced(words, words, data=data, target=anchor("num", named[0]))], []


@dataclass(frozen=True)
class Described:
    """A sentence with the analyses that it names, each with the words that lead to it."""

    where: str
    text: str
    named: tuple[tuple[str, tuple[str, ...]], ...]


def require_described(app: Sphinx, env: BuildEnvironment) -> None:
    """Sphinx event: compare sentences on methods with the methods of the record.

    Not in a book for others, where a sentence may stand in the place of what is hidden.

    Raises:
        ExtensionError: an analysis is described nowhere, or as another method than it used.
    """
    published = load(Path(app.srcdir))
    if not published.settings["whole"]:
        return
    described = [one for name in sorted(env.found_docs) for one in sentences(name, env)]
    guarded = guarded_tests(published.numbers, published.settings["parts"])
    asked = {one.test.number for one in guarded}
    wrong = list(faults(described, published.numbers, asked & set(published.numbers)))
    if wrong:
        raise ExtensionError("; ".join(wrong))


def sentences(docname: str, env: BuildEnvironment) -> Iterator[Described]:
    """The sentences of a page that name analyses."""
    for block in env.get_doctree(docname).findall(nodes.TextElement):
        if isinstance(block.parent, nodes.TextElement):
            continue
        links = [one for one in block.findall(traced) if "analyses" in one["data"]]
        if links:
            yield from _sentences(docname, block, links)


def _sentences(docname: str, block: nodes.TextElement, links: list[traced]) -> Iterator[Described]:
    marks = {f"{MARK}{at}{MARK}": link for at, link in enumerate(links)}
    marked = block.deepcopy()
    copies = [one for one in marked.findall(traced) if "analyses" in one["data"]]
    for mark, link in zip(marks, copies, strict=True):
        link.insert(0, nodes.Text(mark))
    for sentence in END.split(marked.astext()):
        named = tuple(
            (link.astext(), tuple(link["data"]["analyses"].split()))
            for mark, link in marks.items()
            if mark in sentence
        )
        if named:
            yield Described(docname, re.sub(rf"{MARK}\d+{MARK}", "", sentence), named)


def faults(
    described: Collection[Described], numbers: Mapping[str, Entry], guarded: Collection[str]
) -> Iterator[str]:
    """Each analysis that no sentence describes, and each sentence that describes it otherwise.

    Args:
        described: sentences that name analyses.
        numbers: every reported number by id.
        guarded: ids of the tests of the plan's families, among them.
    """
    named = {one for sentence in described for _, ids in sentence.named for one in ids}
    for name, entry in numbers.items():
        made = entry["method"] and not entry["reason"]
        if (made or name in guarded) and name not in named:
            yield (
                f"the analysis {name} ({entry['method'] or 'of the plan'}) is described nowhere; "
                f"name it in a sentence of book/methods.md, or of its chapter, by "
                f"{{analysis}}`words <{name}>`"
            )
    for sentence in described:
        yield from _contradictions(sentence, numbers)


def _contradictions(sentence: Described, numbers: Mapping[str, Entry]) -> Iterator[str]:
    named = [numbers[one] for _, ids in sentence.named for one in ids]
    used = {one["id"]: "" if one["reason"] else one["method"] for one in named}
    labels = " ".join(one["label"] for one in named)
    for words, ids in sentence.named:
        for one in filter(used.get, ids):
            leading = next(iter(methods_in(used[one])), "")
            if not leading:
                yield f"{one}: METHODS of book/_ext has no name for its method, {used[one]!r}"
            elif leading not in methods_in(words):
                yield (
                    f"{sentence.where}: {words!r} names {one}, which is by {used[one]!r}; expected "
                    f"its method, {leading}, to be said in these words"
                )
    if all(used.values()):
        done = {term for said in (*used.values(), labels) for term in methods_in(said)}
        for term in methods_in(sentence.text):
            if term not in done:
                yield (
                    f"{sentence.where}: {sentence.text!r} says {term}, by which none of its "
                    f"analyses was made: {'; '.join(sorted(set(used.values())))}"
                )


def methods_in(text: str) -> list[str]:
    """Names of the methods that a text speaks of, in its order."""
    found = {term: re.search(pattern, text, re.IGNORECASE) for term, pattern in METHODS.items()}
    at = {term: match.start() for term, match in found.items() if match}
    return sorted(at, key=lambda term: at[term])
