"""The lesion browser: what it shows is what the engine has; regions redrawn, saved, never over."""

import json
from dataclasses import replace
from datetime import datetime
from pathlib import Path

import numpy as np
import pandas as pd
import pytest
from pet_study import lesion, scan, study, write_scan

from compendium.errors import InputError, UserError
from compendium.explore.opened import Opened
from compendium.explore.scans import keeping, study_pet, told
from compendium.explore.scans.adjusting import Adjustment
from compendium.explore.scans.browser import PetBrowser
from compendium.explore.scans.picture import grid_of, image_of, outlines_of
from compendium.explore.scans.seen import beside_published, histogram, place_among, see, suv_at
from compendium.files import sha256
from compendium.rules import Rules
from compendium.table_html import is_text
from compendium.uptake.lesions import extract_study
from petsuv.pet import load
from petsuv.testing.series import SUV_PER_BQML, iodine_124

pytestmark = pytest.mark.slow  # each test loads scans

NOW = datetime(2026, 3, 1, 10, 30)
IODINE = {"tracer": "124I", "administered_at": None}


@pytest.fixture(scope="module")
def images(tmp_path_factory):
    base = tmp_path_factory.mktemp("bench")
    write_scan(base, "P1")
    write_scan(base, "P2", Units="PROPCNTS")
    for level in ("low", "high"):
        write_scan(base, f"T1_{level}", dose=iodine_124("20250309110000"))
    return base


@pytest.fixture
def bench(images, tmp_path) -> Opened:
    """Four scans, one refused, one without images; the lesions of the first are published."""
    scans = [
        scan("P1", "P1"),
        scan("P2", "P2"),
        scan("P3", "P3", series_dir=None, region_file=None),
        scan("T1_low", "T1", tsh_level="low", tsh_miu_per_l=27.0, **IODINE),
        scan("T1_high", "T1", tsh_level="high", tsh_miu_per_l=90.0, scan_day=110, **IODINE),
    ]
    lesions = [lesion(patient, "L1") for patient in ("P1", "P2", "P3", "T1")]
    lesions += [lesion("P1", "L2"), lesion("P1", "L9")]
    patients = [{"patient_id": name} for name in ("P1", "P2", "P3", "T1")]
    small = study(images, scans, lesions)
    small.tables["patient"] = pd.DataFrame(patients)
    return Opened("small", small, Rules(), tmp_path / "results")


@pytest.fixture
def published(bench) -> Opened:
    tables = extract_study(bench.study, bench.rules, workers=1, progress=False)
    written = []
    for name in ("tables", "numbers"):
        (bench.results_dir / name).mkdir(parents=True)
    for name, table in zip(("lesion_suv", "series_audit"), tables, strict=True):
        table.to_csv(bench.results_dir / f"tables/{name}.csv", index=False)
        texts = [column for column in table if is_text(table[column])]
        written.append({"file": f"tables/{name}.csv", "texts": texts})
    record = bench.results_dir / "numbers/03_pet_suvmax.json"
    record.write_text(json.dumps({"published": written, "numbers": []}))
    return bench


