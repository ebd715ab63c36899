"""The world of one run: kits, lines, time that stands until it is moved, and the last morning.

Every step may be interrupted by a power cut of the kit that works; the world then restarts it. Not
for: what happens when (`acts`), nor what must hold (`invariants`).
"""

from __future__ import annotations

import random
import shutil
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from itertools import combinations
from pathlib import Path
from unittest.mock import patch

from nacl.bindings import crypto_box, crypto_box_seed_keypair

from kit.core.errors import KitError
from tests.sync.simulator.faults import Fuse, PowerCutError
from tests.sync.simulator.founding import PARTS, Part, prepared, shelf
from tests.sync.simulator.hostile import Mallory
from tests.sync.simulator.kit import SimKit
from tests.sync.simulator.lines import End, Harm, Line, split_frames
from tests.sync.simulator.situations import Situations
from tests.sync.simulator.watch import Watch
from tests.sync.simulator.writing import MARK, Author

SETTLE_TURNS = 400
ROUNDS = 12
"""Within how many rounds of everybody with everybody all must be equal (invariant 11)."""
PENDING_LIMIT = 1024 * 1024 + 4


class World:
    """One run's kits and lines. `wrong(number, what)` is a violation of that invariant."""

    def __init__(self, seed: int, names: tuple[str, ...], *, lasting: bool = False) -> None:
        """lasting: on the last morning lines stay open, all to one kit, if one may hold all."""
        self.seed, self.lasting = seed, lasting
        self.chance = random.Random(seed)
        self.folder = shelf()
        self.situations = Situations()
        self.watch = Watch(self.situations)
        self.author = Author(self.situations)
        self.harm = Harm(self.chance)
        self.kits: dict[str, SimKit] = {}
        self.lines: list[Line] = []
        self.copies: list[tuple[str, Path]] = []
        self.parted: set[frozenset[str]] = set()
        self.clocks = 0
        """Turns the table of wrong clocks: another run of one plan under other clocks."""
        self.hub: SimKit | None = None
        """On the last morning, the one kit that all others have a line to; None = all meet all."""
        self.morning: dict[str, set[bytes]] = {}
        """What was on each disk when the faults ended."""
        self.now = 0
        self.rounds = 0
        for name in names:
            self.add(name, PARTS[name], prepared() / f"{name}.db")

    # ------------------------------------------------------------------ kits

    def add(self, name: str, part: Part, disk: Path) -> SimKit:
        """A kit whose disk is a copy of this one."""
        path = self.folder / f"{name}.db"
        shutil.copy(disk, path)
        kit = SimKit(name, part, path, random.Random(f"{self.seed}{name}"))
        kit.now = lambda: self.now
        self.kits[name] = kit
        self._start(kit, fresh=True)
        return kit

    def _start(self, kit: SimKit, *, fresh: bool = False, noticed: bool = False) -> None:
        kit.start(fresh=fresh, noticed=noticed)
        self.watch.replica(kit)

    @property
    def running(self) -> list[SimKit]:
        """Kits that are on."""
        return [kit for kit in self.kits.values() if kit.up]

    @property
    def loyal(self) -> list[SimKit]:
        """Members in the eyes of all members: those must agree."""
        steady = [kit for kit in self.running if kit.members.is_member(kit.device)]
        return [
            kit for kit in steady if all(other.members.is_member(kit.device) for other in steady)
        ]

    def wrong(self, number: int, what: str) -> None:
        """An invariant does not hold."""
        self.watch.wrongs.append((number, what))

    @contextmanager
    def powered(self, kit: SimKit) -> Iterator[None]:
        """Something that this kit does; where its power goes, it is restarted at once."""
        try:
            yield
        except PowerCutError:
            self.situations.seen("power cut")
            self.restart(kit)
        except KitError as fault:
            if kit.fuse is None or fault.code != "STO-010":
                raise
            self.situations.seen("disk full")

    def do(self, act: Callable[[World, random.Random], None], chance: random.Random) -> None:
        """One act; a kit whose power goes while somebody only looks at it is restarted too."""
        try:
            act(self, chance)
        except PowerCutError:
            for kit in self.running:
                if kit.fuse is not None and kit.fuse.blown:
                    self.situations.seen("power cut")
                    self.restart(kit)

    def restart(self, kit: SimKit) -> None:
        """The kit comes up again from what is on its disk."""
        self.hang_up(kit)
        kit.stop()
        self._start(kit)
        self.watch.kept(kit)

    def put_back(self, kit: SimKit, copy: Path, *, noticed: bool) -> None:
        """Its disk is an older copy of itself."""
        self.hang_up(kit)
        kit.put_back(copy)
        self._start(kit, fresh=True, noticed=noticed)

    def arm(self, kit: SimKit, kind: str, count: int) -> None:
        """Its power goes, or its disk is full, after so many statements or commits."""
        if kit.fuse is None:
            kit.fuse = Fuse(kit.db, kind, count)

    def mend(self, kit: SimKit) -> None:
        """Power and disk are as they should be."""
        if kit.fuse is not None:
            kit.fuse.mend()
            kit.fuse = None

    # ------------------------------------------------------------------ lines

    def may_connect(self, one: SimKit, two: SimKit) -> bool:
        """As the transport decides: both are members in both directories, and not one device."""
        apart = frozenset((one.name, two.name)) in self.parted
        if one.device == two.device or not (one.up and two.up) or apart:
            return False
        here = one.members.is_member(two.device), two.members.is_member(one.device)
        if not all(here):
            self.situations.seen("line refused: not a member")
        return all(here)

    def connect(
        self, one: SimKit, two: SimKit, *, pinned: bool = False, hostile: bool = False
    ) -> Line | None:
        """A line between two kits; each keeps one line to a device.

        pinned: a pairing; hostile: the first one's programme is an attacker's.
        """
        if not pinned and not self.may_connect(one, two):
            return None
        for old in list(self.lines):
            ends = [(end.kit, old.other(end).kit.device) for end in old.ends]
            if (one, two.device) in ends or (two, one.device) in ends:
                self.drop(old)
        caller = End(one, Mallory(one, two, self.chance)) if hostile else self._end(one, two)
        line = Line(caller, self._end(two, one))
        self.lines.append(line)
        return line

    def _end(self, kit: SimKit, peer: SimKit) -> End:
        session = kit.session(peer.device, lambda: self.now)
        kit.sessions.append(session)
        return End(kit, session)

    def watch_promises(self, line: Line) -> None:
        """Believe what the ends of an unharmed line acknowledge."""
        for end in line.ends:
            far = line.other(end)
            if end.talker in end.kit.sessions and far.talker in far.kit.sessions:
                self.watch.session(end.talker, far.kit)

    def drop(self, line: Line) -> None:
        """The line is cut; bytes on their way are lost."""
        line.open = False
        for end in line.ends:
            if end.talker in end.kit.sessions:
                end.kit.sessions.remove(end.talker)
        if line in self.lines:
            self.lines.remove(line)

    def hang_up(self, kit: SimKit) -> None:
        """All its lines are cut."""
        for line in list(self.lines):
            if any(end.kit is kit for end in line.ends):
                self.drop(line)

    def carry(self, line: Line, turns: int = 1) -> bool:
        """Let both ends speak and hear; whether anything moved."""
        moved = False
        for _turn in range(turns):
            said = [self._speak(line, end) for end in line.ends]
            heard = [self._hear(line, end) for end in line.ends]
            if not any(said) and not any(heard):
                break
            moved = True
        return moved

    def _speak(self, line: Line, end: End) -> bool:
        far = line.other(end)
        if not line.open or len(far.coming) > PENDING_LIMIT * 2:
            return False
        data = b""
        with self.powered(end.kit):
            data = end.talker.outgoing()
        if not data:
            if end.talker.closed and not end.coming and not far.coming:
                self.drop(line)
            return False
        if MARK.encode() in data:
            self.wrong(14, f"{end.kit.name}: clear text on the wire")
        way = end.kit.device, far.kit.device
        frames = split_frames(data)
        if line.harm:
            data = self.harm.done(line.harm, line.rarity, way, data)
        self.harm.remember(way, frames)
        far.coming += data
        return True

    def _hear(self, line: Line, end: End) -> bool:
        if not (line.open and end.reads and end.coming):
            return False
        size = min(line.pace, len(end.coming))
        data = bytes(end.coming[:size])
        del end.coming[:size]
        line.carried += size
        closed = end.talker.closed
        with self.powered(end.kit):
            try:
                end.talker.received(data)
                end.kit.settle()
            except KitError:
                self.drop(line)  # as the line does it: this conversation ends, no other
                raise
            except Exception as fault:  # noqa: BLE001 - whatever a peer sends must not reach here
                self.drop(line)
                self.wrong(12, f"{end.kit.name}: {type(fault).__name__} {fault} from a peer")
        if end.talker.closed and not closed:
            self.situations.seen(f"line ended: {end.talker.closed.removeprefix('bye:')}")
        self._leave_strangers(end.kit)
        return True

    def _leave_strangers(self, kit: SimKit) -> None:
        """A kit ends its lines with devices that are no members any more."""
        for line in list(self.lines):
            for end in line.ends:
                peer = line.other(end).kit.device
                known = kit.members.directory.get(peer) if end.kit is kit and kit.up else None
                if known is not None and not known.is_member:
                    self.situations.seen("line ended: revoked")
                    self.drop(line)

    def tick(self, ms: int) -> None:
        """Time passes for all."""
        self.now += ms
        for line in list(self.lines):
            for end in line.ends:
                if line.open and end.kit.up:
                    with self.powered(end.kit):
                        end.talker.tick(self.now)

    # ------------------------------------------------------------------ the last morning

    def dawn(self) -> None:
        """All faults end: what is on the disks now must never be lost."""
        for kit in self.kits.values():
            self.mend(kit)
        self.parted.clear()
        self.morning = {kit.name: kit.holds() for kit in self.running}
        # Two copies of one device push each other off their peers' lines: they come in turns.
        self.lasting &= len({kit.device for kit in self.running}) == len(self.running)
        hubs = [kit for kit in self.loyal if kit.part.role in ("steering", "relay")]
        self.hub = self.chance.choice(hubs) if hubs and self.lasting else None
        for line in list(self.lines):
            ended = any(end.talker.closed for end in line.ends)  # not taken down yet
            broken = ended or line.harm or not all(end.reads for end in line.ends)
            if broken or self.hub is None or all(end.kit is not self.hub for end in line.ends):
                self.drop(line)
            line.pace = 1_000_000

    def heal(self) -> int:
        """Everybody meets everybody until nobody learns anything: how many rounds it took.

        Kits that do harm keep doing it.
        """
        for turn in range(ROUNDS):
            before = [self._state(kit) for kit in self.running]
            self._round()
            if self.watch.endless:
                return turn
            if before == [self._state(kit) for kit in self.running]:
                self.rounds = turn
                return turn
        self.wrong(11, f"kits still learn something after {ROUNDS} rounds")
        return ROUNDS

    def _round(self) -> None:
        if self.hub is None:
            for line in list(self.lines):
                self.drop(line)
        for one, two in combinations(self.running, 2):
            if self.watch.endless:
                return
            if self.hub not in (None, one, two):
                continue
            if not any(line.between(one, two) for line in self.lines):
                fresh = self.connect(one, two)
                if fresh is not None and self.hub is None:
                    self.quieten([fresh])
                    self.drop(fresh)
        if self.hub is not None:
            self.situations.seen("all through one kit, on lines that stay")
            self.quieten(list(self.lines))

    def quieten(self, lines: list[Line]) -> None:
        """Carry until nobody has anything more to say."""
        for _turn in range(SETTLE_TURNS):
            moved = False
            for line in lines:
                if line.open:
                    moved |= self.carry(line)
            if not moved:
                waiting = [s for kit in self.running for s in kit.sessions]
                if not any(s.delivery.waits_to_relay for s in waiting):
                    return
                self.tick(250)
        self.watch.endless = True
        self.wrong(11, "a conversation never comes to an end")

    def _state(self, kit: SimKit) -> tuple[object, ...]:
        count = kit.db.row("select count(*), coalesce(sum(n), 0) from event")
        return kit.name, count, tuple(sorted(kit.members.directory.members))

    def close(self) -> None:
        """Put everything away."""
        for kit in self.kits.values():
            kit.stop()
        shutil.rmtree(self.folder, ignore_errors=True)


@contextmanager
def determined(chance: random.Random) -> Iterator[None]:
    """Sealed boxes and new scope keys come from the run's chance, so that a run can be had again.

    A box is what libsodium makes, but for where its one-time key comes from.
    """
    from hashlib import blake2b

    def seal(public: bytes, content: bytes) -> bytes:
        once, secret = crypto_box_seed_keypair(chance.randbytes(32))
        nonce = blake2b(once + public, digest_size=24).digest()
        return bytes(once + crypto_box(content, nonce, public, secret))

    with (
        patch("kit.sync.fleet_keys.seal", seal),
        patch("kit.node.membership.system_random", chance.randbytes),
    ):
        yield
