"""Kits that travel by stick: bare stores with an exchange key each, and a hand that carries."""

from __future__ import annotations

import hashlib
import threading
from collections.abc import Callable, Sequence
from pathlib import Path
from typing import cast

from kit.node.courier_in import Report, in_steps
from kit.node.courier_out import Written, out_steps
from kit.node.courier_side import CourierSide
from kit.node.work import Steps
from kit.store.projector import rebuild
from kit.sync.courier_plan import Recipient
from kit.sync.sealing import exchange_public, unseal
from tests.sync.kits import FLEET, NOW, WORLD, Everybody, Kit


def exchange_seed(kit: Kit) -> bytes:
    """A kit's exchange seed; in the product it is derived from the device's key."""
    return hashlib.sha256(b"exchange" + bytes([kit.seed])).digest()


def recipient(kit: Kit) -> Recipient:
    """A kit as the one who writes a bundle knows it."""
    return Recipient(kit.signer.public, exchange_public(exchange_seed(kit)))


class Directory(Everybody):
    """A directory that also knows kits that were put out."""

    def __init__(self) -> None:
        super().__init__()
        self.revoked: set[bytes] = set()

    def is_member(self, device: bytes) -> bool:
        """Neither a stranger nor put out."""
        return super().is_member(device) and device not in self.revoked


class Fleet:
    """Kits that know each other; time goes on by a second at each look."""

    def __init__(self, folder: Path, count: int = 2) -> None:
        self.folder = folder
        self.members = Directory()
        self.now = NOW
        self.kits = [Kit(folder / f"kit-{n}", n + 1, self.members) for n in range(count)]
        self._clones: list[Kit] = []

    def close(self) -> None:
        """Close all stores."""
        for kit in (*self.kits, *self._clones):
            kit.db.close()

    def clone(self, kit: Kit) -> Kit:
        """A second kit with the very same disk."""
        other = Kit(self.folder / f"clone-{len(self._clones)}", kit.seed, self.members)
        self._clones.append(other)
        for name in ("feed", "event"):
            rows = kit.db.rows(f"select * from {name}")
            marks = ",".join("?" * len(rows[0]))
            with other.db.transaction():
                other.db.execute(f"delete from {name}")
                other.db.executemany(f"insert into {name} values({marks})", rows)
        other._open(kit.log.device.incarnation)
        with other.db.transaction():
            rebuild(other.db, other.log.entries)
        return other

    def clock(self) -> int:
        """UTC ms."""
        self.now += 1000
        return self.now

    def side(
        self,
        kit: Kit,
        *,
        fleet: bytes = FLEET,
        world: str = WORLD,
        settle: Callable[[], None] = lambda: None,
    ) -> CourierSide:
        """What the courier sees of a kit."""
        others = [recipient(one) for one in self.kits if self.members.is_member(one.signer.public)]
        seed = exchange_seed(kit)
        return CourierSide(
            device=kit.signer.public, fleet=fleet, world=world, replica=kit.replica,
            members=self.members, recipients=lambda: others, sign=kit.signer.sign,
            unseal=lambda box: unseal(seed, box), random=kit.chance.randbytes, now=self.clock,
            settle=settle,
        )  # fmt: skip

    def write(
        self, kit: Kit, stick: Path, to: Sequence[str] = (), *, everything: bool = False
    ) -> Written:
        """Write a bundle at once."""
        return cast("Written", drained(out_steps(self.side(kit), stick, to, everything=everything)))

    def read(self, kit: Kit, stick: Path) -> Report:
        """Read a stick at once."""
        return cast("Report", drained(in_steps(self.side(kit), stick)))


def drained(steps: Steps) -> object:
    """Run steps to their end; the answer."""
    while True:
        try:
            next(steps)
        except StopIteration as end:
            return end.value


def writers_end() -> None:
    """Wait for the writing threads: a node does not, but what they leave behind is looked at."""
    for thread in threading.enumerate():
        if thread.name == "courier-writer":
            thread.join(60)
