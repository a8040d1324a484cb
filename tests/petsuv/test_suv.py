"""Rules 3, 4, 5 and 8: units, weight, height, dose, and the factor to SUV by body weight."""

import math
from datetime import datetime

import pytest
from pydicom.sequence import Sequence

from petsuv.body import ideal_mass, lbm_james_120, lbm_james_128, lbm_janmahasatian, surface_m2
from petsuv.errors import Refused
from petsuv.notes import Overrides
from petsuv.series import load_series
from petsuv.suv import convert
from petsuv.testing.series import SUV_PER_BQML, radiopharmaceutical, write_series


def conversion(tmp_path, overrides=None, **changes):
    return convert(load_series(write_series(tmp_path, **changes)), overrides)


def factor(tmp_path, overrides=None, **changes) -> float:
    return float(conversion(tmp_path, overrides, **changes).suv_per_stored[0])


def refusal(tmp_path, overrides=None, **changes) -> str:
    with pytest.raises(Refused) as caught:
        conversion(tmp_path, overrides, **changes)
    return str(caught.value)


def private(group, creator, **elements):
    """Private elements by offset, with their creator, or without where it is empty."""

    def each(_, ds):
        block = ds.private_block(group, creator or "gone", create=True)
        for offset, value in elements.items():
            block.add_new(int(offset[1:], 16), "DS", value)
        if not creator:
            del ds[group, 0x0010]

    return each


class TestFormulas:
    """Worked by hand for 70 kg and 1.75 m: (70/175)² = 0.16, BMI 22.857."""

    def test_lean_mass(self):
        assert lbm_james_120(70, 1.75, male=True) == pytest.approx(77 - 19.2)
        assert lbm_james_128(70, 1.75, male=True) == pytest.approx(77 - 20.48)
        assert lbm_james_128(70, 1.75, male=False) == pytest.approx(74.9 - 23.68)
        assert lbm_james_120(70, 1.75, male=False) == lbm_james_128(70, 1.75, male=False)
        assert lbm_janmahasatian(70, 1.75, male=True) == pytest.approx(648900 / 11617.142857)
        assert lbm_janmahasatian(70, 1.75, male=False) == pytest.approx(648900 / 14357.142857)

    def test_ideal_mass_and_surface(self):
        assert ideal_mass(70, 1.75, male=True) == pytest.approx(48 + 1.06 * 23)
        assert ideal_mass(70, 1.75, male=False) == pytest.approx(45.5 + 0.91 * 23)
        # Du Bois 1916 tabulates 1.84 m² for 70 kg and 175 cm.
        assert surface_m2(70, 1.75) == pytest.approx(1.848, abs=0.001)


