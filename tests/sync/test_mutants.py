"""The test of the tests: faults put into the real merge code die within a few seeds.

Which dies where is in `docs/sync-proof.md` (`python -m tests.sync.simulator.soak --mutants`). Some
need more chance than a few seeds have: each of those has a small test that it fails.
"""

from __future__ import annotations

from collections.abc import Iterator

import pytest

from tests.sync import test_found_by_seeds
from tests.sync.simulator.founding import remove_prepared
from tests.sync.simulator.mutants import MUTANTS, Mutant, applied
from tests.sync.simulator.soak import killed

SEEDS = 24


make = test_found_by_seeds.make


@pytest.fixture(scope="module", autouse=True)
def _prepared_once() -> Iterator[None]:
    yield
    remove_prepared()


@pytest.mark.parametrize("mutant", [m for m in MUTANTS if not m.test], ids=lambda m: m.name)
def test_a_fault_in_the_merge_code_is_found(mutant: Mutant) -> None:
    seed, invariants = killed(mutant, range(SEEDS))
    assert seed >= 0
    assert invariants


@pytest.mark.parametrize("mutant", [m for m in MUTANTS if m.test], ids=lambda m: m.name)
def test_a_rare_fault_fails_its_own_test(mutant: Mutant, make: test_found_by_seeds.Make) -> None:
    own_test = getattr(test_found_by_seeds, mutant.test)
    with applied(mutant), pytest.raises(AssertionError):
        own_test(make)


@pytest.mark.parametrize("mutant", MUTANTS, ids=lambda m: m.name)
def test_every_fault_still_has_its_place(mutant: Mutant) -> None:
    with applied(mutant):
        pass
