"""What a generator wrote into a study's folder, so that nothing else is ever taken for its work."""

import json
from collections.abc import Callable, Mapping
from pathlib import Path

from compendium.files import hidden
from compendium.remembered import Remembered

RECORD, TRUTH = "generated.json", "truth.json"
FOLDERS = ("tables", "dicom")
NOTES = (".txt", ".md")  # a reader's own beside the study, of which nothing is read


def units(study_dir: Path, remembered: Remembered) -> dict[str, str]:
    """Hash of each file of a study, and of each folder in dicom/ as a whole, by name."""
    places = [path for path in study_dir.iterdir() if path.name not in (*FOLDERS, RECORD)]
    for folder in FOLDERS:
        if (study_dir / folder).is_dir():
            places += (study_dir / folder).iterdir()
    return {
        path.relative_to(study_dir).as_posix(): remembered.content(path) for path in sorted(places)
    }


def is_generated(study_dir: Path, units_now: Callable[[], Mapping[str, str]]) -> bool:
    """Whether a study is synthetic: its truth beside it, and every file as the generator wrote it.

    One table or image that is another, new or gone makes it a study of whoever put it there.

    Args:
        study_dir: the study's folder.
        units_now: gives its `units`; asked only where a generator left its record.
    """
    try:
        written = json.loads((study_dir / RECORD).read_text(encoding="utf-8"))["units"]
    except (OSError, ValueError, KeyError, TypeError):
        return False
    here = {
        name: content
        for name, content in units_now().items()
        if not hidden(Path(name).name) and not ("/" not in name and name.endswith(NOTES))
    }
    return TRUTH in here and here == written
