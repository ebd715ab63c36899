"""The crowd: as many identities as asked, the same for the same seed, all different."""

from __future__ import annotations

from itertools import islice

from kit.exercise.crowd import crowd
from tests.exercise.demo_store import DemoStore


def test_the_same_seed_gives_the_same_crowd() -> None:
    """So that a benchmark measures the same search each time."""
    assert list(crowd(500, 3)) == list(crowd(500, 3))
    assert list(crowd(500, 3)) != list(crowd(500, 4))


def test_a_larger_crowd_begins_with_the_smaller_one() -> None:
    """Nobody changes because others come."""
    assert list(islice(crowd(10_000, 1), 200)) == list(crowd(200, 1))


def test_nobody_shares_a_number() -> None:
    """But many share a name, as in a real index."""
    people = list(crowd(20_000, 1))
    assert len({one.patient for one in people}) == len({one.ipp for one in people}) == 20_000
    names = {(one.birth_family, one.birth_given) for one in people}
    assert 3_000 < len(names) < 19_500


def test_the_crowd_is_found_by_search(worked_in: DemoStore) -> None:
    """Beside those in a bed, who come first."""
    from kit.core.command import Outcome
    from kit.store.log import Circumstance

    people = list(crowd(300, 1))
    where = Circumstance("", "", worked_in.now, 1)
    with worked_in.log.transaction():
        worked_in.log.append([Outcome(one) for one in people], where)
    wanted = people[123]
    rows = worked_in.ask("patient.search", text=wanted.ipp)
    assert [row.patient for row in rows] == [wanted.patient]
