"""Members get one proven line each; strangers, the revoked and faulty peers disturb nobody."""

from __future__ import annotations

import asyncio
import itertools
import random

import pytest

from kit.core.errors import Unavailable
from kit.sync.address import Address
from kit.sync.doorkeeper import Doorkeeper, Rates
from kit.sync.line import Limits, Line
from kit.sync.transport import Outcome
from tests.sync.wires import (
    LOOPBACK,
    Echo,
    Ward,
    contexts_of,
    device_of,
    monotonic_ms,
    run,
    seed_of,
    until,
    wards,
)

ALL = ("a", "b", "c", "d")
MIB = 1024 * 1024


def test_two_members_speak_and_each_knows_the_other() -> None:
    async def scene() -> None:
        a, b = Ward("a", ALL), Ward("b", ALL)
        async with wards(a, b):
            assert await a.call(b) == Outcome("", device_of("b"))
            await until(lambda: a.sessions and b.sessions)
            a.sessions[device_of("b")].to_say += b"douze lits"
            a.board.wake()
            await until(lambda: a.sessions[device_of("b")].heard == b"douze lits")
            assert b.board.lines[device_of("a")].caller is False
            assert a.board.lines[device_of("b")].caller is True
            assert b.board.lines[device_of("a")].call_back == a.address
            assert a.board.lines[device_of("b")].call_back == b.address

    run(scene())


@pytest.mark.parametrize(
    ("caller_knows", "called_knows", "caller_code", "called_code"),
    [
        (ALL, ("b", "c"), "SYN-122", "SYN-123"),
        (("a", "c"), ALL, "SYN-123", "SYN-122"),
        (("a",), ("b",), "SYN-123", "SYN-122"),
    ],
)
def test_whoever_is_no_member_for_one_of_the_two_is_refused(
    caller_knows: tuple[str, ...],
    called_knows: tuple[str, ...],
    caller_code: str,
    called_code: str,
) -> None:
    """In TLS 1.3 the caller's handshake succeeds all the same: only the greeting counts."""

    async def scene() -> None:
        a, b = Ward("a", caller_knows), Ward("b", called_knows)
        async with wards(a, b):
            assert (await a.call(b)).code == caller_code
            await until(lambda: b.ended)
            assert b.ended[0][1] == called_code
            assert not a.sessions
            assert not b.sessions
            assert b.board.counts[called_code] == 1

    run(scene())


def test_a_member_that_the_directory_no_longer_names_is_refused_after_the_handshake() -> None:
    """The list in the TLS context is older than the directory for a moment."""

    async def scene() -> None:
        a, b = Ward("a", ALL), Ward("b", ALL)
        async with wards(a, b):
            b.members = ("b", "c")  # the contexts still trust a
            assert (await a.call(b)).code == "SYN-122"
            assert not b.sessions

    run(scene())


def test_revocation_cuts_the_open_line_at_once_and_for_good() -> None:
    async def scene() -> None:
        a, b, c = Ward("a", ALL), Ward("b", ALL), Ward("c", ALL)
        async with wards(a, b, c):
            await a.call(b)
            await c.call(b)
            await until(lambda: len(b.sessions) == 2)
            b.forget("a")
            assert (device_of("a"), "SYN-123") in b.ended
            await until(lambda: not a.board.lines)
            assert list(b.board.lines) == [device_of("c")]
            assert (await a.call(b)).code == "SYN-122"

    run(scene())


def test_a_new_member_is_taken_without_a_restart() -> None:
    async def scene() -> None:
        a, b = Ward("a", ("a", "b")), Ward("b", ("b",))
        async with wards(a, b):
            assert (await a.call(b)).code == "SYN-122"
            b.members = ("a", "b")
            b.board.members_changed(contexts_of("b", b.members))
            assert (await a.call(b)).code == ""

    run(scene())


def test_a_kit_does_not_speak_with_itself_or_its_copy() -> None:
    async def scene() -> None:
        a, copy = Ward("a", ALL), Ward("a", ALL)
        async with wards(a, copy):
            assert (await a.call(a)).code == "SYN-128"
            assert (await a.call(copy)).code == "SYN-128"
            assert not a.sessions

    run(scene())


@pytest.mark.parametrize("pair", [("a", "b"), ("b", "a")])
def test_calls_that_cross_leave_one_line_the_same_at_both_ends(pair: tuple[str, str]) -> None:
    async def scene() -> None:
        one, two = Ward(pair[0], ALL), Ward(pair[1], ALL)
        async with wards(one, two):
            await asyncio.gather(one.call(two), two.call(one))

            def settled() -> bool:
                mine = one.board.lines.get(device_of(two.name))
                theirs = two.board.lines.get(device_of(one.name))
                return mine is not None and theirs is not None and mine.caller != theirs.caller

            await until(settled)
            kept = one.board.lines[device_of(two.name)]
            assert kept.caller == (one.name < two.name)
            one.sessions[device_of(two.name)].to_say += b"?"
            one.board.wake()
            await until(lambda: two.sessions[device_of(one.name)].heard == b"?")

    run(scene())


