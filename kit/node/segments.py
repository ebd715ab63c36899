"""A shared folder that some carrier of files keeps alike on several sites, and this kit in it.

One round writes what the folder lacks of this kit's entries, then takes what other kits left there:
by the same limited reader and the same way in as a stick. Not for: names and bytes of the files
(`kit.sync.segment`), nor for carrying them (Syncthing, a share).
"""

from __future__ import annotations

import asyncio
import contextlib
from collections.abc import Callable, Generator, Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Any

import msgspec

from kit.core.errors import BadInput, KitError, Refused
from kit.core.replication import Tip, Vector
from kit.node.courier import may_carry, side_of
from kit.node.courier_out import signed_manifest, want_file
from kit.node.courier_side import CourierSide, finish, give, next_said
from kit.node.desk import Desk
from kit.node.settings import keep, kept
from kit.node.work import Progress, Sliced, Steps
from kit.sync.courier import Run, Sheet
from kit.sync.courier_frames import Done, Fetch, Found, Given, Read, Trouble
from kit.sync.courier_pipe import LimitedReader
from kit.sync.courier_plan import FeedPlan, Plan, Recipient, runs
from kit.sync.courier_writer import Lane, replace_file
from kit.sync.segment import (
    DEVICE,
    EDITION,
    KEYS,
    VECTOR,
    FileName,
    about_file,
    device_folder,
    feed_folder,
    read_feed_folder,
    read_name,
    run_name,
    segment_file,
    set_name,
)
from kit.sync.stream import KEY_BYTES

if TYPE_CHECKING:
    from kit.node.service import Node

NAME_BYTES = 8
FILE_BYTES = 4 * 1024 * 1024
FILES_LOOKED_AT = 200_000
ROUND_S = 2.0
"""Seconds between two rounds: new entries wait so long to share a file."""
SETTING = "shared_folder"
IDLE: Progress = {"done": 0, "total": 0}


class Round(msgspec.Struct):
    """What one round came to. refused: code → entries or files."""

    written: int = 0
    files: int = 0
    stored: int = 0
    refused: dict[str, int] = {}

    def refuse(self, code: str, count: int = 1) -> None:
        """Count what was not taken."""
        self.refused[code] = self.refused.get(code, 0) + count


class _File(msgspec.Struct, frozen=True):
    """A segment in the folder."""

    device: str
    edition: str
    place: str
    name: str
    lot: int
    feed: bytes
    told: FileName

    @property
    def path(self) -> tuple[str, ...]:
        return (self.device, self.edition, self.place, self.name)


class _Edition:
    """Keys under which this kit writes: one for each scope, for whoever may hold it."""

    def __init__(self, name: bytes) -> None:
        self.name = name
        self.scopes: list[str] = []
        self.keys: list[bytes] = []
        self.readers: frozenset[bytes] = frozenset()
        """The first bytes of the device keys of those it was sealed for."""

    def lot(self, scope: str) -> int:
        return self.scopes.index(scope)


