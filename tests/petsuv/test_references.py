"""Liver and aorta are found on phantoms, proposed and not used; where there is none, none is."""

from dataclasses import replace

import numpy as np
import pytest
from numpy.typing import NDArray

from petsuv.errors import InputError, Refused
from petsuv.growing import by_liver
from petsuv.references import propose_aorta, propose_liver
from petsuv.rules import Growing
from petsuv.shapes import how_made
from petsuv.testing.volumes import volume
from petsuv.volume import Volume

RULES = Growing()
SHAPE = (150, 70, 100)  # 4 mm voxels: 600 mm tall, 280 mm deep, 400 mm wide
CENTRE_X, CENTRE_Y = 198.0, 138.0


def ellipsoid(centre: tuple[float, ...], half: tuple[float, ...]) -> NDArray[np.bool_]:
    """Voxels (z, y, x) within an ellipsoid given as (x, y, z), mm."""
    z, y, x = np.indices(SHAPE) * 4.0
    parts = [(v - c) / h for v, c, h in zip((x, y, z), centre, half, strict=True)]
    return np.asarray(sum(part**2 for part in parts) <= 1)


LIVER = ellipsoid((120.0, 130.0, 250.0), (70.0, 60.0, 60.0))
AORTA = ellipsoid((212.0, 170.0, 380.0), (12.0, 12.0, 1e9)) & (np.indices(SHAPE)[0] > 82)
BODY = ellipsoid((CENTRE_X, CENTRE_Y, 300.0), (170.0, 115.0, 1e9))


def patient(
    *, liver: float = 2.2, aorta: float = 1.5, noise: float = 0.1, **more: tuple[object, float]
) -> Volume:
    """A torso with lungs, liver, aorta, brain and bladder by FDG's uptake."""
    rng = np.random.default_rng(7)
    suv = np.where(BODY, 0.6, 0.02)
    suv[ellipsoid((110.0, 130.0, 420.0), (60.0, 80.0, 90.0))] = 0.3
    suv[ellipsoid((290.0, 130.0, 420.0), (60.0, 80.0, 90.0))] = 0.3
    suv[LIVER] = liver
    suv[AORTA] = aorta
    suv[ellipsoid((CENTRE_X, CENTRE_Y, 575.0), (60.0, 70.0, 40.0))] = 7.0
    suv[ellipsoid((CENTRE_X, CENTRE_Y, 30.0), (35.0, 35.0, 30.0))] = 20.0
    for mask, value in more.values():
        suv[mask] = value
    return volume(suv * (1 + noise * rng.standard_normal(SHAPE)), (4.0, 4.0, 4.0))


def inside(mask: NDArray[np.bool_], point_mm: tuple[float, float, float]) -> bool:
    x, y, z = (round(value / 4) for value in point_mm)
    return bool(mask[z, y, x])


@pytest.mark.parametrize("noise", [0.02, 0.1, 0.2])
@pytest.mark.parametrize("uptake", [1.6, 2.2, 3.0])
def test_the_sphere_lies_wholly_in_the_liver(uptake: float, noise: float) -> None:
    found = propose_liver(patient(liver=uptake, aorta=0.7 * uptake, noise=noise), RULES)
    assert LIVER[found.region.box][found.region.voxels].all()
    assert found.mean == pytest.approx(uptake, rel=0.05)


@pytest.mark.slow
def test_the_aorta_is_found_beside_it() -> None:
    pet = patient()
    found = propose_aorta(pet, propose_liver(pet, RULES), RULES)
    assert inside(AORTA, found.centre_mm)
    assert found.mean == pytest.approx(1.5, rel=0.1)


@pytest.mark.slow
def test_a_proposal_says_that_it_is_one() -> None:
    pet = patient()
    liver = propose_liver(pet, RULES)
    aorta = propose_aorta(pet, liver, RULES)
    assert liver.region.name == "liver (proposed)"
    assert aorta.region.name == "aorta (proposed)"
    assert how_made(liver.region).startswith("proposed, sphere of 30 mm at ")


def test_a_proposal_is_not_used_unseen_even_under_another_name() -> None:
    pet = patient()
    renamed = replace(propose_liver(pet, RULES).region, name="liver")
    with pytest.raises(InputError, match="a program proposed it"):
        by_liver(pet, renamed, RULES)


@pytest.mark.slow
def test_lesions_in_the_liver_are_kept_out() -> None:
    lesion = ellipsoid((120.0, 130.0, 250.0), (18.0, 18.0, 18.0))
    found = propose_liver(patient(lesion=(lesion, 9.0)), RULES)
    assert not lesion[found.region.box][found.region.voxels].any()
    assert found.mean == pytest.approx(2.2, rel=0.05)


@pytest.mark.parametrize("uptake", [0.6, 6.0])
def test_where_no_liver_shows_none_is_proposed(uptake: float) -> None:
    with pytest.raises(Refused, match="expected at least 200 mL for a liver"):
        propose_liver(patient(liver=uptake), RULES)


@pytest.mark.slow
def test_where_no_aorta_shows_none_is_proposed() -> None:
    pet = patient(aorta=0.3)
    with pytest.raises(Refused, match="expected an aorta"):
        propose_aorta(pet, propose_liver(pet, RULES), RULES)
