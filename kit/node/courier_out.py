"""A bundle as the node writes it: what the stick's readers lack, slice by slice.

What they hold is read from the want files on the stick itself, so that each trip carries only what
is new; where nobody has told yet, everything goes. Not for: files and their order on the medium
(`kit.sync.courier_writer`), who may hold what (`kit.sync.courier_plan`).
"""

from __future__ import annotations

import contextlib
import shutil
from collections.abc import Generator, Iterator, Sequence
from pathlib import Path

import msgspec

from kit.core.errors import BadInput, KitError
from kit.core.replication import Vector
from kit.node.courier_side import CourierSide, finish, give, next_said
from kit.node.work import Progress, Steps
from kit.sync.courier import (
    BUNDLE_BYTES,
    BUNDLE_ENTRIES,
    SEGMENT_BYTES,
    Inside,
    Run,
    Segment,
    Sheet,
    bundle_folder,
    seal_keys,
    write_manifest,
)
from kit.sync.courier_frames import Done, Found, Listing, Look, Trouble
from kit.sync.courier_pipe import LimitedReader
from kit.sync.courier_plan import FeedPlan, Plan, Recipient, make_plan, runs
from kit.sync.courier_writer import BundleFiles, Lane, write_want
from kit.sync.sealing import seal
from kit.sync.stream import KEY_BYTES

NAME_BYTES = 8
NOBODY = "USB-007"
TOO_LARGE = "USB-024"
MANY_NAMES = "USB-025"
MANIFESTS_BYTES = 32 * 1024 * 1024
"""All manifests of a stick together; a member that means harm may sign large ones."""
DROP_S = 0.5
# A bundle that a reader would refuse for its size is never written: the next one is begun before.
LARGEST_BYTES = BUNDLE_BYTES - 4 * SEGMENT_BYTES
LARGEST_ENTRIES = BUNDLE_ENTRIES - 100_000
Planned = Iterator[tuple[FeedPlan, Run | None]]


class Written(msgspec.Struct, frozen=True):
    """What went onto the stick: entries, feeds, files, bytes; bundles: their folders."""

    entries: int
    feeds: int
    files: int
    bytes: int
    bundles: tuple[str, ...]


class Sheets(msgspec.Struct):
    """What lies on a stick already: bundles that this kit can open, what others say they hold.

    size: bytes of the manifests that are kept in mind.
    """

    bundles: list[Sheet]
    wants: dict[bytes, Vector]
    refused: list[str]
    size: int = 0


def out_steps(
    side: CourierSide, place: Path, to: Sequence[str] = (), *, everything: bool = False
) -> Steps:
    """Write a bundle into a folder; yields progress, returns `Written`.

    to: the first 16 hex digits of each device it is for, none = every member; everything: also what
    they are known to hold. Raises BadInput `USB-007` (nobody could read it), `USB-002`, Unavailable
    `USB-003` (full), `USB-004` (read-only), `USB-005` (pulled).
    """
    readers = _readers(side, to)
    with LimitedReader(place) as reader:
        found = yield from sheets_of(side, reader)
    carriage = _Carriage(side, place, readers, _plan(side, readers, found, everything, bool(to)))
    lane = Lane()
    try:
        yield from carriage.write(lane)
        want = want_file(side, readers)
        yield from give(lane, lambda: write_want(place, side.device, want), carriage.course)
        yield from give(lane, lambda: carriage.clear(found.bundles), carriage.course)
        yield from finish(lane, carriage.course)
    finally:
        carriage.drop(lane)
    return carriage.written


def sheets_of(side: CourierSide, reader: LimitedReader) -> Generator[Progress, None, Sheets]:
    """Every manifest and want file of a stick that concerns this kit. Raises as the reader does."""
    reader.ask(Look())
    found = Sheets([], {}, [])
    newest: dict[bytes, Vector] = {}
    while not isinstance(said := (yield from next_said(reader, {"done": 0, "total": 0})), Done):
        if isinstance(said, Listing) and said.capped:
            found.refused.append(MANY_NAMES)
        elif isinstance(said, Trouble):
            if not said.name:
                raise BadInput(said.code)
            found.refused.append(said.code)
        elif isinstance(said, Found):
            try:
                found.size += len(said.data)
                if found.size > MANIFESTS_BYTES:
                    raise BadInput(TOO_LARGE)
                sheet = side.reader.read(said.data)
            except KitError as fault:
                found.refused.append(fault.code)
                continue
            _sort_in(side, sheet, newest, found, is_want="/" not in said.name)
    found.wants = {**newest, **found.wants}
    return found


