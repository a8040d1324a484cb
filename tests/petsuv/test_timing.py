"""Rules 5 to 7: half-life and nuclide, the reference time, the time of administration."""

from datetime import datetime

import numpy as np
import pytest
from pydicom.sequence import Sequence

from petsuv.errors import Refused
from petsuv.notes import Overrides
from petsuv.nuclides import NUCLIDES
from petsuv.series import load_series
from petsuv.suv import convert
from petsuv.testing.files import code
from petsuv.testing.series import SUV_PER_BQML, iodine_124, write_series
from petsuv.text import parse_moment
from petsuv.timing import frame_average_s

AFTER_72_H = iodine_124("20250309110000")


def converted(tmp_path, overrides=None, **changes):
    return convert(load_series(write_series(tmp_path, **changes)), overrides)


def refusal(tmp_path, overrides=None, **changes) -> str:
    with pytest.raises(Refused) as caught:
        converted(tmp_path, overrides, **changes)
    return str(caught.value)


def later(found, seconds: float, half_life: float = 6586.2) -> bool:
    """Whether SUV is that of a reference time so many seconds after 11:00."""
    expected = SUV_PER_BQML * 2 ** (seconds / half_life)
    return found.suv_per_stored[0] == pytest.approx(expected, rel=1e-6)


class TestFrameAverage:
    def test_by_hand(self):
        # 18F, 120 s: T/2 - λT²/24 = 60 - 0.0631; 124I over 1 h: 1800 - 1.0374.
        assert frame_average_s(np.array([120.0]), np.log(2) / 6586.2) == pytest.approx(
            59.9369, abs=1e-4
        )
        assert frame_average_s(np.array([3600.0]), np.log(2) / 360806) == pytest.approx(
            1798.9626, abs=1e-4
        )

    def test_is_the_time_at_which_activity_is_the_average(self):
        rate, duration = np.log(2) / 4057.7, 600.0
        times = (np.arange(100_000) + 0.5) / 100_000 * duration
        mean = np.exp(-rate * times).mean()
        at = frame_average_s(np.array([duration]), rate)[0]
        assert np.exp(-rate * at) == pytest.approx(mean, rel=1e-9)

    def test_is_unknown_without_a_duration(self):
        assert np.isnan(frame_average_s(np.array([0.0, np.nan]), 1e-4)).all()


class TestHalfLife:
    @pytest.mark.parametrize("half_life", ["6588", "6586.2", "6582", "6620"])
    def test_may_differ_by_one_percent(self, tmp_path, half_life):
        converted(tmp_path, dose=dict(RadionuclideHalfLife=half_life))

    @pytest.mark.parametrize("half_life", ["6700", "109.77", "360806", "0", None])
    def test_of_another_nuclide_is_refused(self, tmp_path, half_life):
        text = refusal(tmp_path, dose=dict(RadionuclideHalfLife=half_life))
        assert "(0018,1075) Radionuclide Half Life" in text

    def test_names_that_disagree_are_refused(self, tmp_path):
        text = refusal(tmp_path, dose=dict(Radiopharmaceutical="Sodium iodide I^124^"))
        assert "18F and 124I" in text

    def test_an_unknown_code_is_refused(self, tmp_path):
        codes = Sequence([code("C-159A2", "SRT", "^82^Rubidium")])
        changes = dict(RadionuclideCodeSequence=codes, Radiopharmaceutical="chloride")
        assert "This nuclide is not known here" in refusal(tmp_path, dose=changes)

    def test_without_any_name_the_half_life_names_it_and_is_flagged(self, tmp_path):
        unnamed = dict(RadionuclideCodeSequence=None, Radiopharmaceutical="tracer")
        assert "nuclide_from_half_life(18F)" in converted(tmp_path / "1", dose=unnamed).flags
        unnamed["RadionuclideHalfLife"] = "7000"
        assert "as none is named" in refusal(tmp_path / "2", dose=unnamed)

    @pytest.mark.parametrize(
        ("text", "name"),
        [
            ("FDG -- fluorodeoxyglucose", "18F"),
            ("Fluorodeoxyglucose F^18^", "18F"),
            ("F-18 FES", "18F"),
            ("[18F]AlF-RESCA-T4", "18F"),
            ("C-111A1 ^18^Fluorine", "18F"),
            ("Ga-68 DOTATATE", "68Ga"),
            ("^68^Gallium", "68Ga"),
            ("NaI-124", "124I"),
            ("124-Iodide", "124I"),
            ("Zr89 trastuzumab", "89Zr"),
            ("C11 methionine", "11C"),
        ],
    )
    def test_free_text_names_nuclides(self, text, name):
        import re

        found = [n.name for n in NUCLIDES if re.search(n.pattern, text.replace("^", " ").lower())]
        assert found == [name]


