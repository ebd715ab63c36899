"""Requests about releases and other sticks: check this one whole, check or make another, update.

Joins the modules that know (`verify`, `clone`, `apply`, `donor`) to this machine: which disk, which
slot, which keys the verified root trusts. Not for: what is right, newer or signed.
"""

from __future__ import annotations

import contextlib
import uuid
from collections.abc import Callable, Iterator
from contextlib import AbstractContextManager
from pathlib import Path
from typing import Any

import msgspec

from kit import __version__
from kit.core.errors import KitError, Refused, Unavailable
from kit.stick import apply, clone, disks, donor, esp, lay_down, layout, manifest, mounts, verify
from kit.stick.boot import EspFolder
from kit.stick.boot_image import EspImage
from kit.stick.bundle import Bundle, Source
from kit.stick.keeper_socket import Act, Answer
from kit.stick.machine import Machine
from kit.stick.manifest import Installed
from kit.stick.persistence import Means, Tell, my_disk
from kit.stick.signature import NO_KEYS, Ring, read_ring, read_signatures
from kit.stick.table import Disk
from kit.stick.verify import Report, Verdict

Args = dict[str, Any]
Opening = Callable[[], AbstractContextManager[Source]]
SURFACE = "surface"
MOST_SOURCES = 32
UPDATES = "updates"
"""Folder of the kit's home where a bundle from another kit is laid down."""


class Releases:
    """The acts about releases on one machine. said: a word of the kernel's command line."""

    def __init__(self, means: Means, said: Callable[[str], str]) -> None:
        self.machine, self.run, self.random = means.machine, means.run, means.random
        self._said = said

    def acts(self) -> dict[str, Act]:
        """Every request of this kind."""
        return {
            "verify_medium": Act(self._verify_medium, alone=True, stoppable=True),
            "verify_stick": Act(self._verify_stick, alone=True, stoppable=True),
            "clone": Act(self._clone, alone=True, stoppable=True),
            "sources": Act(self._sources, alone=True),
            "update_check": Act(self._update_check, alone=True, stoppable=True),
            "update_apply": Act(self._update_apply, alone=True, stoppable=True),
            "release_out": Act(self._release_out, alone=True, stoppable=True),
            "mark_good": Act(self._mark_good, alone=True),
        }

    # ------------------------------------------------------------------ checks

    def _verify_medium(self, _args: Args, tell: Tell) -> Answer:
        """The system against its signed list, then every block of the stick once."""
        ring = self._ring()
        with self._disk() as disk:
            report = verify.verify_stick(disk, self._esp(), ring, tell)
            bad = verify.surface(disk, tell)
        answer = told(report)
        if bad:
            answer["parts"].append({"name": SURFACE, "state": Verdict.ALTERED, "why": "KEY-060"})
            answer["altered"] = True
        return answer

    def _verify_stick(self, args: Args, tell: Tell) -> Answer:
        ring = self._ring()
        drive = disks.the_drive(self.machine, args["device"])
        with Disk(self.machine.device(drive.name)) as disk:
            return told(verify.verify_stick(disk, EspImage(disk), ring, tell))

    # ------------------------------------------------------------------ another stick

    def _clone(self, args: Args, tell: Tell) -> Answer:
        drive = disks.the_drive(self.machine, args["device"])
        device = self.machine.device(drive.name)
        target = clone.Target(
            device=drive.name, serial=drive.serial, size=drive.bytes, removable=drive.removable,
            mounted=disks.is_used(self.machine, drive.name), running=False,
            kit_data=self._holds_data(drive.name),
        )  # fmt: skip
        erase = bool(args.get("erase", False))
        if (refused := clone.refusal(target, args["serial"], erase=erase)) is not None:
            return refused
        fresh = clone.names(self._guid, self.random(4).hex().upper())
        mounts.let_write_whole(self.machine, self.run, drive.name, writable=True)
        try:
            with self._disk() as disk:
                origin = clone.Origin(disk, self._esp(), self._slot(), self._ring())
                release = clone.clone(origin, device, fresh, tell)
        finally:
            mounts.let_write_whole(self.machine, self.run, drive.name, writable=False)
        return {"version": release.manifest.version, "device": drive.name}

    def _holds_data(self, name: str) -> bool:
        try:
            table = disks.read_table(self.machine, name)
        except KitError:
            return False
        return any(one.label == layout.DATA for one in table.partitions)

    def _guid(self) -> str:
        return str(uuid.UUID(bytes=self.random(16), version=4))

    # ------------------------------------------------------------------ updates

    def _sources(self, _args: Args, _tell: Tell) -> Answer:
        """Where a release may come from: other sticks, and bundles that were brought here."""
        rows = []
        for drive in disks.drives(self.machine):
            with contextlib.suppress(KitError, OSError):
                with Disk(self.machine.device(drive.name)) as disk:
                    _slot, release = donor.newest(EspImage(disk), self._ring())
                rows.append(_source(drive.name, "stick", drive.model, release.manifest.version))
        for path in self._bundles():
            with contextlib.suppress(KitError, OSError), path.open("rb") as file:
                release = Bundle(file, self._ring()).release
                rows.append(_source(str(path), "file", path.name, release.manifest.version))
        return {"sources": rows[:MOST_SOURCES]}

    def _bundles(self) -> list[Path]:
        """Bundles in the kit's own folder and on drives that are open."""
        home = self.machine.persist / "app" / UPDATES
        folders = [home, *sorted(self.machine.media.glob("*"))]
        pattern = f"*{layout.UPDATE_SUFFIX}"
        return [path for folder in folders for path in sorted(folder.glob(pattern))][:MOST_SOURCES]

    def _update_check(self, args: Args, tell: Tell) -> Answer:
        with self._medium() as medium, self._source(args["source"]) as opening:
            release = apply.check(medium, opening, tell)
            refused = apply.refusal(medium, release, confirmed=True)
            if refused is not None:
                return refused
            older = manifest.wanted(release.manifest, medium.now, confirmed=False) is not None
            return {
                "current": medium.now.version, "version": release.manifest.version,
                "signed_by": ", ".join(_signers(release.signatures)), "newer": not older,
                "bytes": release.manifest.size,
            }  # fmt: skip

    def _update_apply(self, args: Args, tell: Tell) -> Answer:
        confirmed = bool(args.get("confirmed", False))
        with self._medium(writing=True) as medium, self._source(args["source"]) as opening:
            release = apply.apply(medium, opening, confirmed=confirmed, progress=tell)
        if isinstance(release, Refused):
            return release
        return {"version": release.manifest.version}

    def _release_out(self, _args: Args, tell: Tell) -> Answer:
        """The newest release of this very stick as a file in the kit's home."""
        folder = self.machine.persist / "app" / UPDATES
        with self._disk() as disk:
            box, ring = self._esp(), self._ring()
            slot, _release = donor.newest(box, ring)
            source = donor.opening(disk, box, slot)
            release = lay_down.lay_down(folder, self.machine.owner, source, ring, tell)
        return {"path": str(folder / lay_down.NAME), "version": release.manifest.version}

    def _mark_good(self, _args: Args, _tell: Tell) -> Answer:
        apply.mark_good(self._esp(), self._slot())
        return {"good": True}

    # ------------------------------------------------------------------ this machine

    @contextlib.contextmanager
    def _source(self, name: str) -> Iterator[Opening]:
        """The bundle of a drive by its name, or of one of the files that `sources` lists."""
        if disks.DEVICE.fullmatch(name):
            drive = disks.the_drive(self.machine, name)
            with Disk(self.machine.device(drive.name)) as disk:
                box = EspImage(disk)
                slot, _release = donor.newest(box, self._ring())
                yield donor.opening(disk, box, slot)
            return
        found = [one for one in self._bundles() if str(one) == name and not one.is_symlink()]
        if not found:
            raise Unavailable("KEY-030", device=Path(name).name)
        yield lambda: found[0].open("rb")

    @contextlib.contextmanager
    def _medium(self, *, writing: bool = False) -> Iterator[apply.Medium]:
        with self._disk(writing=writing) as disk:
            yield apply.Medium(disk, self._esp(), self._slot(), self._ring(), self._installed())

    def _disk(self, *, writing: bool = False) -> Disk:
        return Disk(self.machine.device(my_disk(self.machine).name), writing=writing)

    def _esp(self) -> EspFolder:
        return EspFolder(self.machine.esp, lambda: esp.writable(self.machine, self.run))

    def _slot(self) -> str:
        slot = self._said("kit.slot")
        if slot not in layout.SLOTS or not esp.mount_esp(self.machine, self.run):
            raise Unavailable("KEY-020")
        return slot

    def _ring(self) -> Ring:
        return ring_of(self.machine)

    def _installed(self) -> Installed:
        return installed(self.machine, self._said("roothash"))


