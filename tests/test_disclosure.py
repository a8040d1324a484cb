"""The disclosure gate: every kind of leak planted is found, and nothing where nothing is.

Persons, numbers and addresses below are made up; checksums are computed by hand from GB 11643 and
ISO/IEC 7812.
"""

import base64
import hashlib
import io
import json
import shutil
import zlib
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path

import openpyxl
import pandas as pd
import pytest
from mini_study import declared, write_mini
from PIL import ExifTags, Image, PngImagePlugin

from compendium.errors import InputError
from compendium.privacy import disclosure, displayed, search, shipped, small_cells
from compendium.privacy.few_people import few_told
from compendium.privacy.findings import Finding, excuses_file, read_excuses, write_review
from compendium.privacy.piece import Piece
from compendium.publish import archive
from compendium.results.reading import Results, read_results

NOTEBOOK = "notebooks/02_scores.ipynb"
TABLE = "tables/mini_groups.csv"
FIGURE = "figures/mini_scores.svg"
NUMBERS = "numbers/02_scores.json"


@pytest.fixture(scope="module")
def clean(tmp_path_factory: pytest.TempPathFactory) -> Results:
    """A study without leaks, read as one of real patients."""
    root = tmp_path_factory.mktemp("clean")
    with pytest.MonkeyPatch.context() as patch:
        patch.setenv("COMPENDIUM_ROOT", str(root))
        return read_results(write_mini(root, synthetic=False))


@pytest.fixture
def results(clean: Results, tmp_path: Path) -> Results:
    """A copy of the clean study's results to plant a leak in."""
    for name in ("results", "data", "params"):
        shutil.copytree(clean.root / name, tmp_path / name)
    runs = [
        replace(run, executed=tmp_path / run.executed.relative_to(clean.root)) for run in clean.runs
    ]
    return replace(clean, root=tmp_path, runs=runs)


def edit_notebook(results: Results, change: Callable[[dict], None]) -> None:
    path = results.folder / NOTEBOOK
    notebook = json.loads(path.read_text())
    change(notebook)
    path.write_text(json.dumps(notebook))


def output(results: Results, text: str, mime: str = "text/plain") -> str:
    """Plant a text in what a notebook's cell shows."""
    made = {"output_type": "display_data", "data": {mime: text}, "metadata": {}}
    edit_notebook(results, lambda n: n["cells"][4]["outputs"].append(made))
    return NOTEBOOK


def markdown(results: Results, text: str) -> str:
    """Plant a text in a notebook's prose."""
    edit_notebook(results, lambda n: n["cells"][0]["source"].append(f"\n\n{text}\n"))
    return NOTEBOOK


def stream(results: Results, text: str) -> str:
    """Plant a text in what a notebook prints."""
    made = {"output_type": "stream", "name": "stdout", "text": [f"{text}\n"]}
    edit_notebook(results, lambda n: n["cells"][4]["outputs"].append(made))
    return NOTEBOOK


def error(results: Results, text: str) -> str:
    """Plant a text in a traceback."""
    made = {"output_type": "error", "ename": "E", "evalue": "", "traceback": [f"\x1b[31m{text}"]}
    edit_notebook(results, lambda n: n["cells"][4]["outputs"].append(made))
    return NOTEBOOK


def cell_metadata(results: Results, text: str) -> str:
    """Plant a text in a cell's metadata."""
    edit_notebook(results, lambda n: n["cells"][3]["metadata"].update(editor=text))
    return NOTEBOOK


def notebook_metadata(results: Results, text: str) -> str:
    """Plant a text in a notebook's metadata."""
    edit_notebook(results, lambda n: n["metadata"].update(papermill={"input_path": text}))
    return NOTEBOOK


def shown_html(results: Results, text: str) -> str:
    """Plant HTML in what a notebook's cell shows."""
    return output(results, text, "text/html")


def shown_svg(results: Results, text: str) -> str:
    """Plant an SVG in what a notebook's cell shows."""
    return output(results, f"<svg><!-- {text} --></svg>", "image/svg+xml")


def cell(results: Results, text: str) -> str:
    """Plant a text in a table's cell."""
    frame = pd.read_csv(results.folder / TABLE)
    frame["label"] = [text, "y"]
    frame.to_csv(results.folder / TABLE, index=False)
    return f"{TABLE}, row 2, column label"


def heading(results: Results, text: str) -> str:
    """Plant a column in a table."""
    frame = pd.read_csv(results.folder / TABLE).rename(columns={"label": text})
    frame.to_csv(results.folder / TABLE, index=False)
    return f"{TABLE}, heading"


def drawn(results: Results, text: str) -> str:
    """Plant a text in a figure, as matplotlib leaves it beside the letters' outlines."""
    path = results.folder / FIGURE
    path.write_text(path.read_text().replace("</svg>", f"<!-- {text} --></svg>"))
    return FIGURE


def figure_metadata(results: Results, text: str) -> str:
    """Plant a text in a figure's metadata."""
    path = results.folder / FIGURE
    made = f"<metadata><dc:creator>{text}</dc:creator></metadata></svg>"
    path.write_text(path.read_text().replace("</svg>", made))
    return FIGURE


def png(results: Results, text: str) -> str:
    """Plant a text in a raster image's metadata."""
    info = PngImagePlugin.PngInfo()
    info.add_text("Comment", text)
    Image.new("L", (2, 2)).save(results.folder / "figures" / "mip.png", pnginfo=info)
    return "figures/mip.png"


