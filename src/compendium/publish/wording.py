"""Words of pages that are chosen by reported numbers: which way, how many, whether at all.

    {verdict}`id|above|below|undecided`   the wording that fits where the estimate lies
    {plural}`id|was|were`                 one or several
    {when}`id state state` text           a line that stands where the number is in such a state
    :::{when} id state state              a passage of such lines, up to `:::`
    {shown}`article-fig-id, fig-id`       references in brackets, to what the page has of these

A state is `refused` or `estimated`, and of what is estimated: of an estimate against its value of
no effect `higher`, `lower`, `leaning` or `undecided`; of a count `none`, `one`, `several` or
`hidden`; of a word the word itself, with hyphens. `some` is a count that is not none, `decided` an
estimate that is higher or lower, `unreported` a number that no chapter reports.
"""

import re
from collections.abc import Collection, Iterator, Mapping
from typing import Any

from compendium.errors import InputError
from compendium.formatting import anchor
from compendium.publish.passages import kept

Entry = Mapping[str, Any]

ALPHA = 0.05  # of the tests of the plan, which guards families at it
CHOICE = re.compile(r"\{(?P<role>verdict|plural)\}`(?P<asked>[^`]+)`")
SHOWN = re.compile(r"\s?\{shown\}`(?P<labels>[a-z0-9, -]+)`")
PLACED = re.compile(r"\{results-(?P<kind>figure|table)\} +(?P<id>[a-z0-9_]+)")
HIGHER, LOWER, LEANING, UNDECIDED = "higher", "lower", "leaning", "undecided"
WAYS = {HIGHER, LOWER, LEANING, UNDECIDED, "decided"}
REFUSED, UNREPORTED, HIDDEN = "refused", "unreported", "hidden"
COUNTS = ("none", "one", "several")
WORDINGS = {"verdict": 3, "plural": 2}
WIDER = {
    "estimated": lambda state: state not in (REFUSED, UNREPORTED),
    "decided": lambda state: state in (HIGHER, LOWER),
    "some": lambda state: state in ("one", "several", HIDDEN),
}


def state_of(entry: Entry | None) -> str:
    """What can be said of a reported number, in one of the words above.

    Args:
        entry: of the record, the p of its family with it; None where no chapter reports it.
    """
    if entry is None:
        return UNREPORTED
    if entry["reason"] or entry["value"] is None:
        return REFUSED
    if entry.get("null") is not None:
        return _direction(entry)
    value = entry["value"]
    if isinstance(value, str):
        return HIDDEN if entry["people"] else value.replace(" ", "-")
    return COUNTS[min(int(value), 2)] if entry["format"] == "d" else "estimated"


def _direction(entry: Entry) -> str:
    """Higher or lower where interval and test say so; leaning where one of them alone does."""
    value, low, high = (_number(entry[part]) for part in ("value", "low", "high"))
    null = float(entry["null"])
    p = entry["p"] if entry.get("p_holm") is None else entry["p_holm"]
    said = []
    if low is not None and high is not None:
        said.append(low > null or high < null)
    if p is not None:
        said.append(float(p) < ALPHA)
    if not any(said) or value is None:
        return UNDECIDED
    if not all(said):
        return LEANING
    return HIGHER if value > null else LOWER


def _number(value: object) -> float | None:
    """A value of the record, whose infinities are words."""
    return None if value is None else float(value)  # type: ignore[arg-type]


def worded(text: str, numbers: Mapping[str, Entry], drawn: Collection[str], where: str) -> str:
    """A page with the words that its study's numbers choose.

    Args:
        text: Markdown.
        numbers: every reported number by id.
        drawn: labels of the figures and tables that are in the book.
        where: the page's name, for messages.

    Raises:
        InputError: a role asks for a number that no chapter reports, for the way of one that has no
            value of no effect, or has too few wordings; every fault is named.
    """
    wrong: list[str] = []

    def holds(words: str) -> bool:
        name, *states = words.split() or [""]
        wrong.extend(_fault("when", name, numbers, where, UNREPORTED in states))
        if WAYS & set(states):
            wrong.extend(_pointless("when", name, numbers.get(name), where))
        return _is_one_of(state_of(numbers.get(name)), states)

    def chosen(found: re.Match[str]) -> str:
        name, *words = (part.strip() for part in found["asked"].split("|"))
        wanted = WORDINGS[found["role"]]
        wrong.extend(_fault(found["role"], name, numbers, where))
        if found["role"] == "verdict":
            wrong.extend(_pointless("verdict", name, numbers.get(name), where))
        if len(words) != wanted:
            wrong.append(f"{where}: {found[0]} has {len(words)} wordings; expected {wanted}.")
            return ""
        return _chosen(found["role"], state_of(numbers.get(name)), words)

    text = kept(text, "when", holds)
    placed = {anchor(found["kind"][:3], found["id"]) for found in PLACED.finditer(text)}
    text = CHOICE.sub(chosen, text)
    text = with_references(text, {f"article-{one}" for one in placed & set(drawn)})
    if wrong:
        raise InputError("words cannot be chosen by these numbers:\n" + "\n".join(wrong))
    return text


def _is_one_of(state: str, states: Collection[str]) -> bool:
    return state in states or any(one in WIDER and WIDER[one](state) for one in states)


def _chosen(role: str, state: str, words: list[str]) -> str:
    """The wording that fits; what leans is undecided, and what is hidden is several."""
    if role == "plural":
        return words[0] if state == "one" else words[1]
    return dict(zip((HIGHER, LOWER), words, strict=False)).get(state, words[2])


def with_references(text: str, there: Collection[str]) -> str:
    """A text whose {shown} refers to those of the named figures and tables that are there.

    Args:
        text: Markdown.
        there: labels of what the page has.
    """

    def reference(found: re.Match[str]) -> str:
        labels = [one.strip() for one in found["labels"].split(",")]
        known = [f"{{numref}}`{one}`" for one in labels if one in there]
        return f" ({', '.join(known)})" if known else ""

    return SHOWN.sub(reference, text)


def _fault(
    role: str, name: str, numbers: Mapping[str, Entry], where: str, absent: bool = False
) -> Iterator[str]:
    """That a role asks for a number that is not there, unless it may be absent."""
    if name not in numbers and not absent:
        yield f"{where}: {{{role}}} asks for {name!r}, which no chapter reports. Mend the text."


def _pointless(role: str, name: str, entry: Entry | None, where: str) -> Iterator[str]:
    """That a role asks which way a number lies that has no value of no effect to lie from."""
    told = state_of(entry) not in (REFUSED, UNREPORTED)
    word = role == "when" and isinstance(entry and entry["value"], str)  # may be `undecided` itself
    if entry is not None and told and entry.get("null") is None and not word:
        yield (
            f"{where}: {{{role}}} asks which way {name!r} lies, which is reported without its "
            f"value of no effect. Report it with null, such as null=1 of a ratio, or give the "
            f"number alone."
        )
