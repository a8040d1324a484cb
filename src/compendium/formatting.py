"""How a number, an interval and a p-value look, in notebooks and in the book alike."""

import math
from collections.abc import Callable, Mapping
from typing import Any

DASH = "–"


def value(number: object, spec: str) -> str:
    """One value by a Python format spec, or by `p` for a p-value; a dash where there is none."""
    if number is None or (isinstance(number, float) and math.isnan(number)):
        return DASH
    if isinstance(number, str):
        return {"inf": "∞", "-inf": "−∞"}.get(number, number)
    if isinstance(number, bool):
        return "yes" if number else "no"
    if not isinstance(number, int | float):
        return str(number)
    if math.isinf(number):
        return "∞" if number > 0 else "−∞"
    if spec == "p":
        return p_value(number)
    if spec in ("d", ",d") and number != int(number):
        spec = "g"
    text = format(int(number) if spec in ("d", ",d") else number, spec)
    if text.startswith("-"):
        zero = not any(digit in text for digit in "123456789")
        return text[1:] if zero else "−" + text[1:]
    return text


def p_value(p: float) -> str:
    """A p-value with two significant digits, `<0.001` below that."""
    if math.isnan(p):
        return DASH
    if p < 0.001:
        return "<0.001"
    return f"{p:.3f}" if p < 0.1 else f"{p:.2f}"


def p_statement(p: float) -> str:
    """`p = 0.012` or `p < 0.001`, as prose has it."""
    text = p_value(p)
    return f"p < {text[1:]}" if text.startswith("<") else f"p = {text}"


def interval(entry: Mapping[str, Any]) -> str:
    """`0.63 to 0.86` of an entry with low, high and format."""
    return f"{value(entry['low'], entry['format'])} to {value(entry['high'], entry['format'])}"


def reported(entry: Mapping[str, Any], part: str = "") -> str:
    """A reported number, or the part of it that the prose asks for.

    Args:
        entry: an entry of numbers.json.
        part: empty for the value with its unit; `bare` without unit; `ci` for value and interval;
            `interval`, `low`, `high`, `p`, `n`, `events`, `reason` for these alone.

    Raises:
        KeyError: no such part.
    """
    if entry["reason"] and part in ("", "bare", "ci", "interval", "p"):
        return f"not estimable: {entry['reason']}"
    unit = f" {entry['unit']}" if entry["unit"] else ""
    shown = value(entry["value"], entry["format"])
    parts: dict[str, Callable[[], str]] = {
        "": lambda: shown + unit,
        "bare": lambda: shown,
        "ci": lambda: f"{shown}{unit} ({entry['level']:.0%} CI {interval(entry)})",
        "interval": lambda: interval(entry),
        "low": lambda: value(entry["low"], entry["format"]),
        "high": lambda: value(entry["high"], entry["format"]),
        "p": lambda: p_statement(math.nan if entry["p"] is None else entry["p"]),
        "n": lambda: value(entry["n"], "d"),
        "events": lambda: value(entry["events"], "d"),
        "reason": lambda: str(entry["reason"] or "estimable"),
    }
    return parts[part]()