def _sort_in(
    side: CourierSide, sheet: Sheet, newest: dict[bytes, Vector], found: Sheets, *, is_want: bool
) -> None:
    author, vector = sheet.manifest.author, sheet.inside.want
    if is_want:
        if side.members.is_member(author):  # only a member's word makes us leave anything out
            found.wants[author] = vector
        return
    found.bundles.append(sheet)
    if side.members.is_member(author):
        newest[author] = vector


def _readers(side: CourierSide, to: Sequence[str]) -> list[Recipient]:
    """This kit, then whoever else the bundle is for."""
    own: list[Recipient] = []
    others: list[Recipient] = []
    for one in side.recipients():
        (own if one.device == side.device else others).append(one)
    chosen = [one for one in others if not to or one.device.hex()[:16] in to]
    if not chosen or not own or (to and len(chosen) < len(set(to))):
        raise BadInput(NOBODY)
    return own + chosen


def _plan(
    side: CourierSide, readers: Sequence[Recipient], found: Sheets, everything: bool, named: bool
) -> Plan:
    views = [side.replica.vector(one.device) for one in readers]
    wants = {} if everything else found.wants
    known = [wants.get(one.device) for one in readers]
    if named:  # a bundle for somebody holds all that this somebody may lack
        nothing = Vector({})
        known = [want if want is not None else nothing for want in known]
    return make_plan(views[0], views, known, side.replica.scope_of, side.id_at)


class _Carriage:
    """The bundles of one trip: usually one, more where one would grow too large to be read."""

    def __init__(
        self, side: CourierSide, place: Path, readers: Sequence[Recipient], plan: Plan
    ) -> None:
        self.side, self.place, self.readers, self.plan = side, place, readers, plan
        self._total, self._done = sum(one.last - one.after for one in plan.feeds), 0
        # Asked here and now: the writing thread may not touch the store.
        self._vector = side.replica.vector(side.device)
        self._feeds: set[bytes] = set()
        self._begun: BundleFiles | None = None
        self._made: list[BundleFiles] = []

    @property
    def course(self) -> Progress:
        """How far the trip has come, in entries."""
        return {"done": self._done, "total": max(self._total, self._done)}

    @property
    def written(self) -> Written:
        """What was written in the end."""
        made = self._made
        return Written(
            entries=sum(one.entries for one in made),
            feeds=len(self._feeds),
            files=sum(len(one.segments) + 1 for one in made),
            bytes=sum(one.bytes for one in made),
            bundles=tuple(bundle_folder(one.name) for one in made),
        )

    def write(self, lane: Lane) -> Generator[Progress, None, None]:
        """All runs of the plan, into as many bundles as they need; none where there is nothing."""
        keys = [self.side.random(KEY_BYTES) for _lot in self.plan.lots]
        begun: BundleFiles | None = None
        size = entries = 0
        for planned, run in runs(self.side.replica, self.plan):
            if run is None:
                yield self.course
                continue
            if size > LARGEST_BYTES or entries > LARGEST_ENTRIES:
                yield from self._finish(lane, begun, keys)
                begun = None
            if begun is None:
                begun = self._begun = BundleFiles(
                    self.place, self.side.random(NAME_BYTES), self.side.device, keys
                )
                yield from give(lane, begun.begin, self.course)
                size = entries = 0
            yield from give(lane, _Putting(begun, planned, run), self.course)
            size += sum(map(len, run.raws))
            entries += len(run.raws)
            self._done += len(run.raws)
            self._feeds.add(run.feed)
            yield self.course
        yield from self._finish(lane, begun, keys)

    def _finish(
        self, lane: Lane, files: BundleFiles | None, keys: Sequence[bytes]
    ) -> Generator[Progress, None, None]:
        if files is None:
            return
        facts = (self._vector, self.side.now())

        def job() -> None:
            files.finish(
                lambda segments: signed_manifest(
                    self.side, (self.readers, self.plan.lots, keys), files.name, facts, segments
                )
            )
            self._begun = None
            self._made.append(files)

        yield from give(lane, job, self.course)

    def clear(self, before: Sequence[Sheet]) -> None:
        """Remove this kit's older bundles that the new ones hold whole, for the same readers."""
        fresh = _covered(segment for one in self._made for segment in one.segments)
        names = {one.device[:8] for one in self.readers}
        for sheet in before:
            if sheet.manifest.author != self.side.device or not self._made:
                continue
            old = _covered(sheet.inside.segments)
            if names >= sheet.manifest.boxes.keys() and all(_holds(fresh, one) for one in old):
                folder = self.place / bundle_folder(sheet.manifest.name)
                if not folder.is_symlink():
                    shutil.rmtree(folder, ignore_errors=True)

    def drop(self, lane: Lane) -> None:
        """Where the trip was broken off, remove what was begun and let the thread end."""
        with contextlib.suppress(KitError):
            if lane.ended(0):
                return
        begun = self._begun
        lane.abandon(begun.drop if begun else lambda: None, DROP_S)