class TestReferenceTime:
    def test_is_the_series_time(self, tmp_path):
        found = converted(tmp_path)
        assert later(found, 0)
        assert found.flags == ()

    def test_may_be_a_second_after_the_first_acquisition(self, tmp_path):
        found = converted(tmp_path / "1", SeriesTime="110001", FrameReferenceTime=None)
        assert later(found, 1)
        found = converted(tmp_path / "2", SeriesTime="110002", FrameReferenceTime=None)
        assert later(found, 0)
        assert found.flags[0].startswith("reference_time_from_acquisition(confirmed by (0054,1321)")

    def test_a_later_series_time_leaves_the_frame_reference_times(self, tmp_path):
        late = f"{2 ** (359.937 / 6586.2):.7f}"
        changes = dict(SeriesTime="140000", FrameReferenceTime="359937", DecayFactor=late)
        found = converted(tmp_path, **changes)
        assert later(found, -300)
        assert "acquisition − (0054,1300)" in found.quantities["reference_time"].source

    def test_a_frame_reference_time_that_the_decay_factor_contradicts_is_refused(self, tmp_path):
        text = refusal(tmp_path, SeriesTime="140000", FrameReferenceTime="359937")
        assert "(0054,1300) Frame Reference Time is contradicted by (0054,1321)" in text
        assert "(0008,0031) Series Time 140000 is after the first acquisition" in text

    @pytest.mark.parametrize("filler", ["1", "20000"])
    def test_a_frame_reference_time_before_the_frames_own_average_is_refused(
        self, tmp_path, filler
    ):
        changes = dict(SeriesTime="140000", FrameReferenceTime=filler, DecayFactor=None)
        assert "is shorter than a frame of that duration" in refusal(tmp_path, **changes)

    @pytest.mark.parametrize("minutes", [3, 20])
    @pytest.mark.parametrize("reference", ["0", None])
    def test_without_one_the_only_acquisition_time_is_taken_and_flagged(
        self, tmp_path, minutes, reference
    ):
        changes = dict(SeriesTime="140000", FrameReferenceTime=reference, DecayFactor=None)
        found = converted(tmp_path, ActualFrameDuration=str(minutes * 60_000), **changes)
        assert later(found, 0)
        assert found.flags == ("reference_time_from_acquisition(all slices at once)",)

    def test_without_one_decay_factors_may_confirm_the_first_bed(self, tmp_path):
        def bed(index, ds, late=0.0):
            ds.AcquisitionTime = ("110000", "110200", "110400", "110600")[index]
            ds.DecayFactor = f"{2 ** ((59.937 + 120 * index + late) / 6586.2):.7f}"

        changes = dict(SeriesTime="140000", FrameReferenceTime="0")
        found = converted(tmp_path / "1", each=bed, **changes)
        assert later(found, 0)
        assert found.flags[0].startswith("reference_time_from_acquisition(confirmed")

        def earlier(index, ds):
            bed(index, ds, late=600.0)

        text = refusal(tmp_path / "2", each=earlier, **changes)
        assert "(0054,1321) Decay Factor is not that of a start at the first acquisition" in text

        def without(index, ds):
            bed(index, ds)
            del ds.DecayFactor

        text = refusal(tmp_path / "3", each=without, **changes)
        assert "acquired at several times and (0054,1321) Decay Factor is missing" in text

    @pytest.mark.parametrize("filler", ["0", "1"])
    def test_a_decay_factor_of_one_is_a_filler(self, tmp_path, filler):
        assert converted(tmp_path, ActualFrameDuration="600000", DecayFactor=filler,
                         FrameReferenceTime=None).flags == ()  # fmt: skip

    def test_a_missing_date_is_the_one_that_is_named(self, tmp_path):
        text = refusal(tmp_path, AcquisitionDate=None)
        assert "(0008,0022) Acquisition Date is missing" in text
        assert "Series Time" not in text.split("; expected")[0]

    @pytest.mark.parametrize(("date", "days"), [("20220312", "-1096.0"), ("20250314", "+2.0")])
    def test_a_private_date_of_other_days_is_named_and_not_used(self, tmp_path, date, days):
        def each(_, ds):
            block = ds.private_block(0x0009, "GEMS_PETD_01", create=True)
            block.add_new(0x0D, "DT", f"{date}110000")

        found = converted(tmp_path / "1", each=each, Manufacturer="GE MEDICAL SYSTEMS")
        assert later(found, 0)
        assert found.flags == (
            f"time_of_other_days((0009,100D) GE PET scan date-time lies {days} days from the "
            "acquisition, not used)",
        )
        later_series = dict(SeriesTime="140000", FrameReferenceTime=None, DecayFactor="1.2")
        text = refusal(tmp_path / "2", each=each, **later_series)
        assert f"GE PET scan date-time lies {days} days from the acquisition" in text
        assert "--administered-at" not in text

    def test_a_series_date_that_was_shifted_alone_is_not_used(self, tmp_path):
        text = refusal(tmp_path, SeriesDate="20240101", FrameReferenceTime=None, DecayFactor="1.2")
        assert "(0008,0031) Series Time lies -436.0 days from the acquisition" in text

    def test_late_beds_are_corrected_to_the_start_of_the_scan(self, tmp_path):
        def bed(index, ds):
            ds.AcquisitionTime = ("110000", "110200", "110400", "110600")[index]
            ds.FrameReferenceTime = str(59937 + 120_000 * index)
            ds.DecayFactor = f"{2 ** ((59.937 + 120 * index) / 6586.2):.7f}"

        found = converted(tmp_path / "1", each=bed)
        assert later(found, 0)
        assert found.flags == ()
        assert later(converted(tmp_path / "2", each=bed, SeriesTime="120000"), 0)

    def test_frame_reference_times_that_disagree_are_refused(self, tmp_path):
        def bed(index, ds):
            ds.FrameReferenceTime = str(59937 + 1000 * index)

        assert "gives no common time" in refusal(tmp_path, each=bed, SeriesTime="140000")

    @pytest.mark.parametrize("creator", [True, False])
    @pytest.mark.parametrize(
        ("maker", "group", "offset", "name"),
        [
            ("GE MEDICAL SYSTEMS", 0x0009, 0x0D, "GEMS_PETD_01"),
            ("SIEMENS", 0x0071, 0x22, "SIEMENS MED PT"),
        ],
    )
    def test_a_makers_own_date_time_comes_first(
        self, tmp_path, creator, maker, group, offset, name
    ):
        def each(_, ds):
            block = ds.private_block(group, name, create=True)
            block.add_new(offset, "DT", "20250312105500.00")
            if not creator:
                del ds[group, 0x0010]

        found = converted(tmp_path, each=each, Manufacturer=maker, SeriesTime="140000")
        assert later(found, -300)
        assert any("reference_time_disagrees(+3.2%" in flag for flag in found.flags)

    def test_the_standards_date_time_comes_first_of_all(self, tmp_path):
        found = converted(tmp_path, DecayCorrectionDateTime="20250312105959")
        assert later(found, -1)

    def test_disagreement_by_more_than_one_percent_is_flagged(self, tmp_path):
        # 1 % is 94.5 s of 18F.
        for seconds, flagged in ((90, False), (100, True)):
            found = converted(
                tmp_path / str(seconds), FrameReferenceTime=str(59937 + 1000 * seconds)
            )
            assert later(found, 0)
            assert any("Frame Reference Time" in flag for flag in found.flags) == flagged

    def test_a_decay_factor_of_another_time_is_flagged(self, tmp_path):
        found = converted(tmp_path, DecayFactor="1.02")
        assert found.flags == ("reference_time_disagrees(-1.3% by (0054,1321) Decay Factor)",)

    def test_admin_needs_no_decay(self, tmp_path):
        found = converted(tmp_path, DecayCorrection="ADMIN")
        assert found.suv_per_stored[0] == pytest.approx(70_000 / 370e6)

    def test_none_is_corrected_slice_by_slice(self, tmp_path):
        def bed(index, ds):
            ds.AcquisitionTime = ("110000", "110200", "110400", "110600")[index]

        found = converted(tmp_path, DecayCorrection="NONE", CorrectedImage=["ATTN"], each=bed)
        expected = [SUV_PER_BQML * 2 ** ((59.9369 + 120 * index) / 6586.2) for index in range(4)]
        assert found.suv_per_stored == pytest.approx(expected, rel=1e-7)

    @pytest.mark.parametrize(
        "changes", [dict(ActualFrameDuration=None), dict(ActualFrameDuration="0")]
    )
    def test_none_needs_the_frames_duration(self, tmp_path, changes):
        changes |= dict(DecayCorrection="NONE", CorrectedImage=["ATTN"])
        assert "(0018,1242) Actual Frame Duration" in refusal(tmp_path, **changes)

    def test_an_acquisition_date_time_alone_serves(self, tmp_path):
        found = converted(
            tmp_path,
            AcquisitionDate=None,
            AcquisitionTime=None,
            AcquisitionDateTime="20250312110000",
        )
        assert later(found, 0)


