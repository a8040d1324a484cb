"""Public PET whose values are known: reference objects, real patients, 124I; ours beside them."""

from collections.abc import Hashable, Iterator, Mapping
from importlib.resources import files
from io import StringIO
from typing import Any

import pandas as pd

import petsuv
from compendium.errors import Refused
from compendium.external import PET, PublicData
from compendium.studies.tsh124i import PET as IODINE

PART = PET
QUANTITIES = ("n_voxels", "suv_min", "suv_median", "suv_mean", "suv_max")
VOXELS = "thousand_voxels"
REFUSED = "i124/i124_72h_nodt"  # 124I without a date of administration: no SUV may be given
COLUMNS = ["set", "image", "region", "quantity", "known", "ours", "difference", "tolerance",
           "holds", "reason"]  # fmt: skip
SETS = {"ibsi-suv-dro": "Reference object", "i124": IODINE.code, "ibsi-sts": "Patient, SUV",
        "sts-001-raw": "Patient, scanner's counts"}  # fmt: skip


def known() -> pd.DataFrame:
    """The known values, a row a series and region file; where they are from is said above them."""
    text = files("compendium.cohorts").joinpath("known_suv.csv").read_text(encoding="utf-8")
    return pd.read_csv(StringIO(text), comment="#")


def compared(public: PublicData) -> pd.DataFrame:
    """Ours against the known: a row a region and quantity.

    Returns:
        set, image (its folder), region (its file); quantity, known, ours, difference, tolerance,
        holds; reason, where a series is refused. Without rows where the set is not here.
    """
    if not public.holds(PART):
        return pd.DataFrame(columns=COLUMNS)
    rows = [row for case in known().to_dict("records") for row in _case(public, case)]
    return pd.DataFrame([*rows, _refused(public)], columns=COLUMNS)


def _case(public: PublicData, case: Mapping[Hashable, Any]) -> Iterator[dict[str, object]]:
    series = str(case["series"])
    folder = public.folder(f"pet/{series.split('/')[0]}").parent / series
    file = folder.parents[int(str(case["up"]))] / str(case["region_file"])
    (found,) = petsuv.load(folder).measure(file, str(case["region"]))
    for name in QUANTITIES:
        if pd.notna(case[name]):
            yield _row(series, str(case["region_file"]), name, case, float(found[name]))


def _row(
    series: str, region: str, name: str, case: Mapping[Hashable, Any], ours: float
) -> dict[str, object]:
    wanted, tolerance = float(str(case[name])), float(str(case["tolerance"]))
    if name == "n_voxels":
        name, wanted, ours, tolerance = VOXELS, wanted / 1000, ours / 1000, 0.0
    return {
        "set": SETS[series.split("/")[0]],
        "image": series,
        "region": region,
        "quantity": name,
        "known": wanted,
        "ours": ours,
        "difference": ours - wanted,
        "tolerance": tolerance,
        "holds": abs(ours - wanted) <= tolerance,
        "reason": "",
    }


def _refused(public: PublicData) -> dict[str, object]:
    """The series for which the right answer is a refusal."""
    said = ""
    try:
        petsuv.load(public.folder("pet/i124").parent / REFUSED / "PT")
    except Refused as reason:
        said = str(reason).split(": ", 1)[-1]
    start = {"set": SETS["i124"], "image": REFUSED, "region": "", "quantity": "refusal"}
    return start | {"holds": bool(said), "reason": said}


def summary(found: pd.DataFrame) -> pd.DataFrame:
    """How many values of each set hold, and the largest difference from a known SUV.

    Returns:
        set, images, values, held, largest (of SUVs), tolerance.
    """
    values = found.assign(
        off=found["difference"].astype(float).abs().where(found["quantity"] != VOXELS)
    )
    by = values.groupby("set", sort=False)
    return pd.DataFrame(
        {
            "images": by["image"].nunique(),
            "values": by.size(),
            "held": by["holds"].sum().astype(int),
            "largest": by["off"].max(),
            "tolerance": by["tolerance"].max(),
        }
    ).reset_index()
