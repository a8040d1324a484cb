"""Options of `compendium suv` for regions without a segmentation, and what they make."""

from collections.abc import Callable
from dataclasses import dataclass, replace
from io import BytesIO
from pathlib import Path
from typing import TYPE_CHECKING, Any

import click

from compendium.errors import InputError, Refused

if TYPE_CHECKING:
    from petsuv.pet import PetSeries
    from petsuv.region import Region
    from petsuv.rules import Growing

Numbers = tuple[float, ...]


class Millimetres(click.ParamType[Numbers]):
    """Some numbers with commas between them, such as x,y,z,mm."""

    def __init__(self, name: str) -> None:
        self.name = name

    def convert(
        self, value: Any, param: click.Parameter | None, ctx: click.Context | None
    ) -> Numbers:
        """The numbers.

        Raises:
            click.BadParameter: there are more or fewer, or one is no number.
        """
        try:
            numbers = tuple(float(part) for part in str(value).split(","))
        except ValueError:
            numbers = ()
        if len(numbers) != len(self.name.split(",")):
            self.fail(f"{value!r}; expected {self.name}, in mm.", param, ctx)
        return numbers


@dataclass(frozen=True)
class Asked:
    """Which regions a command is asked to make.

    Attributes:
        spheres, boxes, seeds: centre and sizes, or seed, in patient coordinates, mm.
        grow_by: share, suv or percist.
        grow_suv, grow_reach: SUV and limit in mm in place of the usual ones; None for those.
        liver: centre of the sphere in the liver that a person confirmed.
        propose: whether places of liver and aorta are proposed.
        names: of the spheres, boxes and grown regions, in this order; of some or all of them.
    """

    spheres: tuple[Numbers, ...]
    boxes: tuple[Numbers, ...]
    seeds: tuple[Numbers, ...]
    grow_by: str
    grow_suv: float | None
    grow_reach: float | None
    liver: Numbers | None
    propose: bool
    names: tuple[str, ...]

    def require_one_source(self, region_file: Path | None) -> None:
        """Refuse a command with no region, or with a file and regions to be made.

        Raises:
            click.UsageError: one of these.
        """
        asked = self.spheres or self.boxes or self.seeds or self.propose
        if bool(asked) == (region_file is not None):
            raise click.UsageError(
                "Give either --region, or --sphere, --box, --grow or --propose-references."
            )

    def make(self, pet: "PetSeries") -> list["Region"]:
        """The regions on a series, numbered from 1.

        Raises:
            InputError: PERCIST's limit is asked for without a liver.
        """
        from petsuv.rules import Growing
        from petsuv.shapes import box, sphere

        rules = Growing()
        if self.grow_suv is not None:
            rules = replace(rules, fixed_suv=self.grow_suv)
        if self.grow_reach is not None:
            rules = replace(rules, reach_mm=self.grow_reach)
        series = pet.series
        made = [
            sphere(series, one[:3], one[3], f"sphere_{n}") for n, one in enumerate(self.spheres, 1)
        ]
        made += [box(series, one[:3], one[3:], f"box_{n}") for n, one in enumerate(self.boxes, 1)]
        made += self._grown(pet, rules)
        made = self._named(made)
        if self.propose:
            made += _proposed(pet, rules)
        return [replace(region, number=n) for n, region in enumerate(made, start=1)]

    def _named(self, made: list["Region"]) -> list["Region"]:
        from petsuv.shapes import PROPOSED

        wrong = [name for name in self.names if PROPOSED in name or not name.strip()]
        if wrong or len(self.names) > len(made) or len(set(self.names)) < len(self.names):
            raise InputError(
                f"--name: {', '.join(self.names)}; expected at most {len(made)} different names, "
                f"one a region that is made, without the word {PROPOSED}."
            )
        names = [*self.names, *(region.name for region in made[len(self.names) :])]
        return [replace(one, name=name) for one, name in zip(made, names, strict=True)]

    def _grown(self, pet: "PetSeries", rules: "Growing") -> list["Region"]:
        from petsuv.growing import by_fixed_suv, by_liver, by_share, grown
        from petsuv.shapes import sphere

        if not self.seeds:
            return []
        if self.grow_by == "percist":
            if self.liver is None:
                raise InputError(
                    "--grow-by percist: no liver; expected --liver x,y,z, the centre of a sphere "
                    "that you have looked at. --propose-references proposes one."
                )
            liver = sphere(pet.series, self.liver, rules.reference_mm, "liver")
            threshold = by_liver(pet, liver, rules)
        else:
            threshold = by_share(rules) if self.grow_by == "share" else by_fixed_suv(rules)
        return [
            grown(pet, seed, threshold, rules, f"grown_{n}") for n, seed in enumerate(self.seeds, 1)
        ]


