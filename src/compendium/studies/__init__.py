"""The registered studies as values: codes, tracers, criteria, populations, endpoints, items.

Each module of this package that has a `STUDY` is one registered study; nothing else lists them. All
other packages take study codes, tracers and vocabularies from here.
"""

from collections.abc import Mapping
from importlib import import_module
from pkgutil import iter_modules
from types import MappingProxyType

from compendium.errors import InputError
from compendium.studies.registration import RegisteredStudy, Tracer


def _registered() -> Mapping[str, RegisteredStudy]:
    """The studies of this package by code, in the order of their modules' names."""
    modules = [import_module(f"{__name__}.{found.name}") for found in iter_modules(__path__)]
    studies = [module.STUDY for module in modules if hasattr(module, "STUDY")]
    return by_code(studies)


def by_code(studies: list[RegisteredStudy]) -> Mapping[str, RegisteredStudy]:
    """Studies by their code.

    Raises:
        InputError: two have one code or one registry record, or mean two things by one tracer.
    """
    for what, names in (
        ("code", [study.code for study in studies]),
        ("registry record", [study.record for study in studies]),
        ("tracer", [one.code for one in {one for study in studies for one in study.tracers}]),
    ):
        for name in names:
            if names.count(name) > 1:
                raise InputError(
                    f"src/compendium/studies: the {what} {name!r} is declared {names.count(name)} "
                    f"times; expected one. Give each its own, or the same tracer to both studies."
                )
    return MappingProxyType({study.code: study for study in studies})


STUDIES = _registered()
TRACERS: Mapping[str, Tracer] = MappingProxyType(
    {tracer.code: tracer for study in STUDIES.values() for tracer in study.tracers}
)
TSH_LEVELS = tuple(dict.fromkeys(one for tracer in TRACERS.values() for one in tracer.tsh_levels))
