"""QuPath's export as reads.

The exports below have the columns, order and class names that QuPath 0.5 and 0.6 write (source: the
table of measurements in QuPath's own code, qupath-gui-fx, package qupath.lib.gui.measure).
"""

from pathlib import Path

import pandas as pd
import pytest
from click.testing import CliRunner

from compendium.cli.qupath import qupath
from compendium.errors import InputError
from compendium.trop2.ihc import one_score_each
from compendium.trop2.qupath import QuPathReads, reads_from_qupath

PATTERN = r"(?P<patient_id>P\d+)_(?P<block_id>\w+?)_Trop2"
DETECTIONS = (
    "Image\tObject ID\tObject type\tName\tClassification\tParent\tROI\tCentroid X µm\t"
    "Centroid Y µm\tNucleus: Area µm^2\tCell: DAB OD mean"
)
ANNOTATIONS = (
    "Image,Object ID,Object type,Name,Classification,Parent,ROI,Centroid X µm,Centroid Y µm,"
    "Num Detections,Num 1+,Num 2+,Num 3+,Num Negative,Positive %,H-score,Area µm^2,Perimeter µm"
)
BASED = (
    "Image,Object ID,Object type,Name,Classification,Parent,ROI,Num Detections,Num Tumor (base),"
    "Num Stroma: Negative,Num Tumor: 1+,Num Tumor: 2+,Num Tumor: 3+,Num Tumor: Negative,"
    "Tumor: Positive %,Tumor: H-score"
)


def cells(image: str, counts: dict[str, int]) -> list[str]:
    return [
        f"{image}\t{image}-{name}-{i}\tCell\t\t{name}\tAnnotation\tPolygon\t{i}.5\t7.25\t31.2\t0.31"
        for name, n in counts.items()
        for i in range(n)
    ]


def write(path: Path, *lines: str) -> Path:
    path.write_text("\n".join(lines) + "\n", encoding="utf-8")
    return path


def found(path: Path, **more) -> QuPathReads:
    options = {"image_pattern": PATTERN, "antibody_clone": "EPR20043"} | more
    return reads_from_qupath(path, **options)


def read(path: Path, **more) -> pd.DataFrame:
    return found(path, **more).reads


class TestDetections:
    def test_classed_tumour_cells_become_percentages(self, tmp_path):
        export = write(
            tmp_path / "measurements.tsv",
            DETECTIONS,
            *cells("P001_A1_Trop2.svs", {"Tumor: Negative": 40, "Tumor: 1+": 30, "Tumor: 2+": 20,
                                         "Tumor: 3+": 110, "Stroma: 3+": 500, "": 9}),
        )  # fmt: skip
        reads = read(export)
        assert len(reads) == 1
        assert reads.loc[0, ["patient_id", "block_id", "tissue"]].tolist() == [
            "P001",
            "A1",
            "primary",
        ]
        assert reads.loc[0, ["pct_0", "pct_1", "pct_2", "pct_3"]].tolist() == [20, 15, 10, 55]
        assert one_score_each(reads).loc[0, "h_score"] == 15 + 20 + 165

    def test_cells_without_a_base_class(self, tmp_path):
        export = write(
            tmp_path / "m.tsv", DETECTIONS, *cells("P1_A_Trop2", {"Negative": 50, "3+": 50})
        )
        assert read(export).loc[0, "pct_3"] == 50

    def test_images_of_one_block_are_pooled_by_cells(self, tmp_path):
        export = write(
            tmp_path / "m.tsv",
            DETECTIONS,
            *cells("P1_A_Trop2 - 1", {"Negative": 150}),
            *cells("P1_A_Trop2 - 2", {"3+": 50}),
        )
        assert read(export)["pct_3"].tolist() == [25]

    def test_class_column_of_older_versions(self, tmp_path):
        header = DETECTIONS.replace("Classification", "Class")
        export = write(tmp_path / "m.txt", header, *cells("P1_A_Trop2", {"2+": 100}))
        assert read(export).loc[0, "pct_2"] == 100

    def test_tissue_from_the_name(self, tmp_path):
        export = write(tmp_path / "m.tsv", DETECTIONS, *cells("P1_M1_metastasis", {"1+": 100}))
        pattern = r"(?P<patient_id>P\d+)_(?P<block_id>\w+?)_(?P<tissue>primary|metastasis)"
        assert read(export, image_pattern=pattern)["tissue"].tolist() == ["metastasis"]