class TestSeen:
    def test_has_the_values_that_the_engine_publishes(self, published):
        seen, before = see(published, "P1"), published.published_table("lesion_suv")
        beside = beside_published(seen.row("L1"), before).set_index("figure")
        assert beside.at["suv_max", "here"] == pytest.approx(8000 * SUV_PER_BQML)
        numbers = beside[["here", "published"]].astype(float)
        assert len(numbers) > 25
        np.testing.assert_allclose(numbers["here"], numbers["published"], rtol=1e-12)

    def test_has_the_lesions_voxels_and_their_histogram(self, bench):
        pixels = see(bench, "P1").pixels("L1")
        assert len(pixels) == 27
        counts, edges = histogram(pixels)
        assert counts.sum() == 27
        assert edges[0] <= pixels.min() <= pixels.max() <= edges[-1]

    def test_places_a_lesion_among_those_published(self, published):
        seen, before = see(published, "P1"), published.published_table("lesion_suv")
        assert place_among(seen.row("L1"), before).lower == 1
        place = place_among(seen.row("L2"), before)
        assert (place.lower, len(place.others)) == (0, 2)
        assert place.words.startswith("0 of 2 published lesions of 18F-Trop2 are lower")
        of_level = place_among(see(published, "T1_low").row("L1"), before)
        assert (of_level.of, len(of_level.others)) == ("124I at low TSH", 2)
        none = place_among(seen.row("L1"), pd.DataFrame())
        assert "No lesion of 18F-Trop2 is published yet" in none.words

    def test_of_a_refused_series_says_why(self, bench):
        seen = see(bench, "P2")
        assert "PROPCNTS" in seen.reason
        assert "PROPCNTS" in seen.row("L1")["reason"]
        assert "<b>Refused.</b>" in told.scan_page(seen)
        assert seen.pixels("L1").size == 0
        with pytest.raises(InputError, match="nothing to measure.*PROPCNTS"):
            seen.require()

    def test_of_a_lesion_without_a_region_says_why(self, bench):
        page = told.lesion_page(see(bench, "P1"), "L9", pd.DataFrame())
        assert "Refused." in page
        assert "no region named L9" in page

    @pytest.mark.parametrize(
        ("scan_id", "words"),
        [("P3", "names no series_dir"), ("X", "has no scan 'X'; it has 5, such as P1, P2, P3")],
    )
    def test_is_refused_where_there_is_nothing_to_see(self, bench, scan_id, words):
        with pytest.raises(InputError, match=words):
            see(bench, scan_id)

    def test_reads_the_value_under_the_crosshair(self, bench):
        volume = see(bench, "P1").require().volume
        assert suv_at(volume, (6, 5, 5)) == pytest.approx(8000 * SUV_PER_BQML)
        assert np.isnan(suv_at(volume, (99, 5, 5)))


class TestPicture:
    @pytest.mark.parametrize(
        "orientation", [["1", "0", "0", "0", "1", "0"], ["-1", "0", "0", "0", "1", "0"]]
    )
    def test_turns_the_patients_right_to_the_left(self, tmp_path, orientation):
        write_scan(tmp_path, "P1", ImageOrientationPatient=orientation)
        small = study(tmp_path, [scan("P1", "P1", region_file=None)], [])
        seen = see(Opened("small", small, Rules(), tmp_path / "results"), "P1")
        volume = seen.require().volume
        image, grid = image_of(seen, "P1"), grid_of(volume.series)
        voxels = np.frombuffer(image["voxels"], "<u2").reshape(image["shape"])
        suv = voxels * image["top"] / 65535
        for place in ((6, 5, 5), (6, 11, 12), (2, 3, 4)):
            assert suv[place] == pytest.approx(suv_at(volume, grid.index(place)), abs=2e-4)
        left = grid.point_mm((0, 0, 15)) - grid.point_mm((0, 0, 0))
        assert left[0] > 0

    def test_finds_a_voxel_again_by_its_place(self, bench):
        grid = grid_of(see(bench, "P1").require().volume.series)
        along = grid.along_mm((6, 5, 12))
        assert grid.index(grid.voxel_at(along)) == (6, 5, 12)

    def test_numbers_the_lesions_as_the_chapter_does(self, bench):
        seen = see(bench, "P1")
        drawn = outlines_of(seen, seen.drawn, {"L1": "lung"})
        labels = np.frombuffer(drawn["labels"], np.uint8)
        assert [one["name"] for one in drawn["lesions"]] == ["L1", "L2"]
        assert drawn["lesions"][0]["site"] == "lung"
        assert np.bincount(labels)[1:].tolist() == [27, 12]