class _Putting:
    """One run to be written, as a job."""

    __slots__ = ("files", "planned", "run")

    def __init__(self, files: BundleFiles, planned: FeedPlan, run: Run) -> None:
        self.files, self.planned, self.run = files, planned, run

    def __call__(self) -> None:
        self.files.put(self.planned.lot, self.run, early=self.planned.rank == 0)


Covered = dict[tuple[bytes, int], tuple[int, int]]


def _covered(segments: Iterator[Segment] | Sequence[Segment]) -> list[tuple[bytes, int, int, int]]:
    """(feed, fork, first, last) of everything that these segments hold, joined."""
    spans: Covered = {}
    for segment in segments:
        for one in segment.ranges:
            first, last = spans.get((one.feed, one.fork), (one.first, one.last))
            spans[one.feed, one.fork] = (min(first, one.first), max(last, one.last))
    return [(feed, fork, *span) for (feed, fork), span in spans.items()]


def _holds(spans: list[tuple[bytes, int, int, int]], old: tuple[bytes, int, int, int]) -> bool:
    feed, fork, first, last = old
    return any(
        (one[0], one[1]) == (feed, fork) and one[2] <= first and last <= one[3] for one in spans
    )


Readers = tuple[Sequence[Recipient], Sequence[frozenset[int]], Sequence[bytes]]
"""Who reads; per lot, which of them (by place); per lot, its key."""


def signed_manifest(
    side: CourierSide,
    readers: Readers,
    name: bytes,
    facts: tuple[Vector, int],
    segments: Sequence[Segment],
    scopes: Sequence[str] = (),
) -> bytes:
    """A manifest whose lots open for those who may hold them. facts: what this kit holds, UTC ms.

    Touches no store, so that the writing thread may make it.
    """
    recipients, lots, keys = readers
    by_lot = dict(enumerate(keys))
    boxes = {
        one.device[:8]: seal_keys(
            by_lot, [lot for lot, who in enumerate(lots) if i in who], one.exchange, seal
        )
        for i, one in enumerate(recipients)
    }
    inside = Inside(facts[1], side.app, facts[0], tuple(segments), tuple(scopes))
    return write_manifest(side.bare_manifest(name), inside, by_lot, boxes, side.sign)


def want_file(side: CourierSide, readers: Sequence[Recipient]) -> bytes:
    """What this kit holds, for whoever writes the next bundle."""
    everybody = [frozenset(range(len(readers)))]
    facts = (side.replica.vector(side.device), side.now())
    keys = [side.random(KEY_BYTES)]
    return signed_manifest(side, (readers, everybody, keys), side.random(NAME_BYTES), facts, ())
