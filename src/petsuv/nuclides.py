"""Which nuclide a header names, and whether the half-life it states is that nuclide's."""

import math
import re
from dataclasses import dataclass

from petsuv.errors import Refused
from petsuv.fields import Field
from petsuv.header import Header
from petsuv.notes import Notes

_MINUTE_S, _DAY_S = 60, 86_400
# 18F, 68Ga, 124I and 131I as the study's protocol states them; the others by the Decay Data
# Evaluation Project, http://www.lnhb.fr/nuclear-data/nuclear-data-table. 131I emits no positrons;
# it is what 124I stands in for.
HALF_LIVES_S = {
    "11C": 1221.7,
    "13N": 598.0,
    "15O": 122.3,
    "18F": 109.77 * _MINUTE_S,
    "64Cu": 45724.0,
    "68Ga": 4057.7,
    "89Zr": 282280.0,
    "124I": 4.176 * _DAY_S,
    "131I": 8.025 * _DAY_S,
}
AGREEMENT = 0.01  # relative; scanners round, and quote evaluations that differ by a few per mille


@dataclass(frozen=True)
class Nuclide:
    """A positron emitter.

    Attributes:
        name: mass number and symbol.
        codes: its codes in SNOMED-RT and SNOMED CT, DICOM context group 4020.
        pattern: how free text names it, lower case, without carets.
        usual_mbq: the least and the highest activity that is given to anybody, a small child and
            research included.
        half_lives_to_scan: the longest uptake time that is believed, in half-lives.
    """

    name: str
    codes: tuple[str, ...]
    pattern: str
    usual_mbq: tuple[float, float]
    half_lives_to_scan: float = 2.0

    @property
    def half_life_s(self) -> float:
        """Physical half-life, s."""
        return HALF_LIVES_S[self.name]


def _named(mass: int, symbol: str, element: str) -> str:
    either = f"(?:{element}|{symbol})"
    return rf"\b{mass}\W*{either}\b|\b{either}\W*{mass}m?\b"


NUCLIDES = (
    Nuclide("11C", ("C-105A1", "40565003"), _named(11, "c", "carbon"), (20, 2000)),
    Nuclide("13N", ("C-107A1", "21576001"), _named(13, "n", "nitrogen|ammonia"), (20, 2000)),
    Nuclide("15O", ("C-B1038", "129504001"), _named(15, "o", "oxygen|water"), (20, 5000)),
    Nuclide(
        "18F",
        ("C-111A1", "77004003"),
        _named(18, "f", "fluorine|fluoride") + r"|\b(?:18)?fdg\b|fluoro-?deoxy-?glucose",
        (5, 1500),
    ),
    Nuclide("64Cu", ("C-127A2", "3932008"), _named(64, "cu", "copper"), (10, 1500)),
    Nuclide("68Ga", ("C-131A3", "35337001"), _named(68, "ga", "gallium"), (5, 600)),
    Nuclide("89Zr", ("C-168A4", "63360001"), _named(89, "zr", "zirconium"), (5, 400)),
    Nuclide("124I", ("C-114A5", "40937006"), _named(124, "i", "iodine|iodide|nai"), (2, 600), 4.0),
)


# Agents that consoles name by habit, whatever was given: by name, and in DICOM context group 4021.
AGENTS = {"FDG": r"\b(?:18)?f?-?fdg\b|fluoro-?deoxy-?glucose|\bc-b1031\b|\b35321007\b"}


def agent_of(header: Header) -> str:
    """The agent of AGENTS that a header names; empty for any other, or none."""
    names = ("radiopharmaceutical_code", "radiopharmaceutical")
    text = " ".join(header[name].text for name in names).lower()
    return next((agent for agent, known in AGENTS.items() if re.search(known, text)), "")


def half_life_days(nuclide: str) -> float:
    """Physical half-life of a nuclide of HALF_LIVES_S, days."""
    return HALF_LIVES_S[nuclide] / _DAY_S


@dataclass(frozen=True)
class Decay:
    """A nuclide with the half-life that the header states for it."""

    nuclide: Nuclide
    half_life_s: float

    @property
    def rate_per_s(self) -> float:
        """Decay constant, 1/s."""
        return math.log(2) / self.half_life_s


def read_decay(header: Header, notes: Notes) -> Decay:
    """The half-life, once it agrees with the nuclide that the header names.

    Raises:
        Refused: the half-life is missing or not the nuclide's, or the nuclide is unknown or two.
    """
    field = header["half_life"]
    half_life = field.number()
    if half_life is None or half_life <= 0:
        raise field.refusal("the half-life in s", "Have the header completed at its source.")
    nuclide = _nuclide(header, notes, half_life)
    if abs(half_life / nuclide.half_life_s - 1) > AGREEMENT:
        raise field.refusal(
            f"{nuclide.half_life_s:g} s within {AGREEMENT:.0%}, as the header names {nuclide.name}",
            "Nuclide or half-life is wrong: have the header corrected at its source.",
        )
    notes.take("nuclide", nuclide.name, "", "radionuclide code or name")
    notes.take("half_life_s", half_life, "s", field.tag)
    return Decay(nuclide, half_life)


def _nuclide(header: Header, notes: Notes, half_life: float) -> Nuclide:
    fields = [
        header[name]
        for name in ("radionuclide_code", "radiopharmaceutical_code", "radiopharmaceutical")
    ]
    named = {found.name: found for field in fields for found in _nuclides_in(field)}
    if len(named) > 1:
        raise Refused(
            f"{header.place}: the header names {' and '.join(named)} "
            f"({'; '.join(f'{field.tag} {field.text}' for field in fields if field)}); expected "
            "one nuclide. Have the header corrected at its source."
        )
    if named:
        return next(iter(named.values()))
    if fields[0]:
        raise fields[0].refusal(
            f"one of {', '.join(nuclide.name for nuclide in NUCLIDES)}",
            "This nuclide is not known here.",
        )
    for nuclide in NUCLIDES:
        if abs(half_life / nuclide.half_life_s - 1) <= AGREEMENT:
            notes.flag(f"nuclide_from_half_life({nuclide.name})")
            return nuclide
    raise header["half_life"].refusal(
        f"that of one of {', '.join(nuclide.name for nuclide in NUCLIDES)}, as none is named",
        "Have the nuclide named at its source.",
    )


def _nuclides_in(field: Field) -> list[Nuclide]:
    text = field.text.replace("^", " ")
    code = text.split(" ")[0].upper()
    by_code = [nuclide for nuclide in NUCLIDES if code in nuclide.codes]
    by_name = [nuclide for nuclide in NUCLIDES if re.search(nuclide.pattern, text.lower())]
    return by_code + [nuclide for nuclide in by_name if nuclide not in by_code]