class TestStudy:
    def test_lists_scans_by_what_is_known_of_them(self, published):
        found = study_pet.scan_list(published)
        assert found["state"].tolist() == ["ok", "refused", "no images", "ok", "ok"]
        assert "PROPCNTS" in found["reason"][1]
        kept = study_pet.scan_list(published, patient_id="t", tsh_level="low")
        assert kept["scan_id"].tolist() == ["T1_low"]

    def test_that_published_nothing_says_so(self, bench):
        assert study_pet.scan_list(bench)["state"].tolist()[0] == "not published yet"

    def test_puts_both_tsh_scans_beside_each_other(self, published):
        assert study_pet.both_scans(published, "T1") == ("T1_low", "T1_high")
        scans = [see(published, name) for name in ("T1_low", "T1_high")]
        ratios = study_pet.log_ratios(published, *scans).set_index("lesion_id")
        assert ratios.at["L1", "log_ratio"] == pytest.approx(0)
        assert ratios.at["L1", "published"] == pytest.approx(0)
        redrawn = Adjustment(scans[1]).sphere("L1", (28.0, 26.0, 18.0), 6.0, NOW).now
        moved = study_pet.log_ratios(published, scans[0], redrawn).set_index("lesion_id")
        expected = np.log(redrawn.row("L1")["suv_max"] / scans[0].row("L1")["suv_max"])
        assert moved.at["L1", "log_ratio"] == pytest.approx(expected)
        assert moved.at["L1", "published"] == pytest.approx(0)

    def test_of_a_patient_without_both_is_refused(self, bench):
        with pytest.raises(InputError, match="has no 124I scans at both TSH levels; found none"):
            study_pet.both_scans(bench, "P1")


@pytest.fixture
def adjustment(bench) -> Adjustment:
    return Adjustment(see(bench, "P1"))


def at(adjustment: Adjustment, index: tuple[int, int, int]) -> list[float]:
    return adjustment.seen.require().volume.series.point_mm(index).tolist()


class TestAdjustment:
    def test_measures_a_sphere_as_the_engine_does(self, adjustment):
        centre = at(adjustment, (6, 5, 5))
        redrawn = adjustment.sphere("L1", centre, 9.0, NOW)
        pet = adjustment.seen.require().volume
        (row,) = pet.measure(redrawn.regions["L1"])
        found = redrawn.now.row("L1")
        assert found["suv_mean"] == pytest.approx(row["suv_mean"])
        assert found["n_voxels"] == row["n_voxels"] != 27
        assert f"sphere of 9 mm at {centre[0]:g}" in found["flags"]
        assert adjustment.seen.row("L1")["n_voxels"] == 27

    def test_grows_over_a_share_or_an_suv(self, adjustment):
        seed = at(adjustment, (6, 11, 12))
        by_share = adjustment.grow("L2", seed, "share", 0.5, NOW)
        assert by_share.now.row("L2")["n_voxels"] == 12
        by_suv = adjustment.grow("new", seed, "suv", 2000 * SUV_PER_BQML, NOW)
        row = by_suv.now.row("new")
        assert row["n_voxels"] == 12
        assert "not_in_lesion_table" in row["flags"]

    def test_paints_and_erases_voxels(self, adjustment):
        painted = adjustment.paint("L1", [(8, 5, 5), (6, 5, 5)], NOW)
        assert painted.now.row("L1")["n_voxels"] == 28
        assert painted.now.row("L1")["suv_min"] == pytest.approx(1000 * SUV_PER_BQML)
        erased = painted.erase("L1", [(8, 5, 5)], NOW)
        assert erased.now.row("L1")["n_voxels"] == 27
        assert erased.now.row("L1")["flags"] == "adjusted(by hand)"
        assert erased.undo().now.row("L1")["n_voxels"] == 28
        assert erased.history("L1") == "2 voxels painted; 1 voxels erased"

    def test_takes_a_region_away(self, adjustment):
        gone = adjustment.remove("L1", NOW)
        assert "no region named L1" in gone.now.row("L1")["reason"]
        assert list(gone.now.drawn) == ["L2"]

    @pytest.mark.parametrize(
        ("change", "words"),
        [
            (lambda a: a.sphere("L1", (500.0, 0.0, 0.0), 9.0, NOW), "lies outside the PET image"),
            (lambda a: a.sphere("L1", (0.0, 0.0, 15.0), 0.0, NOW), "expected above 0"),
            (lambda a: a.sphere(" ", (0.0, 0.0, 15.0), 9.0, NOW), "name of 1 to 64"),
            (lambda a: a.sphere("L1", (0.0, 15.0), 9.0, NOW), "expected x, y, z in mm"),
            (lambda a: a.grow("L1", (0.0, 0.0, 15.0), "share", 1.2, NOW), "at most 1"),
            (lambda a: a.grow("L1", (0.0, 0.0, 15.0), "liver", 0.4, NOW), "expected share or suv"),
            (lambda a: a.grow("L1", (0.0, 0.0, 15.0), "suv", 90.0, NOW), "expected at least 90"),
            (lambda a: a.paint("L1", [], NOW), "no voxel was drawn"),
            (lambda a: a.paint("L1", [(99, 0, 0)], NOW), "lies outside the image"),
            (lambda a: a.erase("L1", [(0, 0, 0)], NOW), "holds none of these voxels"),
            (lambda a: a.erase("new", [(0, 0, 0)], NOW), "holds none of these voxels"),
            (lambda a: a.remove("new", NOW), "no region 'new' to take away"),
        ],
    )
    def test_that_is_not_possible_changes_nothing(self, adjustment, change, words):
        with pytest.raises(UserError, match=words):
            change(adjustment)
        assert adjustment.now.row("L1")["n_voxels"] == 27

    def test_erasing_the_last_voxel_is_refused(self, adjustment):
        every = np.argwhere(adjustment.regions["L1"].mask((12, 16, 16))).tolist()
        with pytest.raises(InputError, match="nothing of 'L1' would be left"):
            adjustment.erase("L1", every, NOW)


