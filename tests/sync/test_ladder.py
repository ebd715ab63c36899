"""The ladder calls who matters, first those who are known, ever more rarely who does not answer."""

from __future__ import annotations

import itertools
import random

import pytest
from hypothesis import given
from hypothesis import strategies as st

from kit.sync.address import Address
from kit.sync.ladder import (
    COURTESY_MS,
    LONGEST_WAIT_MS,
    PLACES,
    RUSH_MS,
    Ladder,
    Rung,
    Standing,
)
from kit.sync.neighbours import SMALL, Neighbours, ring_after, steering_for

OWN, PEER, OTHER = b"o" * 32, b"p" * 32, b"q" * 32
THERE, ELSEWHERE = Address("192.0.2.7", 7443), Address("fe80::7%eth0", 7443)


def ladder(*peers: bytes, seed: int = 1) -> Ladder:
    """A kit that knows its members."""
    made = Ladder(OWN, random.Random(seed))
    made.members(dict.fromkeys((OWN, *peers), False))
    return made


def called(one: Ladder, now_ms: int) -> list[Address]:
    """Where it calls now."""
    return [dial.address for dial in one.due(now_ms)]


def number(n: int) -> bytes:
    return n.to_bytes(4, "big") * 8


def test_what_is_heard_is_called_within_a_moment() -> None:
    one = ladder(PEER)
    one.heard("k-000001", [THERE], 0)
    assert called(one, RUSH_MS) == [THERE]
    assert called(one, RUSH_MS) == []  # under way


def test_of_two_that_hear_each_other_one_waits_so_that_calls_do_not_cross() -> None:
    one = ladder(PEER)
    one.heard("k-000001", [THERE], 0, first=False)
    for _ in range(50):
        one.heard("k-000001", [THERE], 100, first=False)
    assert called(one, COURTESY_MS - 1) == []
    assert called(one, COURTESY_MS + RUSH_MS) == [THERE]


def test_two_addresses_of_one_kit_are_tried_one_after_the_other() -> None:
    one = ladder(PEER)
    one.heard("k-000001", [THERE, ELSEWHERE], 0)
    first = called(one, 500)
    assert len(first) == 1
    one.finished(first[0], "SYN-127", b"", 600)
    assert set(called(one, 700)) == {THERE, ELSEWHERE} - set(first)


def test_whoever_has_a_line_is_not_called() -> None:
    one = ladder(PEER)
    one.heard("k-000001", [THERE, ELSEWHERE], 0)
    address = called(one, 500)[0]
    one.connected(PEER, address, True, 600)
    one.finished(address, "", PEER, 600)
    assert called(one, 10_000_000) == []
    assert one.standing(PEER) == Standing("mdns", 600, str(address), connected=True)


def test_one_who_called_us_is_not_called_back() -> None:
    one = ladder(PEER)
    one.connected(PEER, THERE, False, 100)
    one.heard("k-000001", [ELSEWHERE, THERE], 200)
    one.learned(PEER, [ELSEWHERE], Rung.GOSSIP, 200)
    assert called(one, 5_000) == []


def test_a_lost_line_is_called_again_at_once_then_ever_more_rarely() -> None:
    one = ladder(PEER)
    one.connected(PEER, THERE, True, 0)
    one.lost(PEER, 100_000)
    now, times = 100_000, []
    while now < 2_000_000:
        if called(one, now):
            times.append(now)
            one.finished(THERE, "SYN-127", b"", now)
        now += 50
    assert times[0] <= 100_000 + RUSH_MS + 50
    gaps = [after - before for before, after in itertools.pairwise(times)]
    assert gaps[0] < 2_000
    assert max(gaps) <= LONGEST_WAIT_MS * 3 / 2 + 50
    assert min(gaps[-5:]) >= LONGEST_WAIT_MS / 2


