"""Releases on a line: behind every entry, pulled, bounded, and only with who understands them."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import msgspec
import pytest
from hypothesis import given
from hypothesis import strategies as st

from kit.sync import frames
from kit.sync.frames import PIECE_BYTES, FrameReader, Offer, Piece, Run, Want
from kit.sync.release import NOTHING, WANTS_AT_ONCE, CarryingSession, ReleaseTalk
from kit.sync.session import Clocks, Me, Session
from tests.sync.kits import FLEET, NOW, Everybody, Kit

NAME = b"n" * 32
CONTENT = bytes(range(256)) * 1024  # four pieces
OFFER = Offer(NAME, "1.2.0", 10 * len(CONTENT))


class Shelf:
    """Every block of a release is the same four pieces."""

    def __init__(self, offer: Offer = NOTHING) -> None:
        self.told = offer
        self.heard: list[tuple[bytes, Offer]] = []
        self.pieces: list[Piece] = []
        self.read_bytes = 0

    def offer(self) -> Offer:
        """As the test says."""
        return self.told

    def read(self, name: bytes, block: int, at: int, count: int) -> tuple[bytes, bool] | None:
        """Bytes of the content."""
        if name != self.told.name or block >= 10:
            return None
        data = CONTENT[at : at + count]
        self.read_bytes += len(data)
        return data, at + len(data) >= len(CONTENT)

    def offered(self, peer: bytes, offer: Offer) -> None:
        """Keep it."""
        self.heard.append((peer, offer))

    def arrived(self, peer: bytes, piece: Piece) -> None:
        """Keep it."""
        self.pieces.append(piece)


class Line:
    """Two kits and the bytes between them, by hand."""

    def __init__(self, folder: Path, offer: Offer) -> None:
        members = Everybody()
        self.kits = [Kit(folder / str(seed), seed, members) for seed in (1, 2)]
        self.shelves = [Shelf(offer), Shelf()]
        self.giver, self.taker = (self._session(n) for n in (0, 1))

    def _session(self, n: int) -> CarryingSession:
        here, there = self.kits[n], self.kits[1 - n]
        me = Me(FLEET, here.signer.public)
        clocks = Clocks(lambda: 0, lambda: (NOW, 1))
        return CarryingSession(here.replica, me, there.signer.public, clocks, self.shelves[n])

    def settle(self) -> list[list[frames.Frame]]:
        """Carry bytes until nobody has any more to say; what the giver said, turn by turn."""
        turns: list[list[frames.Frame]] = []
        reader = FrameReader()
        while True:
            said, answered = self.giver.outgoing(), self.taker.outgoing()
            if not said and not answered:
                return turns
            turns.append(reader.feed(said))
            self.taker.received(said)
            self.giver.received(answered)


@pytest.fixture
def line(tmp_path: Path) -> Iterator[Line]:
    """One kit has a release, the other none."""
    made = Line(tmp_path, OFFER)
    yield made
    for kit in made.kits:
        kit.db.close()


def test_an_offer_is_told_once_and_a_block_comes_when_it_is_asked_for(line: Line) -> None:
    """Nothing is sent that nobody asked for."""
    line.settle()
    _, shelf = line.shelves
    assert [offer for _, offer in shelf.heard] == [OFFER]
    assert not shelf.pieces
    line.taker.releases.ask(NAME, 3)
    line.settle()
    assert b"".join(piece.data for piece in shelf.pieces) == CONTENT
    assert [piece.last for piece in shelf.pieces] == [False] * 3 + [True]
    assert len(shelf.heard) == 1


def test_a_release_that_is_dropped_is_told_too(line: Line) -> None:
    """Whoever asks all the same hears that it is not here."""
    line.settle()
    line.shelves[0].told = NOTHING
    line.settle()
    assert line.shelves[1].heard[-1][1] == NOTHING
    line.taker.releases.ask(NAME, 3)
    line.settle()
    assert line.shelves[1].pieces == [Piece(NAME, 3, 0, last=True, data=b"")]


def test_no_piece_goes_before_an_entry(line: Line) -> None:
    """Vitals written while a release is on its way go with the very next bytes."""
    line.settle()
    for block in range(WANTS_AT_ONCE):
        line.taker.releases.ask(NAME, block)
    line.giver.received(line.taker.outgoing())
    first = FrameReader().feed(line.giver.outgoing())
    assert [type(one) for one in first] == [Piece]
    line.kits[0].vitals()
    feeds = line.kits[0].log.feeds.drain_changed()
    line.giver.changed(feeds, frozenset(feeds))
    following = FrameReader().feed(line.giver.outgoing())
    assert [type(one) for one in following] == [Run] * len(following) != []


def test_a_peer_that_asks_without_end_costs_a_few_numbers(line: Line) -> None:
    """Wants past the limit are not answered; a block is read only as it is sent."""
    line.settle()
    flood = b"".join(frames.encode(Want(NAME, n % 10)) for n in range(5000))
    line.giver.received(flood)
    assert line.shelves[0].read_bytes == 0
    line.giver.outgoing()
    assert line.shelves[0].read_bytes == PIECE_BYTES
    line.settle()
    assert line.shelves[0].read_bytes == WANTS_AT_ONCE * len(CONTENT)


def test_an_older_programme_hears_nothing_of_releases(line: Line) -> None:
    """It would end the line at a frame that it does not know."""
    (hello,) = FrameReader().feed(line.taker.outgoing())
    assert isinstance(hello, frames.Hello)
    line.giver.received(frames.encode(msgspec.structs.replace(hello, highest=1)))
    said = []
    while data := line.giver.outgoing():
        said += FrameReader().feed(data)
    assert not [one for one in said if isinstance(one, Offer | Want | Piece)]


def test_a_session_without_a_shelf_passes_over_these_frames(line: Line) -> None:
    """The exchange of entries does not depend on them."""
    here, there = line.kits
    plain = Session(
        here.replica, Me(FLEET, here.signer.public), there.signer.public,
        Clocks(lambda: 0, lambda: (NOW, 1)),
    )  # fmt: skip
    plain.received(line.taker.outgoing())
    for frame in (OFFER, Want(NAME, 0), Piece(NAME, 0, 0, last=True, data=b"x")):
        plain.received(frames.encode(frame))
    assert not plain.closed


FRAMES = st.one_of(
    st.builds(Offer, st.binary(max_size=32), st.text(max_size=8), st.integers(0, 2**40 - 1)),
    st.builds(Want, st.sampled_from([NAME, b""]), st.integers(0, 2**32 - 1)),
    st.builds(
        Piece, st.sampled_from([NAME, b""]), st.integers(0, 2**32 - 1),
        st.integers(0, 2**32 - 1), st.booleans(), st.binary(max_size=9),
    ),
)  # fmt: skip


@given(st.lists(FRAMES, max_size=30))
def test_whatever_a_peer_says_is_heard_and_answered_in_bounds(said: list[frames.Frame]) -> None:
    """No frame of these kinds raises or makes the answer grow."""
    talk = ReleaseTalk(Shelf(OFFER), b"p" * 32)
    for frame in said:
        assert isinstance(frame, Offer | Want | Piece)
        talk.take(frame)
    answers = 0
    while talk.outgoing():
        answers += 1
    assert answers <= 1 + WANTS_AT_ONCE * len(CONTENT) // PIECE_BYTES