def label(results: Results, text: str) -> str:
    """Plant a text in a reported number."""
    path = results.folder / NUMBERS
    record = json.loads(path.read_text())
    record["numbers"][0]["label"] = text
    path.write_text(json.dumps(record))
    return NUMBERS


def parameter(results: Results, text: str) -> str:
    """Plant a text in the parameters that are published with each number."""
    path = results.folder / NUMBERS
    record = json.loads(path.read_text())
    record["parameters"]["results_dir"] = text
    path.write_text(json.dumps(record))
    return NUMBERS


def file_name(results: Results, text: str) -> str:
    """Plant a text in the name of a file."""
    (results.folder / "figures" / f"{text}.svg").write_text("<svg/>")
    return "figures/"


LEAKS = [
    ("name, Chinese", cell, "张伟"),
    ("name, Chinese", cell, "欧阳建国"),
    ("name, Chinese", output, "患者李秀英复查"),
    ("name, Chinese", stream, "王主任会诊"),
    ("name, Chinese", shown_html, "<td>陳美玲</td>"),
    ("name, Chinese", shown_html, "<b>刘</b>建华"),
    ("name, Chinese", cell, "阿卜杜拉·热合曼"),
    ("name, Chinese", drawn, "赵敏"),
    ("name, Chinese", file_name, "周志强_pet"),
    ("name, Chinese", label, "联系人:孙丽"),
    ("name, Latin", cell, "Zhang Wei"),
    ("name, Latin", cell, "LI Xiaoming"),
    ("name, Latin", markdown, "We thank Xiaoli Wang for the scan."),
    ("name, Latin", figure_metadata, "John A. Carpenter"),
    ("name, Latin", output, "ZHANG^WEI^^^"),
    ("name, Latin", cell_metadata, "read by Greta Vogel"),
    ("name, Latin", stream, "Dr. Novak"),
    ("date", cell, "2021-03-14"),
    ("date", output, "20210314"),
    ("date", output, "20210314083059.00"),
    ("date", cell, "2021年3月14日"),
    ("date", shown_svg, "14.03.2021"),
    ("date", markdown, "operated on 14 March 2021"),
    ("date", stream, "Mar 14, 2021"),
    ("date", cell, "2021-03"),
    ("telephone", cell, "13912345678"),
    ("telephone", cell, "139-1234-5678"),
    ("telephone", output, "139 1234 5678"),
    ("telephone", stream, "0791-86691234"),
    ("telephone", stream, "+86 791 8669 1234"),
    ("citizen number", cell, "11010519491231002X"),
    ("citizen number", output, "护照 E12345678"),
    ("record number", cell, "住院号 20210345"),
    ("record number", shown_html, '<td title="MRN: 448120">x</td>'),
    ("record number", output, "00448120"),
    ("bank card", cell, "6222021234567890128"),
    ("e-mail", markdown, "zw1970@hospital.example"),
    ("messenger", cell, "微信:zw_1970x"),
    ("postal address", cell, "江西省南昌市青山湖区北京东路519号"),
    ("postal address", output, "12 Maple Grove Road"),
    ("vehicle", cell, "赣A8K3M5"),
    ("UID", output, "1.2.840.113619.2.55.3.604688119.868"),
    ("UID", drawn, "2.25.329800735698586629295641978511506172918"),
    ("machine path", parameter, "/home/zw/study"),
    ("machine path", error, 'File "C:\\Users\\zw\\run.py"'),
    ("machine path", notebook_metadata, "/Users/zw/01.ipynb"),
    ("machine path", png, "\\\\pacs01\\export$"),
    ("machine address", stream, "connected to 10.21.3.107"),
    ("machine address", stream, "00:1B:44:11:3A:B7"),
    ("secret", markdown, "password: Xr81kq0p"),
    ("old age", cell, "aged 93 years"),
    ("birth", output, "born 1949"),
    ("identifying column", heading, "patient_name"),
    ("identifying column", heading, "住院号"),
    ("identifying column", heading, "date_of_birth"),
]


@pytest.mark.parametrize(("kind", "plant", "text"), LEAKS)
def test_planted_leak_is_found(
    results: Results, kind: str, plant: Callable[[Results, str], str], text: str
) -> None:
    place = plant(results, text)
    found = [f for f in disclosure.scan(results, people=False) if f.kind == kind]
    assert [f for f in found if f.place.startswith(place)], f"{kind} not found at {place}"


def test_there_are_forty_kinds_of_leak_and_more() -> None:
    assert len({(kind, plant.__name__, text) for kind, plant, text in LEAKS}) >= 40


def test_clean_results_have_no_identifier(clean: Results) -> None:
    assert disclosure.scan(clean, people=False) == []


def test_message_names_the_place_and_masks_the_leak(results: Results) -> None:
    place = cell(results, "13912345678")
    message = disclosure.refusal(disclosure.scan(results, people=False), results)
    assert place in message
    assert "13912345678" not in message
    assert "1*******" in message