@pytest.mark.parametrize("change", ["network", "members", "heard"])
def test_a_change_makes_an_old_failure_worth_a_call(change: str) -> None:
    one = ladder(PEER)
    one.heard("k-000001", [THERE], 0)
    for step in range(12):
        called(one, step * 1_000_000)
        one.finished(THERE, "SYN-127", b"", step * 1_000_000)
    now = 11_000_001
    assert called(one, now + RUSH_MS) == []
    if change == "network":
        one.network_changed(now)
    elif change == "members":
        one.members(dict.fromkeys((OWN, PEER, OTHER), False))
    else:
        one.heard("k-000001", [THERE], now)
    assert called(one, now + RUSH_MS) == [THERE]


def test_a_revoked_kit_is_not_called() -> None:
    one = ladder(PEER)
    one.learned(PEER, [THERE], Rung.LAST, 0)
    one.members({OWN: False})
    assert called(one, 10_000) == []


def test_a_kit_does_not_call_itself_again_and_again() -> None:
    one = ladder(PEER)
    one.given([THERE], Rung.STATIC, 0)
    assert called(one, 1_000) == [THERE]
    one.finished(THERE, "SYN-128", b"", 1_000)
    assert called(one, 500_000) == []


def test_a_typed_address_comes_first_and_at_once() -> None:
    one = ladder(PEER)
    one.heard("k-000001", [ELSEWHERE], 0)
    one.given([THERE], Rung.TYPED, 0)
    dial = one.due(RUSH_MS)[0]
    assert (dial.address, dial.rung) == (THERE, Rung.TYPED)


def test_an_address_that_another_kit_has_now_is_called_all_the_same() -> None:
    """The peer's old address was given to a kit that nobody has met."""
    one = ladder(PEER, OTHER)
    one.connected(PEER, THERE, True, 0)
    one.connected(PEER, ELSEWHERE, True, 10_000)
    one.heard("k-00000b", [THERE], 20_000)
    assert called(one, 30_000) == [THERE]
    one.connected(OTHER, THERE, True, 30_100)
    one.finished(THERE, "", OTHER, 30_100)
    assert one.last_good()[OTHER] == [THERE]


def test_the_last_eight_good_addresses_are_kept_newest_first() -> None:
    one = ladder(PEER)
    for n in range(12):
        one.connected(PEER, Address(f"192.0.2.{n}", 7443), True, n)
        one.lost(PEER, n)
    assert [one.host for one in one.last_good()[PEER]] == [f"192.0.2.{n}" for n in range(11, 3, -1)]


def test_good_addresses_survive_a_restart() -> None:
    before, after = ladder(PEER), ladder(PEER)
    before.connected(PEER, THERE, False, 0)
    for device, addresses in before.last_good().items():
        after.learned(device, addresses, Rung.LAST, 0)
    dial = after.due(RUSH_MS)[0]
    assert (dial.address, dial.rung, dial.device) == (THERE, Rung.LAST, PEER)


def test_gossip_of_one_liar_is_bounded_and_calls_no_well_known_port() -> None:
    """A hostile member would have us knock at pumps and printers."""
    one = ladder(PEER)
    for n in range(200):
        one.learned(PEER, [Address(f"192.0.2.{n}", 7443)], Rung.GOSSIP, n)
    one.learned(PEER, [Address("192.0.2.250", 80)], Rung.GOSSIP, 300)
    one.heard("k-000001", [Address("192.0.2.251", 631)], 300)
    assert len(one._places) == 8


def test_a_line_that_is_silent_after_a_change_of_network_is_doubted() -> None:
    one = ladder(PEER)
    one.connected(PEER, THERE, True, 0)
    one.doubt(PEER)
    assert called(one, 1) == [THERE]
    one.lost(PEER, 2)
    one.connected(PEER, THERE, True, 2)
    one.finished(THERE, "", PEER, 2)
    assert called(one, 100_000) == []


