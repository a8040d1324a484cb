"""Files with damaged bytes: read, or refused by name; never any other exception."""

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from pet_series import rectangle, region, rtstruct, save, series, slices
from pydicom.uid import RLELossless

from compendium.errors import UserError
from petsuv.export import segmentation
from petsuv.metrics import Rules, uptake_figures
from petsuv.regions import read_regions
from petsuv.series import load_series
from petsuv.suv import convert
from petsuv.volume import Volume

KINDS = ("slice", "compressed slice", "RTSTRUCT", "SEG")


@st.composite
def damage(draw):
    """What happens to a file: places as shares of its length, bytes put there, where it ends."""
    place = st.floats(0.0, 1.0, exclude_max=True)
    change = st.tuples(place, st.integers(0, 12), st.binary(max_size=12))
    end = st.sampled_from([1.0, 1.0, 1.0, 0.99, 0.7, 0.3])
    return draw(st.lists(change, min_size=1, max_size=4)), draw(end)


def damaged(content: bytes, how) -> bytes:
    changes, end = how
    for place, gone, put in changes:
        at = int(place * len(content))
        content = content[:at] + put + content[at + gone :]
    return content[: int(len(content) * end)]


@pytest.fixture(scope="module")
def files(tmp_path_factory):
    """A folder with a whole series, and one file of each kind with its bytes."""
    folder = tmp_path_factory.mktemp("damage")
    pet = load_series(series(folder / "pet"))
    whole = sorted((folder / "pet").iterdir())[1]
    compressed = slices()[0]
    save(compressed, folder / "packed.dcm")
    compressed.compress(RLELossless, generate_instance_uid=False)
    drawn = rtstruct(folder / "rs.dcm", {"L1": [rectangle(-5, -7, 5, 3, 3)]})
    volume = Volume(pet, convert(pet))
    segmentation(volume, read_regions(drawn, pet)).save_as(folder / "seg.dcm")
    packed = save(compressed, folder / "packed.dcm", RLELossless)
    contents = (path.read_bytes() for path in (whole, packed, drawn, folder / "seg.dcm"))
    return folder, pet, whole, dict(zip(KINDS, contents, strict=True))


@pytest.mark.parametrize("kind", KINDS)
@settings(max_examples=60, deadline=None, derandomize=True, suppress_health_check=list(HealthCheck))
@given(how=damage())
def test_is_read_or_refused(files, kind, how):
    folder, pet, whole, contents = files
    content = damaged(contents[kind], how)
    try:
        if "slice" in kind:
            target = whole if kind == "slice" else folder / "one" / "packed.dcm"
            target.parent.mkdir(exist_ok=True)
            target.write_bytes(content)
            found = load_series(target.parent)
            uptake_figures(Volume(found, convert(found)), region(found.stored > -1), Rules())
        else:
            path = folder / "damaged.dcm"
            path.write_bytes(content)
            read_regions(path, pet)
    except UserError as reason:
        text = str(reason)
    else:
        text = "read"
    finally:
        whole.write_bytes(contents["slice"])
    assert text
