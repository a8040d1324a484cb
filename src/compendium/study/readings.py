"""What must hold of SUVmax that persons read: scan, patient and lesion, and what they agree on."""

from collections.abc import Callable, Iterator

from compendium.comparing import above
from compendium.rules import Rules
from compendium.study.located import Tables, true_where
from compendium.study.places import at_heading
from compendium.study.problems import Problem


def images_or_readings(tables: Tables) -> Iterator[Problem]:
    """A scan has images, or a reading of a lesion, where its patient has lesions."""
    scans = tables["pet_scan"]
    read = scans["scan_id"].isin(tables["lesion_reading"]["scan_id"])
    yield from tables.problems(
        "pet_scan",
        scans[scans["series_dir"].isna() & ~read],
        "series_dir",
        "the scan {scan_id} has no images, and no row in lesion_reading",
        "a folder of images, or SUVmax as it was read",
        "Fill in series_dir, or add the readings to lesion_reading.",
    )


def readers_agree(tables: Tables, rules: Rules) -> Iterator[Problem]:
    """Two readers of one lesion on one scan read nearly the same."""
    rows = tables["lesion_reading"]
    groups = rows.groupby(["scan_id", "lesion_id"])["suv_max"]
    rows = rows.assign(low=groups.transform("min"), high=groups.transform("max"))
    apart = above(rows["high"] / rows["low"], 1 + rules.readers_suv_share)
    yield from tables.problems(
        "lesion_reading",
        rows[true_where(apart & (rows["suv_max"] == rows["high"]))],
        "suv_max",
        "readers found {low:g} and {high:g} in {lesion_id} on {scan_id}",
        f"readings within {100 * rules.readers_suv_share:g}% of each other",
        "Look at the lesion again together, and correct the reading that is wrong.",
    )


def one_software(tables: Tables) -> Iterator[Problem]:
    """Viewers differ in how they make an SUV: more than one is told, and stays in each table."""
    rows = tables["lesion_reading"].dropna(subset="software")
    used = sorted(set(rows["software"]))
    if len(used) > 1:
        yield at_heading(
            tables.raw["lesion_reading"],
            "software",
            found=f"SUVmax was read in {len(used)} programs: {', '.join(used[:5])}",
            expected="one program, or the knowledge that they agree",
            remedy="It is kept, and each table says which values are of which.",
            severity="deviation",
        )


CHECKS: tuple[Callable[[Tables], Iterator[Problem]], ...] = (
    images_or_readings,
    one_software,
)
