"""A kit for tests of people."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.ward.harness import Ward


@pytest.fixture
def kit(tmp_path: Path) -> Iterator[Ward]:
    """A kit without anybody."""
    kit = Ward(tmp_path / "kit")
    yield kit
    kit.db.close()