class TestAnnotations:
    ROW = "P001_A1_Trop2.svs,id1,Annotation,,Tumor,Root object (Image),Polygon,1.0,2.0,200,"

    def row(self, name: str, cells: int) -> str:
        return self.ROW.replace("id1", name).replace(",200,", f",{cells},")

    def test_counts_become_percentages_and_qupaths_own_h_score(self, tmp_path):
        export = write(
            tmp_path / "a.csv", ANNOTATIONS, self.ROW + "30,20,110,40,80.0,200.0,1e6,4000"
        )
        reads = read(export)
        assert reads.loc[0, ["pct_0", "pct_1", "pct_2", "pct_3"]].tolist() == [20, 15, 10, 55]
        assert one_score_each(reads).loc[0, "h_score"] == 200

    def test_counts_with_a_base_class_leave_stroma_out(self, tmp_path):
        row = "P001_A1_Trop2,id1,Annotation,,,Root object (Image),Polygon,"
        counts = "700,200,500,30,20,110,40,80,200"
        assert read(write(tmp_path / "a.csv", BASED, row + counts)).loc[0, "pct_3"] == 55

    def test_regions_of_one_block_are_pooled_and_empty_ones_ignored(self, tmp_path):
        export = write(
            tmp_path / "a.csv",
            ANNOTATIONS,
            self.row("id1", 150) + "0,0,150,0,100,300,1,1",
            self.row("id2", 50) + "0,0,0,50,0,0,1,1",
            self.row("id3", 0) + "NaN,NaN,NaN,0,NaN,NaN,1,1",
        )
        assert read(export)["pct_3"].tolist() == [75]

    def test_nested_annotations_would_count_twice(self, tmp_path):
        inner = self.row("id2", 100).replace("Root object (Image)", "Annotation (Tumor)")
        export = write(
            tmp_path / "a.csv",
            ANNOTATIONS,
            self.row("id1", 150) + "0,0,150,0,100,300,1,1",
            inner + "0,0,100,0,100,300,1,1",
        )
        with pytest.raises(InputError, match=r"a\.csv, row 3: an annotation inside 'Annotation"):
            read(export)


class TestRefused:
    @pytest.mark.parametrize(
        ("lines", "message"),
        [
            (["Object ID,Class", "1,3+"], "no column 'Image'"),
            (["Image,Area", "P1_A_Trop2,3"], "neither counts .* nor classifications"),
            (["Image,Class", "P1_A_Trop2,Tumor: Positive"], "'Positive' without a strength"),
            (["Image,Class", "P1_A_Trop2,Stroma"], "no cell is classed .* the classes are Stroma"),
            (["Image,Class"] + ["P1_A_Trop2,3+"] * 99, "patient P1, block A: 99 tumour cells"),
            (["Image,Class"] + ["slide 7,3+"] * 100, "the image 'slide 7' does not begin with"),
        ],
    )
    def test_says_what_is_wrong_and_what_to_do(self, tmp_path, lines, message):
        with pytest.raises(InputError, match=message):
            read(write(tmp_path / "m.csv", *lines))

    def test_a_missing_file(self, tmp_path):
        with pytest.raises(InputError, match=r"none\.csv: cannot be read"):
            read(tmp_path / "none.csv")


def test_command_writes_a_table_of_the_study(tmp_path):
    export = write(tmp_path / "m.tsv", DETECTIONS, *cells("P1_A_Trop2", {"Negative": 50, "3+": 50}))
    out = tmp_path / "reads.csv"
    arguments = [str(export), "--image-pattern", PATTERN, "--clone", "SP295", "--out", str(out)]
    result = CliRunner().invoke(qupath, arguments)
    assert result.exit_code == 0, result.output
    assert "1 reads of 1 patients" in result.output
    written = pd.read_csv(out)
    assert written.loc[0, ["antibody_clone", "blinded"]].tolist() == ["SP295", "yes"]


