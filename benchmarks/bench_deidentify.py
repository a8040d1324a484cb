"""De-identification, each figure beside its target: `python benchmarks/bench_deidentify.py`.

The plants are those of tests/test_deidentify_plants.py; dicognito is a peer on the same plants.
"""

import io
import sys
import tempfile
import time
import warnings
from collections.abc import Callable
from pathlib import Path

import pydicom
from dicognito.anonymizer import Anonymizer
from pydicom.dataset import FileDataset
from shown import show

ROOT = Path(__file__).resolve().parents[1]
sys.path.insert(0, str(ROOT / "tests"))
warnings.simplefilter("ignore")

from test_deidentify_plants import HIDDEN, KEY, PLANTS, imaged  # noqa: E402

from compendium.privacy import deidentify  # noqa: E402

N_FILES = 200


def ours(made: FileDataset) -> bytes:
    """The copy of one file."""
    with tempfile.TemporaryDirectory() as name:
        folder = Path(name)
        (folder / "in").mkdir()
        (folder / "key").write_text(KEY)
        made.save_as(folder / "in" / "one.dcm")
        deidentify.deidentify_folder(folder / "in", folder / "out", folder / "key")
        return next((folder / "out").rglob("*.dcm")).read_bytes()


def dicognito(made: FileDataset) -> bytes:
    """The same by dicognito as it comes."""
    content = io.BytesIO()
    made.save_as(content)
    content.seek(0)
    read = pydicom.dcmread(content)
    Anonymizer(seed="k").anonymize(read)
    written = io.BytesIO()
    read.save_as(written)
    return written.getvalue()


def taken_out(by: Callable[[FileDataset], bytes]) -> int:
    """Plants of which nothing is left."""
    found = 0
    for plant in PLANTS.values():
        made = imaged()
        del made.StudyDescription, made.ImageComments  # nothing but the plant is to be found
        plant(made)
        content = by(made)
        found += not any(word.encode() in content for word in HIDDEN)
    return found


def ms_a_file() -> float:
    """Time of a folder of slices, for each."""
    with tempfile.TemporaryDirectory() as name:
        folder = Path(name)
        (folder / "in").mkdir()
        for number in range(N_FILES):
            made = imaged()
            made.InstanceNumber = number
            made.save_as(folder / "in" / f"{number}.dcm")
        start = time.perf_counter()
        deidentify.deidentify_folder(folder / "in", folder / "out", folder / "key")
        return 1000 * (time.perf_counter() - start) / N_FILES


def main() -> None:
    show("plants taken out", f"{taken_out(ours)}", f"{len(PLANTS)}")
    show("plants taken out by dicognito", f"{taken_out(dicognito)}")
    show("de-identified, ms a file", f"{ms_a_file():.1f}", "< 15")


if __name__ == "__main__":
    main()
