"""Install the compendium beside its source, with every package as the lock pins it.

    python install.py

needs Python 3.11 and nothing else: no make, no shell, and no network where the folder `wheels`
of `make bundle` lies beside it. Run again, it brings an older installation up to the lock.
"""

import hashlib
import re
import subprocess
import sys
from pathlib import Path

HERE = Path(__file__).resolve().parent
VENV = HERE / ".venv"
WINDOWS = sys.platform == "win32"
SCRIPTS = VENV / ("Scripts" if WINDOWS else "bin")
PYTHON = SCRIPTS / ("python.exe" if WINDOWS else "python")
WHEELS = HERE / "wheels"
SUMS = HERE / "SHA256SUMS"
LOCK = HERE / "requirements.lock"
NEEDED = (3, 11)
OF_WHEELS = (3, 11, 5)  # from here on 3.11 asks for the same packages; `make bundle` takes theirs


def main() -> None:
    """Make .venv and install the lock's packages and the compendium into it."""
    offline = WHEELS.is_dir()
    refuse_other_python(sys.version_info[:3], offline)
    if offline:
        refuse_changed_files(SUMS)
    if not PYTHON.exists():
        run(sys.executable, "-m", "venv", VENV)
    if offline:
        from_wheels()
    else:
        from_registry()
    (VENV / ".compendium-installed").touch()
    command = (SCRIPTS / "compendium").relative_to(HERE)
    print(f"Installed. Next: {command} make demo")


def refuse_other_python(version: tuple[int, ...], offline: bool) -> None:
    """Exit unless the packages are right for this Python."""
    least = OF_WHEELS if offline else NEEDED
    if version[:2] != NEEDED or version < least:
        found, needed = (".".join(map(str, numbers)) for numbers in (version, least))
        raise SystemExit(
            f"{sys.executable} is Python {found}; expected {needed} or a later 3.11. Install it "
            f"from python.org, then run install.py by it (Windows: py -3.11 install.py)."
        )


def refuse_changed_files(sums: Path) -> None:
    """Exit where a file of the bundle is missing or is not as it was packed."""
    for line in sums.read_text(encoding="utf-8").splitlines():
        expected, name = line.split("  ", 1)
        path = sums.parent / name
        if not path.is_file():
            raise SystemExit(f"{name} is missing, as {sums.name} lists it. Copy the bundle anew.")
        found = hashlib.sha256(path.read_bytes()).hexdigest()
        if found != expected:
            raise SystemExit(
                f"{name} has SHA-256 {found}; {sums.name} expects {expected}. Copy the bundle anew."
            )


def from_wheels() -> None:
    """Install from the folder beside this script, asking no registry."""
    target = "windows" if WINDOWS else "linux"
    here = ("--quiet", "--disable-pip-version-check", "--no-index", "--find-links", WHEELS)
    pinned = WHEELS / f"requirements-{target}.txt"
    pip("install", *here, "--no-deps", "--require-hashes", "--requirement", pinned)
    pip("install", *here, "--no-deps", "--no-build-isolation", "--editable", HERE)


def from_registry() -> None:
    """Install by uv, which installs what is missing and removes what the lock no longer names."""
    pip("install", "--quiet", "--disable-pip-version-check", f"uv=={pinned_version('uv')}")
    uv = SCRIPTS / "uv"
    run(uv, "pip", "sync", "--quiet", "--require-hashes", "--compile-bytecode",
        "--build-constraints", LOCK, LOCK)  # fmt: skip
    run(uv, "pip", "install", "--quiet", "--no-deps", "--no-build-isolation", "--editable", HERE)


def pinned_version(name: str) -> str:
    """Version of a package in the lock."""
    found = re.search(rf"^{re.escape(name)}==(\S+)", LOCK.read_text(encoding="utf-8"), re.MULTILINE)
    if found is None:
        raise SystemExit(f"{LOCK.name} does not name {name}. Compile it anew by `make lock`.")
    return found[1]


def pip(*words: object) -> None:
    """Run pip of the environment."""
    run(PYTHON, "-m", "pip", *words)


def run(*words: object) -> None:
    """Run a program from the project's folder; exit where it fails."""
    said = [str(word) for word in words]
    if subprocess.run(said, cwd=HERE, check=False).returncode:
        raise SystemExit(f"{' '.join(said)}\nfailed; what it said stands above.")


if __name__ == "__main__":
    main()
