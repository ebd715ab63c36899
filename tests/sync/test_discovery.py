"""Whatever the mDNS library or the network does, the node hears of it as a code and goes on."""

from __future__ import annotations

import asyncio
import itertools
import os
import threading
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from kit.sync import discovery
from kit.sync.address import Address
from kit.sync.discovery import (
    QUEUE,
    Discovery,
    Heard,
    Mailbox,
    NameTaken,
    Offer,
    Seen,
    addresses_of,
    hint,
    is_ours,
)
from kit.sync.interfaces import Card, Cards, cards_now, has_link, reachable_at
from tests.sync.wires import monotonic_ms

KEY, OTHER_KEY = b"k" * 32, b"x" * 32
CARDS: Cards = (Card("eth0", ("192.0.2.1", "fe80::1%eth0"), carrier=True),)
PATIENCE_S = 20.0


def announced(instance: str = "k-00abcd", key: bytes = KEY, **change: object) -> Heard:
    """An announcement as another kit makes it."""
    properties = {b"v": b"1", b"f": hint(key, instance).encode()}
    fields = {"instance": instance, "port": 7443, "hosts": ("192.0.2.7",), "properties": properties}
    return Heard(**{**fields, **change})  # type: ignore[arg-type]


class Fake:
    """An mDNS library that does what the test says."""

    def __init__(self, open_: Callable[[], None] = lambda: None) -> None:
        self.offers: list[Offer] = []
        self.heard: Callable[[Heard], None] = lambda _heard: None
        self.refresh_fails = False
        self.loop: asyncio.AbstractEventLoop | None = None
        self.closed = 0
        self._open = open_

    async def open(self, offer: Offer, heard: Callable[[Heard], None]) -> None:
        self.offers.append(offer)
        self.heard, self.loop = heard, asyncio.get_running_loop()
        self._open()

    async def refresh(self, offer: Offer) -> None:
        self.offers.append(offer)
        if self.refresh_fails:
            raise OSError

    async def rescan(self) -> None:
        return

    async def close(self) -> None:
        self.closed += 1


class Watched:
    """A discovery under test, with its news."""

    def __init__(self, fake: Fake, cards: Callable[[], Cards] = lambda: CARDS) -> None:
        self.news = threading.Event()
        self.discovery = Discovery(KEY, 7443, lambda: fake, os.urandom, monotonic_ms, cards)
        self.discovery.start(self.news.set)

    def until(self, what: Callable[[], object]) -> None:
        """Wait for news until something holds."""
        for _ in range(int(PATIENCE_S * 50)):
            if what():
                return
            self.news.wait(0.02)
            self.news.clear()
        raise AssertionError(what)


