"""A patient's course from a day on, as it was observed: progression, growth, and TSH meanwhile."""

from collections.abc import Mapping

import pandas as pd

from compendium.calendar import days_for, days_within
from compendium.comparing import at_least, below, bounds
from compendium.disease.growth import DIMENSIONS, TG, doublings_per_year, suppressed_tg
from compendium.disease.recist import cancer_death_days, first_progression, with_cancer_deaths
from compendium.disease.therapy import other_treatment_days
from compendium.limits import ByLimits
from compendium.rules import Rules
from compendium.tables.columns import DAY_MAX, DAY_MIN

Tables = Mapping[str, pd.DataFrame]
EVER = DAY_MAX - DAY_MIN


class Courses:
    """Progression and growth of patients from an anchor day until another treatment.

    Under several rules each part is worked out anew only where its own rules differ.

    Args:
        tables: of the study.
        anchors: patient_id and anchor_day (d), one a patient.
    """

    def __init__(self, tables: Tables, anchors: pd.DataFrame) -> None:
        self._anchors = anchors
        self._anchor = anchors.set_index("patient_id")["anchor_day"]
        changed = other_treatment_days(tables, self._anchor, at_any_time=True)
        self._changed = changed.rename("changed_day")
        self._images = _until(tables["response_assessment"], "assessment_day", self._changed)
        self._all_labs = tables["lab"]
        self._labs = _until(self._all_labs, "lab_day", self._changed)
        deaths = cancer_death_days(tables)
        untreated = (deaths <= self._changed.reindex(deaths.index)).fillna(True).astype(bool)
        self._deaths = deaths[untreated]
        self._progression = ByLimits[Rules, pd.DataFrame](self._progressed)
        parts = self._median_tsh, self._volume_growth, self._tg_growth
        self._parts = [ByLimits[Rules, pd.DataFrame | pd.Series](part) for part in parts]

    def under(self, rules: Rules) -> pd.DataFrame:
        """The course of each patient under rules.

        Returns:
            By patient_id: anchor_day, baseline_day, progression_day, progression_by (a death
            counts whenever it came), last_free_day, last_assessment_day, changed_day (start of
            another treatment), tsh_median_miu_per_l (of samples from the anchor to progression or
            the end of the window, never later) and between what it lies, tsh_median_low and
            tsh_median_high, volume_doublings_per_year (where the growth is enough to rest a
            doubling time on), tg_doublings_per_year, tg_left_out.
        """
        frame = self._progression(rules)
        parts = (part(rules).reindex(frame.index) for part in self._parts)
        return pd.concat([frame, self._changed.reindex(frame.index), *parts], axis="columns")

    def _progressed(self, rules: Rules) -> pd.DataFrame:
        seen = first_progression(self._images, self._anchors, rules)
        counted = self._deaths if rules.cancer_death_is_progression else self._deaths.iloc[:0]
        return with_cancer_deaths(seen, self._anchors, counted, EVER).set_index("patient_id")

    def _median_tsh(self, rules: Rules) -> pd.DataFrame:
        frame = self._progression(rules)
        last = frame["anchor_day"] + days_within(rules.rapid_months)
        end = pd.concat([frame["progression_day"].fillna(last), last], axis=1).min(axis=1)
        return _median_tsh(self._all_labs, frame["anchor_day"], end)

    def _volume_growth(self, rules: Rules) -> pd.Series:
        found = _volume_growth(self._images, self._anchor, rules)
        return found.rename("volume_doublings_per_year")

    def _tg_growth(self, rules: Rules) -> pd.DataFrame:
        return _tg_growth(self._labs, self._anchor, rules)


def _until(events: pd.DataFrame, day: str, changed: pd.Series) -> pd.DataFrame:
    """Events up to the day on which another treatment began, that day included."""
    end = events["patient_id"].map(changed).astype("Int64")
    return events[(events[day] <= end).fillna(True).astype(bool)]


def _median_tsh(labs: pd.DataFrame, anchor: pd.Series, end: pd.Series) -> pd.DataFrame:
    """The median of each patient's TSH, and between what it lies where some values are censored."""
    first, last = labs["patient_id"].map(anchor), labs["patient_id"].map(end)
    inside = (labs["lab_day"] >= first) & (labs["lab_day"] <= last)
    kept = labs[inside.fillna(False).astype(bool)]
    known = bounds(kept, "tsh_miu_per_l").rename(columns="tsh_median_{}".format)
    named = known.assign(tsh_median_miu_per_l=kept["tsh_miu_per_l"])
    return named.groupby(kept["patient_id"]).median()


def _volume_growth(sums: pd.DataFrame, anchor: pd.Series, rules: Rules) -> pd.Series:
    """Doublings a year of tumour volume, where diameters carry a doubling time.

    From the last assessment on or before the anchor day (the first one, where none is) on. A
    doubling time rests on enough assessments or a long enough span, and on growth that is more than
    the reading of a diameter.
    """
    own = sums[sums["sum_target_diameters_mm"].gt(0).fillna(False)]
    day, first = own["assessment_day"], own["patient_id"].map(anchor)
    baseline = day.where(day <= first).groupby(own["patient_id"]).transform("max").fillna(first)
    own = own[(day >= baseline).fillna(False).astype(bool)].sort_values("assessment_day")
    grouped = own.groupby("patient_id")
    days, total = grouped["assessment_day"], grouped["sum_target_diameters_mm"]
    enough = (days.size() >= rules.tvdt_assessments) | (
        days.max() - days.min() >= days_for(rules.tvdt_span_months)
    )
    change = total.last() - total.first()
    grown = at_least(change, rules.tvdt_growth_mm)
    rate = doublings_per_year(
        own, "assessment_day", "sum_target_diameters_mm", dimensions=DIMENSIONS
    )
    # Without such growth a tumour is not fast, and its rate stands as it is read.
    carried = enough & (grown | (change <= 0) | below(rate, 1 / rules.tvdt_years))
    return rate.where(carried.reindex(rate.index).fillna(False).astype(bool))


def _tg_growth(labs: pd.DataFrame, anchor: pd.Series, rules: Rules) -> pd.DataFrame:
    """Doublings a year of Tg from the anchor on, and the values that tell none of it."""
    since = _flag(labs["lab_day"] >= labs["patient_id"].map(anchor))
    given, usable = suppressed_tg(labs[since], rules)
    rate = doublings_per_year(usable, "lab_day", TG, least_values=rules.tg_values)
    left_out = (
        given.groupby("patient_id").size().sub(usable.groupby("patient_id").size(), fill_value=0)
    )
    return pd.DataFrame(
        {"tg_doublings_per_year": rate, "tg_left_out": left_out.reindex(anchor.index, fill_value=0)}
    ).reindex(anchor.index)


def _flag(found: pd.Series) -> pd.Series:
    return found.fillna(False).astype(bool)
