"""Other treatment than iodine and TSH suppression: from when on a course is no longer theirs."""

from collections.abc import Mapping

import pandas as pd


def kinase_inhibitor_days(tables: Mapping[str, pd.DataFrame]) -> pd.Series:
    """Start of a tyrosine-kinase inhibitor by patient_id, of those who had one."""
    return (
        tables["follow_up"].dropna(subset="tki_start_day").set_index("patient_id")["tki_start_day"]
    )


def other_treatment_days(
    tables: Mapping[str, pd.DataFrame], since: pd.Series, *, at_any_time: bool
) -> pd.Series:
    """The first day on which another treatment of the lesions began, by patient_id.

    A kinase inhibitor is taken on and on: one begun before counts, too, where asked. Surgery,
    radiation or ablation of lesions counts only after the day: what it took was gone before.

    Args:
        since: a day for each patient, by patient_id.
        at_any_time: count a kinase inhibitor that was begun before that day.

    Returns:
        Days since day 0 of the patients of `since`; missing where there was none.
    """
    inhibitor = kinase_inhibitor_days(tables).reindex(since.index).astype("Int64")
    if not at_any_time:
        inhibitor = inhibitor.where(inhibitor >= since)
    local = tables["local_therapy"][["patient_id", "therapy_day"]]
    after = local["therapy_day"] > local["patient_id"].map(since)
    first = local[after.fillna(False).astype(bool)].groupby("patient_id")["therapy_day"].min()
    both = pd.concat([inhibitor, first.reindex(since.index).astype("Int64")], axis=1)
    return both.min(axis=1).astype("Int64")
