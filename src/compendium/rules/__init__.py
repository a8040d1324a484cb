"""Every registered or clinical limit, once: a new one is an entry here and a name in its studies.

A params file departs from the registered values in its block `rules:`; validation, notebooks and
book take the values from there. `report.rules.tg_ratio` is a value, `Rules.tg_ratio` the limit with
its unit, range and source; `RULES` in the modules of `studies` say to which study it applies. A
source in the form `sabra2017` is a key of the book's bibliography. What a limit is says
`compendium.limits`; the values stand in the modules of this package, by what they decide.
"""

from compendium.rules.disease import DiseaseRules
from compendium.rules.images import ImageRules
from compendium.rules.models import STRATEGIES, ModelRules

__all__ = ["STRATEGIES", "Rules"]


class Rules(DiseaseRules, ImageRules, ModelRules):
    """The limits of both studies."""

    ascending = (
        ("min_age_years", "max_age_years"),
        ("shell_inner_mm", "shell_outer_mm"),
        ("tsh_low", "tsh_high_above"),
    )
