"""Which lesions are metastases, and what the scan after each course of 131I showed in them.

The thyroid bed is a remnant or a local recurrence and never a metastasis. Nodes of the neck are
locoregional: whether they count is a rule of each study. Uptake in a metastasis counts whether or
not CT shows it (diffuse uptake of the lungs); the absence of uptake counts only where CT, MRI or
ultrasound shows that there is something that could have taken iodine up.
"""

from collections.abc import Mapping

import pandas as pd

from compendium.comparing import at_least
from compendium.rules import Rules

THYROID_BED = "thyroid_bed"
LYMPH_NODE = "lymph_node"


def is_metastasis(site: pd.Series, nodes_count: bool) -> pd.Series:
    """Whether a lesion at each site is a metastasis.

    Args:
        site: codes of the lesion table.
        nodes_count: whether locoregional lymph nodes do.
    """
    spared = [THYROID_BED] if nodes_count else [THYROID_BED, LYMPH_NODE]
    return site.notna() & ~site.isin(spared)


def course_uptake(tables: Mapping[str, pd.DataFrame], rules: Rules) -> pd.DataFrame:
    """What the scan after each course showed, in numbers of lesions.

    Returns:
        The courses in order, with avid: metastases with uptake; avid_distant: those of them that
        are no nodes of the neck; non_avid: structural metastases
        without; non_avid_sized: those of them large enough to be read on a scan; unread:
        metastases whose uptake was not assessed; bed_avid: lesions of the thyroid bed with uptake.
    """
    lesions = tables["lesion"][["patient_id", "lesion_id", "site", "structural", "diameter_mm"]]
    uptake = tables["lesion_uptake"].merge(lesions, on=["patient_id", "lesion_id"], how="left")
    metastasis = is_metastasis(uptake["site"], rules.trop2_nodes_count)
    structural = uptake["structural"].fillna(False).astype(bool)
    read = uptake["uptake"]
    uptake["avid"] = metastasis & (read == "avid")
    uptake["avid_distant"] = uptake["avid"] & (uptake["site"] != LYMPH_NODE)
    uptake["non_avid"] = metastasis & (read == "non_avid") & structural
    uptake["non_avid_sized"] = uptake["non_avid"] & _large_enough(uptake, rules)
    uptake["unread"] = metastasis & (read == "not_assessed")
    uptake["bed_avid"] = (uptake["site"] == THYROID_BED) & (read == "avid")
    counted = ["avid", "avid_distant", "non_avid", "non_avid_sized", "unread", "bed_avid"]
    counts = uptake.groupby(["patient_id", "course"])[counted].sum().reset_index()
    courses = tables["rai_course"].merge(counts, on=["patient_id", "course"], how="left")
    courses[counted] = courses[counted].fillna(0).astype("Int64")
    return courses.sort_values(["patient_id", "course"], ignore_index=True)


def _large_enough(lesions: pd.DataFrame, rules: Rules) -> pd.Series:
    """Whether a lesion would show uptake if it had any.

    One without a diameter is not shown to, unless any size does.
    """
    node = lesions["site"] == LYMPH_NODE
    least = node.map({True: rules.r2_node_mm, False: rules.r2_other_mm})
    return at_least(lesions["diameter_mm"], least).fillna(least == 0).astype(bool)


def loss_of_uptake(
    tables: Mapping[str, pd.DataFrame], courses: pd.DataFrame, rules: Rules
) -> pd.DataFrame:
    """By patient: metastases that took iodine up and at a later course no longer do.

    Args:
        courses: from `course_uptake`.

    Returns:
        By patient_id, of those who had uptake: loss_of_uptake (of any structural metastasis),
        loss_everywhere (the last course read showed uptake in no metastasis, but structural ones).

    Source:
        Haugen et al., Thyroid 2016, doi:10.1089/thy.2015.0020, recommendation 91, point 2.
    """
    lesions = tables["lesion"][["patient_id", "lesion_id", "site", "structural"]]
    uptake = tables["lesion_uptake"].merge(lesions, on=["patient_id", "lesion_id"])
    uptake = uptake[
        is_metastasis(uptake["site"], rules.trop2_nodes_count)
        & uptake["structural"].fillna(False).astype(bool)
    ]
    one = ["patient_id", "lesion_id"]
    first_avid = uptake[uptake["uptake"] == "avid"].groupby(one)["course"].min()
    last_without = uptake[uptake["uptake"] == "non_avid"].groupby(one)["course"].max()
    lost = (last_without.reindex(first_avid.index) > first_avid).fillna(False).astype(bool)
    read = courses[(courses["avid"] + courses["non_avid"]) > 0]
    last = read.drop_duplicates("patient_id", keep="last").set_index("patient_id")
    ever = read.groupby("patient_id")["avid"].sum() > 0
    everywhere = ever & (last["avid"] == 0)
    return pd.DataFrame(
        {
            "loss_of_uptake": lost.groupby("patient_id").any().astype("boolean"),
            "loss_everywhere": everywhere.astype("boolean"),
        }
    )
