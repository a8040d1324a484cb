"""How a number, an interval and a p-value look, in notebooks and in the book alike."""

import math
import re
from collections.abc import Callable, Mapping
from typing import Any

from compendium.counting import one_of

DASH = "–"
LARGE = 100  # from it on two decimals are more than any interval here carries
ISOTOPE = re.compile(r"(?<!\w)(?:11(?=C\b)|18(?=F\b)|68(?=Ga\b)|12[345](?=I\b)|131(?=I\b))")
RAISED = str.maketrans("0123456789", "⁰¹²³⁴⁵⁶⁷⁸⁹")
OF_ESTIMATE = ("", "bare", "ci", "tested", "bare_tested", "interval", "p")
CODE = re.compile(r"[a-z][a-z0-9]*(_[a-z0-9]+)+")
UNITS = {
    "miu_per_l": "mIU/L",
    "ng_per_ml": "ng/mL",
    "gy": "Gy",
    "gbq": "GBq",
    "mbq": "MBq",
    "mm": "mm",
    "cm": "cm",
    "ml": "mL",
    "kg": "kg",
    "years": "years",
    "months": "months",
    "days": "days",
}
WORDS = {
    "percent_activity_per_g": "%ID/g",
    "ptc_classic": "classic PTC",
    "ptc_follicular": "follicular-variant PTC",
    "ptc_tall_cell": "tall-cell PTC",
    "ptc_other": "other PTC",
    "r1_not_assessable": "R1 not assessable",
    "non_responder": "non-responder",
    "short_follow_up": "short follow-up",
    "t_stage": "T stage",
    "n_stage": "N stage",
    "m_stage": "M stage",
    "first_tg_pre": "Tg before the first ¹³¹I",
    "wild_type": "wild type",
    "h_score": "H-score",
    "dose_in_mbq": "dose given in MBq",
    "braf_v600e": "BRAF V600E",
    "suv_max": "SUVmax",
    "suv_peak": "SUVpeak",
    "suv_mean": "SUVmean",
    "patient_id": "patient",
    "lesion_id": "lesion",
    "scan_id": "scan",
    "rai_response": "response",
    "rai_courses": "courses of ¹³¹I",
    "pct": "%",
    "ptc": "PTC",
    "tert": "TERT",
    "tsh": "TSH",
    "tki": "TKI",
    "irs": "IRS",
    "smd": "SMD",
    "auc": "AUC",
    "tg": "Tg",
    "rai": "¹³¹I",
    "ihc": "IHC",
    "pd": "progression",
}


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
    if spec == ".2f" and abs(number) >= LARGE:
        spec = ".0f"
    text = format(int(number) if spec in ("d", ",d") else number, spec)
    if text.startswith("-"):
        zero = not any(digit in text for digit in "123456789")
        return text[1:] if zero else "−" + text[1:]
    return text


def anchor(kind: str, name: str) -> str:
    """The HTML id of something named by an id with underscores, which docutils would rewrite."""
    return f"{kind}-{name.replace('_', '-')}"


def with_unit(shown: str, unit: str) -> str:
    """A value with its unit: a space between them, but before a percent sign."""
    return f"{shown}{'' if unit.startswith('%') or not unit else ' '}{unit}"


def of_source(given: object, unit: str) -> str:
    """What a source gives, a number, a word or a least and a greatest, with its unit."""
    if isinstance(given, list):
        return with_unit("–".join(value(one, "g") for one in given), unit)
    return with_unit(value(given, "g"), unit)


def words(code: str) -> str:
    """A code of the tables in a reader's words: `non_responder` is non-responder.

    A unit that ends a code follows a comma: `diameter_mm` is diameter, mm.
    """
    for suffix, unit in UNITS.items():
        if code.endswith(f"_{suffix}") and code not in WORDS:
            return f"{words(code.removesuffix(f'_{suffix}'))}, {unit}"
    known = "|".join(WORDS)
    spelt = re.sub(rf"(?<![a-z0-9])({known})(?![a-z0-9])", lambda m: WORDS[m[0]], code)
    return spelt.replace("_", " ")