class SharedFolder:
    """This kit's part in a shared folder; keeps in mind what it wrote and read."""

    def __init__(self, side: CourierSide, folder: Path) -> None:
        self.side, self.folder = side, folder
        self._own = device_folder(side.device)
        self._editions: list[_Edition] | None = None
        self._there: dict[bytes, int] = {}
        self._sets: set[tuple[bytes, str]] = set()
        self._done: set[tuple[str, ...]] = set()
        self._told: Vector | None = None
        self._own_editions: set[str] = set()

    def steps(self) -> Steps:
        """One round; yields progress, returns `Round`. Raises BadInput `USB-002`, Unavailable."""
        found = Round()
        lane = Lane()
        files: list[_File] = []
        listed: list[KitError] = []
        try:
            yield from give(lane, lambda: _listed(self.folder, files, listed), IDLE)
            yield from finish(lane, IDLE)
            if listed:
                raise listed[0]
            lane = Lane()
            self._note(files)
            yield from self._write(lane, found)
            yield from finish(lane, IDLE)
            yield from self._read([one for one in files if one.device != self._own], found)
            lane = Lane()
            yield from self._tell(lane)
            yield from finish(lane, IDLE)
        finally:
            lane.abandon(lambda: None, 0)
            self.side.news(frozenset(), at_once=True)
        return found

    def _note(self, files: Sequence[_File]) -> None:
        """What the folder holds already: our own files, and others' that we hold, too."""
        self._own_editions |= {one.edition for one in files if one.device == self._own}
        for one in files:
            if one.told.is_set:
                self._sets.add((one.feed, one.name))
                continue
            is_held = one.told.last <= self._held(one.feed)
            if one.device == self._own or is_held:
                self._there[one.feed] = max(self._there.get(one.feed, 0), one.told.last)

    def _held(self, feed: bytes) -> int:
        row = self.side.replica.feeds.get(feed)
        return row.seq if row else 0

    # ------------------------------------------------------------------ writing

    def _write(self, lane: Lane, found: Round) -> Generator[Progress, None, None]:
        own = self.side.replica.vector(self.side.device)
        planned = self._planned(own)
        if not planned:
            return
        edition = yield from self._current(lane, own)
        batch: list[Run] = []
        for plan, run in runs(self.side.replica, Plan((), tuple(planned))):
            if batch and (run is None or batch[0].feed != run.feed or batch[0].fork != run.fork):
                yield from self._put(lane, edition, batch, found)
                batch = []
            if run is None:
                yield IDLE
                continue
            batch.append(run)
            if (
                plan.fork is None
                and sum(len(raw) for one in batch for raw in one.raws) > FILE_BYTES
            ):
                yield from self._put(lane, edition, batch, found)
                batch = []
            yield {"done": found.written, "total": 0}
        if batch:
            yield from self._put(lane, edition, batch, found)

    def _planned(self, own: Vector) -> list[FeedPlan]:
        """Feeds of which the folder lacks something that somebody else may hold."""
        planned: list[FeedPlan] = []
        for feed in sorted(own.tips.keys() | own.forks.keys()):
            tip, fork = own.tips.get(feed, Tip(0, b"")), own.forks.get(feed)
            is_new_set = fork is not None and (feed, set_name(fork.seq, fork.ids)) not in self._sets
            after = self._there.get(feed, 0)
            if after < tip.seq or is_new_set:
                planned.append(
                    FeedPlan(feed, 0, 0, min(after, tip.seq), tip.seq, fork if is_new_set else None,
                             frozenset())
                )  # fmt: skip
        return planned

    def _current(self, lane: Lane, own: Vector) -> Generator[Progress, None, _Edition]:
        """The edition to write under; its keys file is in the folder before any segment of it.

        Whoever joined is given the keys of older editions too; for whoever was put out, a new one
        begins.
        """
        if self._editions is None:
            self._editions = yield from self._resumed()
        scopes = sorted({self.side.replica.scope_of(feed) for feed in own.tips} | {"dir"})
        scopes.sort(key=lambda scope: scope != "dir")  # lot 0 is everybody's
        recipients = list(self.side.recipients())
        readers = frozenset(one.device[:8] for one in recipients)
        if not self._editions or self._editions[-1].readers - readers:
            self._editions.append(_Edition(self.side.random(NAME_BYTES)))
        current = self._editions[-1]
        fresh = [scope for scope in scopes if scope not in current.scopes]
        for edition in self._editions:
            if edition is current:
                edition.scopes += fresh
                edition.keys += [self.side.random(KEY_BYTES) for _scope in fresh]
            if readers - edition.readers or (fresh and edition is current):
                edition.readers = readers
                content = self._keys_file(edition, own, recipients)
                place = self.folder / self._own / edition.name.hex()
                yield from give(lane, _Putting(place / KEYS, content), IDLE)
        return current

    def _resumed(self) -> Generator[Progress, None, list[_Edition]]:
        """The editions that this kit began before: it is one of their readers itself."""
        found: list[tuple[int, _Edition]] = []
        with LimitedReader(self.folder) as reader:
            for name in sorted(self._own_editions):
                sheet = yield from self._sheet(reader, (self._own, name), Round())
                if sheet is None or set(sheet.keys) != set(range(len(sheet.inside.scopes))):
                    continue
                edition = _Edition(sheet.manifest.name)
                edition.scopes = list(sheet.inside.scopes)
                edition.keys = [sheet.keys[lot] for lot in range(len(edition.scopes))]
                edition.readers = frozenset(sheet.manifest.boxes)
                found.append((sheet.inside.made_ms, edition))
        return [edition for _made, edition in sorted(found, key=lambda pair: pair[0])]

    def _keys_file(self, edition: _Edition, own: Vector, recipients: Sequence[Recipient]) -> bytes:
        may = self.side.members.may_hold
        lots = [
            frozenset(i for i, one in enumerate(recipients) if not lot or may(one.device, scope))
            for lot, scope in enumerate(edition.scopes)
        ]
        readers = (recipients, lots, edition.keys)
        facts = (own, self.side.now())
        return signed_manifest(self.side, readers, edition.name, facts, (), edition.scopes)

    def _put(
        self, lane: Lane, edition: _Edition, batch: Sequence[Run], found: Round
    ) -> Generator[Progress, None, None]:
        feed, fork = batch[0].feed, batch[0].fork
        lot = edition.lot(self.side.replica.scope_of(feed))
        content = segment_file(edition.keys[lot], about_file(edition.name, lot, feed), batch)
        count = sum(len(run.raws) for run in batch)
        if fork:
            state = self.side.replica.vector(self.side.device).forks[feed]
            name = set_name(state.seq, state.ids)
            self._sets.add((feed, name))
        else:
            first = self._there.get(feed, 0) + 1
            name = run_name(first, first + count - 1, content)
            self._there[feed] = first + count - 1
        place = self.folder / self._own / edition.name.hex() / feed_folder(lot, feed)
        found.written += count
        found.files += 1
        yield from give(lane, _Putting(place / name, content), IDLE)

    def _tell(self, lane: Lane) -> Generator[Progress, None, None]:
        """Leave what this kit holds now, if that is news."""
        own = self.side.replica.vector(self.side.device)
        readers = list(self.side.recipients())
        if own != self._told and readers:
            self._told = own
            content = want_file(self.side, readers)
            path = self.folder / self._own / VECTOR
            yield from give(lane, _Putting(path, content), IDLE)

    # ------------------------------------------------------------------ reading

    def _read(self, files: Sequence[_File], found: Round) -> Generator[Progress, None, None]:
        fresh = [
            one for one in files
            if one.path not in self._done
            and (one.told.is_set or one.told.last > self._held(one.feed))
        ]  # fmt: skip
        if not fresh:
            return
        with LimitedReader(self.folder) as reader:
            sheets: dict[tuple[str, str], Sheet | None] = {}
            for one in fresh:
                place = (one.device, one.edition)
                if place not in sheets:
                    sheets[place] = yield from self._sheet(reader, place, found)
            yield from self._take_all(reader, fresh, sheets, found)

    def _take_all(
        self,
        reader: LimitedReader,
        fresh: Sequence[_File],
        sheets: dict[tuple[str, str], Sheet | None],
        found: Round,
    ) -> Generator[Progress, None, None]:
        """Directory feeds first, each feed from its start; then whatever waits is tried again."""
        ready = [
            (sheet, one) for one in fresh
            if (sheet := sheets[one.device, one.edition]) is not None and one.lot in sheet.keys
        ]  # fmt: skip
        ready.sort(
            key=lambda pair: (_rank(*pair), pair[1].feed, pair[1].told.is_set, pair[1].told.first)
        )
        for _attempt in range(2):
            before, late = found.stored, []
            for sheet, one in ready:
                if not (yield from self._take(reader, sheet, one, found)):
                    late.append((sheet, one))
            self.side.settle()
            ready = late
            if not late or found.stored == before:
                break

    def _sheet(
        self, reader: LimitedReader, place: tuple[str, str], found: Round
    ) -> Generator[Progress, None, Sheet | None]:
        reader.ask(Fetch((*place, KEYS)))
        sheet: Sheet | None = None
        while not isinstance(said := (yield from next_said(reader, IDLE)), Done):
            if isinstance(said, Trouble):
                found.refuse(said.code)
            elif isinstance(said, Found):
                with contextlib.suppress(KitError):
                    sheet = self.side.reader.read(said.data)
        if sheet is not None and device_folder(sheet.manifest.author) != place[0]:
            found.refuse("USB-013")
            return None
        return sheet

    def _take(
        self, reader: LimitedReader, sheet: Sheet, one: _File, found: Round
    ) -> Generator[Progress, None, bool]:
        """One file; True when there is no reason to look at it again."""
        bound = about_file(sheet.manifest.name, one.lot, one.feed)
        digest = b"" if one.told.is_set else one.told.digest
        reader.ask(Read(one.path, sheet.keys[one.lot], bound, digest))
        is_whole = True
        while not isinstance(said := (yield from next_said(reader, IDLE)), Done):
            if isinstance(said, Trouble):
                is_whole = False  # half carried, perhaps: the next round looks again
                found.refuse(said.code)
            elif isinstance(said, Given) and said.run.feed == one.feed:
                taken = self.side.take(sheet.manifest.author, said.run)
                found.stored += taken.stored
                self.side.news(taken.topics)
                if taken.refused or taken.want:
                    is_whole = False
                yield {"done": found.stored, "total": 0}
        if is_whole:
            self._done.add(one.path)
            if not one.told.is_set:
                self._there[one.feed] = max(self._there.get(one.feed, 0), self._held(one.feed))
        return is_whole


