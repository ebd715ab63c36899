"""Real kits on a real switch: found, lost and found again, on good networks and bad ones.

Each test makes its own namespaces; the figures are printed (`-s`), the limits are generous, because
a test machine is busy. The bars of the product (found ≤ 3 s, back ≤ 5 s) are measured by the soak.
"""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import pytest

from tests.netns.rig import Event, Kit, Net, network, now_ms, why_not

pytestmark = [
    pytest.mark.slow,
    pytest.mark.skipif(bool(why_not()), reason=why_not() or "namespaces work"),
]
GENEROUS_S = 30.0


@pytest.fixture
def net() -> Iterator[Net]:
    """A switch."""
    with network() as made:
        yield made


def machines(net: Net, names: str, **how: Any) -> None:
    """One machine for each letter."""
    for name in names:
        net.node(name, **how)


def fleet(net: Net, names: str, *options: str, members: str = "") -> dict[str, Kit]:
    """One kit for each letter, all started."""
    listed = ",".join(members or names)
    kits = {name: net.start(name, "--name", name, "--members", listed, *options) for name in names}
    for kit in kits.values():
        kit.until(lambda event: event["what"] == "ready")
    return kits


def is_up(peer: str) -> Any:
    """Whether an event says that a line to a peer has come up."""
    return lambda event: event["what"] == "up" and event["peer"] == peer


def is_down(peer: str) -> Any:
    """Whether an event says that a line to a peer is over."""
    return lambda event: event["what"] == "down" and event["peer"] == peer


def all_up(kits: dict[str, Kit], after_ms: int = 0) -> list[int]:
    """Wait until each has a line to each; how long after its own start each came up, in ms."""
    waits: list[int] = []
    for name, kit in kits.items():
        ready = kit.until(lambda event: event["what"] == "ready")["ms"]
        for other, its in kits.items():
            if other != name:
                both = max(ready, its.until(lambda event: event["what"] == "ready")["ms"])
                up = kit.until(is_up(other), after_ms, GENEROUS_S)
                waits.append(up["ms"] - both)
    return waits


def counts(kit: Kit) -> Event:
    """What a kit has counted so far."""
    asked = now_ms()
    kit.tell(counts=True)
    return kit.until(lambda event: event["what"] == "counts", asked)


def lines_of(kit: Kit) -> list[str]:
    """The peers a kit has a line to."""
    listed: list[str] = counts(kit)["lines"]
    return listed


def wait_for_lines(kit: Kit, peers: list[str]) -> None:
    """Ask until a kit has lines to these and no others."""
    limit = now_ms() + int(GENEROUS_S * 1000)
    while lines_of(kit) != peers:
        assert now_ms() < limit, (kit.name, peers, kit.events[-8:])