HEAD = "Image\tObject ID\tObject type\tName\tClassification\tParent\tROI\t"
COUNTS = "Num Detections\tNum 1+\tNum 2+\tNum 3+\tNum Negative\tPositive %\tH-score"
OLD = "Image\tName\tClass\tParent\tROI\tCentroid X µm\tCentroid Y µm\t"  # QuPath 0.3


def region(name: str, cls: str, numbers: str, parent: str = "Root object (Image)") -> str:
    image = "P001_A1_Trop2.svs"
    return f"{image}\t{name}\tAnnotation\t\t{cls}\t{parent}\tPolygon\t" + numbers.replace(" ", "\t")


class TestClassesAndParents:
    TUMOUR = region("a", "Tumor", "1000 300 200 100 400 60.0 100.0")
    STROMA = region("b", "Stroma", "1000 0 0 0 1000 0 0")

    def test_other_classes_are_left_out_and_listed(self, tmp_path):
        ignored = region("c", "Ignore*", "10 0 0 10 0 100 300")
        export = write(tmp_path / "a.tsv", HEAD + COUNTS, self.TUMOUR, self.STROMA, ignored)
        result = found(export)
        assert result.reads.loc[0, ["pct_0", "pct_1", "pct_2", "pct_3"]].tolist() == [
            40,
            30,
            20,
            10,
        ]
        assert result.left_out == {
            "annotations of class Stroma": 1,
            "annotations of class Ignore*": 1,
        }

    def test_another_class_by_name_but_never_what_is_ignored(self, tmp_path):
        ignored = region("c", "Ignore*", "500 0 0 500 0 100 300")
        export = write(tmp_path / "a.tsv", HEAD + COUNTS, self.TUMOUR, self.STROMA, ignored)
        assert read(export, tumour_class=["Stroma", "Ignore*"]).loc[0, "pct_0"] == 100

    def test_no_annotation_of_the_tumour(self, tmp_path):
        export = write(tmp_path / "a.tsv", HEAD + COUNTS, self.STROMA)
        with pytest.raises(InputError, match="no annotation is of class Tumor; the classes are St"):
            read(export)

    def test_stroma_inside_the_tumour_is_counted_there_too(self, tmp_path):
        inner = region("b", "Stroma", "300 0 0 0 300 0 0", parent="Annotation (Tumor)")
        export = write(tmp_path / "a.tsv", HEAD + COUNTS, self.TUMOUR, inner)
        with pytest.raises(InputError, match=r"row 3: an annotation inside 'Annotation \(Tumor\)'"):
            read(export)

    def test_tumour_inside_another_region_is_counted_once(self, tmp_path):
        inner = self.TUMOUR.replace("Root object (Image)", "Annotation (Region*)")
        outer = region("z", "Region*", "1000 300 200 100 400 60.0 100.0")
        assert read(write(tmp_path / "a.tsv", HEAD + COUNTS, outer, inner)).loc[0, "pct_0"] == 40

    @pytest.mark.parametrize("parent", ["Annotation (Stroma)", "Annotation (Ignore*)"])
    def test_cells_of_another_annotation(self, tmp_path, parent):
        counts = {"Negative": 50, "1+": 50, "2+": 50, "3+": 50}
        tumour = [line.replace("\tAnnotation\t", "\tAnnotation (Tumor)\t")
                  for line in cells("P1_A_Trop2", counts)]  # fmt: skip
        stroma = [line.replace("\tAnnotation\t", f"\t{parent}\t")
                  for line in cells("P1_A_Trop2 ", {"Negative": 300})]  # fmt: skip
        result = found(write(tmp_path / "d.tsv", DETECTIONS, *tumour, *stroma))
        assert result.reads.loc[0, "pct_0"] == 25
        assert list(result.left_out.values()) == [300]

    def test_a_named_parent_has_its_class_from_the_annotations_row(self, tmp_path):
        row = "P1_A_Trop2\t{0}\tAnnotation\t{0}\t{1}\tImage\tPolygon\t1\t1\t\t"
        rows = [row.format("Zone 1", "Tumor"), row.format("Zone 2", "Stroma")]
        lines = cells("P1_A_Trop2", {"Negative": 100, "3+": 100})
        lines = [x.replace("\tAnnotation\t", "\tZone 1\t" if "3+" in x else "\tZone 2\t")
                 for x in lines]  # fmt: skip
        assert read(write(tmp_path / "d.tsv", DETECTIONS, *rows, *lines)).loc[0, "pct_3"] == 100
        with pytest.raises(InputError, match="lie in the annotation 'Zone 1', whose class"):
            read(write(tmp_path / "e.tsv", DETECTIONS, *lines))
        alone = read(write(tmp_path / "e.tsv", DETECTIONS, *lines), tumour_class="Zone 1")
        assert alone.loc[0, "pct_3"] == 100