def test_a_late_second_call_means_the_first_line_is_dead() -> None:
    """A cable was pulled: one end knows, the other still holds a line that nobody answers."""

    async def scene() -> None:
        a, b = Ward("a", ALL), Ward("b", ALL)
        now = itertools.count(0, 60_000)
        a.board.clock = b.board.clock = lambda: next(now)
        async with wards(a, b):
            await a.call(b)
            await until(lambda: b.board.lines)
            first = a.board.lines[device_of("b")]
            assert (await b.call(a)).code == ""
            await until(lambda: a.board.lines.get(device_of("b")) not in (first, None))
            assert first.code in {"SYN-129", "SYN-131"}
            assert not a.board.lines[device_of("b")].caller

    run(scene())


def test_what_ends_a_line_is_said_before_its_successor_begins() -> None:
    order: list[str] = []

    class Told(Ward):
        def open_session(self, line: Line) -> Echo:
            order.append("begins")
            return Echo(line)

        def line_ended(self, line: Line) -> None:
            order.append("ends")

    async def scene() -> None:
        a, b = Ward("a", ALL), Told("b", ALL)
        async with wards(a, b):
            await a.call(b)
            await until(lambda: order)
            await a.board.dial(b.address)
            await until(lambda: len(order) == 3)
            assert order == ["begins", "ends", "begins"]

    run(scene())


def test_an_even_load_passes_both_ways_at_once() -> None:
    """Ten megabytes each way through a high-water mark of 64 KiB: nobody waits for nobody."""

    async def scene() -> None:
        a, b = Ward("a", ALL, Limits(high_water=65_536)), Ward("b", ALL, Limits(high_water=65_536))
        payload = random.Random(3).randbytes(10 * MIB)
        async with wards(a, b):
            await a.call(b)
            await until(lambda: b.sessions)
            a.sessions[device_of("b")].to_say += payload
            a.board.wake(device_of("b"))
            await until(lambda: len(a.sessions[device_of("b")].heard) == len(payload))
            assert a.sessions[device_of("b")].heard == payload
            assert b.sessions[device_of("a")].heard == payload

    run(scene())


def test_a_session_is_asked_for_bytes_only_while_the_wire_has_room() -> None:
    """What waits to be sent stays in the log on disk, not in memory."""

    class Endless(Echo):
        given = 0
        waiting = 0

        def outgoing(self) -> bytes:
            assert self.line._wire is not None
            self.waiting = max(self.waiting, self.line._wire.get_write_buffer_size())
            self.given += 65_536
            return bytes(65_536)

    async def scene() -> None:
        a, b = Ward("a", ALL, Limits(stall_s=0.3)), Ward("b", ALL)
        a.make = Endless
        async with wards(a, b):
            await a.call(b)
            await until(lambda: b.board.lines)
            wire = b.board.lines[device_of("a")]._wire
            assert wire is not None
            wire.pause_reading()
            session = a.sessions[device_of("b")]
            await until(lambda: a.ended)
            assert a.ended == [(device_of("b"), "SYN-126")]
            assert session.given < 16 * MIB  # what two kernels' buffers hold, and no more
            assert session.waiting <= Limits().high_water

    run(scene())


def test_a_peer_that_sends_and_never_reads_is_no_longer_heard_then_cut() -> None:
    async def scene() -> None:
        a, b = Ward("a", ALL), Ward("b", ALL, Limits(stall_s=0.5, blocked=MIB))
        a.make = Greedy
        async with wards(a, b):
            await a.call(b)
            await until(lambda: b.ended)
            assert b.ended == [(device_of("a"), "SYN-126")]
            # Echo keeps what it could not send back: bounded by what was still heard.
            assert len(b.sessions[device_of("a")].heard) < 24 * MIB

    run(scene())


class Greedy(Echo):
    """Sends for ever, and stops reading as soon as it runs."""

    def outgoing(self) -> bytes:
        wire = self.line._wire
        assert wire is not None
        wire.pause_reading()
        return bytes(65_536)


@pytest.mark.parametrize("step", ["received", "outgoing", "tick", "next_due_ms"])
def test_a_fault_in_one_session_ends_that_line_only(step: str) -> None:
    class Faulty(Echo):
        pass

    def fail(*_: object) -> None:
        raise ZeroDivisionError

    async def scene() -> None:
        a, b, c = Ward("a", ALL), Ward("b", ALL), Ward("c", ALL)
        async with wards(a, b, c):
            await c.call(b)
            await until(lambda: b.sessions)
            setattr(Faulty, step, fail)
            if step == "tick":
                Faulty.next_due_ms = lambda _self: 0  # type: ignore[method-assign, assignment]
            b.make = Faulty
            await a.call(b)
            if a.board.lines:
                a.sessions[device_of("b")].to_say += b"!"
                a.board.wake()
            await until(lambda: (device_of("a"), "SYN-130") in b.ended)
            c.sessions[device_of("b")].to_say += b"still here"
            c.board.wake()
            await until(lambda: c.sessions[device_of("b")].heard == b"still here")

    run(scene())


