"""What lies in a tree: series by UID, whether each gives SUV, regions, copies, other files."""

import pickle
import zipfile

import pytest
from click.testing import CliRunner
from openpyxl import load_workbook
from pydicom.uid import SecondaryCaptureImageStorage

from compendium.cli.pet import index as index_command
from compendium.errors import InputError, Refused
from compendium.study.proposal import proposed_scans
from petsuv.index import index_tree
from petsuv.testing.contours import rectangle, write_rtstruct
from petsuv.testing.series import iodine_124, write_series
from petsuv.text import uid_of

BOX = {"L1": [rectangle(-5, -7, 5, 3, 3)]}


def write(folder, name, **changes):
    """A series with UIDs of its own."""
    return write_series(
        folder, SeriesInstanceUID=uid_of(name),
        each=lambda i, ds: setattr(ds, "SOPInstanceUID", uid_of(name, i)), **changes,
    )  # fmt: skip


@pytest.fixture
def tree(tmp_path):
    """Two patients, three PET series of which one has no SUV, a CT, two structure sets, a copy."""
    root = tmp_path / "export"
    write(root / "a1", "low", PatientID="T1", dose=iodine_124("20250310110000"), SeriesNumber=3)
    write(root / "a1" / "x", "high", PatientID="T1", dose=iodine_124("20250320110000"),
          SeriesNumber=4, AcquisitionDate="20250322", SeriesDate="20250322")  # fmt: skip
    write(root / "b", "counts", PatientID="T2", Units="PROPCNTS", SeriesDescription="=1+1")
    write(root / "b" / "ct", "ct", PatientID="T2", Modality="CT")
    write_rtstruct(root / "r1", BOX, series_uid=uid_of("low"), SeriesInstanceUID=uid_of("r1"))
    write_rtstruct(root / "r2", BOX, series_uid=uid_of("counts"), SeriesInstanceUID=uid_of("r2"))
    first = sorted((root / "a1" / "x").iterdir())[0]
    (root / "a1" / "x" / "again").write_bytes(first.read_bytes())
    for name in ("Thumbs.db", "DICOMDIR", "letter.docx", "VERSION"):
        (root / name).write_text("no image")
    return root


def by_uid(tree):
    return {one.series_uid: one for one in index_tree(tree).series}


def test_says_of_each_series_what_it_is(tree):
    found = by_uid(tree)
    low, high, ct = (found[uid_of(name)] for name in ("low", "high", "ct"))
    assert (low.patient_id, low.date, low.modality, low.number) == ("T1", "20250312", "PT", "3")
    assert low.tracer == "124I Sodium iodide I^124^"
    assert (low.suv, low.reason, len(low.files)) == (True, "", 4)
    assert (high.date, high.n_copies, len(high.files)) == ("20250322", 1, 5)
    assert (ct.modality, ct.suv, ct.tracer) == ("CT", None, "")


def test_tells_pet_from_screen_shots_of_it(tmp_path):
    write(tmp_path / "a", "pet")
    write(tmp_path / "b", "shot", SOPClassUID=SecondaryCaptureImageStorage)
    found = by_uid(tmp_path)
    assert (found[uid_of("pet")].suv, found[uid_of("shot")].suv) == (True, None)
    assert len(proposed_scans(index_tree(tmp_path), tmp_path)) == 1


def test_says_why_a_series_gives_no_suv(tree):
    counts = by_uid(tree)[uid_of("counts")]
    assert counts.suv is False
    assert "(0054,1001) Units is PROPCNTS" in counts.reason


def test_gives_each_series_the_regions_that_name_it(tree):
    found = by_uid(tree)
    names = {name: [path.name for path in found[uid_of(name)].regions]
             for name in ("low", "high", "counts")}  # fmt: skip
    assert names == {"low": ["r1"], "high": [], "counts": ["r2"]}


