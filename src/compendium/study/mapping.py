"""Somebody else's table brought into the schema by the `mapping` of a params file.

Each column of a study's table comes from one of: `column` of the source, with `codes` from its
values to the schema's; a `value` that is the same for all rows; or `row`, a pattern that is given
the number of the source's row. What the schema has no column for goes to `covariates`.
"""

from collections.abc import Mapping
from pathlib import Path
from typing import Any

import pandas as pd

from compendium.errors import InputError
from compendium.parameters import read_params
from compendium.study.cells import is_empty
from compendium.study.nearest import closest
from compendium.study.spreadsheets import read_lines
from compendium.tables import COLUMNS

KEYS = ("column", "codes", "value", "row")


def map_source(params_file: Path, source_file: Path) -> dict[str, pd.DataFrame]:
    """A study's tables from a table of another form, every cell as text.

    Args:
        params_file: a params file with the key `mapping`.
        source_file: the table, CSV in any form that a study's tables may have.

    Raises:
        InputError: the mapping names a table, column or value that is not there.
    """
    mapping = read_params(params_file).get("mapping")
    if not isinstance(mapping, Mapping) or not isinstance(mapping.get("tables"), Mapping):
        raise InputError(
            f"{params_file}: no mapping here; expected the key `mapping` with `tables`. See "
            "params/uci_dtc_recurrence.yml for one."
        )
    source = _read(source_file)
    tables: dict[str, pd.DataFrame] = {}
    for name, columns in mapping["tables"].items():
        if name not in COLUMNS:
            raise InputError(
                f"{params_file}, mapping, tables: there is no table {name}; expected one of "
                f"{', '.join(COLUMNS)}. {closest(str(name), COLUMNS)}Correct it."
            )
        where = f"{params_file}, mapping, {name}"
        tables[name] = _map_table(where, source, columns, tuple(COLUMNS[name]))
    covariates = mapping.get("covariates") or {}
    if covariates:
        where = f"{params_file}, mapping, covariates"
        wide = _map_table(where, source, covariates, tuple(covariates))
        wide.insert(0, "patient_id", tables["patient"]["patient_id"])
        tables["covariate"] = wide.melt("patient_id", var_name="variable", value_name="value")
    return tables


def _read(source_file: Path) -> pd.DataFrame:
    """The source's cells as text; the index is the row in the file."""
    try:
        header, *lines = read_lines(source_file.read_bytes())
    except (OSError, ValueError) as error:
        raise InputError(
            f"{source_file}: it cannot be read ({error}); expected a CSV file. Check the path."
        ) from error
    if any(len(line) != len(header) for line in lines):
        raise InputError(
            f"{source_file}: not every row has the {len(header)} cells of the header; expected a "
            "full table. Correct it in the source."
        )
    rows = range(2, len(lines) + 2)
    return pd.DataFrame(lines, columns=pd.Index(header), index=pd.Index(rows), dtype=object)


def _map_table(
    where: str, source: pd.DataFrame, columns: Mapping[str, Any], allowed: tuple[str, ...]
) -> pd.DataFrame:
    mapped = {}
    for name, rule in columns.items():
        if name not in allowed:
            raise InputError(
                f"{where}: there is no column {name}; expected one of {', '.join(allowed)}. "
                f"{closest(str(name), allowed)}Correct it."
            )
        mapped[name] = _map_column(f"{where}.{name}", source, rule)
    return pd.DataFrame(mapped, index=source.index).reset_index(drop=True)


def _map_column(where: str, source: pd.DataFrame, rule: Any) -> pd.Series:
    given = set(rule) if isinstance(rule, Mapping) else set()
    if not given or given - set(KEYS) or len(given & {"column", "value", "row"}) != 1:
        raise InputError(
            f"{where}: {rule!r}; expected one of `column` (with `codes`), `value` or `row`. "
            "Correct it."
        )
    if "value" in rule:
        return pd.Series(str(rule["value"]), index=source.index, dtype=object)
    if "row" in rule:
        return pd.Series([str(rule["row"]).format(row) for row in source.index], source.index)
    if rule["column"] not in source:
        raise InputError(
            f"{where}: the source has no column {rule['column']}; expected one of "
            f"{', '.join(source.columns)}. "
            f"{closest(str(rule['column']), source.columns)}Correct it."
        )
    cells = source[rule["column"]]
    return _recode(where, cells, rule["codes"]) if "codes" in rule else cells


def _recode(where: str, cells: pd.Series, codes: Mapping[Any, Any]) -> pd.Series:
    known = {str(found): str(code) for found, code in codes.items()}
    unknown = cells[~cells.map(is_empty) & ~cells.isin(known)]
    if len(unknown):
        raise InputError(
            f"{where}: row {unknown.index[0]} of the source has {unknown.iloc[0]!r}, which has no "
            f"code; expected one of {', '.join(known)}. Add it to `codes`."
        )
    return cells.map(known).fillna("")
