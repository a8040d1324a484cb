"""Public data sets, held against their list: there, missing, changed, of another release."""

import hashlib
from pathlib import Path

import pytest
import yaml
from click.testing import CliRunner

from compendium.cli import group
from compendium.errors import InputError
from compendium.external import PublicData, contents_now, folder_of, looked_at, register
from compendium.files import sha256

ROOT = Path(__file__).resolve().parents[1]
TABLE = "clinical/made/table.csv"
FILES = {TABLE: b"id,score\nA,1\nB,2\n", "pet/made/0.dcm": b"one", "pet/made/sub/1.dcm": b"two"}


def sum_of(content: bytes) -> str:
    return hashlib.sha256(content).hexdigest()


@pytest.fixture
def project(tmp_path, monkeypatch):
    """A project with a list of a table and of a folder, both there; the hashes are worked here."""
    monkeypatch.delenv("COMPENDIUM_EXTERNAL", raising=False)
    monkeypatch.setenv("COMPENDIUM_ROOT", str(tmp_path))
    for name, content in FILES.items():
        path = tmp_path / "data" / "external" / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_bytes(content)
    lines = "".join(f"{sum_of(FILES[n])}  {n}\n" for n in sorted(FILES) if n.startswith("pet"))
    (tmp_path / "data/external.sha256").write_text(lines)
    said = {"what": "made up", "origin": "this test", "licence": "CC0", "doi": "10.1/x"}
    entries = [
        {
            "part": "TABLE",
            "path": TABLE,
            "columns": ["id", "score"],
            "sha256": sum_of(FILES[TABLE]),
        },
        {"part": "IMAGES", "path": "pet/made", "sha256": sum_of(lines.encode())},
    ]
    write_list(tmp_path, [entry | said for entry in entries])
    return tmp_path


def write_list(root, entries):
    (root / "data/external.yml").write_text(yaml.safe_dump(entries))


def change(root, name, content):
    path = root / "data/external" / name
    path.unlink() if content is None else path.write_bytes(content)


def states(root):
    return [(one.state, one.problem) for one in (looked_at(item, root) for item in register(root))]


def check():
    done = CliRunner().invoke(group, ["external", "check"])
    return done.exit_code, done.output, done.exception


def test_what_is_as_listed_is_there_and_read(project):
    assert states(project) == [("there", ""), ("there", "")]
    public = PublicData(project)
    assert public.parts == ["IMAGES", "TABLE"]
    assert public.table(TABLE)["score"].tolist() == [1, 2]
    assert public.folder("pet/made").is_dir()
    assert public.reads == {"clinical/made/table.csv": sum_of(FILES[TABLE]),
                            "pet/made": register(project)[1].sha256}  # fmt: skip
    code, said, _ = check()
    assert code == 0
    assert "2 of 2 are there" in said


@pytest.mark.parametrize(
    ("name", "content", "state", "problem"),
    [
        (TABLE, None, "missing", "clinical/made/table.csv is not there"),
        (TABLE, b"id,score\nA,1\nB,3\n", "changed",
         "clinical/made/table.csv is not the file listed: its sha256 is "),
        (TABLE, b"id,score,age\nA,1,5\n", "another release",
         "table.csv is of another release: it has the column 'age', which is not listed"),
        (TABLE, b"id,points\nA,1\n", "another release",
         "it has the column 'points', which is not listed, it lacks the column 'score'"),
        (TABLE, b"score,id\n1,A\n", "another release", "its columns are in another order"),
        ("pet/made/0.dcm", b"onf", "changed", "pet/made/0.dcm is not the file listed"),
        ("pet/made/sub/1.dcm", None, "missing", "pet/made/sub/1.dcm is not there"),
        ("pet/made/2.dcm", b"three", "changed", "pet/made/2.dcm is not listed"),
    ],
)  # fmt: skip
def test_what_differs_is_said_by_name(project, name, content, state, problem):
    change(project, name, content)
    (found,) = [one for one in states(project) if one[0] != "there"]
    assert found[0] == state
    assert problem in found[1]
    public = PublicData(project)
    if state == "missing":
        assert public.parts == ["IMAGES" if name == TABLE else "TABLE"]
        assert check()[0] == 0
        assert "from this test, doi:10.1/x (CC0)" in check()[1]
    else:
        with pytest.raises(
            InputError, match="public data are not those of data/external.yml"
        ) as why:
            public.holds("TABLE")
        assert problem in str(why.value)
        assert problem in str(check()[2])


def test_a_table_that_changes_after_it_was_looked_at_is_not_read(project):
    public = PublicData(project)
    assert public.holds("TABLE")
    change(project, TABLE, b"id,score\nA,1\nB,3\n")
    with pytest.raises(InputError, match="was changed while it was read"):
        public.table(TABLE)


def test_what_is_not_there_is_not_read_and_its_coming_is_seen(project):
    change(project, TABLE, None)
    public = PublicData(project)
    with pytest.raises(InputError, match="table.csv: is not in .*external check` says"):
        public.table(TABLE)
    assert public.reads[TABLE] == ""
    assert contents_now(project, [TABLE], sha256)[TABLE] == ""
    change(project, TABLE, FILES[TABLE])
    assert contents_now(project, [TABLE], sha256)[TABLE] == sum_of(FILES[TABLE])
    (project / "data/external.yml").unlink()
    assert contents_now(project, [TABLE], sha256)[TABLE] == ""


def test_the_variable_names_the_folder(project, monkeypatch):
    monkeypatch.setenv("COMPENDIUM_EXTERNAL", "data")
    assert folder_of(project) == project / "data"
    assert [state for state, _ in states(project)] == ["missing", "missing"]
    monkeypatch.setenv("COMPENDIUM_EXTERNAL", "elsewhere")
    with pytest.raises(InputError, match="COMPENDIUM_EXTERNAL=elsewhere: is no folder"):
        folder_of(project)


@pytest.mark.parametrize(
    ("entry", "problem"),
    [
        ({"part": "A", "path": "x"}, "entry 1 lacks licence, origin, sha256, what"),
        (dict.fromkeys(["part", "path", "what", "origin", "licence", "sha256", "url"], "x"),
         "entry 1 has unknown url"),
    ],
)  # fmt: skip
def test_a_malformed_list_is_refused(project, entry, problem):
    write_list(project, [entry])
    with pytest.raises(InputError, match=problem):
        register(project)


def test_sums_that_are_not_those_of_the_list_are_refused(project):
    (project / "data/external.sha256").write_text(f"{sum_of(b'')}  pet/made/0.dcm\n")
    with pytest.raises(InputError, match="its lines of pet/made have the sha256"):
        states(project)


@pytest.mark.parametrize("listed", register(ROOT), ids=lambda listed: listed.path)
def test_the_public_data_are_those_listed(listed, external, monkeypatch):
    external(listed.path)
    monkeypatch.setenv("COMPENDIUM_EXTERNAL", str(external(".")))
    found = looked_at(listed, ROOT)
    assert (found.state, found.problem) == ("there", "")
    assert listed.licence
    assert listed.origin
