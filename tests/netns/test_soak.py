"""The product's bars on a real switch, measured over many rounds: minutes, so `make soak` only."""

from __future__ import annotations

import itertools
import random

import pytest

from tests.netns.rig import network, now_ms, why_not
from tests.netns.test_found import (
    GENEROUS_S,
    all_up,
    counts,
    fleet,
    is_down,
    is_up,
    lines_of,
    machines,
    say,
)

pytestmark = [
    pytest.mark.slow,
    pytest.mark.soak,
    pytest.mark.skipif(bool(why_not()), reason=why_not() or "namespaces work"),
]
FOUND_MS, BACK_MS = 3_000, 5_000


def p95(waits: list[int]) -> int:
    return sorted(waits)[int(len(waits) * 0.95)]


def test_found_within_three_seconds() -> None:
    """Ten fleets of six that start at once, and as many late comers."""
    waits: list[int] = []
    late: list[int] = []
    for _ in range(10):
        with network() as net:
            machines(net, "abcdefg")
            kits = fleet(net, "abcdef", members="abcdefg")
            waits += all_up(kits)
            kits |= fleet(net, "g", members="abcdefg")
            ready = kits["g"].until(lambda event: event["what"] == "ready")["ms"]
            late += [kits["g"].until(is_up(one))["ms"] - ready for one in "abcdef"]
    say("soak: found by mDNS, all start at once", waits)
    say("soak: found by mDNS, one comes late", late)
    assert p95(waits) <= FOUND_MS
    assert p95(late) <= FOUND_MS


def test_back_within_five_seconds() -> None:
    """Thirty pulls, between a blink and twelve seconds long, of a kit among four."""
    chance = random.Random(4)
    waits: list[int] = []
    with network() as net:
        machines(net, "abcd")
        kits = fleet(net, "abcd")
        all_up(kits)
        for _ in range(30):
            name = chance.choice("abcd")
            net.pull(name)
            pulled = now_ms()
            others = [one for one in "abcd" if one != name]
            for one in others:
                kits[name].until(is_down(one), pulled, GENEROUS_S)
            held = chance.choice([0, 1_000, 3_000, 8_000])
            while now_ms() - pulled < held:
                counts(kits[name])
            net.plug(name)
            plugged = now_ms()
            up = [kits[name].until(is_up(one), plugged, GENEROUS_S)["ms"] for one in others]
            waits += [one - plugged for one in up]
    say("soak: cable back, line up", waits)
    assert p95(waits) <= BACK_MS


def test_a_fleet_of_twenty_with_kits_killed_at_random_stays_one() -> None:
    """`kill -9` and new starts; at the end everybody hears everybody, through others if need be."""
    chance = random.Random(9)
    names = "abcdefghijklmnopqrst"
    with network() as net:
        machines(net, names)
        kits = fleet(net, names, "--steering", "a,b")
        for _ in range(12):
            victim = chance.choice(names)
            kits[victim].kill()
            counts(kits[next(one for one in names if one != victim)])
            kits |= fleet(net, victim, "--steering", "a,b", members=names)
        limit = now_ms() + int(GENEROUS_S * 2000)
        while not hangs_together({name: lines_of(kits[name]) for name in names}):
            assert now_ms() < limit
        told = [counts(kits[name]) for name in names]
        say("soak: lines of a kit among twenty", [len(one["lines"]) for one in told], "")
        say("soak: memory of a kit", [one["rss_mb"] for one in told], "MiB")
        assert max(one["rss_mb"] for one in told) < 80


def test_sixty_kits_as_processes_are_one_fleet() -> None:
    """A whole hospital on one switch: whole soon after the last start, and quiet then."""
    names = [f"k{number:02d}" for number in range(60)]
    with network() as net:
        for name in names:
            net.node(name)
        began = now_ms()
        kits = {
            name: net.start(
                name, "--name", name, "--members", ",".join(names), "--steering", "k00,k01"
            )
            for name in names
        }
        for kit in kits.values():
            kit.until(lambda event: event["what"] == "ready", 0, 240)
        ready = now_ms()
        while not hangs_together({name: lines_of(kits[name]) for name in names}):
            assert now_ms() - ready < GENEROUS_S * 2000
        say("soak: 60 kits started", [ready - began])
        say("soak: 60 kits whole after the last start", [now_ms() - ready])
        before = [counts(kits[name]) for name in names]
        while now_ms() - before[-1]["ms"] < 20_000:
            counts(kits["k00"])
        after = [counts(kits[name]) for name in names]
        busy = [
            round((late["cpu_s"] - early["cpu_s"]) * 1e6 / (late["ms"] - early["ms"]))
            for early, late in zip(before, after, strict=True)
        ]
        say("soak: lines of a kit among sixty", [len(one["lines"]) for one in after], "")
        say("soak: processor of a kit among sixty", busy[1:], "thousandths of a core")
        say("soak: memory of a kit among sixty", [one["rss_mb"] for one in after], "MiB")
        assert hangs_together({name: one["lines"] for name, one in zip(names, after, strict=True)})


def hangs_together(lines: dict[str, list[str]]) -> bool:
    """Whether every kit can be reached from the first."""
    first = next(iter(lines))
    reached, edge = {first}, [first]
    while edge:
        fresh = set(itertools.chain.from_iterable(lines[one] for one in edge)) - reached
        reached |= fresh
        edge = list(fresh)
    return len(reached) == len(lines)


def test_a_killed_kit_that_comes_back_is_up_again_soon() -> None:
    """The old line is a ghost at the other end until the new call replaces it."""
    waits: list[int] = []
    with network() as net:
        machines(net, "abc")
        kits = fleet(net, "abc")
        all_up(kits)
        for _ in range(10):
            kits["b"].kill()
            killed = now_ms()
            kits["a"].until(is_down("b"), killed - 100)
            kits |= fleet(net, "b", members="abc")
            ready = kits["b"].until(lambda event: event["what"] == "ready")["ms"]
            waits += [kits["b"].until(is_up(one))["ms"] - ready for one in "ac"]
    say("soak: started again after kill -9, line up", waits)
    assert p95(waits) <= FOUND_MS