class TestNumbersProvedByTotals:
    @pytest.mark.parametrize(
        ("numbers", "share"),
        [
            ("3,500 1,200 600 300 1,400 60 94.3", 40),
            ("3.500 1.200 600 300 1.400 60,0 94,2857", 40),
            ("3'500 1'200 600 300 1'400 60.0 94.3", 40),
            ("1000.0 300.0 200.0 100.0 400.0 60.0 100.0", 40),
            ("1000,0 300,0 200,0 100,0 400,0 60,0 100,0", 40),
        ],
    )
    def test_read(self, tmp_path, numbers, share):
        export = write(tmp_path / "a.tsv", HEAD + COUNTS, region("a", "Tumor", numbers))
        assert read(export).loc[0, "pct_0"] == pytest.approx(share)

    @pytest.mark.parametrize(
        ("numbers", "message"),
        [
            ("1000 300 200 100 300 60 100", "Num Detections is 1000, but .* add up to 900"),
            ("1000 300 200 100 400 60 110", "H-score is 110, but the counts give 100"),
            ("1000 300 200 100 400 50 100", "Positive % is 50, but the counts give 60"),
            ("1000 300 200 100 4x0 60 100", "Num Negative is '4x0'; expected a number"),
            ("3,500 1,200 600 300 1.400 60 94.3", "row 2: "),
        ],
    )
    def test_refused(self, tmp_path, numbers, message):
        export = write(tmp_path / "a.tsv", HEAD + COUNTS, region("a", "Tumor", numbers))
        with pytest.raises(InputError, match=message):
            read(export)

    def test_nobody_can_tell_without_totals(self, tmp_path):
        head = HEAD + "Num 1+\tNum 2+\tNum 3+\tNum Negative"
        export = write(tmp_path / "a.tsv", head, region("a", "Tumor", "1.000 200 300 400"))
        with pytest.raises(InputError, match=r"'1\.000', which may be 1 or 1000"):
            read(export)

    def test_a_count_that_was_not_exported_is_not_0(self, tmp_path):
        head = HEAD + COUNTS.replace("Num Negative\t", "")
        export = write(tmp_path / "a.tsv", head, region("a", "Tumor", "1000 300 200 100 60 100"))
        with pytest.raises(InputError, match="Num Negative was not exported"):
            read(export)

    def test_h_score_alone(self, tmp_path):
        export = write(tmp_path / "a.tsv", HEAD + "H-score", region("a", "Tumor", "100"))
        with pytest.raises(InputError, match="H-score alone give no percentages"):
            read(export)


