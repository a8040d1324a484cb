"""The injected activity, in the one unit in which it can be meant."""

from petsuv.header import Header
from petsuv.notes import Notes
from petsuv.nuclides import Nuclide

# What a number may mean, in Bq. MBq is in use for Bq; the others are mistakes to be mended.
READINGS = {"Bq": 1.0, "kBq": 1e3, "MBq": 1e6, "GBq": 1e9, "mCi": 37e6}


def read_dose_bq(header: Header, nuclide: Nuclide, notes: Notes) -> float:
    """Injected activity in Bq: as it stands, or read as MBq where nothing else can be meant.

    Raises:
        Refused: it is missing, or neither Bq nor MBq alone gives an activity that is in use.
    """
    field = header["dose"]
    dose = field.number()
    if dose is None or dose <= 0:
        raise field.refusal("the injected activity in Bq", "Have it added at its source.")
    low, high = nuclide.usual_mbq
    fitting = [unit for unit, bq in READINGS.items() if low <= dose * bq / 1e6 <= high]
    if "Bq" not in fitting and fitting != ["MBq"]:
        meant = " or ".join(f"{unit} ({dose * READINGS[unit] / 1e6:g} MBq)" for unit in fitting)
        doubt = f"It may be meant as {meant}" if meant else "No unit gives such an activity"
        raise field.refusal(
            f"Bq, {low:g} to {high:g} MBq of {nuclide.name}",
            f"{doubt}: have it corrected at its source.",
        )
    if "Bq" not in fitting:
        dose *= 1e6
        notes.flag(f"dose_in_mbq({field.text})")
    notes.take("dose_bq", dose, "Bq", field.tag)
    return dose
