"""Who belongs to each population that a registered study declares, and what is answered on it."""

from collections.abc import Mapping, Sequence

import pandas as pd

from compendium.errors import InputError
from compendium.studies import STUDIES
from compendium.studies.populations import Population, Rows

Tables = Mapping[str, pd.DataFrame]


def rows_of(tables: Tables, population: Population) -> pd.DataFrame:
    """The cohort's rows of a population's patients.

    Args:
        tables: of the study, with `cohort` from `membership.with_classes`, and those of earlier
            chapters that the population names.

    Raises:
        InputError: a table that the population names is not given.
    """
    found = tables["cohort"] if population.within is None else rows_of(tables, population.within)
    for rows in population.rows:
        having = found["patient_id"].isin(_patients_with(tables, rows, population))
        found = found[~having if rows.none else having]
    return found


def _patients_with(tables: Tables, rows: Rows, population: Population) -> set[str]:
    if rows.table not in tables:
        raise InputError(
            f"population {population.name!r} looks at the table {rows.table!r}; given are "
            f"{', '.join(tables)}. Read it from the chapter that writes it."
        )
    table = tables[rows.table]
    if rows.where is not None:
        table = table[rows.where.holds(table).fillna(False).astype(bool)]
    return set(table["patient_id"])


def flow_groups(tables: Tables) -> pd.DataFrame:
    """The groups into which the eligible patients fall, as the flow diagrams show them.

    Args:
        tables: of the study, with `cohort`.

    Returns:
        study, group, parent (a group; empty: the eligible), label, patients.
    """
    rows = []
    for study in STUDIES.values():
        for group in study.populations:
            patients = len(rows_of(tables, group)) if group.flow != "never" else 0
            if patients or group.flow == "always":
                parent = group.within.name if group.within and group.within.flow != "never" else ""
                rows.append((study.code, group.name, parent, group.label, patients))
    return pd.DataFrame(rows, columns=["study", "group", "parent", "label", "patients"])


def population_table(tables: Tables, codes: Sequence[str] = tuple(STUDIES)) -> pd.DataFrame:
    """Who is in which analysis: a row a population, of those that the tables given can tell.

    A population that looks at a table without any row, as of PET where none was made, has no row.

    Args:
        tables: of the study, with `cohort` and those of earlier chapters.
        codes: of the studies.

    Returns:
        study, population, within, patients, serves (ids of the registered items, with commas).
    """
    return pd.DataFrame(
        [
            {
                "study": study,
                "population": one.label,
                "within": one.within.label if one.within else "Candidates",
                "patients": len(rows_of(tables, one)),
                "serves": ", ".join(one.serves),
            }
            for study in codes
            for one in STUDIES[study].populations
            if all(name in tables and len(tables[name]) for name in _named(one))
        ]
    )


def _named(population: Population) -> set[str]:
    """The tables that a population and those around it look at."""
    around = _named(population.within) if population.within else {"cohort"}
    return around | {rows.table for rows in population.rows}
