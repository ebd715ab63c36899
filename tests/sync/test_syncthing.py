"""The real Syncthing carries entries between two sites that have no other line."""

from __future__ import annotations

import time
from collections.abc import Iterator
from pathlib import Path

import pytest

from kit.node.segments import SharedFolder
from tests.sync.couriers import Fleet
from tests.sync.syncthing import PROGRAMME, carrying
from tests.sync.test_segment import MARKER, a_round

LIMIT_S = 90


@pytest.fixture
def fleet(tmp_path: Path) -> Iterator[Fleet]:
    """One kit on each site."""
    made = Fleet(tmp_path, 2)
    yield made
    made.close()


@pytest.mark.sleeps  # waits for two foreign processes, which tell nobody when they are done
@pytest.mark.slow
@pytest.mark.skipif(PROGRAMME is None, reason="syncthing is not installed (apt: syncthing)")
def test_syncthing_carries_entries_between_two_sites(fleet: Fleet, tmp_path: Path) -> None:
    """Both ways, while both write; the folders hold nothing in clear and no conflict copy."""
    here, there = fleet.kits
    places = [tmp_path / "site-a", tmp_path / "site-b"]
    for place in places:
        place.mkdir()
    left = SharedFolder(fleet.side(here), places[0])
    right = SharedFolder(fleet.side(there), places[1])
    here.vitals(500)
    there.vitals(40, ward="NEPH")
    a_round(left)
    a_round(right)
    with carrying(tmp_path, *places):
        end = time.monotonic() + LIMIT_S
        more = iter(range(3))
        while time.monotonic() < end:
            a_round(left)
            a_round(right)
            if here.holds() == there.holds():
                if next(more, None) is None:
                    break
                here.vitals(2)
                there.vitals(1)
            time.sleep(0.2)
    assert here.holds() == there.holds()
    assert here.told() == there.told()
    assert len(here.told()) == 549
    names = [path.name for place in places for path in place.rglob("*")]
    assert not [name for name in names if "conflict" in name]
    assert MARKER not in "".join(names)
