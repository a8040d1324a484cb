"""What a fingerprint sees, and what it must not."""

import json

import nbformat

from compendium import fingerprint


def book(path, source="x = 1", **metadata):
    notebook = nbformat.v4.new_notebook(cells=[nbformat.v4.new_code_cell(source, id="a")])
    notebook.metadata.update(metadata)
    nbformat.write(notebook, path)
    return path


def test_a_notebook_is_its_source_not_its_metadata_or_outputs(tmp_path):
    before = fingerprint.of_notebook(book(tmp_path / "a.ipynb"))
    assert fingerprint.of_notebook(book(tmp_path / "a.ipynb", kernelspec={"name": "k"})) == before
    content = json.loads((tmp_path / "a.ipynb").read_text())
    content["cells"][0]["execution_count"] = 3
    (tmp_path / "a.ipynb").write_text(json.dumps(content))
    assert fingerprint.of_notebook(tmp_path / "a.ipynb") == before
    assert fingerprint.of_notebook(book(tmp_path / "a.ipynb", "x = 2")) != before


def test_parameters_in_any_order_are_the_same():
    assert fingerprint.of_parameters({"a": 1, "b": 2}) == fingerprint.of_parameters(
        {"b": 2, "a": 1}
    )
    assert fingerprint.of_parameters({"a": 1}) != fingerprint.of_parameters({"a": 1.5})


def test_parts_do_not_merge():
    assert fingerprint.of_bytes([b"ab", b"c"]) != fingerprint.of_bytes([b"a", b"bc"])


def test_a_study_is_its_files_by_name_and_content_images_only_when_read(tmp_path):
    (tmp_path / "tables").mkdir()
    (tmp_path / "tables" / "patient.csv").write_text("a")
    (tmp_path / "dicom").mkdir()
    image = tmp_path / "dicom" / "1.dcm"
    image.write_bytes(b"1")
    tables = fingerprint.of_study(tmp_path, images=False)
    everything = fingerprint.of_study(tmp_path, images=True)
    image.write_bytes(b"2")
    assert fingerprint.of_study(tmp_path, images=False) == tables
    assert fingerprint.of_study(tmp_path, images=True) != everything
    (tmp_path / "tables" / "patient.csv").rename(tmp_path / "tables" / "lesion.csv")
    assert fingerprint.of_study(tmp_path, images=False) != tables


def test_files_that_excel_keeps_while_open_do_not_count(tmp_path):
    (tmp_path / "study.xlsx").write_bytes(b"x")
    before = fingerprint.of_study(tmp_path, images=True)
    (tmp_path / "~$study.xlsx").write_bytes(b"lock")
    assert fingerprint.of_study(tmp_path, images=True) == before


def test_a_folder_without_git_has_no_commit(tmp_path):
    assert fingerprint.commit(tmp_path) == ""
