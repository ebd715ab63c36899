"""Discovery, ladder and switchboard together, on loopback: lines come up and come back."""

from __future__ import annotations

import asyncio
import contextlib
import random
from collections.abc import AsyncIterator, Callable

from kit.sync.address import Address
from kit.sync.discovery import Discovery, Engine, Seen
from kit.sync.interfaces import Card, Cards
from kit.sync.ladder import Ladder, Rung
from kit.sync.line import Line
from kit.sync.rounds import Rounds
from kit.sync.transport import Outcome
from tests.sync.wires import LOOPBACK, Echo, Ward, device_of, monotonic_ms, run, until, wards

ALL = ("a", "b", "c")
LOOP: Cards = (Card("lo", ("127.0.0.1",), carrier=True),)


class Told(Discovery):
    """mDNS as the test tells it; no thread."""

    def __init__(self) -> None:
        super().__init__(b"k" * 32, 0, self._none, random.Random(1).randbytes, monotonic_ms)
        self.cards, self.instance = LOOP, "k-000000"
        self.news: Callable[[], None] = lambda: None
        self.stopped = False

    def _none(self) -> Engine:
        raise AssertionError("no engine is needed")

    def start(self, tell: Callable[[], None]) -> None:
        self.news = tell

    def stop(self, patience_s: float = 3.0) -> None:
        self.stopped = True

    def hear(self, instance: str, address: Address) -> None:
        """An announcement."""
        self._mailbox.put(Seen(instance, (address,)))
        self.news()

    def change(self, cards: Cards) -> None:
        """The network cards are others now."""
        self.cards = cards
        self._network_changed.set()
        self.news()


class Roamer(Ward):
    """A ward that makes its rounds."""

    def __init__(self, name: str, members: tuple[str, ...] = ALL) -> None:
        super().__init__(name, members)
        self.mdns = Told()
        ladder = Ladder(device_of(name), random.Random(1))
        ladder.members({device_of(one): False for one in members})
        self.rounds = Rounds(self.board, ladder, monotonic_ms, self.mdns)

    def open_session(self, line: Line) -> Echo:
        self.rounds.line_opened(line)
        session = Echo(line)
        self.sessions[line.device] = session
        return session

    def line_ended(self, line: Line) -> None:
        self.rounds.line_ended(line)
        super().line_ended(line)


@contextlib.asynccontextmanager
async def roaming(*made: Roamer) -> AsyncIterator[None]:
    """All listen and make their rounds."""
    async with wards(*made):
        tasks = [asyncio.create_task(one.rounds.run()) for one in made]
        try:
            yield
        finally:
            for task in tasks:
                task.cancel()
            await asyncio.gather(*tasks, return_exceptions=True)


def test_an_announcement_becomes_a_line() -> None:
    async def scene() -> None:
        a, b = Roamer("a"), Roamer("b")
        async with roaming(a, b):
            await asyncio.sleep(0)
            a.mdns.hear("k-00000b", b.address)
            await until(lambda: a.board.lines and b.board.lines)
            assert a.rounds.ladder.standing(device_of("b")).rung == "mdns"
            assert b.rounds.ladder.last_good() == {device_of("a"): [a.address]}
        assert a.mdns.stopped

    run(scene())


def test_a_typed_address_is_called_once_and_says_who_answered() -> None:
    async def scene() -> None:
        a, b = Roamer("a"), Roamer("b")
        async with roaming(a, b):
            assert await a.rounds.call(b.address) == Outcome("", device_of("b"))
            assert a.rounds.ladder.standing(device_of("b")).rung == "typed"
            await asyncio.sleep(0.1)
            assert not a.ended
            assert not b.ended

    run(scene())


def test_a_typed_address_where_nobody_answers_is_tried_again() -> None:
    async def scene() -> None:
        a, b = Roamer("a"), Ward("b", ALL)
        async with roaming(a):
            place = await b.board.listen(LOOPBACK)
            await b.board.close()
            assert (await a.rounds.call(place)).code == "SYN-127"
            b = Ward("b", ALL)
            await b.board.listen(place)
            await until(lambda: a.board.lines)
            await b.board.close()

    run(scene())


def test_a_lost_line_comes_back_by_itself() -> None:
    async def scene() -> None:
        a, b = Roamer("a"), Roamer("b")
        async with roaming(a, b):
            a.rounds.ladder.given([b.address], Rung.STATIC, monotonic_ms())
            a.rounds.look()
            await until(lambda: a.board.lines)
            first = a.board.lines[device_of("b")]
            first.drop("SYN-131")
            await until(lambda: a.board.lines.get(device_of("b")) not in (None, first))

    run(scene())


def test_a_line_over_a_card_that_is_gone_is_dropped_at_once() -> None:
    async def scene() -> None:
        a, b = Roamer("a"), Roamer("b")
        async with roaming(a, b):
            a.rounds.ladder.given([b.address], Rung.STATIC, monotonic_ms())
            await until(lambda: a.board.lines)
            a.mdns.change((Card("eth0", ("192.0.2.1",), carrier=True),))
            await until(lambda: (device_of("b"), "SYN-131") in a.ended)

    run(scene())


def test_a_line_whose_cable_is_out_is_dropped_if_it_stays_out() -> None:
    async def scene() -> None:
        a, b = Roamer("a"), Roamer("b")
        async with roaming(a, b):
            a.rounds.ladder.given([b.address], Rung.STATIC, monotonic_ms())
            await until(lambda: a.board.lines)
            pulled = (Card("lo", ("127.0.0.1",), carrier=False), Card("x", ("192.0.2.1",), True))
            a.mdns.change(pulled)
            line = a.board.lines[device_of("b")]
            await until(lambda: line.code)
            assert line.code == "SYN-131"

    run(scene())


def test_a_silent_line_is_made_anew_after_a_change_of_network() -> None:
    async def scene() -> None:
        a, b = Roamer("a"), Roamer("b")
        now = [monotonic_ms()]
        for one in (a, b):
            one.board.clock = lambda: now[0]
            one.rounds._clock = lambda: now[0]
        async with roaming(a, b):
            a.rounds.ladder.given([b.address], Rung.STATIC, now[0])
            now[0] += 1_000
            a.rounds.look()
            await until(lambda: a.board.lines and b.board.lines)
            first = a.board.lines[device_of("b")]
            now[0] += 60_000
            a.mdns.change(LOOP)
            await until(lambda: a.rounds._doubt_at_ms)
            now[0] += 2_000
            a.rounds.look()
            await until(lambda: a.board.lines.get(device_of("b")) not in (None, first))
            assert (device_of("a"), "SYN-129") in b.ended or (device_of("a"), "SYN-131") in b.ended

    run(scene())


def test_nobody_is_called_without_a_place() -> None:
    async def scene() -> None:
        a = Roamer("a")
        async with roaming(a):
            a.rounds.look()
            await asyncio.sleep(0.05)
            assert not a.board.counts

    run(scene())
