"""Files with damaged bytes: read, or refused by name; never any other exception."""

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from pydicom.uid import RLELossless

import petsuv
from petsuv.errors import UserError
from petsuv.regions import read_regions
from petsuv.segmentation import Segment, series_segmentation
from petsuv.series import load_series
from petsuv.testing.contours import rectangle, write_rtstruct
from petsuv.testing.files import compressed, save
from petsuv.testing.series import pet_slices, write_series
from petsuv.testing.volumes import region

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
    pet = load_series(write_series(folder / "pet"))
    whole = sorted((folder / "pet").iterdir())[1]
    drawn = write_rtstruct(folder / "rs.dcm", {"L1": [rectangle(-5, -7, 5, 3, 3)]})
    segments = [Segment(one) for one in read_regions(drawn, pet)]
    series_segmentation(pet, segments).save_as(folder / "seg.dcm")
    packed = save(compressed(pet_slices()[0], RLELossless), folder / "packed.dcm", RLELossless)
    contents = (path.read_bytes() for path in (whole, packed, drawn, folder / "seg.dcm"))
    return folder, pet, whole, dict(zip(KINDS, contents, strict=True))


@pytest.mark.slow
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
            found = petsuv.load(target.parent)
            found.measure(region(found.series.stored > -1))
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