def test_gives_files_of_one_region_series_each_to_its_own(tmp_path):
    # Some software files every structure set of a patient under one Series Instance UID.
    for name in ("one", "two"):
        write(tmp_path / name, name, FrameOfReferenceUID=uid_of("frame", name))
        write_rtstruct(tmp_path / f"r_{name}", BOX, series_uid=uid_of(name),
                       frame=uid_of("frame", name), SeriesInstanceUID=uid_of("r"))  # fmt: skip
    (tmp_path / "copy").write_bytes((tmp_path / "r_one").read_bytes())
    found = by_uid(tmp_path)
    names = {name: [path.name for path in found[uid_of(name)].regions] for name in ("one", "two")}
    assert names == {"one": ["copy"], "two": ["r_two"]}
    assert found[uid_of("r")].n_copies == 1


def test_proposes_regions_of_ct_in_the_same_frame_to_be_looked_at(tmp_path):
    write(tmp_path / "pet", "pet")
    write_rtstruct(tmp_path / "rs", BOX, series_uid=uid_of("ct"))
    (row,) = proposed_scans(index_tree(tmp_path), tmp_path).to_dict("records")
    assert row["region_file"] == "rs"
    assert "that of its frame of reference was drawn on another series" in row["check"]
    assert "tracer: the header names" in row["check"]  # FDG


def test_tasks_that_are_sent_elsewhere_give_the_same(tree):
    def sent(function, tasks):
        return [pickle.loads(pickle.dumps(function))(pickle.loads(pickle.dumps(t))) for t in tasks]

    assert index_tree(tree, sent) == index_tree(tree)


def test_counts_what_is_no_image(tree):
    found = index_tree(tree)
    assert found.left_out == {".db": 1, "DICOMDIR": 1, ".docx": 1, "not DICOM": 1}
    assert found.n_files == 4 + 5 + 4 + 4 + 2 + 4


@pytest.mark.slow
def test_counts_an_archive_that_cannot_be_opened_with_the_reason(tree):
    with zipfile.ZipFile(tree / "bomb.zip", "w", zipfile.ZIP_DEFLATED) as archive:
        archive.writestr("0.dcm", bytes(51_000_000))
    found = index_tree(tree)
    (said,) = (kind for kind in found.left_out if kind.startswith("archive: "))
    assert "bomb.zip: would unpack to 51 MB" in said
    assert len(found.series) == len(index_tree(tree / "b").series) + 4
    with pytest.raises(Refused, match="would unpack"):
        index_tree(tree / "bomb.zip")


def test_proposes_a_row_a_pet_series(tree):
    rows = proposed_scans(index_tree(tree), tree).set_index("scan_id")
    assert rows.index.tolist() == ["T1_1", "T1_2", "T2_1"]
    assert rows["series_dir"].tolist() == ["a1", "a1/x", "b"]
    # a1 holds both series of T1, so that the one of them has to be named
    assert rows["series"].tolist() == [uid_of("low"), "", ""]
    assert rows["region_file"].tolist() == ["r1", "", "r2"]
    assert rows["tracer"].tolist() == ["124I", "124I", "18F-Trop2"]
    assert rows["days_after_first"].tolist() == [0, 10, 0]
    assert rows["scan_day"].isna().all()
    assert "no region file names it" in rows.loc["T1_2", "check"]


class TestCommand:
    def test_writes_a_workbook(self, tree, tmp_path):
        out = tmp_path / "index.xlsx"
        result = CliRunner().invoke(index_command, [str(tree), "--out", str(out)])
        assert result.exit_code == 0, result.output
        assert "6 series, 3 of PET, 2 of them with SUV; 4 files left out" in result.output
        book = load_workbook(out)
        assert book.sheetnames == ["series", "pet_scan", "left_out"]
        cells = [cell for row in book["series"].iter_rows() for cell in row]
        (described,) = [cell for cell in cells if cell.value == "=1+1"]
        assert described.data_type == "s"

    def test_writes_no_other_kind_of_file(self, tree, tmp_path):
        result = CliRunner().invoke(index_command, [str(tree), "--out", str(tmp_path / "i.csv")])
        assert isinstance(result.exception, InputError)
