"""Two releases and a blank disk, made once."""

from __future__ import annotations

from pathlib import Path

import pytest

from tests.stick.releases import Made, release, table_file


@pytest.fixture(scope="session")
def blank(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A disk with a table and nothing in it."""
    path = tmp_path_factory.mktemp("blank") / "disk.img"
    table_file(path)
    return path


@pytest.fixture(scope="session")
def old() -> Made:
    """What the sticks of these tests run."""
    return release("1.0.0")


@pytest.fixture(scope="session")
def new() -> Made:
    """What is to come."""
    return release("1.1.0", blocks=300)
