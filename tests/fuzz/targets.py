"""What hostile bytes may do: be refused. Each target takes any bytes and fails on anything else.

Used three ways: on the golden corpus and seeded mutations of it in the ordinary tests, for minutes
by `python -m tests.fuzz`, and guided by coverage where atheris is installed.
"""

from __future__ import annotations

import contextlib
import tempfile
from collections.abc import Callable, Iterator
from pathlib import Path

import msgspec

from kit.core.envelope import decode_content, decode_header, decode_inner
from kit.core.errors import BadInput, Incompatible
from kit.sync import courier, courier_frames, frames
from kit.sync.segment import read_feed_folder, read_name
from kit.sync.session import Clocks, Me, Session
from kit.sync.stream import opened, sealed
from tests.sync.kits import FLEET, Kit

GOLDEN = Path(__file__).resolve().parent.parent / "golden" / "wire"
KEY, ABOUT = bytes(range(32)), b"golden"
REFUSALS = (BadInput, Incompatible)
Target = Callable[[bytes], None]


def corpus(name: str) -> list[bytes]:
    """The golden bytes that a target begins from."""
    return [path.read_bytes() for path in sorted((GOLDEN / SEEDS[name]).glob("*.bin"))]


def entry(data: bytes) -> None:
    """An envelope from anywhere."""
    for decode in (decode_header, decode_content):
        with contextlib.suppress(*REFUSALS):
            content = decode(data)
            assert len(content.feed) == 16
            decode_inner(content.body)


def frame(data: bytes) -> None:
    """The bytes of a connection, in two pieces: what is understood reads the same again."""
    reader = frames.FrameReader()
    with contextlib.suppress(BadInput):
        for part in (data[: len(data) // 2], data[len(data) // 2 :]):
            for one in reader.feed(part):
                assert frames.decode(frames.encode(one)[frames.HEAD_BYTES :]) == one
    assert reader.pending <= len(data)


def manifest(data: bytes) -> None:
    """A manifest or a want file, with whatever keys its boxes may hold."""
    with contextlib.suppress(*REFUSALS):
        courier.decode_manifest(data)
    for box in (None, b"", bytes(34), b"\0\0" + KEY, data[-68:]):
        reader = courier.Reader(FLEET, False, b"d" * 32, lambda *_args: True, _opening(box))
        with contextlib.suppress(*REFUSALS):
            reader.read(data)


def _opening(box: bytes | None) -> Callable[[bytes], bytes | None]:
    return lambda _sealed: box


def segment(data: bytes) -> None:
    """A segment's stream; a chunk's content; names."""
    with contextlib.suppress(BadInput):
        for chunk in opened(KEY, ABOUT, data):
            courier.decode_run(chunk)
    with contextlib.suppress(BadInput):
        courier.decode_run(data)
    name = data.decode("utf-8", "surrogateescape")
    read_name(name)
    read_feed_folder(name)


def inside(data: bytes) -> None:
    """What a member who means harm may have put inside: rightly signed, rightly encrypted."""
    with contextlib.suppress(BadInput):
        courier.decode_run(data)
    bare = courier.Manifest(1, FLEET, False, b"a" * 32, b"n" * 8, {b"d" * 8: b"box"}, b"")
    content = sealed(KEY, courier.bound_inside(bare), data)
    whole = msgspec.structs.replace(bare, inside=content)
    reader = courier.Reader(
        FLEET, False, b"d" * 32, lambda *_args: True, lambda _box: b"\0\0" + KEY
    )  # fmt: skip
    with contextlib.suppress(*REFUSALS):
        sheet = reader.read(courier.MAGIC + bytes(64) + msgspec.msgpack.encode(whole))
        assert sheet.keys == {0: KEY}
        assert all(one.name for one in sheet.inside.segments)


def pipe(data: bytes) -> None:
    """What an overrun reader process might send to the kit, and the other way."""
    for decode in (courier_frames.decode_said, courier_frames.decode_asked):
        with contextlib.suppress(BadInput):
            decode(data)


class Victim:
    """A kit that holds half of the golden feed and is offered anything.

    Whoever feeds it has no key, so whatever it holds in the end are golden entries.
    """

    def __init__(self) -> None:
        self._place = tempfile.TemporaryDirectory(prefix="kit-fuzz-")
        self.kit = Kit(Path(self._place.name), 7)
        self.genuine = frozenset(corpus("entry"))
        self.feed = decode_header(next(iter(self.genuine))).feed
        self.peer = b"p" * 32

    def close(self) -> None:
        """Let the store go."""
        self.kit.db.close()
        self._place.cleanup()

    def take(self, data: bytes) -> None:
        """Runs of raw entries: (length (u16), bytes)*."""
        raws = list(split(data))
        before = len(self.kit.holds())
        for feed in (self.feed, data[:16].ljust(16, b"\0")):
            taken = self.kit.replica.take(self.peer, feed, raws)
            loose = self.kit.replica.take_loose(self.peer, feed, 2, raws)
            before += taken.stored + loose.stored
        held = self.kit.holds()
        assert held <= self.genuine
        assert len(held) == before

    def session(self, data: bytes) -> None:
        """A peer that says hello properly, then anything: at worst its conversation ends."""
        me = Me(FLEET, self.kit.signer.public)
        session = Session(self.kit.replica, me, self.peer, Clocks(lambda: 0, lambda: (0, 0)))
        hello = frames.encode(frames.Hello(*frames.VERSIONS, FLEET, self.peer, 0, 0))
        session.received(hello + data)
        session.outgoing()
        session.tick(1)
        assert self.kit.holds() <= self.genuine


def split(data: bytes) -> Iterator[bytes]:
    """Bytes as a list of entries."""
    at = 0
    while at + 2 <= len(data):
        length = int.from_bytes(data[at : at + 2], "big")
        yield data[at + 2 : at + 2 + length]
        at += 2 + length


def joined(raws: list[bytes]) -> bytes:
    """Entries as bytes that `split` takes apart."""
    return b"".join(len(raw).to_bytes(2, "big") + raw for raw in raws)


TARGETS: dict[str, Target] = {
    "entry": entry, "frame": frame, "manifest": manifest, "segment": segment, "pipe": pipe,
    "inside": inside,
}  # fmt: skip
SEEDS = {
    "entry": "entry", "frame": "frame", "manifest": "manifest", "segment": "segment",
    "pipe": "pipe", "inside": "inside", "take": "run", "session": "frame",
}  # fmt: skip
