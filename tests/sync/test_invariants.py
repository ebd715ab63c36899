"""Bad days of a whole fleet, from seeds: the fourteen invariants of sync.md §9 hold after each.

The soak (`python -m tests.sync.simulator.soak`) runs thousands of the same kind; see
`docs/sync-proof.md`. A seed that fails here fails there, and the other way round.
"""

from __future__ import annotations

from collections.abc import Iterator

import pytest

from tests.sync.simulator.day import drawn, run
from tests.sync.simulator.founding import remove_prepared

SEEDS = range(60)


@pytest.fixture(scope="module", autouse=True)
def _prepared_once() -> Iterator[None]:
    yield
    remove_prepared()


@pytest.mark.parametrize("seed", SEEDS)
def test_all_invariants_hold_after_a_bad_day(seed: int) -> None:
    assert run(drawn(seed)).wrongs == ()


def test_a_day_can_be_had_again() -> None:
    assert run(drawn(3)) == run(drawn(3))