class TestUnits:
    def test_bqml_by_the_definition(self, tmp_path):
        assert factor(tmp_path) == pytest.approx(2.763367e-4, rel=1e-6)
        assert factor(tmp_path) == pytest.approx(SUV_PER_BQML, rel=1e-12)

    def test_the_slope_of_each_slice_counts(self, tmp_path):
        found = conversion(
            tmp_path, each=lambda i, ds: setattr(ds, "RescaleSlope", str(i + 1))
        ).suv_per_stored
        assert found == pytest.approx([SUV_PER_BQML * n for n in (1, 2, 3, 4)])

    @pytest.mark.parametrize("suv_type", [None, "BW"])
    def test_gml_is_suv(self, tmp_path, suv_type):
        assert factor(tmp_path, Units="GML", SUVType=suv_type) == 1.0

    @pytest.mark.parametrize(
        ("suv_type", "sex", "mass"),
        [
            ("LBM", "M", 57.8),
            ("LBM", "F", 51.22),
            ("LBM", "O", (57.8 + 51.22) / 2),
            ("LBMJAMES128", "M", 56.52),
            ("LBMJAMES128", "O", (56.52 + 51.22) / 2),
            ("LBMJANMA", "M", 648900 / 11617.142857),
            ("LBMJANMA", "F", 648900 / 14357.142857),
            ("IBW", "M", 72.38),
            ("IBW", "F", 66.43),
        ],
    )
    def test_gml_by_another_mass_is_brought_to_body_weight(self, tmp_path, suv_type, sex, mass):
        found = conversion(tmp_path, Units="GML", SUVType=suv_type, PatientSex=sex)
        assert found.suv_per_stored[0] == pytest.approx(70 / mass)
        assert any("sex_other" in flag for flag in found.flags) == (sex == "O")

    def test_cm2ml_is_suv_by_surface(self, tmp_path):
        found = factor(tmp_path, Units="CM2ML", SUVType="BSA")
        assert found == pytest.approx(70 / (10 * surface_m2(70, 1.75)))
        # SUVbsa = C · BSA/D and SUVbw = C · W/D, here for C/D = 1/mL.
        assert found == pytest.approx(70_000 / (1e4 * surface_m2(70, 1.75)))

    @pytest.mark.parametrize(
        ("changes", "words"),
        [
            (dict(Units="GML", SUVType="BSA"), "(0054,1006) SUV Type is BSA"),
            (dict(Units="CM2ML", SUVType="BW"), "(0054,1006) SUV Type is BW"),
            (dict(Units="GML", SUVType="LBM", PatientSize=None), "(0010,1020) Patient's Size"),
            (dict(Units="GML", SUVType="LBM", PatientSex=""), "(0010,0040) Patient's Sex"),
            (dict(Units="GML", SUVType="LBM", PatientWeight=None), "(0010,1030)"),
            (dict(Units="GML", SUVType="LBMJAMES128", PatientWeight="250"), "mass is -"),
            (dict(Units="PROPCNTS"), "(0054,1001) Units is PROPCNTS"),
            (dict(Units="PROPCPS"), "(0054,1001) Units is PROPCPS"),
            (dict(Units="CPS"), "(0054,1001) Units is CPS"),
            (dict(Units="1CM"), "(0054,1001) Units is 1CM"),
            (dict(Units="PCNT"), "(0054,1001) Units is PCNT"),
            (dict(Units=None), "(0054,1001) Units is missing"),
            (dict(Units="CNTS"), "(0054,1001) Units is CNTS"),
            (dict(DecayCorrection=None), "(0054,1102) Decay Correction is missing"),
            (dict(DecayCorrection="STRT"), "(0054,1102) Decay Correction is STRT"),
        ],
    )
    def test_refuses_what_cannot_be_converted(self, tmp_path, changes, words):
        assert words in refusal(tmp_path, **changes)

    def test_suv_without_decay_correction_is_refused(self, tmp_path):
        text = refusal(tmp_path, Units="GML", DecayCorrection="NONE", CorrectedImage=["ATTN"])
        assert "(0054,1102) Decay Correction is NONE" in text


class TestCorrections:
    """What is lacking is refused or flagged by the tables of `corrections`."""

    FULL = ("DECY", "ATTN", "SCAT", "DTIM", "RAN", "NORM")

    def flags(self, tmp_path, **changes):
        return [flag.split("(")[0] for flag in conversion(tmp_path, **changes).flags]

    @pytest.mark.parametrize("listed", [FULL, ("DECY", "ATTN", "SCAT")])
    def test_complete_lists_need_no_flag(self, tmp_path, listed):
        assert self.flags(tmp_path, CorrectedImage=list(listed)) == []

    @pytest.mark.parametrize(
        ("lacking", "flag"),
        [
            ("SCAT", "no_scatter_correction"),
            ("RAN", "no_randoms_correction"),
            ("NORM", "no_normalisation"),
        ],
    )
    def test_a_correction_that_a_full_list_lacks_is_flagged(self, tmp_path, lacking, flag):
        listed = [name for name in self.FULL if name != lacking]
        assert self.flags(tmp_path, CorrectedImage=listed) == [flag]

    @pytest.mark.parametrize(
        ("changes", "flags"),
        [
            (dict(CorrectedImage=["DECY", "ATTN"]), ["no_scatter_correction"]),
            (dict(CorrectedImage=["DECY", "ATTN"], ScatterCorrectionMethod="SSS"), []),
            (dict(ScatterCorrectionMethod="NONE"), ["no_scatter_correction"]),
            (dict(RandomsCorrectionMethod="NONE"), ["no_randoms_correction"]),
            (dict(RandomsCorrectionMethod="DLYD"), []),
            (dict(CorrectedImage=["DECY", "ATTN", "SCAT", "NORM"]), ["no_randoms_correction"]),
            (
                dict(
                    CorrectedImage=["DECY", "ATTN", "SCAT", "NORM"], RandomsCorrectionMethod="SING"
                ),
                [],
            ),
        ],
    )
    def test_the_method_may_say_so_too(self, tmp_path, changes, flags):
        assert self.flags(tmp_path, **changes) == flags

    def test_attenuation_that_is_listed_but_was_not_done_is_refused(self, tmp_path):
        text = refusal(tmp_path / "1", AttenuationCorrectionMethod="NONE")
        assert "(0054,1101) Attenuation Correction Method is NONE" in text
        assert self.flags(tmp_path / "2", AttenuationCorrectionMethod="CT") == []