def test_a_fault_of_the_node_when_told_stops_nothing() -> None:
    class Deaf(Ward):
        def line_ended(self, line: Line) -> None:
            raise ZeroDivisionError

    async def scene() -> None:
        a, b = Ward("a", ALL), Deaf("b", ALL)
        async with wards(a, b):
            for _ in range(2):
                assert (await a.call(b)).code == ""
            b.forget("a")
            await until(lambda: not a.board.lines)
            assert b.board.counts["SYN-130"]

    run(scene())


def test_a_session_that_is_done_has_its_last_words_sent() -> None:
    class Brief(Echo):
        def __init__(self, line: Line) -> None:
            super().__init__(line)
            self.to_say += b"adieu"
            self.closed = "SYN-199"

    async def scene() -> None:
        a, b = Ward("a", ALL), Ward("b", ALL)
        b.make = Brief
        async with wards(a, b):
            await a.call(b)
            await until(lambda: a.sessions and a.sessions[device_of("b")].heard == b"adieu")
            assert b.ended == [(device_of("a"), "SYN-199")]
            await until(lambda: a.ended == [(device_of("b"), "SYN-131")])

    run(scene())


def test_a_session_is_ticked_when_it_is_due() -> None:
    class Due(Echo):
        def __init__(self, line: Line) -> None:
            super().__init__(line)
            self.due_ms = monotonic_ms() + 30

    async def scene() -> None:
        a, b = Ward("a", ALL), Ward("b", ALL)
        b.make = Due
        async with wards(a, b):
            await a.call(b)
            await until(lambda: b.sessions and b.sessions[device_of("a")].ticks)
            assert len(b.sessions[device_of("a")].ticks) == 1

    run(scene())


def test_no_more_lines_than_the_limit_and_the_caller_learns_why() -> None:
    async def scene() -> None:
        a, b, c = Ward("a", ALL), Ward("b", ALL), Ward("c", ALL, Limits(lines=1))
        async with wards(a, b, c):
            assert (await a.call(c)).code == ""
            assert (await b.call(c)).code == "SYN-125"
            assert list(c.board.lines) == [device_of("a")]

    run(scene())


def test_a_place_that_calls_too_often_is_turned_away_before_a_handshake() -> None:
    async def scene() -> None:
        a, b = Ward("a", ALL), Ward("b", ALL)
        b.board._doorkeeper = Doorkeeper(Rates(place_burst=2, place_rate=0), monotonic_ms())
        async with wards(a, b):
            for _ in range(2):
                assert (await a.call(b)).code == ""
            assert (await a.call(b)).code == "SYN-120"
            assert b.board.counts["SYN-125"] == 1
            assert (b"", "SYN-125") in b.ended  # whose call it was is not even known

    run(scene())


def test_nobody_there_is_an_answer_not_an_error() -> None:
    async def scene() -> None:
        a = Ward("a", ALL)
        async with wards(a):
            port = (await (other := Ward("b", ALL)).board.listen(LOOPBACK)).port
            await other.board.close()
            assert (await a.board.dial(Address("127.0.0.1", port))).code == "SYN-127"
            assert (await a.board.dial(Address("fe80::1%gone0", 9))).code == "SYN-127"
            assert a.board.counts["SYN-127"] == 2

    run(scene())


def test_calls_under_way_are_bounded() -> None:
    async def scene() -> None:
        a, b = Ward("a", ALL, Limits(dials=2)), Ward("b", ALL)
        async with wards(a, b):
            outcomes = await asyncio.gather(*(a.call(b) for _ in range(5)))
            assert [one.code for one in outcomes].count("SYN-125") == 3

    run(scene())


def test_a_place_that_is_taken_is_said() -> None:
    async def scene() -> None:
        a = Ward("a", ALL)
        async with wards(a):
            with pytest.raises(Unavailable) as caught:
                await Ward("b", ALL).board.listen(Address("203.0.113.9", 0))
            assert caught.value.code == "SYN-133"

    run(scene())


def test_ipv6_and_ipv4_are_listened_to_side_by_side() -> None:
    async def scene() -> None:
        a, b = Ward("a", ALL), Ward("b", ALL)
        async with wards(a, b):
            six = await b.board.listen(Address("::1", b.address.port))
            assert (await a.board.dial(six)).code == ""

    run(scene())


def test_the_seeds_of_two_kits_differ() -> None:
    """A test of the tests: two wards of one name are copies, others are not."""
    assert seed_of("a") != seed_of("b")