class TestSaving:
    def saved(self, bench: Opened, adjustment: Adjustment, **other: object) -> keeping.Kept:
        told_ = {"who": "AB", "why": "too large", "now": NOW, "folder": keeping.folder_of(bench)}
        return keeping.save(bench, adjustment, **told_ | other)

    def test_is_read_again_as_it_was_drawn_with_who_when_and_how(self, bench, adjustment):
        from pydicom import dcmread

        filed = adjustment.seen.scan.dicom_dir / "P1_rs.dcm"
        before = sha256(filed)
        redrawn = adjustment.sphere("L1", at(adjustment, (6, 5, 5)), 9.0, NOW)
        redrawn = redrawn.paint("new", [(2, 2, 2), (2, 2, 3)], NOW)
        kept = self.saved(bench, redrawn)
        volume = load(adjustment.seen.scan.dicom_dir / "P1")
        found = {one["region"]: one for one in volume.measure(kept.seg)}
        assert set(found) == {"L1", "L2", "liver", "new"}
        for name in ("L1", "L2", "new"):
            here = redrawn.now.row(name)
            for figure in ("n_voxels", "suv_max", "suv_mean", "suv_peak"):
                assert found[name][figure] == pytest.approx(here[figure])
        seg = dcmread(kept.seg)
        assert str(seg.ContentCreatorName) == "AB"
        assert (seg.ContentDate, seg.ContentTime) == ("20260301", "103000")
        notes = {s.SegmentLabel: s.get("SegmentDescription") for s in seg.SegmentSequence}
        assert notes["new"] == "2 voxels painted"
        assert notes["L2"] is None
        assert sha256(filed) == before
        record = json.loads(kept.record.read_text())
        assert (record["who"], record["when"], record["filed"]) == (
            "AB", "2026-03-01T10:30:00", "P1_rs.dcm",
        )  # fmt: skip
        assert record["sha256"] == sha256(kept.seg)
        assert record["values"][0]["n_voxels"] == redrawn.now.row("L1")["n_voxels"]
        assert record["before"][0]["n_voxels"] == 27
        assert "name it as region_file of P1" in kept.how_to_use

    def test_never_writes_over_another(self, bench, adjustment):
        redrawn = adjustment.paint("L1", [(8, 5, 5)], NOW)
        first = self.saved(bench, redrawn)
        before = sha256(first.seg)
        second = self.saved(bench, redrawn)
        assert first.seg.name == "P1_adjusted_1.dcm"
        assert second.seg.name == "P1_adjusted_2.dcm"
        assert sha256(first.seg) == before

    def test_by_another_session_at_the_same_moment_is_refused(self, bench, adjustment, monkeypatch):
        redrawn = adjustment.paint("L1", [(8, 5, 5)], NOW)
        first = self.saved(bench, redrawn)
        before = sha256(first.seg)
        monkeypatch.setattr(keeping, "_new_name", lambda *_: first.seg)
        with pytest.raises(InputError, match="another session just wrote it"):
            self.saved(bench, redrawn)
        assert sha256(first.seg) == before

    @pytest.mark.parametrize(
        ("who", "steps", "words"), [(" ", 1, "Who drew it"), ("AB", 0, "nothing was changed")]
    )
    def test_needs_a_change_and_a_name(self, bench, adjustment, who, steps, words):
        redrawn = adjustment.paint("L1", [(8, 5, 5)], NOW) if steps else adjustment
        with pytest.raises(InputError, match=words):
            self.saved(bench, redrawn, who=who)

    def test_on_a_folder_that_cannot_be_written_to_loses_nothing(self, bench, adjustment, tmp_path):
        blocked = tmp_path / "file"
        blocked.write_text("")
        redrawn = adjustment.paint("L1", [(8, 5, 5)], NOW)
        with pytest.raises(InputError, match="cannot be written to.*adjustment is still here"):
            self.saved(bench, redrawn, folder=blocked / "regions")
        assert self.saved(bench, redrawn).seg.is_file()

    def test_leaves_the_study_as_it_is(self, bench, adjustment):
        dicom = bench.study.dicom_dir
        before = sorted(path.name for path in dicom.iterdir())
        self.saved(bench, adjustment.paint("L1", [(8, 5, 5)], NOW))
        assert sorted(path.name for path in dicom.iterdir()) == before


