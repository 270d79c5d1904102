"""A fixed moment for tests that make worklogs in this process, and the project of the demo."""

from __future__ import annotations

import shutil
from datetime import UTC, datetime

import pytest

from tests.conftest import Rca

NOW = datetime(2026, 1, 2, 3, 4, 5, tzinfo=UTC)
EPOCH = {"SOURCE_DATE_EPOCH": "1795500000"}


@pytest.fixture(scope="session")
def demo(tmp_path_factory):
    """The folder of a demo, for all tests: take a copy."""
    folder = tmp_path_factory.mktemp("demo")
    assert Rca(folder, EPOCH)("demo", "shop").code == 0
    return folder / "shop"


@pytest.fixture
def shop(demo, tmp_path):
    """`rca` in the project of the demo."""
    folder = tmp_path / "shop"
    shutil.copytree(demo, folder)
    return Rca(folder, EPOCH)
