"""A house for every test of steering."""

from __future__ import annotations

import pytest

from tests.messages.house import House


@pytest.fixture
def house() -> House:
    """Three wards and a crisis cell, all connected."""
    return House()
