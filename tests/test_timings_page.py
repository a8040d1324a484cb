"""The page of timings: what a benchmark prints becomes a table, and one that fails is told."""

import datetime as dt
import importlib.util
import sys
from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parents[1]
sys.path.insert(0, str(ROOT / "benchmarks"))
SPEC = importlib.util.spec_from_file_location("table", ROOT / "benchmarks" / "table.py")
table = importlib.util.module_from_spec(SPEC)
SPEC.loader.exec_module(table)
shown = sys.modules["shown"]


@pytest.mark.parametrize(
    ("line", "row"),
    [
        ("ICC, ms      < 50      12.5", "| ICC, ms | < 50 | 12.5 |"),
        ("ICC, ms      12.5", "| ICC, ms |  | 12.5 |"),
        ("a remark | alone", "| a remark / alone |  |  |"),
    ],
)
def test_a_printed_line_is_a_row(line, row):
    assert table.row(line) == row


def test_the_default_benchmarks_are_there():
    assert [name for name in table.SHORT if not (ROOT / f"benchmarks/{name}.py").is_file()] == []


@pytest.mark.slow
def test_the_page_has_its_date_the_machine_and_a_table_of_each(tmp_path, monkeypatch):
    (tmp_path / "bench_one.py").write_text("print('fits, ms     < 5     4.2')")
    (tmp_path / "bench_lost.py").write_text("raise SystemExit('no such study')")
    slow = "import time\ntry:\n    print('one,  2 s', flush=True); time.sleep(9)\n"
    tidied = tmp_path / "tidied"
    (tmp_path / "bench_slow.py").write_text(f"{slow}finally:\n    open({str(tidied)!r}, 'w')")
    monkeypatch.setattr(table, "HERE", tmp_path)
    monkeypatch.setattr(table, "PAGE", tmp_path / "benchmarks.md")
    monkeypatch.setattr(table, "LIMIT_S", 1)
    monkeypatch.setattr(sys, "argv", ["table.py", "bench_one", "bench_lost", "bench_slow"])
    table.main()
    page = (tmp_path / "benchmarks.md").read_text()
    assert f"- Date: {dt.date.today().isoformat()}" in page
    assert "processors (" in page
    assert "- Versions: Python 3." in page
    head = "## one\n\n| Figure | Target | Measured |\n| :-- | --: | --: |\n"
    assert f"{head}| fits, ms | < 5 | 4.2 |" in page
    assert "**Not complete:** it failed: no such study." in page
    # What it had printed by then stands on the page.
    assert "| one, |  | 2 s |\n\n**Not complete:** cut off after 1 s." in page
    assert tidied.is_file()
    assert page.count("Target") == 2  # no table has a heading of its own inside


def test_what_is_over_time_is_not_begun(tmp_path):
    said = "not begun, since those before it took 600 s"
    assert table.outcome(tmp_path / "none.py", -1.0) == ("", said)


def test_a_figure_that_is_shown_is_read_again(capsys):
    shown.show("of one, s", "4.2 (3.1)", "< 5")
    shown.show("a name that is " + "long " * 15, "3")
    first, second = capsys.readouterr().out.splitlines()
    assert table.row(first) == "| of one, s | < 5 | 4.2 (3.1) |"
    assert table.row(second) == f"| a name that is {'long ' * 14}long |  | 3 |"
