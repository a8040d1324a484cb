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
from compendium.trop2.qupath import reads_from_qupath

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


def read(path: Path, **more) -> pd.DataFrame:
    options = {"image_pattern": PATTERN, "antibody_clone": "EPR20043"} | more
    return reads_from_qupath(path, **options)


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
            self.ROW + "0,0,150,0,100,300,1,1",
            self.ROW + "0,0,0,50,0,0,1,1",
            self.ROW + "NaN,NaN,NaN,0,NaN,NaN,1,1",
        )
        assert read(export)["pct_3"].tolist() == [75]

    def test_nested_annotations_would_count_twice(self, tmp_path):
        inner = self.ROW.replace("Root object (Image)", "Annotation (Tumor)")
        export = write(
            tmp_path / "a.csv",
            ANNOTATIONS,
            self.ROW + "0,0,150,0,100,300,1,1",
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