def isotopes(text: str) -> str:
    """A text with mass numbers raised: ¹³¹I for 131I; ids such as TSH124I stay as they are."""
    return ISOTOPE.sub(lambda found: found[0].translate(RAISED), text)


def heading(name: str) -> str:
    """A column's name as a table's heading; symbols such as p and n keep their case."""
    spelt = words(name)
    first = re.match("[a-z]+", spelt)
    return spelt[0].upper() + spelt[1:] if first and len(first[0]) > 1 else spelt


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
            `tested` for these and p in one pair of brackets, `bare_tested` without unit;
            `zh`, `zh_tested` for the same without unit in Chinese;
            `interval`, `low`, `high`, `p`, `n`, `events`, `reason` for these alone.

    Raises:
        KeyError: no such part.
    """
    tested = part == "p" and entry["p"] is not None
    if part in ("zh", "zh_tested"):
        return _in_chinese(entry, part)
    if entry["reason"] and part in OF_ESTIMATE and not tested:
        return f"not estimable: {entry['reason']}"
    one = entry["format"] == "d" and entry["value"] == 1
    unit = with_unit("", one_of(entry["unit"]) if one else entry["unit"])
    shown = value(entry["value"], entry["format"])
    parts: dict[str, Callable[[], str]] = {
        "": lambda: shown + unit,
        "bare": lambda: shown,
        "ci": lambda: f"{shown}{unit} ({entry['level']:.0%} CI {interval(entry)})",
        "tested": lambda: shown + unit + _bracketed(entry),
        "bare_tested": lambda: shown + _bracketed(entry),
        "interval": lambda: interval(entry),
        "low": lambda: value(entry["low"], entry["format"]),
        "high": lambda: value(entry["high"], entry["format"]),
        "p": lambda: _tested(entry),
        "n": lambda: value(entry["n"], "d"),
        "events": lambda: value(entry["events"], "d"),
        "reason": lambda: str(entry["reason"] or "estimable"),
    }
    return parts[part]()


def _bracketed(entry: Mapping[str, Any]) -> str:
    """Interval and p of an entry in one pair of brackets; what it lacks is left out."""
    there = [f"{entry['level']:.0%} CI {interval(entry)}"] if entry["low"] is not None else []
    there += [_tested(entry)] if entry["p"] is not None else []
    return f" ({'; '.join(there)})" if there else ""


def _in_chinese(entry: Mapping[str, Any], part: str) -> str:
    """Value and interval of an entry, with its p where asked, as Chinese prose has them."""
    if entry["reason"]:
        return "无法估计"
    there = []
    if entry["low"] is not None:
        ends = (value(entry[end], entry["format"]) for end in ("low", "high"))
        there.append(f"{entry['level']:.0%}置信区间：{' 至 '.join(ends)}")
    if part == "zh_tested" and entry["p"] is not None:
        there.append(_tested(entry).replace("Holm-adjusted ", "Holm 校正 "))
    return value(entry["value"], entry["format"]) + (f"（{'；'.join(there)}）" if there else "")


def _tested(entry: Mapping[str, Any]) -> str:
    """The p of an entry; of a guarded test the adjusted one, and said so."""
    if entry.get("p_holm") is not None:
        return f"Holm-adjusted {p_statement(entry['p_holm'])}"
    return p_statement(math.nan if entry["p"] is None else entry["p"])


def both_p(entry: Mapping[str, Any]) -> str:
    """The p of an entry for a list: of a guarded test the adjusted one, with the raw one beside."""
    raw = value(entry["p"], "p")
    if entry.get("p_holm") is None:
        return raw
    return f"{p_value(entry['p_holm'])} (Holm; unadjusted {raw})"


def visible(text: str) -> str:
    """Text in which nothing steers a terminal or turns the direction of reading: such are escaped.

    Line ends stay; an escape character reads \\x1b, a right-to-left override \\u202e.
    """
    return "".join(
        sign if sign.isprintable() or sign == "\n" else sign.encode("unicode_escape").decode()
        for sign in text
    )