class TestAdministration:
    def test_a_start_time_alone_is_on_the_scans_date(self, tmp_path):
        found = converted(tmp_path, dose=dict(RadiopharmaceuticalStartDateTime=None))
        assert later(found, 0)
        assert found.flags == ()

    def test_a_later_start_time_is_on_the_day_before(self, tmp_path):
        changes = dict(
            AcquisitionTime="001500",
            SeriesTime="001500",
            dose=dict(RadiopharmaceuticalStartDateTime=None, RadiopharmaceuticalStartTime="231500"),
        )
        found = converted(tmp_path, **changes)
        assert later(found, 0)
        assert found.flags == ("midnight(administered on the day before)",)
        assert found.quantities["administered_at"].value == datetime(2025, 3, 11, 23, 15)

    def test_a_date_time_alone_serves(self, tmp_path):
        assert later(converted(tmp_path, dose=dict(RadiopharmaceuticalStartTime=None)), 0)

    def test_is_refused_without_any(self, tmp_path):
        dose = dict(RadiopharmaceuticalStartTime=None, RadiopharmaceuticalStartDateTime=None)
        assert "(0018,1072) Radiopharmaceutical Start Time" in refusal(tmp_path, dose=dose)

    @pytest.mark.parametrize(("zone", "flagged"), [("+0800", False), (None, True)])
    def test_an_offset_from_utc_needs_the_headers_own(self, tmp_path, zone, flagged):
        dose = dict(RadiopharmaceuticalStartDateTime="20250312100000+0800")
        found = converted(tmp_path, dose=dose, TimezoneOffsetFromUTC=zone)
        assert later(found, 0)
        assert any("offset_from_utc" in flag for flag in found.flags) == flagged

    def test_times_that_disagree_are_flagged(self, tmp_path):
        found = converted(tmp_path, dose=dict(RadiopharmaceuticalStartTime="101500"))
        assert later(found, 0)
        assert "start_time_disagrees" in found.flags[0]

    @pytest.mark.parametrize(
        ("start", "hours"), [("20250312110001", "-0.00"), ("20250312071600", "3.73")]
    )
    def test_an_unbelievable_uptake_time_is_refused(self, tmp_path, start, hours):
        dose = dict(RadiopharmaceuticalStartDateTime=start, RadiopharmaceuticalStartTime=None)
        assert f"the scan is {hours} h after" in refusal(tmp_path, dose=dose)

    def test_an_uptake_time_of_zero_is_believed(self, tmp_path):
        found = converted(tmp_path, dose=dict(RadiopharmaceuticalStartDateTime="20250312110000"))
        assert found.suv_per_stored[0] == pytest.approx(70_000 / 370e6)

    def test_an_override_is_used_and_recorded(self, tmp_path):
        found = converted(tmp_path, Overrides(administered_at=datetime(2025, 3, 12, 10, 30)))
        assert found.suv_per_stored[0] == pytest.approx(70_000 / 370e6 * 2 ** (1800 / 6586.2))
        assert found.flags[0].startswith("administered_at_override(header has another")
        assert found.quantities["administered_at"].source == "command line"

    @pytest.mark.parametrize(
        "start", [b"20250312", b"2025031210", b"not a time", b"20251312100000"]
    )
    def test_a_damaged_date_time_is_refused(self, tmp_path, start):
        text = refusal(tmp_path, dose=dict(RadiopharmaceuticalStartDateTime=start))
        assert f"(0018,1078) Radiopharmaceutical Start DateTime is {start.decode()}" in text