def _rank(sheet: Sheet, one: _File) -> tuple[bool, bytes, bool, int]:
    scopes = sheet.inside.scopes
    is_directory = one.lot < len(scopes) and scopes[one.lot] == "dir"
    return (not is_directory, one.feed, one.told.is_set, one.told.first)


class _Putting:
    """One file to be put in place, as a job of the writing thread."""

    __slots__ = ("content", "path")

    def __init__(self, path: Path, content: bytes) -> None:
        self.path, self.content = path, content

    def __call__(self) -> None:
        self.path.parent.mkdir(mode=0o700, parents=True, exist_ok=True)
        replace_file(self.path, self.content)


def _listed(folder: Path, files: list[_File], faults: list[KitError]) -> None:
    """Every segment of a folder, by names alone; links are passed over."""
    if not folder.is_dir():
        faults.append(BadInput("USB-002"))
        return
    for device in _folders(folder, lambda name: bool(DEVICE.fullmatch(name))):
        for edition in _folders(device, lambda name: bool(EDITION.fullmatch(name))):
            for place in _folders(edition, lambda name: read_feed_folder(name) is not None):
                parsed = read_feed_folder(place.name)
                for path in sorted(place.iterdir()):
                    told = read_name(path.name)
                    if told is not None and parsed is not None and len(files) < FILES_LOOKED_AT:
                        names = (device.name, edition.name, place.name, path.name)
                        files.append(_File(*names, *parsed, told))


