"""pandera for tables of pandas: where Dask is installed it loads Dask's too, which takes long.

Import `pa` from here before a schema is made.
"""

import sys
from importlib import import_module

import pandera.pandas as pa

__all__ = ["pa"]

LEFT_OUT = "dask.dataframe"

if LEFT_OUT not in sys.modules:
    sys.modules[LEFT_OUT] = None  # type: ignore[assignment]  # as if it were not installed
    try:
        import_module("pandera.typing.dask")  # it looks once
    finally:
        del sys.modules[LEFT_OUT]