def say(what: str, waits: list[int], unit: str = "ms") -> None:
    """Print a figure for whoever runs with `-s`."""
    ordered = sorted(waits)
    p95 = ordered[int(len(ordered) * 0.95)] if len(ordered) > 1 else ordered[-1]
    middle = ordered[len(ordered) // 2]
    print(f"\n{what}: median {middle}, p95 {p95} {unit}, n={len(ordered)}")  # noqa: T201


def test_kits_that_start_together_all_find_each_other(net: Net) -> None:
    machines(net, "abcdef")
    say("found by mDNS", all_up(fleet(net, "abcdef")))


def test_without_dhcp_ipv6_link_local_is_enough(net: Net) -> None:
    machines(net, "ab", v4=False)
    kits = fleet(net, "ab")
    say("found on link-local IPv6 only", all_up(kits))
    assert kits["a"].until(is_up("b"))["at"].startswith("[fe80::")


def test_a_cable_pulled_and_put_back(net: Net) -> None:
    machines(net, "abc")
    kits = fleet(net, "abc")
    all_up(kits)
    net.pull("a")
    pulled = now_ms()
    noticed = [kits["a"].until(is_down(one), pulled)["ms"] - pulled for one in "bc"]
    net.plug("a")
    plugged = now_ms()
    back = [kits["a"].until(is_up(one), plugged, GENEROUS_S)["ms"] - plugged for one in "bc"]
    say("cable pulled, noticed", noticed)
    say("cable back, line up", back)
    assert lines_of(kits["b"]) == ["a", "c"]


def test_a_short_pull_that_nobody_noticed_heals_too(net: Net) -> None:
    """Shorter than the ping's patience: the line is doubted and made anew, or has survived."""
    machines(net, "ab")
    kits = fleet(net, "ab")
    all_up(kits)
    net.pull("a")
    asked = now_ms()
    counts(kits["a"])
    net.plug("a")
    assert now_ms() - asked < 2_000
    for kit, peer in ((kits["a"], ["b"]), (kits["b"], ["a"])):
        wait_for_lines(kit, peer)


def test_a_card_that_appears_after_the_start(net: Net) -> None:
    machines(net, "a")
    net.node("b", plugged=False)
    kits = fleet(net, "ab")
    net.card("b")
    plugged = now_ms()
    say("card put in, line up", [kits["b"].until(is_up("a"), plugged, GENEROUS_S)["ms"] - plugged])


def test_an_address_that_changes(net: Net) -> None:
    """The DHCP server comes back and gives another address; the old line is dead."""
    machines(net, "ab")
    for name in "ab":
        net.no_ipv6(name)
    kits = fleet(net, "ab")
    all_up(kits)
    net.no_address("a")
    net.address("a", "10.9.0.77")
    changed = now_ms()
    event = kits["b"].until(
        lambda one: one["what"] == "up" and "10.9.0.77" in one["at"], changed, GENEROUS_S
    )
    say("address changed, line up", [event["ms"] - changed])


def test_one_frame_in_five_is_lost(net: Net) -> None:
    net.lose(20)
    machines(net, "abcd")
    say("found with 20 % loss", all_up(fleet(net, "abcd")))


def test_a_thin_line_is_enough(net: Net) -> None:
    machines(net, "ab")
    for name in "ab":
        net.slow(name, "128kbit")
    say("found at 128 kbit/s", all_up(fleet(net, "ab")))


def test_a_kit_killed_and_a_kit_gone_silent_are_both_noticed(net: Net) -> None:
    """The first is told by its machine; of the second nothing comes, and mDNS says nothing."""
    machines(net, "abc")
    kits = fleet(net, "abc")
    all_up(kits)
    kits["b"].kill()
    killed = now_ms()
    kits["a"].until(is_down("b"), killed - 100)
    net.part(["c"], ["a", "b"])
    parted = now_ms()
    event = kits["a"].until(is_down("c"), parted, GENEROUS_S)
    say("silence noticed by our own ping", [event["ms"] - parted])
    healed = now_ms()  # before: on a busy machine the line is up again while this one still heals
    net.heal()
    event = kits["a"].until(is_up("c"), healed, GENEROUS_S)
    say("heard again after a partition, no card changed", [event["ms"] - healed])


def test_ports_that_are_isolated_reach_each_other_through_a_third(net: Net) -> None:
    machines(net, "abc")
    net.isolate("a")
    net.isolate("b")
    kits = fleet(net, "abc")
    wait_for_lines(kits["c"], ["a", "b"])
    assert lines_of(kits["a"]) == ["c"]


def test_another_fleet_on_the_same_cable_is_not_even_called(net: Net) -> None:
    machines(net, "abx")
    kits = fleet(net, "ab")
    stranger = net.start("x", "--name", "x", "--members", "a,b,x", "--fleet", "exercise")
    all_up(kits)
    stranger.until(lambda event: event["what"] == "ready")
    told = counts(kits["a"])
    limit = now_ms() + int(GENEROUS_S * 1000)
    while not told["mdns"].get("foreign"):
        assert now_ms() < limit
        told = counts(kits["a"])
    assert told["lines"] == ["b"]
    assert "x" not in str(stranger.drain())[200:] or lines_of(stranger) == []


def test_a_stranger_that_knows_the_address_is_refused(net: Net) -> None:
    """It has our discovery key and calls straight away; its certificate nobody enrolled."""
    machines(net, "abx")
    kits = fleet(net, "ab")
    all_up(kits)
    stranger = net.start("x", "--name", "x", "--members", "a,b,x")
    stranger.until(lambda event: event["what"] == "failed", 0, GENEROUS_S)
    assert lines_of(stranger) == []
    assert lines_of(kits["a"]) == ["b"]
    assert counts(kits["a"])["board"].get("SYN-123", 0) + counts(kits["b"])["board"].get(
        "SYN-123", 0
    )


def test_a_revoked_kit_is_cut_at_once_and_stays_out(net: Net) -> None:
    machines(net, "abc")
    kits = fleet(net, "abc")
    all_up(kits)
    revoked = now_ms()
    for name in "ab":
        kits[name].tell(members=["a", "b"])
    for name in "ab":
        event = kits[name].until(is_down("c"), revoked)
        assert event["code"] in {"SYN-123", "SYN-131"}
    kits["c"].until(
        lambda event: event["what"] == "failed" and event["code"] == "SYN-122", revoked, GENEROUS_S
    )
    assert lines_of(kits["a"]) == ["b"]
    assert lines_of(kits["c"]) == []


def test_a_typed_address_works_where_mdns_does_not(net: Net) -> None:
    machines(net, "ab")
    kits = fleet(net, "ab", "--silent")
    port = kits["b"].until(lambda event: event["what"] == "ready")["port"]
    typed = now_ms()
    kits["a"].tell(typed=f"10.9.0.2:{port}")
    event = kits["a"].until(is_up("b"), typed)
    assert event["rung"] == "typed"
    say("typed address, line up", [event["ms"] - typed])


def test_thousands_of_false_kits_from_outside(net: Net) -> None:
    """Whoever has not the fleet's key costs some processor time and nothing else."""
    machines(net, "abz")
    kits = {"a": fleet(net, "a", members="ab")["a"]}
    flood = net.start(
        "z", "--own", "10.9.0.3", "--rate", "1000", "--seconds", "8", module="tests.netns.flood"
    )
    before = counts(kits["a"])
    kits |= fleet(net, "b", members="ab")
    say("found in a flood of 1,000 false kits a second", all_up(kits))
    flood.until(lambda event: event["what"] == "sent")
    after = counts(kits["a"])
    assert after["mdns"]["foreign"] > 2_000
    assert after["trouble"] == ""
    assert after["places"] < 10
    assert after["rss_mb"] - before["rss_mb"] < 60
    assert (after["cpu_s"] - before["cpu_s"]) * 1000 / (after["ms"] - before["ms"]) < 0.6


def test_thousands_of_false_kits_from_a_thief_of_the_key(net: Net) -> None:
    """Who is known is called all the same; memory, calls and processor time have a bound."""
    machines(net, "abz")
    kits = fleet(net, "ab")
    all_up(kits)
    arguments = "--own 10.9.0.3 --key fleet --rate 500 --seconds 9".split()
    flood = net.start("z", *arguments, module="tests.netns.flood")
    limit = now_ms() + int(GENEROUS_S * 1000)
    while counts(kits["a"])["places"] < 200:
        assert now_ms() < limit
    net.pull("a")
    pulled = now_ms()
    kits["a"].until(is_down("b"), pulled)
    net.plug("a")
    plugged = now_ms()
    say(
        "cable back in a thief's flood",
        [kits["a"].until(is_up("b"), plugged, GENEROUS_S)["ms"] - plugged],
    )
    flood.until(lambda event: event["what"] == "sent")
    after = counts(kits["a"])
    assert after["places"] < 300
    assert after["board"].get("SYN-127", 0) < 200