def _folders(place: Path, ours: Callable[[str], bool]) -> list[Path]:
    found = [path for path in place.iterdir() if ours(path.name)]
    return sorted(path for path in found if path.is_dir() and not path.is_symlink())


# ---------------------------------------------------------------------- the node's part


def shared_folder(desk: Desk) -> SharedFolder | None:
    """This kit's shared folder, or None where it was not given one."""
    path = kept(desk.kit.db, SETTING)
    return SharedFolder(side_of(desk), Path(path.decode())) if path else None


async def keep_carrying(node: Node, pause_s: float = ROUND_S) -> None:
    """Round after round until the kit is sealed; a folder that is away is looked for again."""
    shared: SharedFolder | None = None
    while _is_open(node):
        path = kept(node.desk.kit.db, SETTING)
        if path and (shared is None or str(shared.folder) != path.decode()):
            shared = shared_folder(node.desk)
        if shared is not None and path:
            with contextlib.suppress(KitError):  # said elsewhere, or tried again in a later round
                for _progress in shared.steps():
                    await asyncio.sleep(0)
                    if not _is_open(node):
                        return
        await asyncio.sleep(pause_s)


def _is_open(node: Node) -> bool:
    return node.kit is not None


def _use(node: Node, args: dict[str, Any]) -> dict[str, Any] | Refused:
    """Give the kit its shared folder; an empty path takes it away."""
    if (refused := may_carry(node)) is not None:
        return refused
    path = str(args.get("path") or "")
    if path and not Path(path).is_dir():
        raise BadInput("USB-002")
    db = node.desk.kit.db
    with db.transaction():
        keep(db, SETTING, path.encode())
    return {"path": path}


def _round(node: Node, _args: dict[str, Any]) -> Sliced:
    """One round now."""
    shared = shared_folder(node.desk)
    if shared is None:
        raise BadInput("USB-002")
    node.jobs["segments"] = Sliced("segments", shared.steps())
    return node.jobs["segments"]


SERVICES: dict[str, Callable[[Node, dict[str, Any]], Any]] = {
    "segments.use": _use, "segments.round": _round,
}  # fmt: skip
