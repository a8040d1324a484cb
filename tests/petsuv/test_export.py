"""What other software reads: SEG and SR by highdicom, JSON side-car; written and read back."""

import json
from datetime import datetime

import highdicom as hd
import numpy as np
import pytest

from petsuv.export import side_car, write_exports
from petsuv.metrics import uptake_figures
from petsuv.region import refused_region
from petsuv.regions import read_regions
from petsuv.rules import Rules
from petsuv.series import load_series
from petsuv.suv import convert
from petsuv.testing.contours import rectangle, write_rtstruct
from petsuv.testing.series import write_series
from petsuv.volume import Volume


@pytest.fixture(scope="module")
def exported(tmp_path_factory):
    """A series with two lesions, its rows, and the folder of its exports."""
    folder = tmp_path_factory.mktemp("export")
    pet = load_series(
        write_series(folder / "pet", PatientName="王^小明", SpecificCharacterSet="GB18030")
    )
    volume = Volume(pet, convert(pet))
    boxes = {
        "L1": [rectangle(-5, -7, 5, 3, z) for z in (3, 6)],
        "L2": [rectangle(-9, -11, 1, -1, 6)],
    }
    regions = read_regions(write_rtstruct(folder / "rs.dcm", boxes), pet)
    rows = [
        {"lesion_id": one.name, "status": "ok", "site": site} | uptake_figures(volume, one, Rules())
        for one, site in zip(regions, ("lung", "other"), strict=True)
    ]
    rows.append({"lesion_id": "L3", "status": "refused", "site": "bone"})
    usable = [*regions, refused_region("L3", "without any voxel")]
    write_exports(folder / "out", "S1", volume, usable, rows)
    return volume, regions, rows, folder / "out"


class TestSegmentation:
    def test_is_read_back_voxel_by_voxel(self, exported):
        volume, regions, _, folder = exported
        found = read_regions(folder / "S1_seg.dcm", volume.series)
        for one, other in zip(found, regions, strict=True):
            assert (one.name, one.start, one.flags) == (other.name, other.start, ())
            assert np.array_equal(one.voxels, other.voxels)

    def test_is_one_that_highdicom_reads(self, exported):
        volume, _, _, folder = exported
        seg = hd.seg.segread(folder / "S1_seg.dcm")
        assert seg.FrameOfReferenceUID == volume.series.header["frame_of_reference"].text
        assert list(seg.segment_numbers) == [1, 2]
        assert [item.SegmentLabel for item in seg.SegmentSequence] == ["L1", "L2"]
        assert str(seg.PatientName) == "王^小明"

    def test_is_the_same_uid_each_time(self, exported, tmp_path):
        volume, regions, rows, folder = exported
        write_exports(tmp_path, "S1", volume, regions, rows)
        first, second = (hd.seg.segread(at / "S1_seg.dcm") for at in (folder, tmp_path))
        assert first.SOPInstanceUID == second.SOPInstanceUID


class TestStructuredReport:
    def test_is_read_back_with_every_measurement(self, exported):
        _, _, rows, folder = exported
        report = hd.sr.srread(folder / "S1_sr.dcm")
        groups = report.content.get_volumetric_roi_measurement_groups()
        assert [group.tracking_identifier for group in groups] == ["L1", "L2"]
        for group, row in zip(groups, rows, strict=False):
            found = {
                (one.name.meaning, one.derivation.meaning if one.derivation else ""): (
                    one.value,
                    one.unit.value,
                )
                for one in group.get_measurements()
            }
            unit = "g/ml{SUVbw}"
            assert found["SUVbw", "Maximum"] == (pytest.approx(row["suv_max"]), unit)
            assert found["SUVbw", "Mean"] == (pytest.approx(row["suv_mean"]), unit)
            assert found["Peak Value Within ROI", ""] == (pytest.approx(row["suv_peak"]), unit)
            assert found["Volume", ""] == (pytest.approx(row["volume_ml"]), "ml")

    def test_points_to_the_segments_and_the_site(self, exported):
        _, _, _, folder = exported
        seg = hd.seg.segread(folder / "S1_seg.dcm")
        groups = hd.sr.srread(folder / "S1_sr.dcm").content.get_volumetric_roi_measurement_groups()
        for number, group in enumerate(groups, start=1):
            pointers = [
                item.ReferencedSOPSequence[0]
                for item in group[0].ContentSequence
                if item.ConceptNameCodeSequence[0].CodeMeaning == "Referenced Segment"
            ]
            assert [one.ReferencedSOPInstanceUID for one in pointers] == [seg.SOPInstanceUID]
            assert [one.ReferencedSegmentNumber for one in pointers] == [number]
        assert groups[0].finding_sites[0].value.meaning == "Lung structure"
        assert not groups[1].finding_sites


class TestSideCar:
    def test_says_what_was_used_and_no_date(self, exported):
        _, _, _, folder = exported
        text = (folder / "S1_pet.json").read_text(encoding="utf-8")
        found = json.loads(text)
        assert "2025" not in text
        assert found["TracerRadionuclide"] == "18F"
        assert found["InjectedRadioactivity"] == 370
        assert found["TimeZero"] == "10:00:00"
        assert found["InjectionStart"] == 0
        assert found["ScanStart"] == found["ImageDecayCorrectionTime"] == 3600
        assert found["FrameDuration"] == [120]
        assert found["SUV"]["Quantities"]["weight_kg"] == {
            "value": 70.0,
            "unit": "kg",
            "source": "(0010,1030) Patient's Weight",
        }
        assert found["SUV"]["Quantities"]["administered_at"]["source"].startswith("(0018,1078)")

    def test_its_factors_give_the_values_again(self, exported):
        volume, _, _, folder = exported
        factors = json.loads((folder / "S1_pet.json").read_text())["SUV"]["SuvPerStoredValue"]
        assert np.array_equal(factors, volume.conversion.suv_per_stored)

    def test_of_a_series_without_injection_says_so(self, tmp_path):
        pet = load_series(
            write_series(tmp_path, Units="GML", RadiopharmaceuticalInformationSequence=None)
        )
        found = side_car(Volume(pet, convert(pet)))
        assert (found["TracerRadionuclide"], found["InjectedRadioactivity"]) == ("n/a", "n/a")
        assert found["InjectionStart"] == "n/a"
        assert found["TimeZero"] == f"{datetime(2025, 3, 12, 11):%H:%M:%S}"
        json.dumps(found, allow_nan=False)


def test_without_a_region_only_the_side_car_is_written(exported, tmp_path):
    volume, _, _, _ = exported
    write_exports(tmp_path, "S1", volume, [refused_region("L1", "outside")], [])
    assert [path.name for path in tmp_path.iterdir()] == ["S1_pet.json"]
