"""One folder from which a hospital installs without a network: `make bundle`.

It holds the project's tracked files, the wheel of every locked package for Windows and for Linux on
x86-64, what is published as source only built once, the tables that this release has simulated, the
install scripts, and SHA256SUMS of all.
Python itself is in no package registry: give its installer by --python, and compare its checksum
with the one on python.org.
"""

import argparse
import re
import shutil
import subprocess
import sys
import tempfile
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

from packaging.markers import Marker
from packaging.utils import canonicalize_name, parse_wheel_filename

from compendium.files import sha256
from compendium.pipeline.simulations import KEPT_IN, SHIPPED_IN

ROOT = Path(__file__).resolve().parents[1]
PYTHON = "3.11.9"  # a universal lock asks 3.11.0 for a package that later ones need not
LINUX = ("manylinux_2_28", "manylinux_2_17", "manylinux2014", "manylinux_2_5", "manylinux1")


@dataclass(frozen=True)
class Target:
    """A kind of computer: its name, pip's platform tags, and what markers see there."""

    name: str
    platforms: tuple[str, ...]
    sees: dict[str, str]


COMMON = {
    "python_version": "3.11",
    "python_full_version": PYTHON,
    "implementation_name": "cpython",
    "platform_python_implementation": "CPython",
    "extra": "",
}
TARGETS = (
    Target(
        "windows",
        ("win_amd64",),
        COMMON
        | {
            "os_name": "nt",
            "sys_platform": "win32",
            "platform_system": "Windows",
            "platform_machine": "AMD64",
        },
    ),
    Target(
        "linux",
        tuple(f"{tag}_x86_64" for tag in (*LINUX, "linux")),
        COMMON
        | {
            "os_name": "posix",
            "sys_platform": "linux",
            "platform_system": "Linux",
            "platform_machine": "x86_64",
        },
    ),
)


@dataclass(frozen=True)
class Pin:
    """A package of the lock: name, version, when it is needed, and the hashes of its files."""

    name: str
    version: str
    marker: str
    hashes: tuple[str, ...]


def pins(lock: str) -> Iterator[Pin]:
    """The packages of a lock in pip's form."""
    for entry in re.split(r"\n(?=\S)", lock.replace("\\\n", " ").strip()):
        if found := re.match(r"(\S+?)==(\S+)\s*(?:;\s*(.*?))?\s+(?=--hash)", entry):
            hashes = tuple(re.findall(r"--hash=sha256:([0-9a-f]{64})", entry))
            yield Pin(canonicalize_name(found[1]), found[2], found[3] or "", hashes)


def needed(lock: str, target: Target) -> list[Pin]:
    """The packages that a kind of computer needs."""
    return [p for p in pins(lock) if not p.marker or Marker(p.marker).evaluate(dict(target.sees))]


def fetch(packages: list[Pin], target: Target, wheels: Path) -> None:
    """Fetch each package's wheel, or its source where no wheel is published."""
    with tempfile.TemporaryDirectory() as folder:
        listed = Path(folder) / "packages.txt"
        lines = (
            f"{p.name}=={p.version} " + " ".join(f"--hash=sha256:{h}" for h in p.hashes)
            for p in packages
        )
        listed.write_text("\n".join(lines), encoding="utf-8")
        platforms = (word for tag in target.platforms for word in ("--platform", tag))
        _pip("download", "--quiet", "--no-deps", "--require-hashes", "--dest", wheels,
             "--python-version", PYTHON, *platforms, "--requirement", listed)  # fmt: skip


def build_sources(wheels: Path) -> None:
    """Build what came as source; it has to be pure Python, so that it serves every computer."""
    for source in sorted((*wheels.glob("*.tar.gz"), *wheels.glob("*.zip"))):
        _pip("wheel", "--quiet", "--no-deps", "--no-build-isolation", "--wheel-dir", wheels, source)
        source.unlink()
        stem = canonicalize_name(source.name.split("-")[0])
        if not [
            p for p in wheels.glob("*-none-any.whl") if parse_wheel_filename(p.name)[0] == stem
        ]:
            raise SystemExit(f"{source.name} is not pure Python: it cannot be built for both.")


