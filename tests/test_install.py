"""Installing without make, without a shell, and without a network."""

import hashlib
import os
import shutil
import subprocess
import sys
from importlib.util import module_from_spec, spec_from_file_location
from pathlib import Path
from types import ModuleType

import pytest

ROOT = Path(__file__).resolve().parents[1]
LOCK = (ROOT / "requirements.lock").read_text(encoding="utf-8")
NO_NETWORK = ("unshare", "--user", "--map-root-user", "--net")


def loaded(path: str) -> ModuleType:
    spec = spec_from_file_location(Path(path).stem, ROOT / path)
    assert spec is not None
    assert spec.loader is not None
    module = module_from_spec(spec)
    sys.modules[spec.name] = module
    spec.loader.exec_module(module)
    return module


install, bundle = loaded("install.py"), loaded("offline/bundle.py")
WINDOWS, LINUX = bundle.TARGETS


class TestPython:
    @pytest.mark.parametrize("version", [(3, 11, 5), (3, 11, 14)])
    def test_is_taken(self, version) -> None:
        install.refuse_other_python(version, offline=True)

    @pytest.mark.parametrize(("version", "offline"), [
        ((3, 10, 12), False), ((3, 12, 0), False), ((3, 11, 4), True),
    ])  # fmt: skip
    def test_is_refused_with_what_to_install(self, version, offline) -> None:
        with pytest.raises(SystemExit, match=r"expected 3\.11.* Install it from python.org"):
            install.refuse_other_python(version, offline)

    def test_an_early_311_serves_where_the_registry_can_be_asked(self) -> None:
        install.refuse_other_python((3, 11, 0), offline=False)


class TestChecksums:
    @pytest.fixture
    def sums(self, tmp_path: Path) -> Path:
        (tmp_path / "wheels").mkdir()
        (tmp_path / "wheels" / "王.whl").write_bytes(b"one")
        bundle.write_sums(tmp_path)
        return tmp_path / "SHA256SUMS"

    def test_of_files_as_they_were_packed_agree(self, sums: Path) -> None:
        install.refuse_changed_files(sums)
        assert sums.read_text("utf-8") == f"{hashlib.sha256(b'one').hexdigest()}  wheels/王.whl\n"

    def test_a_changed_file_is_named(self, sums: Path) -> None:
        (sums.parent / "wheels" / "王.whl").write_bytes(b"two")
        with pytest.raises(SystemExit, match="wheels/王.whl has SHA-256 .* Copy the bundle anew"):
            install.refuse_changed_files(sums)

    def test_a_missing_file_is_named(self, sums: Path) -> None:
        (sums.parent / "wheels" / "王.whl").unlink()
        with pytest.raises(SystemExit, match="wheels/王.whl is missing"):
            install.refuse_changed_files(sums)

    def test_what_was_simulated_is_packed(self, tmp_path: Path) -> None:
        kept = tmp_path / "project" / ".compendium" / "simulations"
        kept.mkdir(parents=True)
        (kept / "a-b.csv").write_bytes(b"truth\n")
        assert bundle.copy_simulations(tmp_path / "packed", tmp_path / "project") == 1
        assert (tmp_path / "packed" / "simulations" / "a-b.csv").read_bytes() == b"truth\n"

    def test_pythons_installer_is_compared(self, tmp_path: Path) -> None:
        installer = tmp_path / "python-3.11.9-amd64.exe"
        installer.write_bytes(b"one")
        with pytest.raises(SystemExit, match="expected 00"):
            bundle.add_python(tmp_path, installer, "00")


class TestLock:
    def test_is_read_whole(self) -> None:
        found = list(bundle.pins(LOCK))
        assert len(found) == sum("==" in line.split(";")[0] for line in LOCK.splitlines())
        assert all(pin.hashes for pin in found)
        assert install.pinned_version("uv") == next(p.version for p in found if p.name == "uv")

    def test_each_kind_of_computer_gets_what_it_needs(self) -> None:
        windows, linux = ({p.name for p in bundle.needed(LOCK, t)} for t in (WINDOWS, LINUX))
        assert {"colorama", "pywinpty"} <= windows - linux
        assert {"pexpect", "ptyprocess"} <= linux - windows
        assert {"simpleitk", "jupyterlab"} <= linux & windows

    def test_a_package_without_a_wheel_is_named(self, tmp_path: Path) -> None:
        one = bundle.Pin("somewhere", "1.0", "", ("00",))
        with pytest.raises(SystemExit, match=r"somewhere 1\.0 has no wheel for windows"):
            bundle.write_requirements([one], WINDOWS, tmp_path)

    def test_the_hash_is_that_of_the_file_in_the_bundle(self, tmp_path: Path) -> None:
        (tmp_path / "some_where-1.0-py3-none-any.whl").write_bytes(b"one")
        bundle.write_requirements([bundle.Pin("some-where", "1.0", "", ("00",))], LINUX, tmp_path)
        text = (tmp_path / "requirements-linux.txt").read_text()
        assert text == f"some-where==1.0 --hash=sha256:{hashlib.sha256(b'one').hexdigest()}\n"


@pytest.mark.slow
@pytest.mark.long
def test_the_bundle_installs_where_there_is_no_network(tmp_path: Path) -> None:
    if not shutil.which(NO_NETWORK[0]) or subprocess.run([*NO_NETWORK, "true"]).returncode:
        pytest.skip("this machine makes no namespace without network: the bundle was NOT tried")
    folder = tmp_path / "王 研究"
    subprocess.run([sys.executable, ROOT / "offline" / "bundle.py", folder], check=True)
    own = {name: v for name, v in os.environ.items() if not name.startswith(("PIP_", "UV_"))}
    quiet = {"cwd": folder, "env": own | {"PIP_CONFIG_FILE": os.devnull}, "text": True}
    done = subprocess.run(
        [*NO_NETWORK, sys.executable, "install.py"], capture_output=True, check=False, **quiet
    )
    assert done.returncode == 0, done.stderr
    assert done.stdout.endswith("Installed. Next: .venv/bin/compendium make demo\n")
    status = subprocess.run(
        [*NO_NETWORK, ".venv/bin/compendium", "make", "demo", "--until", "data"],
        capture_output=True, check=False, **quiet,
    )  # fmt: skip
    assert status.returncode == 0, status.stderr
    assert (folder / "data" / "demo" / "tables" / "patient.csv").is_file()