class TestForms:
    LINE = "P001_A1_Trop2.svs\t\tTumor\tImage\tPolygon\t1\t2\t1000\t300\t200\t100\t400\t60\t100"

    def test_of_qupath_0_3(self, tmp_path):
        assert read(write(tmp_path / "a.txt", OLD + COUNTS, self.LINE)).loc[0, "pct_1"] == 30

    @pytest.mark.parametrize("encoding", ["utf-16", "utf-16-le", "utf-8-sig", "gb18030"])
    @pytest.mark.parametrize("quoted", [False, True])
    @pytest.mark.parametrize("separator", ["\t", ";", ","])
    def test_separator_encoding_and_quotes(self, tmp_path, encoding, quoted, separator):
        lines = [(OLD + COUNTS).split("\t"), self.LINE.split("\t")]
        mark = '"' if quoted else ""
        text = "\r\n".join(separator.join(f"{mark}{c}{mark}" for c in line) for line in lines)
        (tmp_path / "a.csv").write_bytes(text.encode(encoding))
        assert read(tmp_path / "a.csv").loc[0, "pct_1"] == 30

    def test_an_image_twice(self, tmp_path):
        with pytest.raises(InputError, match=r"row 3: the image .* twice: .* is in row 2"):
            read(write(tmp_path / "a.txt", OLD + COUNTS, self.LINE, self.LINE))
        moved = self.LINE.replace("\t1\t2\t", "\t9\t2\t")
        assert len(read(write(tmp_path / "a.txt", OLD + COUNTS, self.LINE, moved))) == 1

    def test_a_cell_twice(self, tmp_path):
        lines = cells("P1_A_Trop2", {"3+": 100})
        with pytest.raises(InputError, match=r"row 102: the image .* twice"):
            read(write(tmp_path / "d.tsv", DETECTIONS, *lines, lines[0].replace("7.25", "8.0")))

    def test_a_comma_inside_a_number(self, tmp_path):
        row = TestAnnotations.ROW + "30,20,110,40,80.0,200.0,1,200,4000"
        with pytest.raises(InputError, match=r"row 2: 19 cells; expected 18"):
            read(write(tmp_path / "a.csv", ANNOTATIONS, row))


class TestCores:
    HEAD = "Image\tName\tMissing\t{case}" + COUNTS
    FULL = "500\t100\t100\t100\t200\t60\t120"
    EMPTY = "0\t\t\t\t\tNaN\tNaN"

    def cores(self, tmp_path: Path, *names: tuple[str, str, str], case: str = "Case ID\t") -> Path:
        lines = [
            f"TMA1.svs\t{name}\t{missing}\t"
            + (f"{patient}\t" if case else "")
            + (self.EMPTY if missing == "True" else self.FULL)
            for name, patient, missing in names
        ]
        return write(tmp_path / "t.tsv", self.HEAD.format(case=case), *lines)

    @pytest.mark.parametrize("case", ["Case ID\t", "Unique ID\t"])
    def test_patients_by_case_id_and_missing_cores_counted(self, tmp_path, case):
        export = self.cores(tmp_path, ("A-1", "P1", "False"), ("A-2", "P1", "False"),
                            ("B-1", "", "True"), case=case)  # fmt: skip
        result = found(export, image_pattern="")
        assert result.reads[["patient_id", "block_id", "pct_0"]].to_numpy().tolist() == [
            ["P1", "A-1", 40],
            ["P1", "A-2", 40],
        ]
        assert result.missing_cores == 1

    def test_patients_by_the_cores_names(self, tmp_path):
        export = self.cores(tmp_path, ("P007", "", "False"), case="")
        assert read(export, image_pattern="")["patient_id"].tolist() == ["P007"]

    def test_a_place_in_the_grid_is_no_patient(self, tmp_path):
        export = self.cores(tmp_path, ("A-1", "", "False"))
        with pytest.raises(InputError, match="nothing says whose the core 'A-1' is"):
            read(export, image_pattern="")
        assert read(export, patients={"A-1": "P9"})["patient_id"].tolist() == ["P9"]

    def test_case_id_against_the_map(self, tmp_path):
        export = self.cores(tmp_path, ("A-1", "P1", "False"))
        with pytest.raises(InputError, match="of P1 by its Case ID and of P2 by the map"):
            read(export, patients={"A-1": "P2"})

    def test_the_map_as_a_file(self, tmp_path):
        export = self.cores(tmp_path, ("A-1", "", "False"), case="")
        core_map = write(tmp_path / "map.csv", "core,patient_id", "A-1,007")
        arguments = [str(export), "--map", str(core_map), "--clone", "SP295"]
        result = CliRunner().invoke(qupath, [*arguments, "--out", str(tmp_path / "reads.csv")])
        assert result.exit_code == 0, result.output
        written = pd.read_csv(tmp_path / "reads.csv", dtype=str)
        assert written["patient_id"].tolist() == ["007"]