@pytest.fixture(autouse=True)
def _quick(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(discovery, "POLL_S", 0.01)
    monkeypatch.setattr(discovery, "FIRST_PAUSE_S", 0.02)


@pytest.fixture
def fake() -> Fake:
    """A library that works."""
    return Fake()


@pytest.fixture
def watched(fake: Fake) -> Iterator[Watched]:
    """A discovery that runs."""
    made = Watched(fake)
    made.until(lambda: not made.discovery.trouble())
    yield made
    made.discovery.stop()


def test_what_is_published_names_nobody(watched: Watched, fake: Fake) -> None:
    offer = fake.offers[0]
    assert discovery.INSTANCE.fullmatch(offer.instance)
    assert offer.properties == {"v": "1", "f": hint(KEY, offer.instance)}
    assert [str(one) for one in offer.addresses] == ["192.0.2.1:7443", "[fe80::1%eth0]:7443"]


def test_each_start_has_a_new_name(watched: Watched, fake: Fake) -> None:
    again = Watched(other := Fake())
    again.until(lambda: other.offers)
    again.discovery.stop()
    assert other.offers[0].instance != fake.offers[0].instance


def test_a_kit_of_our_fleet_is_handed_to_the_node(watched: Watched, fake: Fake) -> None:
    fake.heard(announced())
    assert watched.discovery.take() == [Seen("k-00abcd", (Address("192.0.2.7", 7443),))]
    assert watched.discovery.take() == []


@pytest.mark.parametrize(
    "heard",
    [
        announced(key=OTHER_KEY),
        announced(properties={b"v": b"1", b"f": None}),
        announced(properties={}),
        announced(properties={b"v": b"2", b"f": hint(KEY, "k-00abcd").encode()}),
        announced(properties={b"v": b"1", b"f": b"\xff" * 300}),
        announced(instance="Imprimante de chirurgie"),
        announced(instance="k-00abcd\n"),
    ],
)
def test_other_fleets_worlds_and_noise_are_counted_only(
    watched: Watched, fake: Fake, heard: Heard
) -> None:
    """An exercise has another key: its kits and the real ones do not even call each other."""
    fake.heard(heard)
    assert watched.discovery.take() == []
    assert watched.discovery.counts["foreign"] == 1


def test_our_own_announcement_is_no_news(watched: Watched, fake: Fake) -> None:
    fake.heard(announced(fake.offers[0].instance))
    assert watched.discovery.take() == []


@given(st.binary(max_size=40), st.text(max_size=20))
def test_no_hint_but_the_right_one_passes(said: bytes, instance: str) -> None:
    heard = announced(instance, properties={b"v": b"1", b"f": said})
    assert not is_ours(KEY, heard)


@given(st.lists(st.text(max_size=30), max_size=200), st.integers(-5, 70_000))
def test_addresses_are_read_or_left_out(hosts: list[str], port: int) -> None:
    assert len(addresses_of(announced(hosts=tuple(hosts), port=port))) <= 8


def test_a_library_that_cannot_start_is_a_code_and_is_tried_again() -> None:
    def fail() -> None:
        if next(tries) < 3:
            raise OSError("no multicast here")

    tries = itertools.count()
    watched = Watched(fake := Fake(fail))
    assert watched.discovery.trouble() == "SYN-135"
    watched.until(lambda: not watched.discovery.trouble())
    assert watched.discovery.counts["restarts"] == 3
    assert fake.closed == 3
    watched.discovery.stop()


class Panic(BaseException):
    """What a library in another language throws."""


@pytest.mark.parametrize("fault", [Panic, MemoryError, SystemExit, RecursionError])
def test_not_even_a_panic_stops_it(fault: type[BaseException]) -> None:
    def fail() -> None:
        if next(tries) == 0:
            raise fault

    tries = itertools.count()
    watched = Watched(Fake(fail))
    watched.until(lambda: not watched.discovery.trouble())
    assert watched.discovery.counts["restarts"] == 1
    watched.discovery.stop()


def test_a_fault_in_a_callback_is_counted_and_many_mean_a_new_start(
    watched: Watched, fake: Fake
) -> None:
    def fail() -> None:
        raise ZeroDivisionError

    assert fake.loop is not None
    fake.loop.call_soon_threadsafe(fail)
    watched.until(lambda: watched.discovery.counts["faults"] == 1)
    assert not watched.discovery.trouble()
    for _ in range(discovery.FAULTS):
        fake.loop.call_soon_threadsafe(fail)
    watched.until(lambda: watched.discovery.counts["restarts"] == 1)
    watched.until(lambda: not watched.discovery.trouble())


def test_a_library_that_hangs_is_a_code(monkeypatch: pytest.MonkeyPatch) -> None:
    """The thread's heart no longer beats; the node's own goes on."""
    monkeypatch.setattr(discovery, "SILENT_MS", 50)
    watched = Watched(fake := Fake())
    watched.until(lambda: fake.loop and not watched.discovery.trouble())
    released = threading.Event()
    assert fake.loop is not None
    fake.loop.call_soon_threadsafe(lambda: released.wait(PATIENCE_S))
    watched.until(lambda: watched.discovery.trouble() == "SYN-135")
    released.set()
    watched.until(lambda: not watched.discovery.trouble())
    watched.discovery.stop()


def test_a_name_that_is_taken_is_drawn_again_and_a_liar_does_not_silence_us() -> None:
    """Somebody answers every probe with “mine”: after three names nobody is asked any more."""
    offers: list[Offer] = []

    def fail() -> None:
        if not offers[-1].insist:
            raise NameTaken

    denied = Fake(fail)
    denied.offers = offers
    watched = Watched(denied)
    watched.until(lambda: not watched.discovery.trouble())
    assert len({offer.instance for offer in offers}) == 4
    assert watched.discovery.counts["restarts"] == 0
    watched.discovery.stop()


def test_a_new_card_is_announced_and_a_flapping_one_once_it_is_steady() -> None:
    cards = [CARDS]
    watched = Watched(fake := Fake(), lambda: cards[0])
    watched.until(lambda: not watched.discovery.trouble())
    cards[0] = (*CARDS, Card("wlan0", ("198.51.100.4",), carrier=True))
    watched.until(lambda: len(fake.offers) == 2)
    assert Address("198.51.100.4", 7443) in fake.offers[-1].addresses
    assert watched.discovery.network_changed()
    assert not watched.discovery.network_changed()
    watched.discovery.stop()


def test_a_cable_pulled_and_put_back_is_a_change_though_the_address_stays() -> None:
    cards = [CARDS]
    watched = Watched(fake := Fake(), lambda: cards[0])
    watched.until(lambda: not watched.discovery.trouble())
    cards[0] = (Card("eth0", CARDS[0].hosts, carrier=False),)
    watched.until(watched.discovery.network_changed)
    cards[0] = CARDS
    watched.until(watched.discovery.network_changed)
    watched.until(lambda: len(fake.offers) in (1, 3))
    watched.discovery.stop()


def test_the_mailbox_is_bounded_and_no_order_of_arrival_wins() -> None:
    mailbox = Mailbox(os.urandom)
    mailbox.put(Seen("k-first0", ()))
    for n in range(10 * QUEUE):
        mailbox.put(Seen(f"k-{n:06x}", ()))
    assert len(mailbox.take()) == QUEUE
    assert mailbox.take() == []


def test_the_newest_word_of_an_instance_replaces_the_older() -> None:
    mailbox = Mailbox(os.urandom)
    mailbox.put(Seen("k-000001", ()))
    mailbox.put(Seen("k-000001", (Address("192.0.2.7", 1),)))
    assert mailbox.take() == [Seen("k-000001", (Address("192.0.2.7", 1),))]


def test_this_machine_has_its_loop_and_shows_it_only_when_it_is_alone() -> None:
    cards = cards_now()
    assert any("127.0.0.1" in card.hosts for card in cards)
    loop = Card("lo", ("127.0.0.1",), carrier=True)
    assert [one.host for one in reachable_at((loop,), 1)] == ["127.0.0.1"]
    assert [one.host for one in reachable_at((*CARDS, loop), 1)] == ["192.0.2.1", "fe80::1%eth0"]


LOOP = Card("lo", ("127.0.0.1", "::1"), carrier=True)


@pytest.mark.parametrize(
    ("cards", "linked"),
    [
        ((LOOP, Card("eth0", ("192.0.2.1",), carrier=True)), True),
        ((LOOP, Card("eth0", ("fe80::1%eth0",), carrier=True)), True),
        ((LOOP, Card("eth0", ("192.0.2.1",), carrier=False)), False),
        ((LOOP, Card("eth0", (), carrier=True)), False),
        ((LOOP,), False),
        ((), True),
    ],
)
def test_a_cable_that_is_pulled_is_no_link(cards: Cards, *, linked: bool) -> None:
    """The address stays when the cable goes; the machine's own loop is no network."""
    assert has_link(cards) is linked


def test_a_card_without_carrier_is_not_announced(tmp_path: Path) -> None:
    assert reachable_at((Card("eth0", ("192.0.2.1",), carrier=False),), 1) == []
    (tmp_path / "lo").mkdir()
    (tmp_path / "lo" / "carrier").write_text("0\n")
    lo = next(card for card in cards_now(tmp_path) if card.name == "lo")
    assert not lo.carrier
