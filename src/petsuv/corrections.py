"""Whether the values are activity at all: corrections and kind of image, by the tables below."""

from petsuv.header import Header
from petsuv.notes import Notes

# What is flagged where (0028,0051) Corrected Image does not list it, and the element that may say
# so outright. Scatter is always listed where it is corrected for; lists that name no correction of
# the detectors (RAN, NORM, DTIM) leave those unsaid.
FLAGGED = {
    "SCAT": ("no_scatter_correction", "scatter_method"),
    "RAN": ("no_randoms_correction", "randoms_method"),
    "NORM": ("no_normalisation", ""),
}
OF_DETECTORS = {"RAN", "NORM", "DTIM"}
# Values of (0008,0008) Image Type. Values that were computed from others may have been rescaled
# without a word; those of several images, or along a sight, are no activity of a place.
DERIVED = {"DERIVED", "SECONDARY"}
NO_ACTIVITY = {"FUSED", "FUSION", "MIP", "MINIP", "PROJECTION IMAGE", "REPROJECTION", "SUBTRACTION"}


def require_corrections(header: Header, notes: Notes) -> None:
    """Refuse values that are not corrected for decay and attenuation; flag what else is lacking.

    Raises:
        Refused: attenuation or decay is not corrected as the header says elsewhere.
    """
    field, decay = header["corrected_image"], header["decay_correction"]
    if decay.text not in ("NONE", "START", "ADMIN"):
        raise decay.refusal("NONE, START or ADMIN")
    wanted = {"ATTN"} if decay.text == "NONE" else {"ATTN", "DECY"}
    if not wanted <= set(field.values):
        raise field.refusal(
            f"{' and '.join(sorted(wanted))} among the corrections, as {decay.tag} is {decay.text}",
            "Choose the corrected reconstruction.",
        )
    if decay.text == "NONE" and "DECY" in field.values:
        raise field.refusal(f"no DECY, as {decay.tag} is NONE")
    if header["attenuation_method"].values == ("NONE",):
        raise header["attenuation_method"].refusal(
            f"a method, as {field.tag} lists ATTN", "Choose the corrected reconstruction."
        )
    for correction, (flag, method) in FLAGGED.items():
        listed = correction in field.values
        said = correction == "SCAT" or OF_DETECTORS & set(field.values)
        none = bool(method) and header[method].values == ("NONE",)
        if none or (said and not listed and not (method and header[method])):
            notes.flag(f"{flag}({header[method].tag if none else field.tag})")


def require_activity(header: Header, notes: Notes) -> None:
    """Refuse images that are no activity of a place; flag those that were computed from others.

    Raises:
        Refused: fused, subtracted or projected images.
    """
    field = header["image_type"]
    if NO_ACTIVITY & set(field.values):
        raise field.refusal("an image of activity", "Choose the original reconstruction.")
    if found := [value for value in field.values if value in DERIVED]:
        notes.flag(f"image_type({' and '.join(found)}: values may have been rescaled)")
