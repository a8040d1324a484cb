"""The workflow that publishes the book is one that GitHub would accept."""

import subprocess
import sys
from pathlib import Path

import yaml
from mini_study import ROOT

PAGES = ROOT / ".github" / "workflows" / "pages.yml"


def test_agrees_with_the_schema_of_workflows() -> None:
    linter = Path(sys.executable).with_name("check-jsonschema")
    done = subprocess.run(
        [linter, "--builtin-schema", "vendor.github-workflows", str(PAGES)],
        capture_output=True,
        text=True,
    )
    assert done.returncode == 0, done.stdout


def test_publishes_what_make_builds() -> None:
    steps = yaml.safe_load(PAGES.read_text())["jobs"]["build"]["steps"]
    assert "make" in [step.get("run") for step in steps]
    assert steps[-1]["with"]["path"] == "book/_build/html"
