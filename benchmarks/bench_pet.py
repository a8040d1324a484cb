"""Timings of PET extraction, each beside its target: `python benchmarks/bench_pet.py`.

The real series is one of the public data (267 slices, RTSTRUCT); without it only the figures on
made series are shown. All are medians of five. On the same files: z-rad 26.9 1.65 s, MIRP 2.7
1.07 s; dcm2niix is run beside ours where it is on the PATH.
"""

import resource
import shutil
import statistics
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable
from pathlib import Path

import numpy as np
from shown import show

from compendium.external import REGISTER, VARIABLE, folder_of

ROOT = Path(__file__).resolve().parents[1]
SERIES = "pet/sts-001-raw"
RAW = folder_of(ROOT) / SERIES
REPEATS = 5
N_SERIES = 80
LARGE = (300, 400, 400)
FRAMES = (300, 200, 200)
INDEXED, N_INDEXED = 10_000, 100
COMMAND = [sys.executable, "-c", "from compendium.cli import main; main()"]


def median_s(work: Callable[[], object]) -> tuple[float, float]:
    """Medians of the repeats, in s: by the clock, and of the processor."""
    clock, processor = [], []
    for _ in range(REPEATS):
        start, used = time.perf_counter(), processor_s()
        work()
        clock.append(time.perf_counter() - start)
        processor.append(processor_s() - used)
    return statistics.median(clock), statistics.median(processor)


def processor_s() -> float:
    """Processor time of this process and of those that it has waited for, s."""
    own, children = (
        resource.getrusage(who) for who in (resource.RUSAGE_SELF, resource.RUSAGE_CHILDREN)
    )
    return own.ru_utime + own.ru_stime + children.ru_utime + children.ru_stime


def measure(folder: Path, region_file: Path, name: str) -> dict[str, object]:
    """Series and region to every metric of a lesion, as the extraction does it."""
    import petsuv
    from petsuv.metrics import contrast_figures, local_background

    pet, rules = petsuv.load(folder), petsuv.Rules()
    (region,) = pet.regions(region_file, name)
    (figures,) = pet.measure(region, rules=rules)
    background = local_background(pet, region, [], rules)
    return figures | contrast_figures(figures["suv_max"], {"background": background}, rules)


def beside_dcm2niix(own_s: float) -> None:
    """The conversion alone by the C converter, where one is on the PATH, in the same run.

    Args:
        own_s: processor time of series and region to all metrics.
    """
    converter = shutil.which("dcm2niix")
    if converter is None:
        print("Left out, the conversion alone by dcm2niix: it is not on the PATH.")
        return
    with tempfile.TemporaryDirectory() as out:
        command = [converter, "-z", "n", "-o", out, str(RAW / "image")]
        warm, used = median_s(lambda: subprocess.run(command, check=True, capture_output=True))
    show("the conversion of them alone by dcm2niix", f"{warm:.3f} s")
    show("  processor time of it", f"{used:.3f} s")
    show("  ours, with all metrics, to that", f"{own_s / used:.2f}")


def real_series() -> None:
    region = RAW / "mask" / "1-1.dcm"
    found = measure(RAW / "image", region, "GTV_Mass")
    warm, used = median_s(lambda: measure(RAW / "image", region, "GTV_Mass"))
    show("267 slices and RTSTRUCT to all metrics, warm process", f"{warm:.3f} s", "0.15 s")
    show("  processor time of it", f"{used:.3f} s")
    show("  SUVmax of it", f"{found['suv_max']:.5f}", "7.91067")
    beside_dcm2niix(used)
    with tempfile.TemporaryDirectory() as out:
        arguments = ["suv", RAW / "image", "--region", region, "--region-name", "GTV_Mass"]
        command = [*COMMAND, *arguments, "--out", Path(out) / "t.csv"]
        whole, used = median_s(lambda: subprocess.run(command, check=True, capture_output=True))
    show("the command `compendium suv` as a whole process", f"{whole:.2f} s", "1.0 s")
    show("  processor time of it", f"{used:.2f} s")


def many_series(folder: Path) -> None:
    """The same series in the place of many, by 1 and by 2 workers, start of processes included."""
    from joblib import Parallel, delayed

    import petsuv
    from compendium.uptake.extraction import Scan, extract_scan

    row = {
        "patient_id": "P1", "tracer": "18F-Trop2", "tsh_level": None, "scan_day": 1,
        "fwhm_mm": 6.0, "injected_activity_mbq": None, "administered_at": None,
        "series_dir": str(folder), "region_file": str(RAW / "mask" / "1-1.dcm"),
    }  # fmt: skip
    lesions = [{"patient_id": "P1", "lesion_id": "GTV_Mass", "site": "other", "diameter_mm": None}]
    scans = [
        Scan(row | {"scan_id": f"S{n}"}, lesions, RAW, petsuv.Rules()) for n in range(N_SERIES)
    ]
    taken = {}
    for workers in (1, 2):
        start = time.perf_counter()
        done = Parallel(n_jobs=workers)(delayed(extract_scan)(scan) for scan in scans)
        taken[workers] = time.perf_counter() - start
        if refused := {one.audit["reason"] for one in done if one.audit["status"] != "ok"}:
            raise RuntimeError(f"a series was refused: {refused}")
    show(f"{N_SERIES} series, 1 worker", f"{taken[1]:.1f} s")
    show(f"{N_SERIES} series, 2 workers", f"{taken[2]:.1f} s")
    show("  how many times as fast", f"{taken[1] / taken[2]:.2f}", "1.8")