def _proposed(pet: "PetSeries", rules: "Growing") -> list["Region"]:
    """Proposals of liver and aorta; one that is not found stands with its reason."""
    from petsuv.references import propose_aorta, propose_liver
    from petsuv.region import refused_region

    try:
        liver = propose_liver(pet, rules)
    except Refused as reason:
        return [refused_region("liver (proposed)", str(reason))]
    try:
        aorta = propose_aorta(pet, liver, rules).region
    except Refused as reason:
        aorta = refused_region("aorta (proposed)", str(reason))
    return [liver.region, aorta]


def region_options(command: Callable[..., None]) -> Callable[..., None]:
    """The options, by the names of `Asked` and of what is written."""
    point, folder = Millimetres("x,y,z"), click.Path(path_type=Path, dir_okay=False)
    options = (
        click.option("--sphere", "spheres", multiple=True, type=Millimetres("x,y,z,diameter"),
                     help="A sphere in patient coordinates, mm, instead of a region file."),
        click.option("--box", "boxes", multiple=True, type=Millimetres("x,y,z,dx,dy,dz"),
                     help="A box by its centre and edges, mm."),
        click.option("--grow", "seeds", multiple=True, type=point,
                     help="A region grown from a seed, mm."),
        click.option("--grow-by", type=click.Choice(["share", "suv", "percist"]), default="share",
                     show_default=True, help="41% of the maximum, a fixed SUV, PERCIST's limit."),
        click.option("--grow-suv", type=click.FloatRange(min=0, min_open=True),
                     help="The fixed SUV; 4 otherwise."),
        click.option("--grow-reach", type=click.FloatRange(min=0, min_open=True),
                     help="Farthest from its maximum that a region may grow, mm; 60 otherwise."),
        click.option("--liver", type=point, help="Centre of a 3 cm sphere in the liver, mm."),
        click.option("--propose-references", "propose", is_flag=True,
                     help="Propose places of liver and aorta to look at; proven on phantoms only."),
        click.option("--name", "names", multiple=True,
                     help="Name of a made region, as its lesion's: spheres, boxes, then grown."),
        click.option("--seg", type=folder, help="DICOM SEG to write the made regions to."),
        click.option("--recovery", type=folder,
                     help="Measured recovery curves, CSV: corrected values beside the others."),
        click.option("--scanner", help="Whose curve; the header's model name otherwise."),
    )  # fmt: skip
    for option in reversed(options):
        command = option(command)
    return command


def write_made(pet: "PetSeries", regions: list["Region"], path: Path) -> None:
    """Write made regions as a DICOM SEG that says how each was made.

    Raises:
        InputError: there is none to write.
    """
    from compendium.files import write_whole
    from petsuv.segmentation import Segment, series_segmentation
    from petsuv.shapes import how_made, is_proposed

    usable = [
        Segment(region, not is_proposed(region), how_made(region), how_made(region))
        for region in regions
        if not region.reason
    ]
    if not usable:
        raise InputError(f"{path}: no region to write; expected one that was made.")
    content = BytesIO()
    series_segmentation(pet.series, usable).save_as(content)
    write_whole(path, content.getvalue())


def add_recovery(
    rows: list[dict[str, Any]], table: Path | None, scanner: str | None, pet: "PetSeries"
) -> tuple[str, ...]:
    """Add recovery-corrected values beside those of measured rows; the columns that are new."""
    from petsuv.recovery import CORRECTED, read_curves, recovered

    if table is None:
        return ()
    named = scanner or pet.series.header["model"].text
    curves = read_curves(table)
    for row in rows:
        if row["status"] == "ok":
            row.update(recovered(row, curves, named))
    return tuple(CORRECTED)