def write_requirements(packages: list[Pin], target: Target, wheels: Path) -> None:
    """What pip is to install there, each file by the hash that it has in the bundle."""
    files: dict[tuple[str, str], list[Path]] = {}
    for path in sorted(wheels.glob("*.whl")):
        name, version, *_ = parse_wheel_filename(path.name)
        files.setdefault((name, str(version)), []).append(path)
    lines = []
    for one in packages:
        paths = files.get((one.name, one.version))
        if not paths:
            raise SystemExit(f"{one.name} {one.version} has no wheel for {target.name}.")
        lines.append(f"{one.name}=={one.version} " + " ".join(_hash_option(p) for p in paths))
    text = "\n".join(lines) + "\n"
    (wheels / f"requirements-{target.name}.txt").write_text(text, encoding="utf-8")


def copy_project(bundle: Path) -> None:
    """The project's tracked files, without studies of patients, which git does not know."""
    listed = subprocess.run(["git", "ls-files", "-z"], cwd=ROOT, capture_output=True, check=True)
    for name in filter(None, listed.stdout.decode().split("\0")):
        (bundle / name).parent.mkdir(parents=True, exist_ok=True)
        shutil.copy2(ROOT / name, bundle / name)


def copy_simulations(bundle: Path, root: Path = ROOT) -> int:
    """What this release has simulated, so that no book there has to; how many tables."""
    kept = sorted((root / KEPT_IN).glob("*.csv"))
    (bundle / SHIPPED_IN).mkdir(parents=True, exist_ok=True)
    for path in kept:
        shutil.copy2(path, bundle / SHIPPED_IN / path.name)
    return len(kept)


def add_python(bundle: Path, installer: Path | None, stated: str) -> None:
    """Put Python's own installer into the bundle, when its checksum is as stated."""
    folder = bundle / "python"
    folder.mkdir()
    if installer is None:
        (folder / "README.txt").write_text(
            f"Put Python's installer here: Python {PYTHON} for Windows (64-bit) from python.org.\n"
            f"`make bundle` does so, and compares its checksum, by\n"
            f"    python offline/bundle.py FOLDER --python FILE --sha256 CHECKSUM\n",
            encoding="utf-8",
        )
        return
    found = sha256(installer)
    if found != stated.lower():
        raise SystemExit(
            f"{installer} has SHA-256 {found}; expected {stated or 'one, by --sha256'}."
        )
    shutil.copy2(installer, folder / installer.name)


def write_sums(bundle: Path) -> None:
    """SHA-256 of every file, in the form that sha256sum reads."""
    files = sorted(path for path in bundle.rglob("*") if path.is_file())
    lines = (f"{sha256(path)}  {path.relative_to(bundle).as_posix()}\n" for path in files)
    (bundle / "SHA256SUMS").write_text("".join(lines), encoding="utf-8", newline="\n")


def _hash_option(path: Path) -> str:
    return f"--hash=sha256:{sha256(path)}"


def _pip(*words: object) -> None:
    subprocess.run([sys.executable, "-m", "pip", *map(str, words)], check=True)


def main() -> None:
    """Write the bundle to a folder that is not there yet."""
    asked = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    asked.add_argument("folder", type=Path)
    asked.add_argument("--python", type=Path, metavar="FILE", help="Python's installer")
    asked.add_argument("--sha256", default="", help="its checksum as python.org states it")
    said = asked.parse_args()
    if said.folder.exists():
        raise SystemExit(f"{said.folder} is there already. Remove it, or name another folder.")
    wheels = said.folder / "wheels"
    wheels.mkdir(parents=True)
    copy_project(said.folder)
    simulated = copy_simulations(said.folder)
    lock = (ROOT / "requirements.lock").read_text(encoding="utf-8")
    for target in TARGETS:
        fetch(needed(lock, target), target, wheels)
    build_sources(wheels)
    for target in TARGETS:
        write_requirements(needed(lock, target), target, wheels)
    add_python(said.folder, said.python, said.sha256)
    write_sums(said.folder)
    size = sum(path.stat().st_size for path in wheels.glob("*.whl")) / 1e6
    print(
        f"{said.folder}: {len(list(wheels.glob('*.whl')))} wheels, {size:.0f} MB; {simulated} "
        f"tables of simulations, which `make` of the demo keeps."
    )


if __name__ == "__main__":
    main()
