"""What a generator wrote into a study's folder, so that nothing else is ever taken for its work."""

from pathlib import Path

from compendium.remembered import Remembered

RECORD = "generated.json"
FOLDERS = ("tables", "dicom")


def units(study_dir: Path, remembered: Remembered) -> dict[str, str]:
    """Hash of each file of a study, and of each folder in dicom/ as a whole, by name."""
    places = [path for path in study_dir.iterdir() if path.name not in (*FOLDERS, RECORD)]
    for folder in FOLDERS:
        if (study_dir / folder).is_dir():
            places += (study_dir / folder).iterdir()
    return {
        path.relative_to(study_dir).as_posix(): remembered.content(path) for path in sorted(places)
    }