class TestImageType:
    @pytest.mark.parametrize("kind", [["ORIGINAL", "PRIMARY"], ["ORIGINAL", "PRIMARY", "AXIAL"]])
    def test_original_needs_no_flag(self, tmp_path, kind):
        assert conversion(tmp_path, ImageType=kind).flags == ()

    def test_computed_values_are_flagged(self, tmp_path):
        found = conversion(tmp_path, ImageType=["DERIVED", "SECONDARY"])
        assert found.flags == ("image_type(DERIVED and SECONDARY: values may have been rescaled)",)

    @pytest.mark.parametrize("kind", ["FUSED", "MIP", "PROJECTION IMAGE"])
    def test_what_is_no_activity_of_a_place_is_refused(self, tmp_path, kind):
        text = refusal(tmp_path, ImageType=["DERIVED", "SECONDARY", kind])
        assert "(0008,0008) Image Type is DERIVED" in text


COUNTS = dict(Units="CNTS", Manufacturer="Philips Medical Systems")
CREATOR = "Philips PET Private Group"


class TestPhilips:
    @pytest.mark.parametrize("creator", [CREATOR, ""])
    def test_suv_factor_makes_suv(self, tmp_path, creator):
        each = private(0x7053, creator, x00="0.0005", x09="0")
        assert factor(tmp_path, each=each, **COUNTS) == pytest.approx(5e-4)

    def test_suv_factor_of_zero_leaves_the_activity_factor(self, tmp_path):
        each = private(0x7053, CREATOR, x00="0", x09="1.5")
        assert factor(tmp_path, each=each, **COUNTS) == pytest.approx(1.5 * SUV_PER_BQML)

    def test_without_decay_correction_only_the_activity_factor_counts(self, tmp_path):
        each = private(0x7053, CREATOR, x00="0.0005", x09="1.5")
        found = factor(
            tmp_path, each=each, DecayCorrection="NONE", CorrectedImage=["ATTN"], **COUNTS
        )
        late = 2 ** (59.937 / 6586.2)  # a frame of 120 s is at its average 59.937 s after its start
        assert found == pytest.approx(1.5 * SUV_PER_BQML * late, rel=1e-6)

    def test_without_decay_correction_and_activity_factor_is_refused(self, tmp_path):
        each = private(0x7053, CREATOR, x00="0.0005")
        changes = dict(DecayCorrection="NONE", CorrectedImage=["ATTN"], **COUNTS)
        assert "(0054,1001) Units is CNTS" in refusal(tmp_path, each=each, **changes)

    def test_other_makers_elements_at_the_same_place_are_not_taken(self, tmp_path):
        each = private(0x7053, "SOMEBODY ELSE", x00="0.0005", x09="1.5")
        assert "(0054,1001) Units is CNTS" in refusal(tmp_path, each=each, **COUNTS)

    def test_a_creator_names_the_block_whatever_the_manufacturer_is_called(self, tmp_path):
        each = private(0x7053, CREATOR, x00="0.0005")
        assert factor(tmp_path, each=each, Units="CNTS", Manufacturer="") == pytest.approx(5e-4)

    def test_flags_factors_that_tell_of_another_decay_time(self, tmp_path):
        right = 1.5 * SUV_PER_BQML
        for suv, flagged in ((right, False), (right * 1.02, True)):
            each = private(0x7053, CREATOR, x00=f"{suv:.9g}", x09="1.5")
            found = conversion(tmp_path / str(flagged), each=each, **COUNTS)
            assert any("ratio of Philips" in flag for flag in found.flags) == flagged


