"""The body that a dose spread in: weight and height by the header, lean mass by formula."""

from collections.abc import Callable
from dataclasses import dataclass

from petsuv.errors import Refused
from petsuv.header import Header
from petsuv.notes import Notes, Overrides

GRAMS_FROM = 1000.0  # no person weighs 1000 kg: such a weight is in grams
CENTIMETRES_FROM = 3.0  # nor measures 3 m
PLAUSIBLE_KG = (20.0, 300.0)
PLAUSIBLE_M = (0.5, 2.5)


def lbm_james_120(weight_kg: float, height_m: float, male: bool) -> float:
    """Lean body mass in kg as DICOM's SUV type LBM has it: James, with 120 for men.

    Source:
        DICOM PS3.3 C.8.9.1.1.3; James, Research on Obesity, HMSO 1976.
    """
    ratio = (weight_kg / (100 * height_m)) ** 2
    return 1.10 * weight_kg - 120 * ratio if male else 1.07 * weight_kg - 148 * ratio


def lbm_james_128(weight_kg: float, height_m: float, male: bool) -> float:
    """Lean body mass in kg by James, with 128 for men.

    Source:
        DICOM PS3.3 C.8.9.1.1.3; James, Research on Obesity, HMSO 1976.
    """
    ratio = (weight_kg / (100 * height_m)) ** 2
    return 1.10 * weight_kg - 128 * ratio if male else 1.07 * weight_kg - 148 * ratio


def lbm_janmahasatian(weight_kg: float, height_m: float, male: bool) -> float:
    """Lean body mass in kg by Janmahasatian.

    Source:
        Janmahasatian et al., Clin Pharmacokinet 2005, doi:10.2165/00003088-200544100-00004.
    """
    bmi = weight_kg / height_m**2
    return 9270 * weight_kg / (6680 + 216 * bmi if male else 8780 + 244 * bmi)


def ideal_mass(weight_kg: float, height_m: float, male: bool) -> float:
    """Ideal body mass in kg; the weight plays no part.

    Source:
        Sugawara et al., Radiology 1999, doi:10.1148/radiology.213.2.r99nv37521.
    """
    above = 100 * height_m - 152
    return 48.0 + 1.06 * above if male else 45.5 + 0.91 * above


def surface_m2(weight_kg: float, height_m: float) -> float:
    """Body surface in m².

    Source:
        Du Bois & Du Bois, Arch Intern Med 1916, doi:10.1001/archinte.1916.00080130010002.
    """
    return float(0.007184 * weight_kg**0.425 * (100 * height_m) ** 0.725)


Mass = Callable[[float, float, bool], float]
MASSES: dict[str, Mass] = {
    "LBM": lbm_james_120,
    "LBMJAMES128": lbm_james_128,
    "LBMJANMA": lbm_janmahasatian,
    "IBW": ideal_mass,
}


@dataclass(frozen=True)
class Body:
    """Weight in kg, height in m and sex (M, F, O); None or empty where the header does not say."""

    header: Header
    weight_kg: float | None
    height_m: float | None
    sex: str

    def weight(self) -> float:
        """Weight in kg.

        Raises:
            Refused: the header has none.
        """
        if self.weight_kg is None:
            raise self.header["weight"].refusal(
                "the weight in kg", "Give it by --weight-kg if it is on record."
            )
        return self.weight_kg

    def mass(self, kind: str, notes: Notes) -> float:
        """Lean or ideal mass in kg by the formula of SUV type `kind`.

        Raises:
            Refused: weight, height or sex is unknown, or the formula gives no mass.
        """
        weight, height = self.weight(), self._height()
        if self.sex not in ("M", "F", "O"):
            raise self.header["sex"].refusal("M, F or O", f"Without it {kind} mass is unknown.")
        by_sex = [MASSES[kind](weight, height, male) for male in (True, False)]
        if self.sex == "O":
            notes.flag("sex_other(mean of both formulas)")
        mass = {"M": by_sex[0], "F": by_sex[1], "O": sum(by_sex) / 2}[self.sex]
        if mass <= 0:
            raise Refused(
                f"{self.header.place}: {kind} mass is {mass:.1f} kg by formula for {weight:g} kg "
                f"and {height:g} m; expected more than 0. Check weight and height."
            )
        return mass

    def surface(self) -> float:
        """Body surface in m².

        Raises:
            Refused: weight or height is unknown.
        """
        return surface_m2(self.weight(), self._height())

    def _height(self) -> float:
        if self.height_m is None:
            raise self.header["height"].refusal("the height in m", "Have it added at its source.")
        return self.height_m


def read_body(header: Header, overrides: Overrides, notes: Notes) -> Body:
    """Weight, height and sex, with grams and centimetres converted and flagged.

    Raises:
        Refused: a value is negative or no number.
    """
    weight, height = _weight_kg(header, overrides, notes), _height_m(header, notes)
    sex = header["sex"].text.upper()
    if sex:
        notes.take("sex", sex, "", header["sex"].tag)
    return Body(header, weight, height, sex)


def _weight_kg(header: Header, overrides: Overrides, notes: Notes) -> float | None:
    field = header["weight"]
    weight, source = field.number() or None, field.tag
    if weight is not None and weight < 0:
        raise field.refusal("a weight in kg", "Give it by --weight-kg if it is on record.")
    if weight is not None and weight >= GRAMS_FROM:
        weight /= 1000
        notes.flag(f"weight_in_grams({field.text})")
    if overrides.weight_kg is not None:
        notes.flag(f"weight_override({overrides.weight_kg:g} kg, header {field.text or 'none'})")
        weight, source = overrides.weight_kg, overrides.supplied_by
    if weight is not None:
        notes.take("weight_kg", weight, "kg", source)
        if not PLAUSIBLE_KG[0] <= weight <= PLAUSIBLE_KG[1]:
            notes.flag(f"weight_implausible({weight:g} kg)")
    return weight


def _height_m(header: Header, notes: Notes) -> float | None:
    field = header["height"]
    height = field.number() or None
    if height is None:
        return None
    if height > CENTIMETRES_FROM:
        height /= 100
        notes.flag(f"height_in_cm({field.text})")
    if not PLAUSIBLE_M[0] <= height <= PLAUSIBLE_M[1]:
        notes.flag(f"height_implausible({field.text}, not used)")
        return None
    notes.take("height_m", height, "m", field.tag)
    return height