class TestDrafts:
    def test_outlive_a_kernel(self, bench, adjustment, monkeypatch):
        redrawn = adjustment.sphere("L1", at(adjustment, (6, 5, 5)), 9.0, NOW)
        redrawn = redrawn.paint("new", [(2, 2, 2)], NOW)
        assert keeping.keep_draft(bench, redrawn) == ""
        assert keeping.drafts(bench, redrawn.seen) == []
        monkeypatch.setattr(keeping, "SESSION", "another")
        (draft,) = keeping.drafts(bench, adjustment.seen)
        assert "L1: sphere of 9 mm" in draft.words
        again = keeping.take_up(bench, adjustment.seen, draft)
        assert again.steps == redrawn.steps
        assert again.now.row("L1") == redrawn.now.row("L1")
        assert not draft.path.exists()

    def test_of_two_kernels_stand_beside_each_other(self, bench, adjustment, monkeypatch):
        keeping.keep_draft(bench, adjustment.paint("L1", [(8, 5, 5)], NOW))
        monkeypatch.setattr(keeping, "SESSION", "second")
        keeping.keep_draft(bench, adjustment.paint("L1", [(4, 5, 5)], NOW))
        assert len(keeping.drafts(bench, adjustment.seen)) == 1
        monkeypatch.setattr(keeping, "SESSION", "third")
        assert len(keeping.drafts(bench, adjustment.seen)) == 2

    def test_of_other_regions_or_unreadable_are_refused(self, bench, adjustment, monkeypatch):
        keeping.keep_draft(bench, adjustment.paint("L1", [(8, 5, 5)], NOW))
        monkeypatch.setattr(keeping, "SESSION", "another")
        changed = replace(adjustment.seen.scan, row=adjustment.seen.scan.row | {"region_file": ""})
        with pytest.raises(UserError, match="begun on other regions"):
            keeping.drafts(bench, replace(adjustment.seen, scan=changed))
        path = next(keeping.folder_of(bench).rglob("*.json"))
        path.write_text("{}")
        with pytest.raises(UserError, match="is no draft"):
            keeping.drafts(bench, adjustment.seen)

    def test_are_forgotten_once_saved(self, bench, adjustment, monkeypatch):
        redrawn = adjustment.paint("L1", [(8, 5, 5)], NOW)
        keeping.keep_draft(bench, redrawn)
        keeping.save(bench, redrawn, "AB", "", NOW, keeping.folder_of(bench))
        monkeypatch.setattr(keeping, "SESSION", "another")
        assert keeping.drafts(bench, adjustment.seen) == []

    def test_that_cannot_be_kept_are_said(self, bench, adjustment):
        bench.results_dir.write_text("")
        redrawn = adjustment.paint("L1", [(8, 5, 5)], NOW)
        assert "no draft is kept" in keeping.keep_draft(bench, redrawn)