@pytest.mark.parametrize(
    "text",
    [
        "H-score 195.25, AUC 0.75 (95% CI 0.63 to 0.86), p < 0.001",
        "Hodges–Lehmann shift; Kaplan–Meier; Bland–Altman; Du Bois; Wilson Score",
        "doi:10.1016/j.cell.2018.02.052 and 10.1089/thy.2010.0355",
        "BRAF V600E; SP295 (ab227689); NCT07314255; 18F-Trop2; [18F]AlF-RESCA-T4",
        "版本 甲状腺全切术 左肺 高危 方法 患者化名编号",
        "version 1.2.3, fingerprint 4c9c4df86ba8d4ba, commit 9624069cbbaa+",
        "1.2.840.10008.5.1.4.1.1.128",
        "13912345678.25 Bq/mL in 1013 voxels",
        "Patient Characteristics Option; Sun Rise; He Was",
    ],
)
def test_words_of_the_field_are_spared(results: Results, text: str) -> None:
    cell(results, text)
    assert disclosure.scan(results, people=False) == []


def test_name_in_free_text_of_the_study_is_found(results: Results) -> None:
    path = results.study_dir / "tables" / "patient.csv"
    frame = pd.read_csv(path, dtype=str)
    frame.loc[3, "note"] = "外院转入,家属张建国陪同,2021-03-14复查"
    frame.to_csv(path, index=False)
    assert [(f.kind, f.place) for f in disclosure.scan(results, people=False)] == [
        ("name, Chinese", "data/mini, table patient, row 5, column note")
    ]


def test_value_of_an_identifying_column_is_found_wherever_it_stands(results: Results) -> None:
    path = results.study_dir / "tables" / "patient.csv"
    frame = pd.read_csv(path, dtype=str)
    frame["patient_name"] = ["Oyelaran"] + [""] * 11
    frame["record_number"] = ["X77-31"] + [""] * 11
    frame.to_csv(path, index=False)
    stream(results, "row of Oyelaran, chart X77-31; not Oyelarans")
    found = {f.kind for f in disclosure.scan(results, people=False)}
    assert {"value of patient.patient_name", "value of patient.record_number"} <= found


