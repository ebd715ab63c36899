"""A stick as the node reads it: run by run through `Replica.take`, each run durable by itself.

Nothing is all or nothing: a file that is damaged, foreign or gone is counted and passed over, what
is good goes in, and starting again does the rest. The directory's entries of all bundles come
first, since they say whose other entries count. Not for: reading foreign files (`courier_reader`).
"""

from __future__ import annotations

import contextlib
from collections import Counter
from collections.abc import Generator, Sequence
from pathlib import Path

import msgspec

from kit.core.envelope import decode_header
from kit.core.errors import BadInput, KitError, Unavailable
from kit.core.replication import Taken
from kit.node.courier_out import sheets_of, want_file
from kit.node.courier_side import CourierSide, finish, give, next_said
from kit.node.work import Progress, Steps
from kit.sync.courier import (
    BUNDLE_BYTES,
    BUNDLE_ENTRIES,
    Range,
    Run,
    Segment,
    Sheet,
    about,
    bundle_folder,
)
from kit.sync.courier_frames import Done, Given, Read, Trouble
from kit.sync.courier_pipe import LimitedReader
from kit.sync.courier_writer import Lane, write_want

RESTARTS = 8
NO_BUNDLE = "USB-001"
UNKNOWN_AUTHOR = "USB-014"
REVOKED_AUTHOR = "USB-015"
TOO_MUCH = "USB-026"
FALSE_RANGES = "USB-027"
OLDER_MISSING = "USB-029"
DIED, SILENT = "USB-030", "USB-031"


class Report(msgspec.Struct, frozen=True):
    """What became of a stick. refused: code → entries (or files) it stopped; senders: devices.

    notices: codes of what is to be known beside; bundles: how many could be opened.
    """

    stored: int
    known: int
    refused: dict[str, int]
    notices: tuple[str, ...]
    senders: tuple[bytes, ...]
    bundles: int


class _Tally:
    """Counts of one import."""

    def __init__(self) -> None:
        self.stored = self.known = self.directory = 0
        self.refused: Counter[str] = Counter()
        self.notices: dict[str, None] = {}
        self.senders: dict[bytes, None] = {}

    def count(self, run: Run, taken: Taken) -> None:
        """What one run came to: what was not stored and not refused was known."""
        offered = len(run.raws)
        self.stored += taken.stored
        if taken.refused:
            self.refused[taken.refused] += offered - taken.stored
        elif taken.want and not taken.stored:
            self.refused[OLDER_MISSING] += offered
        else:
            self.known += offered - taken.stored


class _Piece:
    """A segment to be read, of which bundle; and, when it is read again, which of its runs count.

    waiting: place of a run in the segment → (code, entries), refused only for now.
    """

    __slots__ = ("only", "segment", "sheet", "waiting")

    def __init__(self, sheet: Sheet, segment: Segment) -> None:
        self.sheet, self.segment = sheet, segment
        self.only: frozenset[int] | None = None
        self.waiting: dict[int, tuple[str, int]] = {}

    @property
    def asked(self) -> Read:
        """The question to the limited reader."""
        name, segment = self.sheet.manifest.name, self.segment
        return Read(
            (bundle_folder(name), segment.name), self.sheet.keys[segment.lot],
            about(name, segment.lot, segment.number),
        )  # fmt: skip


def in_steps(side: CourierSide, place: Path) -> Steps:
    """Take in what lies on a stick; yields progress in bytes, returns `Report`.

    Raises BadInput `USB-001` (no bundle), `USB-002` (no folder), Unavailable `USB-030`, `USB-031`.
    """
    intake = _Intake(side, place)
    try:
        yield from intake.work()
        yield from intake.leave_want()
    finally:
        intake.close()
    return intake.report