class TestBrowser:
    def test_shows_a_scan_its_lesion_and_the_value_under_the_crosshair(self, published):
        browser = PetBrowser(published)
        assert browser.scan.value == "P1"
        seen = see(published, "P1")
        assert browser.view.selected == "L1"
        assert browser.view.readouts[0].startswith(f"SUV {seen.row('L1')['suv_max']:.2f} at ")
        browser.view.selected = "L2"
        shown = browser.lesion.value
        assert "0 of 2 published lesions of 18F-Trop2" in shown
        assert f"{seen.row('L2')['suv_max']:.4g}" in shown

    def test_shows_why_there_is_nothing_to_see(self, published):
        browser = PetBrowser(published)
        for scan_id, words in (("P2", "PROPCNTS"), ("P3", "names no series_dir")):
            browser.scan.value = scan_id
            assert words in browser.said.value
            assert list(browser.place.children) == []
        browser.patient.value = "nobody"
        assert "No scan is left" in browser.said.value
        browser.patient.value = "P1"
        assert browser.view.selected == "L1"
        assert len(browser.place.children) == 4

    def test_shows_both_scans_linked_with_log_ratios(self, published):
        browser = PetBrowser(published, "T1")
        browser.both.value = True
        assert [image["title"] for image in browser.view.images] == [
            "T1_low: 124I, low TSH", "T1_high: 124I, high TSH",
        ]  # fmt: skip
        assert len(browser.view.readouts) == 2
        assert "ln(SUVmax at high TSH" in browser.ratios.value
        browser.patient.value = "P1"
        assert "no 124I scans at both TSH levels" in browser.said.value
        assert [image["title"] for image in browser.view.images] == ["P1: 18F-Trop2"]

    def test_redraws_and_saves_what_the_reader_does(self, published):
        browser = PetBrowser(published)
        controls = browser.redrawing
        controls.size.value = 9
        controls._safely(controls.sphere)
        redrawn = browser.shown[0].lesions.set_index("lesion_id")
        assert f"{redrawn.at['L1', 'suv_mean']:.3f}" in controls.table.value
        controls.mode.value = "paint"
        controls.stroke(0, [[0, 0, 0], [0, 0, 1]])
        assert browser.shown[0].steps[-1].words == "2 voxels painted"
        controls.mode.value = "erase"
        controls.stroke(0, [[11, 0, 0]])
        assert "holds none of these voxels" in controls.said.value
        assert len(browser.shown[0].steps) == 2
        controls._safely(controls.save)
        assert "Who drew it?" in controls.said.value
        controls.who.value = "AB"
        controls._safely(controls.save)
        assert "P1_adjusted_1.dcm" in controls.said.value

    def test_of_a_study_without_a_scan_is_refused(self, bench):
        bench.study.tables["pet_scan"] = bench.tables["pet_scan"].iloc[:0]
        with pytest.raises(InputError, match="pet_scan has no row"):
            bench.require_scans()

    def test_takes_up_a_draft_of_a_kernel_that_ended(self, published, monkeypatch):
        keeping.keep_draft(
            published, Adjustment(see(published, "P1")).paint("L1", [(8, 5, 5)], NOW)
        )
        monkeypatch.setattr(keeping, "SESSION", "another")
        browser = PetBrowser(published)
        controls = browser.redrawing
        assert "not saved is there" in controls.said.value
        controls._safely(controls.take_draft)
        assert browser.shown[0].now.row("L1")["n_voxels"] == 28


def test_the_view_asks_nothing_of_another_machine():
    folder = Path(study_pet.__file__).parent
    for name in ("view.js", "view.css"):
        text = (folder / name).read_text()
        assert "http" not in text
        assert "import(" not in text
