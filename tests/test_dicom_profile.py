"""PS3.15 Table E.1-1, attribute by attribute: each action does to a file what its letter says."""

import warnings
from typing import Any

import pytest
from pydicom.datadict import dictionary_has_tag, dictionary_VR, tag_for_keyword
from pydicom.dataset import Dataset

from compendium.privacy import dicom_identity, dicom_profile
from compendium.privacy.deidentifier import Deidentifier, new_uid
from compendium.privacy.dicom_profile import BASIC, BY_ACTION, RETAINED, Treatment, treatment

KEY = "k" * 32
LISTED = {tag: action for tag, action in BASIC.items() if dictionary_has_tag(tag)}


def value_of(kind: str) -> Any:
    """A value that somebody could be known by."""
    if kind == "SQ":
        item = Dataset()
        item.CodeMeaning = "secret"
        return [item]
    if kind in ("OB", "OW", "UN"):
        return b"secret"
    plain = {"DA": "20210314", "DT": "20210314101500", "TM": "101500", "AS": "074Y", "UI": "1.2.3"}
    return plain.get(kind, "SECRET" if kind in {*dicom_profile.TEXT_KINDS, "PN", "CS", "AE"} else 7)


def after(tag: int) -> Dataset:
    """A data set with this element, de-identified."""
    kind = dictionary_VR(tag).split(" ")[0]
    made = Dataset()
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        made.add_new(tag, kind, value_of(kind))
        Deidentifier(KEY).apply(made)
    return made


def those(*actions: str) -> list[int]:
    """Elements of the table by action, but for those that an option keeps, and dates."""
    return [
        tag
        for tag, action in LISTED.items()
        if action in actions
        and tag not in RETAINED
        and treatment(tag, dictionary_VR(tag)) is not Treatment.SHIFT
    ]


def test_the_table_is_that_of_2026c_and_whole() -> None:
    assert len(BASIC) == 652
    assert {action: len(tags) for action, (tags, _) in BY_ACTION.items()} == {
        "D": 93, "Z": 42, "X": 415, "U": 55,
        "Z/D": 6, "X/Z": 11, "X/D": 23, "X/Z/D": 8, "X/Z/U*": 2,
    }  # fmt: skip


@pytest.mark.parametrize("tag", those("X"))
def test_x_is_removed(tag: int) -> None:
    assert tag not in after(tag)


@pytest.mark.parametrize("tag", those("Z", "X/Z"))
def test_z_is_emptied(tag: int) -> None:
    shared = after(tag)
    assert tag not in shared or shared[tag].is_empty


@pytest.mark.parametrize("tag", those("D", "Z/D", "X/D", "X/Z/D"))
def test_d_is_a_dummy_that_is_not_empty(tag: int) -> None:
    shared = after(tag)
    kind = dictionary_VR(tag).split(" ")[0]
    if tag >> 16 == 0x0400 or kind == "AE":  # these go whatever the table says
        assert tag not in shared
    elif kind == "SQ":
        assert [len(item) for item in shared[tag].value] == [0]
    elif kind == "UI":
        assert shared[tag].value == "2.25.0"
    else:
        assert shared[tag].value == dicom_identity.dummy(kind) != value_of(kind)


@pytest.mark.parametrize("tag", those("U"))
def test_u_is_a_new_uid_that_is_always_the_same(tag: int) -> None:
    if tag >> 16 == 0x0400:
        assert tag not in after(tag)
    else:
        assert after(tag)[tag].value == new_uid("1.2.3", KEY) == after(tag)[tag].value != "1.2.3"


@pytest.mark.parametrize("tag", those("X/Z/U*"))
def test_contained_references_get_new_uids(tag: int) -> None:
    made, item = Dataset(), Dataset()
    item.ReferencedSOPInstanceUID, item.PatientName = "1.2.3", "Zhang^Wei"
    made.add_new(tag, "SQ", [item])
    Deidentifier(KEY).apply(made)
    (kept,) = made[tag].value
    assert kept.ReferencedSOPInstanceUID == new_uid("1.2.3", KEY)
    assert str(kept.PatientName) != "Zhang^Wei"


@pytest.mark.parametrize(
    "tag", [t for t in LISTED if treatment(t, dictionary_VR(t)) is Treatment.SHIFT]
)
def test_dates_of_a_scan_move_and_times_stay(tag: int) -> None:
    shared = after(tag)
    kind = dictionary_VR(tag)
    if tag >> 16 == 0x0400:
        assert tag not in shared
    elif kind == "TM":
        assert shared[tag].value == "101500"
    else:
        assert shared[tag].value[:8] < "20210314"
        assert shared[tag].value[8:] == value_of(kind)[8:]


@pytest.mark.parametrize("group", [0x5000, 0x501E, 0x50FE, 0x6000, 0x601E, 0x60FE])
@pytest.mark.parametrize("element", [0x0022, 0x3000, 0x4000])
def test_repeating_groups_are_removed(group: int, element: int) -> None:
    made = Dataset()
    made.add_new((group, element), "LO", "secret")
    Deidentifier(KEY).apply(made)
    assert (group, element) not in made


@pytest.mark.parametrize("tag", [t for t in BASIC if t not in LISTED])
def test_what_the_dictionary_does_not_know_is_removed(tag: int) -> None:
    made = Dataset()
    made.add_new(tag, "LO", "secret")
    Deidentifier(KEY).apply(made)
    assert tag not in made


@pytest.mark.parametrize(
    ("keyword", "value", "expected"),
    [
        ("PatientSex", "F", "F"),
        ("PatientWeight", 70.5, 70.5),
        ("PatientSize", 1.7, 1.7),
        ("ROIName", "GTV_L1", "GTV_L1"),
        ("StructureSetLabel", "PET", "PET"),
        ("ROIObservationLabel", "of 13912345678", "of ***"),
        ("TimezoneOffsetFromUTC", "+0800", "+0800"),
        ("TimezoneOffsetFromUTC", "SECRET", ""),
    ],
)
def test_what_an_option_keeps(keyword: str, value: object, expected: object) -> None:
    made = Dataset()
    setattr(made, keyword, value)
    Deidentifier(KEY).apply(made)
    assert made[keyword].value == expected
    assert RETAINED[tag_for_keyword(keyword)][0] in dicom_profile.OPTIONS


def test_the_code_is_claimed_only_where_the_whole_table_holds(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    kept = Dataset()
    kept.InstitutionName = "A Hospital"
    Deidentifier(KEY).apply(kept)
    codes = [item.CodeValue for item in kept.DeidentificationMethodCodeSequence]
    assert codes == ["113100", "113105", "113107", "113108", "113111"]
    for keyword in ("InstitutionName", "AccessionNumber", "SeriesDescription", "StationName"):
        left = Dataset()
        setattr(left, keyword, "secret")
        assert dicom_identity.unmet(left) == [keyword]
    left = Dataset()
    left.StudyInstanceUID = "1.2.3"
    assert dicom_identity.unmet(left) == ["StudyInstanceUID"]
    monkeypatch.setattr(dicom_identity, "unmet", lambda dataset: ["InstitutionName"])
    Deidentifier(KEY).apply(kept)
    assert "DeidentificationMethodCodeSequence" not in kept
