"""One demo hospital for all that only read it; a fresh one for those who write in it."""

from __future__ import annotations

import pytest

from tests.exercise.demo_store import DemoStore


@pytest.fixture(scope="session")
def valmont(tmp_path_factory: pytest.TempPathFactory) -> DemoStore:
    """The demo hospital at three in the morning; nobody writes in it."""
    return DemoStore(tmp_path_factory.mktemp("valmont"))


@pytest.fixture(scope="session")
def worked_in(tmp_path_factory: pytest.TempPathFactory) -> DemoStore:
    """A demo hospital in which several tests write; none counts on what others left alone."""
    return DemoStore(tmp_path_factory.mktemp("worked"))


@pytest.fixture
def own_valmont(tmp_path_factory: pytest.TempPathFactory) -> DemoStore:
    """A demo hospital of one's own, to write in."""
    return DemoStore(tmp_path_factory.mktemp("own"))
