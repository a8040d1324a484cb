"""A chapter as the book shows it: the words of now, the outputs of the run."""

import re
from pathlib import Path

import nbformat
from mini_study import ROOT

from compendium.publish.prose import in_present_words


def write(path: Path, *cells: nbformat.NotebookNode, **metadata: object) -> Path:
    notebook = nbformat.v4.new_notebook(cells=list(cells))
    notebook.metadata.update(metadata)
    nbformat.write(notebook, path)
    return path


def test_words_are_of_now_and_outputs_of_the_run(tmp_path: Path) -> None:
    code, text = nbformat.v4.new_code_cell, nbformat.v4.new_markdown_cell
    parameters = {"tags": ["parameters"]}
    shown = nbformat.v4.new_output("stream", text="2")
    run = write(
        tmp_path / "run.ipynb",
        text("Old words."),
        code("a = 1", metadata=parameters),
        code("a = 2", metadata={"tags": ["injected-parameters"]}, execution_count=2),
        code("print(a)", outputs=[shown], execution_count=3),
        language_info={"name": "python"},
    )
    now = write(
        tmp_path / "now.ipynb",
        text("New words."),
        code("a = 1", metadata=parameters),
        text("More words."),
        code("print(a)  # why", metadata={"tags": ["hide-input"]}),
    )
    merged = in_present_words(now, run)
    nbformat.validate(nbformat.from_dict(merged))
    assert merged["metadata"]["language_info"] == {"name": "python"}
    sources = ["".join(cell["source"]) for cell in merged["cells"]]
    assert sources == ["New words.", "a = 1", "a = 2", "More words.", "print(a)  # why"]
    last = merged["cells"][-1]
    assert last["outputs"] == [{"name": "stdout", "output_type": "stream", "text": ["2"]}]
    assert last["execution_count"] == 3
    assert last["metadata"]["tags"] == ["hide-input"]


def test_a_line_that_a_study_may_lack_ends_where_a_sentence_or_clause_does() -> None:
    # or goes on in a line that the same studies have
    asked = re.compile(r"^(\{needs\}`[^`]+`).*[^.,:?!。|>*`\s]\s*$(?!\n\1)", re.MULTILINE)
    found = {
        path.name: asked.findall(cell.source)
        for path in sorted((ROOT / "notebooks").glob("*.ipynb"))
        for cell in nbformat.read(path, as_version=4).cells
        if cell.cell_type == "markdown" and asked.search(cell.source)
    }
    assert found == {}
