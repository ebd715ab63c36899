"""Nodes that a test leaves open are closed when it ends, so that the next one finds no lock."""

from __future__ import annotations

from collections.abc import Iterator

import pytest

from tests.node.kits import OPENED


@pytest.fixture(autouse=True)
def close_nodes() -> Iterator[None]:
    """Close what the test opened."""
    yield
    while OPENED:
        OPENED.pop().close()