class TestWeightAndHeight:
    def test_grams_are_converted_and_flagged(self, tmp_path):
        found = conversion(tmp_path, PatientWeight="70000")
        assert found.suv_per_stored[0] == pytest.approx(SUV_PER_BQML)
        assert found.flags == ("weight_in_grams(70000)",)

    @pytest.mark.parametrize("weight", [None, "", "0", "-70"])
    def test_is_refused_without_weight(self, tmp_path, weight):
        assert "(0010,1030) Patient's Weight" in refusal(tmp_path, PatientWeight=weight)

    def test_an_override_is_used_and_recorded(self, tmp_path):
        found = conversion(tmp_path, Overrides(weight_kg=77), PatientWeight=None)
        assert found.suv_per_stored[0] == pytest.approx(1.1 * SUV_PER_BQML)
        assert found.flags == ("weight_override(77 kg, header none)",)
        assert found.quantities["weight_kg"].source == "command line"

    def test_an_override_cannot_replace_the_scanners_own_weight(self, tmp_path):
        assert "in its place" in refusal(tmp_path, Overrides(weight_kg=77), Units="GML")
        assert factor(tmp_path / "same", Overrides(weight_kg=70), Units="GML") == 1.0

    def test_centimetres_are_converted_and_flagged(self, tmp_path):
        found = conversion(tmp_path, PatientSize="175")
        assert "height_in_cm(175)" in found.flags
        assert found.surface_per_weight == pytest.approx(10 * surface_m2(70, 1.75) / 70)

    def test_an_impossible_height_is_not_used(self, tmp_path):
        found = conversion(tmp_path, PatientSize="0.175")
        assert math.isnan(found.lean_per_weight)
        assert "height_implausible(0.175, not used)" in found.flags

    def test_lean_and_surface_values_need_height_and_sex(self, tmp_path):
        full = conversion(tmp_path / "full")
        assert full.lean_per_weight == pytest.approx(648900 / 14357.142857 / 70)
        without_sex = conversion(tmp_path / "sex", PatientSex="")
        assert math.isnan(without_sex.lean_per_weight)
        assert without_sex.surface_per_weight == full.surface_per_weight
        assert math.isnan(conversion(tmp_path / "height", PatientSize="").surface_per_weight)