class TestIodine124:
    def test_days_count(self, tmp_path):
        found = converted(tmp_path, dose=AFTER_72_H)
        expected = 70_000 / 370e6 * 2 ** (72 * 3600 / 360806)
        assert found.suv_per_stored[0] == pytest.approx(expected)
        assert found.uptake_s == 72 * 3600

    def test_corrected_to_administration_it_needs_no_date(self, tmp_path):
        found = converted(tmp_path, dose=iodine_124(None), DecayCorrection="ADMIN")
        assert found.suv_per_stored[0] == pytest.approx(70_000 / 370e6)
        assert found.flags[0].startswith("administration_date_unknown(not needed")
        dated = converted(tmp_path, dose=AFTER_72_H, DecayCorrection="ADMIN")
        assert dated.flags == ()
        assert dated.uptake_s == 72 * 3600

    def test_without_a_date_is_refused(self, tmp_path):
        text = refusal(tmp_path, dose=iodine_124(None))
        assert "(0018,1078) Radiopharmaceutical Start DateTime is missing" in text
        assert "--administered-at" in text

    def test_the_studys_own_table_gives_the_date(self, tmp_path):
        dose = iodine_124(None)
        table = Overrides(table_administered_at=datetime(2025, 3, 9, 11))
        found = converted(tmp_path, table, dose=dose)
        assert found.uptake_s == 72 * 3600
        assert found.flags == ("administered_at_from_table",)

    def test_the_header_comes_before_the_table(self, tmp_path):
        table = Overrides(table_administered_at=datetime(2025, 3, 10, 11))
        found = converted(tmp_path, table, dose=AFTER_72_H)
        assert found.uptake_s == 72 * 3600
        assert found.flags == ("administered_at_differs_from_table(table +24.00 h)",)

    def test_more_than_four_half_lives_are_refused(self, tmp_path):
        dose = iodine_124("20250223110000")
        assert "4 half-lives of 124I" in refusal(tmp_path, dose=dose)


class TestMoments:
    @pytest.mark.parametrize(
        ("text", "expected"),
        [
            ("20250312100000", datetime(2025, 3, 12, 10)),
            ("20250312100000.000000", datetime(2025, 3, 12, 10)),
            ("20250312100000.25", datetime(2025, 3, 12, 10, 0, 0, 250000)),
            ("202503121005", datetime(2025, 3, 12, 10, 5)),
            ("2025.03.1210:05:06", datetime(2025, 3, 12, 10, 5, 6)),
            ("20250312", None),
            ("2025031210", None),
            ("20250230100000", None),
            ("20250312250000", None),
            ("", None),
        ],
    )
    def test_are_read_with_hour_and_minute_or_not_at_all(self, text, expected):
        assert parse_moment(text) == expected

    def test_an_offset_is_brought_to_the_headers_own(self):
        assert parse_moment("20250312020000+0000", "+0800") == datetime(2025, 3, 12, 10)
        assert parse_moment("20250312100000+0800", "+0800") == datetime(2025, 3, 12, 10)
