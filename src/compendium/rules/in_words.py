"""Rules in the words of prose."""

from compendium.counting import one_of
from compendium.limits import in_words, plain
from compendium.rules import Rules

PERCENT, STANDS, UNIT = "%", "stands", "unit"


def said(rules: Rules, name: str, part: str) -> str:
    """A limit as prose asks for it.

    Args:
        name: of the rule.
        part: `%` for a share in percent, `unit` for the value with its unit, `stands` for how its
            default stands to its sources; anything else for its value in force.
    """
    if part == STANDS:
        return Rules.declared[name].stands
    if part == UNIT:
        unit = Rules.declared[name].unit
        return f"{in_words(rules[name])} {one_of(unit) if rules[name] == 1 else unit}"
    return f"{100 * rules[name]:g}" if part == PERCENT else in_words(rules[name])


def departures_in_words(rules: Rules) -> str:
    """Where rules depart from the registered values, in one sentence; empty if nowhere."""
    said = [
        f"{name} {value!r} (registered {plain(Rules.declared[name].default)!r})"
        for name, value in rules.departures.items()
    ]
    return f"By rules that depart from the registered ones: {', '.join(said)}." if said else ""
