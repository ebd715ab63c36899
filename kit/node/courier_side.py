"""What the courier (stick, shared folder) needs of an open kit, and nothing more of it.

One value that joins log, directory, keys and chance, so that the carrying itself can be tried with
bare stores. Not for: the carrying (`courier_out`, `courier_in`, `segments`).
"""

from __future__ import annotations

import time
from collections.abc import Callable, Generator, Sequence
from dataclasses import dataclass, field

from kit import __version__
from kit.core.envelope import entry_number
from kit.core.errors import Unavailable
from kit.core.replication import Members, Taken
from kit.node.work import SLICE_S, Progress
from kit.store.replica import LogReplica
from kit.store.signer import verify
from kit.sync.courier import Manifest, Reader, Run
from kit.sync.courier_frames import Said
from kit.sync.courier_pipe import LimitedReader
from kit.sync.courier_plan import Recipient, id8
from kit.sync.courier_writer import Lane

SILENCE_S = 60.0
"""How long a stick may say nothing before it counts as lost."""
NEWS_S = 0.7


@dataclass(slots=True)
class CourierSide:
    """This kit as the courier sees it.

    device: 32-byte key; fleet: 16 bytes; world: as in the fleet's identity; recipients: all
    members; unseal: opens what is sealed for this kit; written: what makes room on a full disk.
    """

    device: bytes
    fleet: bytes
    world: str
    replica: LogReplica
    members: Members
    recipients: Callable[[], Sequence[Recipient]]
    sign: Callable[[bytes], bytes]
    unseal: Callable[[bytes], bytes | None]
    random: Callable[[int], bytes]
    now: Callable[[], int]
    label: Callable[[bytes], str] = lambda device: device.hex()[:16]
    settle: Callable[[], None] = lambda: None
    tell: Callable[[set[str]], None] = lambda _topics: None
    written: Callable[[Callable[[], Taken]], Taken] = lambda work: work()
    _topics: set[str] = field(default_factory=set)
    _told: float = 0.0

    @property
    def is_exercise(self) -> bool:
        """Whether the fleet's world is an exercise."""
        return self.world.startswith("EXERCICE")

    @property
    def reader(self) -> Reader:
        """Who reads manifests here."""
        return Reader(self.fleet, self.is_exercise, self.device, verify, self.unseal)

    def bare_manifest(self, name: bytes) -> Manifest:
        """A manifest of this kit that says nothing yet."""
        return Manifest(1, self.fleet, self.is_exercise, self.device, name, {}, b"")

    @property
    def app(self) -> str:
        """This programme's version, as manifests say it."""
        return __version__

    def id_at(self, feed: bytes, seq: int) -> bytes:
        """The first bytes of the id of an entry held here; empty where none is."""
        row = self.replica.feeds.get(feed)
        raw = self.replica.entries.raw(entry_number(row.n, seq)) if row else None
        return id8(raw) if raw else b""

    def take(self, author: bytes, run: Run) -> Taken:
        """Offer a run to the log by the one way in."""
        if run.fork:
            return self.written(
                lambda: self.replica.take_loose(author, run.feed, run.fork, run.raws)
            )
        return self.written(lambda: self.replica.take(author, run.feed, run.raws))

    def news(self, topics: frozenset[str], *, at_once: bool = False) -> None:
        """What changed, told a few times a second: each telling makes screens ask again."""
        self._topics |= topics
        now = time.monotonic()
        if self._topics and (at_once or now - self._told > NEWS_S):
            self.tell(set(self._topics))
            self._topics.clear()
            self._told = now


def next_said(reader: LimitedReader, course: Progress) -> Generator[Progress, None, Said]:
    """The reader's next word, without holding up a keystroke. Raises Unavailable `USB-031`."""
    since = time.monotonic()
    while (said := reader.said(SLICE_S)) is None:
        if time.monotonic() - since > SILENCE_S:
            raise Unavailable("USB-031")
        yield course
    return said


def give(
    lane: Lane, job: Callable[[], None] | None, course: Progress
) -> Generator[Progress, None, None]:
    """Hand work to the writing thread. Raises its fault, or Unavailable `USB-005` when it hangs."""
    since = time.monotonic()
    while not lane.give(job, SLICE_S):
        if time.monotonic() - since > SILENCE_S:
            raise Unavailable("USB-005")
        yield course


def finish(lane: Lane, course: Progress) -> Generator[Progress, None, None]:
    """Wait for everything that was handed over. Raises as `give`."""
    yield from give(lane, None, course)
    since = time.monotonic()
    while not lane.ended(SLICE_S):
        if time.monotonic() - since > SILENCE_S:
            raise Unavailable("USB-005")
        yield course
