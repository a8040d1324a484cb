"""What is known of files: kept while nothing about a file differs, and never a moment longer."""

import json
import os
from pathlib import Path

import pytest

from compendium import remembered
from compendium.files import below
from compendium.remembered import Remembered, digest


@pytest.fixture
def place(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    monkeypatch.setattr(remembered, "YOUNG_NS", 0)
    return tmp_path / "known" / "files.json"


@pytest.fixture
def file(tmp_path: Path) -> Path:
    path = tmp_path / "a.txt"
    path.write_text("aa")
    return path


class Counting:
    """Reads a file, and counts how often."""

    def __init__(self) -> None:
        self.times = 0

    def __call__(self, path: Path) -> str:
        self.times += 1
        return path.read_text()


def test_parts_do_not_merge() -> None:
    assert digest([b"ab", b"c"]) != digest([b"a", b"bc"])


def test_a_file_is_read_once_and_known_by_the_next(place: Path, file: Path) -> None:
    read = Counting()
    known = Remembered(place)
    assert [known.of("text", file, read) for _ in range(2)] == ["aa", "aa"]
    known.save()
    assert Remembered(place).of("text", file, read) == "aa"
    assert read.times == 1


def put(path: Path, text: str) -> None:
    path.write_text(text)


def put_under_the_old_time(path: Path, text: str) -> None:
    seen = path.stat()
    path.write_text(text)
    os.utime(path, ns=(seen.st_atime_ns, seen.st_mtime_ns))


def put_an_older_one_in_its_place(path: Path, text: str) -> None:
    other = path.with_name("b.txt")
    other.write_text(text)
    os.utime(other, (1, 1))
    other.replace(path)


@pytest.mark.parametrize("change", [put, put_under_the_old_time, put_an_older_one_in_its_place])
def test_a_file_that_differs_in_anything_is_read_again(place: Path, file: Path, change) -> None:
    Remembered(place).of("text", file, Counting())
    known = Remembered(place)
    known.of("text", file, Counting())
    known.save()
    change(file, "bb")
    assert Remembered(place).of("text", file, Counting()) == "bb"


def test_a_file_that_was_just_written_is_not_kept(
    place: Path, file: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(remembered, "YOUNG_NS", 60_000_000_000)
    read = Counting()
    known = Remembered(place)
    assert [known.of("text", file, read) for _ in range(2)] == ["aa", "aa"]
    assert read.times == 2  # within a tick of the clock it may change and show no difference


def test_verify_reads_everything_once_more(place: Path, file: Path) -> None:
    known = Remembered(place)
    known.of("text", file, Counting())
    known.save()
    read = Counting()
    again = Remembered(place, verify=True)
    assert [again.of("text", file, read) for _ in range(2)] == ["aa", "aa"]
    assert read.times == 1


@pytest.mark.parametrize("kept", ["{", "[]", json.dumps({"version": "0", "files": {"x": 1}})])
def test_what_was_kept_by_another_version_or_is_broken_is_not_used(
    place: Path, file: Path, kept: str
) -> None:
    place.parent.mkdir()
    place.write_text(kept)
    assert Remembered(place).of("text", file, Counting()) == "aa"


def test_two_that_save_keep_what_both_know_and_forget_what_is_gone(
    place: Path, file: Path, tmp_path: Path
) -> None:
    second, third = tmp_path / "b.txt", tmp_path / "c.txt"
    second.write_text("b")
    third.write_text("c")
    one, other = Remembered(place), Remembered(place)
    one.of("text", file, Counting())
    one.of("text", third, Counting())
    other.of("text", second, Counting())
    third.unlink()
    one.save()
    other.save()
    assert set(json.loads(place.read_text())["files"]) == {f"text {file}", f"text {second}"}


class TestContent:
    def test_of_a_folder_is_names_and_contents(self, place: Path, tmp_path: Path) -> None:
        folder = tmp_path / "S"
        (folder / "inner").mkdir(parents=True)
        (folder / "inner" / "1").write_text("x")
        before = Remembered().content(folder)
        (folder / "inner" / "1").write_text("y")
        changed = Remembered().content(folder)
        (folder / "inner" / "1").rename(folder / "inner" / "2")
        assert len({before, changed, Remembered().content(folder)}) == 3

    def test_does_not_count_what_appears_by_looking(self, tmp_path: Path) -> None:
        (tmp_path / "1").write_text("x")
        before = Remembered().content(tmp_path)
        for name in (".DS_Store", "~$study.xlsx", "Thumbs.db"):
            (tmp_path / name).write_text("x")
        assert Remembered().content(tmp_path) == before
        assert below(tmp_path) == ["1"]

    def test_of_what_is_not_there_is_empty(self, tmp_path: Path) -> None:
        assert Remembered().content(tmp_path / "none") == ""
