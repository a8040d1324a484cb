"""JupyterLab for a hospital's workstation: it asks nothing of another machine."""

import os
import subprocess
import sys
from collections.abc import Sequence
from pathlib import Path

from compendium.errors import InputError
from compendium.params_files import params_of
from compendium.pipeline.exploring import STUDY, remember_study

# What a page may load and ask: its own server, and what it made itself.
POLICY = (
    "default-src 'self'; script-src 'self' 'unsafe-inline' 'unsafe-eval' blob:; "
    "style-src 'self' 'unsafe-inline'; img-src 'self' data: blob:; font-src 'self' data:; "
    "worker-src 'self' blob:; connect-src 'self' ws: data: blob:; frame-ancestors 'self'"
)
# Turns off what asks for news, and buttons in cells, which fail on the cells of jupyterlab-myst.
CONFIG = Path(__file__).parent / "jupyter"
# Given as arguments, so that a person's own settings of Jupyter do not undo them.
SETTINGS: dict[str, object] = {
    "ServerApp.contents_manager_class": "compendium.explore.saving.WithoutOutputs",
    "ServerApp.ip": "127.0.0.1",
    "ServerApp.allow_remote_access": False,
    "ServerApp.tornado_settings": {"headers": {"Content-Security-Policy": POLICY}},
    "LabApp.check_for_updates_class": "jupyterlab.NeverCheckForUpdate",
    "LabApp.news_url": None,
    "LabApp.extra_labextensions_path": str(CONFIG / "labextensions"),
    "ServerApp.jpserver_extensions": {"compendium.explore.server": True},
    "LabApp.extension_manager": "readonly",  # the other one asks a package index at start
}


def start(root: Path, study: str, arguments: Sequence[str] = ()) -> int:
    """Open JupyterLab on the notebooks, for one study, until it is stopped; gives its status.

    Args:
        root: the project's folder.
        study: on which notebooks open; remembered for the next time.
        arguments: further ones of `jupyter lab`.

    Raises:
        InputError: there is no such study.
    """
    params_of(study)
    remember_study(root, study)
    fixed = [f"--{name}={value}" for name, value in SETTINGS.items()]
    command = [sys.executable, "-m", "jupyterlab", *arguments, *fixed, str(root / "notebooks")]
    kept = os.environ.get("JUPYTER_CONFIG_PATH")
    config = os.pathsep.join([str(CONFIG), *([kept] if kept else [])])
    environment = os.environ | {
        STUDY: study,
        "COMPENDIUM_ROOT": str(root),
        "JUPYTER_CONFIG_PATH": config,
    }
    environment.pop("COMPENDIUM_CHECK", None)
    try:
        return subprocess.run(command, env=environment, check=False).returncode
    except KeyboardInterrupt:  # which also reached the server
        return 0
    except OSError as error:
        raise InputError(f"JupyterLab could not be started ({error}).") from None
