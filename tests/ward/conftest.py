"""A ward for every test of a room."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.ward.harness import Ward


@pytest.fixture
def ward(tmp_path: Path) -> Iterator[Ward]:
    """An open ward with its staff and one patient, p1, in bed C01."""
    ward = Ward(tmp_path / "kit")
    ward.staff()
    ward.beds("C01", "C02", "C03")
    ward.admit("p1", bed="C01", birth_date="1942-03-03", sex="F", ipp="80012345")
    yield ward
    ward.db.close()
