"""What a study can hold or lack: which of the registered studies, and PET with which tracer,
its images, and SUVmax that persons read; and which public data sets are beside it.

A chapter, a cell of it or a passage of the book names the parts that it needs, and is made for
studies only that hold them.
"""

from collections.abc import Iterable

from compendium.errors import InputError
from compendium.external import SETS

PET, IMAGES, READINGS = "PET", "IMAGES", "READINGS"


def parts_of(
    codes: Iterable[str],
    tracers: Iterable[str],
    series: Iterable[str] = (),
    readers: Iterable[str] = (),
) -> list[str]:
    """The parts that a study holds, sorted.

    Args:
        codes: what its patients have as their study; what is no study's code is for the
            validation to refuse.
        tracers: of its PET scans.
        series: folders of their images; `readers`, who read SUVmax.
    """
    used = set(tracers)
    held = ((PET, used), (IMAGES, set(series)), (READINGS, set(readers)))
    return sorted(set(codes) | used | {part for part, there in held if there})


def study_parts() -> tuple[str, ...]:
    """Everything that a study can hold."""
    from compendium.studies import STUDIES, TRACERS  # heavy, and not asked for where all is fresh

    return (*STUDIES, *TRACERS, PET, IMAGES, READINGS)


def all_parts() -> tuple[str, ...]:
    """Everything that a passage or a chapter can need: parts of a study, and public data sets."""
    return (*study_parts(), *SETS)


def require_parts(names: Iterable[str], where: str) -> frozenset[str]:
    """Names of parts, as a chapter or a passage gives them.

    Raises:
        InputError: one of them is no part.
    """
    named, known = sorted(names), all_parts()
    for name in named:
        if name not in known:
            raise InputError(
                f"{where}: needs {name!r}; expected {', '.join(known)}. Correct its name."
            )
    return frozenset(named)
