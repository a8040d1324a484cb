"""The public names: what README shows is what happens."""

import re
import subprocess
import sys
from pathlib import Path

import numpy as np
import pytest
import SimpleITK as sitk

import petsuv
from petsuv.testing.contours import rectangle, write_rtstruct
from petsuv.testing.series import SUV_PER_BQML, stored_values, write_series

README = Path(petsuv.__file__).parent / "README.md"


@pytest.fixture
def phantom(tmp_path, monkeypatch):
    """The working folder holds a series and its regions under the names of README."""
    monkeypatch.chdir(tmp_path)
    write_series(tmp_path / "pet", PatientWeight="70000")
    write_rtstruct(tmp_path / "lesions.dcm", {"L1": [rectangle(-5, -7, 5, 3, 3)], "empty": []})


def test_the_example_of_the_readme_runs_and_is_ten_lines(phantom, capsys):
    (example,) = re.findall(r"```python\n(.*?)```", README.read_text(encoding="utf-8"), re.S)
    assert len([line for line in example.splitlines() if line]) <= 10
    exec(compile(example, "README.md", "exec"), {})
    shown = capsys.readouterr().out.splitlines()
    assert shown[0].startswith("(4, 6, 5) ")
    assert shown[1:3] == ["L1 ok ", shown[2]]
    assert float(shown[2].split()[0]) == pytest.approx(480 * SUV_PER_BQML)
    assert shown[2].endswith("weight_in_grams(70000)")
    assert shown[3].startswith("empty refused lesions.dcm, region empty: without any voxel")
    assert "weight_kg 70.0 kg (0010,1030) Patient's Weight" in shown


class TestSeries:
    def test_holds_suv_of_every_voxel(self, phantom):
        pet = petsuv.load("pet")
        assert np.allclose(pet.suv, stored_values() * SUV_PER_BQML, rtol=1e-12)
        assert pet.flags == ("weight_in_grams(70000)",)

    @pytest.mark.parametrize("down", [False, True])
    def test_its_image_has_the_place_of_every_voxel(self, phantom, down):
        if down:
            write_series(Path("pet"), ImageOrientationPatient=["1", "0", "0", "0", "-1", "0"])
        pet = petsuv.load("pet")
        image = pet.image
        for index in ((0, 0, 0), (3, 2, 1)):
            place = image.TransformIndexToPhysicalPoint(index[::-1])
            assert place == pytest.approx(pet.series.point_mm(index).tolist())
            assert image.GetPixel(index[::-1]) == pet.suv[index]
        sitk.WriteImage(image, "suv.nii.gz")
        assert np.array_equal(sitk.GetArrayFromImage(sitk.ReadImage("suv.nii.gz")), pet.suv)

    def test_measures_a_file_a_named_region_or_a_region(self, phantom):
        pet = petsuv.load("pet")
        rows = pet.measure("lesions.dcm")
        assert [(row["region"], row["status"]) for row in rows] == [
            ("L1", "ok"),
            ("empty", "refused"),
        ]
        (region,) = pet.regions("lesions.dcm", "L1")
        assert pet.measure(region) == pet.measure("lesions.dcm", "L1") == rows[:1]
        assert set(petsuv.metrics.FIGURES) == set(rows[0]) - set(rows[1])

    def test_thresholds_are_rules(self, phantom):
        (row,) = petsuv.load("pet").measure("lesions.dcm", "L1", petsuv.Rules(volume_share=0.99))
        assert row["mtv_share_ml"] == pytest.approx(0.048)

    def test_overrides_are_flagged(self, phantom):
        pet = petsuv.load("pet", petsuv.Overrides(weight_kg=77))
        assert "weight_override(77 kg, header 70000)" in pet.flags

    @pytest.mark.parametrize(
        ("region", "name", "words"),
        [("gone.dcm", None, "gone.dcm: no such file"), ("lesions.dcm", "L7", "no region named L7")],
    )
    def test_names_what_is_missing(self, phantom, region, name, words):
        with pytest.raises(petsuv.InputError, match=words):
            petsuv.load("pet").measure(region, name)


class TestNames:
    def test_all_of_them_are_there(self):
        for name in petsuv.__all__:
            assert getattr(petsuv, name) is not None
        assert dir(petsuv) == petsuv.__all__

    def test_another_one_is_an_attribute_error_that_lists_them(self):
        with pytest.raises(AttributeError, match="no attribute read; it has InputError"):
            _ = petsuv.read

    @pytest.mark.slow
    def test_are_loaded_when_used(self):
        """Neither numpy nor pydicom for the bare import; no compendium for anything."""
        program = (
            "import sys, petsuv\n"
            "early = {'numpy', 'pydicom', 'SimpleITK', 'petsuv.series'} & set(sys.modules)\n"
            "petsuv.load, petsuv.Rules\n"
            "raise SystemExit(f'loaded {early}' if early or 'compendium' in sys.modules else 0)"
        )
        done = subprocess.run([sys.executable, "-c", program], capture_output=True, text=True)
        assert done.returncode == 0, done.stderr
