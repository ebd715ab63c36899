"""Bad days of a whole fleet, from seeds: the fourteen invariants of sync.md §9 hold after each.

The soak (`python -m tests.sync.simulator.soak`) runs thousands of the same kind; see
`docs/sync-proof.md`. A seed that fails here fails there, and the other way round.
"""

from __future__ import annotations

import random
from collections.abc import Iterator
from functools import cache

import pytest
from hypothesis import HealthCheck, settings
from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, initialize, rule

from tests.sync.simulator.acts import ACTS
from tests.sync.simulator.day import Outcome, cast, drawn, finished, run, timeless
from tests.sync.simulator.founding import remove_prepared
from tests.sync.simulator.situations import EXPECTED
from tests.sync.simulator.world import World, determined

SEEDS = range(80)


@pytest.fixture(scope="module", autouse=True)
def _prepared_once() -> Iterator[None]:
    yield
    remove_prepared()


@cache
def outcome(seed: int) -> Outcome:
    """What became of a day; each is lived once."""
    return run(drawn(seed))


@pytest.mark.parametrize("seed", SEEDS)
def test_all_invariants_hold_after_a_bad_day(seed: int) -> None:
    assert outcome(seed).wrongs == ()


def test_no_situation_that_is_looked_for_stays_away() -> None:
    """A generator that grew weak proves nothing."""
    reached = frozenset().union(*(outcome(seed).reached for seed in SEEDS))
    assert EXPECTED - reached == frozenset()


@pytest.mark.parametrize("seed", range(3, 9))
def test_other_clocks_change_displayed_times_only(seed: int) -> None:
    assert timeless(drawn(seed)) == []


def test_a_day_can_be_had_again() -> None:
    assert run(drawn(3)) == run(drawn(3))


class BadDays(RuleBasedStateMachine):
    """The same acts, chosen by Hypothesis, which makes a day that fails as short as it can."""

    def __init__(self) -> None:
        super().__init__()
        self.fixed = determined(random.Random(1))
        self.fixed.__enter__()
        self.world: World | None = None

    @initialize(seed=st.integers(0, 2**32), lasting=st.booleans())
    def begin(self, seed: int, lasting: bool) -> None:
        """Some kits."""
        self.world = World(seed, cast(random.Random(seed)), lasting=lasting)

    @rule(place=st.sampled_from(range(len(ACTS))), seed=st.integers(0, 2**32))
    def something_happens(self, place: int, seed: int) -> None:
        """One act."""
        assert self.world is not None
        self.world.do(ACTS[place][1], random.Random(seed))

    def teardown(self) -> None:
        """The last morning."""
        try:
            if self.world is not None:
                self.world.dawn()
                self.world.heal()
                assert finished(self.world).wrongs == ()
        finally:
            if self.world is not None:
                self.world.close()
            self.fixed.__exit__(None, None, None)


TestBadDays = BadDays.TestCase
TestBadDays.settings = settings(
    max_examples=20, stateful_step_count=25, deadline=None,
    suppress_health_check=list(HealthCheck),
)  # fmt: skip
