"""How long the synthetic study takes: 1,000 drawn studies, and one whole with its images."""

import tempfile
import time
from pathlib import Path

import numpy as np

from compendium.synthetic import TRUTHS, draw_lesion_pairs, draw_trop2_patients
from compendium.synthetic.study import make_study
from compendium.synthetic.writing import write_study

STUDIES = 1000
WORKERS = 2


def main() -> None:
    """Print figure, target and what was measured."""
    truth, rng = TRUTHS["assumed"], np.random.default_rng(1)
    start = time.perf_counter()
    for _ in range(STUDIES):
        draw_trop2_patients(truth, 30, 30, rng)
    trop2 = time.perf_counter() - start
    start = time.perf_counter()
    for _ in range(STUDIES):
        draw_lesion_pairs(truth, 10, rng)
    tsh = time.perf_counter() - start
    with tempfile.TemporaryDirectory() as folder:
        start = time.perf_counter()
        study = make_study(truth, 20251218)
        write_study(study, Path(folder) / "demo", tables_only=False, workers=WORKERS)
        whole = time.perf_counter() - start
        size = sum(path.stat().st_size for path in Path(folder).rglob("*") if path.is_file())
    for figure, target, measured in (
        (f"{STUDIES} TROP2 studies, 30 + 30 patients", "5 s", f"{trop2:.1f} s"),
        (f"{STUDIES} TSH124I studies, 10 patients", "5 s", f"{tsh:.1f} s"),
        (f"a whole study with images, {WORKERS} workers", "60 s", f"{whole:.1f} s"),
        ("its size", "400 MB", f"{size / 1e6:.0f} MB"),
    ):
        print(f"{figure:50} {target:>10} {measured:>10}")


if __name__ == "__main__":
    main()