def test_a_flood_of_announcements_pushes_out_nobody_who_is_known_and_delays_no_call() -> None:
    """Thousands of false kits with the fleet's own hint (an insider): memory and calls bounded."""
    one = ladder(PEER, OTHER)
    one.connected(PEER, THERE, True, 0)
    one.lost(PEER, 1_000)
    for n in range(5_000):
        one.heard(f"k-{n:06x}", [Address(f"10.{n >> 8}.{n & 255}.9", 7443)], 1_000)
    assert len(one._places) <= PLACES + 1
    dials = one.due(1_000 + 2 * RUSH_MS)
    assert dials[0].address == THERE
    assert len([dial for dial in dials if not dial.device]) <= 4


def test_the_real_kit_is_found_in_a_flood_that_does_not_end() -> None:
    """Thirty new false kits a second, none answers; the real one is heard once a minute."""
    one = ladder(PEER, seed=5)
    now, name = 0, 0
    while now < 600_000:
        for _ in range(30):
            name += 1
            one.heard(f"k-{name:06x}", [Address(f"10.1.{name >> 8 & 255}.{name & 255}", 7443)], now)
        if now % 60_000 == 0:
            one.heard("k-ffffff", [THERE], now)
        for dial in one.due(now):
            if dial.address == THERE:
                return
            one.finished(dial.address, "SYN-127", b"", now)
        now += 1_000
    pytest.fail("not found in ten minutes")


@given(st.lists(st.tuples(st.integers(0, 6), st.integers(0, 9), st.integers(0, 5_000))))
def test_no_order_of_events_breaks_the_ladder(steps: list[tuple[int, int, int]]) -> None:
    """Bounded calls, none to oneself, to a stranger, or twice to one place at once."""
    one, now = ladder(*(number(n) for n in range(9))), 0
    under_way: set[Address] = set()
    for what, who, pause in steps:
        now += pause
        address, device = Address(f"192.0.2.{who}", 7443), number(who)
        if what == 0:
            one.heard(f"k-{who:06x}", [address, ELSEWHERE], now)
        elif what == 1:
            one.connected(device, address, bool(pause % 2), now)
        elif what == 2:
            one.lost(device, now)
        elif what == 3:
            one.learned(device, [address], Rung.GOSSIP, now)
        elif what == 4 and under_way:
            over = under_way.pop()
            one.finished(over, "" if pause % 2 else "SYN-127", device, now)
        elif what == 5:
            one.doubt(device)
        for dial in one.due(now):
            assert dial.address not in under_way
            assert dial.device != OWN
            under_way.add(dial.address)
        assert len(under_way) <= 8
        assert one.next_due_ms(now) > now


def test_everybody_agrees_on_the_ring() -> None:
    devices = [number(n) for n in range(20)]
    for one in devices:
        ring = ring_after(one, devices)
        assert len(ring) == 19
        assert ring_after(ring[0], devices)[-1] == one


@given(st.integers(2, 40), st.sets(st.integers(0, 39)))
def test_a_small_fleet_is_wanted_whole_a_large_one_in_part(count: int, alive: set[int]) -> None:
    members = {number(n): n < 3 for n in range(count)}
    living = {number(n) for n in alive} & set(members)
    want = Neighbours(number(0), members).wanted(living)
    assert number(0) not in want
    if count - 1 <= SMALL:
        assert want == set(members) - {number(0)}
    else:
        assert {number(1), number(2)} <= want  # steering kits want each other
        assert len(want) <= 2 + 8


def test_steering_kits_share_the_fleet() -> None:
    """With four steering kits, each gets about half of sixty kits, not all of them."""
    leaders = [number(1_000 + n) for n in range(4)]
    load = dict.fromkeys(leaders, 0)
    for n in range(60):
        for leader in steering_for(number(n), leaders):
            load[leader] += 1
    assert sum(load.values()) == 120
    assert all(15 <= one <= 45 for one in load.values())