class _Told(msgspec.Struct, frozen=True):
    """What the verified root says of itself."""

    version: str
    epoch: int = 0


def installed(machine: Machine, root_hash: str) -> Installed:
    """What runs, by the verified root's own word; without one, this programme's version."""
    try:
        told = msgspec.json.decode((machine.root / layout.RELEASE).read_bytes(), type=_Told)
    except (OSError, msgspec.MsgspecError, ValueError):
        told = _Told(__version__)
    return Installed(told.version, told.epoch, root_hash)


def ring_of(machine: Machine) -> Ring:
    """The keys that the verified root trusts. Raises Misconfigured `UPD-003` where it has none."""
    try:
        return read_ring((machine.root / layout.RELEASE_KEYS).read_bytes())
    except OSError:
        raise Unavailable(NO_KEYS) from None


def told(report: Report) -> Args:
    """A report as screens read it: worst first."""
    order = {Verdict.ALTERED: 0, Verdict.UNKNOWN: 1, Verdict.RIGHT: 2}
    rows = sorted(report.rows, key=lambda row: order[row.verdict])
    return {
        "parts": [{"name": row.part, "state": str(row.verdict), "why": row.why} for row in rows],
        "altered": report.verdict == Verdict.ALTERED,
        "verdict": str(report.verdict),
        "version": max(report.versions.values(), default=""),
        "versions": report.versions,
        "stage": str(report.stage),
    }


def _source(source: str, kind: str, label: str, version: str) -> Args:
    return {"source": source, "kind": kind, "label": label, "version": version}


def _signers(signatures: bytes) -> list[str]:
    return [mark.key for mark in read_signatures(signatures).marks]