def test_user_and_machine_names_are_found(
    results: Results, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(search.getpass, "getuser", lambda: "zwei1970")
    monkeypatch.setattr(search.socket, "gethostname", lambda: "pet-ws-04")
    stream(results, "saved by zwei1970 on pet-ws-04")
    kinds = [f.kind for f in disclosure.scan(results, people=False)]
    assert kinds == ["user name", "machine name"]


@pytest.fixture
def html(tmp_path: Path) -> Path:
    """The folder of a rendered book."""
    folder = tmp_path / "html"
    (folder / "_static").mkdir(parents=True)
    return folder


def page(results: Results, html: Path, text: str) -> list[tuple[str, str]]:
    """Kind and place of what is found in a page."""
    (html / "index.html").write_text(text, encoding="utf-8")
    found = disclosure.scan(results, html, people=False)
    return [(f.kind, f.place.removeprefix("html/index.html").lstrip(", ")) for f in found]


@pytest.mark.parametrize(
    ("text", "place"),
    [
        ("<p>张伟</p>", ""),
        ("<p>张<b>伟</b></p>", ""),
        ("<!-- 张伟 -->", "comment"),
        ("<img alt='张伟'>", "attribute"),
        ("<img alt=张伟>", "attribute"),
        ('<p id="张伟">', "attribute"),
        ('<p onclick="f(&#x5f20;&#x4f1f;)">', "attribute"),
        ('<script>var a = "\\u5f20\\u4f1f"</script>', ""),
        ('<img src="data:text/plain;base64,5byg5Lyf">', "embedded, line 1"),
        ("<a href='data:text/plain,%E5%BC%A0%E4%BC%9F'>", "embedded, line 1"),
        ("<a href=data:text/plain,%E5%BC%A0%E4%BC%9F>", "embedded, line 1"),
        ('<img src="data:text/plain;base64,5byg\n5Lyf">', "embedded, line 1"),
        ('<img src="data:image/svg+xml;utf8,%3C!--张伟--%3E">', "embedded, drawn text"),
    ],
)
def test_every_place_of_a_page_is_searched(
    results: Results, html: Path, text: str, place: str
) -> None:
    assert page(results, html, text) == [("name, Chinese", place)]


def test_a_page_of_the_field_is_spared(results: Results, html: Path) -> None:
    text = (
        "<p id='h-score' class=number>H-score 195.25</p><script>var a = [1, 2]; "
        "b = 'data:image/png;base64,' + a</script>"
    )
    assert page(results, html, text) == []


def test_a_file_of_an_installed_package_is_spared_and_a_changed_one_is_not(
    results: Results, html: Path
) -> None:
    theme = Path(pytest.__file__)
    assert shipped.is_installed(theme.read_bytes())
    (html / "_static" / "theme.js").write_bytes(theme.read_bytes())
    assert disclosure.scan(results, html, people=False) == []
    (html / "_static" / "theme.js").write_bytes(theme.read_bytes() + "\n# 张伟\n".encode())
    assert "name, Chinese" in {f.kind for f in disclosure.scan(results, html, people=False)}


def test_lines_of_a_theme_s_template_are_spared(results: Results, html: Path) -> None:
    made = html / "_static" / "copybutton.js"  # the theme fills in copybutton.js_t
    made.write_text("'copy': 'Скопировать',\nlet filled = 1\n", encoding="utf-8")
    assert disclosure.scan(results, html, people=False) == []
    made.write_text("'copy': 'Иванов Сергей',\n", encoding="utf-8")
    assert [f.kind for f in disclosure.scan(results, html, people=False)] == ["name, other script"]


@pytest.mark.slow
def test_of_an_index_only_what_no_page_says_is_new(results: Results, html: Path) -> None:
    (html / "page.html").write_text("<p>Patient 张伟, ratio 0.20230506</p>")
    index = html / "searchindex.js"
    index.write_text('Search.setIndex({"terms": {"张伟": 1, "20230506": [1, 2]}})')
    found = {f.place for f in disclosure.scan(results, html, people=False)}
    assert found == {"html/page.html"}
    index.write_text('Search.setIndex({"terms": {"20230507": 1}, "titles": ["Of 张伟"]})')
    found = {f.place for f in disclosure.scan(results, html, people=False)}
    assert found == {
        "html/page.html",
        "html/searchindex.js, terms",
        "html/searchindex.js, titles, 0",
    }


@pytest.mark.slow
def test_an_inventory_is_unpacked(results: Results, html: Path) -> None:
    head = b"# Sphinx inventory version 2\n# Project: x\n# Version: 1\n# packed\n"
    (html / "objects.inv").write_bytes(head + zlib.compress("患者张伟强 std:label\n".encode()))
    assert [f.kind for f in disclosure.scan(results, html, people=False)] == ["name, Chinese"]
    (html / "objects.inv").write_bytes(head + b"broken")
    with pytest.raises(InputError, match=r"objects.inv: cannot be unpacked"):
        disclosure.scan(results, html, people=False)


def test_copied_files_and_the_search_index_are_searched(results: Results, html: Path) -> None:
    (html / "files").mkdir()
    (html / "files" / "02_scores.ipynb").write_text(
        (results.folder / NOTEBOOK).read_text().replace("Chapter scores", "Chapter 张伟")
    )
    (html / "searchindex.js").write_text('Search.setIndex({"terms": {"zhangwei": 1}})')
    found = {f.place.partition(", ")[0] for f in disclosure.scan(results, html, people=False)}
    assert found == {"html/files/02_scores.ipynb", "html/searchindex.js"}


def picture(**changes: object) -> bytes:
    """A JPEG with its place, a comment or XMP in it."""
    exif, held = Image.Exif(), io.BytesIO()
    if "gps" in changes:
        exif.get_ifd(ExifTags.IFD.GPSInfo).update(
            {1: "N", 2: (28.0, 40.0, 58.0), 3: "E", 4: (115.0, 51.0, 29.0)}
        )
    if "artist" in changes:
        exif[ExifTags.Base.Artist] = changes["artist"]
    if "taken" in changes:
        exif.get_ifd(ExifTags.IFD.Exif)[ExifTags.Base.DateTimeOriginal] = changes["taken"]
    kept = {name: changes[name] for name in ("comment", "xmp") if name in changes}
    Image.new("L", (8, 8)).save(held, "JPEG", exif=exif, **kept)
    return held.getvalue() + bytes(changes.get("tail", b""))


@pytest.mark.parametrize(
    ("data", "kind"),
    [
        (picture(gps=True), "GPS"),
        (picture(artist="Zhang Wei"), "name, Latin"),
        (picture(taken="2021:03:14 10:11:12"), "date"),
        (picture(comment="张伟".encode()), "name, Chinese"),
        (picture(xmp=b"<x:xmpmeta>13912345678</x:xmpmeta>"), "telephone"),
        (picture(tail="患者:张伟".encode()), "name, Chinese"),
    ],
)
def test_what_a_picture_says_beside_its_pixels_is_found(
    results: Results, data: bytes, kind: str
) -> None:
    path = results.folder / "figures" / "shot.jpg"
    path.write_bytes(picture())
    assert disclosure.scan(results, people=False) == []
    path.write_bytes(data)
    assert kind in {f.kind for f in disclosure.scan(results, people=False)}


def drawn_picture(info: PngImagePlugin.PngInfo | None = None) -> str:
    """A drawing that holds a picture, in lines of 76 characters as matplotlib writes it."""
    held = io.BytesIO()
    Image.effect_noise((16, 16), 50).save(held, "PNG", pnginfo=info)
    coded = base64.encodebytes(held.getvalue()).decode()
    assert coded.count("\n") > 3
    return f'<svg><image xlink:href="data:image/png;base64,\n{coded}" height="16"/></svg>'


def test_a_picture_in_a_drawing_is_searched(results: Results) -> None:
    path = results.folder / "figures" / "planes.svg"
    path.write_text(drawn_picture())
    assert disclosure.scan(results, people=False) == []
    info = PngImagePlugin.PngInfo()
    info.add_text("Comment", "Zhang Wei")
    path.write_text(drawn_picture(info))
    assert [(f.kind, f.place) for f in disclosure.scan(results, people=False)] == [
        ("name, Latin", "figures/planes.svg, embedded, metadata Comment")
    ]


def test_a_broken_picture_in_a_drawing_is_refused_by_name(results: Results) -> None:
    cut = drawn_picture().replace("iVBOR", "xVBOR")
    (results.folder / "figures" / "planes.svg").write_text(cut)
    with pytest.raises(InputError, match=r"figures/planes.svg, embedded: the picture cannot"):
        disclosure.scan(results, people=False)


def test_a_broken_picture_is_refused_by_name(results: Results) -> None:
    (results.folder / "figures" / "shot.png").write_bytes(b"\x89PNG\r\n broken")
    with pytest.raises(InputError, match=r"figures/shot.png: the picture cannot be read"):
        disclosure.scan(results, people=False)


def test_results_in_another_encoding_are_searched(results: Results) -> None:
    (results.folder / "tables" / "notes.csv").write_bytes("note\n患者张伟强\n".encode("gb18030"))
    assert [f.kind for f in disclosure.scan(results, people=False)] == ["name, Chinese"]


class TestKnownValues:
    """What the study's own identifying columns hold, in every spelling."""

    @pytest.fixture
    def named(self, results: Results) -> Results:
        """A study that kept a name which is a word, and a record number."""
        path = results.study_dir / "tables" / "patient.csv"
        frame = pd.read_csv(path, dtype=str)
        frame["patient_name"] = ["文静", "Ada Oyelaran"] + [""] * 10
        frame["record_number"] = ["00448120"] + [""] * 11
        frame.to_csv(path, index=False)
        return results

    @pytest.mark.parametrize(
        "text",
        [
            "文静", "文 静", "她很文静地说", "%CE%C4%BE%B2", "&#25991;&#38745;", "5paH6Z2Z",
            "oyelaran, ADA", "AdaOyelaran",
            "Oyelaran^Ada", "448120", "448-120", "４４８１２０", "四四八一二〇", "NDQ4MTIw",
            hashlib.md5(b"448120").hexdigest(),
            hashlib.sha256(b"00448120").hexdigest()[:12],
            hashlib.sha1("文静".encode()).hexdigest().upper(),
        ],
    )  # fmt: skip
    def test_is_found_however_it_is_written(self, named: Results, text: str) -> None:
        stream(named, f"row {text} of it")
        found = {f.kind for f in disclosure.scan(named, people=False)}
        assert found & {
            f"{start}value of patient.{column}"
            for start in ("", "hash of a ")
            for column in ("patient_name", "record_number")
        }

    @pytest.mark.parametrize("text", ["静文学", "4481201", "0.448120", "Ada", "4c9c4df86ba8d4ba"])
    def test_what_only_resembles_it_is_spared(self, named: Results, text: str) -> None:
        stream(named, f"row {text} of it")
        assert not [f for f in disclosure.scan(named, people=False) if "value of" in f.kind]

    def test_an_id_column_of_names_identifies(self, results: Results) -> None:
        path = results.study_dir / "tables" / "patient.csv"
        frame = pd.read_csv(path, dtype=str)
        frame.loc[0, "patient_id"] = "窦晓峰"
        frame.to_csv(path, index=False)
        stream(results, "峰晓窦 and P002")
        found = [f.kind for f in disclosure.scan(results, people=False)]
        assert "value of patient.patient_id" in found

    @pytest.mark.parametrize(("people", "found"), [(True, True), (False, False)])
    def test_pseudonyms_of_people_stay_at_home(
        self, results: Results, people: bool, found: bool
    ) -> None:
        stream(results, "lesion P003_L1")
        kinds = [f.kind for f in disclosure.scan(results, people=people)]
        assert ("pseudonym" in kinds) is found


class TestShipped:
    """What the project publishes itself is public as it is, and where it stands."""

    @pytest.fixture
    def listed(self, results: Results, monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> Results:
        """A project with one page that names a day."""
        (results.root / "book").mkdir(exist_ok=True)
        (results.root / "book" / "introduction.md").write_text("The study starts on 2025-12-18.")
        entry = shipped.entries(results.root, ["book/introduction.md"])
        listed = {"public": entry, "files": {}}
        (tmp_path / "shipped.json").write_text(json.dumps(listed))
        monkeypatch.setattr(shipped, "LIST", tmp_path / "shipped.json")
        return results

    def pages(self, html: Path, name: str) -> Path:
        (html / name).write_text("<p>On 2025-12-18.</p>")
        return html

    def test_words_of_a_page_are_public_on_it(self, listed: Results, html: Path) -> None:
        assert disclosure.scan(listed, self.pages(html, "introduction.html"), people=False) == []

    def test_and_nowhere_else(self, listed: Results, html: Path) -> None:
        found = disclosure.scan(listed, self.pages(html, "methods.html"), people=False)
        assert [f.kind for f in found] == ["date"]

    def test_another_line_of_the_page_may_change(self, listed: Results, html: Path) -> None:
        page = listed.root / "book" / "introduction.md"
        page.write_text(f"# New\n\n{page.read_text()}")
        assert disclosure.scan(listed, self.pages(html, "introduction.html"), people=False) == []

    def test_nor_when_its_line_was_changed(self, listed: Results, html: Path) -> None:
        (listed.root / "book" / "introduction.md").write_text("张伟 starts on 2025-12-18.")
        found = disclosure.scan(listed, self.pages(html, "introduction.html"), people=False)
        assert [f.kind for f in found] == ["date"]

    def test_part_of_a_public_word_is_not_public(self, listed: Results, html: Path) -> None:
        (html / "introduction.html").write_text("<p>On 2025-12.</p>")
        assert [f.kind for f in disclosure.scan(listed, html, people=False)] == ["date"]

    def test_a_listed_line_is_public_in_a_copy_of_its_file_only(
        self, listed: Results, html: Path
    ) -> None:
        (html / "files" / "book").mkdir(parents=True)
        copies = [html / "files" / "book" / "introduction.md", html / "files" / "other.md"]
        for copy in copies:
            copy.write_text("The study starts on 2025-12-18.\nAnd on 2025-12-19.\n")
        found = {f.place for f in disclosure.scan(listed, html, people=False)}
        assert found == {
            "html/files/book/introduction.md, line 2",
            "html/files/other.md, line 1",
            "html/files/other.md, line 2",
        }

    def test_outputs_that_a_save_adds_are_no_lines_of_a_notebook(self, results: Results) -> None:
        stream(results, "张伟")
        assert shipped.entries(results.folder, [NOTEBOOK]) == {}
        markdown(results, "张伟")
        found = shipped.entries(results.folder, [NOTEBOOK])[NOTEBOOK]
        assert list(found.values()) == [["张伟"]]


class TestShippedFiles:
    """Examples in the project's code may be ids of a study: a file as it was shipped is public."""

    CODE = b"PEOPLE = ['P003', 'P004']  # 2021-03-14\n"

    @pytest.fixture
    def listed(self, results: Results, monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> Results:
        """A study of P001 to P012, in a project that ships one file with two such ids."""
        files = {"src/a.py": shipped.sum_of("src/a.py", self.CODE)}
        (tmp_path / "shipped.json").write_text(json.dumps({"public": {}, "files": files}))
        monkeypatch.setattr(shipped, "LIST", tmp_path / "shipped.json")
        return results

    @pytest.mark.parametrize(
        ("name", "data", "kinds"),
        [
            ("code/src/a.py", CODE, []),
            ("code/src/a.py", CODE.replace(b"\n", b"\r\n"), []),
            ("code/src/a.py", CODE + b"\n", ["pseudonym", "pseudonym", "date"]),  # changed
            ("code/src/b.py", CODE, ["pseudonym", "pseudonym", "date"]),  # of their own
            ("src/a.py", CODE, ["pseudonym", "pseudonym", "date"]),  # no copy of the project's
        ],
    )
    def test_only_as_it_is(self, listed: Results, name: str, data: bytes, kinds: list[str]) -> None:
        assert [f.kind for f in disclosure.scan_files(listed, {name: data})] == kinds

    def test_in_a_book_as_in_an_archive(self, listed: Results, html: Path) -> None:
        copy = html / "files" / "src" / "a.py"
        copy.parent.mkdir(parents=True)
        copy.write_bytes(self.CODE)
        (html / "index.html").write_text("<p>pages</p>")
        people = {"people": True, "threshold": 2}
        assert not [f for f in disclosure.scan(listed, html, **people) if "html/" in f.place]
        copy.write_bytes(self.CODE.replace(b"P004", b"P005"))
        found = [f.kind for f in disclosure.scan(listed, html, **people) if "html/" in f.place]
        assert found == ["pseudonym", "pseudonym", "date"]


@pytest.mark.parametrize(
    ("name", "text", "kinds"),
    [
        ("ro-crate-metadata.json", '{"datePublished": "1980-01-01"}', []),  # of no commit
        ("ro-crate-preview.html", "<p>1980-01-01</p>", []),
        ("ro-crate-metadata.json", '{"datePublished": "2021-03-14"}', ["date"]),
        ("codecheck.yml", "1980-01-01", []),
        ("results/analysis_results.csv", "1980-01-01", ["date"]),
        ("results/analysis_results.csv", "P003", ["pseudonym"]),  # made of them
        (FIGURE, "P003", ["pseudonym"]),
        (f"results/{FIGURE}", "P003", []),  # searched as a result
    ],
)
def test_what_an_archive_says_beside_book_and_results_is_searched(
    results: Results, name: str, text: str, kinds: list[str]
) -> None:
    found = archive.found_beside(results, {name: text.encode()})
    assert [f.kind for f in found] == kinds


def test_what_a_study_publishes_of_itself_is_public_at_its_place(
    results: Results, html: Path
) -> None:
    (results.study_dir / "study.yml").write_text(
        "authors: [Zhang Wei]\ncentres: [丰城市人民医院]\n"
    )
    text = "<p>Zhang Wei, 丰城市人民医院</p>"
    assert page(results, html, text) == []
    (html / "chapter.html").write_text(text)
    found = [f.kind for f in disclosure.scan(results, html, people=False)]
    assert found == ["name, Latin", "institution"]


def test_the_study_s_title_stands_on_every_page(results: Results, html: Path) -> None:
    title = "Iodine at 丰城市人民医院"
    (results.study_dir / "study.yml").write_text(f"title: {title}\n")
    (html / "chapter.html").write_text(f"<p>{title}</p>")
    assert disclosure.scan(results, html, people=False) == []
    (html / "chapter.html").write_text("<p>Seen at 丰城市人民医院</p>")
    found = [f.kind for f in disclosure.scan(results, html, people=False)]
    assert found == ["institution"]


class TestExcuses:
    """What a person has looked at, in a workbook beside the params file."""

    def fill(self, results: Results, reason: str) -> None:
        """Write the table and give every row a reason."""
        write_review(excuses_file(results.params_file), disclosure.scan(results, people=False))
        path = excuses_file(results.params_file)
        book = openpyxl.load_workbook(path)
        sheet = book.active
        for row in range(3, sheet.max_row + 1):
            sheet.cell(row, 5).value = reason
        book.save(path)

    @pytest.fixture
    def results(self, results: Results, tmp_path: Path) -> Results:
        """The copied study, with the params file beside which excuses lie."""
        return replace(results, params_file=tmp_path / "params" / "mini.yml")

    @pytest.mark.slow
    def test_the_table_excuses_nothing_until_reasons_are_given(self, results: Results) -> None:
        cell(results, "2021-03-14")
        write_review(excuses_file(results.params_file), disclosure.scan(results, people=False))
        assert [f.kind for f in disclosure.scan(results, people=False)] == ["date"]
        self.fill(results, "day of a guideline")
        assert disclosure.scan(results, people=False) == []

    def test_a_reason_in_chinese_counts(self, results: Results) -> None:
        cell(results, "2021-03-14")
        self.fill(results, "指南发布日期,张主任已核对")
        assert disclosure.scan(results, people=False) == []

    def test_another_leak_at_the_same_place_is_found(self, results: Results) -> None:
        cell(results, "2021-03-14")
        self.fill(results, "day of a guideline")
        cell(results, "2021-03-15")
        assert [f.kind for f in disclosure.scan(results, people=False)] == ["date"]

    @pytest.mark.slow
    def test_reasons_stay_when_the_table_is_written_again(self, results: Results) -> None:
        cell(results, "2021-03-14")
        self.fill(results, "day of a guideline")
        label(results, "13912345678")
        waiting = write_review(
            excuses_file(results.params_file), disclosure.scan(results, people=False)
        )
        assert waiting == 1
        assert [f.kind for f in disclosure.scan(results, people=False)] == ["telephone"]

    def edited(self, results: Results, column: int, value: str) -> None:
        cell(results, "2021-03-14")
        self.fill(results, "day of a guideline")
        path = excuses_file(results.params_file)
        book = openpyxl.load_workbook(path)
        book.active.cell(3, column).value = value
        if column == 1:
            book.active.cell(3, 2).value = "tables/*"
        book.save(path)

    @pytest.mark.parametrize(
        ("column", "value", "said"),
        [
            (5, "ok", "the reason 'ok' is too short"),
            (1, "*", "kind and place both have wildcards"),
            (4, "", "expected kind, place and hash"),
        ],
    )
    def test_a_malformed_row_is_refused(
        self, results: Results, column: int, value: str, said: str
    ) -> None:
        self.edited(results, column, value)
        with pytest.raises(InputError, match=f"row 3: .*{said}|row 3: {said}"):
            read_excuses(excuses_file(results.params_file))

    def test_a_wildcard_in_the_place_excuses_the_same_word_elsewhere(
        self, results: Results
    ) -> None:
        self.edited(results, 2, "*")
        stream(results, "2021-03-14")
        assert disclosure.scan(results, people=False) == []

    def test_a_file_that_is_no_workbook_is_refused(self, results: Results) -> None:
        excuses_file(results.params_file).write_text("kind,place")
        with pytest.raises(InputError, match="cannot be read as a workbook"):
            disclosure.scan(results, people=False)


class TestDisplayed:
    """Counts of few and rows a person in what a cell prints or displays."""

    @pytest.mark.parametrize(
        ("text", "small"),
        [
            ("sex\nfemale    9\nmale      1\nName: count, dtype: int64", True),
            ("sex\nfemale    9\nmale      7\nName: count, dtype: int64", False),
            ("a    0.1\nb    0.2\ndtype: float64", False),
            ("{'male': 1, 'female': 11}", True),
            ("Counter({'female': 11, 'male': 7})", False),
            ("3 of 12 patients progressed", True),
            ("3 (25.0%)", True),
            ("30 of 120 patients", False),
            ("两例死亡", True),
            ("two patients died", True),
            ("n = 4", True),
            ("         male  female\nyes  2  10\nno   8  9", True),
            ("         age  stage\n0  2  10\n1   8  9", False),
        ],
    )
    def test_text(self, results: Results, text: str, small: bool) -> None:
        before = set(disclosure.few_people(results, 5))
        output(results, text)
        assert bool(set(disclosure.few_people(results, 5)) - before) is small

    @pytest.mark.parametrize(
        ("frame", "kinds"),
        [
            (pd.DataFrame({"n": [9, 1]}, index=["f", "m"]), {"small cell"}),
            (pd.DataFrame({"n": [9, 8]}, index=["f", "m"]), set()),
            (pd.DataFrame({"share": ["1/40", "9/40"]}), {"small cell"}),
            (pd.DataFrame({"patient_id": ["X", "Y"], "suv": [1.5, 2.5]}), {"row a person"}),
            (pd.DataFrame({"stage": [1, 2], "suv": [1.5, 2.5]}), set()),
        ],
    )
    def test_data_frame(self, results: Results, frame: pd.DataFrame, kinds: set[str]) -> None:
        before = set(disclosure.few_people(results, 5))
        shown_html(results, frame.to_html(classes="dataframe"))
        found = set(disclosure.few_people(results, 5)) - before
        assert {f.kind for f in found} == kinds


class TestSmallCells:
    """Counts of 1 to 4, by default, in the columns that the record says count people."""

    @pytest.mark.parametrize(("count", "small"), [(0, False), (1, True), (4, True), (5, False)])
    def test_boundaries(self, count: int, small: bool) -> None:
        frame = pd.DataFrame({"group": ["a"], "n": [count]})
        assert bool(small_cells.small_cells(frame, ["n"])) is small

    @pytest.mark.parametrize(
        ("value", "small"),
        [
            (3, True),
            (3.0, True),
            ("3", True),
            ("3 (10.0%)", True),
            ("3/30", True),
            ("13 (43%)", False),
            ("3.1 (0.4)", False),
            (2.5, False),
            (float("nan"), False),
        ],
    )
    def test_which_cells_are_small_counts(self, value: object, small: bool) -> None:
        assert bool(small_cells.small_cells(pd.DataFrame({"a": [value]}), ["a"])) is small

    @pytest.mark.parametrize(
        ("text", "found"),
        [
            ("one patient", ["one patient"]),
            ("after 3 events", ["3 events"]),
            ("5 events", []),
            ("Reads of the clone analysed: 330", []),
            ("Trop2 H-score", []),
        ],
    )
    def test_words_for_people_make_a_number_a_count(self, text: str, found: list[str]) -> None:
        outputs = [{"output_type": "stream", "text": text}]
        assert list(displayed.small_counts(outputs, 5)) == found

    def test_a_column_that_counts_no_people_is_left_alone(self) -> None:
        assert small_cells.small_cells(pd.DataFrame({"n": [3]}), []) == {}

    def test_rows_are_those_of_the_file(self) -> None:
        frame = pd.DataFrame({"n": [30, 3, 12, 1]})
        assert small_cells.small_cells(frame, ["n"]) == {"n": [3, 5]}

    def test_threshold_is_a_parameter(self) -> None:
        frame = pd.DataFrame({"n": [9]})
        assert small_cells.small_cells(frame, ["n"], threshold=10) == {"n": [2]}

    def test_no_step_without_an_event(self) -> None:
        people = pd.DataFrame({"time_days": [10, 20], "event": [False, False]})
        assert small_cells.steps_of(people).empty
        assert small_cells.small_steps(people) == (0, 0)

    def test_number_at_risk_counts_those_who_entered(self) -> None:
        people = pd.DataFrame(
            {"time_days": [10, 20, 30], "entry_days": [0, 15, 25], "event": [True] * 3}
        )
        steps = small_cells.steps_of(people)
        assert steps["n_at_risk"].tolist() == [1, 1, 1]

    def test_curves_of_few_are_found(self, results: Results) -> None:
        rows = {"patient_id": ["P001", "P002"], "time_days": [100, 200], "event": [True, False]}
        pd.DataFrame(rows).to_csv(results.folder / "tables" / "fig_mini_scores.csv", index=False)
        drawn = declared(results, "mini_scores", rows="step")
        drawn = declared(drawn, "fig_mini_scores", rows="entry", people=[])
        found = [f for f in disclosure.scan(drawn) if f.place == FIGURE]
        assert [f.found for f in found] == ["in 1 Kaplan–Meier steps", "at risk at 1 times"]

    def test_marks_of_persons_are_found_with_and_without_data(self, results: Results) -> None:
        drawn = declared(results, "mini_scores", rows="lesion", sensitivity="person")
        wanted = Finding("row a person", FIGURE, "drawn, a mark each")
        assert wanted in disclosure.scan(drawn)
        (results.folder / "tables" / "fig_mini_scores.csv").write_text("group,score\n")
        assert wanted not in disclosure.scan(drawn)  # nobody is drawn

    def test_a_table_without_columns_tells_of_nobody(self, results: Results) -> None:
        pd.DataFrame().to_csv(results.folder / TABLE, index=False)
        assert TABLE not in {f.place.partition(",")[0] for f in disclosure.scan(results)}

    def test_the_refusal_says_how_to_go_on(self, results: Results) -> None:
        said = disclosure.refusal([Finding("small cell", TABLE)], results)
        assert f"--params {results.params_file} --review" in said
        assert "compendium make mini` makes the whole book" in said

    def test_numbers_on_few_people_are_found(self, clean: Results) -> None:
        found = disclosure.scan(clean, people=True)
        assert Finding("small cell", "numbers/02_scores.json, mini_none, events") in found

    @pytest.mark.parametrize(("rows_shown", "found"), [(40, True), (0, False)])
    def test_rows_of_persons_that_are_shown_are_found(
        self, results: Results, rows_shown: int, found: bool
    ) -> None:
        rows = declared(
            results, "mini_groups", rows="patient", sensitivity="person", max_rows=rows_shown
        )
        finding = Finding("row a person", f"{NOTEBOOK}, {TABLE}")
        assert (finding in disclosure.scan(rows)) is found

    def test_a_group_that_names_its_patients_is_found(self, results: Results) -> None:
        named = declared(results, "mini_groups", names=["label"])
        assert Finding("pseudonym", f"{TABLE}, column label") in disclosure.scan(named)

    @pytest.mark.parametrize(("sensitivity", "found"), [("group", True), ("none", False)])
    def test_numbers_that_tell_of_no_people_are_spared(
        self, clean: Results, sensitivity: str, found: bool
    ) -> None:
        number = {"id": "few", "value": 3, "people": True, "n": None, "events": None}
        small = list(small_cells.small_numbers([number | {"sensitivity": sensitivity}]))
        assert small == [("few", "value")] * found

    def test_synthetic_counts_are_not_of_people(self, results: Results) -> None:
        runs = [replace(run, record=run.record | {"synthetic": True}) for run in results.runs]
        assert disclosure.scan(replace(results, runs=runs)) == []


@pytest.mark.parametrize(
    ("typed", "clean"),
    [
        ("2 patients died before the second course", "at least 2 patients a group"),
        ("curve of 3 of 117 patients", "Table 3 of 117 patients"),
        ("其中2例患者死亡", "不少于2例患者"),
        ("10 women and 4 men", "version 0.4 men"),
        ("<5 patients, but 4 deaths", "<4 deaths"),
    ],
)
def test_a_count_of_few_that_somebody_typed_on_a_page_is_found(typed: str, clean: str) -> None:
    found = list(few_told([Piece("html/own.html", typed), Piece("html/own.html", clean)], 5))
    assert len(found) == 1
    assert found[0].found in typed
    assert not list(few_told([Piece("html/files/own.html", typed)], 5))
    assert not list(few_told([Piece("html/own.html", "10 patients, 27 deaths")], 5))