class _Intake:
    """One import of one stick."""

    def __init__(self, side: CourierSide, place: Path) -> None:
        self.side, self.place = side, place
        self.tally = _Tally()
        self._reader = LimitedReader(place)
        self._restarts = 0
        self._done = self._total = 0
        self._opened = 0
        self._forked = side.replica.vector(side.device).forks.keys()
        self._spent: Counter[bytes] = Counter()

    @property
    def course(self) -> Progress:
        """How far, in bytes of segments."""
        return {"done": self._done, "total": max(self._total, self._done)}

    @property
    def report(self) -> Report:
        """The counts so far."""
        tally = self.tally
        return Report(
            tally.stored, tally.known, dict(sorted(tally.refused.items())), tuple(tally.notices),
            tuple(tally.senders), self._opened,
        )  # fmt: skip

    def close(self) -> None:
        """End the reader."""
        self._reader.close()
        self.side.news(frozenset(), at_once=True)

    def work(self) -> Generator[Progress, None, None]:
        """All bundles: the directory first, then the rest, then what had to wait for something."""
        found = yield from sheets_of(self.side, self._reader)
        self.tally.refused.update(found.refused)
        if not found.bundles and not found.refused:
            raise BadInput(NO_BUNDLE)
        self._opened = len(found.bundles)
        sheets = [sheet for sheet in self._in_order(found.bundles) if self._is_bounded(sheet)]
        pieces = [
            _Piece(sheet, one)
            for sheet in sheets
            for one in sheet.inside.segments
            if one.lot in sheet.keys
        ]
        self._total = sum(one.segment.size for one in pieces)
        yield from self._rounds([one for one in pieces if one.segment.early])
        trusted = {sheet.manifest.name for sheet in sheets if self._is_known(sheet)}
        late = (one for one in pieces if not one.segment.early)
        yield from self._rounds([one for one in late if one.sheet.manifest.name in trusted])

    def leave_want(self) -> Generator[Progress, None, None]:
        """Tell on the stick what this kit holds now; one that cannot be written is no fault."""
        readers = list(self.side.recipients())
        if not readers:
            return
        lane, content = Lane(), want_file(self.side, readers)
        try:
            yield from give(
                lane, lambda: write_want(self.place, self.side.device, content), self.course
            )
            yield from finish(lane, self.course)
        except KitError as fault:
            self.tally.notices[fault.code] = None
        finally:
            lane.abandon(lambda: None, 0)

    def _in_order(self, bundles: Sequence[Sheet]) -> list[Sheet]:
        """Older bundles of a kit first, so that its incremental ones fit on to them."""
        return sorted(bundles, key=lambda one: (one.manifest.author, one.inside.made_ms))

    def _is_bounded(self, sheet: Sheet) -> bool:
        segments = sheet.inside.segments
        size, entries = sum(s.size for s in segments), sum(s.entries for s in segments)
        if size > BUNDLE_BYTES or entries > BUNDLE_ENTRIES:
            self.tally.refused[TOO_MUCH] += entries
            return False
        return True

    def _is_known(self, sheet: Sheet) -> bool:
        """Whether the bundle's maker is of this fleet; a revoked one's entries still prove each."""
        author, members = sheet.manifest.author, self.side.members
        if members.is_member(author):
            self.tally.senders[author] = None
            return True
        if members.may_write(author, "dir"):  # it was once
            self.tally.senders[author] = None
            self.tally.notices[REVOKED_AUTHOR] = None
            return True
        late = sum(s.entries for s in sheet.inside.segments if not s.early)
        self.tally.refused[UNKNOWN_AUTHOR] += max(1, late)
        return False

    def _rounds(self, pieces: Sequence[_Piece]) -> Generator[Progress, None, None]:
        """Read segments; runs that waited for others are tried again as long as that helps."""
        while pieces:
            before = self.tally.stored
            for piece in pieces:
                yield from self._read_or_pass(piece)
            if self.tally.directory:
                self.tally.directory = 0
                self.side.settle()
            pieces = [one for one in pieces if one.waiting]
            if self.tally.stored == before:
                break
            for piece in pieces:
                piece.only, piece.waiting = frozenset(piece.waiting), {}
        for piece in pieces:
            for code, entries in piece.waiting.values():
                self.tally.refused[code] += entries

    def _read_or_pass(self, piece: _Piece) -> Generator[Progress, None, None]:
        segment, name = piece.segment, piece.sheet.manifest.name
        if piece.only is None:
            self._done += segment.size
        if segment.ranges and all(self._is_held(one) for one in segment.ranges):
            self.tally.known += segment.entries if piece.only is None else 0
        elif self._spent[name] > BUNDLE_BYTES:
            self.tally.refused[TOO_MUCH] += max(1, segment.entries)
        else:
            yield from self._read(piece)
        yield self.course

    def _is_held(self, one: Range) -> bool:
        """Whether a range is here, up to the very same last entry."""
        return (
            not one.fork
            and one.feed not in self._forked
            and self.side.id_at(one.feed, one.last) == one.id8
        )

    def _read(self, piece: _Piece) -> Generator[Progress, None, None]:
        """One segment; a reader that it kills is started again for the next one."""
        seen = _Seen()
        try:
            self._reader.ask(piece.asked)
            while not isinstance(said := (yield from next_said(self._reader, self.course)), Done):
                if isinstance(said, Given):
                    self._take(piece, said.run, seen)
                    yield self.course
                elif isinstance(said, Trouble):
                    seen.trouble = said.code
        except Unavailable as fault:
            if fault.code not in (DIED, SILENT):
                raise
            seen.trouble = fault.code
            self._start_again(fault)
        if piece.only is None and seen.trouble:
            self.tally.refused[seen.trouble] += max(1, piece.segment.entries - seen.entries)
        elif piece.only is None and not seen.fits(piece.segment):
            self.tally.refused[FALSE_RANGES] += 1

    def _take(self, piece: _Piece, run: Run, seen: _Seen) -> None:
        place = seen.note(run)
        if piece.only is not None and place not in piece.only:
            return
        self._spent[piece.sheet.manifest.name] += sum(map(len, run.raws))
        taken = self.side.take(piece.sheet.manifest.author, run)
        if taken.retry and not taken.stored:
            piece.waiting[place] = (taken.refused, len(run.raws))
        else:
            self.tally.count(run, taken)
        if taken.stored and self.side.replica.scope_of(run.feed) == "dir":
            self.tally.directory += taken.stored
        self.side.news(taken.topics)

    def _start_again(self, fault: Unavailable) -> None:
        self._restarts += 1
        if self._restarts > RESTARTS:
            raise fault
        self._reader.close()
        self._reader = LimitedReader(self.place)


class _Seen:
    """What was really read of a segment, against what its manifest said."""

    def __init__(self) -> None:
        self.entries = 0
        self.runs = 0
        self.trouble = ""
        self._spans: dict[tuple[bytes, int], tuple[int, int]] = {}

    def note(self, run: Run) -> int:
        """One run of it; its place."""
        self.runs += 1
        self.entries += len(run.raws)
        with contextlib.suppress(KitError):
            first, last = decode_header(run.raws[0]).seq, decode_header(run.raws[-1]).seq
            span = self._spans.get((run.feed, run.fork), (first, last))
            self._spans[run.feed, run.fork] = (min(span[0], first), max(span[1], last))
        return self.runs

    def fits(self, segment: Segment) -> bool:
        """Whether the manifest told the truth."""
        told: dict[tuple[bytes, int], tuple[int, int]] = {}
        for one in segment.ranges:
            span = told.get((one.feed, one.fork), (one.first, one.last))
            told[one.feed, one.fork] = (min(span[0], one.first), max(span[1], one.last))
        return (
            self.entries == segment.entries
            and told.keys() == self._spans.keys()
            and all(self._spans[key] == span for key, span in told.items() if not key[1])
        )
