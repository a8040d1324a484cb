"""PET in DICOM to standardised uptake values (SUV) and figures of lesions, or a refusal.

The names below are loaded when they are first used: a program that only reads pays for no more.
"""

from importlib import import_module
from typing import TYPE_CHECKING, Any

from petsuv.version import VERSION as __version__

if TYPE_CHECKING:
    from petsuv.errors import InputError, Refused, UserError
    from petsuv.notes import Overrides, Quantity
    from petsuv.pet import PetSeries, load
    from petsuv.region import Region
    from petsuv.rules import Rules

__all__ = [
    "InputError",
    "Overrides",
    "PetSeries",
    "Quantity",
    "Refused",
    "Region",
    "Rules",
    "UserError",
    "__version__",
    "load",
]

_HOMES = {
    "errors": ("InputError", "Refused", "UserError"),
    "notes": ("Overrides", "Quantity"),
    "pet": ("PetSeries", "load"),
    "region": ("Region",),
    "rules": ("Rules",),
}


def __getattr__(name: str) -> Any:
    for module, names in _HOMES.items():
        if name in names:
            return getattr(import_module(f"petsuv.{module}"), name)
    raise AttributeError(f"module petsuv has no attribute {name}; it has {', '.join(__all__)}")


def __dir__() -> list[str]:
    return __all__
