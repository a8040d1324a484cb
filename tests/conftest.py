"""What all tests share."""

import os
from collections.abc import Callable
from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parents[1]


def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    """Mark as external each test that asks for public data."""
    for item in items:
        if "external" in getattr(item, "fixturenames", ()):
            item.add_marker("external")


@pytest.fixture(scope="session")
def root() -> Path:
    """The project's root."""
    return ROOT


@pytest.fixture(scope="session")
def external() -> Callable[[str], Path]:
    """Public data by its path in COMPENDIUM_EXTERNAL; the test is skipped by name without it."""
    base = Path(os.environ.get("COMPENDIUM_EXTERNAL", ROOT.parent / "shared" / "external"))

    def find(relative: str) -> Path:
        path = base / relative
        if not path.exists():
            pytest.skip(f"COMPENDIUM_EXTERNAL has no {relative}")
        return path

    return find