def enhanced_series(folder: Path) -> None:
    """One file of 300 frames of 200 × 200, of both kinds, and their single-frame twin."""
    import petsuv
    from petsuv.testing.enhanced import write_enhanced
    from petsuv.testing.series import pet_slices, write_slices

    stored = np.random.default_rng(1).integers(0, 20_000, FRAMES).astype("<i2")
    write_slices(folder / "single", pet_slices(stored))
    for legacy, name in ((False, "enhanced"), (True, "legacy")):
        write_enhanced(folder / name / "all.dcm", pet_slices(stored), legacy=legacy)
    for name in ("single", "enhanced", "legacy"):
        warm, used = median_s(lambda name=name: petsuv.load(folder / name))  # type: ignore[misc]
        show(f"300 slices of 200 × 200 to SUV, {name}", f"{warm:.3f} s")
        show("  processor time of it", f"{used:.3f} s")


def index_of_many(folder: Path) -> None:
    """A tree of 10 000 files in 100 series, each of which is converted."""
    from petsuv.index import index_tree
    from petsuv.testing.series import pet_slices, write_slices
    from petsuv.text import uid_of

    stored = np.zeros((INDEXED // N_INDEXED, 64, 64), dtype=np.int16)
    for number in range(N_INDEXED):
        slices = pet_slices(stored, SeriesInstanceUID=uid_of("indexed", number))
        for index, ds in enumerate(slices):
            ds.SOPInstanceUID = uid_of("indexed", number, index)
        write_slices(folder / f"{number % 10}" / f"{number}", slices)
    start, used = time.perf_counter(), processor_s()
    found = index_tree(folder)
    seconds, used = time.perf_counter() - start, processor_s() - used
    if found.n_files != INDEXED or not all(one.suv for one in found.series):
        raise RuntimeError(f"{found.n_files} files, {len(found.series)} series")
    show(f"index of {INDEXED} files in {N_INDEXED} PET series", f"{seconds:.1f} s", "seconds")
    show("  processor time of it", f"{used:.1f} s")


def large_series() -> None:
    """Peak memory of a process that measures a lesion on 300 slices of 400 × 400."""
    with tempfile.TemporaryDirectory() as made:
        subprocess.run([sys.executable, __file__, "make", made], check=True)
        done = subprocess.run(
            [sys.executable, __file__, "measure", made], check=True, capture_output=True, text=True
        )
    seconds, megabytes = done.stdout.split()
    show("300 slices of 400 × 400 to all metrics, fresh process", f"{float(seconds):.2f} s")
    show("  its peak memory", f"{float(megabytes):.0f} MB", "600 MB")


def make_large(folder: Path) -> None:
    sys.path.insert(0, str(ROOT / "tests"))
    from petsuv.testing.contours import rectangle, write_rtstruct
    from petsuv.testing.files import save
    from petsuv.testing.series import pet_slices

    plane = np.arange(LARGE[1] * LARGE[2], dtype=np.int16).reshape(LARGE[1:]) % 5000
    for index, ds in enumerate(pet_slices(stored=np.broadcast_to(plane, LARGE))):
        save(ds, folder / f"{index}.dcm")
    write_rtstruct(
        folder / "rs.dcm", {"L1": [rectangle(80, 80, 120, 120, 3 * z) for z in range(9, 20)]}
    )


def measure_large(folder: Path) -> None:
    start = time.perf_counter()
    measure(folder, folder / "rs.dcm", "L1")
    peak_mb = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024
    print(time.perf_counter() - start, peak_mb)


def main() -> None:
    if RAW.is_dir():
        real_series()
        many_series(RAW / "image")
    else:
        print(
            f"Left out, on a real series: the folder of public data has no {SERIES}; what it is "
            f"and where it comes from stands in {REGISTER}, and {VARIABLE} names the folder."
        )
    large_series()
    for made in (enhanced_series, index_of_many):
        with tempfile.TemporaryDirectory() as folder:
            made(Path(folder))


if __name__ == "__main__":
    steps = {"make": make_large, "measure": measure_large}
    if len(sys.argv) > 1:
        steps[sys.argv[1]](Path(sys.argv[2]))
    else:
        main()