class TestDose:
    def test_megabecquerel_are_converted_and_flagged(self, tmp_path):
        found = conversion(tmp_path, dose=dict(RadionuclideTotalDose="370"))
        assert found.suv_per_stored[0] == pytest.approx(SUV_PER_BQML)
        assert found.flags == ("dose_in_mbq(370)",)

    @pytest.mark.parametrize(
        ("dose", "meant"),
        [
            ("370000", "It may be meant as kBq (370 MBq)"),
            ("0.37", "It may be meant as GBq (370 MBq) or mCi (13.69 MBq)"),
            ("9.46", "It may be meant as MBq (9.46 MBq) or mCi (350.02 MBq)"),
            ("40.5", "It may be meant as MBq (40.5 MBq) or mCi (1498.5 MBq)"),
            ("370e9", "No unit gives such an activity"),
            ("4999999", "No unit gives such an activity"),
        ],
    )
    def test_in_a_unit_that_is_not_known_is_refused_with_what_may_be_meant(
        self, tmp_path, dose, meant
    ):
        text = refusal(tmp_path, dose=dict(RadionuclideTotalDose=dose))
        assert f"(0018,1074) Radionuclide Total Dose is {dose}; expected Bq, 5 to 1500 MBq" in text
        assert meant in text

    @pytest.mark.parametrize("dose", ["40.6", "1500"])
    def test_that_can_only_be_megabecquerel_is_read_so(self, tmp_path, dose):
        found = conversion(tmp_path, dose=dict(RadionuclideTotalDose=dose))
        assert found.flags == (f"dose_in_mbq({dose})",)
        assert found.dose_bq == float(dose) * 1e6

    @pytest.mark.parametrize("dose", ["5000000", "1500000000"])
    def test_that_may_be_given_is_not_flagged(self, tmp_path, dose):
        assert conversion(tmp_path, dose=dict(RadionuclideTotalDose=dose)).flags == ()

    def test_has_a_range_of_its_nuclide(self, tmp_path):
        """61 mCi of 18F, which is nobody's dose, is 2257 MBq of 15O, which may be."""
        assert conversion(tmp_path / "1", dose=dict(RadionuclideTotalDose="61")).flags
        water = dict(
            Radiopharmaceutical="water",
            RadionuclideHalfLife="122.3",
            RadionuclideCodeSequence=None,
            RadionuclideTotalDose="61",
            RadiopharmaceuticalStartDateTime="20250312105900",
            RadiopharmaceuticalStartTime="105900",
        )
        assert "mCi (2257 MBq)" in refusal(tmp_path / "2", dose=water)

    @pytest.mark.parametrize("dose", [None, "0", "-370000000"])
    def test_is_refused_without_dose(self, tmp_path, dose):
        changes = dict(dose=dict(RadionuclideTotalDose=dose))
        assert "(0018,1074) Radionuclide Total Dose" in refusal(tmp_path, **changes)

    def test_two_radiopharmaceuticals_are_refused(self, tmp_path):
        items = Sequence([radiopharmaceutical(), radiopharmaceutical()])
        text = refusal(tmp_path, RadiopharmaceuticalInformationSequence=items)
        assert "(0054,0016) Radiopharmaceutical Information Sequence holds 2 items" in text

    def test_none_is_refused_unless_values_are_suv(self, tmp_path):
        none = dict(RadiopharmaceuticalInformationSequence=None)
        assert "(0054,0016)" in refusal(tmp_path / "bqml", **none)
        found = conversion(tmp_path / "gml", Units="GML", **none)
        assert found.suv_per_stored[0] == 1.0
        assert found.flags == ("administration_in_doubt(not needed for SUV, see doubt)",)
        assert math.isnan(found.kbq_per_ml_per_suv)

    def test_activity_concentration_is_that_at_administration(self, tmp_path):
        # SUV 1 of 370 MBq in 70 kg is 5.286 kBq/mL.
        assert conversion(tmp_path).kbq_per_ml_per_suv == pytest.approx(370e3 / 70e3)


class TestSuvByTheScanner:
    """Where values are SUV, times are not needed: what is wrong with them is said, not guessed."""

    def test_a_contradictory_date_is_a_flag_and_a_doubt(self, tmp_path):
        found = conversion(
            tmp_path, Units="GML", dose=dict(RadiopharmaceuticalStartDateTime="20250313100000")
        )
        assert found.suv_per_stored[0] == 1.0
        assert found.flags == ("administration_in_doubt(not needed for SUV, see doubt)",)
        assert "-23.00 h" in str(found.quantities["doubt"].value)

    def test_the_same_date_refuses_activity(self, tmp_path):
        dose = dict(RadiopharmaceuticalStartDateTime="20250313100000")
        assert "the scan is -23.00 h after the administration" in refusal(tmp_path, dose=dose)


def test_every_quantity_says_where_it_came_from(tmp_path):
    taken = conversion(tmp_path).quantities
    assert taken["weight_kg"].value == 70
    assert taken["weight_kg"].source == "(0010,1030) Patient's Weight"
    assert taken["dose_bq"].source == "(0018,1074) Radionuclide Total Dose"
    assert taken["administered_at"].value == datetime(2025, 3, 12, 10)
    assert taken["administered_at"].source == "(0018,1078) Radiopharmaceutical Start DateTime"
    assert taken["reference_time"].source == "(0008,0031) Series Time"
    assert taken["uptake_time_h"].value == pytest.approx(1)
    assert {"units", "decay_correction", "half_life_s", "nuclide"} <= set(taken)
